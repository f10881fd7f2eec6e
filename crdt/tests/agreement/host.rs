//! An honest host: what it keeps in memory, what on its disk, and how it drives an agreement.
//!
//! It holds a pool for its height, hands every word that the pool takes to the agreement, of
//! proposals only those whose record it found right, lets timers run out by its own clock, and goes
//! on to the next height when a quorum's precommits are here, wherever its engine stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use commune_crdt::{
    checkpoint::{
        Pool, RecordHash, SignerSet,
        agreement::{Agreement, Patience, Word},
    },
    payload::{SignerFact, VoteStep},
    time::Height,
};

use super::words::{NETWORK, Said, hash_of, is_true, record, signed, word_of};

/// A bug planted in every honest host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Bug {
    /// Takes one precommit less than a quorum for a decision.
    QuorumOffByOne,
    /// Words leave, and the journal is saved at the next occasion.
    WordsBeforeJournal,
    /// Comes back from a crash without a journal.
    NoJournal,
    /// Hands on every proposal without checking its record.
    NoValidityCheck,
    /// Believes of two proposals the one that claims the earlier time.
    EarliestClaimWins,
    /// Goes on signing with the journal of a backup.
    SignsAfterRestore,
    /// Never lets a timer run out.
    EndlessPatience,
}

impl Bug {
    pub(crate) const ALL: [Self; 7] = [
        Self::QuorumOffByOne,
        Self::WordsBeforeJournal,
        Self::NoJournal,
        Self::NoValidityCheck,
        Self::EarliestClaimWins,
        Self::SignsAfterRestore,
        Self::EndlessPatience,
    ];
}

type Journal = Vec<Vec<u8>>;

/// Where the power fails while words are to be said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PowerCut {
    /// Before the journal is on the disk.
    BeforeSave,
    /// After it, when so many words are out.
    AfterWords(usize),
}

pub(crate) struct Host {
    pub(crate) own: u8,
    set: SignerSet,
    bug: Option<Bug>,
    /// The last height of the run.
    last: u32,
    /// Seconds that its clock is ahead of the true time, or behind.
    pub(crate) clock_error: i64,

    // What a crash leaves.
    pub(crate) store: Vec<Rc<Said>>,
    disk: BTreeMap<u32, Journal>,
    pub(crate) chain: Vec<([u8; 32], u32)>,
    records: BTreeMap<[u8; 32], Vec<u8>>,
    /// Who said two things where one is allowed, as far as it knows.
    pub(crate) liars: BTreeSet<u8>,
    /// Restored from a backup, in which no key is: it follows and signs nothing.
    pub(crate) is_mute: bool,

    // What it does not.
    pub(crate) is_up: bool,
    pool: Pool,
    agreement: Option<Agreement>,
    checked: BTreeSet<[u8; 32]>,
    patience: Patience,
    /// How long words of each signer took lately to be here, at most, in seconds.
    delays: Vec<Option<u64>>,
    pub(crate) trouble: Option<String>,
}

impl Host {
    pub(crate) fn new(own: u8, set: SignerSet, last: u32, bug: Option<Bug>) -> Self {
        let mut delays = vec![None; set.signers().len()];
        delays[usize::from(own)] = Some(0);
        let mut host = Self {
            own,
            pool: Pool::new(set.clone(), Height(1), RecordHash::of_genesis(&NETWORK)),
            set,
            bug,
            last,
            clock_error: 0,
            store: Vec::new(),
            disk: BTreeMap::new(),
            chain: Vec::new(),
            records: BTreeMap::new(),
            liars: BTreeSet::new(),
            is_mute: false,
            is_up: true,
            agreement: None,
            checked: BTreeSet::new(),
            patience: Patience::default(),
            delays,
            trouble: None,
        };
        host.begin(0);
        host
    }

    /// The height on which it works.
    pub(crate) fn height(&self) -> u32 {
        self.chain.len() as u32 + 1
    }

    pub(crate) fn round(&self) -> u32 {
        self.agreement.as_ref().map_or(0, Agreement::round)
    }

    /// Entries and bytes of the saved journal of a height.
    pub(crate) fn journal(&self, height: u32) -> (usize, usize) {
        let journal = self.disk.get(&height).map_or(&[][..], Vec::as_slice);
        (journal.len(), journal.iter().map(Vec::len).sum())
    }

    fn clock(&self, now: u64) -> u64 {
        now.saturating_add_signed(self.clock_error)
    }

    /// Begins or resumes its height, and hears again what is stored of it.
    fn begin(&mut self, now: u64) {
        let height = self.height();
        let previous = self.chain.last().map(|it| RecordHash(it.0));
        let previous = previous.unwrap_or_else(|| RecordHash::of_genesis(&NETWORK));
        self.pool = Pool::new(self.set.clone(), Height(height), previous);
        let count = self.set.signers().len() as u8;
        let takes_part = !self.is_mute && height <= self.last;
        self.agreement = takes_part.then(|| match self.disk.get(&height) {
            Some(journal) => Agreement::resume(height, count, self.own, journal)
                .expect("its own journal reads back"),
            None => Agreement::begin(height, count, self.own, self.clock(now)),
        });
        let stored: Vec<_> = self
            .store
            .iter()
            .filter(|it| it.height == height)
            .cloned()
            .collect();
        for said in stored {
            self.take(now, &said);
        }
    }

    /// Reads the journal again, and hears again what is in the pool.
    fn begin_anew(&mut self, now: u64) {
        let height = self.height();
        let Some(journal) = self.disk.get(&height) else {
            return;
        };
        let count = self.set.signers().len() as u8;
        let again = Agreement::resume(height, count, self.own, journal);
        self.agreement = Some(again.expect("its own journal reads back"));
        let proposals = self.pool.proposals();
        let checked = proposals.filter(|(_, it)| self.checked.contains(&it.value));
        let checked = checked.map(|(by, it)| (by, SignerFact::Proposal(it.clone())));
        let votes = self.pool.votes();
        let votes = votes.map(|(by, it)| (by, SignerFact::Vote(*it)));
        for (by, fact) in checked.chain(votes).collect::<Vec<_>>() {
            let word = word_of(&fact).expect("a proposal or a vote");
            self.hear(now, by, word);
        }
    }

    /// What it said at its height, as others see it.
    fn is_said(&self, word: Word) -> bool {
        let mut votes = self.pool.votes();
        let mut proposals = self.pool.proposals();
        let is_it = |by, fact| by == self.own && word_of(&fact) == Some(word);
        votes.any(|(by, it)| is_it(by, SignerFact::Vote(*it)))
            || proposals.any(|(by, it)| is_it(by, SignerFact::Proposal(it.clone())))
    }

    /// A word arrived.
    pub(crate) fn learn(&mut self, now: u64, said: &Rc<Said>) {
        self.store.push(Rc::clone(said));
        let delay = &mut self.delays[usize::from(said.by)];
        let faded = delay.map_or(0, |it| it / 8 * 7);
        *delay = Some(faded.max(now.saturating_sub(said.at)));
        // At once: one impatient signer spoils the round for all where every honest one is needed.
        self.patience = Patience::of_delays(self.delays.iter().copied(), self.set.quorum());
        if said.height == self.height() {
            self.take(now, said);
        }
    }

    /// The same word once more.
    pub(crate) fn learn_again(&mut self, said: &Said) {
        if said.height == self.height() && self.pool.take(Some(said.by.into()), &said.fact) {
            self.trouble = Some(format!("{} took {:?} twice", self.own, said.word));
        }
    }

    fn take(&mut self, now: u64, said: &Said) {
        if let SignerFact::Proposal(it) = &said.fact {
            self.records.insert(it.value, it.record.clone());
        }
        if !self.pool.take(Some(said.by.into()), &said.fact) {
            return;
        }
        let is_checked = match said.word {
            Word::Proposal { value, .. } => self.checked.contains(&value),
            Word::Vote { .. } => true,
        };
        if is_checked {
            self.hear(now, said.by, said.word);
        }
    }

    /// All that lies below the frontier of a proposed record is here, and the state was computed.
    pub(crate) fn check(&mut self, now: u64, value: [u8; 32]) {
        let Some(record) = self.records.get(&value) else {
            return;
        };
        let is_valid = is_true(record) && hash_of(record) == value;
        if !is_valid && self.bug != Some(Bug::NoValidityCheck) {
            return;
        }
        self.checked.insert(value);
        let proposals: Vec<_> = self
            .pool
            .proposals()
            .filter(|(_, it)| it.value == value)
            .collect();
        let words: Vec<_> = proposals
            .into_iter()
            .filter_map(|(by, it)| Some((by, word_of(&SignerFact::Proposal(it.clone()))?)))
            .collect();
        for (by, word) in words {
            self.hear(now, by, word);
        }
    }

    fn hear(&mut self, now: u64, by: u8, word: Word) {
        let now = self.clock(now);
        if let Some(agreement) = &mut self.agreement {
            agreement.hear(now, by, word);
        }
    }

    /// Does what is to do, and returns what it says, signed.
    pub(crate) fn step(&mut self, now: u64, cut: Option<PowerCut>) -> Vec<Rc<Said>> {
        let mut out = Vec::new();
        // Every second host runs anew for each piece of news, as a command does.
        if self.own % 2 == 1 && self.agreement.is_some() && self.bug.is_none() {
            self.begin_anew(now);
        }
        // Each turn may decide a height.
        loop {
            let clock = self.clock(now);
            let height = self.height();
            if let Some(agreement) = &mut self.agreement {
                if self.bug != Some(Bug::EndlessPatience) {
                    agreement.elapse(clock, &self.patience);
                }
                if let Some(round) = agreement.wants_value() {
                    let bytes = record(height, self.own, round, 0, false);
                    let value = hash_of(&bytes);
                    self.records.insert(value, bytes);
                    self.checked.insert(value);
                    agreement.propose(clock, round, value);
                }
            }
            let is_over = self.say(now, cut, &mut out);
            if is_over || !self.adopt(now) {
                return out;
            }
        }
    }

    /// Saves and says. True if the power fails.
    fn say(&mut self, now: u64, cut: Option<PowerCut>, out: &mut Vec<Rc<Said>>) -> bool {
        let height = self.height();
        let Some(agreement) = &mut self.agreement else {
            return false;
        };
        if agreement.faults() > 0 {
            self.trouble = Some(format!("{} faults in {agreement:?}", agreement.faults()));
        }
        let disk = &mut self.disk;
        let is_late = self.bug == Some(Bug::WordsBeforeJournal) && cut.is_some();
        let words = agreement.release(|journal| {
            if is_late {
                return Ok(());
            }
            if cut == Some(PowerCut::BeforeSave) {
                return Err("no power");
            }
            disk.insert(height, journal.to_vec());
            Ok(())
        });
        let Ok(mut words) = words else {
            self.crash();
            return true;
        };
        words.retain(|it| !self.is_said(*it));
        if let Some(PowerCut::AfterWords(count)) = cut {
            words.truncate(count);
        }
        for word in words {
            let record = match word {
                Word::Proposal { value, .. } => self.records[&value].clone(),
                Word::Vote { .. } => Vec::new(),
            };
            let fact = signed(self.own, height, word, &record);
            self.pool.take(Some(self.own.into()), &fact);
            let said = Rc::new(Said {
                by: self.own,
                height,
                word,
                fact,
                at: now,
            });
            self.store.push(Rc::clone(&said));
            out.push(said);
        }
        if cut.is_some() {
            self.crash();
        }
        cut.is_some()
    }

    /// Goes to the next height if this one is decided.
    fn adopt(&mut self, now: u64) -> bool {
        let decided = self.decision();
        let by_engine = self.agreement.as_ref().and_then(Agreement::decided);
        // The journal may know a word that the store lost: then the engine is ahead for a while.
        if let (Some((_, value)), Some(other)) = (by_engine, decided)
            && self.bug.is_none()
            && other.0 != value
        {
            self.trouble = Some(format!("engine decided {by_engine:?}, pool {decided:?}"));
        }
        let Some((value, round)) = decided.filter(|it| self.records.contains_key(&it.0)) else {
            return false;
        };
        self.liars.extend(self.pool.double());
        self.chain.push((value, round));
        self.checked.clear();
        self.begin(now);
        true
    }

    fn decision(&self) -> Option<([u8; 32], u32)> {
        match self.bug {
            Some(Bug::QuorumOffByOne) => {
                let enough = self.set.quorum() - 1;
                let mut all = self.pool.tally().into_iter();
                all.find(|it| it.votes >= enough)
                    .map(|it| (it.record.0, it.round))
            }
            Some(Bug::EarliestClaimWins) => {
                let votes = self.pool.votes();
                let precommits = votes.filter(|(_, it)| it.step == VoteStep::Precommit);
                let is_time = precommits.count() >= self.set.quorum();
                let claims = self
                    .pool
                    .proposals()
                    .filter(|(_, it)| self.checked.contains(&it.value));
                // A record of a higher number claims an earlier time.
                let first = claims.max_by_key(|(_, it)| it.value);
                first
                    .filter(|_| is_time)
                    .map(|(_, it)| (it.value, it.round))
            }
            _ => self.pool.decided().map(|it| (it.record.0, it.round)),
        }
    }

    /// The true second at which it is to look again.
    pub(crate) fn wakes(&self, now: u64) -> Option<u64> {
        if self.bug == Some(Bug::EndlessPatience) {
            return None;
        }
        let deadline = self.agreement.as_ref()?.deadline(&self.patience)?;
        let wait = deadline.saturating_sub(self.clock(now));
        Some(now.saturating_add(wait.max(1)))
    }

    pub(crate) fn crash(&mut self) {
        self.is_up = false;
        self.agreement = None;
    }

    /// Words of others that a crash took from the end of the store.
    pub(crate) fn forget(&mut self, count: usize) -> Vec<Rc<Said>> {
        let keep = self.store.len().saturating_sub(count);
        self.store.split_off(keep)
    }

    pub(crate) fn restart(&mut self, now: u64) {
        self.is_up = true;
        self.checked.clear();
        if self.bug == Some(Bug::NoJournal) {
            self.disk.clear();
        }
        self.begin(now);
    }

    /// Puts a backup of the first day in place of what it has: the key is not in it.
    pub(crate) fn restore(&mut self) {
        self.crash();
        self.chain.clear();
        self.disk.clear();
        self.is_mute = self.bug != Some(Bug::SignsAfterRestore);
    }
}
