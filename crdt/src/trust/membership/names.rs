//! Names as they are shown: no two people under one.

use std::collections::BTreeSet;

use super::Membership;
use crate::trust::{
    index,
    person::{Person, State},
};

/// Hex digits of a key after a name that somebody else has.
const DIGITS: usize = 6;

impl Membership {
    /// The name under which each person is shown, by number.
    ///
    /// Of several people with one name, the one with the lowest key keeps it. Others get `-` and
    /// the first six hex digits of their key; more where even that is taken. People who are gone
    /// or revoked yield to all others.
    pub fn shown_names(&self) -> Vec<String> {
        let mut order: Vec<(usize, &Person)> = self.people.iter().enumerate().collect();
        order.sort_by_key(|(_, it)| {
            let is_past = matches!(it.state, State::Gone | State::Revoked);
            (is_past, it.key)
        });
        let mut names = vec![String::new(); self.people.len()];
        let mut taken = BTreeSet::new();
        for (at, person) in order {
            let name = shown(person, &taken);
            if let Some(slot) = names.get_mut(at) {
                slot.clone_from(&name);
            }
            taken.insert(name);
        }
        names
    }

    /// The name under which one person is shown.
    pub fn shown_name(&self, person: super::PersonId) -> Option<String> {
        self.shown_names().into_iter().nth(index(person))
    }
}

fn shown(person: &Person, taken: &BTreeSet<String>) -> String {
    if !taken.contains(&person.name) {
        return person.name.clone();
    }
    let mut hex = String::new();
    for byte in person.key.as_bytes() {
        hex.push_str(&format!("{byte:02x}"));
    }
    let with = |digits: usize| {
        let digits: String = hex.chars().take(digits).collect();
        format!("{}-{digits}", person.name)
    };
    let longer = (DIGITS..hex.len()).map(with);
    let free = longer.into_iter().find(|it| !taken.contains(it));
    free.unwrap_or_else(|| with(hex.len()))
}
