//! The world: who is there, how words travel, what fails when, and what must hold.
//!
//! Words go from neighbour to neighbour, over people who sign nothing too, each hop with its own
//! delay, some twice; a partition holds them back. True time is in seconds and nobody knows it.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use commune_crdt::checkpoint::agreement::Word;

use super::{
    adversary::{Adversary, Lie, Whisper, half},
    host::{Bug, Host, PowerCut},
    random::Random,
    words::{Said, is_true, set_of},
};

pub(crate) const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;

/// People who carry words and sign nothing.
const CARRIERS: u8 = 2;

/// Who lies, how, and how far it is between people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) signers: u8,
    pub(crate) liars: u8,
    pub(crate) lie: Lie,
    /// Longest delay of a hop, in seconds.
    pub(crate) delay: u64,
    pub(crate) heights: u32,
    pub(crate) is_split: bool,
    /// One honest signer comes back from a backup.
    pub(crate) is_restored: bool,
    pub(crate) crashes: u64,
    pub(crate) bug: Option<Bug>,
}

impl Plan {
    /// A plan with at most as many liars as the rules bear.
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (signers, bears) = [(4, 1), (7, 2), (10, 3)][(seed % 3) as usize];
        let is_restored = random.chance(15);
        let lies = [
            Lie::Silence,
            Lie::Babble,
            Lie::TwoFaces,
            Lie::TwoFaces,
            Lie::WrongState,
        ];
        Self {
            signers,
            liars: bears - u8::from(is_restored),
            lie: random.pick(&lies),
            delay: random.pick(&[2, HOUR, DAY, 3 * DAY, 7 * DAY]),
            // So that each liar is once the first to propose.
            heights: u32::from(signers).min(8),
            is_split: random.chance(60),
            is_restored,
            crashes: 1 + random.below(3),
            bug: None,
        }
    }
}

/// What must not happen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Trouble {
    Conflict(String),
    DoubleVote(String),
    WrongState(String),
    Undecided(String),
    /// Something else that a host found wrong with itself.
    Surprise(String),
}

/// How a run ended well.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Story {
    /// Seconds until the last honest host decided each height.
    pub(crate) waits: Vec<u64>,
    pub(crate) words: usize,
    pub(crate) rounds: u32,
    /// Longest journal of a height: notes, bytes.
    pub(crate) journal: (usize, usize),
    pub(crate) crashes: usize,
    pub(crate) liars_known: usize,
}

enum Event {
    Arrive { to: u8, id: usize },
    Check { to: u8, value: [u8; 32] },
    Wake { to: u8 },
    Crash { to: u8 },
    Restart { to: u8 },
    Restore { to: u8 },
}

pub(crate) struct World {
    plan: Plan,
    random: Random,
    hosts: Vec<Host>,
    adversary: Adversary,
    /// Neighbours of each honest host and carrier.
    near: Vec<Vec<u8>>,
    has: Vec<Vec<bool>>,
    side: Vec<bool>,
    split: std::ops::Range<u64>,
    words: Vec<Rc<Said>>,
    ids: BTreeMap<(u8, u32, Word), usize>,
    /// What each honest signer said in each round and step.
    votes: BTreeMap<(u8, u32, u32, u8), Option<[u8; 32]>>,
    events: BTreeMap<(u64, u64), Event>,
    count: u64,
    wakes: Vec<u64>,
    now: u64,
    decided: BTreeMap<u32, ([u8; 32], u64, usize)>,
    noted: Vec<u32>,
    story: Story,
    trouble: Option<Trouble>,
}

impl World {
    pub(crate) fn new(seed: u64, plan: Plan) -> Self {
        let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9));
        let set = set_of(plan.signers);
        let honest = plan.signers - plan.liars;
        let people = honest + CARRIERS;
        // Around a ring, one half after the other, so that each can talk where a partition parts them.
        let mut ring: Vec<u8> = (0..people).collect();
        ring.sort_by_key(|it| (*it >= honest, half(*it)));
        let mut near = vec![Vec::new(); people.into()];
        for (at, person) in ring.iter().enumerate() {
            let next = ring[(at + 1) % ring.len()];
            near[usize::from(*person)].push(next);
            near[usize::from(next)].push(*person);
        }
        for _ in 0..people / 3 {
            let (a, b) = (
                random.below(people.into()) as u8,
                random.below(people.into()) as u8,
            );
            near[usize::from(a)].push(b);
            near[usize::from(b)].push(a);
        }
        // The worst partition is the one along which they lie, from early on.
        let is_aligned = plan.lie == Lie::TwoFaces && random.chance(70);
        let start = match is_aligned {
            true => random.below(plan.delay),
            false => random.below(20 * DAY),
        };
        let mut world = Self {
            hosts: (0..honest)
                .map(|it| Host::new(it, set.clone(), plan.heights, plan.bug))
                .collect(),
            adversary: Adversary::new(plan.signers, plan.liars, plan.lie, plan.delay, seed),
            near,
            has: vec![Vec::new(); people.into()],
            side: (0..people)
                .map(|it| match is_aligned && it < honest {
                    true => half(it),
                    false => random.chance(50),
                })
                .collect(),
            split: if plan.is_split {
                start..start + 14 * DAY
            } else {
                0..0
            },
            words: Vec::new(),
            ids: BTreeMap::new(),
            votes: BTreeMap::new(),
            events: BTreeMap::new(),
            count: 0,
            wakes: vec![0; honest.into()],
            now: 0,
            decided: BTreeMap::new(),
            noted: vec![0; honest.into()],
            story: Story::default(),
            trouble: None,
            plan,
            random,
        };
        world.plan_failures();
        world
    }

    fn plan_failures(&mut self) {
        let span = u64::from(self.plan.heights) * (7 * self.plan.delay + HOUR);
        for to in 0..self.hosts.len() as u8 {
            // Batteries die: a clock may be 20 years behind, or ahead.
            self.hosts[usize::from(to)].clock_error = self.clock_error();
            for _ in 0..self.plan.crashes {
                let at = self.random.below(span);
                self.at(at, Event::Crash { to });
            }
            self.at(0, Event::Wake { to });
        }
        if self.plan.is_restored {
            let at = self.random.below(span);
            self.at(at, Event::Restore { to: 0 });
        }
    }

    fn clock_error(&mut self) -> i64 {
        match self.random.below(4) {
            0 => 0,
            1 => self.random.below(20 * YEAR) as i64,
            _ => self.random.below(600) as i64,
        }
    }

    fn at(&mut self, time: u64, event: Event) {
        self.count += 1;
        self.events.insert((time, self.count), event);
    }

    /// Until every honest host decided every height.
    pub(crate) fn run(mut self) -> Result<Story, Trouble> {
        let horizon = 3 * YEAR * u64::from(self.plan.heights);
        while let Some(((now, _), event)) = self.events.pop_first() {
            if now > horizon {
                break;
            }
            self.now = now;
            self.happen(event);
            if let Some(trouble) = self.trouble.take() {
                return Err(trouble);
            }
            if self.noted.iter().all(|it| *it >= self.plan.heights) {
                return self.end();
            }
        }
        let stand = self.hosts.iter().map(|it| (it.height(), it.round()));
        Err(Trouble::Undecided(format!(
            "after {} days (height, round) {:?}",
            self.now / DAY,
            stand.collect::<Vec<_>>()
        )))
    }

    fn end(mut self) -> Result<Story, Trouble> {
        let honest = self.hosts.len() as u8;
        let mut known: BTreeSet<u8> = BTreeSet::new();
        for host in &self.hosts {
            if let Some(it) = host.liars.iter().find(|it| **it < honest) {
                let what = format!("host {it} is taken for a liar");
                return Err(Trouble::DoubleVote(what));
            }
            known.extend(&host.liars);
            for height in 1..=self.plan.heights {
                self.story.journal = self.story.journal.max(host.journal(height));
            }
        }
        let heights = 1..=self.plan.heights;
        let ends: Vec<u64> = heights.map(|it| self.decided[&it].1).collect();
        let begins = std::iter::once(0).chain(ends.iter().copied());
        self.story.waits = ends
            .iter()
            .zip(begins)
            .map(|(end, begin)| end - begin)
            .collect();
        self.story.words = self.words.len();
        self.story.liars_known = known.len();
        Ok(self.story)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive { to, id } => self.arrive(to, id),
            Event::Check { to, value } => {
                if self.hosts[usize::from(to)].is_up {
                    self.hosts[usize::from(to)].check(self.now, value);
                    self.step(to);
                }
            }
            Event::Wake { to } => {
                if self.hosts[usize::from(to)].is_up {
                    self.step(to);
                }
            }
            Event::Crash { to } => {
                let host = &mut self.hosts[usize::from(to)];
                if host.is_up {
                    host.crash();
                    self.fall(to);
                }
            }
            Event::Restore { to } => {
                let host = &mut self.hosts[usize::from(to)];
                let was_up = host.is_up;
                host.restore();
                if was_up {
                    self.fall(to);
                }
            }
            Event::Restart { to } => self.restart(to),
        }
    }

    /// A host lies down: some of what it heard last is lost, and it comes back later.
    fn fall(&mut self, to: u8) {
        self.story.crashes += 1;
        let lost = self.random.below(4) as usize;
        let down = 60 + self.random.below(2 * self.plan.delay + HOUR);
        let at = self.now + down;
        for said in self.hosts[usize::from(to)].forget(lost) {
            // Its neighbours still have it.
            let id = self.ids[&(said.by, said.height, said.word)];
            self.has[usize::from(to)][id] = false;
            let hop = 1 + self.random.below(self.plan.delay);
            self.at(at + hop, Event::Arrive { to, id });
        }
        self.at(at, Event::Restart { to });
    }

    fn restart(&mut self, to: u8) {
        let clock_error = self.clock_error();
        let host = &mut self.hosts[usize::from(to)];
        host.clock_error = clock_error;
        host.restart(self.now);
        let stored: Vec<_> = host.store.clone();
        for said in stored {
            self.plan_check(to, &said);
        }
        self.step(to);
    }

    fn plan_check(&mut self, to: u8, said: &Said) {
        if let Word::Proposal { value, .. } = said.word {
            let at = self.now + self.random.below(self.plan.delay);
            self.at(at, Event::Check { to, value });
        }
    }

    fn arrive(&mut self, to: u8, id: usize) {
        let at = usize::from(to);
        let said = Rc::clone(&self.words[id]);
        if let Some(host) = self.hosts.get(at)
            && !host.is_up
        {
            // Whoever brings it comes again.
            let later = self.now + 1 + self.random.below(self.plan.delay + HOUR);
            self.at(later, Event::Arrive { to, id });
            return;
        }
        self.has[at].resize(self.words.len(), false);
        if self.has[at][id] {
            if self.random.chance(5)
                && let Some(host) = self.hosts.get_mut(at)
            {
                host.learn_again(&said);
            }
            return;
        }
        self.has[at][id] = true;
        self.pass_on(to, id);
        if at < self.hosts.len() {
            self.hosts[at].learn(self.now, &said);
            self.plan_check(to, &said);
            self.step(to);
        }
    }

    fn pass_on(&mut self, from: u8, id: usize) {
        for to in self.near[usize::from(from)].clone() {
            let copies = 1 + u64::from(self.random.chance(10));
            for _ in 0..copies {
                let is_cut = self.side[usize::from(from)] != self.side[usize::from(to)]
                    && self.split.contains(&self.now);
                let leaves = if is_cut { self.split.end } else { self.now };
                let hop = 1 + self.random.below(self.plan.delay);
                self.at(leaves + hop, Event::Arrive { to, id });
            }
        }
    }

    fn step(&mut self, to: u8) {
        let at = usize::from(to);
        let cut = match self.random.below(400) {
            0 if self.plan.crashes > 0 => Some(PowerCut::BeforeSave),
            1 if self.plan.crashes > 0 => Some(PowerCut::AfterWords(self.random.below(4) as usize)),
            _ => None,
        };
        let said = self.hosts[at].step(self.now, cut);
        for said in said {
            self.publish(to, said);
        }
        self.watch(to);
        let host = &self.hosts[at];
        if !host.is_up {
            self.fall(to);
            return;
        }
        let (height, round) = (host.height(), host.round());
        if let Some(time) = host.wakes(self.now)
            && self.wakes[at] != time
        {
            self.wakes[at] = time;
            self.at(time, Event::Wake { to });
        }
        let whispers = self.adversary.on_round(self.now, height, round);
        self.spread(whispers);
    }

    fn publish(&mut self, from: u8, said: Rc<Said>) {
        let key = (said.by, said.height, said.word);
        let id = match self.ids.get(&key) {
            Some(id) => *id,
            None => self.number(&said),
        };
        self.hear_honest(&said);
        let at = usize::from(from);
        self.has[at].resize(self.words.len(), false);
        self.has[at][id] = true;
        self.pass_on(from, id);
        let whispers = self.adversary.on_word(self.now, &said);
        self.spread(whispers);
    }

    fn number(&mut self, said: &Rc<Said>) -> usize {
        self.words.push(Rc::clone(said));
        let id = self.words.len() - 1;
        self.ids.insert((said.by, said.height, said.word), id);
        id
    }

    fn spread(&mut self, whispers: Vec<Whisper>) {
        for Whisper { said, to, after } in whispers {
            let known = self.ids.get(&(said.by, said.height, said.word)).copied();
            let id = known.unwrap_or_else(|| self.number(&said));
            for to in to {
                self.at(self.now + after, Event::Arrive { to, id });
            }
        }
    }

    /// No honest signer says two things where one is allowed, or proposes out of turn.
    fn hear_honest(&mut self, said: &Said) {
        let (step, value) = match said.word {
            Word::Proposal { value, round, .. } => {
                if (said.height + round) % u32::from(self.plan.signers) != said.by.into() {
                    let what = format!("{} proposes out of turn: {:?}", said.by, said.word);
                    self.trouble = Some(Trouble::Surprise(what));
                }
                (0, Some(value))
            }
            Word::Vote {
                is_precommit,
                value,
                ..
            } => (1 + u8::from(is_precommit), value),
        };
        let place = (said.by, said.height, said.word.round(), step);
        let first = *self.votes.entry(place).or_insert(value);
        if first != value {
            let what = format!("{place:?}: first {first:?}, then {value:?}");
            self.trouble = Some(Trouble::DoubleVote(what));
        }
    }

    /// All honest hosts decide the same, and nothing that is wrong.
    fn watch(&mut self, to: u8) {
        let at = usize::from(to);
        let host = &self.hosts[at];
        if let Some(what) = &host.trouble {
            self.trouble = Some(Trouble::Surprise(what.clone()));
        }
        self.noted[at] = self.noted[at].min(host.chain.len() as u32);
        for (value, round) in host.chain.iter().skip(self.noted[at] as usize) {
            self.noted[at] += 1;
            let height = self.noted[at];
            self.story.rounds = self.story.rounds.max(*round + 1);
            let entry = self.decided.entry(height).or_insert((*value, self.now, 0));
            entry.1 = entry.1.max(self.now);
            entry.2 += 1;
            if entry.0 != *value {
                let what = format!("height {height}, host {to}, round {round}");
                self.trouble = Some(Trouble::Conflict(what));
                return;
            }
            let record = self.words.iter().find_map(|it| match &it.fact {
                commune_crdt::payload::SignerFact::Proposal(it) if it.value == *value => {
                    Some(&it.record)
                }
                _ => None,
            });
            if !record.is_some_and(|it| is_true(it)) {
                let what = format!("height {height}, host {to}, round {round}");
                self.trouble = Some(Trouble::WrongState(what));
                return;
            }
        }
    }
}
