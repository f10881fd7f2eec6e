//! Certifications: signed ahead, taken one a period, and what else people say of each other.

use std::collections::VecDeque;

use crate::{
    codec::to_u64,
    keys::MemberKey,
    params::Param,
    payload::{Certification, MemberFact, Statements},
    time::{Height, Seconds},
};

use super::{Included, Membership, Step};
use crate::trust::{
    Refusal, index,
    person::{Ask, Person, PersonId, Queued, Received, State},
};

/// A member moves once in this time.
pub const MOVE_SECONDS: u64 = 90 * 86_400;

impl Membership {
    /// What `person` signed ahead, each with the earliest time at which it can be taken; none for
    /// somebody whose join has not come.
    pub fn queue<'a>(
        &'a self,
        person: &'a Person,
    ) -> impl Iterator<Item = (&'a Queued, Option<Seconds>)> {
        let period = self.get(Param::SigPeriod);
        let mut next = person.last_issue.unwrap_or(person.since);
        person.queue.iter().map(move |it| {
            let is_known = self.find(&it.subject).is_some();
            if is_known {
                next = next.after(period);
            }
            (it, is_known.then_some(next))
        })
    }
}

impl Step<'_> {
    /// Certifications: into the queue of their issuer, and out of it as periods pass.
    pub(super) fn certify(&mut self) {
        let certifications = self.pick(|fact| match fact {
            MemberFact::Certification(it) => Some(it.clone()),
            _ => None,
        });
        if certifications.is_empty() && self.state.queues.is_empty() {
            return;
        }
        let mut given = self.state.given(self.now);
        for (entry, fact) in certifications {
            let done = self.take_certification(&entry, &fact, &mut given);
            self.tell(&entry, done);
        }
        for issuer in std::mem::take(&mut self.state.queues) {
            self.take_queue(issuer, &mut given);
            let person = self.state.person(issuer);
            if person.is_some_and(|it| !it.queue.is_empty()) {
                self.state.queues.insert(issuer);
            }
        }
    }

    fn take_certification(
        &mut self,
        entry: &Included,
        fact: &Certification,
        given: &mut [u32],
    ) -> Result<(), Refusal> {
        let author = self.author(entry)?;
        let issuer = self.state.person(author).ok_or(Refusal::UnknownDevice)?;
        let certification = Queued {
            id: entry.id,
            subject: fact.subject,
            meeting: fact.meeting,
            included: self.now,
        };
        let subject = self.state.find(&fact.subject);
        if subject == Some(author) {
            return Err(Refusal::CertifySelf);
        }
        if self.is_withdrawn(author, &fact.subject) {
            return Err(Refusal::Withdrawn);
        }
        if self.is_of_import(entry, author, subject) {
            // The genesis took it: neither period nor stock is asked.
            let (subject, _) = self.judge_certification(author, &certification)?;
            self.give(author, subject, &certification, self.state.founded, given);
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
        // Nobody signs more ahead than they may have given.
        let stock = self.state.get(Param::SigStock);
        if to_u64(issuer.queue.len()) >= stock {
            return Err(Refusal::TooManyIssued);
        }
        if let Some(issuer) = self.state.person_mut(author) {
            issuer.queue.push_back(certification);
            self.state.queues.insert(author);
        }
        Ok(())
    }

    /// Whether it counts as made at the genesis: among those in its list, whom nobody can add to.
    pub(super) fn is_of_import(
        &self,
        entry: &Included,
        issuer: PersonId,
        subject: Option<PersonId>,
    ) -> bool {
        let is_imported = |it| self.state.person(it).is_some_and(|it| it.is_imported);
        entry.anchor == Height(0) && is_imported(issuer) && subject.is_some_and(is_imported)
    }

    fn is_withdrawn(&self, issuer: PersonId, subject: &MemberKey) -> bool {
        self.withdrawn
            .iter()
            .any(|(by, key)| *by == issuer && self.state.is_same(key, subject))
    }

    /// Takes as many certifications of `issuer` as whole periods have passed since the last.
    fn take_queue(&mut self, issuer: PersonId, given: &mut [u32]) {
        let window = self.state.get(Param::CertificationWindow);
        let Some(person) = self.state.person_mut(issuer) else {
            return;
        };
        let waiting = std::mem::take(&mut person.queue);
        let mut allowed = self.state.person(issuer).map_or(0, |it| self.allowance(it));
        let mut left = VecDeque::new();
        for certification in waiting {
            let is_known = self.state.find(&certification.subject).is_some();
            if self.now.since(certification.included) > window {
                let why = if is_known {
                    Refusal::TooOld
                } else {
                    Refusal::DoesNotExist
                };
                self.refuse(certification.id, why);
                continue;
            }
            // A record can cover a sponsor's word before the join that it is about.
            if allowed == 0 || !is_known {
                left.push_back(certification);
                continue;
            }
            let count = given.get(index(issuer)).copied().unwrap_or(0);
            match self.judge_certification(issuer, &certification) {
                Ok((_, false)) if u64::from(count) >= self.state.get(Param::SigStock) => {
                    self.refuse(certification.id, Refusal::TooManyIssued);
                }
                Ok((subject, _)) => {
                    self.give(issuer, subject, &certification, self.now, given);
                    allowed = allowed.saturating_sub(1);
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

    /// For whom it is, and whether one given before lives on by it.
    fn judge_certification(
        &self,
        issuer: PersonId,
        certification: &Queued,
    ) -> Result<(PersonId, bool), Refusal> {
        let subject = self.state.find(&certification.subject);
        let subject = subject.ok_or(Refusal::DoesNotExist)?;
        let person = self.state.person(subject).ok_or(Refusal::DoesNotExist)?;
        if subject == issuer {
            return Err(Refusal::CertifySelf);
        }
        match person.state {
            State::Revoked => return Err(Refusal::AlreadyRevoked),
            State::Gone => return Err(Refusal::Gone),
            State::Candidate | State::Member | State::Lapsed => {}
        }
        let mut live = person.live(self.now).filter(|it| it.issuer == issuer);
        let before = live.next();
        let age = before.map(|it| self.now.since(it.emission));
        if age.is_some_and(|age| age < self.state.get(Param::CertificationWindow)) {
            return Err(Refusal::AlreadyExists);
        }
        Ok((subject, before.is_some()))
    }

    pub(super) fn give(
        &mut self,
        issuer: PersonId,
        subject: PersonId,
        it: &Queued,
        emission: Seconds,
        given: &mut [u32],
    ) {
        let received = Received {
            issuer,
            emission,
            end: emission.after(self.state.get(Param::SigValidity)),
            meeting: it.meeting,
        };
        let now = self.now;
        if let Some(person) = self.state.person_mut(subject) {
            let is_new = !person.live(now).any(|it| it.issuer == issuer);
            // The newest word of an issuer on a person is the one that counts.
            person.received.retain(|it| it.issuer != issuer);
            person.received.push(received);
            self.outcome.taken.push(it.id);
            if let Some(count) = given.get_mut(index(issuer)).filter(|_| is_new) {
                *count = count.saturating_add(1);
            }
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
                // Rosters are for people to compare.
                MemberFact::Roster(_) => self.author(&entry).map(|_| ()),
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
        match person.state {
            State::Candidate => {
                person.objections.insert(author);
                Ok(())
            }
            State::Member | State::Lapsed => Err(Refusal::MemberAlready),
            State::Gone => Err(Refusal::Gone),
            State::Revoked => Err(Refusal::AlreadyRevoked),
        }
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
        let (now, height) = (self.now, self.state.closed.height);
        let person = self.state.person_mut(author).ok_or(Refusal::DoesNotExist)?;
        if !matches!(person.state, State::Member | State::Lapsed) {
            return Err(Refusal::NotMember);
        }
        // Asked before and not judged yet: the earlier word counts.
        if person.ask.is_none_or(|it| it.verdict.is_some()) {
            person.ask = Some(Ask {
                renewal: Some(entry.id),
                height,
                time: now,
                not_before: now.max(person.retry),
                verdict: None,
            });
        }
        Ok(())
    }
}
