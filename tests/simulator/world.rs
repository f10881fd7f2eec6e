//! The world: who there is, what happens on each day, and what must hold at the end.

use std::collections::{BTreeMap, BTreeSet};

use commune_crdt::{
    entry::{Kind, LogId, Payload, SignedEntry, Stream},
    hash::{BlobHash, EntryId},
    keys::{DeviceKey, ExchangeKey, SecretKey, Signature},
    payload::{Certification, Join, MemberFact, Objection, Renewal, Statements, Withdrawal},
    state::state_hash,
    time::{ClaimedMinutes, Seconds},
    trust::State,
};

use super::{
    device::{Bug, Device, Verified, roots},
    link::{Medium, meet},
    random::Random,
    trust::Notary,
};

const DAY: u64 = 1_440;

pub(crate) const CHARTER: BlobHash = BlobHash([3; 32]);

/// Virtual time starts in November 2026.
const START: u64 = 29_900_000;

/// Size of a world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) devices: usize,
    pub(crate) days: u64,
    pub(crate) byzantine: usize,
}

/// How a run ended well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Story {
    pub(crate) entries: usize,
    pub(crate) equivocators: usize,
    pub(crate) kilobytes: u64,
    /// Newcomers who are members at the end.
    pub(crate) newcomers: u64,
}

/// A bag of entries on its way, by a person with a stick.
struct Courier {
    to: usize,
    arrives: u64,
    entries: Vec<Vec<u8>>,
}

pub(crate) struct World {
    plan: Plan,
    random: Random,
    devices: Vec<Device>,
    /// The other face of each equivocator, shown to every second neighbour.
    faces: Vec<Option<Device>>,
    couriers: Vec<Courier>,
    notary: Notary,
    verified: Verified,
    now: u64,
    keys: u64,
    bug: Option<Bug>,
    equivocators: BTreeSet<DeviceKey>,
    bytes: u64,
}

impl World {
    pub(crate) fn new(seed: u64, plan: Plan, bug: Option<Bug>) -> Self {
        let key = |number: usize, purpose: u8| {
            let mut bytes = [purpose; 32];
            bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
            SecretKey::from_seed(&bytes)
        };
        // The last tenth are newcomers whom members vouch for on the way.
        let newcomers = plan.devices / 10;
        let founders: Vec<_> = (0..plan.devices - newcomers)
            .map(|at| (key(at, 1).member_key(), key(at, 2).device_key()))
            .collect();
        let mut random = Random::new(seed);
        let devices: Vec<_> = (0..plan.devices)
            .map(|at| {
                let mut device = Device::new(key(at, 1), key(at, 2), roots(founders.clone()), bug);
                let years = random.below(21) as i64 - 10;
                device.clock_error = years * 365 * DAY as i64;
                device.is_byzantine = at < plan.byzantine;
                device
            })
            .collect();
        Self {
            plan,
            faces: (0..plan.devices).map(|_| None).collect(),
            devices,
            random,
            couriers: Vec::new(),
            notary: Notary::new(seconds(START)),
            verified: Verified::default(),
            now: START,
            keys: 0,
            bug,
            equivocators: BTreeSet::new(),
            bytes: 0,
        }
    }

    pub(crate) fn run(mut self) -> Result<Story, String> {
        let mut partition_ends = 0;
        let mut sides = 1;
        for day in 0..self.plan.days {
            if day >= partition_ends {
                sides = 1 + self.random.below(3);
                partition_ends = day + 1 + self.random.below(40) as u64;
            }
            for hour in 0..12 {
                self.now = START + day * DAY + hour * 120;
                self.happen(sides);
            }
            if day % 6 == 5 {
                self.close_record()?;
            }
        }
        self.heal()?;
        let held: BTreeSet<_> = self.devices.iter().flat_map(|it| it.disk.ids()).collect();
        self.notary.retain(|id| held.contains(id));
        self.compare(0..self.plan.devices)?;
        self.judge()?;
        Ok(Story {
            entries: self.devices.first().map_or(0, |it| it.history.len()),
            equivocators: self.equivocators.len(),
            kilobytes: self.bytes / 1_000,
            newcomers: self.newcomers()?,
        })
    }

    /// How many newcomers became members, as the last device finds.
    fn newcomers(&mut self) -> Result<u64, String> {
        let Some(last) = self.devices[..self.plan.devices].last() else {
            return Ok(0);
        };
        let found = self.notary.fold(last, &mut self.random);
        let found = found.ok_or("after healing a device lacks what a record names")?;
        let founders = self.plan.devices - self.plan.devices / 10;
        let newcomers = self.devices[founders..self.plan.devices].iter();
        let people = newcomers.filter_map(|it| found.person(found.find(&it.member.member_key())?));
        Ok(people.filter(|it| it.state == State::Member).count() as u64)
    }

    /// One event.
    fn happen(&mut self, sides: usize) {
        let at = self.random.below(self.devices.len());
        match self.random.below(100) {
            0..50 => {
                let other = self.random.below(self.devices.len());
                if at != other && at % sides == other % sides {
                    let medium = [Medium::Lan, Medium::Bluetooth, Medium::Table];
                    let medium = medium[self.random.below(3)];
                    self.meet(at, other, medium);
                }
            }
            50..78 => self.speak(at),
            78..83 => self.send_courier(at),
            83..86 => self.devices[at].crash(),
            86..88 => {
                self.devices[at].sync_disk();
                self.devices[at].backup = Some(self.devices[at].disk.clone());
            }
            88..90 => self.restore(at),
            90..92 => self.equivocate(at),
            92..98 => self.vouch(at),
            _ => self.change_mind(at),
        }
        self.receive_couriers();
    }

    fn claimed(&self, at: usize) -> u32 {
        let own = self.now as i64 + self.devices[at].clock_error;
        u32::try_from(own.max(0)).unwrap_or(u32::MAX)
    }

    fn speak(&mut self, at: usize) {
        // An equivocator stays with one story on each face.
        let claimed = self.claimed(at);
        let payload = Payload::of(self.random.bytes::<24>().to_vec());
        self.devices[at].state(Kind::new(Stream::MEMBER, 30), payload, claimed);
    }

    /// A member vouches for a newcomer who has not been vouched for, card in hand.
    fn vouch(&mut self, sponsor: usize) {
        let founders = self.devices.len() - self.devices.len() / 10;
        let newcomer = founders + self.random.below(self.devices.len() - founders);
        if sponsor >= founders || self.devices[sponsor].is_byzantine {
            return;
        }
        let claimed = self.claimed(newcomer);
        let person = &mut self.devices[newcomer];
        if person.next_place().0 == 0 {
            let join = Join {
                member: person.member.member_key(),
                name: format!("newcomer {newcomer}"),
                charter: CHARTER,
                exchange: ExchangeKey([4; 32]),
                ml_kem: BlobHash([5; 32]),
                imported: None,
                signature: Signature([0; 64]),
            };
            let join = join.sign(
                &super::device::NETWORK,
                &person.key(),
                &person.member.clone(),
            );
            let fact = MemberFact::Join(join);
            person.state(fact.kind(), fact.payload(), claimed);
        }
        let subject = person.member.member_key();
        let card: Vec<SignedEntry> = person
            .disk
            .entries
            .values()
            .chain(person.disk.pending.values())
            .filter_map(|it| SignedEntry::decode(it).ok())
            .filter(|it| it.author() == person.key() && it.claim().seq == 0)
            .collect();
        let claimed = self.claimed(sponsor);
        let now = self.now;
        self.devices[sponsor].take(card, now, &mut self.verified);
        let fact = MemberFact::Certification(Certification {
            subject,
            statements: Statements::ALL,
            met: ClaimedMinutes(claimed),
            meeting: [0; 16],
        });
        self.devices[sponsor].state(fact.kind(), fact.payload(), claimed);
    }

    /// A member withdraws, renews or leaves, or objects to a newcomer.
    fn change_mind(&mut self, at: usize) {
        let founders = self.devices.len() - self.devices.len() / 10;
        if at >= founders || self.devices[at].is_byzantine {
            return;
        }
        let newcomer = founders + self.random.below(self.devices.len() - founders);
        let subject = self.devices[newcomer].member.member_key();
        let fact = match self.random.below(8) {
            0..3 => MemberFact::Withdrawal(Withdrawal { subject }),
            3..6 => MemberFact::Renewal(Renewal { charter: CHARTER }),
            6 => MemberFact::Objection(Objection {
                subject,
                reason: "a look is worth it".to_owned(),
            }),
            _ => MemberFact::Leave,
        };
        let claimed = self.claimed(at);
        self.devices[at].state(fact.kind(), fact.payload(), claimed);
    }

    /// A record closes over what one honest device holds. A few devices that hold all that the
    /// records name compare what they find.
    fn close_record(&mut self) -> Result<(), String> {
        let honest =
            self.plan.byzantine + self.random.below(self.plan.devices - self.plan.byzantine);
        let time = seconds(self.now);
        self.notary
            .close(&self.devices[honest], time, &mut self.random);
        let held: BTreeSet<_> = self.devices.iter().flat_map(|it| it.disk.ids()).collect();
        self.notary.retain(|id| held.contains(id));
        let some: Vec<usize> = (0..5)
            .map(|_| self.random.below(self.plan.devices))
            .collect();
        self.compare(some.into_iter().chain([honest]))
    }

    fn compare(&mut self, devices: impl Iterator<Item = usize>) -> Result<(), String> {
        let mut first = None;
        for at in devices {
            let device = &self.devices[at];
            if device.is_byzantine {
                continue;
            }
            let Some(found) = self.notary.fold(device, &mut self.random) else {
                continue;
            };
            match &first {
                None => first = Some(found),
                Some(first) if *first == found => {}
                Some(first) => {
                    return Err(format!(
                        "devices find {} and {} members at one checkpoint",
                        first.members(),
                        found.members()
                    ));
                }
            }
        }
        Ok(())
    }

    fn restore(&mut self, at: usize) {
        if self.devices[at].is_byzantine || self.devices[at].backup.is_none() {
            return;
        }
        self.keys += 1;
        let mut seed = [9; 32];
        seed[..8].copy_from_slice(&self.keys.to_be_bytes());
        seed[8..16].copy_from_slice(&(at as u64).to_be_bytes());
        let before = self.devices[at].disk.places();
        self.devices[at].restore(SecretKey::from_seed(&seed));
        // What only the lost disk held is lost with it, and nobody can do better; what followed on
        // it in its log never finds its place then.
        let held: BTreeSet<_> = self.devices.iter().flat_map(|it| it.disk.ids()).collect();
        let mut lost = BTreeMap::<LogId, u32>::new();
        for (id, (log, seq)) in &before {
            if !held.contains(id) {
                let first = lost.entry(*log).or_insert(*seq);
                *first = (*first).min(*seq);
            }
        }
        for (id, (log, seq)) in &before {
            if lost.get(log).is_some_and(|first| seq >= first) {
                for device in &mut self.devices {
                    device.saved.remove(id);
                }
            }
        }
    }

    /// A Byzantine device writes two entries at one place, one on each face.
    fn equivocate(&mut self, at: usize) {
        let device = &self.devices[at];
        if !device.is_byzantine || self.faces[at].is_some() {
            return;
        }
        let mut face = Device::new(
            device.member.clone(),
            device.secret.clone(),
            device.history.roots().clone(),
            self.bug,
        );
        face.is_byzantine = true;
        face.disk = device.disk.clone();
        face.crash();
        let claimed = self.claimed(at);
        for (face, text) in [(&mut self.devices[at], 1), (&mut face, 2)] {
            let payload = Payload::of(vec![text; 30]);
            face.state(Kind::new(Stream::MEMBER, 30), payload, claimed);
        }
        self.equivocators.insert(face.key());
        self.faces[at] = Some(face);
    }

    fn meet(&mut self, a: usize, b: usize, medium: Medium) {
        let now = self.now;
        // Who meets an equivocator sees the face that is kept for them.
        let swap = |world: &mut Self, at: usize, other: usize| {
            if other % 2 == 1
                && let Some(Some(face)) = world.faces.get_mut(at)
            {
                std::mem::swap(face, &mut world.devices[at]);
            }
        };
        swap(self, a, b);
        swap(self, b, a);
        let (low, high) = (a.min(b), a.max(b));
        let (left, right) = self.devices.split_at_mut(high);
        let (x, y) = (&mut left[low], &mut right[0]);
        let (dialler, listener) = if a < b { (x, y) } else { (y, x) };
        let met = meet(
            dialler,
            listener,
            medium,
            now,
            &mut self.random,
            &mut self.verified,
        );
        self.bytes += met.bytes;
        swap(self, a, b);
        swap(self, b, a);
    }

    /// Copies what somebody holds for somebody else: partly, twice, in any order, damaged.
    fn send_courier(&mut self, from: usize) {
        let to = self.random.below(self.devices.len());
        let mut entries: Vec<Vec<u8>> = self.devices[from].disk.entries.values().cloned().collect();
        entries.retain(|_| self.random.chance(70));
        for _ in 0..entries.len() / 10 {
            let again = entries[self.random.below(entries.len())].clone();
            entries.push(again);
        }
        self.random.shuffle(&mut entries);
        for entry in &mut entries {
            if self.random.chance(2) {
                let bit = self.random.below(entry.len() * 8);
                entry[bit / 8] ^= 1 << (bit % 8);
            }
        }
        let arrives = self.now + DAY * (1 + self.random.below(30) as u64);
        self.couriers.push(Courier {
            to,
            arrives,
            entries,
        });
    }

    fn receive_couriers(&mut self) {
        let now = self.now;
        let mut here = Vec::new();
        self.couriers.retain_mut(|it| {
            let is_here = it.arrives <= now;
            if is_here {
                here.push((it.to, std::mem::take(&mut it.entries)));
            }
            !is_here
        });
        for (to, entries) in here {
            let entries: Vec<_> = entries
                .iter()
                .filter_map(|it| SignedEntry::decode(it).ok())
                .collect();
            for batch in entries.chunks(64) {
                self.devices[to].take(batch.to_vec(), now, &mut self.verified);
            }
        }
    }

    /// Everybody meets everybody until nothing moves any more.
    fn heal(&mut self) -> Result<(), String> {
        self.now = START + (self.plan.days + 1) * DAY;
        self.couriers.clear();
        for face in &mut self.faces {
            // From now on the equivocators' other faces speak to all as well.
            if let Some(face) = face.take() {
                self.devices.push(face);
            }
        }
        let count = self.devices.len();
        for round in 0..30 {
            self.now += DAY;
            for step in 0..count * 4 {
                let a = (step * 7 + round) % count;
                let b = self.random.below(count);
                if a != b {
                    self.meet(a, b, Medium::Table);
                }
            }
            let mut states = self.devices.iter().map(|it| state_hash(&it.history));
            let first = states.next();
            if states.all(|it| Some(it) == first) {
                return Ok(());
            }
        }
        Err(self.differences())
    }

    fn differences(&self) -> String {
        let states: BTreeSet<_> = self
            .devices
            .iter()
            .map(|it| state_hash(&it.history).to_string())
            .collect();
        let sizes: BTreeSet<_> = self.devices.iter().map(|it| it.history.len()).collect();
        format!(
            "{} states after thirty days of meeting, with {sizes:?} entries",
            states.len()
        )
    }

    /// What is known of an entry that should be everywhere.
    fn loss(&self, writer: &Device, id: &EntryId) -> String {
        let held = |it: &&Device| it.disk.ids().any(|held| held == *id);
        let placed = |it: &&Device| it.history.place_of(id).is_some();
        let all = self.devices.iter();
        let bytes = all.clone().find_map(|it| it.disk.find(id));
        let entry = bytes.and_then(|it| SignedEntry::decode(&it).ok());
        let claim = entry.map(|it| (it.author() == writer.key(), it.claim().kind, it.claim().seq));
        let reason = all
            .clone()
            .flat_map(|it| it.history.pending())
            .find(|it| it.entry.id() == *id)
            .map(|it| it.reason);
        format!(
            "entry {id} was saved and is missing: on {} disks, placed by {}, by its newest key, kind and place: {claim:?}, {reason:?}",
            all.clone().filter(held).count(),
            all.filter(placed).count(),
        )
    }

    fn judge(&self) -> Result<(), String> {
        let honest = || self.devices.iter().filter(|it| !it.is_byzantine);
        for device in honest() {
            let missing = honest().map(|it| &it.history).find_map(|history| {
                let lost = |id: &&_| history.place_of(id).is_none();
                let waits = |id: &&_| device.disk.pending.contains_key(*id);
                device.saved.iter().filter(lost).find(|id| !waits(id))
            });
            if let Some(id) = missing {
                return Err(self.loss(device, id));
            }
            let forks: BTreeSet<_> = device.history.forks().map(|(log, _)| log.author).collect();
            if let Some(unproven) = self.equivocators.difference(&forks).next() {
                return Err(format!("{unproven} said two things and is not proven"));
            }
            if let Some(wronged) = forks.difference(&self.equivocators).next() {
                return Err(format!("{wronged} is honest and proven to have forked"));
            }
            let bytes = device.disk.entries.values();
            for entry in bytes.filter_map(|it| SignedEntry::decode(it).ok()) {
                let id = entry.id();
                if entry.verify(&super::device::NETWORK).is_err() {
                    return Err(format!("entry {id} is held without a signature"));
                }
            }
        }
        Ok(())
    }
}

fn seconds(minutes: u64) -> Seconds {
    Seconds(minutes * 60)
}
