//! The steps of a trustee, each one command, in any order of devices and days apart.
//!
//! ```text
//! prepare: pieces, sealed seeds, acknowledgement ─►(key)─► receipt … ─►(close)─► lock ─►(fixed)─► share ─► erase
//! ```
//!
//! Seeds reach the disk before anything that depends on them is said.

use std::collections::{BTreeMap, BTreeSet};

use commune_cipher::{Reference, Use};
use commune_crdt::{
    ballot::{Duty, Unit, holders, pieces_hash},
    codec::to_u64,
    entry::BlobRef,
    hash::EntryId,
    keys::close_box,
    payload::{Acknowledgement, Complaint, Lock, MAX_RECEIPTS, Piece, Seals, Shares, VoteFact},
    time::ClaimedMinutes,
    trust::PersonId,
};

use super::{Known, Report, VotesError, cast::state, numbers, proofs, references, seeds, sums};
use crate::{
    device::Device,
    money::Money,
    vault::{VaultError, random, trustee::Seeds},
};

/// What a trustee can be asked to do.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Step {
    /// Make pieces of the key, check and acknowledge those of others.
    Prepare,
    /// Say which ballots are held and verified.
    Receipt,
    /// Say what the sums are.
    Lock,
    /// Publish shares of what a quorum locked.
    Share,
    /// Forget the seeds.
    Erase,
}

/// What was done.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Done {
    /// Entries that were stated.
    pub entries: Vec<EntryId>,
    /// Pieces made.
    pub pieces: usize,
    /// Whether all pieces that one holds were acknowledged.
    pub acknowledged: bool,
    /// Pieces that are not what their maker's seed gives: piece numbers.
    pub complaints: Vec<u8>,
    /// Pieces whose seed did not come sealed: it is to be handed over.
    pub unsealed: Vec<u8>,
    /// Pieces whose sealed seed is on its way.
    pub awaited: Vec<u8>,
    /// Trustees to whom nothing could be sealed, since their keys are not here.
    pub keyless: Vec<PersonId>,
    /// Ballots receipted.
    pub receipts: usize,
    /// Ballots whose proof is false.
    pub false_ballots: Vec<EntryId>,
    /// Ballots whose bytes are on their way.
    pub lacking: Vec<EntryId>,
    /// Wards locked, or shared.
    pub wards: Vec<u16>,
    /// Seeds erased.
    pub erased: usize,
}

/// Sends `Step` on: what a duty belongs to.
impl Step {
    /// All, in the order of a vote.
    pub const ALL: [Self; 5] = [
        Self::Prepare,
        Self::Receipt,
        Self::Lock,
        Self::Share,
        Self::Erase,
    ];

    /// The step in which a duty is done.
    pub const fn of(duty: &Duty) -> Self {
        match duty {
            Duty::MakePieces(_) | Duty::Acknowledge => Self::Prepare,
            Duty::Receipt(_) => Self::Receipt,
            Duty::Lock(_) => Self::Lock,
            Duty::Share(_) => Self::Share,
            Duty::Erase => Self::Erase,
        }
    }
}

impl Known {
    /// What waits for the owner of this device as a trustee.
    pub fn duties(&self) -> Vec<Duty> {
        let duties = |it| self.vote.duties(it, &self.own, self.roll.keys());
        self.person.map(duties).unwrap_or_default()
    }

    /// The seat of the owner of this device.
    pub fn seat(&self) -> Option<u8> {
        let at = self
            .vote
            .seats
            .iter()
            .position(|it| Some(*it) == self.person)?;
        u8::try_from(at).ok()
    }

    /// Does what waits of `step` for the owner of `device`.
    ///
    /// # Errors
    ///
    /// [`VotesError`]; what was stated before stands.
    pub fn act(
        &self,
        device: &Device,
        step: Step,
        claimed: ClaimedMinutes,
        report: Report<'_>,
    ) -> Result<Done, VotesError> {
        if !self.missing.is_empty() && !matches!(step, Step::Prepare | Step::Erase) {
            return Err(VotesError::Incomplete(self.missing.clone()));
        }
        let seat = self.seat();
        let was_trustee = self
            .own
            .iter()
            .any(|it| matches!(it.fact, VoteFact::Piece(_)));
        if seat.is_none() && !(step == Step::Erase && was_trustee) {
            return Err(VotesError::NotTrustee);
        }
        let mut desk = Desk {
            device,
            known: self,
            seat: seat.unwrap_or(u8::MAX),
            claimed,
            done: Done::default(),
        };
        let duties = self.duties();
        let mut duties: Vec<_> = duties
            .into_iter()
            .filter(|it| Step::of(it) == step)
            .collect();
        if step == Step::Erase && duties.is_empty() && seat.is_none() {
            duties.push(Duty::Erase);
        }
        for duty in duties {
            match duty {
                Duty::MakePieces(pieces) => desk.make_pieces(&pieces)?,
                Duty::Acknowledge => desk.acknowledge()?,
                Duty::Receipt(ballots) => desk.receipt(&ballots, report)?,
                Duty::Lock(wards) => desk.lock(&wards)?,
                Duty::Share(wards) => desk.share(&wards, report)?,
                Duty::Erase => desk.erase()?,
            }
        }
        Ok(desk.done)
    }
}

/// One trustee at work on one vote.
struct Desk<'a> {
    device: &'a Device,
    known: &'a Known,
    seat: u8,
    claimed: ClaimedMinutes,
    done: Done,
}

impl Desk<'_> {
    fn state(&mut self, fact: &VoteFact) -> Result<(), VotesError> {
        let id = state(self.device, self.known.vote.id, fact, self.claimed)?;
        self.done.entries.push(id);
        Ok(())
    }

    fn seeds(&self) -> Result<Seeds, VotesError> {
        let vault = self.device.vault();
        Ok(Seeds::read(self.device.dir(), vault.store_key.bytes())?)
    }

    fn save(&self, seeds: &Seeds) -> Result<(), VotesError> {
        let vault = self.device.vault();
        Ok(seeds.write(self.device.dir(), vault.store_key.bytes())?)
    }

    fn make_pieces(&mut self, pieces: &[(u16, u8)]) -> Result<(), VotesError> {
        let (id, round) = (self.known.vote.id, self.known.vote.round);
        let mut kept = self.seeds()?;
        for (_, index) in pieces {
            if kept.get(&(id, round, *index)).is_none() {
                let seed = random::secret::<32>().map_err(VaultError::from)?;
                kept.put((id, round, *index), *seed);
            }
        }
        self.save(&kept)?;
        for (key, index) in pieces {
            let seed = kept.get(&(id, round, *index));
            let seed = seed.ok_or(VotesError::NoSeed(*index))?;
            let context = numbers::context(self.device.network(), id, round, *key);
            let public = seeds::key_seed(seed, *key).public(&context).encode();
            let sealed = match key {
                0 => Seals(self.sealed(*index, seed)?),
                _ => Seals::default(),
            };
            let bytes = sealed.encode();
            let seals = (!bytes.is_empty()).then(|| BlobRef::of(&bytes));
            let named = BlobRef::of(&public);
            let blobs = seals.map(|it| (it, bytes)).into_iter();
            self.device
                .take_blobs(blobs.chain([(named, public)]).collect())?;
            self.state(&VoteFact::Piece(Piece {
                round,
                key: *key,
                index: *index,
                public: named,
                seats: sealed.seats(),
                seals,
            }))?;
            self.done.pieces = self.done.pieces.saturating_add(1);
        }
        Ok(())
    }

    /// The seed of a piece, sealed for each other seat that holds it.
    fn sealed(&mut self, index: u8, seed: &[u8; 32]) -> Result<Vec<(u8, Vec<u8>)>, VotesError> {
        let holders = holders(&self.known.vote.opening.quorum);
        let seats = holders.get(usize::from(index)).cloned().unwrap_or_default();
        let mut sealed = Vec::new();
        for seat in seats.into_iter().filter(|it| *it != self.seat) {
            let Some(person) = self.known.vote.seats.get(usize::from(seat)).copied() else {
                continue;
            };
            let key = member_key(self.device, person)?;
            let keys = key
                .map(|it| Money::sealing_keys(self.device, &it))
                .transpose()?;
            let Some((exchange, ml_kem)) = keys.flatten() else {
                self.done.keyless.push(person);
                continue;
            };
            let chance = random::secret::<64>().map_err(VaultError::from)?;
            let binding = seeds::binding(self.known, index, seat);
            if let Some(it) = close_box(&exchange, &ml_kem, seed, &binding, &chance) {
                sealed.push((seat, it));
            }
        }
        Ok(sealed)
    }

    /// Takes the seeds of others out of their seals, recomputes their pieces and says so.
    fn acknowledge(&mut self) -> Result<(), VotesError> {
        let (id, round) = (self.known.vote.id, self.known.vote.round);
        let mut kept = self.seeds()?;
        let (mut wrong, mut lacking) = (BTreeSet::new(), BTreeSet::new());
        let mut awaited = BTreeSet::new();
        let held = seeds::held(self.known, self.seat);
        for index in &held {
            if kept.get(&(id, round, *index)).is_some() {
                continue;
            }
            match seeds::unseal(self.device, self.known, self.seat, *index)? {
                seeds::Sealed::Seed(seed) => kept.put((id, round, *index), *seed),
                seeds::Sealed::Closed => {
                    wrong.insert(*index);
                }
                // Whose bytes are kept back would lose the seat as one who said nothing.
                seeds::Sealed::OnTheWay if self.is_late() => {
                    wrong.insert(*index);
                }
                seeds::Sealed::OnTheWay => {
                    awaited.insert(*index);
                }
                seeds::Sealed::Missing => {
                    lacking.insert(*index);
                }
            }
        }
        let mut publics = Vec::new();
        for ((key, index), piece) in &self.known.vote.pieces {
            let Some(seed) = kept
                .get(&(id, round, *index))
                .filter(|_| held.contains(index))
            else {
                continue;
            };
            let context = numbers::context(self.device.network(), id, round, *key);
            let own = seeds::key_seed(seed, *key).public(&context).encode();
            if BlobRef::of(&own) == piece.public {
                // Whoever holds the seed can give the bytes, though their maker keep them back.
                self.device.take_blobs(vec![(piece.public, own)])?;
            } else {
                wrong.insert(*index);
            }
            publics.push((*key, *index, piece.public.hash));
        }
        self.save(&kept)?;
        self.done.unsealed = lacking.iter().copied().collect();
        self.done.awaited = awaited.iter().copied().collect();
        self.done.complaints = wrong.iter().copied().collect();
        for index in &wrong {
            self.state(&VoteFact::Complaint(Complaint {
                round,
                key: 0,
                index: *index,
            }))?;
        }
        if wrong.is_empty() && lacking.is_empty() && awaited.is_empty() {
            let pieces = pieces_hash(round, self.seat, publics.into_iter());
            self.state(&VoteFact::Acknowledgement(Acknowledgement {
                round,
                pieces,
            }))?;
            self.done.acknowledged = true;
        }
        Ok(())
    }

    /// Whether half of the round is over.
    fn is_late(&self) -> bool {
        let half = u64::from(self.known.vote.opening.acknowledge_secs) / 2;
        self.known.now.1.after(half) >= self.known.vote.deadline
    }

    fn receipt(&mut self, ballots: &[EntryId], report: Report<'_>) -> Result<(), VotesError> {
        let wanted: BTreeSet<_> = ballots.iter().copied().collect();
        let wanted = |it: &commune_crdt::ballot::BallotAt| wanted.contains(&it.id);
        let (proofs, lacking) = proofs::verify(self.device, self.known, wanted, report)?;
        let mut good: Vec<EntryId> = Vec::new();
        for id in ballots {
            match proofs.holds(id) {
                Some(true) => good.push(*id),
                Some(false) => self.done.false_ballots.push(*id),
                None => {}
            }
        }
        self.done.lacking = lacking;
        // Whoever receipted a false one is shown to have done so.
        let receipted = self
            .known
            .vote
            .ballots
            .iter()
            .filter(|it| !it.receipts.is_empty());
        let receipted: BTreeSet<_> = receipted.map(|it| it.id).collect();
        for id in self.done.false_ballots.clone() {
            if receipted.contains(&id) {
                self.state(&VoteFact::Falsity(id))?;
            }
        }
        good.sort_unstable();
        if !good.is_empty() {
            self.done.receipts = good.len();
        }
        for some in good.chunks(MAX_RECEIPTS) {
            self.state(&VoteFact::Receipt(some.to_vec()))?;
        }
        Ok(())
    }

    fn units(&self, wards: &[u16]) -> Vec<Unit> {
        let units = self.known.vote.units.iter();
        units
            .filter(|it| wards.contains(&it.ward))
            .cloned()
            .collect()
    }

    fn lock(&mut self, wards: &[u16]) -> Result<(), VotesError> {
        for unit in self.units(wards) {
            let sum = match sums::added(self.device, self.known, &unit)? {
                Ok(sum) => sum.encode(),
                Err(lacking) => {
                    self.done.lacking.extend(lacking);
                    continue;
                }
            };
            let named = BlobRef::of(&sum);
            self.device.take_blobs(vec![(named, sum)])?;
            self.state(&VoteFact::Lock(Lock {
                ward: unit.ward,
                wards: unit.wards,
                ballots: u32::try_from(unit.ballots.len()).unwrap_or(u32::MAX),
                set: unit.set,
                sum: named,
            }))?;
            self.done.wards.push(unit.ward);
        }
        Ok(())
    }

    fn share(&mut self, wards: &[u16], report: Report<'_>) -> Result<(), VotesError> {
        let kept = self.seeds()?;
        let strings = self.known.vote.opening.references;
        let id = strings.get(1).copied().unwrap_or_default();
        let reference = references::of(self.device, &id, Use::Shares)?;
        let units = self.units(wards);
        let held = seeds::held(self.known, self.seat);
        let total = to_u64(units.len().saturating_mul(held.len()));
        let mut at = 0_u64;
        for unit in units {
            let Some(lock) = numbers::lock_of(self.known, &unit) else {
                continue;
            };
            let locked = unit.lock.as_ref().map(|it| it.sum);
            let sum = match sums::added(self.device, self.known, &unit)? {
                Ok(sum) if locked == Some(BlobRef::of(&sum.encode())) => sum,
                Ok(_) => continue,
                Err(lacking) => {
                    self.done.lacking.extend(lacking);
                    continue;
                }
            };
            let mut shares = BTreeMap::new();
            for index in &held {
                if !report(at, total) {
                    return Err(VotesError::Interrupted);
                }
                at = at.saturating_add(1);
                let work = (&kept, &*reference, &unit, &sum);
                shares.insert(*index, self.one_share(*index, work, &lock)?);
            }
            self.state(&VoteFact::Shares(Shares {
                ward: unit.ward,
                lock,
                shares: shares.into_iter().collect(),
            }))?;
            self.done.wards.push(unit.ward);
        }
        Ok(())
    }

    fn one_share(
        &self,
        index: u8,
        (kept, reference, unit, sum): (&Seeds, &Reference, &Unit, &commune_cipher::Sum),
        lock: &[u8; 32],
    ) -> Result<Vec<u8>, VotesError> {
        let (id, round) = (self.known.vote.id, self.known.vote.round);
        let seed = kept
            .get(&(id, round, index))
            .ok_or(VotesError::NoSeed(index))?;
        let context = numbers::context(self.device.network(), id, round, unit.key);
        let seed = seeds::key_seed(seed, unit.key);
        let share = seed.share(reference, &context, sum, lock);
        Ok(share.map_err(|_| VotesError::NoSeed(index))?.encode())
    }

    fn erase(&mut self) -> Result<(), VotesError> {
        let mut kept = self.seeds()?;
        self.done.erased = kept.erase(self.known.vote.id);
        self.save(&kept)?;
        self.state(&VoteFact::Erased)
    }
}

/// The key in use of a person.
fn member_key(
    device: &Device,
    person: PersonId,
) -> Result<Option<commune_crdt::keys::MemberKey>, VotesError> {
    let key = device.with_finality(|it| {
        let people = it.tip().state.membership();
        Ok(people.person(person).map(|it| it.key))
    })?;
    Ok(key)
}
