//! How an entry gets its place.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    entry::{LogId, SignedEntry, VerifiedEntry},
    hash::EntryId,
    keys::MemberKey,
    time::Height,
};

use super::{
    Basis, History, Roots,
    admission::{Risen, Standing},
    certificate::{Fact, SoundEntry},
    fork::Fork,
    index,
    log::{Link, Log, MAX_CANDIDATE_LOG_LEN},
    people::Claim,
    push_tight, start_of,
    verdict::{Changes, Check, ForkFound, Known, Outcome, Reason, Verdict, Waits},
};

/// The place that an entry claims, with what is known of its log and author.
struct Spot {
    id: LogId,
    seq: u32,
    log: Option<u32>,
    device: Option<u32>,
}

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
    /// Says of an entry whose signature nobody has checked whether the check is worth its time.
    ///
    /// Quotas are not judged here: an entry beyond them is half of a proof if its author signs
    /// another one for the same place.
    pub fn check(&self, entry: &SignedEntry) -> Check {
        let spot = self.spot(entry.log(), entry.claim().seq);
        if let Some(known) = self.known(&spot, &entry.id()) {
            return Check::Known(known);
        }
        if !spot.device.is_some_and(|it| self.people.is_known(it)) {
            return Check::New;
        }
        let log = spot.log.and_then(|it| self.log_at(it));
        if let Some(fork) = log.and_then(Log::fork).filter(|it| spot.seq >= it.point) {
            return Check::AfterFork { point: fork.point };
        }
        let is_next = spot.seq <= log.map_or(0, Log::chain_len);
        if is_next || self.pending.has_room(&spot.id, spot.seq) {
            Check::New
        } else {
            Check::NoRoom
        }
    }

    /// Takes an entry in, and those that waited for it. Checks first that it is sound.
    pub fn place(&mut self, entry: VerifiedEntry) -> Outcome {
        match SoundEntry::new(entry, &self.roots) {
            Ok(sound) => self.place_sound(sound),
            Err(fault) => Step::default().ends(Verdict::Invalid(fault)),
        }
    }

    /// As [`Self::place`], of an entry found sound before.
    pub fn place_sound(&mut self, sound: SoundEntry) -> Outcome {
        let mut step = Step::default();
        let verdict = self.take(sound, &mut step);
        self.settle(&mut step);
        step.ends(verdict)
    }

    /// Takes two entries in that somebody sent as the proof of a fork.
    ///
    /// Unlike [`Self::place`] one after the other, this needs no room for the first to wait, so that
    /// nobody hides a fork behind a full waiting room.
    pub fn prove(&mut self, a: VerifiedEntry, b: VerifiedEntry) -> Outcome {
        let mut step = Step::default();
        let sound = [a, b].map(|it| SoundEntry::new(it, &self.roots));
        let [a, b] = match sound {
            [Ok(a), Ok(b)] => [a, b],
            [Err(fault), _] | [_, Err(fault)] => return step.ends(Verdict::Invalid(fault)),
        };
        let spot = self.spot(a.entry.log(), a.entry.entry().seq);
        let is_proof = spot.id == b.entry.log()
            && spot.seq == b.entry.entry().seq
            && a.entry.id() != b.entry.id()
            && [&a, &b].iter().all(|it| !self.is_ahead(&it.entry))
            && [&a, &b].iter().any(|it| self.is_backed(&spot, &it.fact));
        let log = spot.log.and_then(|it| self.log_at(it));
        let is_chained = log.is_some_and(|it| it.at(spot.seq).is_some());
        let is_ended = log
            .and_then(Log::fork)
            .is_some_and(|it| spot.seq >= it.point);
        if !is_proof || is_chained || is_ended {
            let first = self.place_sound(a);
            let second = self.place_sound(b);
            return Outcome {
                verdict: second.verdict,
                changes: first.changes.then(second.changes),
            };
        }
        for half in [&a, &b] {
            self.pending.take(&(spot.id, spot.seq, half.entry.id()));
        }
        let verdict = self.split(a.entry.id(), Some(a), b, &mut step);
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
        Self::restore_on(&Basis::default(), roots, height, kept)
    }

    /// As [`Self::restore`], of a device that knows what stands below `basis` by its leaves alone.
    /// Of what is kept below it, nothing has a place.
    pub fn restore_on(
        basis: &Basis,
        roots: Roots,
        height: Height,
        kept: impl IntoIterator<Item = VerifiedEntry>,
    ) -> (Self, Vec<EntryId>) {
        let mut history = Self::new(roots);
        history.height = height;
        history.begin_on(basis);
        let mut logs: BTreeMap<LogId, Vec<(u32, Link, Fact)>> = BTreeMap::new();
        for entry in kept {
            let fact = Fact::of(&entry, &history.roots);
            let log = logs.entry(entry.log()).or_default();
            log.push((entry.entry().seq, Link::of(&entry), fact));
        }
        let mut lost = Vec::new();
        for (id, mut entries) in logs {
            entries.sort_unstable_by_key(|(seq, link, _)| (*seq, link.id));
            lost.extend(history.restore_log(id, &entries));
        }
        history.recount();
        (history, lost)
    }

    fn restore_log(&mut self, id: LogId, entries: &[(u32, Link, Fact)]) -> Vec<EntryId> {
        let number = self.open(id);
        let mut lost = Vec::new();
        let base = self.log_at(number).map_or(0, Log::base);
        let below = entries.partition_point(|(seq, ..)| *seq < base);
        // What a proof of a fork left: two at one place.
        let is_fork = |it: &[(u32, Link, Fact)]| matches!(it, [(a, ..), (b, ..)] if a == b);
        let kept = entries.get(..below).unwrap_or_default();
        let mut rest = match kept.windows(2).position(is_fork) {
            Some(fork) => entries.get(fork..).unwrap_or_default(),
            None => entries.get(below..).unwrap_or_default(),
        };
        while let [(seq, link, fact), after @ ..] = rest {
            rest = after;
            if let [(same, rival, rival_fact), above @ ..] = after
                && same == seq
                && let Some(log) = self.logs.get_mut(index(number))
            {
                log.end_at(Fork::new(*seq, link.id, rival.id));
                let device = log.device;
                self.note_claim(device, link.id, fact);
                self.note_claim(device, rival.id, rival_fact);
                lost.extend(above.iter().map(|(_, link, _)| link.id));
                break;
            }
            let follows = self
                .log_at(number)
                .is_some_and(|log| log.chain_len() == *seq && log.chain_head() == link.previous);
            if follows {
                self.append(number, link, fact);
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
            let sound = SoundEntry::checked(entry, &self.roots);
            if matches!(self.take(sound, step), Verdict::AfterFork { .. }) {
                step.changes.dropped.push(id);
            }
        }
    }

    fn take(&mut self, sound: SoundEntry, step: &mut Step) -> Verdict {
        let entry = &sound.entry;
        let spot = self.spot(entry.log(), entry.entry().seq);
        if let Some(known) = self.known(&spot, &entry.id()) {
            return Verdict::Known(known);
        }
        if self.is_ahead(entry) || !self.is_backed(&spot, &sound.fact) {
            return self.hold(sound, &spot, step);
        }
        let log = spot.log.and_then(|it| self.log_at(it));
        let mut rival = log.and_then(|it| it.at(spot.seq));
        if let Some(fork) = log.and_then(Log::fork).filter(|it| spot.seq >= it.point) {
            if log.is_some_and(|it| self.people.is_known(it.device)) {
                return Verdict::AfterFork { point: fork.point };
            }
            // Nobody stands behind either half of the proof known so far, but behind this one.
            rival = fork.proof.first().copied();
        }
        if let Some(rival) = rival {
            return self.split(rival, None, sound, step);
        }
        let mut waiting = self.pending.at(spot.id, spot.seq);
        if let Some(rival) = waiting.find(|it| !self.is_ahead(it)) {
            drop(waiting);
            self.pending.take(&(spot.id, spot.seq, rival.id()));
            let held = SoundEntry::checked(rival, &self.roots);
            return self.split(held.entry.id(), Some(held), sound, step);
        }
        drop(waiting);
        if self.obstacle(&spot, &sound).is_some() {
            return self.hold(sound, &spot, step);
        }

        let number = self.open(spot.id);
        self.append(number, &Link::of(&sound.entry), &sound.fact);
        let device = self.log_at(number).map(|it| it.device);
        let risen = match (sound.fact, device) {
            (Fact::Claim { .. }, Some(device)) => self.count_devices(vec![device]),
            _ => {
                let members = self.count_log(number);
                self.count_members(members)
            }
        };
        step.changes.placed.push(sound.entry);
        self.call(risen, step);
        let next = spot.seq.saturating_add(1);
        step.queue.extend(self.pending.take_at(spot.id, next));
        Verdict::Placed
    }

    /// Ends a log at the place of `sound`, where `rival` stands already.
    fn split(
        &mut self,
        rival: EntryId,
        held: Option<SoundEntry>,
        sound: SoundEntry,
        step: &mut Step,
    ) -> Verdict {
        let (id, point) = (sound.entry.log(), sound.entry.entry().seq);
        let fork = Fork::new(point, rival, sound.entry.id());
        let number = self.open(id);
        let is_first = matches!(sound.fact, Fact::Claim { .. });
        let fresh: Vec<_> = held.into_iter().chain([sound]).collect();
        let Some(log) = self.logs.get_mut(index(number)) else {
            return Verdict::AfterFork { point };
        };
        let device = log.device;
        let old = log.fork().copied();
        let (cut, unvouched) = log.end_at(fork);
        for (seq, id) in (point..).zip(&cut) {
            self.places.remove(&(start_of(id), number, seq));
        }
        let above = self.pending.take_from(id, point);
        let dropped = cut
            .into_iter()
            .chain(old.into_iter().flat_map(|it| it.proof))
            .chain(above.iter().map(VerifiedEntry::id));
        let dropped = dropped.filter(|id| !fork.proof.contains(id));
        step.changes.dropped.extend(dropped);

        let lapses = is_first && self.ends_import(device);
        if is_first {
            self.people.unclaim(device, rival);
            for half in &fresh {
                self.note_claim(device, half.entry.id(), &half.fact);
            }
        }
        step.changes.forks.push(ForkFound {
            log: id,
            fork,
            fresh: fresh.into_iter().map(|it| it.entry).collect(),
        });
        let may_fall = |member: &u32| self.people.standing(*member) < Some(Standing::Imported);
        if lapses || unvouched.iter().any(may_fall) {
            self.recount();
        }
        if is_first {
            let risen = self.count_devices(vec![device]);
            self.call(risen, step);
        }
        Verdict::ForkFound { point }
    }

    /// Takes the proof of import from the member whose one certificate is void now. True if that
    /// may matter to more than this device.
    fn ends_import(&mut self, device: u32) -> bool {
        let Some(owner) = self.people.owner(device) else {
            return false;
        };
        if !self.people.proves_import(device) || !self.people.set_imported(owner, false) {
            return false;
        }
        let owner = self.people.member_at(owner);
        owner.is_some_and(|it| it.devices.len() > 1 || it.has_heirs() || it.standing().is_some())
    }

    /// Puts an entry into the waiting room.
    fn hold(&mut self, sound: SoundEntry, spot: &Spot, step: &mut Step) -> Verdict {
        let id = sound.entry.id();
        let reason = self.reason_at(spot, &sound);
        let is_stranger = !self.is_backed(spot, &sound.fact);
        if !step.waited {
            step.changes.pending.push(sound.entry.clone());
        }
        let dropped = self.pending.hold(sound, is_stranger);
        let stays = !dropped.contains(&id);
        if !stays {
            step.changes.pending.retain(|it| it.id() != id);
        }
        step.changes.dropped.extend(dropped);
        if stays {
            reason.into()
        } else {
            Verdict::NoRoom
        }
    }

    /// Queues what waited for those whose standing rose.
    fn call(&mut self, risen: Risen, step: &mut Step) {
        let devices = risen.devices.into_iter();
        let mut authors: Vec<_> = devices
            .filter_map(|it| Some(self.people.device_at(it)?.key))
            .collect();
        for member in risen.members {
            if let Some(member) = self.people.member_at(member) {
                authors.extend(self.pending.claimants(member.key));
            }
        }
        for author in authors {
            step.queue.extend(self.pending.take_author(author));
        }
    }

    fn spot(&self, id: LogId, seq: u32) -> Spot {
        let log = self.by_log.get(&id).copied();
        let device = match log.and_then(|it| self.log_at(it)) {
            Some(log) => Some(log.device),
            None => self.people.find_device(&id.author),
        };
        Spot {
            id,
            seq,
            log,
            device,
        }
    }

    /// How the entry `id` is held, if it is.
    fn known(&self, spot: &Spot, id: &EntryId) -> Option<Known> {
        if let Some(log) = spot.log.and_then(|it| self.log_at(it)) {
            if spot.seq < log.base() {
                return Some(Known::Covered);
            }
            if log.at(spot.seq) == Some(*id) {
                let counts = spot.seq < log.placed();
                return Some(if counts {
                    Known::Placed
                } else {
                    Known::Suspended
                });
            }
            if log.fork().is_some_and(|it| it.proof.contains(id)) {
                return Some(Known::Proof);
            }
        }
        let waits = self.pending.contains(&(spot.id, spot.seq, *id));
        waits.then_some(Known::Pending)
    }

    /// Whether somebody known stands behind the author, or does so by the entry itself.
    fn is_backed(&self, spot: &Spot, fact: &Fact) -> bool {
        let speaks = match fact {
            Fact::Claim {
                member,
                is_imported,
            } => *is_imported || self.standing_of(member).is_some(),
            _ => false,
        };
        speaks || spot.device.is_some_and(|it| self.people.is_known(it))
    }

    /// Whether it was written by somebody who knew a checkpoint that is not known here. Until it is,
    /// the entry is no part of the set that decides: else a log could escape its quota by naming
    /// checkpoints that do not exist.
    fn is_ahead(&self, entry: &VerifiedEntry) -> bool {
        entry.entry().anchor.height > self.height
    }

    /// Why a pending entry has no place.
    pub(super) fn reason(&self, entry: VerifiedEntry) -> Reason {
        let spot = self.spot(entry.log(), entry.entry().seq);
        self.reason_at(&spot, &SoundEntry::checked(entry, &self.roots))
    }

    fn reason_at(&self, spot: &Spot, sound: &SoundEntry) -> Reason {
        if self.is_ahead(&sound.entry) {
            return Reason::Waits(Waits::Checkpoint {
                anchor: sound.entry.entry().anchor.height,
                known: self.height,
            });
        }
        if !self.is_backed(spot, &sound.fact) {
            return Reason::Waits(match sound.fact {
                Fact::Claim { member, .. } => Waits::Sponsor { member },
                _ => Waits::Author,
            });
        }
        // What has no obstacle is on its way to its place.
        self.obstacle(spot, sound)
            .unwrap_or(Reason::Waits(Waits::Predecessor { missing: spot.seq }))
    }

    /// What stands between an entry that somebody known stands behind and its place.
    fn obstacle(&self, spot: &Spot, sound: &SoundEntry) -> Option<Reason> {
        let link = Link::of(&sound.entry);
        let empty = Log::new(spot.id, 0);
        let log = spot.log.and_then(|it| self.log_at(it)).unwrap_or(&empty);
        let len = log.chain_len();
        if spot.seq != len {
            return Some(Waits::Predecessor { missing: len }.into());
        }
        if link.previous != log.chain_head() {
            let missing = len.saturating_sub(1);
            return Some(Waits::Predecessor { missing }.into());
        }
        if let Err(refusal) = log.next(link.anchor, link.len) {
            return Some(refusal.into());
        }
        let owner = spot.device.and_then(|it| self.people.owner(it));
        let owner = owner.and_then(|it| self.people.member_at(it));
        let (member, standing) = match (sound.fact, owner) {
            (
                Fact::Claim {
                    is_imported: true, ..
                },
                _,
            ) => return None,
            (Fact::Claim { member, .. }, _) => (member, self.standing_of(&member)),
            (_, Some(owner)) => (owner.key, owner.standing()),
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

    fn standing_of(&self, member: &MemberKey) -> Option<Standing> {
        self.people.standing(self.people.find_member(member)?)
    }

    /// Adds an entry to the chain of its log. It does not count yet.
    fn append(&mut self, number: u32, link: &Link, fact: &Fact) {
        let Some(log) = self.logs.get_mut(index(number)) else {
            return;
        };
        let (seq, device) = (log.chain_len(), log.device);
        log.append(link);
        self.places.insert((start_of(&link.id), number, seq));
        let (subject, old) = match fact {
            Fact::Vouch(subject) => (Some(subject), None),
            Fact::Change { old, new } => (Some(new), Some(old)),
            Fact::Other | Fact::Claim { .. } => (None, None),
        };
        if let Some(subject) = subject
            && self.roots.founders.iter().all(|(it, _)| it != subject)
        {
            let people = &mut self.people;
            log.vouch(seq, || {
                let old = old.map(|it| people.member(*it));
                (people.member(*subject), old)
            });
        }
        self.note_claim(device, link.id, fact);
    }

    fn note_claim(&mut self, device: u32, id: EntryId, fact: &Fact) {
        if let Fact::Claim {
            member,
            is_imported,
        } = *fact
        {
            let claim = Claim {
                id,
                member: self.people.member(member),
                is_imported,
            };
            self.people.claim(device, claim);
        }
    }

    /// The number of a log, a new one if need be.
    pub(super) fn open(&mut self, id: LogId) -> u32 {
        *self.by_log.entry(id).or_insert_with(|| {
            let device = self.people.device(id.author);
            let number = push_tight(&mut self.logs, Log::new(id, device));
            self.people.open(device, number);
            number
        })
    }
}
