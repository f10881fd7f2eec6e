//! How an entry gets its place.

use std::collections::VecDeque;

use crate::{
    entry::{LogId, VerifiedEntry},
    hash::EntryId,
    time::Height,
};

use super::{
    History, Roots,
    admission::{Claim, Fact, Risen, Standing, check_first, index, number},
    fork::Fork,
    log::{Link, Log, MAX_CANDIDATE_LOG_LEN},
    verdict::{Changes, ForkFound, Outcome, Reason, Verdict, Waits},
};

/// One call from outside: what it changed so far, and what it set in motion.
#[derive(Default)]
struct Step {
    changes: Changes,
    /// Entries that waited for what just came.
    queue: VecDeque<VerifiedEntry>,
    /// Whether the entry at hand is one of the queue, and so in the store already.
    waited: bool,
}

impl Step {
    fn ends(self, verdict: Verdict) -> Outcome {
        Outcome {
            verdict,
            changes: self.changes,
        }
    }
}

impl History {
    /// Takes an entry in, and those that waited for it.
    pub fn place(&mut self, entry: VerifiedEntry) -> Outcome {
        let mut step = Step::default();
        if let Err(fault) = check_first(&entry, &self.roots, &self.people) {
            return step.ends(Verdict::Invalid(fault));
        }
        let verdict = self.take(entry, &mut step);
        self.settle(&mut step);
        step.ends(verdict)
    }

    /// Takes two entries in that somebody sent as the proof of a fork.
    ///
    /// Unlike [`Self::place`] one after the other, this needs no room for the first to wait, so that
    /// nobody hides a fork behind a full waiting room.
    pub fn prove(&mut self, a: VerifiedEntry, b: VerifiedEntry) -> Outcome {
        let mut step = Step::default();
        let checked = [&a, &b].map(|it| check_first(it, &self.roots, &self.people));
        if let [Err(fault), _] | [_, Err(fault)] = checked {
            return step.ends(Verdict::Invalid(fault));
        }
        let (log, seq) = (a.log(), a.entry().seq);
        let is_proof = log == b.log() && seq == b.entry().seq && a.id() != b.id();
        let stands = |it: &VerifiedEntry| self.is_known_with(&log, &Fact::of(it, &self.people));
        let chained = self.log(&log).and_then(|it| it.at(seq));
        let is_early = self.is_ahead(&a) || self.is_ahead(&b);
        if !is_proof || is_early || chained.is_some() || !(stands(&a) || stands(&b)) {
            let first = self.place(a);
            let mut both = self.place(b);
            both.changes = first.changes.then(both.changes);
            return both;
        }
        let verdict = match self.log(&log).and_then(Log::fork) {
            Some(fork) if seq >= fork.point && self.is_known_device(&log.author) => {
                Verdict::AfterFork { point: fork.point }
            }
            _ => {
                self.pending.take(&(log, seq, a.id()));
                self.pending.take(&(log, seq, b.id()));
                self.split(a.id(), Some(a), b, &mut step)
            }
        };
        self.settle(&mut step);
        step.ends(verdict)
    }

    /// Learns that checkpoint `height` exists: entries anchored up to it may have their place.
    pub fn know_height(&mut self, height: Height) -> Changes {
        let mut step = Step::default();
        if height > self.height {
            self.height = height;
            step.queue.extend(self.pending.take_all());
            self.settle(&mut step);
        }
        step.changes
    }

    /// Builds the history again from a store: all entries kept as placed or as proofs of forks, in
    /// any order. What waited is placed anew afterwards.
    ///
    /// Nothing is checked but the links. Gives back also what has no place, which happens only if
    /// the store lost something.
    pub fn restore(
        roots: Roots,
        height: Height,
        kept: impl IntoIterator<Item = VerifiedEntry>,
    ) -> (Self, Vec<EntryId>) {
        let mut history = Self::new(roots);
        history.height = height;
        let mut kept: Vec<_> = kept
            .into_iter()
            .map(|it| {
                let fact = Fact::of(&it, &history.people);
                (it.log(), it.entry().seq, Link::of(&it), fact)
            })
            .collect();
        kept.sort_unstable_by_key(|(log, seq, link, _)| (*log, *seq, link.id));

        let mut lost = Vec::new();
        for entries in kept.chunk_by(|a, b| a.0 == b.0) {
            lost.extend(history.restore_log(entries));
        }
        history.recount();
        (history, lost)
    }

    fn restore_log(&mut self, entries: &[(LogId, u32, Link, Fact)]) -> Vec<EntryId> {
        let Some((log_id, ..)) = entries.first() else {
            return Vec::new();
        };
        let device = self.people.device(log_id.author);
        let log = self.open(device, *log_id);
        let mut lost = Vec::new();
        let mut rest = entries;
        while let [(_, seq, link, fact), tail @ ..] = rest {
            rest = tail;
            if let [(_, same, other, other_fact), ..] = tail
                && same == seq
            {
                if let Some(log) = self.logs.get_mut(index(log)) {
                    log.end_at(Fork::new(*seq, link.id, other.id));
                }
                for (id, fact) in [(link.id, fact), (other.id, other_fact)] {
                    self.note_claim(device, id, fact);
                }
                lost.extend(tail.iter().skip(1).map(|it| it.2.id));
                break;
            }
            let follows = self.log_at(log).is_some_and(|it| {
                it.chain_len() == *seq && it.chain().last() == link.previous.as_ref()
            });
            if follows {
                self.append(device, log, link, fact);
            } else {
                lost.push(link.id);
            }
        }
        lost
    }

    /// Takes in what waited for what this step brought, and so on.
    fn settle(&mut self, step: &mut Step) {
        step.waited = true;
        while let Some(entry) = step.queue.pop_front() {
            let id = entry.id();
            if matches!(self.take(entry, step), Verdict::AfterFork { .. }) {
                step.changes.dropped.push(id);
            }
        }
    }

    fn take(&mut self, entry: VerifiedEntry, step: &mut Step) -> Verdict {
        let (log, seq, id) = (entry.log(), entry.entry().seq, entry.id());
        if let Some(known) = self.known(log, seq, &id) {
            return Verdict::Known(known);
        }
        let fact = Fact::of(&entry, &self.people);
        if self.is_ahead(&entry) || !self.is_known_with(&log, &fact) {
            return self.hold(entry, &fact, step);
        }
        let waiting = self.pending.at(log, seq);
        let mut rival = waiting
            .filter(|it| !self.is_ahead(it))
            .map(|it| it.id())
            .next();
        if let Some(it) = self.log(&log) {
            rival = it.at(seq).or(rival);
            if let Some(fork) = it.fork().filter(|it| seq >= it.point) {
                if self.is_known_device(&log.author) {
                    return Verdict::AfterFork { point: fork.point };
                }
                // Nobody stands behind either half of the proof known so far, but behind this one.
                rival = fork.proof.first().copied();
            }
        }
        if let Some(rival) = rival {
            let held = self.pending.take(&(log, seq, rival));
            return self.split(rival, held, entry, step);
        }
        if self.obstacle(&entry, &fact).is_some() {
            return self.hold(entry, &fact, step);
        }
        let device = self.people.device(log.author);
        let number = self.open(device, log);
        self.append(device, number, &Link::of(&entry), &fact);
        let risen = match fact {
            Fact::Claim { .. } => self.count_devices(vec![device]),
            _ => {
                let lifted = self.count_log(device, number);
                self.lift(lifted)
            }
        };
        step.changes.placed.push(entry);
        self.call(risen, step);
        let next = seq.saturating_add(1);
        step.queue.extend(self.pending.take_at(log, next));
        Verdict::Placed
    }

    /// Ends a log at the place of `entry`, where `rival` stands already.
    fn split(
        &mut self,
        rival: EntryId,
        held: Option<VerifiedEntry>,
        entry: VerifiedEntry,
        step: &mut Step,
    ) -> Verdict {
        let (log_id, point) = (entry.log(), entry.entry().seq);
        let fork = Fork::new(point, rival, entry.id());
        let device = self.people.device(log_id.author);
        let is_first = matches!(Fact::of(&entry, &self.people), Fact::Claim { .. });
        let fresh: Vec<_> = held.into_iter().chain([entry]).collect();
        if is_first {
            if let Some(it) = self.people.device_mut(device) {
                it.claims.retain(|claim| claim.id == rival);
            }
            for half in &fresh {
                self.note_claim(device, half.id(), &Fact::of(half, &self.people));
            }
        }

        let number = self.open(device, log_id);
        let Some(log) = self.logs.get_mut(index(number)) else {
            return Verdict::AfterFork { point };
        };
        let old = log.fork().copied();
        let (cut, unvouched) = log.end_at(fork);
        for id in &cut {
            self.places.remove(id);
        }
        let above = self.pending.take_from(log_id, point);
        let dropped = cut
            .into_iter()
            .chain(old.into_iter().flat_map(|it| it.proof))
            .chain(above.iter().map(VerifiedEntry::id))
            .filter(|id| !fork.proof.contains(id));
        step.changes.dropped.extend(dropped);
        step.changes.forks.push(ForkFound {
            log: log_id,
            fork,
            fresh,
        });

        let may_lose = |member: &u32| self.people.standing(*member) < Some(Standing::Imported);
        if is_first || unvouched.iter().any(may_lose) {
            self.recount();
        }
        if is_first {
            let risen = self.count_devices(vec![device]);
            self.call(risen, step);
        }
        Verdict::ForkFound { point }
    }

    /// Puts an entry into the waiting room.
    fn hold(&mut self, entry: VerifiedEntry, fact: &Fact, step: &mut Step) -> Verdict {
        let id = entry.id();
        let is_stranger = !self.is_known_with(&entry.log(), fact);
        let reason = self.reason_of(&entry, fact);
        let claim = match fact {
            Fact::Claim { member, .. } => Some(*member),
            _ => None,
        };
        let copy = (!step.waited).then(|| entry.clone());
        let dropped = self.pending.hold(entry, is_stranger, claim);
        let verdict = if dropped.contains(&id) {
            Verdict::NoRoom
        } else {
            step.changes.pending.extend(copy);
            reason.into()
        };
        step.changes.dropped.extend(dropped);
        verdict
    }

    /// Queues what waited for those whose standing rose.
    fn call(&mut self, risen: Risen, step: &mut Step) {
        let mut authors = Vec::new();
        for device in risen.devices {
            authors.extend(self.people.device_at(device).map(|it| it.key));
        }
        for member in risen.members {
            if let Some(member) = self.people.member_at(member) {
                authors.extend(self.pending.claimants(member.key));
            }
        }
        for author in authors {
            step.queue.extend(self.pending.take_author(author));
        }
    }

    /// Whether it was written by somebody who knew a checkpoint that is not known here. Until it is,
    /// the entry is no part of the set that decides: else a log could escape its quota by naming
    /// checkpoints that do not exist.
    fn is_ahead(&self, entry: &VerifiedEntry) -> bool {
        entry.entry().anchor.height > self.height
    }

    /// Why a pending entry waits.
    pub(super) fn reason(&self, entry: &VerifiedEntry) -> Reason {
        self.reason_of(entry, &Fact::of(entry, &self.people))
    }

    fn reason_of(&self, entry: &VerifiedEntry, fact: &Fact) -> Reason {
        if self.is_ahead(entry) {
            return Reason::Waits(Waits::Checkpoint {
                anchor: entry.entry().anchor.height,
                known: self.height,
            });
        }
        if !self.is_known_with(&entry.log(), fact) {
            return Reason::Waits(match fact {
                Fact::Claim { member, .. } => Waits::Sponsor { member: *member },
                _ => Waits::Author,
            });
        }
        // What has no obstacle is on its way to its place.
        self.obstacle(entry, fact).unwrap_or_else(|| {
            let missing = entry.entry().seq;
            Waits::Predecessor { missing }.into()
        })
    }

    /// What stands between an entry of a known author and its place.
    fn obstacle(&self, entry: &VerifiedEntry, fact: &Fact) -> Option<Reason> {
        let (log_id, seq) = (entry.log(), entry.entry().seq);
        let link = Link::of(entry);
        let empty = Log::new(log_id);
        let log = self.log(&log_id).unwrap_or(&empty);
        let len = log.chain_len();
        if seq != len {
            return Some(Waits::Predecessor { missing: len }.into());
        }
        if link.previous.as_ref() != log.chain().last() {
            let missing = len.saturating_sub(1);
            return Some(Waits::Predecessor { missing }.into());
        }
        if let Err(refusal) = log.next(link.anchor, link.len) {
            return Some(refusal.into());
        }
        let (member, standing) = match (fact, self.owner(&log_id)) {
            (
                Fact::Claim {
                    is_imported: true, ..
                },
                _,
            ) => return None,
            (Fact::Claim { member, .. }, _) => (*member, self.member_standing(member)),
            (_, Some(member)) => (member, self.member_standing(&member)),
            (_, None) => return Some(Waits::Certificate.into()),
        };
        match standing {
            None => Some(Waits::Sponsor { member }.into()),
            Some(Standing::Candidate) if !log.is_short_with(link.len) => {
                let limit = MAX_CANDIDATE_LOG_LEN;
                Some(Waits::SecondSponsor { member, limit }.into())
            }
            Some(_) => None,
        }
    }

    /// Adds an entry to the chain of its log. It does not count yet.
    fn append(&mut self, device: u32, log: u32, link: &Link, fact: &Fact) {
        if let Some(it) = self.logs.get_mut(index(log)) {
            let seq = it.chain_len();
            it.append(link);
            self.places.insert(link.id, (log, seq));
            if let Fact::Vouch(subject) = fact
                && !self.people.is_founder(subject)
            {
                it.vouch(seq, || self.people.member(*subject));
            }
        }
        self.note_claim(device, link.id, fact);
    }

    fn note_claim(&mut self, device: u32, id: EntryId, fact: &Fact) {
        if let Fact::Claim {
            member,
            is_imported,
        } = *fact
        {
            let member = self.people.member(member);
            self.people.claim(
                device,
                Claim {
                    id,
                    member,
                    is_imported,
                },
            );
        }
    }

    /// The number of a log, a new one if need be.
    fn open(&mut self, device: u32, id: LogId) -> u32 {
        let next = number(self.logs.len());
        *self.by_log.entry(id).or_insert_with(|| {
            self.logs.push(Log::new(id));
            if let Some(device) = self.people.device_mut(device) {
                device.logs.push(next);
            }
            next
        })
    }
}
