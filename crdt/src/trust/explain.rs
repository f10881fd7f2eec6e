//! Why somebody is a member or not, what is missing, and who could fix it.
//!
//! Nothing here decides: it asks the rules and puts their answers side by side, for people.

use std::cmp::Reverse;

use super::{
    Distance, Graph, Membership, Node, PersonId, Refusal, State, Sweep, Walker, index,
    membership::Jury,
};
use crate::{codec::to_u64, params::Param, time::Seconds};

/// Most helpers that an explanation names.
const MAX_HELPERS: usize = 5;

/// How one person stands, and what could change it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Who.
    pub person: PersonId,
    /// Steps of the distance rule now.
    pub steps: u32,
    /// Certifications given and received that make a referent now.
    pub referent_min: u32,
    /// How near the person is, by the newest record's jury.
    pub distance: Distance,
    /// Share that is asked: to join, or to stay.
    pub percent: u64,
    /// Everything that stands in the way, most basic first.
    pub missing: Vec<Refusal>,
    /// Members whose certification would bring the person nearest, and how near.
    pub helpers: Vec<(PersonId, Distance)>,
}

/// Figures of a network's health at a record.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// People in each state: candidates, members, lapsed, gone, revoked.
    pub states: [u64; 5],
    /// Live certifications.
    pub certifications: u64,
    /// Steps of the distance rule.
    pub steps: u32,
    /// Certifications given and received that make a referent.
    pub referent_min: u32,
    /// Referents, before a sample is drawn.
    pub referents: u64,
    /// Members near enough to join with one step less, as it is, and with one more.
    pub passing: [u64; 3],
    /// Members who stand on exactly as many certifications as needed.
    pub on_the_edge: u64,
    /// Members who gave none.
    pub silent: u64,
}

impl Membership {
    /// Explains how `person` stands.
    pub fn explain(&self, person: PersonId) -> Option<Explanation> {
        let subject = self.person(person)?;
        let now = self.newest().time;
        let graph = self.graph(now);
        let jury = self.jury(&graph);
        let mut walker = Walker::new(&graph);
        let (distance, _) = walker.distance(person, &jury.referents, &jury.set, jury.steps);
        let joins = subject.state != State::Member && subject.state != State::Lapsed;
        let x = if joins { Param::XJoin } else { Param::XRenew };
        let percent = self.params().get(x);
        let mut missing = Vec::new();
        if subject.state == State::Revoked {
            missing.push(Refusal::AlreadyRevoked);
        }
        if subject.live(now).count() < self.needed() {
            missing.push(Refusal::NotEnoughReceived);
        }
        if !distance.holds(percent) {
            missing.push(Refusal::DistanceNotMet);
        }
        if joins
            && let Some(refusal) = self.sponsors_lack(&graph, person, now)
            && !missing.contains(&refusal)
        {
            missing.push(refusal);
        }
        Some(Explanation {
            person,
            steps: jury.steps,
            referent_min: jury.referent_min,
            helpers: self.helpers(&graph, &jury, person, distance, now),
            distance,
            percent,
            missing,
        })
    }

    /// Members whose certification would bring `person` nearer, the best first.
    ///
    /// Whoever vouches brings all that they reach in one step less: so one sweep from the referents
    /// that are still out of reach answers for everybody.
    fn helpers(
        &self,
        graph: &Graph,
        jury: &Jury,
        person: PersonId,
        distance: Distance,
        now: Seconds,
    ) -> Vec<(PersonId, Distance)> {
        let mut walker = Walker::new(graph);
        let (met, _) = walker.walk(&[person], jury.steps);
        let met = super::NodeSet::of(graph.len(), met);
        let out_of_reach = jury.referents.iter().copied();
        let mut out_of_reach: Vec<Node> = out_of_reach.filter(|it| !met.contains(*it)).collect();
        out_of_reach.sort_unstable();
        let sweep = Sweep::new(graph, &out_of_reach, jury.steps.saturating_sub(1));
        let gains = sweep.run();
        let given = self.given(now);
        let stock = self.params().get(Param::SigStock);
        let mut helpers: Vec<(u64, PersonId)> = graph
            .nodes()
            .filter(|node| {
                *node != person
                    && graph.is_member(*node)
                    && graph.issuers(person).binary_search(node).is_err()
                    && given
                        .get(index(*node))
                        .is_some_and(|it| u64::from(*it) < stock)
            })
            .map(|node| {
                // A sweep leaves oneself out; a helper who is a referent brings themselves.
                let own = u64::from(out_of_reach.binary_search(&node).is_ok());
                let gain = gains.get(index(node)).copied().unwrap_or(0);
                (own.saturating_add(gain.into()), node)
            })
            .collect();
        helpers.sort_by_key(|(gain, node)| (Reverse(*gain), *node));
        helpers.truncate(MAX_HELPERS);
        let nearer = |gain| Distance {
            reached: distance.reached.saturating_add(gain),
            ..distance
        };
        helpers
            .into_iter()
            .map(|(gain, node)| (node, nearer(gain)))
            .collect()
    }

    /// A shortest way from `from` to `to` along certifications, both ends included: each vouches
    /// for the next.
    pub fn path(&self, from: PersonId, to: PersonId) -> Option<Vec<PersonId>> {
        let graph = self.graph(self.newest().time);
        let mut walker = Walker::new(&graph);
        let (met, ends) = walker.walk(&[to], u32::MAX);
        let at = met.iter().position(|it| *it == from)?;
        // Steps from `to`, and then forward again: whom `from` vouches for one step nearer.
        let step_of = |place: usize| ends.iter().position(|end| place < *end).unwrap_or(0);
        let mut path = vec![from];
        let (mut now, mut step) = (from, step_of(at));
        while step > 0 {
            step = step.saturating_sub(1);
            let start = step
                .checked_sub(1)
                .and_then(|it| ends.get(it))
                .copied()
                .unwrap_or(0);
            let end = ends.get(step).copied().unwrap_or(0);
            let nearer = met.get(start..end).unwrap_or_default();
            now = *nearer
                .iter()
                .find(|it| graph.issuers(**it).binary_search(&now).is_ok())?;
            path.push(now);
        }
        Some(path)
    }

    /// Figures of the network's health at the newest record.
    pub fn health(&self) -> Health {
        let now = self.newest().time;
        let graph = self.graph(now);
        let jury = self.jury(&graph);
        let x = self.params().get(Param::XJoin);
        let pass = |steps: u32| {
            let sweep = Sweep::new(&graph, &jury.referents, steps);
            let distances = sweep.distances(&sweep.run());
            let near = graph.nodes().zip(distances);
            let near = near.filter(|(node, it)| graph.is_member(*node) && it.holds(x));
            to_u64(near.count())
        };
        let mut health = Health {
            certifications: to_u64(graph.edges()),
            steps: jury.steps,
            referent_min: jury.referent_min,
            referents: to_u64(graph.referents(jury.referent_min).len()),
            passing: [
                pass(jury.steps.saturating_sub(1)),
                pass(jury.steps),
                pass(jury.steps.saturating_add(1)),
            ],
            ..Health::default()
        };
        for (node, person) in (0..).zip(self.people()) {
            let at = match person.state {
                State::Candidate => 0,
                State::Member => 1,
                State::Lapsed => 2,
                State::Gone => 3,
                State::Revoked => 4,
            };
            up(health.states.get_mut(at));
            if person.state == State::Member {
                if index(graph.received(node)) == self.needed() {
                    up(Some(&mut health.on_the_edge));
                }
                if graph.issued(node) == 0 {
                    up(Some(&mut health.silent));
                }
            }
        }
        health
    }
}

fn up(count: Option<&mut u64>) {
    if let Some(count) = count {
        *count = count.saturating_add(1);
    }
}
