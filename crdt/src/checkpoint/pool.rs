//! What the signers of one height said, as far as it is known here, each word checked.
//!
//! Words are entries that gossip for ever, so nothing else needs to travel: whoever holds a quorum's
//! precommits of one round for one record knows that it is decided ([`Pool::decided`]).

use std::collections::{BTreeMap, BTreeSet};

use super::{RecordHash, SignerSet};
use crate::{
    hash::NetworkId,
    payload::{Contradiction, Proposal, SignerFact, Stamp, Vote, VoteStep},
    time::Height,
};

/// Most words of one signer that are kept: a height takes three a round, and of rounds a few. A liar
/// who says more fills their own share alone.
const MAX_WORDS: usize = 1_024;

/// Words of the signers of one height.
#[derive(Clone, Debug)]
pub struct Pool {
    network: NetworkId,
    set: SignerSet,
    height: Height,
    previous: RecordHash,
    stamps: BTreeMap<u8, Vec<Stamp>>,
    proposals: Vec<(u8, Proposal)>,
    votes: BTreeMap<(u32, VoteStep, u8), Vec<Vote>>,
    /// Who said two things where one is allowed.
    double: BTreeSet<u8>,
    /// How many of each signer.
    words: BTreeMap<u8, usize>,
}

/// A record that a quorum decided on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Decision {
    /// In this round.
    pub round: u32,
    /// The record.
    pub record: RecordHash,
    /// How many signers precommitted to it there.
    pub votes: usize,
}

impl Pool {
    /// Nothing said yet at the height after `previous`, which `set` signs.
    pub fn new(set: SignerSet, height: Height, previous: RecordHash) -> Self {
        Self {
            network: set.network(),
            set,
            height,
            previous,
            stamps: BTreeMap::new(),
            proposals: Vec::new(),
            votes: BTreeMap::new(),
            double: BTreeSet::new(),
            words: BTreeMap::new(),
        }
    }

    /// The height.
    pub fn height(&self) -> Height {
        self.height
    }

    /// Takes in what the signer at `index` of the set said, or, if none is named, any whose key fits.
    /// True if it is a new true word of this height.
    ///
    /// Of a signer who said too much it takes only votes that others gave too. One that came before
    /// the others' is to be given again, when a restart or a day brings everything again.
    pub fn take(&mut self, index: Option<usize>, fact: &SignerFact) -> bool {
        let of_height = match fact {
            SignerFact::Stamp(it) => it.height == self.height.0 && it.previous == self.previous.0,
            SignerFact::Proposal(it) => it.height == self.height.0,
            SignerFact::Vote(it) => it.height == self.height.0,
            _ => false,
        };
        if !of_height {
            return false;
        }
        let all = 0..self.set.signers().len();
        let mut signers = index.map_or(all, |it| it..it.saturating_add(1));
        let signer = signers.find(|it| self.is_by(*it, fact));
        let signer = signer.and_then(|it| u8::try_from(it).ok());
        let signer = signer.filter(|it| self.has_room(*it) || self.is_shared(*it, fact));
        let Some(signer) = signer.filter(|it| self.note(*it, fact)) else {
            return false;
        };
        let words = self.words.entry(signer).or_default();
        *words = words.saturating_add(1);
        true
    }

    fn has_room(&self, signer: u8) -> bool {
        self.words.get(&signer).is_none_or(|it| *it < MAX_WORDS)
    }

    /// Whether so many others gave the same vote that one of them is honest: a quorum may need it.
    fn is_shared(&self, signer: u8, fact: &SignerFact) -> bool {
        let SignerFact::Vote(vote) = fact else {
            return false;
        };
        let all = self.set.signers().len();
        let others = (0..u8::try_from(all).unwrap_or(u8::MAX)).filter(|it| *it != signer);
        let same = others.filter(|it| {
            let votes = self.votes.get(&(vote.round, vote.step, *it));
            votes.is_some_and(|votes| votes.iter().any(|other| other.value == vote.value))
        });
        same.count() > all.saturating_sub(self.set.quorum())
    }

    fn is_by(&self, index: usize, fact: &SignerFact) -> bool {
        let Some(signer) = self.set.signers().get(index) else {
            return false;
        };
        let (network, key) = (&self.network, &signer.cosignature.0);
        let verified = match fact {
            SignerFact::Stamp(it) => it.verify(network, key),
            SignerFact::Proposal(it) => it.verify(network, key),
            SignerFact::Vote(it) => it.verify(network, key),
            _ => return false,
        };
        verified.is_ok()
    }

    fn note(&mut self, signer: u8, fact: &SignerFact) -> bool {
        match fact {
            SignerFact::Stamp(it) => {
                let stamps = self.stamps.entry(signer).or_default();
                let is_new = !stamps.contains(it);
                if is_new {
                    stamps.push(*it);
                }
                if stamps.len() > 1 {
                    self.double.insert(signer);
                }
                is_new
            }
            SignerFact::Proposal(it) => {
                let known = (signer, it.clone());
                if self.proposals.contains(&known) {
                    return false;
                }
                let is_double = self.proposals.iter().any(|(by, other)| {
                    *by == signer && other.round == it.round && other.value != it.value
                });
                if is_double {
                    self.double.insert(signer);
                }
                self.proposals.push(known);
                true
            }
            SignerFact::Vote(it) => {
                let votes = self.votes.entry((it.round, it.step, signer)).or_default();
                let is_new = votes.iter().all(|other| other.value != it.value);
                if is_new {
                    votes.push(*it);
                }
                if votes.len() > 1 {
                    self.double.insert(signer);
                }
                is_new
            }
            _ => false,
        }
    }

    /// One stamp of each signer who gave one, by the signer's place: the first that came.
    pub fn stamps(&self) -> impl Iterator<Item = (u8, &Stamp)> {
        let all = self.stamps.iter();
        all.filter_map(|(signer, it)| Some((*signer, it.first()?)))
    }

    /// Whether the signer stamped so. Of a liar's stamps others may have seen another first, and a
    /// record that bears it is as good.
    pub fn holds_stamp(&self, signer: u8, seconds: u64) -> bool {
        let stamps = self.stamps.get(&signer);
        stamps.is_some_and(|all| all.iter().any(|it| it.seconds == seconds))
    }

    /// The proposals, in the order in which they came.
    pub fn proposals(&self) -> impl Iterator<Item = (u8, &Proposal)> {
        self.proposals.iter().map(|(signer, it)| (*signer, it))
    }

    /// The votes, by round and step.
    pub fn votes(&self) -> impl Iterator<Item = (u8, &Vote)> {
        let all = self.votes.iter();
        all.flat_map(|((_, _, signer), votes)| votes.iter().map(|it| (*signer, it)))
    }

    /// Who said two things where one is allowed: their keys are in two hands, or lie.
    pub fn double(&self) -> impl Iterator<Item = u8> {
        self.double.iter().copied()
    }

    /// A proof for each of them.
    pub fn contradictions(&self) -> Vec<(u8, Contradiction)> {
        let proof = |signer: u8| {
            let member = self.set.signers().get(usize::from(signer))?.member;
            let stamps = self.stamps.get(&signer).into_iter().flatten();
            let stamps = stamps.map(|it| SignerFact::Stamp(*it));
            let votes = self.votes().filter(|(by, _)| *by == signer);
            let votes = votes.map(|(_, it)| SignerFact::Vote(*it));
            let proposals = self.proposals().filter(|(by, _)| *by == signer);
            let proposals = proposals.map(|(_, it)| SignerFact::Proposal(it.clone()));
            let words: Vec<_> = stamps.chain(votes).chain(proposals).collect();
            let mut pairs = words.iter().enumerate().flat_map(|(at, a)| {
                let after = words.iter().skip(at.saturating_add(1));
                after.map(move |b| (a, b))
            });
            pairs.find_map(|(a, b)| Contradiction::of(member, a, b))
        };
        self.double()
            .filter_map(|it| Some((it, proof(it)?)))
            .collect()
    }

    /// Who signs this height.
    pub fn set(&self) -> &SignerSet {
        &self.set
    }

    /// Whether anybody said anything.
    pub fn is_begun(&self) -> bool {
        !self.words.is_empty()
    }

    /// What a quorum decided on, if one did.
    pub fn decided(&self) -> Option<Decision> {
        let quorum = self.set.quorum();
        self.tally().into_iter().find(|it| it.votes >= quorum)
    }

    /// Precommits for each record in each round.
    pub fn tally(&self) -> Vec<Decision> {
        let mut by_record: BTreeMap<(u32, [u8; 32]), BTreeSet<u8>> = BTreeMap::new();
        for (signer, vote) in self.votes() {
            if let (VoteStep::Precommit, Some(value)) = (vote.step, vote.value) {
                let voters = by_record.entry((vote.round, value)).or_default();
                voters.insert(signer);
            }
        }
        let decisions = by_record
            .into_iter()
            .map(|((round, value), voters)| Decision {
                round,
                record: RecordHash(value),
                votes: voters.len(),
            });
        decisions.collect()
    }

    /// The proposals of the record with that hash. Their moves may differ, and be false: a hash binds
    /// the record alone.
    pub fn proposals_of(&self, record: &RecordHash) -> impl Iterator<Item = &Proposal> {
        let all = self.proposals.iter().map(|(_, it)| it);
        all.filter(|it| it.value == record.0 && RecordHash::of(&it.record) == *record)
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a test may stop at an overflow"
)]
mod tests {
    use super::*;
    use crate::{
        checkpoint::{Enrolment, world},
        entry::BlobRef,
        genesis::CosignatureKey,
        keys::{MemberKey, SecretKey, Signature},
    };

    fn key(signer: u8) -> SecretKey {
        SecretKey::from_seed(&[signer + 100; 32])
    }

    /// Of four signers.
    fn pool() -> Pool {
        let people = (0..4).map(|it| Enrolment {
            member: MemberKey([it + 1; 32]),
            cosignature: CosignatureKey(key(it).public()),
            ..world::enrolled(it, "member")
        });
        let set = world::set_of(0).followed_by(people.collect()).unwrap();
        Pool::new(set, Height(1), RecordHash([1; 32]))
    }

    fn vote(pool: &Pool, by: u8, round: u32, step: VoteStep) -> SignerFact {
        let vote = Vote {
            height: 1,
            round,
            step,
            value: Some([9; 32]),
            signature: Signature([0; 64]),
        };
        SignerFact::Vote(vote.sign(&pool.network, &key(by)))
    }

    #[test]
    fn who_says_too_much_silences_nobody_and_still_completes_a_quorum() {
        let mut pool = pool();
        for round in 0..1_024 {
            let word = vote(&pool, 3, round + 50, VoteStep::Prevote);
            assert!(pool.take(Some(3), &word));
        }
        let last = vote(&pool, 3, 0, VoteStep::Precommit);
        assert!(!pool.take(Some(3), &last));
        for by in [0, 1] {
            let word = vote(&pool, by, 0, VoteStep::Precommit);
            assert!(pool.take(Some(by.into()), &word));
        }
        assert_eq!(pool.decided(), None);
        assert!(pool.take(Some(3), &last));
        assert_eq!(pool.decided().map(|it| it.votes), Some(3));
        assert!(!pool.take(Some(3), &last));
    }

    /// A liar who puts other moves beside a record hides nobody's.
    #[test]
    fn every_proposal_of_a_record_is_shown() {
        let mut pool = pool();
        let record = vec![7; 300];
        for (by, moves) in [(2, b"false"), (1, b"right")] {
            let proposal = Proposal {
                height: 1,
                round: 0,
                value: RecordHash::of(&record).0,
                pol_round: None,
                signature: Signature([0; 64]),
                moves: BlobRef::of(moves),
                record: record.clone(),
            };
            let proposal = SignerFact::Proposal(proposal.sign(&pool.network, &key(by)));
            assert!(pool.take(Some(by.into()), &proposal));
        }
        let name = RecordHash::of(&record);
        let moves = pool.proposals_of(&name).map(|it| it.moves);
        let all = [BlobRef::of(b"false"), BlobRef::of(b"right")];
        assert_eq!(moves.collect::<Vec<_>>(), all);
        assert_eq!(pool.proposals_of(&RecordHash([0; 32])).count(), 0);
    }

    #[test]
    fn of_two_stamps_of_a_liar_both_are_known_and_one_counts() {
        let mut pool = pool();
        for seconds in [5, 6, 5] {
            let stamp = Stamp {
                height: 1,
                previous: [1; 32],
                seconds,
                signature: Signature([0; 64]),
            };
            let stamp = stamp.sign(&pool.network, &key(2));
            pool.take(None, &SignerFact::Stamp(stamp));
        }
        assert_eq!(
            pool.stamps().map(|it| it.1.seconds).collect::<Vec<_>>(),
            [5]
        );
        let held = [4, 5, 6].map(|it| pool.holds_stamp(2, it));
        assert_eq!(held, [false, true, true]);
        assert_eq!(pool.double().collect::<Vec<_>>(), [2]);
    }
}
