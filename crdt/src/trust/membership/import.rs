//! What an imported network brings: people and certifications that count as made at the genesis.

use super::{Included, Membership, Step};
use crate::{payload::MemberFact, trust::person::Queued};

impl Membership {
    /// Takes in what imported people stated at the genesis: that they join, and whom of each other
    /// they vouch for. Period, quantity and distance are not asked of it, and it waits for no
    /// record; handed in again it changes nothing. Gives back everything else.
    ///
    /// Call it before any record is closed, as often as such entries come.
    pub fn import(&mut self, entries: Vec<Included>) -> Vec<Included> {
        let (joins, rest): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_imported_join);
        let mut given = Vec::new();
        let mut step = Step::outside_records(self, joins);
        step.join();
        let rest = rest
            .into_iter()
            .filter(|entry| !step.import_certification(entry, &mut given))
            .collect();
        self.closed.members = self.members();
        rest
    }
}

impl Step<'_> {
    fn import_certification(&mut self, entry: &Included, given: &mut [u32]) -> bool {
        let (MemberFact::Certification(fact), Ok(issuer)) = (&entry.fact, self.author(entry))
        else {
            return false;
        };
        let subject = self.state.find(&fact.subject);
        let Some(to) = subject.filter(|it| *it != issuer) else {
            return false;
        };
        if !self.is_of_import(entry, issuer, subject) {
            return false;
        }
        let certification = Queued {
            id: entry.id,
            subject: fact.subject,
            meeting: fact.meeting,
            included: self.now,
        };
        self.give(issuer, to, &certification, self.state.founded, given);
        true
    }
}

fn is_imported_join(entry: &Included) -> bool {
    entry.seq == 0 && matches!(&entry.fact, MemberFact::Join(it) if it.imported.is_some())
}
