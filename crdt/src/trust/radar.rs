//! Who of those who are together should meet whom: whose membership leans on too few certifications,
//! and which certifications between them end soon.
//!
//! Nothing here decides: it asks the rules who lacks what, and who may give it.

use super::{
    Membership, PersonId, State, index,
    person::{Person, Received},
};
use crate::{codec::to_u64, params::Param, time::Seconds};

/// What ends within this time is worth a word while people are together.
pub const HORIZON_SECONDS: u64 = 90 * 86_400;

/// Most sponsors that are named for one person.
pub const MAX_SPONSORS: usize = 8;

/// Somebody here whom others here should vouch for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Need {
    /// Who.
    pub person: PersonId,
    /// Certifications that they lack at the end of the horizon; none if some only end.
    pub lacks: u64,
    /// When it is too late: a candidate's time is over, a member has too few, or the first
    /// certification between two who are here ends.
    pub before: Seconds,
    /// Who could vouch, those who may at once first; at most [`MAX_SPONSORS`].
    pub sponsors: Vec<Sponsor>,
}

/// Somebody here who could vouch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sponsor {
    /// Who.
    pub person: PersonId,
    /// When what they gave before ends; none if they did not vouch for that person.
    pub ends: Option<Seconds>,
    /// From when on their word acts: now, unless they vouched for somebody lately.
    pub acts: Seconds,
}

impl Membership {
    /// Who of `here` should meet whom, the most urgent first.
    pub fn radar(&self, here: &[PersonId]) -> Vec<Need> {
        let given = self.given(self.newest().time);
        let needs = here
            .iter()
            .filter_map(|person| self.need(*person, here, &given));
        let mut needs: Vec<_> = needs.collect();
        needs.sort_by_key(|it| (it.before, it.person));
        needs.dedup_by_key(|it| it.person);
        needs
    }

    fn need(&self, id: PersonId, here: &[PersonId], given: &[u32]) -> Option<Need> {
        let person = self.person(id)?;
        let now = self.newest().time;
        let horizon = now.after(HORIZON_SECONDS);
        let late = self.too_late(id, person)?;
        let lasting = to_u64(person.live(now).filter(|it| it.end > horizon).count());
        let lacks = self.params().get(Param::SigQty).saturating_sub(lasting);
        // A candidate whose certifications are enough may still be too far away.
        let asks = person.state == State::Candidate || lacks > 0;
        let sponsors = here.iter().filter(|it| **it != id);
        let sponsors = sponsors.filter_map(|it| self.sponsor(*it, person, given));
        let mut sponsors: Vec<_> = sponsors
            .filter(|(_, it)| asks || it.ends.is_some_and(|end| end <= horizon))
            .collect();
        sponsors.sort_by_key(|(given, it)| (it.acts, *given, it.person));
        sponsors.dedup_by_key(|(_, it)| it.person);
        let first_end = sponsors.iter().filter_map(|(_, it)| it.ends).min();
        sponsors.truncate(MAX_SPONSORS);
        let before = if asks { late } else { first_end? };
        (!sponsors.is_empty()).then(|| Need {
            person: id,
            lacks,
            before,
            sponsors: sponsors.into_iter().map(|(_, it)| it).collect(),
        })
    }

    /// When more certifications come too late; none for those whom nobody can help.
    fn too_late(&self, id: PersonId, person: &Person) -> Option<Seconds> {
        let now = self.newest().time;
        match person.state {
            // Who is near enough only waits for objections.
            State::Candidate
                if self.admission_time(person).is_some()
                    && self.sponsors_lack(&self.graph(now), id, now).is_none() =>
            {
                None
            }
            State::Candidate => Some(person.until.after(self.params().get(Param::IdentityWindow))),
            State::Member => Some(
                person
                    .certified_until(self.needed())
                    .map_or(now, |it| it.max(now)),
            ),
            State::Lapsed => Some(
                person
                    .since
                    .after(self.params().get(Param::MembershipValidity)),
            ),
            State::Gone | State::Revoked => None,
        }
    }

    /// What the word of `id` for `subject` would be, if the rules let them give it; with how many
    /// they gave.
    fn sponsor(&self, id: PersonId, subject: &Person, given: &[u32]) -> Option<(u64, Sponsor)> {
        let person = self.person(id)?;
        let now = self.newest().time;
        let params = self.params();
        let is_queued = person.queue.iter().any(|it| it.subject == subject.key);
        if person.state != State::Member || is_queued {
            return None;
        }
        let before: Option<&Received> = subject.live(now).find(|it| it.issuer == id);
        let window = params.get(Param::CertificationWindow);
        if before.is_some_and(|it| {
            now.since(it.emission) < window || it.end > now.after(HORIZON_SECONDS)
        }) {
            return None;
        }
        let waiting = to_u64(person.queue.len());
        let count = u64::from(given.get(index(id)).copied().unwrap_or(0)).saturating_add(waiting);
        // What lives on by a new word takes nothing from the stock.
        if before.is_none() && count >= params.get(Param::SigStock) {
            return None;
        }
        let period = params.get(Param::SigPeriod);
        let next = person.last_issue.map_or(now, |it| it.after(period));
        let acts = next.max(now).after(period.saturating_mul(waiting));
        let sponsor = Sponsor {
            person: id,
            ends: before.map(|it| it.end),
            acts,
        };
        Some((count, sponsor))
    }
}
