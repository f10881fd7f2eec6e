//! Who vouches for whom around a person, as a picture.
//!
//! ```text
//! people, edges ─► order on rings ─► places ─► labels that fit ─► SVG, with a key and a table
//!                  (layout)          (layout)  (labels)           (svg, arrows, table)
//!                       └─────────────────────────────────────────► Graphviz (dot)
//! ```
//!
//! The same people give the same bytes on every machine: nothing here asks for more of floating
//! point than `+ - * /` and the square root, which are exact everywhere. A picture is 360 units
//! wide, so that on a small telephone a unit is a pixel; more people make it taller, never its
//! letters smaller.

mod arrows;
mod dot;
mod labels;
mod layout;
mod svg;
mod table;
mod text;

use std::collections::BTreeSet;

use commune_crdt::trust::State;

/// Most people drawn.
pub const MAX_DRAWN: usize = 500;

/// Units from the left to the right side.
const WIDTH: f64 = 360.0;

/// Somebody in a picture.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Figure {
    /// What names them for good: a key in hexadecimal.
    pub key: String,
    /// What they are called, as they wrote it.
    pub name: String,
    /// Where they stand.
    pub state: State,
    /// Certifications received that are live.
    pub received: u32,
    /// Certifications given that are live.
    pub issued: u32,
    /// Certifications between them and who is in the middle, in whatever direction.
    pub depth: usize,
}

/// People around one of them, in the order in which they are drawn and numbered.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Picture {
    people: Vec<Figure>,
    edges: Vec<(usize, usize)>,
    more: u64,
}

/// What a picture says, in the language of the person.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// What it shows, in some words.
    pub title: String,
    /// How many people and certifications it shows.
    pub counts: String,
    /// How many people it leaves out; empty if none.
    pub rest: String,
    /// What it shows, for who cannot see it.
    pub description: String,
    /// That an arrow leads from who vouches to whom.
    pub arrow: String,
    /// That thick lines are those of who is in the middle.
    pub own: String,
    /// That a number is a place in the table.
    pub number: String,
    /// What the two counts of the table are.
    pub columns: String,
    /// The words for the states: candidate, member, lapsed, gone, revoked.
    pub states: [String; 5],
}

impl Picture {
    /// Orders `people` on rings around the first of them, whose depth is 0, and keeps `edges`
    /// (issuer, receiver; places in `people`). `more` people are not drawn.
    pub fn new(people: Vec<Figure>, edges: &[(usize, usize)], more: u64) -> Self {
        // Sorted, so that the order in which they came changes nothing.
        let edges: BTreeSet<_> = edges.iter().copied().collect();
        let edges: Vec<_> = edges.into_iter().collect();
        let order = layout::order(&people, &edges);
        let mut places = vec![0; people.len()];
        for (place, person) in order.iter().enumerate() {
            if let Some(slot) = places.get_mut(*person) {
                *slot = place;
            }
        }
        let place = |person: usize| places.get(person).copied();
        let mut edges: Vec<_> = edges
            .iter()
            .filter_map(|(issuer, receiver)| place(*issuer).zip(place(*receiver)))
            .collect();
        edges.sort_unstable();
        Self {
            people: order
                .iter()
                .filter_map(|it| people.get(*it).cloned())
                .collect(),
            edges,
            more,
        }
    }

    /// Who is drawn; who is in the middle first, then ring by ring.
    pub fn people(&self) -> &[Figure] {
        &self.people
    }

    /// Who vouches for whom: issuer and receiver as places in [`people`](Self::people), ascending.
    pub fn edges(&self) -> &[(usize, usize)] {
        &self.edges
    }

    /// How many people are not drawn.
    pub const fn more(&self) -> u64 {
        self.more
    }
}

impl Words {
    fn state(&self, state: State) -> &str {
        let [candidate, member, lapsed, gone, revoked] = &self.states;
        match state {
            State::Candidate => candidate,
            State::Member => member,
            State::Lapsed => lapsed,
            State::Gone => gone,
            State::Revoked => revoked,
        }
    }
}

/// A count as a length.
fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
