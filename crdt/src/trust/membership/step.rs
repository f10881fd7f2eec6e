//! One record on its way into the state: its entries in order, and who wrote them.

use std::collections::BTreeSet;

use super::{Closed, Included, Membership, Outcome};
use crate::{
    hash::EntryId,
    keys::MemberKey,
    params::Param,
    payload::MemberFact,
    time::Seconds,
    trust::{
        Refusal, index,
        person::{PersonId, State},
    },
};

/// A record on its way into the state.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub(super) state: &'a mut Membership,
    pub(super) now: Seconds,
    /// Sorted by author and place.
    pub(super) entries: Vec<Included>,
    pub(super) outcome: Outcome,
    /// Whose certifications, of which keys, were withdrawn in this record.
    pub(super) withdrawn: BTreeSet<(PersonId, MemberKey)>,
}

impl<'a> Step<'a> {
    pub(super) fn begin(
        state: &'a mut Membership,
        closed: Closed,
        mut entries: Vec<Included>,
    ) -> Self {
        entries.sort_unstable_by_key(|it| (it.author, it.seq, it.id));
        entries.dedup_by_key(|it| (it.author, it.seq));
        // What a record covered before is no news.
        entries.retain(|it| {
            let next = state.frontier.get(&it.author);
            next.is_none_or(|next| it.seq >= *next)
        });
        for it in &entries {
            let next = it.seq.saturating_add(1);
            state.frontier.insert(it.author, next);
        }
        state.closed = closed;
        let times = index(closed.height.0).saturating_add(1);
        state.times.resize(times, closed.time);
        Self::outside_records(state, entries)
    }

    /// A step that closes no record.
    pub(super) fn outside_records(state: &'a mut Membership, entries: Vec<Included>) -> Self {
        Self {
            now: state.closed.time,
            state,
            entries,
            outcome: Outcome::default(),
            withdrawn: BTreeSet::new(),
        }
    }

    pub(super) fn refuse(&mut self, id: EntryId, refusal: Refusal) {
        self.outcome.refused.push((id, refusal));
    }

    /// Takes the entries whose fact `wanted` picks out of the rest.
    pub(super) fn pick<T>(
        &mut self,
        wanted: impl Fn(&MemberFact) -> Option<T>,
    ) -> Vec<(Included, T)> {
        let mut picked = Vec::new();
        self.entries.retain(|entry| match wanted(&entry.fact) {
            Some(fact) => {
                picked.push((entry.clone(), fact));
                false
            }
            None => true,
        });
        picked
    }

    /// The author of `entry`, if what their device writes there has effect.
    pub(super) fn author(&self, entry: &Included) -> Result<PersonId, Refusal> {
        let device = self.state.devices.get(&entry.author);
        let device = device.ok_or(Refusal::UnknownDevice)?;
        if device.cut.is_some_and(|cut| entry.seq >= cut.member) {
            return Err(Refusal::DeviceRevoked);
        }
        match self.state.person(device.owner).map(|it| it.state) {
            Some(State::Revoked) => Err(Refusal::AlreadyRevoked),
            Some(_) => Ok(device.owner),
            None => Err(Refusal::UnknownDevice),
        }
    }

    /// The author, who has to be a member.
    pub(super) fn member(&self, entry: &Included) -> Result<PersonId, Refusal> {
        let author = self.author(entry)?;
        let state = self.state.person(author).map(|it| it.state);
        if state == Some(State::Member) {
            Ok(author)
        } else {
            Err(Refusal::NotMember)
        }
    }

    /// Whether `entry` waited for longer than the parameter `window` allows.
    pub(super) fn is_old(&self, entry: &Included, window: Param) -> bool {
        self.now.since(self.state.time_of(entry.anchor)) > self.state.get(window)
    }

    pub(super) fn set_state(&mut self, person: PersonId, state: State, since: Seconds) {
        if let Some(it) = self.state.person_mut(person) {
            it.become_(state, since);
            self.outcome.changed.push(person);
        }
    }

    /// Tells of an entry that had no effect.
    pub(super) fn tell(&mut self, entry: &Included, done: Result<(), Refusal>) {
        if let Err(refusal) = done {
            self.refuse(entry.id, refusal);
        }
    }

    /// Checks the signatures inside `entry`.
    pub(super) fn verify(&self, entry: &Included) -> Result<(), Refusal> {
        entry
            .fact
            .verify(&self.state.network, &entry.author)
            .map_err(|_| Refusal::FalseSignature)
    }

    /// Ends a person's time here, and what awaited them, for `why`.
    pub(super) fn dismiss(&mut self, person: PersonId, state: State, since: Seconds, why: Refusal) {
        self.set_state(person, state, since);
        self.state.queues.remove(&person);
        self.state.recoveries.retain(|(it, _), _| *it != person);
        let Some(it) = self.state.person_mut(person) else {
            return;
        };
        it.objections.clear();
        let asked = it.ask.take().and_then(|it| it.renewal);
        let queued = std::mem::take(&mut it.queue);
        for id in queued.into_iter().map(|it| it.id).chain(asked) {
            self.refuse(id, why);
        }
    }
}
