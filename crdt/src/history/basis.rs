//! What a history stands on where entries below a record are not kept: how far each log is in, and
//! whose logs count.
//!
//! ```text
//! log   0 … next−1 │ next …            below: a leaf, of which only the head has a name here
//!       covered    │ entries as ever   above: chain, forks, quotas
//! ```
//!
//! People count as the leaves of the record say: fully whoever was a member once, else on the word
//! of those whose certifications stand there. A device with all entries knows two
//! things more exactly: how much of its bounded room a candidate's log has used, and how low an
//! anchor may still be. Honest authors never come near either. And whom a candidate vouched for
//! before they had a second sponsor, leaves do not tell.

use std::collections::BTreeSet;

use crate::{
    entry::{LogId, Stream},
    hash::EntryId,
    keys::{DeviceKey, MemberKey},
};

use super::{History, index, people::Claim};

/// A person of the leaves.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KnownPerson {
    /// Their keys, that in use last.
    pub keys: Vec<MemberKey>,
    /// Those whose certifications stand in their leaf.
    pub sponsors: Vec<MemberKey>,
    /// Whether they were a member once.
    pub is_full: bool,
    /// Their devices.
    pub devices: Vec<DeviceKey>,
}

/// What a history stands on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Basis {
    /// Logs of which entries are not kept: places below the first that may be here, and the entry
    /// at the last of them.
    pub logs: Vec<(LogId, u32, EntryId)>,
    /// Everybody, where the member logs are among them.
    pub people: Vec<KnownPerson>,
}

impl History {
    /// Stands an empty history on `basis`.
    pub(super) fn begin_on(&mut self, basis: &Basis) {
        // Of the other devices the first entry is here, and says whose they are.
        let members = basis.logs.iter().map(|(log, ..)| log);
        let members = members.filter(|it| it.stream == Stream::MEMBER);
        let covered: BTreeSet<DeviceKey> = members.map(|it| it.author).collect();
        for person in &basis.people {
            let sponsors = person.sponsors.iter();
            let sponsors: Vec<u32> = sponsors.map(|it| self.people.member(*it)).collect();
            for key in &person.keys {
                let member = self.people.member(*key);
                self.people
                    .remember(member, sponsors.clone(), person.is_full);
            }
            let Some(member) = person.keys.last().map(|it| self.people.member(*it)) else {
                continue;
            };
            for device in person.devices.iter().filter(|it| covered.contains(it)) {
                let device = self.people.device(*device);
                if self.people.owner(device).is_none() {
                    let claim = Claim {
                        id: EntryId::default(),
                        member,
                        is_imported: false,
                    };
                    self.people.claim(device, claim);
                }
            }
        }
        for (log, next, head) in &basis.logs {
            let number = self.open(*log);
            if let Some(log) = self.logs.get_mut(index(number)) {
                log.begin_at(*next, *head);
            }
        }
        self.is_based = !basis.logs.is_empty();
        if self.is_based {
            self.recount();
        }
    }
}
