//! Votes as a fold: which trustees made the key, which ballots count, which sums are locked, which
//! shares open them. No number of a ballot is looked at here: proofs are checked elsewhere, and what
//! this fold needs of them comes in as an argument.
//!
//! ```text
//! opening ─► rounds of pieces and acknowledgements ─► key ─► ballots, receipts ─► end ─► close
//!                                                            ─► units ─► locks of a quorum ─► shares
//! ```
//!
//! Facts act at the record that has them in, in the order (height, device, place in the log). What no
//! record has in decides nothing; ballots and shares are shown all the same.

mod ceremony;
mod count;
mod duty;
mod outcome;
mod roll;
mod scope;
#[cfg(test)]
mod tests;
mod unit;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use thiserror::Error;

pub use self::{
    ceremony::{Fault, PieceAt, holders, pieces_hash},
    count::{BallotAt, Fate, Reason},
    duty::Duty,
    outcome::{Line, Outcome},
    roll::{MAX_WARDS, Roll, Sums},
    scope::{SAMPLE, Scope},
    unit::{ShareAt, Unit},
};
use crate::{
    hash::EntryId,
    keys::{DeviceKey, MemberKey},
    payload::{Opening, VoteFact, VoteId},
    time::{Height, Seconds},
    trust::PersonId,
};

/// A fact about a vote, and the record that has it in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stated {
    /// The entry.
    pub id: EntryId,
    /// Whose device wrote it.
    pub author: PersonId,
    /// The device.
    pub device: DeviceKey,
    /// Its place in the device's log about this vote.
    pub seq: u32,
    /// The record that has it in, and its time; none yet.
    pub included: Option<(Height, Seconds)>,
    /// What it says.
    pub fact: VoteFact,
}

/// What a vote is folded from.
#[derive(Clone)]
pub struct Input<'a> {
    /// The vote.
    pub id: VoteId,
    /// Height and time of records, ascending, from the one that has the opening in to the newest.
    pub records: &'a [(Height, Seconds)],
    /// Who may vote.
    pub roll: &'a Roll,
    /// Who a person is, by any key that they ever had.
    pub person: &'a dyn Fn(&MemberKey) -> Option<PersonId>,
    /// All that was stated about the vote, in any order.
    pub facts: Vec<Stated>,
    /// Ballots that a [`VoteFact::Falsity`] names, and whose proof is indeed false.
    pub false_ballots: &'a BTreeSet<EntryId>,
    /// Bytes of a ballot of this vote.
    pub ballot_len: u32,
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("id", &self.id)
            .field("facts", &self.facts.len())
            .finish_non_exhaustive()
    }
}

/// Why a vote cannot be folded.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum FoldError {
    /// No record has an opening in that gives this name, by somebody on the roll.
    #[error("no record has the opening of the vote in, by a member")]
    NoOpening,
}

/// Where a vote stands.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Phase {
    /// The trustees make the key.
    Preparing,
    /// One can vote.
    Voting,
    /// One cannot vote any more, and trustees say which ballots they hold.
    Receipting,
    /// The ballots are fixed; trustees lock the sums.
    Locking,
    /// All sums are locked; trustees publish shares.
    Opening,
    /// There is no key, and will be none.
    Failed,
}

/// A vote, as the records make it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Vote {
    /// Its name.
    pub id: VoteId,
    /// What its opener said.
    pub opening: Opening,
    /// Who opened it.
    pub opener: PersonId,
    /// The record that has the opening in.
    pub opened: (Height, Seconds),
    /// Round of making the key, from 0.
    pub round: u8,
    /// Who sits where in this round.
    pub seats: Vec<PersonId>,
    /// When this round ends.
    pub deadline: Seconds,
    /// Pieces of this round, by key and piece.
    pub pieces: BTreeMap<(u16, u8), PieceAt>,
    /// Pieces of this round that a seat complained about, and who did.
    pub complaints: BTreeMap<u8, PersonId>,
    /// Seats that recomputed all their pieces.
    pub acknowledged: BTreeSet<u8>,
    /// Who lost a seat, and why.
    pub replaced: Vec<(PersonId, Fault)>,
    /// The record that fixes the key.
    pub key: Option<(Height, Seconds)>,
    /// When voting ends, once there is a key.
    pub end_at: Option<Seconds>,
    /// When the ballots are fixed.
    pub close_at: Option<Seconds>,
    /// The first record at or after the end.
    pub end: Option<(Height, Seconds)>,
    /// The record that fixes the ballots.
    pub close: Option<(Height, Seconds)>,
    /// All ballots, in order.
    pub ballots: Vec<BallotAt>,
    /// Ballots whose proof turned out false after the close, and the trustees who receipted them: the
    /// result is not to be trusted.
    pub contested: Vec<(EntryId, Vec<PersonId>)>,
    /// What is counted together, once the ballots are fixed.
    pub units: Vec<Unit>,
    /// Who says that their seeds are erased.
    pub erased: BTreeSet<PersonId>,
    /// Where it stands.
    pub phase: Phase,
}

impl Vote {
    /// The seat of a person.
    pub fn seat_of(&self, person: PersonId) -> Option<u8> {
        let at = self.seats.iter().position(|it| *it == person)?;
        u8::try_from(at).ok()
    }

    fn phase(&self) -> Phase {
        let is_locked = |it: &Unit| it.ballots.is_empty() || it.locked.is_some();
        match (self.key, self.end, self.close) {
            (None, ..) => Phase::Preparing,
            (_, None, _) => Phase::Voting,
            (.., None) => Phase::Receipting,
            _ if self.units.iter().all(is_locked) => Phase::Opening,
            _ => Phase::Locking,
        }
    }
}

/// Folds a vote. The order of the facts does not matter.
///
/// # Errors
///
/// [`FoldError`] without an opening.
pub fn fold(mut input: Input<'_>) -> Result<Vote, FoldError> {
    // What a record has in comes first, in its order.
    input.facts.sort_by_key(|it| {
        let height = it.included.map_or(Height(u32::MAX), |(height, _)| height);
        (height, it.device, it.seq, it.id)
    });
    input.facts.dedup_by_key(|it| it.id);
    let is_opening = |it: &&Stated| {
        let own = matches!(it.fact, VoteFact::Opening(_));
        let is_elector = input.roll.ward_of(it.author).is_some();
        own && is_elector
            && it.included.is_some()
            && VoteId::of(&it.device, &it.fact.bytes()) == input.id
    };
    let stated = input.facts.iter().find(is_opening);
    let Some((stated, opened)) = stated.and_then(|it| Some((it, it.included?))) else {
        return Err(FoldError::NoOpening);
    };
    let VoteFact::Opening(opening) = stated.fact.clone() else {
        return Err(FoldError::NoOpening);
    };
    let mut vote = Vote {
        id: input.id,
        opener: stated.author,
        opened,
        round: 0,
        seats: seats(&input, &opening),
        deadline: opened.1.after(opening.acknowledge_secs.into()),
        opening,
        pieces: BTreeMap::new(),
        complaints: BTreeMap::new(),
        acknowledged: BTreeSet::new(),
        replaced: Vec::new(),
        key: None,
        end_at: None,
        close_at: None,
        end: None,
        close: None,
        ballots: Vec::new(),
        contested: Vec::new(),
        units: Vec::new(),
        erased: BTreeSet::new(),
        phase: Phase::Preparing,
    };
    let has_seats = ceremony::close_rounds(&mut vote, &input);
    count::count(&mut vote, &input);
    unit::tally(&mut vote, &input);
    let erased = input.facts.iter().filter(|it| it.fact == VoteFact::Erased);
    vote.erased = erased.map(|it| it.author).collect();
    vote.phase = if has_seats {
        vote.phase()
    } else {
        Phase::Failed
    };
    Ok(vote)
}

/// Nobody: a trustee whom the network does not know keeps silent like any other.
const NOBODY: PersonId = PersonId::MAX;

fn seats(input: &Input<'_>, opening: &Opening) -> Vec<PersonId> {
    let person = |it| (input.person)(it).unwrap_or(NOBODY);
    opening.trustees.iter().map(person).collect()
}
