//! What is counted together, once the ballots are fixed: a ward, or two neighbours of which one has so
//! few ballots that their sum would show what single people chose.
//!
//! Neighbours (2k and 2k + 1) have the same key, and at most half as many electors each as a sum can
//! hold, so that either can be opened alone and both together; never both.

use std::collections::BTreeMap;

use super::{Fate, Input, Roll, Vote, holders};
use crate::{
    hash::EntryId,
    merkle::{Tree, TreeHash, leaf_hash},
    payload::{Lock, VoteFact},
    time::{Height, Seconds},
    trust::PersonId,
};

/// Ballots that are counted together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unit {
    /// The first ward.
    pub ward: u16,
    /// How many wards, 1 or 2.
    pub wards: u8,
    /// Which key they were encrypted with.
    pub key: u16,
    /// The ballots, ascending.
    pub ballots: Vec<EntryId>,
    /// Merkle root over them.
    pub set: [u8; 32],
    /// What each seat said first.
    pub locks: BTreeMap<u8, Lock>,
    /// What a quorum said.
    pub lock: Option<Lock>,
    /// The record that has a quorum's locks in.
    pub locked: Option<(Height, Seconds)>,
    /// Locks that say something else.
    pub other_locks: Vec<(PersonId, Lock)>,
    /// Shares of what was locked, by piece, in order.
    pub shares: BTreeMap<u8, Vec<ShareAt>>,
}

/// A share as somebody published it, its proof not checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShareAt {
    /// The entry.
    pub entry: EntryId,
    /// Who published it.
    pub author: PersonId,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Unit {
    fn new(ward: u16, wards: u8, key: u16, mut ballots: Vec<EntryId>) -> Self {
        ballots.sort_unstable();
        Self {
            ward,
            wards,
            key,
            set: tree(&ballots).root(),
            ballots,
            locks: BTreeMap::new(),
            lock: None,
            locked: None,
            other_locks: Vec::new(),
            shares: BTreeMap::new(),
        }
    }

    /// Place, number of ballots and hashes that show that a ballot is in the set.
    pub fn proof(&self, ballot: &EntryId) -> Option<(u64, u64, Vec<TreeHash>)> {
        let at = self.ballots.binary_search(ballot).ok()?;
        let proof = tree(&self.ballots).proof(at)?;
        let number = |it: usize| u64::try_from(it).ok();
        Some((number(at)?, number(self.ballots.len())?, proof))
    }

    /// Whether some share of each piece was published.
    pub fn is_shared(&self, pieces: usize) -> bool {
        self.ballots.is_empty() || self.shares.len() == pieces
    }
}

fn tree(ballots: &[EntryId]) -> Tree {
    Tree::new(ballots.iter().map(|it| leaf_hash(it.as_bytes())).collect())
}

/// Makes the units of a closed vote, and takes their locks and shares.
pub(super) fn tally(vote: &mut Vote, input: &Input<'_>) {
    if vote.close.is_none() {
        return;
    }
    let mut units = units(vote, input.roll);
    for unit in &mut units {
        take_locks(unit, vote, input);
        take_shares(unit, vote, input);
    }
    vote.units = units;
}

fn units(vote: &Vote, roll: &Roll) -> Vec<Unit> {
    let wards = roll.wards();
    let fewest = usize::try_from(roll.fewest()).unwrap_or(usize::MAX);
    let mut ballots: BTreeMap<u16, Vec<EntryId>> = BTreeMap::new();
    for it in vote.ballots.iter().filter(|it| it.fate == Fate::Counts) {
        ballots
            .entry(it.ward.unwrap_or_default())
            .or_default()
            .push(it.id);
    }
    let mut of = |ward: u16| ballots.remove(&ward).unwrap_or_default();
    if wards <= 1 {
        return vec![Unit::new(0, 1, 0, of(0))];
    }
    let mut units = Vec::new();
    for ward in (0..wards).step_by(2) {
        let (key, neighbour) = (ward / 2, ward.saturating_add(1));
        let (mut here, there) = (of(ward), of(neighbour));
        if here.len() < fewest || there.len() < fewest {
            here.extend(there);
            units.push(Unit::new(ward, 2, key, here));
        } else {
            units.push(Unit::new(ward, 1, key, here));
            units.push(Unit::new(neighbour, 1, key, there));
        }
    }
    units
}

/// A quorum of equal locks, in records, that name this unit's ballots.
fn take_locks(unit: &mut Unit, vote: &Vote, input: &Input<'_>) {
    let quorum = usize::from(vote.opening.quorum.quorum);
    for stated in &input.facts {
        let (VoteFact::Lock(lock), Some(at), Some(seat)) =
            (&stated.fact, stated.included, vote.seat_of(stated.author))
        else {
            continue;
        };
        let is_here = (lock.ward, lock.wards) == (unit.ward, unit.wards);
        if !is_here || unit.locks.contains_key(&seat) {
            continue;
        }
        unit.locks.insert(seat, lock.clone());
        let same = unit.locks.values().filter(|it| *it == lock).count();
        let names = lock.set == unit.set && usize::try_from(lock.ballots) == Ok(unit.ballots.len());
        if unit.lock.is_none() && names && same >= quorum {
            unit.lock = Some(lock.clone());
            unit.locked = Some(at);
        }
    }
    let Some(lock) = &unit.lock else {
        return;
    };
    let others = unit.locks.iter().filter(|(_, it)| *it != lock);
    let others = others.filter_map(|(seat, it)| {
        let person = vote.seats.get(usize::from(*seat))?;
        Some((*person, it.clone()))
    });
    unit.other_locks = others.collect();
}

/// Shares of what is locked, each of a piece that its author holds.
fn take_shares(unit: &mut Unit, vote: &Vote, input: &Input<'_>) {
    let Some(lock) = unit.lock.as_ref().map(|it| it.hash(&vote.id)) else {
        return;
    };
    let holders = holders(&vote.opening.quorum);
    for stated in &input.facts {
        let (VoteFact::Shares(shares), Some(seat)) = (&stated.fact, vote.seat_of(stated.author))
        else {
            continue;
        };
        if shares.lock != lock || shares.ward != unit.ward {
            continue;
        }
        for (index, bytes) in &shares.shares {
            let holds = holders.get(usize::from(*index));
            if holds.is_some_and(|it| it.contains(&seat)) {
                unit.shares.entry(*index).or_default().push(ShareAt {
                    entry: stated.id,
                    author: stated.author,
                    bytes: bytes.clone(),
                });
            }
        }
    }
}
