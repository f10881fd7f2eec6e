//! What the signers of one height said, as far as it is known here, each word checked.
//!
//! Words are entries that gossip for ever, so nothing else needs to travel: whoever holds a quorum's
//! precommits of one round for one record knows that it is decided ([`Pool::decided`]).

use std::collections::{BTreeMap, BTreeSet};

use super::{RecordHash, SignerSet};
use crate::{
    hash::NetworkId,
    payload::{Proposal, SignerFact, Stamp, Vote, VoteStep},
    time::Height,
};

/// Most rounds beyond the newest known of one signer that are kept: others come again later.
const MAX_WORDS: usize = 4_096;

/// Words of the signers of one height.
#[derive(Clone, Debug)]
pub struct Pool {
    network: NetworkId,
    set: SignerSet,
    height: Height,
    previous: RecordHash,
    stamps: BTreeMap<u8, Stamp>,
    proposals: Vec<(u8, Proposal)>,
    votes: BTreeMap<(u32, VoteStep, u8), Vec<Vote>>,
    /// Who said two things where one is allowed.
    double: BTreeSet<u8>,
    words: usize,
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
            words: 0,
        }
    }

    /// The height.
    pub fn height(&self) -> Height {
        self.height
    }

    /// Takes in what the signer at `index` of the set said, or, if none is named, any whose key fits.
    /// True if it is a new true word of this height.
    pub fn take(&mut self, index: Option<usize>, fact: &SignerFact) -> bool {
        let of_height = match fact {
            SignerFact::Stamp(it) => it.height == self.height.0 && it.previous == self.previous.0,
            SignerFact::Proposal(it) => it.height == self.height.0,
            SignerFact::Vote(it) => it.height == self.height.0,
            _ => false,
        };
        if !of_height || self.words >= MAX_WORDS {
            return false;
        }
        let all = 0..self.set.signers().len();
        let mut signers = index.map_or(all, |it| it..it.saturating_add(1));
        let signer = signers.find(|it| self.is_by(*it, fact));
        let signer = signer.and_then(|it| u8::try_from(it).ok());
        let is_new = signer.is_some_and(|it| self.note(it, fact));
        self.words = self.words.saturating_add(usize::from(is_new));
        is_new
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
                let first = *self.stamps.entry(signer).or_insert(*it);
                if first != *it {
                    self.double.insert(signer);
                }
                first == *it
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

    /// The stamps, by the signer's place.
    pub fn stamps(&self) -> impl Iterator<Item = (u8, &Stamp)> {
        self.stamps.iter().map(|(signer, it)| (*signer, it))
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

    /// Whether anybody said anything.
    pub fn is_begun(&self) -> bool {
        self.words > 0
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

    /// A proposal of the record with that hash.
    pub fn proposal_of(&self, record: &RecordHash) -> Option<&Proposal> {
        let mut all = self.proposals.iter().map(|(_, it)| it);
        all.find(|it| it.value == record.0 && RecordHash::of(&it.record) == *record)
    }
}
