//! Keys changed: by their owner, or by the sponsors of who lost theirs.

use super::{Included, Step};
use crate::{
    keys::MemberKey,
    params::Param,
    payload::{MemberFact, Recovery},
    trust::{
        Refusal,
        person::{PersonId, State},
    },
};

impl Step<'_> {
    /// Keys changed by their owner, on whatever device that was written.
    pub(super) fn change_keys(&mut self) {
        let changes = self.pick(|fact| match fact {
            MemberFact::KeyChange(it) => Some((it.old, it.new)),
            _ => None,
        });
        for (entry, (old, new)) in changes {
            let person = self
                .verify(&entry)
                .and_then(|()| self.may_change(&old, &new));
            let done = person.map(|it| self.state.change_key(it, new, self.now));
            self.tell(&entry, done);
        }
    }

    /// Keys changed by sponsors.
    pub(super) fn recover_keys(&mut self) {
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

    /// Whose key `old` is, if it may become `new` now.
    fn may_change(&self, old: &MemberKey, new: &MemberKey) -> Result<PersonId, Refusal> {
        let id = self.state.find(old).ok_or(Refusal::DoesNotExist)?;
        let person = self.state.person(id).ok_or(Refusal::DoesNotExist)?;
        let period = self.state.get(Param::KeyChangePeriod);
        let changed = person.key_changed;
        if person.state == State::Revoked || self.state.dead_keys.contains(new) {
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
        let sponsors: Vec<_> = subject.live(now).map(|it| it.issuer).collect();
        let window = self.state.get(Param::CertificationWindow);
        let given = self.state.recoveries.entry((person, fact.new)).or_default();
        given.retain(|_, time| now.since(*time) <= window);
        given.insert(sponsor, now);
        // Who confirmed counts as long as they stand by the person, as members.
        let given: Vec<_> = given.keys().copied().collect();
        let counts = |it: &PersonId| {
            sponsors.contains(it)
                && self.state.person(*it).map(|it| it.state) == Some(State::Member)
        };
        if given.iter().filter(|it| counts(it)).count() >= self.state.needed() {
            // Whoever holds the lost key's devices speaks for nobody any more.
            self.state.end_devices(person);
            self.state.change_key(person, fact.new, now);
        }
        Ok(())
    }
}
