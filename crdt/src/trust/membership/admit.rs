//! Who becomes a member, who stays one, and whose time is over.

use super::{Membership, RETRY_SECONDS, Step};
use crate::{
    params::Param,
    time::Seconds,
    trust::{
        Graph, Node, NodeSet, Refusal, Walker, distance, number,
        person::{Ask, Person, PersonId, State, Verdict},
        sample, sponsors,
    },
};

/// By whom distances are judged.
#[derive(Clone, Debug)]
pub struct Jury {
    /// How far one walks.
    pub steps: u32,
    /// Certifications given and received that make a referent.
    pub referent_min: u32,
    /// The referents, or those drawn.
    pub referents: Vec<Node>,
    /// The same as a set.
    pub set: NodeSet,
}

impl Membership {
    /// The jury of the newest record, in the graph of its time.
    pub fn jury(&self, graph: &Graph) -> Jury {
        let closed = &self.closed;
        let steps = distance::steps(&self.params, closed.members);
        let referent_min = distance::referent_min(closed.members, steps);
        let mut referents = graph.referents(referent_min);
        // Those who draw and those who check number people alike only by key.
        referents.sort_unstable_by_key(|it| self.person(*it).map(|it| it.key));
        let size = self.get(Param::ReferentSample);
        let referents = sample::draw(&referents, size, &closed.seed);
        Jury {
            steps,
            referent_min,
            set: NodeSet::of(graph.len(), &referents),
            referents,
        }
    }

    /// What a candidate whose distance was good lacks among the sponsors, at `time`.
    pub fn sponsors_lack(&self, graph: &Graph, person: PersonId, time: Seconds) -> Option<Refusal> {
        let subject = self.person(person)?;
        let live: Vec<_> = subject.live(time).collect();
        if live.len() < self.needed() {
            return Some(Refusal::NotEnoughReceived);
        }
        let ids: Vec<_> = live.iter().map(|it| it.issuer).collect();
        if !sponsors::are_acquainted(graph, &ids) {
            return Some(Refusal::SponsorsApart);
        }
        let needs = |sponsor: &PersonId| self.leans_on(*sponsor, time);
        if sponsors::lean_on_one(ids.iter().map(needs)) {
            return Some(Refusal::OneBehindAll);
        }
        let meetings = live.iter().map(|it| it.meeting);
        (!sponsors::met_apart(meetings)).then_some(Refusal::OneMeeting)
    }

    /// Those without whose certification, given after the founding, `person` would be below what a
    /// member needs.
    fn leans_on(&self, person: PersonId, time: Seconds) -> Vec<PersonId> {
        let Some(person) = self.person(person) else {
            return Vec::new();
        };
        if person.live(time).count() > self.needed() {
            return Vec::new();
        }
        let later = person.live(time).filter(|it| it.emission > self.founded);
        later.map(|it| it.issuer).collect()
    }

    /// When a candidate who was judged near enough becomes a member, if sponsors stand by.
    pub fn admission_time(&self, person: &Person) -> Option<Seconds> {
        let ask = person.ask.filter(Ask::is_passed)?;
        let window = self.get(Param::ObjectionWindow);
        // An objection gives everybody a second look; it is no veto.
        let windows = if person.objections.is_empty() { 1 } else { 2 };
        Some(ask.time.after(window.saturating_mul(windows)))
    }

    /// When a member lapses if nothing else happens: a grace after the year is over or the
    /// certifications are too few.
    pub fn lapse_time(&self, person: &Person) -> Seconds {
        let certified = person
            .certified_until(self.needed())
            .unwrap_or(person.since);
        person
            .until
            .min(certified)
            .after(self.get(Param::RenewGrace))
    }
}

impl Step<'_> {
    /// Judges the distance of those who asked at an earlier record.
    pub(super) fn judge(&mut self) {
        let (now, height, needed) = (self.now, self.state.closed.height, self.state.needed());
        let mut to_judge = Vec::new();
        for (id, person) in (0..).zip(&mut self.state.people) {
            if person.state == State::Candidate && person.ask.is_none() {
                if person.live(now).count() >= needed {
                    person.ask = Some(Ask {
                        renewal: None,
                        height,
                        time: now,
                        not_before: now,
                        verdict: None,
                    });
                }
                continue;
            }
            let due = |ask: &Ask| ask.height < height && ask.not_before <= now && !ask.is_passed();
            if person.ask.as_ref().is_some_and(due) {
                to_judge.push(id);
            }
        }
        if to_judge.is_empty() {
            return;
        }
        let graph = self.state.graph(now);
        let jury = self.state.jury(&graph);
        let mut walker = Walker::new(&graph);
        for id in to_judge {
            let (distance, _) = walker.distance(id, &jury.referents, &jury.set, jury.steps);
            let x = self
                .state
                .person(id)
                .and_then(|it| it.ask)
                .map(|it| it.renewal);
            let x = match x {
                Some(Some(_)) => Param::XRenew,
                _ => Param::XJoin,
            };
            let verdict = Verdict {
                height,
                distance,
                holds: distance.holds(self.state.get(x)),
            };
            self.judged(id, verdict);
        }
    }

    fn judged(&mut self, id: PersonId, verdict: Verdict) {
        let (now, needed) = (self.now, self.state.needed());
        let year = self.state.get(Param::MembershipValidity);
        let window = self.state.get(Param::MembershipWindow);
        let Some(person) = self.state.person_mut(id) else {
            return;
        };
        let Some(mut ask) = person.ask.take() else {
            return;
        };
        let has_enough = person.live(now).count() >= needed;
        ask.verdict = Some(verdict);
        ask.not_before = now.after(RETRY_SECONDS);
        match ask.renewal {
            None if has_enough => person.ask = Some(ask),
            // Asks anew once enough vouch.
            None => {}
            Some(entry) if !has_enough => self.refuse(entry, Refusal::NotEnoughReceived),
            Some(_) if verdict.holds => {
                person.until = ask.time.after(year);
                if person.state == State::Lapsed {
                    self.set_state(id, State::Member, now);
                }
            }
            Some(entry) if now.since(ask.time) > window => {
                self.refuse(entry, Refusal::DistanceNotMet);
            }
            Some(_) => person.ask = Some(ask),
        }
    }

    /// Who becomes a member, and whose time is over.
    pub(super) fn settle(&mut self) {
        let now = self.now;
        let grace = self.state.get(Param::RenewGrace);
        let mut graph = None;
        for id in 0..number(self.state.people.len()) {
            match self.next_state(id, &mut graph) {
                Some((State::Member, _)) => self.admit(id),
                Some((state, since)) => self.set_state(id, state, since),
                None => {}
            }
        }
        for person in &mut self.state.people {
            person.received.retain(|it| it.end.after(grace) > now);
        }
    }

    fn next_state(&self, id: PersonId, graph: &mut Option<Graph>) -> Option<(State, Seconds)> {
        let now = self.now;
        let person = self.state.person(id)?;
        match person.state {
            State::Candidate => {
                let is_due = self
                    .state
                    .admission_time(person)
                    .is_some_and(|it| it <= now);
                if is_due {
                    let graph = graph.get_or_insert_with(|| self.state.graph(now));
                    if self.state.sponsors_lack(graph, id, now).is_none() {
                        return Some((State::Member, now));
                    }
                }
                let window = self.state.get(Param::IdentityWindow);
                (now.since(person.until) > window).then_some((State::Gone, now))
            }
            State::Member => {
                // A renewal that came in time is judged before anything lapses.
                let in_time = person.ask.is_some_and(|it| it.verdict.is_none());
                let lapse = self.state.lapse_time(person);
                (lapse <= now && !in_time).then_some((State::Lapsed, lapse))
            }
            State::Lapsed => {
                let end = person
                    .since
                    .after(self.state.get(Param::MembershipValidity));
                (end <= now).then_some((State::Gone, end))
            }
            State::Gone | State::Revoked => None,
        }
    }

    fn admit(&mut self, id: PersonId) {
        let year = self.state.get(Param::MembershipValidity);
        let until = self.now.after(year);
        self.set_state(id, State::Member, self.now);
        if let Some(person) = self.state.person_mut(id) {
            person.until = until;
            person.ask = None;
            person.objections.clear();
        }
    }
}
