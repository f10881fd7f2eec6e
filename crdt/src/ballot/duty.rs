//! What waits for a trustee.

use std::collections::BTreeSet;

use super::{Fate, Phase, Stated, Vote, holders, pieces_hash};
use crate::{hash::EntryId, payload::VoteFact, trust::PersonId};

/// Something that a trustee is to do now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Duty {
    /// Make these pieces, by key and number.
    MakePieces(Vec<(u16, u8)>),
    /// Recompute the pieces of the own seat, and say so.
    Acknowledge,
    /// Verify these ballots, and say that they are held.
    Receipt(Vec<EntryId>),
    /// Say what the sums of these units are, by their first ward.
    Lock(Vec<u16>),
    /// Publish shares of these units.
    Share(Vec<u16>),
    /// Forget the seeds.
    Erase,
}

impl Vote {
    /// What `person` is to do as a trustee, given all that they stated, included or not; `keys` is the
    /// number of keys of the vote.
    pub fn duties(&self, person: PersonId, own: &[Stated], keys: u16) -> Vec<Duty> {
        let Some(seat) = self.seat_of(person) else {
            return Vec::new();
        };
        let own = Own {
            vote: self,
            seat,
            own,
        };
        let duties = match self.phase {
            Phase::Preparing => [own.pieces(keys), own.acknowledge(keys)],
            Phase::Voting | Phase::Receipting => [own.receipt(), None],
            Phase::Locking => [own.lock(), own.share()],
            Phase::Opening => [own.share(), own.erase()],
            Phase::Failed => [own.erase(), None],
        };
        duties.into_iter().flatten().collect()
    }
}

struct Own<'a> {
    vote: &'a Vote,
    seat: u8,
    own: &'a [Stated],
}

impl Own<'_> {
    fn held(&self) -> Vec<(u8, bool)> {
        let holders = holders(&self.vote.opening.quorum);
        let held = (0_u8..)
            .zip(holders)
            .filter(|(_, it)| it.contains(&self.seat));
        held.map(|(index, it)| (index, it.first() == Some(&self.seat)))
            .collect()
    }

    fn pieces(&self, keys: u16) -> Option<Duty> {
        let stated: BTreeSet<(u16, u8)> = self
            .own
            .iter()
            .filter_map(|it| match &it.fact {
                VoteFact::Piece(it) if it.round == self.vote.round => Some((it.key, it.index)),
                _ => None,
            })
            .collect();
        let makes = self.held().into_iter().filter(|(_, makes)| *makes);
        let all = makes.flat_map(|(index, _)| (0..keys).map(move |key| (key, index)));
        let left: Vec<_> = all.filter(|it| !stated.contains(it)).collect();
        (!left.is_empty()).then_some(Duty::MakePieces(left))
    }

    fn acknowledge(&self, keys: u16) -> Option<Duty> {
        let held: BTreeSet<u8> = self.held().into_iter().map(|(index, _)| index).collect();
        let is_whole =
            |index: &u8| (0..keys).all(|key| self.vote.pieces.contains_key(&(key, *index)));
        if !held.iter().all(is_whole) {
            return None;
        }
        let pieces = self.vote.pieces.iter();
        let here = pieces.filter(|((_, index), _)| held.contains(index));
        let here = here.map(|((key, index), it)| (*key, *index, it.public.hash));
        let hash = pieces_hash(self.vote.round, self.seat, here);
        let is_said = self.own.iter().any(|it| match &it.fact {
            VoteFact::Acknowledgement(it) => it.pieces == hash,
            VoteFact::Complaint(it) => it.round == self.vote.round,
            _ => false,
        });
        (!is_said).then_some(Duty::Acknowledge)
    }

    fn receipt(&self) -> Option<Duty> {
        let said = self.own.iter().flat_map(|it| match &it.fact {
            VoteFact::Receipt(ballots) => ballots.as_slice(),
            _ => &[],
        });
        let said: BTreeSet<&EntryId> = said.collect();
        let may_count = |fate: Fate| matches!(fate, Fate::Counts | Fate::Waiting);
        let ballots = self.vote.ballots.iter();
        let left = ballots.filter(|it| may_count(it.fate) && !said.contains(&it.id));
        let left: Vec<_> = left.map(|it| it.id).collect();
        (!left.is_empty()).then_some(Duty::Receipt(left))
    }

    fn lock(&self) -> Option<Duty> {
        let is_said = |ward: u16| {
            let said = |it: &Stated| matches!(&it.fact, VoteFact::Lock(it) if it.ward == ward);
            self.own.iter().any(said)
        };
        let units = self.vote.units.iter();
        let left = units.filter(|it| !it.ballots.is_empty() && it.locked.is_none());
        let left: Vec<_> = left.map(|it| it.ward).filter(|it| !is_said(*it)).collect();
        (!left.is_empty()).then_some(Duty::Lock(left))
    }

    fn share(&self) -> Option<Duty> {
        let is_said = |lock: [u8; 32]| {
            let said = |it: &Stated| matches!(&it.fact, VoteFact::Shares(it) if it.lock == lock);
            self.own.iter().any(said)
        };
        let units = self.vote.units.iter();
        let left = units.filter(|it| {
            let lock = it.lock.as_ref().map(|it| it.hash(&self.vote.id));
            lock.is_some_and(|it| !is_said(it))
        });
        let left: Vec<_> = left.map(|it| it.ward).collect();
        (!left.is_empty()).then_some(Duty::Share(left))
    }

    /// Once everything is shared, by this trustee too: shares of others may not hold.
    fn erase(&self) -> Option<Duty> {
        let pieces = holders(&self.vote.opening.quorum).len();
        let mut units = self.vote.units.iter();
        let is_shared = units.all(|it| it.is_shared(pieces)) && self.share().is_none();
        let is_over = self.vote.phase == Phase::Failed || is_shared;
        let is_said = self.own.iter().any(|it| it.fact == VoteFact::Erased);
        (is_over && !is_said).then_some(Duty::Erase)
    }
}
