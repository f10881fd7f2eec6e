//! Signers who lie, all in one hand that sees every word at once and chooses who hears theirs, when.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use commune_crdt::checkpoint::agreement::Word;

use super::{
    random::Random,
    words::{Said, hash_of, record, signed, word_of},
};

/// How they lie.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Lie {
    /// They say nothing.
    Silence,
    /// They say anything to anybody, at any time.
    Babble,
    /// Their proposer shows one record to one half and another to the other, and all vote for both,
    /// each half hearing its own vote first.
    TwoFaces,
    /// They propose records that lie about the state, and vote for these alone.
    WrongState,
}

/// What one of them says, to whom, and after how many seconds.
pub(crate) struct Whisper {
    pub(crate) said: Rc<Said>,
    pub(crate) to: Vec<u8>,
    pub(crate) after: u64,
}

/// To which half a host belongs.
pub(crate) fn half(host: u8) -> bool {
    host.is_multiple_of(2)
}

pub(crate) struct Adversary {
    signers: u8,
    /// The last ones.
    first: u8,
    lie: Lie,
    /// Longest delay that they choose, in seconds.
    delay: u64,
    random: Random,
    seen: BTreeSet<(u32, u32)>,
    values: BTreeMap<u32, Vec<[u8; 32]>>,
    records: BTreeMap<[u8; 32], Vec<u8>>,
}

impl Adversary {
    pub(crate) fn new(signers: u8, count: u8, lie: Lie, delay: u64, seed: u64) -> Self {
        Self {
            signers,
            first: signers - count,
            lie,
            delay,
            random: Random::new(!seed),
            seen: BTreeSet::new(),
            values: BTreeMap::new(),
            records: BTreeMap::new(),
        }
    }

    fn proposer(&self, height: u32, round: u32) -> u8 {
        ((height + round) % u32::from(self.signers)) as u8
    }

    /// An honest host is in a round.
    pub(crate) fn on_round(&mut self, now: u64, height: u32, round: u32) -> Vec<Whisper> {
        let is_ours = self.proposer(height, round) >= self.first;
        if self.first == self.signers || !self.seen.insert((height, round)) {
            return Vec::new();
        }
        match self.lie {
            Lie::Silence => Vec::new(),
            Lie::Babble => self.babble(now, height, round),
            Lie::TwoFaces if is_ours => {
                let mut out = Vec::new();
                for half in [false, true] {
                    let value = self.proposal(&mut out, now, height, round, u8::from(half), half);
                    self.votes(&mut out, now, height, round, Some(value), half);
                }
                out
            }
            Lie::WrongState if is_ours => {
                let bytes = record(height, self.proposer(height, round), round, 2, true);
                let mut out = Vec::new();
                for half in [false, true] {
                    let value = self.propose(&mut out, now, height, round, bytes.clone(), half);
                    self.votes(&mut out, now, height, round, Some(value), half);
                }
                out
            }
            Lie::TwoFaces => {
                // No record yet: after a while they help each half to the round that is theirs.
                let mut out = Vec::new();
                for half in [false, true] {
                    self.votes(&mut out, now, height, round, None, half);
                }
                for whisper in &mut out {
                    whisper.after += 6 * 3_600 + 3 * self.delay;
                }
                out
            }
            Lie::WrongState => Vec::new(),
        }
    }

    /// An honest host said something.
    pub(crate) fn on_word(&mut self, now: u64, said: &Said) -> Vec<Whisper> {
        let mut out = Vec::new();
        let Word::Proposal { round, value, .. } = said.word else {
            return out;
        };
        self.values.entry(said.height).or_default().push(value);
        if let commune_crdt::payload::SignerFact::Proposal(it) = &said.fact {
            self.records.insert(value, it.record.clone());
        }
        if self.lie == Lie::TwoFaces && self.first < self.signers {
            // One half is to lock on it, the other to see no quorum.
            let half = self.random.chance(50);
            self.votes(&mut out, now, said.height, round, Some(value), half);
            self.votes(&mut out, now, said.height, round, None, !half);
        }
        out
    }

    fn hosts(&self, of: bool) -> Vec<u8> {
        (0..self.first).filter(|it| half(*it) == of).collect()
    }

    fn proposal(
        &mut self,
        out: &mut Vec<Whisper>,
        now: u64,
        height: u32,
        round: u32,
        variant: u8,
        half: bool,
    ) -> [u8; 32] {
        let bytes = record(height, self.proposer(height, round), round, variant, false);
        self.propose(out, now, height, round, bytes, half)
    }

    fn propose(
        &mut self,
        out: &mut Vec<Whisper>,
        now: u64,
        height: u32,
        round: u32,
        bytes: Vec<u8>,
        half: bool,
    ) -> [u8; 32] {
        let value = hash_of(&bytes);
        self.records.insert(value, bytes);
        let word = Word::Proposal {
            round,
            value,
            pol_round: None,
        };
        let by = self.proposer(height, round);
        let to = self.hosts(half);
        self.whisper(out, now, by, height, word, to, 1);
        value
    }

    /// All of them vote so twice, for one half; later the other hears it from that half.
    fn votes(
        &self,
        out: &mut Vec<Whisper>,
        now: u64,
        height: u32,
        round: u32,
        value: Option<[u8; 32]>,
        half: bool,
    ) {
        for by in self.first..self.signers {
            for is_precommit in [false, true] {
                let word = Word::Vote {
                    round,
                    is_precommit,
                    value,
                };
                let to = self.hosts(half);
                self.whisper(out, now, by, height, word, to, 2);
            }
        }
    }

    fn babble(&mut self, now: u64, height: u32, round: u32) -> Vec<Whisper> {
        let mut out = Vec::new();
        for by in self.first..self.signers {
            if self.proposer(height, round) == by || self.random.chance(10) {
                for variant in 0..1 + self.random.below(4) as u8 {
                    let is_lie = self.random.chance(20);
                    let bytes = record(height, by, round, variant, is_lie);
                    let value = hash_of(&bytes);
                    self.records.insert(value, bytes);
                    let known = self.values.entry(height).or_default();
                    known.push(value);
                    let value = self.random.pick(&self.values[&height]);
                    let word = Word::Proposal {
                        round,
                        value,
                        pol_round: match self.random.below(3) {
                            0 => Some(self.random.below(u64::from(round) + 2) as u32),
                            _ => None,
                        },
                    };
                    self.anywhere(&mut out, now, by, height, word);
                }
            }
            for is_precommit in [false, true] {
                for _ in 0..1 + self.random.below(3) {
                    let known = self.values.get(&height).map_or(&[][..], Vec::as_slice);
                    let value = match known.is_empty() || self.random.chance(30) {
                        true => None,
                        false => Some(self.random.pick(known)),
                    };
                    let ahead = match self.random.below(8) {
                        0 => self.random.below(30) as u32,
                        _ => 0,
                    };
                    let word = Word::Vote {
                        round: round + ahead,
                        is_precommit,
                        value,
                    };
                    self.anywhere(&mut out, now, by, height, word);
                }
            }
        }
        out
    }

    fn anywhere(&mut self, out: &mut Vec<Whisper>, now: u64, by: u8, height: u32, word: Word) {
        let mut to = Vec::new();
        for host in 0..self.first {
            if self.random.chance(50) {
                to.push(host);
            }
        }
        let after = 1 + self.random.below(2 * self.delay);
        self.whisper(out, now, by, height, word, to, after);
    }

    #[expect(clippy::too_many_arguments, reason = "what, who, to whom, when")]
    fn whisper(
        &self,
        out: &mut Vec<Whisper>,
        now: u64,
        by: u8,
        height: u32,
        word: Word,
        to: Vec<u8>,
        after: u64,
    ) {
        let record = match word {
            Word::Proposal { value, .. } => self.records.get(&value).cloned(),
            Word::Vote { .. } => None,
        };
        let fact = signed(by, height, word, &record.unwrap_or_default());
        debug_assert_eq!(word_of(&fact), Some(word), "signing changes nothing");
        let said = Rc::new(Said {
            by,
            height,
            word,
            fact,
            at: now,
        });
        out.push(Whisper { said, to, after });
    }
}
