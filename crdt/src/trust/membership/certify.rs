//! Certifications: signed ahead, taken one a period, and what else people say of each other.

use crate::{
    hash::EntryId,
    keys::MemberKey,
    params::Param,
    payload::{Certification, MeetingId, MemberFact, Statements},
    time::{Height, Seconds},
};

use super::{Included, Step};
use crate::trust::{
    Refusal, index,
    person::{Ask, Person, PersonId, Queued, Received, State},
};

/// A member moves once in this time.
pub const MOVE_SECONDS: u64 = 90 * 86_400;

impl Step<'_> {
    /// Certifications: into the queue of their issuer, and out of it as periods pass.
    pub(super) fn certify(&mut self) {
        let certifications = self.pick(|fact| match fact {
            MemberFact::Certification(it) => Some(it.clone()),
            _ => None,
        });
        for (entry, fact) in certifications {
            if let Err(refusal) = self.enqueue(&entry, &fact) {
                self.refuse(entry.id, refusal);
            }
        }
        if self.state.queues.is_empty() {
            return;
        }
        let mut given = self.state.given(self.now);
        for issuer in std::mem::take(&mut self.state.queues) {
            self.take_queue(issuer, &mut given);
            if self
                .state
                .person(issuer)
                .is_some_and(|it| !it.queue.is_empty())
            {
                self.state.queues.insert(issuer);
            }
        }
    }

    fn enqueue(&mut self, entry: &Included, fact: &Certification) -> Result<(), Refusal> {
        let author = self.author(entry)?;
        let issuer = self.state.person(author).ok_or(Refusal::UnknownDevice)?;
        let certification = Queued {
            id: entry.id,
            subject: fact.subject,
            meeting: fact.meeting,
            included: self.now,
        };
        if issuer.is_imported && entry.anchor == Height(0) {
            let subject = self
                .state
                .find(&fact.subject)
                .ok_or(Refusal::DoesNotExist)?;
            self.give_at_founding(author, subject, entry.id, fact.meeting);
            return Ok(());
        }
        if issuer.state != State::Member {
            return Err(Refusal::NotMember);
        }
        if fact.statements != Statements::ALL {
            return Err(Refusal::NotAffirmed);
        }
        if self.is_old(entry, Param::CertificationWindow) {
            return Err(Refusal::TooOld);
        }
        if let Some(issuer) = self.state.person_mut(author) {
            issuer.queue.push_back(certification);
            self.state.queues.insert(author);
        }
        Ok(())
    }

    /// Takes as many certifications of `issuer` as whole periods have passed since the last.
    fn take_queue(&mut self, issuer: PersonId, given: &mut [u32]) {
        let window = self.state.get(Param::CertificationWindow);
        let Some(person) = self.state.person(issuer) else {
            return;
        };
        let mut allowed = self.allowance(person);
        let mut waiting = person.queue.clone();
        let mut left = std::collections::VecDeque::new();
        while let Some(certification) = waiting.pop_front() {
            if self.now.since(certification.included) > window {
                self.refuse(certification.id, Refusal::TooOld);
                continue;
            }
            if allowed == 0 {
                left.push_back(certification);
                continue;
            }
            match self.judge_certification(issuer, &certification, given) {
                Ok(subject) => {
                    let Queued { id, meeting, .. } = certification;
                    self.give(issuer, subject, id, meeting, self.now);
                    allowed = allowed.saturating_sub(1);
                    if let Some(count) = given.get_mut(index(issuer)) {
                        *count = count.saturating_add(1);
                    }
                    if let Some(it) = self.state.person_mut(issuer) {
                        it.last_issue = Some(self.now);
                    }
                }
                Err(refusal) => self.refuse(certification.id, refusal),
            }
        }
        if let Some(it) = self.state.person_mut(issuer) {
            it.queue = left;
        }
    }

    /// How many certifications `person` may give now.
    fn allowance(&self, person: &Person) -> u64 {
        if person.state != State::Member {
            return 0;
        }
        let period = self.state.get(Param::SigPeriod).max(1);
        let passed = |since: Seconds| self.now.since(since).checked_div(period).unwrap_or(0);
        match person.last_issue {
            Some(last) => passed(last),
            // The first is free, and periods count from the day one became a member.
            None => passed(person.since).saturating_add(1),
        }
    }

    fn judge_certification(
        &self,
        issuer: PersonId,
        certification: &Queued,
        given: &[u32],
    ) -> Result<PersonId, Refusal> {
        let subject = self.state.find(&certification.subject);
        let subject = subject.ok_or(Refusal::DoesNotExist)?;
        let person = self.state.person(subject).ok_or(Refusal::DoesNotExist)?;
        if subject == issuer {
            return Err(Refusal::CertifySelf);
        }
        if self.withdrawn.contains(&(issuer, subject)) {
            return Err(Refusal::Withdrawn);
        }
        match person.state {
            State::Revoked => return Err(Refusal::AlreadyRevoked),
            State::Gone => return Err(Refusal::Gone),
            State::Candidate | State::Member | State::Lapsed => {}
        }
        let mut live = person.live(self.now).filter(|it| it.issuer == issuer);
        if let Some(before) = live.next() {
            // Given again after the window, it lives on from then.
            let age = self.now.since(before.emission);
            if age < self.state.get(Param::CertificationWindow) {
                return Err(Refusal::AlreadyExists);
            }
            return Ok(subject);
        }
        let count = given.get(index(issuer)).copied().unwrap_or(0);
        if u64::from(count) >= self.state.get(Param::SigStock) {
            return Err(Refusal::TooManyIssued);
        }
        Ok(subject)
    }

    /// What imported people stated counts as made at the genesis.
    pub(super) fn give_at_founding(
        &mut self,
        issuer: PersonId,
        subject: PersonId,
        id: EntryId,
        meeting: MeetingId,
    ) {
        self.give(issuer, subject, id, meeting, self.state.founded);
    }

    fn give(
        &mut self,
        issuer: PersonId,
        subject: PersonId,
        id: EntryId,
        meeting: MeetingId,
        emission: Seconds,
    ) {
        let received = Received {
            issuer,
            emission,
            end: emission.after(self.state.get(Param::SigValidity)),
            meeting,
        };
        if let Some(person) = self.state.person_mut(subject) {
            // The newest word of an issuer on a person is the one that counts.
            person.received.retain(|it| it.issuer != issuer);
            person.received.push(received);
            self.outcome.taken.push(id);
        }
    }

    /// Objections, residences, renewals. Other facts change nothing here.
    pub(super) fn note(&mut self) {
        for entry in std::mem::take(&mut self.entries) {
            let done = match &entry.fact {
                MemberFact::Objection(it) => self.object(&entry, &it.subject),
                MemberFact::Residence(it) => self.reside(&entry, it.commune),
                MemberFact::Renewal(it) if it.charter != self.state.charter => {
                    Err(Refusal::OtherCharter)
                }
                MemberFact::Renewal(_) => self.renew(&entry),
                _ => Ok(()),
            };
            if let Err(refusal) = done {
                self.refuse(entry.id, refusal);
            }
        }
    }

    fn object(&mut self, entry: &Included, subject: &MemberKey) -> Result<(), Refusal> {
        let author = self.member(entry)?;
        let subject = self.state.find(subject).ok_or(Refusal::DoesNotExist)?;
        let person = self
            .state
            .person_mut(subject)
            .ok_or(Refusal::DoesNotExist)?;
        if person.state != State::Candidate {
            return Err(Refusal::MemberAlready);
        }
        person.objections.insert(author);
        Ok(())
    }

    fn reside(&mut self, entry: &Included, commune: [u8; 16]) -> Result<(), Refusal> {
        let author = self.member(entry)?;
        let now = self.now;
        let person = self.state.person_mut(author).ok_or(Refusal::DoesNotExist)?;
        if person
            .residence
            .is_some_and(|(_, since)| now.since(since) < MOVE_SECONDS)
        {
            return Err(Refusal::MovedRecently);
        }
        person.residence = Some((commune, now));
        Ok(())
    }

    fn renew(&mut self, entry: &Included) -> Result<(), Refusal> {
        let author = self.author(entry)?;
        if self.is_old(entry, Param::MembershipWindow) {
            return Err(Refusal::TooOld);
        }
        let ask = Ask {
            renewal: Some(entry.id),
            height: self.state.closed.height,
            time: self.now,
            not_before: self.now,
            verdict: None,
        };
        let person = self.state.person_mut(author).ok_or(Refusal::DoesNotExist)?;
        if !matches!(person.state, State::Member | State::Lapsed) {
            return Err(Refusal::NotMember);
        }
        person.ask = Some(ask);
        Ok(())
    }
}
