//! What became of a payment, in words.

use commune_crdt::ledger::Refusal;

use crate::{
    cli::Context,
    messages::key,
    money::{Effect, Payment},
};

/// The field's word, for scripts.
pub(super) const fn effect_word(effect: Effect) -> &'static str {
    match effect {
        Effect::Paid => "paid",
        Effect::Refused(_) => "refused",
        Effect::Void => "void",
        Effect::Contested => "contested",
        Effect::Waits => "waits",
    }
}

/// What became of a payment of `payer`, for them if it is `own`, else for who was to have it.
pub(super) fn effect_words(ctx: &Context, it: &Payment, payer: &str, own: bool) -> String {
    let is_final = it.settled.is_some();
    let name = ("name", payer.into());
    match it.effect {
        Effect::Paid if is_final => ctx.text("money-final", &[]),
        Effect::Paid => ctx.text("money-pending", &[]),
        Effect::Refused(refusal) => {
            let why = ("why", ctx.text(why(refusal), &[]).into());
            let key = match is_final {
                true => key("money-effect-refused"),
                false => key("money-effect-to-be-refused"),
            };
            ctx.text(key, &[why])
        }
        Effect::Void if own => ctx.text("money-effect-void-own", &[]),
        Effect::Void => ctx.text("money-effect-void", &[name]),
        Effect::Contested if own => ctx.text("money-effect-contested-own", &[]),
        Effect::Contested => ctx.text("money-effect-contested", &[name]),
        Effect::Waits => ctx.text("money-effect-waits", &[]),
    }
}

/// A comment behind a line, if there is one to be read.
pub(super) fn quoted(ctx: &Context, comment: Option<&str>) -> String {
    let Some(comment) = comment else {
        return String::new();
    };
    let comment = ctx.text("money-comment", &[("comment", comment.into())]);
    format!("  {comment}")
}

/// The key of the text that says why a payment has no effect.
pub(super) const fn why(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::InsufficientBalance => key("unpaid-insufficient-balance"),
        Refusal::SelfPayment => key("unpaid-self-payment"),
        Refusal::ReceiverRevoked => key("unpaid-receiver-revoked"),
        Refusal::UnknownReceiver => key("unpaid-unknown-receiver"),
        Refusal::ZeroAmount => key("unpaid-zero-amount"),
        Refusal::BelowDust => key("unpaid-below-dust"),
        Refusal::UnknownDevice => key("unpaid-unknown-device"),
        Refusal::DeviceRevoked => key("unpaid-device-revoked"),
        Refusal::AuthorRevoked => key("unpaid-author-revoked"),
        Refusal::NotMember => key("unpaid-not-member"),
        Refusal::NotHolder => key("unpaid-not-holder"),
        Refusal::UnknownHolder => key("unpaid-unknown-holder"),
        Refusal::DuplicateHolder => key("unpaid-duplicate-holder"),
        Refusal::TooManyHolders => key("unpaid-too-many-holders"),
        Refusal::UnknownAccount => key("unpaid-unknown-account"),
        Refusal::UnknownProposal => key("unpaid-unknown-proposal"),
        Refusal::AlreadyApproved => key("unpaid-already-approved"),
        Refusal::TooManyProposals => key("unpaid-too-many-proposals"),
        Refusal::Expired => key("unpaid-expired"),
        _ => key("unpaid-other"),
    }
}
