//! Reads what was stated about votes from the store, and folds it.

use std::collections::{BTreeMap, BTreeSet};

use commune_crdt::{
    ballot::{FoldError, Input, Stated, Vote, fold},
    entry::{BlobRef, LogId, Payload, Stream, Tag, VerifiedEntry},
    payload::{Opening, VoteFact, VoteFactError, VoteId},
    time::{Height, Seconds},
};

use super::{Known, VotesError, Waiting, numbers, proofs, roll, scope};
use crate::{
    device::Device,
    finality::{included, stored},
    store::StoreError,
};

/// All votes known here, in the order in which records have their openings in, and those that no
/// record has in.
///
/// # Errors
///
/// [`VotesError`] if the store cannot be read, or this device began on a checkpoint above a vote.
pub fn all(device: &Device) -> Result<(Vec<Known>, Vec<Waiting>), VotesError> {
    let (mut known, mut waiting) = (Vec::new(), Vec::new());
    for (tag, heap) in heaps(device, |_| true)? {
        match heap.known(device, tag) {
            Ok(it) => known.push(it),
            Err(VotesError::NotOpened(id)) => waiting.push(heap.waiting(id)),
            // Of a vote below the basis nothing can be said, and nothing is asked here.
            Err(VotesError::Covered(_)) => {}
            Err(error) => return Err(error),
        }
    }
    known.sort_by_key(|it| (it.vote.opened, it.vote.id));
    Ok((known, waiting))
}

/// The vote whose name is, or begins with, `name` (4 digits at least).
///
/// # Errors
///
/// [`VotesError`]; `NotOpened` if no record has its opening in.
pub fn one(device: &Device, name: &str) -> Result<Known, VotesError> {
    let lower = name.to_lowercase();
    let is_name = |tag: &Tag| VoteId(tag.0).to_string().starts_with(&lower);
    let unknown = || VotesError::Unknown(name.to_owned());
    if lower.len() < 4 {
        return Err(unknown());
    }
    let mut heaps = heaps(device, is_name)?.into_iter();
    let (tag, heap) = heaps.next().ok_or_else(unknown)?;
    if heaps.next().is_some() {
        return Err(VotesError::Ambiguous(name.to_owned()));
    }
    heap.known(device, tag)
}

/// What was stated about one vote.
#[derive(Default)]
struct Heap {
    included: Vec<included::Included>,
    placed: Vec<VerifiedEntry>,
}

fn heaps(
    device: &Device,
    wanted: impl Fn(&Tag) -> bool,
) -> Result<BTreeMap<Tag, Heap>, StoreError> {
    let is_wanted = |log: &LogId| log.stream == Stream::VOTE && wanted(&log.tag);
    let mut heaps: BTreeMap<Tag, Heap> = BTreeMap::new();
    for it in included::included(device, is_wanted)? {
        let heap = heaps.entry(it.entry.log().tag).or_default();
        heap.included.push(it);
    }
    for entry in placed(device, is_wanted)? {
        let heap = heaps.entry(entry.log().tag).or_default();
        heap.placed.push(entry);
    }
    Ok(heaps)
}

/// Entries of the wanted logs that no record has in.
fn placed(
    device: &Device,
    wanted: impl Fn(&LogId) -> bool,
) -> Result<Vec<VerifiedEntry>, StoreError> {
    let logs = device.with_finality(|it| Ok(it.tip().state.logs().clone()))?;
    let ids: Vec<_> = {
        let history = device.history()?;
        let wanted = history.logs().filter(|it| wanted(it.id()));
        wanted
            .flat_map(|log| log.ids_from(logs.next(log.id())).to_vec())
            .collect()
    };
    let read = ids.iter().map(|id| stored(device, id));
    Ok(read
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// What entries say.
#[derive(Default)]
struct Read {
    stated: Vec<Stated>,
}

impl Heap {
    fn known(&self, device: &Device, tag: Tag) -> Result<Known, VotesError> {
        let id = VoteId(tag.0);
        let (opening, opened) = self.opening(device, id)?;
        let times = included::times(device)?;
        let now = times.last().copied().unwrap_or_default();
        let records: Vec<_> = times.into_iter().filter(|it| it.0 >= opened).collect();
        let roll = roll::of(device, id, opening.quorum, opened)?;
        let people = device.with_finality(|it| Ok(it.tip().state.membership().clone()))?;
        let person = people.owner(&device.vault().device.device_key());

        let mut read = Read::default();
        let owner = |entry: &VerifiedEntry| people.owner(&entry.author());
        for it in &self.included {
            read.take(
                device,
                &it.entry,
                owner(&it.entry),
                Some((it.height, it.time)),
            )?;
        }
        for entry in &self.placed {
            read.take(device, entry, owner(entry), None)?;
        }
        let own = read.stated.iter();
        let own = own
            .filter(|it| Some(it.author) == person)
            .cloned()
            .collect();
        let find = |key: &_| people.find(key);
        let folded = |facts: Vec<Stated>, false_ballots: &BTreeSet<_>| {
            let input = Input {
                id,
                records: &records,
                roll: &roll,
                person: &find,
                facts,
                false_ballots,
                ballot_len: numbers::ballot_len(&opening.question),
            };
            fold(input).map_err(|FoldError::NoOpening| VotesError::NotOpened(id))
        };
        let mut known = Known {
            vote: folded(read.stated.clone(), &BTreeSet::new())?,
            roll: roll.clone(),
            missing: Vec::new(),
            own,
            person,
            now,
        };
        let accused = accused(&read.stated);
        scope::settle(device, &known, &accused)?;
        if !accused.is_empty() {
            let false_ballots = proofs::false_among(device, &known, &accused)?;
            known.vote = folded(read.stated, &false_ballots)?;
        }
        known.missing = missing(device, &known.vote)?;
        Ok(known)
    }

    /// The opening, and the record that has it in.
    fn opening(&self, device: &Device, id: VoteId) -> Result<(Opening, Height), VotesError> {
        for it in &self.included {
            let bytes = payload_bytes(device, &it.entry)?;
            let fact = VoteFact::of(it.entry.entry(), bytes.as_deref());
            match fact {
                Ok(Some(VoteFact::Opening(opening)))
                    if VoteId::of(
                        &it.entry.author(),
                        &VoteFact::Opening(opening.clone()).bytes(),
                    ) == id =>
                {
                    return Ok((opening, it.height));
                }
                Err(VoteFactError::Missing(blob)) if it.entry.entry().seq == 0 => {
                    return Err(VotesError::Incomplete(vec![blob]));
                }
                _ => {}
            }
        }
        Err(VotesError::NotOpened(id))
    }

    /// What is known of a vote that no record has in.
    fn waiting(&self, id: VoteId) -> Waiting {
        let fact = |entry: &VerifiedEntry| VoteFact::of(entry.entry(), None).ok().flatten();
        let mut openings = self.placed.iter().filter_map(|it| match fact(it) {
            Some(VoteFact::Opening(opening)) => Some((it.author(), opening)),
            _ => None,
        });
        let is_it = |(author, opening): &(_, Opening)| {
            VoteId::of(author, &VoteFact::Opening(opening.clone()).bytes()) == id
        };
        Waiting {
            id,
            opening: openings.find(is_it).map(|(_, it)| it),
        }
    }
}

impl Read {
    fn take(
        &mut self,
        device: &Device,
        entry: &VerifiedEntry,
        author: Option<commune_crdt::trust::PersonId>,
        included: Option<(Height, Seconds)>,
    ) -> Result<(), StoreError> {
        let Some(author) = author else {
            return Ok(());
        };
        let bytes = payload_bytes(device, entry)?;
        // Else it states nothing, or shares that are on their way.
        if let Ok(Some(fact)) = VoteFact::of(entry.entry(), bytes.as_deref()) {
            self.stated.push(Stated {
                id: entry.id(),
                author,
                device: entry.author(),
                seq: entry.entry().seq,
                included,
                fact,
            });
        }
        Ok(())
    }
}

/// The detached payload of an entry, if it has one and it is here.
fn payload_bytes(device: &Device, entry: &VerifiedEntry) -> Result<Option<Vec<u8>>, StoreError> {
    match &entry.entry().payload {
        Payload::Detached(blob) => device.store().blob(&blob.hash),
        Payload::Inline(_) => Ok(None),
    }
}

/// Public halves of the key that are not here: nothing can be encrypted or verified without them.
fn missing(device: &Device, vote: &Vote) -> Result<Vec<BlobRef>, StoreError> {
    let mut missing = Vec::new();
    for piece in vote.pieces.values().filter(|_| vote.key.is_some()) {
        if device.store().blob_missing(&piece.public)?.is_some() {
            missing.push(piece.public);
        }
    }
    Ok(missing)
}

/// Ballots of which somebody says that their proof is false.
fn accused(stated: &[Stated]) -> BTreeSet<commune_crdt::hash::EntryId> {
    let named = stated.iter().filter_map(|it| match it.fact {
        VoteFact::Falsity(ballot) => Some(ballot),
        _ => None,
    });
    named.collect()
}
