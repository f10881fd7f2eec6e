//! Who asks to join, and whose devices are whose.

use super::{Included, Step};
use crate::{
    keys::MemberKey,
    params::Param,
    payload::{Join, MemberFact},
    trust::{
        Refusal,
        person::{Person, PersonId, State},
    },
};

impl Step<'_> {
    /// Joins, then further devices.
    pub(super) fn join(&mut self) {
        let mut joins = self.pick(|fact| match fact {
            MemberFact::Join(it) => Some(it.clone()),
            _ => None,
        });
        // A device speaks for whom its first entry names. People are numbered in the order of their
        // keys within one record.
        joins.sort_by_key(|(entry, fact)| (entry.seq != 0, fact.member));
        for (entry, fact) in joins {
            let done = self.take_join(&entry, fact);
            self.tell(&entry, done);
        }
        let devices = self.pick(|fact| match fact {
            MemberFact::Device(it) => Some(it.member),
            _ => None,
        });
        for (entry, member) in devices {
            let done = self.take_device(&entry, member);
            self.tell(&entry, done);
        }
    }

    /// Whether the history checked `entry` before it gave it a place: the first of a log, but of
    /// founders' first devices, which may begin with anything.
    fn is_checked(&self, entry: &Included) -> bool {
        entry.seq == 0 && !self.state.devices.contains_key(&entry.author)
    }

    /// Whether the author's device may be that of `person`, or of somebody new.
    fn may_own(&self, entry: &Included, person: Option<PersonId>) -> Result<(), Refusal> {
        match self.state.devices.get(&entry.author) {
            Some(device) if Some(device.owner) != person => Err(Refusal::KeyInUse),
            Some(device) if device.cut.is_some_and(|cut| entry.seq >= cut.member) => {
                Err(Refusal::DeviceRevoked)
            }
            _ => Ok(()),
        }
    }

    fn take_join(&mut self, entry: &Included, fact: Join) -> Result<(), Refusal> {
        if !self.is_checked(entry) {
            self.verify(entry)?;
        }
        if fact.charter != self.state.charter {
            return Err(Refusal::OtherCharter);
        }
        if self.state.dead_keys.contains(&fact.member) {
            return Err(Refusal::AlreadyRevoked);
        }
        let known = self.state.find(&fact.member);
        self.may_own(entry, known)?;
        let Some(known) = known else {
            self.add(entry, &fact);
            return Ok(());
        };
        let (now, seen) = (self.now, self.state.time_of(entry.anchor));
        let person = self.state.person_mut(known).ok_or(Refusal::DoesNotExist)?;
        if person.key != fact.member {
            return Err(Refusal::OldKey);
        }
        match person.state {
            State::Revoked => return Err(Refusal::AlreadyRevoked),
            // A join from before they left, that comes from another island, brings nobody back.
            State::Gone if seen < person.since => return Err(Refusal::TooOld),
            State::Gone => {
                person.until = now;
                self.set_state(known, State::Candidate, now);
            }
            // Joined on two islands: the earlier join stands, and this one brings a device.
            State::Candidate | State::Member | State::Lapsed => {}
        }
        self.state.own_device(entry.author, known);
        Ok(())
    }

    fn add(&mut self, entry: &Included, fact: &Join) {
        let imported = fact.imported.as_ref().filter(|_| self.is_checked(entry));
        let founded = self.state.founded;
        let (state, since) = match imported.map(|it| it.was_member) {
            Some(true) => (State::Member, founded),
            Some(false) => (State::Lapsed, founded),
            None => (State::Candidate, self.now),
        };
        let mut person = Person::new(fact.member, fact.name.clone(), state, since);
        person.is_imported = imported.is_some();
        if state == State::Member {
            person.until = founded.after(self.state.get(Param::MembershipValidity));
        }
        let own = self.state.add_person(person);
        self.state.own_device(entry.author, own);
        for device in self.state.strays.remove(&fact.member).unwrap_or_default() {
            self.state.own_device(device, own);
        }
        self.outcome.changed.push(own);
    }

    fn take_device(&mut self, entry: &Included, member: MemberKey) -> Result<(), Refusal> {
        if !self.is_checked(entry) {
            self.verify(entry)?;
        }
        let owner = self.state.find(&member);
        self.may_own(entry, owner)?;
        let Some(owner) = owner else {
            // Of a key that sponsors have not confirmed yet, or of somebody whose join comes later.
            let devices = self.state.strays.entry(member).or_default();
            devices.insert(entry.author);
            return Ok(());
        };
        let person = self.state.person(owner).ok_or(Refusal::DoesNotExist)?;
        if person.key != member {
            return Err(Refusal::OldKey);
        }
        self.state.own_device(entry.author, owner);
        Ok(())
    }
}
