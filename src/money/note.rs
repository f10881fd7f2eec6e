//! Promissory notes as this device knows them: what people owe each other beside the money.
//!
//! The ledger knows nothing of them. A note is settled by a transfer that one of the two names; of
//! several notes that name one transfer, it settles the one named first.

use commune_crdt::{
    entry::{LogId, SignedEntry, Stream, Tag},
    hash::EntryId,
    keys::MemberKey,
    ledger::AccountId,
    payload::{NoteFact, NoteSettled},
    time::{ClaimedMinutes, Seconds},
    trust::PersonId,
};

use super::{Effect, Money, Past, Payments};
use crate::{device::Device, store::StoreError};

/// A promissory note.
#[derive(Clone, Debug)]
pub struct Note {
    /// The entry.
    pub id: EntryId,
    /// Who owes.
    pub debtor: PersonId,
    /// To whom.
    pub creditor: PersonId,
    /// How much, in thousandths.
    pub amount: u64,
    /// When at the latest.
    pub due: Seconds,
    /// Whether a record has it in.
    pub is_final: bool,
    /// The payment that settles it, and whether that is final.
    pub settled: Option<(EntryId, bool)>,
}

/// An entry about notes, with what decides on it.
struct Stated {
    id: EntryId,
    author: PersonId,
    claimed: ClaimedMinutes,
    seq: u32,
    is_final: bool,
    fact: NoteFact,
}

/// Whether the payment `transfer` settles `note`, one of `notes`: from the debtor to the creditor, of
/// at least its amount, and of no other note.
pub fn settles(note: &Note, notes: &[Note], payments: &Payments, transfer: &EntryId) -> bool {
    let used = |it: &Note| it.settled.is_some_and(|(id, _)| id == *transfer);
    let is_free = !notes.iter().any(used);
    is_free && paid(note, payments, transfer).is_some()
}

/// Whether the payment is final, if it is one of this note.
fn paid(note: &Note, payments: &Payments, transfer: &EntryId) -> Option<bool> {
    let debtor = AccountId::Person(note.debtor);
    let mut about = payments.about(debtor);
    let it = about.find(|it| it.id == *transfer)?;
    let is_between = it.from == debtor && it.to == Some(AccountId::Person(note.creditor));
    let is_enough = it.effect == Effect::Paid && it.amount >= note.amount;
    (is_between && is_enough).then_some(it.settled.is_some())
}

/// The notes that `own` gave or was given, the first to fall due first, and the payments of `own`.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub fn notes_of(
    device: &Device,
    money: &Money,
    past: &Past,
    own: PersonId,
) -> Result<(Vec<Note>, Payments), StoreError> {
    let stated = stated(device, money, past)?;
    let person = |key: &MemberKey| money.trust.membership.find(key);
    let mut notes = Vec::new();
    for it in &stated {
        let NoteFact::Note(note) = it.fact else {
            continue;
        };
        let Some(creditor) = person(&note.creditor).filter(|other| *other != it.author) else {
            continue;
        };
        if it.author == own || creditor == own {
            notes.push(Note {
                id: it.id,
                debtor: it.author,
                creditor,
                amount: note.amount,
                due: note.due,
                is_final: it.is_final,
                settled: None,
            });
        }
    }
    let payments = Payments::of(device, money, past, AccountId::Person(own))?;
    for it in &stated {
        let NoteFact::Settled(NoteSettled { note, transfer }) = it.fact else {
            continue;
        };
        let Some(at) = notes.iter().position(|known| known.id == note) else {
            continue;
        };
        let settled = notes.get(at).filter(|note| {
            let is_party = [note.debtor, note.creditor].contains(&it.author);
            is_party && note.settled.is_none() && settles(note, &notes, &payments, &transfer)
        });
        let is_final = settled.and_then(|note| paid(note, &payments, &transfer));
        if let (Some(is_final), Some(note)) = (is_final, notes.get_mut(at)) {
            note.settled = Some((transfer, it.is_final && is_final));
        }
    }
    notes.sort_by_key(|it| (it.due, it.id));
    Ok((notes, payments))
}

/// What is stated of notes, in the order in which it counts: what records have in first.
fn stated(device: &Device, money: &Money, past: &Past) -> Result<Vec<Stated>, StoreError> {
    let mut stated = Vec::new();
    let history = device.history()?;
    for bytes in device.store().entries() {
        let Ok(entry) = SignedEntry::decode(&bytes?) else {
            continue;
        };
        let Ok(Some(fact)) = NoteFact::of(entry.claim()) else {
            continue;
        };
        let log = LogId {
            author: entry.author(),
            stream: Stream::ACCOUNT,
            tag: Tag::default(),
        };
        let seq = entry.claim().seq;
        let at = usize::try_from(seq).unwrap_or(usize::MAX);
        let placed = history.log(&log).and_then(|it| it.ids().get(at));
        let author = money.trust.membership.owner(&entry.author());
        // Above a fork nothing has a place, and what has none counts for nobody.
        if let (Some(author), true) = (author, placed == Some(&entry.id())) {
            stated.push(Stated {
                id: entry.id(),
                author,
                claimed: entry.claim().claimed,
                seq,
                is_final: seq < past.tip.state.logs().next(&log),
                fact,
            });
        }
    }
    stated.sort_by_key(|it| (!it.is_final, it.claimed, it.seq, it.id));
    Ok(stated)
}
