//! The state as leaves: what a device keeps, and what a newcomer gets, instead of the entries.
//!
//! ```text
//! Tip ─leaves─► store, checkpoint bundle ─from_leaves(genesis, record)─► the same Tip
//!                                              └─ another root: refused
//! ```
//!
//! Leaves are read kind by kind in the order of [`Kind::READING`], so that each finds what it needs
//! and none is kept twice; within a kind by number, from 0 on. What memory they take grows with the
//! bytes that there are, whatever these say. Nothing but their hash is believed: until the root is
//! that of the record, nobody sees anything of them.
//!
//! | leaf of [`Kind::Rest`] | |
//! |---:|---|
//! | 0 | what of membership no person and no device has |
//! | 1 | the dividend |
//! | 2 | the parameters |
//! | 3 | who signs, [`Office`] |
//! | 4 | devices that said two things at one place, n × 32 ascending |
//! | 5 | seed of the record 32, members at the one before 8 |

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
};

use thiserror::Error;

use super::{Done, Kind, Logs, Office, RULES, State, Tip, Trees, root::rest};
use crate::{
    checkpoint::{Record, Seed},
    codec::{CodecError, Reader},
    entry::Stream,
    genesis::Genesis,
    history::{Basis, KnownPerson},
    keys::DeviceKey,
    ledger::{AccountId, Ledger},
    params::Params,
    time::{Height, Seconds},
    trust::{Closed, Founding, Membership, Person, State as Standing, membership},
};

/// Leaves of [`Kind::Rest`].
pub(super) const REST: usize = 6;

/// Why leaves are not the state of a record.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum LeavesError {
    /// The record's rules are not those of this program.
    #[error("its rules have number {found}, this program knows {RULES}")]
    Rules {
        /// Its number.
        found: u32,
    },
    /// One is not of its form.
    #[error("leaf {number} of the {} is not of its form", .kind.name())]
    Leaf {
        /// What it is about.
        kind: Kind,
        /// Its number.
        number: u32,
        /// What is wrong.
        source: CodecError,
    },
    /// A kind lacks leaves, has too many, or comes before one that it needs.
    #[error("leaves of the {} are missing, or at a wrong place", .0.name())]
    Order(Kind),
    /// Together they have another root.
    #[error("they are not the state of record {0}")]
    Root(Height),
}

impl Kind {
    /// The order in which leaves are read: each kind after those that it needs.
    pub const READING: [Self; 7] = [
        Self::Rest,
        Self::Times,
        Self::Logs,
        Self::Devices,
        Self::Shared,
        Self::Accounts,
        Self::People,
    ];

    /// The field's word for them.
    pub fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Accounts => "accounts",
            Self::Shared => "shared accounts",
            Self::Devices => "devices",
            Self::Logs => "logs",
            Self::Times => "times",
            Self::Rest => "rest",
        }
    }
}

/// Leaves on their way into a state.
struct Leaves<I: Iterator> {
    given: Peekable<I>,
    trees: Trees,
}

impl<I: Iterator<Item = (Kind, Vec<u8>)>> Leaves<I> {
    /// The next leaf of `kind` with its number; `None` after the last.
    fn next(&mut self, kind: Kind) -> Option<(u32, Vec<u8>)> {
        let (_, leaf) = self.given.next_if(|(it, _)| *it == kind)?;
        let tree = self.trees.of(kind);
        let index = tree.len();
        tree.set(index, &leaf);
        Some((u32::try_from(index).unwrap_or(u32::MAX), leaf))
    }

    /// Reads each leaf of `kind`.
    fn each(
        &mut self,
        kind: Kind,
        mut read: impl FnMut(&[u8]) -> Result<(), CodecError>,
    ) -> Result<(), LeavesError> {
        while let Some((number, leaf)) = self.next(kind) {
            read(&leaf).map_err(|source| LeavesError::Leaf {
                kind,
                number,
                source,
            })?;
        }
        Ok(())
    }

    fn rest(&mut self) -> Result<[Vec<u8>; REST], LeavesError> {
        let mut rest: [Vec<u8>; REST] = Default::default();
        let wrong = LeavesError::Order(Kind::Rest);
        for slot in &mut rest {
            (_, *slot) = self.next(Kind::Rest).ok_or_else(|| wrong.clone())?;
        }
        Ok(rest)
    }
}

impl Tip {
    /// The tip that these leaves describe, if they are the state after `record`. It goes on as the
    /// one that they were taken of; what the record did ([`Tip::done`]) they do not tell.
    ///
    /// # Errors
    ///
    /// [`LeavesError`] if they are anything else.
    pub fn from_leaves(
        genesis: &Genesis,
        record: &Record,
        leaves: impl IntoIterator<Item = (Kind, Vec<u8>)>,
    ) -> Result<Self, LeavesError> {
        if record.rules != RULES {
            return Err(LeavesError::Rules {
                found: record.rules,
            });
        }
        let mut leaves = Leaves {
            given: leaves.into_iter().peekable(),
            trees: Trees::default(),
        };
        let [left, dividend, params, office, refused, newest] = leaves.rest()?;
        let of_rest = |number| {
            move |source| LeavesError::Leaf {
                kind: Kind::Rest,
                number,
                source,
            }
        };
        let (seed, members) = read_newest(&newest).map_err(of_rest(rest::NEWEST))?;
        let closed = Closed {
            height: record.height,
            time: record.time,
            hash: record.previous.0,
            seed: seed.0,
            members,
        };
        let mut times = Vec::new();
        leaves.each(Kind::Times, |leaf| {
            times.push(read_time(leaf)?);
            Ok(())
        })?;
        let mut logs = Logs::default();
        leaves.each(Kind::Logs, |leaf| logs.read_leaf(leaf))?;
        let mut membership = Membership::begin(membership::Leaves {
            founding: Founding::from(genesis),
            params: read_params(&params).map_err(of_rest(rest::PARAMS))?,
            closed,
            times,
            people: Vec::new(),
            devices: Vec::new(),
            rest: left,
            frontier: places(&logs, Stream::MEMBER),
        })
        .map_err(of_rest(rest::MEMBERSHIP))?;
        let mut ledger = Ledger::begin(&dividend).map_err(of_rest(rest::DIVIDEND))?;
        let places = places(&logs, Stream::ACCOUNT);
        leaves.each(Kind::Devices, |leaf| {
            let (device, number) = membership.read_device(leaf)?;
            if let Some(next) = places.get(&device) {
                ledger.pass(number, *next);
            }
            Ok(())
        })?;
        leaves.each(Kind::Shared, |leaf| ledger.read_shared(leaf))?;
        leaves.each(Kind::Accounts, |leaf| ledger.read_account(leaf))?;
        leaves.each(Kind::People, |leaf| membership.read_person(leaf))?;
        if let Some((kind, _)) = leaves.given.next() {
            return Err(LeavesError::Order(kind));
        }
        let mut trees = leaves.trees;
        if trees.root() != record.state {
            return Err(LeavesError::Root(record.height));
        }
        Ok(Self {
            height: record.height,
            hash: record.hash(),
            time: record.time,
            seed,
            office: Office::read(&office).map_err(of_rest(rest::OFFICE))?,
            state: State {
                membership,
                ledger,
                logs,
                charter: genesis.charter_hash(),
                refused: read_refused(&refused).map_err(of_rest(rest::REFUSED))?,
                trees,
            },
            done: Done::default(),
        })
    }

    /// All leaves, in the order in which they are read.
    pub fn leaves(&self) -> impl Iterator<Item = (Kind, Vec<u8>)> {
        let state = &self.state;
        let (people, ledger) = (&state.membership, &state.ledger);
        let numbers = |count: usize| 0..u32::try_from(count).unwrap_or(u32::MAX);
        let mut devices: Vec<_> = people.devices().iter().collect();
        devices.sort_unstable_by_key(|(_, it)| it.index);
        let rest = state.rest_leaves(&self.office.leaf());
        let rest = rest.into_iter().map(|it| (Kind::Rest, it));
        let times = people.times().iter();
        let times = times.map(|it| (Kind::Times, it.0.to_be_bytes().to_vec()));
        let logs = numbers(state.logs.len()).filter_map(|it| state.logs.leaf(it));
        let devices = devices.into_iter();
        let devices = devices.filter_map(|(key, _)| people.device_leaf(key));
        let shared = numbers(ledger.shared().len()).map(AccountId::Shared);
        let accounts = (0..ledger.people()).map(AccountId::Person);
        rest.chain(times)
            .chain(logs.map(|it| (Kind::Logs, it)))
            .chain(devices.map(|it| (Kind::Devices, it)))
            .chain(shared.filter_map(|it| Some((Kind::Shared, ledger.leaf(it)?))))
            .chain(accounts.filter_map(|it| Some((Kind::Accounts, ledger.leaf(it)?))))
            .chain(
                people
                    .people()
                    .iter()
                    .map(|it| (Kind::People, Person::leaf(it))),
            )
    }

    /// What a history stands on that has nothing below `logs`, which no record after this one moved
    /// back.
    pub fn basis(&self, logs: &Logs) -> Basis {
        let people = &self.state.membership;
        let mut devices: BTreeMap<_, Vec<DeviceKey>> = BTreeMap::new();
        for (device, state) in people.devices() {
            devices.entry(state.owner).or_default().push(*device);
        }
        let key = |id| people.person(id).map(|it| it.key);
        let known = (0..).zip(people.people()).map(|(id, person)| KnownPerson {
            keys: person.former.iter().chain([&person.key]).copied().collect(),
            sponsors: person
                .received
                .iter()
                .filter_map(|it| key(it.issuer))
                .collect(),
            is_full: person.state != Standing::Candidate,
            devices: devices.remove(&id).unwrap_or_default(),
        });
        Basis {
            logs: logs.iter().map(|it| (it.log, it.next, it.head)).collect(),
            people: known.collect(),
        }
    }

    /// How many leaves each kind has, in the order in which they are read.
    pub fn leaf_counts(&mut self) -> [u32; 7] {
        let trees = self.state.trees();
        Kind::READING.map(|kind| u32::try_from(trees.of(kind).len()).unwrap_or(u32::MAX))
    }

    /// Leaves that are others than at the last call, by kind and number; at the first call of a tip
    /// that was founded, all of them.
    pub fn take_changed(&mut self) -> BTreeMap<(Kind, u32), Vec<u8>> {
        // Those of the signers and what comes with them are made only when somebody asks.
        self.state.root(&self.office.leaf());
        self.state.trees.take_changed()
    }

    /// Forgets which leaves changed: whoever goes on keeps all of them at the end, or none.
    pub fn forget_changed(&mut self) {
        self.state.trees.take_changed();
    }
}

/// How far each log of `stream` is in, by device.
fn places(logs: &Logs, stream: Stream) -> BTreeMap<DeviceKey, u32> {
    let of_stream = logs.iter().filter(|it| it.log.stream == stream);
    of_stream.map(|it| (it.log.author, it.next)).collect()
}

fn read_newest(leaf: &[u8]) -> Result<(Seed, u64), CodecError> {
    let mut reader = Reader::new(leaf);
    let newest = (Seed(reader.array()?), reader.u64()?);
    reader.finish()?;
    Ok(newest)
}

fn read_time(leaf: &[u8]) -> Result<Seconds, CodecError> {
    let mut reader = Reader::new(leaf);
    let time = Seconds(reader.u64()?);
    reader.finish()?;
    Ok(time)
}

fn read_params(leaf: &[u8]) -> Result<Params, CodecError> {
    let mut reader = Reader::new(leaf);
    let params = Params::read(&mut reader);
    let params = params.map_err(|_| CodecError::NotCanonical("list of parameters"))?;
    reader.finish()?;
    Ok(params)
}

fn read_refused(leaf: &[u8]) -> Result<BTreeSet<DeviceKey>, CodecError> {
    let mut reader = Reader::new(leaf);
    let mut refused = BTreeSet::new();
    while !reader.is_empty() {
        refused.insert(DeviceKey(reader.array()?));
    }
    Ok(refused)
}
