//! What the entries of the account stream state.
//!
//! | kind | name | fields, in order |
//! |---:|---|---|
//! | 1 | [`Transfer`] | to 1 + 32, amount 8, comment |
//! | 2 | [`OpenShared`] | holders 1 + n × 32 ascending, threshold 1, name text |
//! | 3 | [`SharedTransfer`] | from 32, to 1 + 32, amount 8, comment |
//! | 4 | [`Approval`] | proposal 32 |
//!
//! Amounts are thousandths of the currency's unit. A receiver is 0 and a member key, or 1 and the id
//! of a shared account. A [`Comment`] is 0 for none, or 1 (in clear) or 2 (sealed) and short bytes.
//!
//! No number orders what one device spends: its entries' places in its account log do.

mod comment;

pub use self::comment::{Comment, MAX_COMMENT_LEN, SEALED_LENS};

use std::{fmt, str::FromStr};

use super::read_count;
use crate::{
    codec::{CodecError, Reader, Writer, to_u64},
    entry::{Entry, Kind, Payload, Stream},
    hash::{EntryId, NameError, derive_key, from_hex, name, to_hex},
    keys::MemberKey,
};

/// Longest name of a shared account, in bytes of UTF-8.
pub const MAX_SHARED_NAME_LEN: usize = 64;

/// Most holders of a shared account: as many as fit an entry beside the longest name, whatever
/// more a law allows.
pub const MAX_HOLDERS: usize = 29;

/// The highest kind of the table.
const LAST_KIND: u8 = 4;

name! {
    /// A shared account: made from the entry that opens it.
    SharedId
}

impl SharedId {
    /// The account that the entry `opening` opens.
    pub fn of(opening: &EntryId) -> Self {
        Self(derive_key(
            "commune shared account v1",
            &[opening.as_bytes()],
        ))
    }
}

/// Who gets a payment.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Receiver {
    /// The person with this key.
    Member(MemberKey),
    /// A shared account.
    Shared(SharedId),
}

impl Receiver {
    /// Writes the receiver: a byte for the kind, and 32.
    pub fn write(&self, out: &mut Writer) {
        match self {
            Self::Member(key) => out.u8(0).raw(key.as_bytes()),
            Self::Shared(id) => out.u8(1).raw(id.as_bytes()),
        };
    }

    /// Reads a receiver.
    ///
    /// # Errors
    ///
    /// [`CodecError::Unknown`] for a kind that is none.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        match reader.u8()? {
            0 => Ok(Self::Member(MemberKey(reader.array()?))),
            1 => Ok(Self::Shared(SharedId(reader.array()?))),
            value => Err(CodecError::Unknown {
                what: "kind of receiver",
                value: value.into(),
            }),
        }
    }
}

/// A person pays.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Transfer {
    /// Whom.
    pub to: Receiver,
    /// How much, in thousandths.
    pub amount: u64,
    /// What for.
    pub comment: Comment,
}

/// Some people hold an account together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OpenShared {
    /// Keys of the holders, ascending, each once.
    pub holders: Vec<MemberKey>,
    /// How many of them a payment needs.
    pub threshold: u8,
    /// What people call it, at most [`MAX_SHARED_NAME_LEN`] bytes.
    pub name: String,
}

/// A holder proposes a payment from a shared account, and approves it thereby.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SharedTransfer {
    /// The account.
    pub from: SharedId,
    /// Whom.
    pub to: Receiver,
    /// How much, in thousandths.
    pub amount: u64,
    /// What for.
    pub comment: Comment,
}

/// A holder approves a proposed payment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Approval {
    /// The entry that proposes it.
    pub proposal: EntryId,
}

/// What an entry of the account stream states.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AccountFact {
    /// A person pays.
    Transfer(Transfer),
    /// A shared account opens.
    OpenShared(OpenShared),
    /// A payment from a shared account is proposed.
    SharedTransfer(SharedTransfer),
    /// A holder approves one.
    Approval(Approval),
}

impl AccountFact {
    /// The kind of a [`Transfer`].
    pub const TRANSFER: Kind = Kind::new(Stream::ACCOUNT, 1);

    /// The kind under which it is written.
    pub fn kind(&self) -> Kind {
        let number = match self {
            Self::Transfer(_) => 1,
            Self::OpenShared(_) => 2,
            Self::SharedTransfer(_) => 3,
            Self::Approval(_) => 4,
        };
        Kind::new(Stream::ACCOUNT, number)
    }

    /// The field's word for an entry of `kind`, for people and scripts.
    pub fn kind_name(kind: Kind) -> &'static str {
        if kind.stream() != Stream::ACCOUNT {
            return "unknown";
        }
        match kind.0 & 0x1f {
            1 => "transfer",
            2 => "shared_account",
            3 => "shared_transfer",
            4 => "approval",
            _ => "unknown",
        }
    }

    /// The payload of an entry that states it.
    pub fn payload(&self) -> Payload {
        let mut out = Writer::new();
        match self {
            Self::Transfer(fact) => {
                fact.to.write(&mut out);
                out.u64(fact.amount);
                fact.comment.write(&mut out);
            }
            Self::OpenShared(fact) => fact.write(&mut out),
            Self::SharedTransfer(fact) => {
                out.raw(fact.from.as_bytes());
                fact.to.write(&mut out);
                out.u64(fact.amount);
                fact.comment.write(&mut out);
            }
            Self::Approval(fact) => {
                out.raw(fact.proposal.as_bytes());
            }
        }
        Payload::of(out.finish())
    }

    /// Reads what `entry` states; `None` for a kind or a stream that this build does not know.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the kind is known and the payload is not of its form.
    pub fn of(entry: &Entry) -> Result<Option<Self>, CodecError> {
        let number = entry.kind.0 & 0x1f;
        if entry.kind.stream() != Stream::ACCOUNT || number == 0 || number > LAST_KIND {
            return Ok(None);
        }
        let Payload::Inline(bytes) = &entry.payload else {
            return Err(CodecError::NotCanonical("payload"));
        };
        let mut reader = Reader::new(bytes);
        let fact = match number {
            1 => Self::Transfer(Transfer {
                to: Receiver::read(&mut reader)?,
                amount: reader.u64()?,
                comment: Comment::read(&mut reader)?,
            }),
            2 => Self::OpenShared(OpenShared::read(&mut reader)?),
            3 => Self::SharedTransfer(SharedTransfer {
                from: SharedId(reader.array()?),
                to: Receiver::read(&mut reader)?,
                amount: reader.u64()?,
                comment: Comment::read(&mut reader)?,
            }),
            _ => Self::Approval(Approval {
                proposal: EntryId(reader.array()?),
            }),
        };
        reader.finish()?;
        Ok(Some(fact))
    }
}

impl OpenShared {
    fn write(&self, out: &mut Writer) {
        out.u8(u8::try_from(self.holders.len()).unwrap_or(u8::MAX));
        for holder in &self.holders {
            out.raw(holder.as_bytes());
        }
        out.u8(self.threshold).short_bytes(self.name.as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let count = read_count(reader, "number of holders", MAX_HOLDERS)?;
        let holders = (0..count)
            .map(|_| reader.array().map(MemberKey))
            .collect::<Result<Vec<_>, _>>()?;
        if !holders.is_sorted_by(|a, b| a < b) {
            return Err(CodecError::NotCanonical("list of holders"));
        }
        let threshold = reader.u8()?;
        if threshold == 0 || usize::from(threshold) > count {
            return Err(CodecError::OverLimit {
                what: "threshold of the account",
                value: threshold.into(),
                limit: to_u64(count),
            });
        }
        let name = reader.text("name of the account", MAX_SHARED_NAME_LEN)?;
        if name.trim().is_empty() || name.contains('\n') {
            return Err(CodecError::NotText("name of the account"));
        }
        Ok(Self {
            holders,
            threshold,
            name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::{Anchor, Tag},
        hash::NetworkId,
        keys::SealingKeys,
        time::ClaimedMinutes,
    };

    #[test]
    fn every_fact_comes_back_as_it_was_written() {
        for fact in facts() {
            assert_eq!(AccountFact::of(&stating(&fact)), Ok(Some(fact.clone())));
        }
    }

    #[test]
    fn every_truncation_and_one_byte_more_are_errors() {
        for fact in facts() {
            let bytes = inline(&fact);
            let mut entry = stating(&fact);
            for len in 0..bytes.len() {
                entry.payload = Payload::Inline(bytes[..len].to_vec());
                assert!(AccountFact::of(&entry).is_err(), "{fact:?} at {len}");
            }
            entry.payload = Payload::Inline([&bytes[..], &[0]].concat());
            assert!(AccountFact::of(&entry).is_err(), "{fact:?}");
        }
    }

    #[test]
    fn a_flipped_bit_is_an_error_or_another_fact() {
        for fact in facts() {
            let bytes = inline(&fact);
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let mut entry = stating(&fact);
                entry.payload = Payload::Inline(changed.clone());
                if let Ok(read) = AccountFact::of(&entry) {
                    let read = read.unwrap();
                    assert_ne!(read, fact, "bit {bit}");
                    assert_eq!(inline(&read), changed, "bit {bit}");
                }
            }
        }
    }

    #[test]
    fn other_kinds_and_streams_state_nothing() {
        for kind in [0, 5, 31] {
            let mut entry = stating(&facts()[0]);
            entry.kind = Kind::new(Stream::ACCOUNT, kind);
            assert_eq!(AccountFact::of(&entry), Ok(None));
            assert_eq!(AccountFact::kind_name(entry.kind), "unknown");
        }
        let mut entry = stating(&facts()[0]);
        entry.kind = Kind::new(Stream::VOTE, 1);
        assert_eq!(AccountFact::of(&entry), Ok(None));
    }

    #[test]
    fn holders_are_listed_once_and_a_payment_needs_some_of_them() {
        let open = |holders: &[u8], threshold, name: &str| {
            AccountFact::OpenShared(OpenShared {
                holders: holders.iter().map(|it| MemberKey([*it; 32])).collect(),
                threshold,
                name: name.to_owned(),
            })
        };
        let many: Vec<u8> = (0..30).collect();
        let wrong = [
            open(&[2, 1], 1, "fund"),
            open(&[1, 1], 1, "fund"),
            open(&[1, 2], 0, "fund"),
            open(&[1, 2], 3, "fund"),
            open(&[], 0, "fund"),
            open(&many, 1, "fund"),
            open(&[1, 2], 1, " "),
            open(&[1, 2], 1, "two\nlines"),
            open(&[1, 2], 1, "esc\u{1b}[2J"),
        ];
        for fact in wrong {
            assert!(AccountFact::of(&stating(&fact)).is_err(), "{fact:?}");
        }
        let name = "é".repeat(MAX_SHARED_NAME_LEN / 2);
        let largest = open(&many[..MAX_HOLDERS], 29, &name);
        assert!(AccountFact::of(&stating(&largest)).is_ok());
    }

    fn facts() -> Vec<AccountFact> {
        let sealing = SealingKeys::from_seed([4; 32]);
        let sealed = Comment::seal("for the bread", &sealing.exchange_key(), &[5; 32]).unwrap();
        let from = SharedId::of(&EntryId([1; 32]));
        vec![
            AccountFact::Transfer(Transfer {
                to: Receiver::Member(MemberKey([2; 32])),
                amount: 12_345,
                comment: sealed,
            }),
            AccountFact::OpenShared(OpenShared {
                holders: vec![MemberKey([1; 32]), MemberKey([2; 32])],
                threshold: 2,
                name: "strike fund".to_owned(),
            }),
            AccountFact::SharedTransfer(SharedTransfer {
                from,
                to: Receiver::Shared(SharedId([9; 32])),
                amount: u64::MAX,
                comment: Comment::Clear("rent".to_owned()),
            }),
            AccountFact::Approval(Approval {
                proposal: EntryId([3; 32]),
            }),
        ]
    }

    fn inline(fact: &AccountFact) -> Vec<u8> {
        match fact.payload() {
            Payload::Inline(bytes) => bytes,
            Payload::Detached(_) => panic!("{fact:?} does not fit"),
        }
    }

    fn stating(fact: &AccountFact) -> Entry {
        Entry {
            kind: fact.kind(),
            tag: Tag::default(),
            seq: 0,
            previous: None,
            anchor: Anchor::genesis(&NetworkId([7; 32])),
            claimed: ClaimedMinutes(0),
            parents: vec![],
            payload: fact.payload(),
        }
    }
}
