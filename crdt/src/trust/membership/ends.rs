//! What ends: keys, devices, certifications, memberships; and who begins: joins, devices, new keys.

use crate::{
    entry::Stream,
    keys::MemberKey,
    params::Param,
    payload::{DeviceRevocation, Join, KeyChange, MemberFact, Recovery},
};

use super::{Included, Step};
use crate::trust::{
    Refusal,
    person::{Person, PersonId, State},
};

impl Step<'_> {
    /// Keys and devices revoked, certifications withdrawn, members who leave.
    pub(super) fn end_keys(&mut self) {
        let revocations = self.pick(|fact| match fact {
            MemberFact::Revocation(it) => Some(it.clone()),
            _ => None,
        });
        for (entry, fact) in revocations {
            // Made ahead, and passed on by whoever has it: the author does not matter.
            let done = fact
                .verify()
                .map_err(|_| Refusal::FalseSignature)
                .and_then(|()| self.revoke(&fact.member));
            self.tell(&entry, done);
        }
        let devices = self.pick(|fact| match fact {
            MemberFact::DeviceRevocation(it) => Some(it.clone()),
            _ => None,
        });
        for (entry, fact) in devices {
            let done = self.revoke_device(&entry, &fact);
            self.tell(&entry, done);
        }
        let withdrawals = self.pick(|fact| match fact {
            MemberFact::Withdrawal(it) => Some(it.subject),
            _ => None,
        });
        for (entry, subject) in withdrawals {
            let done = self.withdraw(&entry, &subject);
            self.tell(&entry, done);
        }
        let leaves = self.pick(|fact| matches!(fact, MemberFact::Leave).then_some(()));
        for (entry, ()) in leaves {
            let done = self.author(&entry).map(|person| {
                self.set_state(person, State::Gone, self.now);
                self.clear(person);
            });
            self.tell(&entry, done);
        }
    }

    fn tell(&mut self, entry: &Included, done: Result<(), Refusal>) {
        if let Err(refusal) = done {
            self.refuse(entry.id, refusal);
        }
    }

    fn revoke(&mut self, key: &MemberKey) -> Result<(), Refusal> {
        let person = self.state.find(key).ok_or(Refusal::DoesNotExist)?;
        if self.state.person(person).map(|it| it.state) == Some(State::Revoked) {
            return Err(Refusal::AlreadyRevoked);
        }
        self.set_state(person, State::Revoked, self.now);
        self.clear(person);
        Ok(())
    }

    /// Forgets what awaited `person`.
    fn clear(&mut self, person: PersonId) {
        self.state.queues.remove(&person);
        if let Some(it) = self.state.person_mut(person) {
            it.queue.clear();
            it.objections.clear();
            it.ask = None;
        }
    }

    fn revoke_device(&mut self, entry: &Included, fact: &DeviceRevocation) -> Result<(), Refusal> {
        self.verify(entry)?;
        let owner = self.state.find(&fact.member).ok_or(Refusal::DoesNotExist)?;
        let last = fact.heads.iter().find(|it| it.stream == Stream::MEMBER);
        let cut = last.map_or(0, |it| it.seq.saturating_add(1));
        self.state.own_device(fact.device, owner);
        self.cut_device(&fact.device, owner, cut);
        Ok(())
    }

    fn withdraw(&mut self, entry: &Included, subject: &MemberKey) -> Result<(), Refusal> {
        let issuer = self.author(entry)?;
        let subject = self.state.find(subject).ok_or(Refusal::DoesNotExist)?;
        self.withdrawn.insert((issuer, subject));
        let now = self.now;
        let queued = self.drop_queued(issuer, subject);
        let person = self.state.person_mut(subject);
        let live = person
            .and_then(|it| it.by(issuer))
            .filter(|it| it.is_live(now));
        match live {
            Some(certification) => certification.end = now,
            None if queued => {}
            None => return Err(Refusal::DoesNotExist),
        }
        Ok(())
    }

    /// Takes what `issuer` signed ahead for `subject` out of the queue. True if there was any.
    fn drop_queued(&mut self, issuer: PersonId, subject: PersonId) -> bool {
        let keys: Vec<_> = self
            .state
            .person(issuer)
            .map(|it| it.queue.iter().map(|it| (it.id, it.subject)).collect())
            .unwrap_or_default();
        let dropped: Vec<_> = keys
            .into_iter()
            .filter(|(_, key)| self.state.find(key) == Some(subject))
            .map(|(id, _)| id)
            .collect();
        for id in &dropped {
            self.refuse(*id, Refusal::Withdrawn);
        }
        if let Some(it) = self.state.person_mut(issuer) {
            it.queue.retain(|it| !dropped.contains(&it.id));
        }
        !dropped.is_empty()
    }

    /// Checks the signatures inside `entry`.
    fn verify(&self, entry: &Included) -> Result<(), Refusal> {
        entry
            .fact
            .verify(&self.state.network, &entry.author)
            .map_err(|_| Refusal::FalseSignature)
    }

    /// Who asks to join, and whose devices are whose.
    pub(super) fn join(&mut self) {
        let mut joins = self.pick(|fact| match fact {
            MemberFact::Join(it) => Some(it.clone()),
            _ => None,
        });
        // People are numbered in the order of their keys within one record.
        joins.sort_by_key(|(_, fact)| fact.member);
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

    fn take_join(&mut self, entry: &Included, fact: Join) -> Result<(), Refusal> {
        // First entries were checked before they had a place.
        if entry.seq != 0 {
            self.verify(entry)?;
        }
        if fact.charter != self.state.charter {
            return Err(Refusal::OtherCharter);
        }
        let Some(known) = self.state.find(&fact.member) else {
            self.add(entry, fact);
            return Ok(());
        };
        let now = self.now;
        let person = self.state.person_mut(known).ok_or(Refusal::DoesNotExist)?;
        if person.key != fact.member {
            return Err(Refusal::OldKey);
        }
        match person.state {
            State::Revoked => return Err(Refusal::AlreadyRevoked),
            State::Gone => {
                person.until = now;
                person.ask = None;
                self.set_state(known, State::Candidate, now);
            }
            // Joined on two islands: the earlier join stands, and this one brings a device.
            State::Candidate | State::Member | State::Lapsed => {}
        }
        self.state.own_device(entry.author, known);
        Ok(())
    }

    fn add(&mut self, entry: &Included, fact: Join) {
        let imported = fact.imported.as_ref().filter(|_| entry.seq == 0);
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
        self.adopt(fact.member, own);
        self.outcome.changed.push(own);
    }

    fn take_device(&mut self, entry: &Included, member: MemberKey) -> Result<(), Refusal> {
        if entry.seq != 0 {
            self.verify(entry)?;
        }
        let Some(owner) = self.state.find(&member) else {
            // Of a key that sponsors have not confirmed yet, or of somebody whose join comes later.
            self.state
                .strays
                .entry(member)
                .or_default()
                .insert(entry.author);
            return Ok(());
        };
        let person = self.state.person(owner).ok_or(Refusal::DoesNotExist)?;
        if person.key != member {
            return Err(Refusal::OldKey);
        }
        self.state.own_device(entry.author, owner);
        Ok(())
    }

    /// Gives `owner` the devices that wait for the key `key`.
    fn adopt(&mut self, key: MemberKey, owner: PersonId) {
        for device in self.state.strays.remove(&key).unwrap_or_default() {
            self.state.own_device(device, owner);
        }
    }

    /// Keys changed by their owner, or by sponsors of who lost theirs.
    pub(super) fn change_keys(&mut self) {
        let changes = self.pick(|fact| match fact {
            MemberFact::KeyChange(it) => Some(it.clone()),
            _ => None,
        });
        for (entry, fact) in changes {
            let done = self.verify(&entry).and_then(|()| self.change_key(&fact));
            self.tell(&entry, done);
        }
        let recoveries = self.pick(|fact| match fact {
            MemberFact::Recovery(it) => Some(it.clone()),
            _ => None,
        });
        for (entry, fact) in recoveries {
            let done = self
                .verify(&entry)
                .and_then(|()| self.recover(&entry, &fact));
            self.tell(&entry, done);
        }
    }

    fn change_key(&mut self, fact: &KeyChange) -> Result<(), Refusal> {
        let person = self.may_change(&fact.old, &fact.new)?;
        self.state.change_key(person, fact.new, self.now);
        self.adopt(fact.new, person);
        Ok(())
    }

    /// Whose key `old` is, if it may become `new` now.
    fn may_change(&self, old: &MemberKey, new: &MemberKey) -> Result<PersonId, Refusal> {
        let id = self.state.find(old).ok_or(Refusal::DoesNotExist)?;
        let person = self.state.person(id).ok_or(Refusal::DoesNotExist)?;
        let period = self.state.get(Param::KeyChangePeriod);
        let changed = person.key_changed;
        if person.state == State::Revoked {
            Err(Refusal::AlreadyRevoked)
        } else if person.key != *old {
            Err(Refusal::OldKey)
        } else if self.state.find(new).is_some() {
            Err(Refusal::KeyInUse)
        } else if changed.is_some_and(|it| self.now.since(it) < period) {
            Err(Refusal::KeyChangedRecently)
        } else {
            Ok(id)
        }
    }

    fn recover(&mut self, entry: &Included, fact: &Recovery) -> Result<(), Refusal> {
        let sponsor = self.member(entry)?;
        let person = self.may_change(&fact.old, &fact.new)?;
        let now = self.now;
        let subject = self.state.person(person).ok_or(Refusal::DoesNotExist)?;
        if !subject.live(now).any(|it| it.issuer == sponsor) {
            return Err(Refusal::DoesNotExist);
        }
        let window = self.state.get(Param::CertificationWindow);
        let needed = self.state.needed();
        let confirmed = self.state.recoveries.entry((person, fact.new)).or_default();
        confirmed.retain(|_, time| now.since(*time) <= window);
        confirmed.insert(sponsor, now);
        if confirmed.len() >= needed {
            self.state.recoveries.retain(|(it, _), _| *it != person);
            // Whoever holds the lost key's devices speaks for nobody any more.
            self.state.end_devices(person);
            self.state.change_key(person, fact.new, now);
            self.adopt(fact.new, person);
        }
        Ok(())
    }
}
