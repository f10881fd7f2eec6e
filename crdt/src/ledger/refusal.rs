//! Why the ledger gives an entry no effect, in the field's words.

use thiserror::Error;

/// Why an entry of the account stream has no effect. Final at the record that includes the entry.
#[derive(Clone, Copy, Debug, Eq, Error, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Refusal {
    /// Neither the balance nor what came in with the same record covered it, or what the same
    /// account spent before it.
    #[error("the balance does not cover it")]
    InsufficientBalance,
    /// Nobody pays themselves.
    #[error("the payer is the receiver")]
    SelfPayment,
    /// The receiver ended their key, for ever.
    #[error("the receiver's key is revoked")]
    ReceiverRevoked,
    /// No person and no shared account here has this key.
    #[error("nobody known has the receiver's key")]
    UnknownReceiver,
    /// Nothing is paid.
    #[error("the amount is zero")]
    ZeroAmount,
    /// Less than the smallest payment.
    #[error("below the smallest payment")]
    BelowDust,
    /// The author's device belongs to nobody here.
    #[error("the device belongs to nobody known")]
    UnknownDevice,
    /// The device is revoked, and the entry comes after its last good one.
    #[error("the device is revoked")]
    DeviceRevoked,
    /// The author ended their key, for ever.
    #[error("the author's key is revoked")]
    AuthorRevoked,
    /// Only members open shared accounts.
    #[error("the author is not a member")]
    NotMember,
    /// The author is not one of the holders.
    #[error("the author does not hold the account")]
    NotHolder,
    /// A holder that is to be is nobody known, or revoked.
    #[error("a holder is nobody known")]
    UnknownHolder,
    /// Two keys of one person among the holders.
    #[error("one person is listed as two holders")]
    DuplicateHolder,
    /// More holders than the law allows.
    #[error("too many holders")]
    TooManyHolders,
    /// There is no such shared account.
    #[error("the shared account is unknown")]
    UnknownAccount,
    /// Nothing of that name awaits approval: never proposed, carried out, refused or too old.
    #[error("no such proposal awaits approval")]
    UnknownProposal,
    /// The author approved it before.
    #[error("approved already")]
    AlreadyApproved,
    /// As many proposals of the account as may wait do wait.
    #[error("too many proposals wait already")]
    TooManyProposals,
    /// The proposal waited too long for its approvals.
    #[error("not approved in time")]
    Expired,
}

impl Refusal {
    /// Its code in JSON and in messages.
    pub fn code(self) -> &'static str {
        match self {
            Self::InsufficientBalance => "insufficient_balance",
            Self::SelfPayment => "self_payment",
            Self::ReceiverRevoked => "receiver_revoked",
            Self::UnknownReceiver => "unknown_receiver",
            Self::ZeroAmount => "zero_amount",
            Self::BelowDust => "below_dust",
            Self::UnknownDevice => "unknown_device",
            Self::DeviceRevoked => "device_revoked",
            Self::AuthorRevoked => "author_revoked",
            Self::NotMember => "not_member",
            Self::NotHolder => "not_holder",
            Self::UnknownHolder => "unknown_holder",
            Self::DuplicateHolder => "duplicate_holder",
            Self::TooManyHolders => "too_many_holders",
            Self::UnknownAccount => "unknown_account",
            Self::UnknownProposal => "unknown_proposal",
            Self::AlreadyApproved => "already_approved",
            Self::TooManyProposals => "too_many_proposals",
            Self::Expired => "expired",
        }
    }
}
