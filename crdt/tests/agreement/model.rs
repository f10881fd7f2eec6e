//! A small case searched in full: 4 signers, one of them a liar, a few heights and rounds.
//!
//! It models the rules that the engine is relied on for: lock on what a quorum prevoted for, prevote
//! against a lock only for a record that a quorum prevoted for in the lock's round or later, decide by
//! a quorum of precommits, go on to the next height then. All else is left to the worst case: any
//! record may be proposed in any round as resting on any other, timers run out at any time, any word
//! may stay unheard for ever, and the liar's vote is there for whatever wants it. A vote for no record
//! and none at all are the same here, for neither helps a record.
//!
//! A state is what the three honest signers said and where they stand: for each, in 20 bits, round
//! and step (4) and the votes of each round, prevote and precommit (2 each: none, A, B). States that
//! differ in the names of signers or records alone are one.

use std::collections::BTreeSet;

const HONEST: usize = 3;
const BITS: usize = 20;

/// A way to get the rules wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Slip {
    /// Two votes are a quorum.
    QuorumOfTwo,
    /// Nobody heeds a lock.
    NoLock,
    /// A proposal's word is taken for the quorum that it claims to rest on.
    ClaimedQuorum,
    /// A lock is given up for a quorum older than it.
    OldQuorum,
}

/// What a search found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Found {
    pub(crate) states: usize,
    /// States in which the last height is decided.
    pub(crate) ends: usize,
    /// Whether two records were decided at one height.
    pub(crate) is_conflict: bool,
}

pub(crate) struct Model {
    pub(crate) heights: usize,
    /// Rounds of each height; four in all fill the bits.
    pub(crate) rounds: usize,
    pub(crate) slip: Option<Slip>,
}

#[derive(Clone, Copy)]
struct Signer(u64);

impl Signer {
    /// Round, counted through the heights, and step: 0 to prevote, 1 to precommit, 2 done.
    fn stand(self) -> (usize, usize) {
        let stand = (self.0 & 15) as usize;
        (stand / 3, stand % 3)
    }

    fn at(self, round: usize, step: usize) -> Self {
        Self(self.0 & !15 | (round * 3 + step) as u64)
    }

    /// 0 for none, 1 or 2.
    fn vote(self, round: usize, step: usize) -> u64 {
        self.0 >> (4 + round * 4 + step * 2) & 3
    }

    fn voting(self, round: usize, step: usize, value: u64) -> Self {
        Self(self.0 | value << (4 + round * 4 + step * 2)).at(round, step + 1)
    }

    /// The same with the records' names changed in some rounds.
    fn renamed(self, rounds: u64) -> Self {
        let votes = self.0 >> 4;
        let (low, high) = (votes & 0x5555, votes >> 1 & 0x5555);
        let renamed = low << 1 | high;
        Self((votes & !rounds | renamed & rounds) << 4 | self.0 & 15)
    }
}

type State = [Signer; HONEST];

fn unpack(packed: u64) -> State {
    std::array::from_fn(|it| Signer(packed >> (it * BITS) & ((1 << BITS) - 1)))
}

impl Model {
    /// The votes of a height, as bits.
    fn votes_of(&self, height: usize) -> u64 {
        let rounds = self.rounds_of(height);
        ((1 << (rounds.end * 4)) - 1) & !((1 << (rounds.start * 4)) - 1)
    }

    /// One number for all states that differ in names alone. What was said at a height that all have
    /// left changes nothing any more.
    fn pack(&self, state: &State) -> u64 {
        let lowest = state.iter().map(|it| it.stand().0 / self.rounds).min();
        let left = (0..lowest.unwrap_or(0)).fold(0, |all, it| all | self.votes_of(it));
        let state = state.map(|it| Signer(it.0 & !(left << 4)));
        let one = |rounds| {
            let mut codes = state.map(|it| it.renamed(rounds).0);
            codes.sort_unstable();
            codes.iter().fold(0, |all, it| all << BITS | it)
        };
        // Each height has its own records.
        let choices = 0..1_u64 << self.heights;
        let rounds = choices.map(|names| {
            let renamed = (0..self.heights).filter(|it| names >> it & 1 == 1);
            renamed.fold(0, |all, it| all | self.votes_of(it))
        });
        rounds.map(one).min().unwrap_or_default()
    }

    /// Whether the liar and enough of the honest gave `value` this vote.
    fn is_quorum(&self, state: &State, round: usize, step: usize, value: u64) -> bool {
        let enough = match self.slip {
            Some(Slip::QuorumOfTwo) => 1,
            _ => 2,
        };
        let votes = state.iter().filter(|it| it.vote(round, step) == value);
        votes.count() >= enough
    }

    fn rounds_of(&self, height: usize) -> std::ops::Range<usize> {
        height * self.rounds..(height + 1) * self.rounds
    }

    fn is_decided(&self, state: &State, height: usize, value: u64) -> bool {
        let mut rounds = self.rounds_of(height);
        rounds.any(|round| self.is_quorum(state, round, 1, value))
    }

    /// Whether a signer may prevote for `value` in its round.
    fn may_prevote(&self, state: &State, signer: Signer, value: u64) -> bool {
        let (round, _) = signer.stand();
        let first = self.rounds_of(round / self.rounds).start;
        let lock = (first..round).rev().find(|it| signer.vote(*it, 1) != 0);
        let Some(lock) = lock.filter(|_| self.slip != Some(Slip::NoLock)) else {
            return true;
        };
        let oldest = match self.slip {
            Some(Slip::OldQuorum) => first,
            _ => lock,
        };
        let rests = (oldest..round).any(|it| {
            self.slip == Some(Slip::ClaimedQuorum) || self.is_quorum(state, it, 0, value)
        });
        signer.vote(lock, 1) == value || rests
    }

    /// Where a signer may stand next.
    fn next(&self, state: &State, signer: Signer) -> Vec<Signer> {
        let (round, step) = signer.stand();
        let height = round / self.rounds;
        let mut out = Vec::new();
        match step {
            0 => {
                out.push(signer.voting(round, 0, 0));
                let values = (1..=2).filter(|it| self.may_prevote(state, signer, *it));
                out.extend(values.map(|it| signer.voting(round, 0, it)));
            }
            1 => {
                out.push(signer.voting(round, 1, 0));
                let values = (1..=2).filter(|it| self.is_quorum(state, round, 0, *it));
                out.extend(values.map(|it| signer.voting(round, 1, it)));
            }
            _ if round + 1 < self.rounds_of(height).end => out.push(signer.at(round + 1, 0)),
            _ => {}
        }
        let is_over = (1..=2).any(|it| self.is_decided(state, height, it));
        if is_over && height + 1 < self.heights {
            out.push(signer.at(self.rounds_of(height + 1).start, 0));
        }
        out
    }

    /// Visits every state, or stops at the first conflict.
    pub(crate) fn search(&self) -> Found {
        let start = self.pack(&[Signer(0); HONEST]);
        let (mut seen, mut open) = (BTreeSet::from([start]), vec![start]);
        let mut ends = 0;
        while let Some(packed) = open.pop() {
            let state = unpack(packed);
            let is_decided = |height, value| self.is_decided(&state, height, value);
            if (0..self.heights).any(|it| is_decided(it, 1) && is_decided(it, 2)) {
                return Found {
                    states: seen.len(),
                    ends,
                    is_conflict: true,
                };
            }
            let last = self.heights - 1;
            ends += usize::from(is_decided(last, 1) || is_decided(last, 2));
            for at in 0..HONEST {
                for next in self.next(&state, state[at]) {
                    let mut after = state;
                    after[at] = next;
                    let after = self.pack(&after);
                    if seen.insert(after) {
                        open.push(after);
                    }
                }
            }
        }
        Found {
            states: seen.len(),
            ends,
            is_conflict: false,
        }
    }
}
