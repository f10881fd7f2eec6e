//! What ends: keys, devices, certifications, memberships.

use super::{Cut, Included, Step};
use crate::{
    entry::Stream,
    keys::MemberKey,
    payload::{DeviceRevocation, MemberFact},
    trust::{
        Refusal,
        person::{PersonId, State},
    },
};

impl Step<'_> {
    /// Keys revoked. Such a word is made ahead and passed on by whoever has it, so its author does
    /// not matter, nor whether the network knew the key before.
    pub(super) fn revoke_keys(&mut self) {
        let revocations = self.pick(|fact| match fact {
            MemberFact::Revocation(it) => Some(it.member),
            _ => None,
        });
        for (entry, key) in revocations {
            let done = self.verify(&entry).and_then(|()| self.revoke(key));
            self.tell(&entry, done);
        }
    }

    fn revoke(&mut self, key: MemberKey) -> Result<(), Refusal> {
        let Some(person) = self.state.find(&key) else {
            let is_new = self.state.dead_keys.insert(key);
            return if is_new {
                Ok(())
            } else {
                Err(Refusal::AlreadyRevoked)
            };
        };
        if self.state.person(person).map(|it| it.state) == Some(State::Revoked) {
            return Err(Refusal::AlreadyRevoked);
        }
        self.dismiss(person, State::Revoked, self.now, Refusal::AlreadyRevoked);
        Ok(())
    }

    /// Devices revoked, certifications withdrawn, members who leave.
    pub(super) fn end(&mut self) {
        let devices = self.pick(|fact| match fact {
            MemberFact::DeviceRevocation(it) => Some(it.clone()),
            _ => None,
        });
        for (entry, fact) in devices {
            let done = self.verify(&entry);
            if done.is_ok() {
                self.revoke_device(&fact);
            }
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
            let done = self.leave(&entry);
            self.tell(&entry, done);
        }
    }

    /// The key may be one that is about to become somebody's, and the device one whose certificate
    /// comes later: the word stands until then, and takes nothing from anybody else.
    fn revoke_device(&mut self, fact: &DeviceRevocation) {
        let after_last = |stream| {
            let last = fact.heads.iter().find(|it| it.stream == stream);
            last.map_or(0, |it| it.seq.saturating_add(1))
        };
        let cut = Cut {
            member: after_last(Stream::MEMBER),
            account: after_last(Stream::ACCOUNT),
        };
        let kept = self.state.cuts.entry((fact.device, fact.member));
        let kept = kept.or_insert(cut);
        *kept = cut.and(*kept);
        if let Some(owner) = self.state.find(&fact.member) {
            self.state.cut_device(&fact.device, owner, cut);
        }
    }

    fn leave(&mut self, entry: &Included) -> Result<(), Refusal> {
        let person = self.author(entry)?;
        if self.state.person(person).map(|it| it.state) == Some(State::Gone) {
            return Err(Refusal::Gone);
        }
        self.dismiss(person, State::Gone, self.now, Refusal::Gone);
        Ok(())
    }

    fn withdraw(&mut self, entry: &Included, key: &MemberKey) -> Result<(), Refusal> {
        let issuer = self.author(entry)?;
        self.withdrawn.insert((issuer, *key));
        let now = self.now;
        let queued = self.drop_queued(issuer, key);
        let subject = self.state.find(key);
        let person = subject.and_then(|it| self.state.person_mut(it));
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

    /// Takes what `issuer` signed ahead for the owner of `key` out of the queue. True if there was
    /// any.
    fn drop_queued(&mut self, issuer: PersonId, key: &MemberKey) -> bool {
        let queue = self.state.person(issuer).map(|it| &it.queue);
        let dropped: Vec<_> = queue
            .into_iter()
            .flatten()
            .filter(|it| self.state.is_same(&it.subject, key))
            .map(|it| it.id)
            .collect();
        for id in &dropped {
            self.refuse(*id, Refusal::Withdrawn);
        }
        if let Some(it) = self.state.person_mut(issuer) {
            it.queue.retain(|it| !dropped.contains(&it.id));
        }
        !dropped.is_empty()
    }
}
