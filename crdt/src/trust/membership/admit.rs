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
        #[cfg(test)]
        if self.is_lenient {
            return None;
        }
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
    /// Ends what was over before this record: what is written in it is judged at its time.
    ///
    /// Whoever is about to be judged asked in time, and is not over yet.
    pub(super) fn expire(&mut self) {
        for id in self.everybody() {
            let ask = self.state.person(id).and_then(|it| it.ask);
            if !ask.is_some_and(|it| it.is_passed() || self.is_due(&it)) {
                self.end_time(id);
            }
        }
    }

    fn everybody(&self) -> std::ops::Range<PersonId> {
        0..number(self.state.people.len())
    }

    /// Whether this record judges the distance: the first after the one at which all was there, so
    /// that nobody can know the seed when they ask.
    fn is_due(&self, ask: &Ask) -> bool {
        let is_later = ask.height < self.state.closed.height;
        is_later && ask.not_before <= self.now && !ask.is_passed()
    }

    /// Judges the distance of those who asked at an earlier record.
    pub(super) fn judge(&mut self) {
        let to_judge: Vec<_> = self.everybody().filter(|it| self.asks(*it)).collect();
        if to_judge.is_empty() {
            return;
        }
        let graph = self.state.graph(self.now);
        let jury = self.state.jury(&graph);
        let mut walker = Walker::new(&graph);
        for id in to_judge {
            let (distance, _) = walker.distance(id, &jury.referents, &jury.set, jury.steps);
            let ask = self.state.person(id).and_then(|it| it.ask);
            let x = match ask.and_then(|it| it.renewal) {
                Some(_) => Param::XRenew,
                None => Param::XJoin,
            };
            let verdict = Verdict {
                height: self.state.closed.height,
                distance,
                holds: distance.holds(self.state.get(x)),
            };
            self.judged(id, verdict);
        }
    }

    /// Whether a person is to be judged now. Candidates ask by having enough certifications, and
    /// ask anew, with a new time for objections, if they ever have too few.
    fn asks(&mut self, id: PersonId) -> bool {
        let (now, height, needed) = (self.now, self.state.closed.height, self.state.needed());
        let Some(person) = self.state.person(id) else {
            return false;
        };
        if person.state != State::Candidate {
            return person.ask.is_some_and(|it| self.is_due(&it));
        }
        if let Some(person) = self.state.person_mut(id) {
            let has_enough = person.live(now).count() >= needed;
            match person.ask {
                None if has_enough => {
                    person.ask = Some(Ask {
                        renewal: None,
                        height,
                        time: now,
                        not_before: now.max(person.retry),
                        verdict: None,
                    });
                }
                Some(_) if !has_enough => person.ask = None,
                _ => {}
            }
        }
        let ask = self.state.person(id).and_then(|it| it.ask);
        ask.is_some_and(|it| self.is_due(&it))
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
        if !verdict.holds {
            person.retry = now.after(RETRY_SECONDS);
        }
        ask.verdict = Some(verdict);
        ask.not_before = now.max(person.retry);
        let next = ask.not_before.since(ask.time);
        let has_enough = person.live(now).count() >= needed;
        match ask.renewal {
            None => person.ask = Some(ask),
            Some(entry) if !has_enough => self.refuse(entry, Refusal::NotEnoughReceived),
            Some(_) if verdict.holds => {
                person.until = ask.time.after(year);
                if person.state == State::Lapsed {
                    self.set_state(id, State::Member, now);
                }
            }
            // No other try would be in time.
            Some(entry) if next > window => self.refuse(entry, Refusal::DistanceNotMet),
            Some(_) => person.ask = Some(ask),
        }
    }

    /// Who becomes a member, and whose time is over.
    pub(super) fn settle(&mut self) {
        let now = self.now;
        let grace = self.state.get(Param::RenewGrace);
        let mut graph = None;
        for id in self.everybody() {
            if self.is_welcome(id, &mut graph) {
                self.admit(id);
            } else {
                self.end_time(id);
            }
        }
        for (id, person) in (0..).zip(&mut self.state.people) {
            let before = person.received.len();
            person.received.retain(|it| it.end.after(grace) > now);
            if person.received.len() < before {
                self.state.touched.people.insert(id);
            }
        }
    }

    fn is_welcome(&self, id: PersonId, graph: &mut Option<Graph>) -> bool {
        let Some(person) = self.state.person(id) else {
            return false;
        };
        let time = self.state.admission_time(person);
        if person.state != State::Candidate || time.is_none_or(|it| it > self.now) {
            return false;
        }
        let graph = graph.get_or_insert_with(|| self.state.graph(self.now));
        self.state.sponsors_lack(graph, id, self.now).is_none()
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

    /// Takes a person as far as their time is over by now.
    fn end_time(&mut self, id: PersonId) {
        while let Some((state, since)) = self.next_end(id) {
            if state == State::Gone {
                self.dismiss(id, state, since, Refusal::Gone);
            } else {
                self.set_state(id, state, since);
            }
        }
    }

    /// What a person becomes by the mere passing of time, and when that was.
    fn next_end(&self, id: PersonId) -> Option<(State, Seconds)> {
        let person = self.state.person(id)?;
        let (state, end) = match person.state {
            State::Candidate => {
                let window = self.state.get(Param::IdentityWindow);
                // One second more: the window is the longest that they may take.
                let end = person.until.after(window).after(1);
                // Whoever was near enough in time waits only for objections.
                let welcome = self
                    .state
                    .admission_time(person)
                    .filter(|it| *it > self.now);
                (State::Gone, welcome.unwrap_or(end))
            }
            State::Member => (State::Lapsed, self.state.lapse_time(person)),
            State::Lapsed => {
                let rest = self.state.get(Param::MembershipValidity);
                (State::Gone, person.since.after(rest))
            }
            State::Gone | State::Revoked => return None,
        };
        (end <= self.now).then_some((state, end))
    }
}
