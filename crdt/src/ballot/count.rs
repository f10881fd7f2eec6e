//! Which ballots count: of each elector the last one that enough trustees hold.
//!
//! | of a ballot | is asked |
//! |---|---|
//! | its record | after the one that fixes the key, up to the first at or after the end |
//! | its receipts | of as many seats as open a sum, in records up to the close |
//! | its proof | not shown to be false in a record up to the close |
//! | its ward | its voter's |
//! | its voter | on the roll, with no later ballot of which all this is true |
//!
//! Without receipts a voter who keeps the bytes back would stop the ward, and one false ballot could
//! carry thousands of votes past a sample.

use std::collections::{BTreeMap, BTreeSet};

use super::{Input, Stated, Vote};
use crate::{
    hash::EntryId,
    keys::DeviceKey,
    payload::{Cast, VoteFact},
    time::{Height, Seconds},
    trust::PersonId,
};

/// A ballot.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BallotAt {
    /// Its entry.
    pub id: EntryId,
    /// Whose it is.
    pub voter: PersonId,
    /// The device that cast it.
    pub device: DeviceKey,
    /// Its place in that device's log about this vote.
    pub seq: u32,
    /// Its voter's ward.
    pub ward: Option<u16>,
    /// What its entry says: its bytes, and the ward that it was cast in.
    pub cast: Cast,
    /// Seats whose trustees hold it.
    pub receipts: BTreeSet<u8>,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a ballot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It counts, or would if the close were now.
    Counts,
    /// It may still count.
    Waiting,
    /// It does not count.
    Refused(Reason),
}

/// Why a ballot does not count.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Reason {
    /// Its voter is not on the roll.
    NotElector,
    /// It names another ward than its voter's.
    WrongWard,
    /// It is not of the size of this vote's ballots.
    WrongSize,
    /// The key was not fixed.
    BeforeKey,
    /// Voting was over.
    AfterEnd,
    /// Too few trustees held it before the close.
    NotReceipted,
    /// Its proof is false.
    False,
    /// A later one of the same voter counts.
    Replaced,
}

/// Finds the end and the close, and judges all ballots.
pub(super) fn count(vote: &mut Vote, input: &Input<'_>) {
    if let Some((height, time)) = vote.key {
        let end_at = time.after(vote.opening.vote_secs.into());
        let close_at = end_at.after(vote.opening.receipt_secs.into());
        let first = |at: Seconds| {
            let mut after = input.records.iter().filter(|it| it.0 > height);
            after.find(|it| it.1 >= at).copied()
        };
        (vote.end_at, vote.close_at) = (Some(end_at), Some(close_at));
        (vote.end, vote.close) = (first(end_at), first(close_at));
    }
    let receipts = receipts(vote, input);
    let (false_in_time, false_late) = falsities(vote, input);
    let mut ballots = Vec::new();
    for stated in &input.facts {
        let VoteFact::Ballot(cast) = stated.fact else {
            continue;
        };
        let receipts = receipts.get(&stated.id).cloned().unwrap_or_default();
        let mut ballot = BallotAt {
            id: stated.id,
            voter: stated.author,
            device: stated.device,
            seq: stated.seq,
            ward: input.roll.ward_of(stated.author),
            cast,
            receipts,
            fate: Fate::Waiting,
        };
        ballot.fate = fate(vote, input, stated, &ballot);
        if false_in_time.contains(&stated.id) && !matches!(ballot.fate, Fate::Refused(_)) {
            ballot.fate = Fate::Refused(Reason::False);
        }
        ballots.push(ballot);
    }
    let mut last: BTreeMap<PersonId, EntryId> = BTreeMap::new();
    for it in ballots.iter().filter(|it| it.fate == Fate::Counts) {
        last.insert(it.voter, it.id);
    }
    for it in ballots.iter_mut().filter(|it| it.fate == Fate::Counts) {
        if last.get(&it.voter) != Some(&it.id) {
            it.fate = Fate::Refused(Reason::Replaced);
        }
    }
    let contested = ballots
        .iter()
        .filter(|it| it.fate == Fate::Counts && false_late.contains(&it.id));
    let people = |it: &BallotAt| {
        let seats = it
            .receipts
            .iter()
            .filter_map(|it| vote.seats.get(usize::from(*it)));
        (it.id, seats.copied().collect())
    };
    vote.contested = contested.map(people).collect();
    vote.ballots = ballots;
}

/// What becomes of a ballot by itself.
fn fate(vote: &Vote, input: &Input<'_>, stated: &Stated, ballot: &BallotAt) -> Fate {
    let refused = |it| Fate::Refused(it);
    if ballot.ward.is_none() {
        return refused(Reason::NotElector);
    }
    if ballot.ward != Some(ballot.cast.ward) {
        return refused(Reason::WrongWard);
    }
    if ballot.cast.blob.len != input.ballot_len {
        return refused(Reason::WrongSize);
    }
    let Some((height, _)) = stated.included else {
        return match vote.end {
            Some(_) => refused(Reason::AfterEnd),
            None => Fate::Waiting,
        };
    };
    if vote.key.is_none_or(|(key, _)| height <= key) {
        return refused(Reason::BeforeKey);
    }
    if vote.end.is_some_and(|(end, _)| height > end) {
        return refused(Reason::AfterEnd);
    }
    let enough = usize::from(vote.opening.quorum.quorum);
    match (ballot.receipts.len() >= enough, vote.close) {
        (true, _) => Fate::Counts,
        (false, None) => Fate::Waiting,
        (false, Some(_)) => refused(Reason::NotReceipted),
    }
}

/// Whether a record up to the close has it in.
fn in_time(vote: &Vote, stated: &Stated) -> bool {
    let close = vote.close.map_or(Height(u32::MAX), |(height, _)| height);
    stated.included.is_some_and(|(height, _)| height <= close)
}

fn receipts(vote: &Vote, input: &Input<'_>) -> BTreeMap<EntryId, BTreeSet<u8>> {
    let mut all: BTreeMap<EntryId, BTreeSet<u8>> = BTreeMap::new();
    for stated in input.facts.iter().filter(|it| in_time(vote, it)) {
        let (VoteFact::Receipt(ballots), Some(seat)) = (&stated.fact, vote.seat_of(stated.author))
        else {
            continue;
        };
        for ballot in ballots {
            all.entry(*ballot).or_default().insert(seat);
        }
    }
    all
}

/// Ballots that were shown to be false before the close, and those after it.
fn falsities(vote: &Vote, input: &Input<'_>) -> (BTreeSet<EntryId>, BTreeSet<EntryId>) {
    let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
    for stated in &input.facts {
        let VoteFact::Falsity(ballot) = stated.fact else {
            continue;
        };
        if !input.false_ballots.contains(&ballot) {
            continue;
        }
        if in_time(vote, stated) {
            before.insert(ballot);
        } else {
            after.insert(ballot);
        }
    }
    (before, after)
}
