//! From shares to a result: every device combines and verifies for itself.
//!
//! The first valid share of each piece is enough; one that does not hold costs its place in the list and
//! nothing else. Which shares were verified is remembered by entry and piece.

use std::collections::BTreeSet;

use commune_cipher::{Share, Sum, Use, open, smudging_bits};
use commune_crdt::{
    ballot::{Outcome, ShareAt, Unit, holders},
    codec::to_u64,
    hash::{EntryId, blake3},
    trust::PersonId,
};

use super::{
    Known, Report, VotesError, numbers, references,
    sums::{self, Located},
};
use crate::{
    device::Device,
    store::{Batch, Durability, StoreError},
};

/// A result, as this device computed it.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Ballots counted.
    pub ballots: u32,
    /// What they say.
    pub outcome: Outcome,
    /// Sums that this device added itself.
    pub added: u32,
    /// Sums of wards whose ballots this device does not hold, taken as a quorum locked them.
    pub taken: u32,
    /// The fewest smudging bits of a unit.
    pub smudging: f64,
    /// Shares that were used.
    pub shares: usize,
    /// Shares that do not hold: who published them, of which piece.
    pub false_shares: Vec<(PersonId, u8)>,
}

/// Why there is no result yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Missing {
    /// The vote is not closed.
    Close,
    /// A ward has no lock of a quorum, or no record has it in.
    Lock(u16),
    /// Bytes of ballots are on their way.
    Ballots(Vec<EntryId>),
    /// The sum that a quorum locked is on its way, and this device does not hold the ballots.
    LockedSum(u16),
    /// What a quorum locked is not the sum of the ballots.
    Sum(u16),
    /// No valid share of these pieces of a ward is here.
    Shares(u16, Vec<u8>),
}

impl Known {
    /// The result, from what is here.
    ///
    /// # Errors
    ///
    /// [`VotesError`] if the store cannot be read, or a reference string is missing.
    pub fn count(
        &self,
        device: &Device,
        report: Report<'_>,
    ) -> Result<Result<Counted, Missing>, VotesError> {
        if self.vote.close.is_none() {
            return Ok(Err(Missing::Close));
        }
        let question = &self.vote.opening.question;
        let mut counts = vec![0_u32; question.slots()];
        let mut counted = Counted {
            ballots: 0,
            outcome: question.outcome(0, &counts),
            added: 0,
            taken: 0,
            smudging: f64::INFINITY,
            shares: 0,
            false_shares: Vec::new(),
        };
        let pieces = holders(&self.vote.opening.quorum).len();
        for unit in self.vote.units.iter().filter(|it| !it.ballots.is_empty()) {
            let ballots = u32::try_from(unit.ballots.len()).unwrap_or(u32::MAX);
            let opened = match self.open_unit(device, unit, report)? {
                Ok(opened) => opened,
                Err(missing) => return Ok(Err(missing)),
            };
            for (all, here) in counts.iter_mut().zip(&opened.counts) {
                *all = all.saturating_add(*here);
            }
            counted.ballots = counted.ballots.saturating_add(ballots);
            match opened.is_added {
                true => counted.added = counted.added.saturating_add(1),
                false => counted.taken = counted.taken.saturating_add(1),
            }
            counted.smudging = counted.smudging.min(smudging_bits(pieces, ballots));
            counted.shares = counted.shares.saturating_add(opened.shares);
            counted.false_shares.extend(opened.false_shares);
        }
        counted.outcome = question.outcome(counted.ballots, &counts);
        Ok(Ok(counted))
    }

    fn open_unit(
        &self,
        device: &Device,
        unit: &Unit,
        report: Report<'_>,
    ) -> Result<Result<OpenedUnit, Missing>, VotesError> {
        let Some(lock) = unit.lock.as_ref().filter(|_| unit.locked.is_some()) else {
            return Ok(Err(Missing::Lock(unit.ward)));
        };
        let Located { sum, is_added } = match sums::locked(device, self, unit, lock)? {
            Ok(located) => located,
            Err(missing) => return Ok(Err(missing)),
        };
        let hash = lock.hash(&self.vote.id);
        let mut bench = Bench::new(device, self, unit, (&sum, hash))?;
        let pieces = holders(&self.vote.opening.quorum).len();
        let (mut shares, mut lacking) = (Vec::new(), Vec::new());
        for index in (0_u8..).take(pieces) {
            if !report(u64::from(index), to_u64(pieces)) {
                return Err(VotesError::Interrupted);
            }
            match bench.first_valid(index) {
                Some(share) => shares.push(share),
                None => lacking.push(index),
            }
        }
        bench.remember();
        if !lacking.is_empty() {
            return Ok(Err(Missing::Shares(unit.ward, lacking)));
        }
        let layout = numbers::layout(&self.vote.opening.question)?;
        let tally = open(&layout, &sum, &shares.iter().collect::<Vec<_>>())?;
        Ok(Ok(OpenedUnit {
            counts: tally.counts,
            is_added,
            shares: shares.len(),
            false_shares: bench.false_shares,
        }))
    }
}

struct OpenedUnit {
    counts: Vec<u32>,
    is_added: bool,
    shares: usize,
    false_shares: Vec<(PersonId, u8)>,
}

/// Where the shares of one unit are checked.
struct Bench<'a> {
    device: &'a Device,
    known: &'a Known,
    unit: &'a Unit,
    sum: &'a Sum,
    lock: [u8; 32],
    layout: commune_cipher::Layout,
    publics: Vec<commune_cipher::Public>,
    reference: std::sync::Arc<commune_cipher::Reference>,
    /// Hashes of what holds, each over all that was checked.
    known_good: BTreeSet<[u8; 32]>,
    fresh: bool,
    false_shares: Vec<(PersonId, u8)>,
}

impl<'a> Bench<'a> {
    fn new(
        device: &'a Device,
        known: &'a Known,
        unit: &'a Unit,
        (sum, lock): (&'a Sum, [u8; 32]),
    ) -> Result<Self, VotesError> {
        let [_, shares] = &known.vote.opening.references;
        let rows = device.store().meta(&row(known))?.unwrap_or_default();
        let (rows, _) = rows.as_chunks::<32>();
        Ok(Self {
            device,
            known,
            unit,
            sum,
            lock,
            layout: numbers::layout(&known.vote.opening.question)?,
            publics: numbers::publics(device, known, unit.key)?,
            reference: references::of(device, shares, Use::Shares)?,
            known_good: rows.iter().copied().collect(),
            fresh: false,
            false_shares: Vec::new(),
        })
    }

    /// The first share of a piece that holds, in the order in which they stand.
    fn first_valid(&mut self, index: u8) -> Option<Share> {
        let unit = self.unit;
        let stated: &[ShareAt] = unit.shares.get(&index).map_or(&[], Vec::as_slice);
        let mut found: Option<(&[u8], Share)> = None;
        let mut refused: BTreeSet<&[u8]> = BTreeSet::new();
        for it in stated {
            let bytes = it.bytes.as_slice();
            if found.is_none() && !refused.contains(bytes) {
                match self.verified(index, bytes) {
                    Some(share) => found = Some((bytes, share)),
                    None => {
                        refused.insert(bytes);
                    }
                }
            }
        }
        // A share follows from the piece and the sum: whoever says something else says what is false.
        let is_true = |it: &&ShareAt| found.as_ref().is_some_and(|(bytes, _)| it.bytes == *bytes);
        let liars = stated.iter().filter(|it| !is_true(it));
        self.false_shares.extend(liars.map(|it| (it.author, index)));
        found.map(|(_, share)| share)
    }

    fn verified(&mut self, index: u8, bytes: &[u8]) -> Option<Share> {
        let share = Share::decode(&self.layout, bytes).ok()?;
        let parts: [&[u8]; 4] = [&self.lock, &[self.known.vote.round], &[index], bytes];
        let name = blake3(&parts);
        if self.known_good.contains(&name) {
            return Some(share);
        }
        let public = self.publics.get(usize::from(index))?;
        let (id, round) = (self.known.vote.id, self.known.vote.round);
        let context = numbers::context(self.device.network(), id, round, self.unit.key);
        let verified = share.verify(&self.reference, &context, public, self.sum, &self.lock);
        verified.ok()?;
        self.fresh = true;
        self.known_good.insert(name);
        Some(share)
    }

    fn remember(&self) {
        if !self.fresh {
            return;
        }
        let rows: Vec<u8> = self.known_good.iter().flatten().copied().collect();
        let mut batch = Batch::new();
        batch.put_meta(&row(self.known), &rows);
        // Only a cache: a full disk is no reason to fail.
        let _: Result<(), StoreError> = self.device.store().commit(batch, Durability::Buffered);
    }
}

fn row(known: &Known) -> String {
    format!("shares.{}.{}", known.vote.id, known.vote.round)
}
