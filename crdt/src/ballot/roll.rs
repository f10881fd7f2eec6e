//! Who may vote, and in which ward: drawn once, from the record that has the opening in.
//!
//! A sum holds so many ballots that even hostile ones cannot carry it out of its range. Up to that
//! number there is one ward. Beyond there is an even number of wards of at most half as many electors:
//! neighbours have one key and can be counted together. Electors of a commune of 500 or more stay
//! together as far as wards allow; the others are shuffled by the seed of the record, which nobody
//! chose.
//!
//! | bytes | of an encoded roll |
//! |------:|-------|
//! |     2 | wards |
//! |     4 | fewest ballots of a ward that is counted alone |
//! | var n | electors, ascending: person 4, ward 2 each |

use std::collections::BTreeMap;

use crate::{
    codec::{CodecError, Reader, Writer},
    hash::keyed_blake3,
    params::{Param, Params, TallyQuorum},
    payload::ward_cap,
    trust::PersonId,
};

/// Most wards: a thousand keys.
pub const MAX_WARDS: u16 = 2_000;

/// Electors of a commune that stay together.
const WHOLE_COMMUNE: usize = 500;

/// Most electors that a roll is read with.
const MAX_ELECTORS: usize = 16_000_000;

/// How many ballots are summed: more hide each other better, fewer are smudged better.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sums {
    /// Most ballots of one sum.
    pub most: u32,
    /// Fewest ballots of a ward that is counted alone where it has a neighbour.
    pub fewest: u32,
}

impl Sums {
    /// What `params` ask for, within what `quorum` can open.
    pub fn of(params: &Params, quorum: &TallyQuorum) -> Self {
        let number = |it| u32::try_from(params.get(it)).unwrap_or(u32::MAX);
        Self {
            most: number(Param::WardMax).min(ward_cap(quorum)),
            fewest: number(Param::AnonymityMin),
        }
    }
}

/// Electors and their wards.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Roll {
    wards: u16,
    fewest: u32,
    of: BTreeMap<PersonId, u16>,
}

impl Roll {
    /// Draws the wards of `electors`, each with their commune, by the `seed` of a record. Beyond
    /// [`MAX_WARDS`] full wards nobody is left out, and wards are larger.
    pub fn draw(electors: Vec<(PersonId, Option<[u8; 16]>)>, seed: &[u8; 32], sums: Sums) -> Self {
        let total = u32::try_from(electors.len()).unwrap_or(u32::MAX);
        if total <= sums.most {
            return Self {
                wards: 1,
                fewest: sums.fewest,
                of: electors.into_iter().map(|(it, _)| (it, 0)).collect(),
            };
        }
        let half = (sums.most / 2).max(1);
        let wards = total.div_ceil(half).next_multiple_of(2);
        let wards = u16::try_from(wards).unwrap_or(MAX_WARDS).min(MAX_WARDS);
        let mut sizes: BTreeMap<[u8; 16], usize> = BTreeMap::new();
        for commune in electors.iter().filter_map(|it| it.1) {
            let size = sizes.entry(commune).or_default();
            *size = size.saturating_add(1);
        }
        let mut order: Vec<_> = electors
            .into_iter()
            .map(|(person, commune)| {
                let together = |it: &[u8; 16]| sizes.get(it).is_some_and(|it| *it >= WHOLE_COMMUNE);
                // Whole communes first, each in one run; then everybody else.
                let commune = commune.filter(together).map_or([u8::MAX; 17], |it| {
                    let mut place = [0; 17];
                    place
                        .iter_mut()
                        .skip(1)
                        .zip(it)
                        .for_each(|(to, from)| *to = from);
                    place
                });
                let chance = keyed_blake3(seed, &[b"ward", &person.to_be_bytes()]);
                (commune, chance, person)
            })
            .collect();
        order.sort_unstable();
        // As even as can be: so none is larger than half of what a sum holds.
        let mut of = BTreeMap::new();
        let (people, count) = (u64::from(total), u64::from(wards));
        for (at, (.., person)) in (0_u64..).zip(order) {
            let ward = at.saturating_mul(count).checked_div(people).unwrap_or(0);
            of.insert(person, u16::try_from(ward).unwrap_or(0));
        }
        Self {
            wards,
            fewest: sums.fewest,
            of,
        }
    }

    /// How many wards there are.
    pub const fn wards(&self) -> u16 {
        self.wards
    }

    /// Fewest ballots of a ward that is counted alone where it has a neighbour.
    pub const fn fewest(&self) -> u32 {
        self.fewest
    }

    /// How many ballots a sum has if everybody votes: those of one key, as many as can be.
    pub fn largest_sum(&self) -> u32 {
        let wards = usize::from(self.wards.max(1));
        let ward = self.of.len().div_ceil(wards);
        u32::try_from(ward.saturating_mul(wards.min(2))).unwrap_or(u32::MAX)
    }

    /// How many keys the vote has: one for two wards.
    pub const fn keys(&self) -> u16 {
        if self.wards <= 1 { 1 } else { self.wards / 2 }
    }

    /// Which key the ballots of a ward are encrypted with.
    pub const fn key_of(&self, ward: u16) -> u16 {
        if self.wards <= 1 { 0 } else { ward / 2 }
    }

    /// The ward of an elector.
    pub fn ward_of(&self, person: PersonId) -> Option<u16> {
        self.of.get(&person).copied()
    }

    /// How many electors there are.
    pub fn electors(&self) -> usize {
        self.of.len()
    }

    /// How many of them encrypt with a key.
    pub fn electors_with(&self, key: u16) -> usize {
        let with = |it: &&u16| self.key_of(**it) == key;
        self.of.values().filter(with).count()
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(self.of.len().saturating_mul(6).saturating_add(12));
        out.u16(self.wards).u32(self.fewest).var_len(self.of.len());
        for (person, ward) in &self.of {
            out.u32(*person).u16(*ward);
        }
        out.finish()
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let (wards, fewest) = (reader.u16()?, reader.u32()?);
        let count = reader.var_max("number of electors", MAX_ELECTORS)?;
        let mut of = BTreeMap::new();
        let mut last = None;
        for _ in 0..count {
            let (person, ward) = (reader.u32()?, reader.u16()?);
            if last >= Some(person) || ward >= wards {
                return Err(CodecError::NotCanonical("roll"));
            }
            last = Some(person);
            of.insert(person, ward);
        }
        reader.finish()?;
        Ok(Self { wards, fewest, of })
    }
}
