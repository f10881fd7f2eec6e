//! The state of membership as leaves: what a checkpoint certifies, and from which alone the next
//! record can be folded.
//!
//! | leaf | fields, in order |
//! |---|---|
//! | person | key 32, former keys var n × 32 ascending, name text, state 1, since 8, until 8, received var n × (issuer 4, emission 8, end 8, meeting 16), last issue 1 + 8, queue var n × (entry 32, subject 32, meeting 16, included 8), ask 1 (renewal 1 + 32, height 4, time 8, not before 8, verdict 1 (height 4, referents var, reached var, holds 1)), retry 8, objections var n × 4 ascending, key changed 1 + 8, residence 1 (commune 16, since 8), imported 1 |
//! | device | key 32, owner 4, cut 1 (member log 4, account log 4) |
//! | rest | dead keys var n × 32, cuts var n × (device 32, member 32, place in the member log 4, in the account log 4), strays var n × (member 32, var n × device 32), recoveries var n × (person 4, key 32, var n × (sponsor 4, time 8)); each ascending |
//!
//! `1 + n` is a flag and then, if it is 1, the field. Times are seconds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Closed, Cut, DeviceState, Founding, Membership, Touched};
use crate::{
    codec::{CodecError, Reader, Writer},
    hash::EntryId,
    keys::{DeviceKey, MemberKey},
    params::Params,
    payload::MAX_NAME_LEN,
    time::{Height, Seconds},
    trust::{
        Distance, number,
        person::{Ask, Person, PersonId, Queued, Received, State, Verdict},
    },
};

/// Most of anything that one leaf lists: far above what the rules let come together.
const MAX_LISTED: usize = 1_000_000;

/// What membership is made of again.
#[derive(Clone, Debug)]
pub struct Leaves {
    /// What the genesis says.
    pub founding: Founding,
    /// Parameters in force.
    pub params: Params,
    /// The newest record.
    pub closed: Closed,
    /// Times of the records, by height.
    pub times: Vec<Seconds>,
    /// A leaf for each person, by number.
    pub people: Vec<Vec<u8>>,
    /// A leaf for each device, by number.
    pub devices: Vec<Vec<u8>>,
    /// What is left.
    pub rest: Vec<u8>,
    /// The first place of each member log that no record covers yet.
    pub frontier: BTreeMap<DeviceKey, u32>,
}

impl Membership {
    /// Takes note of what changed: people and devices whose leaves may differ from those at the
    /// last call. At the first call these are all.
    pub fn take_touched(&mut self) -> (Vec<PersonId>, Vec<DeviceKey>) {
        let touched = std::mem::take(&mut self.touched);
        (
            touched.people.into_iter().collect(),
            touched.devices.into_iter().collect(),
        )
    }

    /// Devices that are somebody's.
    pub fn devices(&self) -> &BTreeMap<DeviceKey, DeviceState> {
        &self.devices
    }

    /// Times of the records, by height; that of the genesis first.
    pub fn times(&self) -> &[Seconds] {
        &self.times
    }

    /// The leaf of a device.
    pub fn device_leaf(&self, device: &DeviceKey) -> Option<Vec<u8>> {
        let state = self.devices.get(device)?;
        let mut out = Writer::new();
        out.raw(device.as_bytes()).u32(state.owner);
        option(&mut out, state.cut, |out, cut| {
            out.u32(cut.member).u32(cut.account);
        });
        Some(out.finish())
    }

    /// The leaf of what no person and no device has.
    pub fn rest_leaf(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.var_len(self.dead_keys.len());
        for key in &self.dead_keys {
            out.raw(key.as_bytes());
        }
        out.var_len(self.cuts.len());
        for ((device, member), cut) in &self.cuts {
            out.raw(device.as_bytes())
                .raw(member.as_bytes())
                .u32(cut.member)
                .u32(cut.account);
        }
        out.var_len(self.strays.len());
        for (member, devices) in &self.strays {
            out.raw(member.as_bytes()).var_len(devices.len());
            for device in devices {
                out.raw(device.as_bytes());
            }
        }
        out.var_len(self.recoveries.len());
        for ((person, key), sponsors) in &self.recoveries {
            out.u32(*person).raw(key.as_bytes()).var_len(sponsors.len());
            for (sponsor, time) in sponsors {
                out.u32(*sponsor).u64(time.0);
            }
        }
        out.finish()
    }

    /// The membership that these leaves describe. It folds on as the one that wrote them.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if a leaf is not of its form.
    pub fn from_leaves(mut leaves: Leaves) -> Result<Self, CodecError> {
        let people = std::mem::take(&mut leaves.people);
        let devices = std::mem::take(&mut leaves.devices);
        let mut state = Self::begin(leaves)?;
        for leaf in &devices {
            state.read_device(leaf)?;
        }
        for leaf in &people {
            state.read_person(leaf)?;
        }
        state.touched = Touched {
            people: (0..number(state.people.len())).collect(),
            devices: state.devices.keys().copied().collect(),
        };
        Ok(state)
    }

    /// The membership of these leaves but for people and devices, which come one by one.
    pub(crate) fn begin(leaves: Leaves) -> Result<Self, CodecError> {
        let mut state = Self::founded(Founding {
            founders: Vec::new(),
            ..leaves.founding
        });
        state.params = leaves.params;
        state.closed = leaves.closed;
        state.times = leaves.times;
        state.frontier = leaves.frontier;
        state.read_rest(&leaves.rest)?;
        Ok(state)
    }

    /// Reads the leaf of the next person.
    pub(crate) fn read_person(&mut self, leaf: &[u8]) -> Result<(), CodecError> {
        let (id, person) = (number(self.people.len()), Person::read(leaf)?);
        let keys = person.former.iter().chain([&person.key]);
        self.by_key.extend(keys.map(|key| (*key, id)));
        if !person.queue.is_empty() {
            self.queues.insert(id);
        }
        self.people.push(person);
        Ok(())
    }

    /// Reads the leaf of the next device. Gives back its number.
    pub(crate) fn read_device(&mut self, leaf: &[u8]) -> Result<(DeviceKey, u32), CodecError> {
        let mut reader = Reader::new(leaf);
        let key = DeviceKey(reader.array()?);
        let owner = reader.u32()?;
        let cut = read_option(&mut reader, read_cut)?;
        reader.finish()?;
        let index = number(self.devices.len());
        let device = DeviceState { index, owner, cut };
        self.devices.insert(key, device);
        Ok((key, index))
    }

    fn read_rest(&mut self, leaf: &[u8]) -> Result<(), CodecError> {
        let mut reader = Reader::new(leaf);
        for _ in 0..reader.var_max("keys", MAX_LISTED)? {
            self.dead_keys.insert(MemberKey(reader.array()?));
        }
        for _ in 0..reader.var_max("cuts", MAX_LISTED)? {
            let place = (DeviceKey(reader.array()?), MemberKey(reader.array()?));
            self.cuts.insert(place, read_cut(&mut reader)?);
        }
        for _ in 0..reader.var_max("strays", MAX_LISTED)? {
            let devices = self.strays.entry(MemberKey(reader.array()?)).or_default();
            for _ in 0..reader.var_max("devices", MAX_LISTED)? {
                devices.insert(DeviceKey(reader.array()?));
            }
        }
        for _ in 0..reader.var_max("recoveries", MAX_LISTED)? {
            let place = (reader.u32()?, MemberKey(reader.array()?));
            let sponsors = self.recoveries.entry(place).or_default();
            for _ in 0..reader.var_max("sponsors", MAX_LISTED)? {
                sponsors.insert(reader.u32()?, Seconds(reader.u64()?));
            }
        }
        reader.finish()
    }
}

fn read_cut(reader: &mut Reader<'_>) -> Result<Cut, CodecError> {
    Ok(Cut {
        member: reader.u32()?,
        account: reader.u32()?,
    })
}

impl Person {
    /// Their leaf.
    pub fn leaf(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(256);
        out.raw(self.key.as_bytes()).var_len(self.former.len());
        for key in &self.former {
            out.raw(key.as_bytes());
        }
        out.short_bytes(self.name.as_bytes())
            .u8(self.state.number())
            .u64(self.since.0)
            .u64(self.until.0);
        out.var_len(self.received.len());
        for it in &self.received {
            out.u32(it.issuer)
                .u64(it.emission.0)
                .u64(it.end.0)
                .raw(&it.meeting);
        }
        option(&mut out, self.last_issue, seconds);
        out.var_len(self.queue.len());
        for it in &self.queue {
            out.raw(it.id.as_bytes())
                .raw(it.subject.as_bytes())
                .raw(&it.meeting)
                .u64(it.included.0);
        }
        option(&mut out, self.ask, |out, ask| ask.write(out));
        out.u64(self.retry.0).var_len(self.objections.len());
        for member in &self.objections {
            out.u32(*member);
        }
        option(&mut out, self.key_changed, seconds);
        option(&mut out, self.residence, |out, (commune, since)| {
            out.raw(&commune).u64(since.0);
        });
        out.flag(self.is_imported);
        out.finish()
    }

    /// The person of a leaf.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it is not of its form.
    pub fn read(leaf: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(leaf);
        let reader = &mut reader;
        let key = MemberKey(reader.array()?);
        let former = list(reader, |reader| reader.array().map(MemberKey))?;
        let name = reader.text("name", MAX_NAME_LEN.saturating_mul(2))?;
        let state = State::of_number(reader.u8()?)?;
        let since = Seconds(reader.u64()?);
        let mut person = Self::new(key, name, state, since);
        person.former = former.into_iter().collect();
        person.until = Seconds(reader.u64()?);
        person.received = list(reader, |reader| {
            Ok(Received {
                issuer: reader.u32()?,
                emission: Seconds(reader.u64()?),
                end: Seconds(reader.u64()?),
                meeting: reader.array()?,
            })
        })?;
        person.last_issue = read_option(reader, read_seconds)?;
        let queue = list(reader, |reader| {
            Ok(Queued {
                id: EntryId(reader.array()?),
                subject: MemberKey(reader.array()?),
                meeting: reader.array()?,
                included: Seconds(reader.u64()?),
            })
        })?;
        person.queue = VecDeque::from(queue);
        person.ask = read_option(reader, Ask::read)?;
        person.retry = Seconds(reader.u64()?);
        let objections = list(reader, Reader::u32)?;
        person.objections = BTreeSet::from_iter(objections);
        person.key_changed = read_option(reader, read_seconds)?;
        person.residence = read_option(reader, |reader| {
            Ok((reader.array()?, Seconds(reader.u64()?)))
        })?;
        person.is_imported = reader.flag()?;
        reader.clone().finish()?;
        Ok(person)
    }
}

impl State {
    fn number(self) -> u8 {
        match self {
            Self::Candidate => 0,
            Self::Member => 1,
            Self::Lapsed => 2,
            Self::Gone => 3,
            Self::Revoked => 4,
        }
    }

    fn of_number(number: u8) -> Result<Self, CodecError> {
        Ok(match number {
            0 => Self::Candidate,
            1 => Self::Member,
            2 => Self::Lapsed,
            3 => Self::Gone,
            4 => Self::Revoked,
            _ => {
                return Err(CodecError::Unknown {
                    what: "state of a person",
                    value: number.into(),
                });
            }
        })
    }
}

impl Ask {
    fn write(&self, out: &mut Writer) {
        option(out, self.renewal, |out, id| {
            out.raw(id.as_bytes());
        });
        out.u32(self.height.0)
            .u64(self.time.0)
            .u64(self.not_before.0);
        option(out, self.verdict, |out, it| {
            out.u32(it.height.0)
                .var(it.distance.referents)
                .var(it.distance.reached)
                .flag(it.holds);
        });
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            renewal: read_option(reader, |reader| reader.array().map(EntryId))?,
            height: Height(reader.u32()?),
            time: Seconds(reader.u64()?),
            not_before: Seconds(reader.u64()?),
            verdict: read_option(reader, |reader| {
                Ok(Verdict {
                    height: Height(reader.u32()?),
                    distance: Distance {
                        referents: reader.var()?,
                        reached: reader.var()?,
                    },
                    holds: reader.flag()?,
                })
            })?,
        })
    }
}

fn option<T>(out: &mut Writer, value: Option<T>, write: impl FnOnce(&mut Writer, T)) {
    out.flag(value.is_some());
    if let Some(value) = value {
        write(out, value);
    }
}

fn seconds(out: &mut Writer, time: Seconds) {
    out.u64(time.0);
}

fn read_seconds(reader: &mut Reader<'_>) -> Result<Seconds, CodecError> {
    reader.u64().map(Seconds)
}

fn read_option<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, CodecError>,
) -> Result<Option<T>, CodecError> {
    match reader.flag()? {
        true => read(reader).map(Some),
        false => Ok(None),
    }
}

fn list<'a, T>(
    reader: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T, CodecError>,
) -> Result<Vec<T>, CodecError> {
    let count = reader.var_max("list of a leaf", MAX_LISTED)?;
    // Grown by what is there: a count of a stranger reserves nothing.
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(read(reader)?);
    }
    Ok(items)
}
