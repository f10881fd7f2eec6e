//! Membership as a fold: the state after a record is a function of the state before it, the record,
//! and the entries that it includes.
//!
//! ```text
//! genesis ─► Membership ─close(record 1, entries)─► Membership ─close(record 2, entries)─► …
//! ```
//!
//! Within one record the order in which entries came does not matter: they are taken by kind, as
//! [`Membership::close`] lists, and within a kind by author and place in the log. What waits for a
//! record is shown by closing a made-up one on a copy.
//!
//! Times are those of records. A claimed time is never looked at.
//!
//! An entry counts once: what stands in a log below a place that a record covered already was
//! included before, or can never be, and changes nothing.

mod admit;
mod certify;
mod ends;
mod import;
mod join;
mod keys;
mod leaf;
mod names;
mod step;
#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a test may stop at an overflow"
)]
mod tests;
mod touched;

use std::collections::{BTreeMap, BTreeSet};

pub use self::{admit::Jury, certify::MOVE_SECONDS, leaf::Leaves};

use self::{step::Step, touched::Touched};
use super::{
    Graph, Node, index, number,
    person::{Person, PersonId, Received, Refused, State},
};
use crate::{
    codec::to_u64,
    genesis::{Card, Genesis},
    hash::{BlobHash, EntryId, NetworkId},
    keys::{DeviceKey, MemberKey},
    params::{Param, Params},
    payload::{MeetingId, MemberFact},
    time::{Height, Seconds},
};

/// A candidate who was too far away is judged again after this time.
pub const RETRY_SECONDS: u64 = 30 * 86_400;

/// What a genesis says of its network and its people.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The network.
    pub network: NetworkId,
    /// Hash of its charter.
    pub charter: BlobHash,
    /// Its parameters.
    pub params: Params,
    /// When it was made, as its founders say.
    pub time: Seconds,
    /// Who founds it.
    pub founders: Vec<Founder>,
}

/// One founder.
#[derive(Clone, Debug)]
pub struct Founder {
    /// Their key.
    pub member: MemberKey,
    /// Their name.
    pub name: String,
    /// Their first device.
    pub device: DeviceKey,
}

impl From<&Genesis> for Founding {
    fn from(genesis: &Genesis) -> Self {
        let body = genesis.body();
        let founders = body.founders.iter().map(Card::person).map(|it| Founder {
            member: it.member,
            name: it.name.clone(),
            device: it.device,
        });
        Self {
            network: genesis.network(),
            charter: genesis.charter_hash(),
            params: body.params.clone(),
            time: body.created.into(),
            founders: founders.collect(),
        }
    }
}

/// What the rules read of the checkpoint that is being closed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Closed {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Seconds,
    /// Hash of its record.
    pub hash: [u8; 32],
    /// Draws the referents.
    pub seed: [u8; 32],
    /// Members at the record before: fixes steps and referents.
    pub members: u64,
}

/// An entry of the member stream that a record includes for the first time.
#[derive(Clone, Debug)]
pub struct Included {
    /// Its name.
    pub id: EntryId,
    /// The device that wrote it.
    pub author: DeviceKey,
    /// Its place in the log.
    pub seq: u32,
    /// The newest checkpoint that its author knew.
    pub anchor: Height,
    /// What it states.
    pub fact: MemberFact,
}

/// What a record did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    /// Certifications that were taken.
    pub taken: Vec<EntryId>,
    /// Entries without effect, with the reason.
    pub refused: Vec<Refused>,
    /// People whose state changed.
    pub changed: Vec<PersonId>,
}

/// A device and whose it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DeviceState {
    /// Its number, in the order in which the network came to know devices.
    pub index: u32,
    /// Its owner.
    pub owner: PersonId,
    /// What of its logs has no effect, if it is revoked.
    pub cut: Option<Cut>,
}

/// Where a revocation cuts the logs of a device: the first place of each that has no effect.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cut {
    /// In its member log.
    pub member: u32,
    /// In its account log.
    pub account: u32,
}

impl Cut {
    /// What two words leave: a later one can only cut lower.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            member: self.member.min(other.member),
            account: self.account.min(other.account),
        }
    }
}

/// Who is a member, as the records closed so far say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Membership {
    network: NetworkId,
    charter: BlobHash,
    params: Params,
    closed: Closed,
    /// When the network was founded.
    founded: Seconds,
    /// Times of the records, by height.
    times: Vec<Seconds>,
    people: Vec<Person>,
    /// Everybody by each key that they ever had.
    by_key: BTreeMap<MemberKey, PersonId>,
    devices: BTreeMap<DeviceKey, DeviceState>,
    /// The first place of each member log that no record covers yet.
    frontier: BTreeMap<DeviceKey, u32>,
    /// Keys that were revoked before anybody had them: nobody ever will.
    dead_keys: BTreeSet<MemberKey>,
    /// Where each device was cut by each key, whether or not it was theirs then.
    cuts: BTreeMap<(DeviceKey, MemberKey), Cut>,
    /// People with certifications signed ahead.
    queues: BTreeSet<PersonId>,
    /// Devices of keys that are nobody's yet.
    strays: BTreeMap<MemberKey, BTreeSet<DeviceKey>>,
    /// Who confirmed that the owner of the second key goes on as the first.
    recoveries: BTreeMap<(PersonId, MemberKey), BTreeMap<PersonId, Seconds>>,
    /// Whose leaves changed since somebody asked.
    touched: Touched,
    /// Lets everybody in whose distance is good, to measure what the local checks bring.
    #[cfg(test)]
    is_lenient: bool,
}

impl Membership {
    /// The state that a genesis fixes: each founder is a member and certified by all others.
    pub fn founded(founding: Founding) -> Self {
        let time = founding.time;
        let mut state = Self {
            network: founding.network,
            charter: founding.charter,
            params: founding.params,
            closed: Closed {
                time,
                ..Closed::default()
            },
            founded: time,
            times: vec![time],
            people: Vec::new(),
            by_key: BTreeMap::new(),
            devices: BTreeMap::new(),
            frontier: BTreeMap::new(),
            dead_keys: BTreeSet::new(),
            cuts: BTreeMap::new(),
            queues: BTreeSet::new(),
            strays: BTreeMap::new(),
            recoveries: BTreeMap::new(),
            touched: Touched::default(),
            #[cfg(test)]
            is_lenient: false,
        };
        let mut founders = founding.founders;
        founders.sort_unstable_by_key(|it| it.member);
        let count = number(founders.len());
        for (own, founder) in (0..).zip(founders) {
            let mut person = Person::new(founder.member, founder.name, State::Member, time);
            person.until = time.after(state.get(Param::MembershipValidity));
            let end = time.after(state.get(Param::SigValidity));
            person.received = (0..count)
                .filter(|issuer| *issuer != own)
                .map(|issuer| Received {
                    issuer,
                    emission: time,
                    end,
                    meeting: MeetingId::default(),
                })
                .collect();
            state.add_person(person);
            state.own_device(founder.device, own);
        }
        state.closed.members = state.members();
        state
    }

    /// Closes a record: the newest after all before. `entries` are those that it includes for the
    /// first time, in any order.
    ///
    /// 1. What was over before this record ends.
    /// 2. Keys are revoked.
    /// 3. Who asks to join, and devices; keys that their owners change.
    /// 4. Devices revoked, certifications withdrawn, members who leave. Of two words in one record,
    ///    the one that ends wins.
    /// 5. Keys that sponsors give anew.
    /// 6. Certifications, as many of each issuer as whole periods have passed.
    /// 7. Objections, residences, renewals.
    /// 8. Distances of those who asked at an earlier record, then who becomes a member and whose
    ///    time is over.
    pub fn close(&mut self, closed: Closed, entries: Vec<Included>) -> Outcome {
        let mut step = Step::begin(self, closed, entries);
        step.expire();
        step.revoke_keys();
        step.join();
        step.change_keys();
        step.end();
        step.recover_keys();
        step.certify();
        step.note();
        step.judge();
        step.settle();
        step.outcome
    }

    /// The newest record.
    pub fn newest(&self) -> &Closed {
        &self.closed
    }

    /// The parameters in force.
    pub fn params(&self) -> &Params {
        &self.params
    }

    fn get(&self, param: Param) -> u64 {
        self.params.get(param)
    }

    /// Certifications that a member needs.
    pub fn needed(&self) -> usize {
        usize::try_from(self.get(Param::SigQty)).unwrap_or(usize::MAX)
    }

    /// Everybody, by number.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// One person.
    pub fn person(&self, person: PersonId) -> Option<&Person> {
        self.people.get(index(person))
    }

    fn person_mut(&mut self, person: PersonId) -> Option<&mut Person> {
        self.touched.people.insert(person);
        self.people.get_mut(index(person))
    }

    /// Who has or had the key `key`.
    pub fn find(&self, key: &MemberKey) -> Option<PersonId> {
        self.by_key.get(key).copied()
    }

    /// Whose device it is.
    pub fn owner(&self, device: &DeviceKey) -> Option<PersonId> {
        self.devices.get(device).map(|it| it.owner)
    }

    /// How many members there are.
    pub fn members(&self) -> u64 {
        to_u64(
            self.people
                .iter()
                .filter(|it| it.state == State::Member)
                .count(),
        )
    }

    /// The time of a record.
    fn time_of(&self, height: Height) -> Seconds {
        let known = self
            .times
            .get(index(height.0))
            .or_else(|| self.times.last());
        known.copied().unwrap_or_default()
    }

    /// How many certifications of each person count at `time`.
    pub(super) fn given(&self, time: Seconds) -> Vec<u32> {
        let mut given = vec![0_u32; self.people.len()];
        for received in self.people.iter().flat_map(|it| it.live(time)) {
            if let Some(count) = given.get_mut(index(received.issuer)) {
                *count = count.saturating_add(1);
            }
        }
        given
    }

    /// The graph of the certifications that count at `time`, members as they are now.
    pub fn graph(&self, time: Seconds) -> Graph {
        let edges: Vec<(Node, Node)> = (0..)
            .zip(&self.people)
            .flat_map(|(to, person)| person.live(time).map(move |it| (it.issuer, to)))
            .collect();
        let members = self.people.iter().map(|it| it.state == State::Member);
        Graph::new(members.collect(), &edges).0
    }

    fn add_person(&mut self, person: Person) -> PersonId {
        let own = number(self.people.len());
        self.touched.people.insert(own);
        self.by_key.insert(person.key, own);
        self.people.push(person);
        own
    }

    /// Whether two keys are, or were, of one person.
    fn is_same(&self, a: &MemberKey, b: &MemberKey) -> bool {
        a == b || self.find(a).is_some_and(|it| self.find(b) == Some(it))
    }

    /// Gives a device that is nobody's to `owner`, cut where a key of theirs said so before.
    fn own_device(&mut self, device: DeviceKey, owner: PersonId) {
        let range = (device, MemberKey([0; 32]))..=(device, MemberKey([u8::MAX; 32]));
        let cuts = self.cuts.range(range);
        let own = cuts.filter(|((_, key), _)| self.find(key) == Some(owner));
        let cut = own.map(|(_, cut)| *cut).reduce(Cut::and);
        let index = number(self.devices.len());
        self.devices
            .entry(device)
            .or_insert_with(|| DeviceState { index, owner, cut });
        self.touched.devices.insert(device);
    }

    fn cut_device(&mut self, device: &DeviceKey, owner: PersonId, cut: Cut) {
        if let Some(it) = self.devices.get_mut(device)
            && it.owner == owner
        {
            it.cut = Some(it.cut.map_or(cut, |before| before.and(cut)));
            self.touched.devices.insert(*device);
        }
    }

    /// Gives `person` the key `key`; the old one leads to them still.
    fn change_key(&mut self, person: PersonId, key: MemberKey, time: Seconds) {
        self.by_key.insert(key, person);
        self.recoveries.retain(|(it, _), _| *it != person);
        if let Some(it) = self.person_mut(person) {
            let old = std::mem::replace(&mut it.key, key);
            it.former.insert(old);
            it.former.remove(&key);
            it.key_changed = Some(time);
        }
        for device in self.strays.remove(&key).unwrap_or_default() {
            self.own_device(device, person);
        }
        let cuts = self.cuts.iter().filter(|((_, by), _)| *by == key);
        let cuts: Vec<_> = cuts.map(|((device, _), cut)| (*device, *cut)).collect();
        for (device, cut) in cuts {
            self.cut_device(&device, person, cut);
        }
    }

    /// Takes every effect from what `device` writes from `cut` on: it said two things at one place.
    pub(crate) fn refuse_device(&mut self, device: &DeviceKey, cut: Cut) {
        if let Some(owner) = self.owner(device) {
            self.cut_device(device, owner, cut);
        }
    }

    /// Ends all devices of `person`.
    fn end_devices(&mut self, person: PersonId) {
        let own = self.devices.iter_mut().filter(|(_, it)| it.owner == person);
        for (key, device) in own {
            device.cut = Some(Cut::default());
            self.touched.devices.insert(*key);
        }
    }
}
