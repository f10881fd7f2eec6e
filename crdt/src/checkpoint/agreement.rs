//! How one signer agrees with the others on the record of one height.
//!
//! ```text
//! words of others (Pool), own values, time ─► journal ─► engine ─► own words, once the journal is safe
//! ```
//!
//! The rules are Tendermint's, by the engine of Malachite behind the one door `engine`. It is
//! deterministic, so everything that is handed to it is written down first, in order ([`Agreement::release`]),
//! and a signer who comes back hands it in again and stands where they stood: they never vote twice.
//!
//! Words are entries that gossip for ever. Nothing is lost for who was away, and what the engine would
//! send as certificates follows from the votes themselves: a quorum of prevotes is counted here too,
//! for the engine takes one vote of each signer, and liars give two.

mod engine;
mod note;
mod patience;

use std::collections::{BTreeMap, BTreeSet};

use self::engine::{Effect, Engine, Unusable};
pub use self::{
    note::{Input, TimerKind},
    patience::Patience,
};
use crate::{
    codec::CodecError,
    params::signer_quorum,
    payload::{Proposal, Vote, VoteStep},
};

/// Rounds ahead of the own one from which words are handed on; those beyond wait here.
const MAX_ROUNDS_AHEAD: u32 = 10;

/// What a signer says to the others, not signed yet.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Word {
    /// Proposes a record.
    Proposal {
        /// The round.
        round: u32,
        /// Hash of the record.
        value: [u8; 32],
        /// The round in which a quorum prevoted for it.
        pol_round: Option<u32>,
    },
    /// Votes for a record, or for none.
    Vote {
        /// The round.
        round: u32,
        /// Whether it is the second vote of the round.
        is_precommit: bool,
        /// Hash of the record.
        value: Option<[u8; 32]>,
    },
}

impl Word {
    /// Its round.
    pub fn round(&self) -> u32 {
        match self {
            Self::Proposal { round, .. } | Self::Vote { round, .. } => *round,
        }
    }
}

impl From<&Proposal> for Word {
    fn from(it: &Proposal) -> Self {
        Self::Proposal {
            round: it.round,
            value: it.value,
            pol_round: it.pol_round,
        }
    }
}

impl From<&Vote> for Word {
    fn from(it: &Vote) -> Self {
        Self::Vote {
            round: it.round,
            is_precommit: it.step == VoteStep::Precommit,
            value: it.value,
        }
    }
}

/// One signer at one height.
#[derive(Debug)]
pub struct Agreement {
    engine: Engine,
    began: u64,
    own: u8,
    quorum: usize,
    round: u32,
    /// Who prevoted for each record in each round, whatever else they voted for there.
    prevotes: BTreeMap<(u32, [u8; 32]), BTreeSet<u8>>,
    /// Words that were handed on.
    heard: BTreeSet<(u8, Word)>,
    /// Words of rounds far ahead.
    ahead: BTreeSet<(u32, u8, Word)>,
    /// Since when each timer runs, in seconds.
    timers: BTreeMap<(TimerKind, u32), u64>,
    wanted: Option<u32>,
    journal: Vec<Vec<u8>>,
    is_saved: bool,
    said: Vec<Word>,
    released: usize,
    decided: Option<(u32, [u8; 32])>,
    faults: u32,
}

impl Agreement {
    /// Begins a height with so many `signers`, of whom this is number `own`, at the second `now`.
    ///
    /// Proposer of round r is signer (height + r) mod signers.
    pub fn begin(height: u32, signers: u8, own: u8, now: u64) -> Self {
        let mut agreement = Self {
            engine: Engine::new(height, signers, own),
            began: now,
            own,
            quorum: signer_quorum(signers.into()),
            round: 0,
            prevotes: BTreeMap::new(),
            heard: BTreeSet::new(),
            ahead: BTreeSet::new(),
            timers: BTreeMap::new(),
            wanted: None,
            journal: Vec::new(),
            is_saved: true,
            said: Vec::new(),
            released: 0,
            decided: None,
            faults: 0,
        };
        agreement.input(now, Input::Begin);
        agreement
    }

    /// Goes on where a journal ends: nothing is said that was not said then. All words of it are
    /// given back at the next [`release`](Self::release), for who was cut off before they were out.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it is not the journal of such a height.
    pub fn resume(
        height: u32,
        signers: u8,
        own: u8,
        journal: &[Vec<u8>],
    ) -> Result<Self, CodecError> {
        let mut notes = journal.iter().map(|it| note::read(it));
        let Some((now, Input::Begin)) = notes.next().transpose()? else {
            return Err(CodecError::NotCanonical("journal of an agreement"));
        };
        let mut agreement = Self::begin(height, signers, own, now);
        for note in notes {
            let (now, input) = note?;
            if let Input::Word { by, word } = &input {
                agreement.heard.insert((*by, *word));
            }
            agreement.input(now, input);
        }
        agreement.is_saved = true;
        Ok(agreement)
    }

    /// The round it is in.
    pub fn round(&self) -> u32 {
        self.round
    }

    /// The second at which it began: what was said before took so long to be here, and no longer for
    /// being looked at again.
    pub fn began(&self) -> u64 {
        self.began
    }

    /// The round for which a value is wanted from this signer, who is its proposer.
    pub fn wants_value(&self) -> Option<u32> {
        self.wanted
    }

    /// The record that the engine saw decided.
    pub fn decided(&self) -> Option<(u32, [u8; 32])> {
        self.decided
    }

    /// Inputs that the engine could make nothing of.
    pub fn faults(&self) -> u32 {
        self.faults
    }

    /// Hears what signer `by` said, whose signature was checked; of a proposal also that the record
    /// is right. Once is enough, again does no harm.
    pub fn hear(&mut self, now: u64, by: u8, word: Word) {
        if by == self.own || self.heard.contains(&(by, word)) {
            return;
        }
        if word.round() > self.round.saturating_add(MAX_ROUNDS_AHEAD) {
            self.ahead.insert((word.round(), by, word));
            return;
        }
        self.hand_on(now, by, word);
        self.hand_on_waiting(now);
    }

    fn hand_on(&mut self, now: u64, by: u8, word: Word) {
        self.heard.insert((by, word));
        self.input(now, Input::Word { by, word });
    }

    /// Rounds may have passed: what was far ahead may be near.
    fn hand_on_waiting(&mut self, now: u64) {
        while let Some((round, by, word)) = self.ahead.first().copied() {
            if round > self.round.saturating_add(MAX_ROUNDS_AHEAD) {
                break;
            }
            self.ahead.pop_first();
            self.hand_on(now, by, word);
        }
    }

    /// Proposes `value`, if this signer is still to propose in `round`.
    pub fn propose(&mut self, now: u64, round: u32, value: [u8; 32]) {
        if self.wanted == Some(round) {
            self.wanted = None;
            self.input(now, Input::Value { round, value });
        }
    }

    /// When the next timer runs out, with so much patience.
    pub fn deadline(&self, patience: &Patience) -> Option<u64> {
        let ends = self.timers.iter();
        ends.map(|((_, round), since)| since.saturating_add(patience.seconds(*round)))
            .min()
    }

    /// Lets the timers run out that have by the second `now`. True if one has.
    pub fn elapse(&mut self, now: u64, patience: &Patience) -> bool {
        let mut is_any = false;
        // A clock that was set back would have timers wait for the years between: they begin anew.
        if self.timers.values().any(|since| *since > now) {
            self.input(now, Input::SetBack);
        }
        // One may start another; none starts itself again within a second.
        for _ in 0..64 {
            let due = self
                .timers
                .iter()
                .find(|((_, round), since)| since.saturating_add(patience.seconds(*round)) <= now);
            let Some((kind, round)) = due.map(|(timer, _)| *timer) else {
                break;
            };
            self.timers.remove(&(kind, round));
            self.input(now, Input::Elapsed { kind, round });
            is_any = true;
        }
        if is_any {
            self.hand_on_waiting(now);
        }
        is_any
    }

    /// Hands out what is to be said, once `save` has brought the whole journal to the disk.
    ///
    /// # Errors
    ///
    /// That of `save`: then nothing may be said.
    pub fn release<E>(
        &mut self,
        save: impl FnOnce(&[Vec<u8>]) -> Result<(), E>,
    ) -> Result<Vec<Word>, E> {
        if !self.is_saved {
            save(&self.journal)?;
            self.is_saved = true;
        }
        let words = self.said.get(self.released..).unwrap_or_default().to_vec();
        self.released = self.said.len();
        Ok(words)
    }

    /// Everything said so far at this height.
    pub fn said(&self) -> &[Word] {
        &self.said
    }

    fn input(&mut self, now: u64, input: Input) {
        self.journal.push(note::write(now, &input));
        self.is_saved = false;
        if input == Input::SetBack {
            for since in self.timers.values_mut() {
                *since = (*since).min(now);
            }
        }
        let effects = self.engine.process(&input);
        let mut votes = self.follow(now, effects);
        if let Input::Word { by, word } = input {
            votes.push((by, word));
        }
        // Counted from the same words in the same order when a journal is read again.
        while let Some((by, word)) = votes.pop() {
            if let Some((round, value)) = self.count(by, word) {
                let voters = self.prevotes.get(&(round, value));
                let effects =
                    voters.map_or(Ok(Vec::new()), |it| self.engine.certify(round, value, it));
                votes.extend(self.follow(now, effects));
            }
        }
    }

    /// The round and record for which this word completes a quorum of prevotes.
    fn count(&mut self, by: u8, word: Word) -> Option<(u32, [u8; 32])> {
        let Word::Vote {
            round,
            is_precommit: false,
            value: Some(value),
        } = word
        else {
            return None;
        };
        let voters = self.prevotes.entry((round, value)).or_default();
        let is_new = voters.insert(by);
        (is_new && voters.len() == self.quorum).then_some((round, value))
    }

    /// Does what the engine asks for; returns what it has this signer say.
    fn follow(&mut self, now: u64, effects: Result<Vec<Effect>, Unusable>) -> Vec<(u8, Word)> {
        let Ok(effects) = effects else {
            self.faults = self.faults.saturating_add(1);
            return Vec::new();
        };
        let mut said = Vec::new();
        for effect in effects {
            match effect {
                Effect::Say(word) => {
                    if !self.said.contains(&word) {
                        self.said.push(word);
                        said.push((self.own, word));
                    }
                }
                Effect::Round(round) => {
                    self.round = round;
                    self.wanted = None;
                }
                Effect::Want(round) => self.wanted = Some(round),
                Effect::Start(kind, round) => {
                    self.timers.entry((kind, round)).or_insert(now);
                }
                Effect::Stop(kind, round) => {
                    self.timers.remove(&(kind, round));
                }
                Effect::StopAll => self.timers.clear(),
                Effect::Decide(round, value) => self.decided = Some((round, value)),
            }
        }
        said
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a test may stop at an overflow"
)]
mod tests;
