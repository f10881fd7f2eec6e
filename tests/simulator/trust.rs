//! Who is a member, on every device: the same at the same checkpoint.
//!
//! A notary makes records up: from time to time it names what one honest device holds. A device
//! that holds all that the records name folds them, and must find what every other finds,
//! whatever else it holds and however that came.

use std::collections::BTreeMap;

use commune_crdt::{
    entry::SignedEntry,
    hash::EntryId,
    params::Params,
    payload::MemberFact,
    time::{Height, Seconds},
    trust::{Closed, Founder, Founding, Included, Membership},
};

use super::{
    device::{Bug, Device, NETWORK},
    random::Random,
    world::CHARTER,
};

/// Records that were made up so far.
pub(crate) struct Notary {
    founded: Seconds,
    records: Vec<Closed>,
    /// The height at which each entry is included.
    included: BTreeMap<EntryId, Height>,
}

impl Notary {
    pub(crate) fn new(founded: Seconds) -> Self {
        Self {
            founded,
            records: Vec::new(),
            included: BTreeMap::new(),
        }
    }

    /// Closes a record over what `witness` holds.
    pub(crate) fn close(&mut self, witness: &Device, time: Seconds, random: &mut Random) {
        let height = Height(self.records.len() as u32 + 1);
        for (id, _) in facts(witness) {
            self.included.entry(id).or_insert(height);
        }
        self.records.push(Closed {
            height,
            time,
            hash: random.bytes(),
            seed: random.bytes(),
            members: 0,
        });
    }

    /// Forgets what no disk holds any more.
    pub(crate) fn retain(&mut self, held: impl Fn(&EntryId) -> bool) {
        self.included.retain(|id, _| held(id));
    }

    /// What `device` finds, if it holds all that the records name.
    pub(crate) fn fold(&self, device: &Device, random: &mut Random) -> Option<Membership> {
        let founders = device.history.roots().founders.iter().enumerate();
        let mut state = Membership::founded(Founding {
            network: NETWORK,
            charter: CHARTER,
            params: Params::default(),
            time: self.founded,
            founders: founders
                .map(|(at, (member, device))| Founder {
                    member: *member,
                    name: format!("founder {at}"),
                    device: *device,
                })
                .collect(),
        });
        let mut held: BTreeMap<EntryId, Included> = facts(device).collect();
        let mut by_height: BTreeMap<Height, Vec<Included>> = BTreeMap::new();
        for (id, height) in &self.included {
            by_height.entry(*height).or_default().push(held.remove(id)?);
        }
        if device.bug == Some(Bug::FrontierIgnored) {
            let last = Height(self.records.len() as u32);
            by_height
                .entry(last)
                .or_default()
                .extend(held.into_values());
        }
        for record in &self.records {
            let mut entries = by_height.remove(&record.height).unwrap_or_default();
            random.shuffle(&mut entries);
            let mut closed = *record;
            closed.members = state.members();
            if device.bug == Some(Bug::OwnClockFolded) {
                let own = record.time.0 as i64 + device.clock_error * 60;
                closed.time = Seconds(own.max(0) as u64);
            }
            state.close(closed, entries);
        }
        Some(state)
    }
}

/// What a device holds that speaks of membership.
fn facts(device: &Device) -> impl Iterator<Item = (EntryId, Included)> {
    device.disk.entries.values().filter_map(|bytes| {
        let entry = SignedEntry::decode(bytes).ok()?;
        let fact = MemberFact::of(entry.claim()).ok()??;
        device.history.place_of(&entry.id())?;
        let included = Included {
            id: entry.id(),
            author: entry.author(),
            seq: entry.claim().seq,
            anchor: entry.claim().anchor.height,
            fact,
        };
        Some((included.id, included))
    })
}
