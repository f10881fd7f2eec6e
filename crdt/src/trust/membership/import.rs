//! What an imported network brings: people and certifications that count as made at the genesis.

use super::{Included, Membership, Step};
use crate::{payload::MemberFact, time::Height};

impl Membership {
    /// Takes in what imported people stated at the genesis: that they join, and whom they vouch
    /// for. Period, quantity and distance are not asked of it, and it waits for no record. Gives
    /// back everything else.
    ///
    /// Call it before any record is closed, as often as such entries come.
    pub fn import(&mut self, entries: Vec<Included>) -> Vec<Included> {
        let closed = self.closed;
        let mut step = Step::begin(self, closed, entries);
        let rest = std::mem::take(&mut step.entries);
        let (joins, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(is_imported_join);
        step.entries = joins;
        step.join();
        let rest = step.import_certifications(rest);
        self.closed.members = self.members();
        rest
    }
}

impl Step<'_> {
    fn import_certifications(&mut self, entries: Vec<Included>) -> Vec<Included> {
        let mut rest = Vec::new();
        for entry in entries {
            if !self.import_certification(&entry) {
                rest.push(entry);
            }
        }
        rest
    }

    fn import_certification(&mut self, entry: &Included) -> bool {
        let MemberFact::Certification(fact) = &entry.fact else {
            return false;
        };
        let Ok(issuer) = self.author(entry) else {
            return false;
        };
        let is_imported = self.state.person(issuer).is_some_and(|it| it.is_imported);
        if !is_imported || entry.anchor != Height(0) {
            return false;
        }
        // Of somebody who is not imported: a record takes both in.
        let Some(subject) = self.state.find(&fact.subject) else {
            return false;
        };
        self.give_at_founding(issuer, subject, entry.id, fact.meeting);
        true
    }
}

fn is_imported_join(entry: &Included) -> bool {
    entry.seq == 0 && matches!(&entry.fact, MemberFact::Join(it) if it.imported.is_some())
}
