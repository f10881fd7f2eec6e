//! Promissory notes: what one person owes another, beside the money.
//!
//! | kind of the account stream | name | fields, in order |
//! |---:|---|---|
//! | 5 | [`PromissoryNote`] | creditor 32, amount 8, due 8 |
//! | 6 | [`NoteSettled`] | note 32, transfer 32 |
//!
//! The author's member is the debtor. A note is no money: the ledger does not know it, nothing pays
//! it by itself, and the mass stays what it is. It is settled when one of the two names a transfer
//! from the debtor to the creditor of at least its amount; a transfer settles one note.

use crate::{
    codec::{CodecError, Reader, Writer},
    entry::{Entry, Kind, Payload, Stream},
    hash::EntryId,
    keys::MemberKey,
    time::Seconds,
};

/// A promise to pay.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PromissoryNote {
    /// Whom.
    pub creditor: MemberKey,
    /// How much, in thousandths; more than 0.
    pub amount: u64,
    /// When at the latest.
    pub due: Seconds,
}

/// A note was paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoteSettled {
    /// The entry of the note.
    pub note: EntryId,
    /// The entry of the payment.
    pub transfer: EntryId,
}

/// What an entry states of promissory notes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoteFact {
    /// A promise to pay.
    Note(PromissoryNote),
    /// A note was paid.
    Settled(NoteSettled),
}

impl NoteFact {
    /// The kind under which it is written.
    pub const fn kind(&self) -> Kind {
        let number = match self {
            Self::Note(_) => 5,
            Self::Settled(_) => 6,
        };
        Kind::new(Stream::ACCOUNT, number)
    }

    /// The payload of an entry that states it.
    pub fn payload(&self) -> Payload {
        let mut out = Writer::new();
        match self {
            Self::Note(it) => out.raw(it.creditor.as_bytes()).u64(it.amount).u64(it.due.0),
            Self::Settled(it) => out.raw(it.note.as_bytes()).raw(it.transfer.as_bytes()),
        };
        Payload::of(out.finish())
    }

    /// Reads what `entry` states; `None` if that is something else.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the kind is known and the payload is not of its form.
    pub fn of(entry: &Entry) -> Result<Option<Self>, CodecError> {
        let number = entry.kind.0 & 0x1f;
        if entry.kind.stream() != Stream::ACCOUNT || !(5..=6).contains(&number) {
            return Ok(None);
        }
        let Payload::Inline(bytes) = &entry.payload else {
            return Err(CodecError::NotCanonical("payload"));
        };
        let mut reader = Reader::new(bytes);
        let fact = match number {
            5 => Self::Note(PromissoryNote {
                creditor: MemberKey(reader.array()?),
                amount: reader.u64()?,
                due: Seconds(reader.u64()?),
            }),
            _ => Self::Settled(NoteSettled {
                note: EntryId(reader.array()?),
                transfer: EntryId(reader.array()?),
            }),
        };
        reader.finish()?;
        match fact {
            Self::Note(PromissoryNote { amount: 0, .. }) => {
                Err(CodecError::NotCanonical("amount of a note"))
            }
            fact => Ok(Some(fact)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::{Anchor, Tag},
        hash::NetworkId,
        time::ClaimedMinutes,
    };

    #[test]
    fn every_fact_comes_back_and_no_other_length_is_one() {
        for fact in facts() {
            let Payload::Inline(bytes) = fact.payload() else {
                panic!("{fact:?} does not fit");
            };
            let mut entry = stating(&fact);
            assert_eq!(NoteFact::of(&entry), Ok(Some(fact)));
            for len in 0..bytes.len() {
                entry.payload = Payload::Inline(bytes[..len].to_vec());
                assert!(NoteFact::of(&entry).is_err(), "{fact:?} at {len}");
            }
            entry.payload = Payload::Inline([&bytes[..], &[0]].concat());
            assert!(NoteFact::of(&entry).is_err());
        }
    }

    #[test]
    fn a_flipped_bit_is_an_error_or_another_fact() {
        for fact in facts() {
            let Payload::Inline(bytes) = fact.payload() else {
                panic!("{fact:?} does not fit");
            };
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let mut entry = stating(&fact);
                entry.payload = Payload::Inline(changed.clone());
                if let Ok(Some(read)) = NoteFact::of(&entry) {
                    assert_ne!(read, fact, "bit {bit}");
                    assert_eq!(read.payload(), Payload::Inline(changed), "bit {bit}");
                }
            }
        }
    }

    #[test]
    fn a_note_over_nothing_is_none_and_other_kinds_say_nothing() {
        let mut note = stating(&facts()[0]);
        note.payload = NoteFact::Note(PromissoryNote {
            creditor: MemberKey([1; 32]),
            amount: 0,
            due: Seconds(1),
        })
        .payload();
        assert!(NoteFact::of(&note).is_err());
        for kind in [1, 4, 7, 31] {
            let mut entry = stating(&facts()[0]);
            entry.kind = Kind::new(Stream::ACCOUNT, kind);
            assert_eq!(NoteFact::of(&entry), Ok(None));
        }
        let mut entry = stating(&facts()[0]);
        entry.kind = Kind::new(Stream::MEMBER, 5);
        assert_eq!(NoteFact::of(&entry), Ok(None));
        // The ledger does not know them.
        assert_eq!(
            super::super::AccountFact::of(&stating(&facts()[0])),
            Ok(None)
        );
    }

    fn facts() -> [NoteFact; 2] {
        [
            NoteFact::Note(PromissoryNote {
                creditor: MemberKey([1; 32]),
                amount: 12_500,
                due: Seconds(1_800_000_000),
            }),
            NoteFact::Settled(NoteSettled {
                note: EntryId([2; 32]),
                transfer: EntryId([3; 32]),
            }),
        ]
    }

    fn stating(fact: &NoteFact) -> Entry {
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
