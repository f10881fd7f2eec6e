//! The part of a genesis that names the network.
//!
//! | bytes | field |
//! |------:|-------|
//! |     1 | format version, [`VERSION`] |
//! |     1 | 0/1, a test network |
//! | 2 + n | name of the network, at most 64 bytes, may be empty |
//! |     4 | when it was drafted, claimed, minutes since 1970; no rule uses it |
//! | 4 + n | charter text, at most 64 KiB |
//! |       | parameters, as in [`params`](crate::params) |
//! | 2 + n | founders: number, their cards without the first line |
//! | 1 + 2 n | signers: number, places among the founders, ascending |
//! | 1 + 2 n | trustees: number, places among the founders, ascending |
//! | 1 [+ 72] | 0/1, imported people: root 32, number 4, members among them 4, hash of the graph 32 |

use std::collections::BTreeMap;

use thiserror::Error;

use super::card::{Card, CardError};
use crate::{
    codec::{CodecError, Reader, Writer, is_clean, to_u64},
    merkle::TreeHash,
    params::{Param, ParamError, Params},
    time::ClaimedMinutes,
};

/// The one format of a body that this build reads and writes.
pub const VERSION: u8 = 1;

/// Longest charter, in bytes of UTF-8.
pub const MAX_CHARTER_LEN: usize = 64 * 1_024;

/// Most founders: a large assembly, whose cards fit into a file of 2 MiB.
pub const MAX_FOUNDERS: usize = 1_000;

/// Fewest signers of a network that is no test: with fewer, one who fails stops every checkpoint.
pub const MIN_SIGNERS: usize = 4;

/// Most signers: their quorum and a log line are the 16 signatures every verifier must accept.
pub const MAX_SIGNERS: usize = 22;

const MAX_NAME_LEN: usize = 64;

/// What founders agree on. Checked on the way into a [`Draft`](super::Draft) or a
/// [`Genesis`](super::Genesis), and not before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Body {
    /// Keys may be public, clocks may be set, nothing in it is worth anything.
    pub test_network: bool,
    /// Name for people, may be empty.
    pub name: String,
    /// When it was drafted, as who drafted it says.
    pub created: ClaimedMinutes,
    /// The text that every member adheres to.
    pub charter: String,
    /// The numbers to start with.
    pub params: Params,
    /// The first members.
    pub founders: Vec<Card>,
    /// Places of those who sign checkpoints, ascending.
    pub signers: Vec<u16>,
    /// Places of those who hold the keys of ballots, ascending.
    pub trustees: Vec<u16>,
    /// People taken over from another network.
    pub import: Option<ImportRoot>,
}

/// A list of people taken over from another network: its Merkle root, not the list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ImportRoot {
    /// RFC 6962 root over [`import_leaf`](crate::payload::import_leaf) of each.
    pub root: TreeHash,
    /// How many people.
    pub size: u32,
    /// How many of them were members; the others are lapsed.
    pub members: u32,
    /// Names the graph that was imported, so that the same graph gives the same network.
    pub graph: [u8; 32],
}

impl Body {
    /// The founders who sign checkpoints.
    pub fn signers(&self) -> impl Iterator<Item = &Card> {
        self.at(&self.signers)
    }

    /// The founders who hold the keys of ballots.
    pub fn trustees(&self) -> impl Iterator<Item = &Card> {
        self.at(&self.trustees)
    }

    fn at<'a>(&'a self, places: &'a [u16]) -> impl Iterator<Item = &'a Card> {
        let founder = |place: &u16| self.founders.get(usize::from(*place));
        places.iter().filter_map(founder)
    }

    /// How many founders there must be: who loses one certification must still have enough.
    pub fn founders_needed(&self) -> usize {
        let needed = self.params.get(Param::SigQty).saturating_add(1);
        usize::try_from(needed).unwrap_or(usize::MAX)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.u8(VERSION)
            .flag(self.test_network)
            .short_bytes(self.name.as_bytes())
            .u32(self.created.0)
            .u32(u32::try_from(self.charter.len()).unwrap_or(u32::MAX))
            .raw(self.charter.as_bytes());
        self.params.write(&mut out);
        out.u16(u16::try_from(self.founders.len()).unwrap_or(u16::MAX));
        for founder in &self.founders {
            founder.write(&mut out);
        }
        for places in [&self.signers, &self.trustees] {
            out.u8(u8::try_from(places.len()).unwrap_or(u8::MAX));
            for place in places {
                out.u16(*place);
            }
        }
        out.flag(self.import.is_some());
        if let Some(import) = &self.import {
            out.raw(&import.root)
                .u32(import.size)
                .u32(import.members)
                .raw(&import.graph);
        }
        out.finish()
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, GenesisError> {
        let version = reader.u8()?;
        if version != VERSION {
            return Err(CodecError::Unknown {
                what: "genesis format",
                value: version.into(),
            }
            .into());
        }
        let test_network = reader.flag()?;
        let name = reader.text("name of the network", MAX_NAME_LEN)?;
        let created = ClaimedMinutes(reader.u32()?);
        let charter = read_charter(reader)?;
        let params = Params::read(reader)?;
        let founders = read_founders(reader)?;
        let signers = read_places(reader, "number of signers", MAX_SIGNERS)?;
        let trustees = read_places(reader, "number of trustees", 7)?;
        let import = match reader.flag()? {
            true => Some(ImportRoot {
                root: reader.array()?,
                size: reader.u32()?,
                members: reader.u32()?,
                graph: reader.array()?,
            }),
            false => None,
        };
        let body = Self {
            test_network,
            name,
            created,
            charter,
            params,
            founders,
            signers,
            trustees,
            import,
        };
        body.check()?;
        Ok(body)
    }

    /// What holds for every draft.
    fn check(&self) -> Result<(), GenesisError> {
        if self.name.contains('\n') {
            return Err(CodecError::NotText("name of the network").into());
        }
        if self.charter.trim().is_empty() {
            return Err(GenesisError::NoCharter);
        }
        for (what, places) in [("signers", &self.signers), ("trustees", &self.trustees)] {
            let known = |place: &u16| usize::from(*place) < self.founders.len();
            if !places.is_sorted_by(|a, b| a < b) || !places.iter().all(known) {
                return Err(GenesisError::Places(what));
            }
        }
        if let Some(import) = &self.import {
            let plain = self.founders.is_empty() && self.test_network;
            if !plain || import.size == 0 || import.members > import.size {
                return Err(GenesisError::Import);
            }
        }
        self.check_keys()
    }

    /// One key serves one person and one purpose.
    fn check_keys(&self) -> Result<(), GenesisError> {
        let mut seen = BTreeMap::new();
        for founder in &self.founders {
            let person = founder.person();
            for (what, key) in person.signing_keys() {
                if let Some(first) = seen.insert(key, &person.name) {
                    return Err(GenesisError::Twice {
                        what,
                        first: first.clone(),
                        second: person.name.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// What must hold before founders close: the network can go on from here.
    ///
    /// # Errors
    ///
    /// [`GenesisError`] that names what to change in the draft.
    pub fn check_ready(&self) -> Result<(), GenesisError> {
        if self.import.is_some() {
            return Ok(());
        }
        let (founders, needed) = (self.founders.len(), self.founders_needed());
        if founders < needed {
            return Err(GenesisError::TooFewFounders { founders, needed });
        }
        let least = if self.test_network { 1 } else { MIN_SIGNERS };
        let signers = self.signers.len();
        if signers < least {
            return Err(GenesisError::TooFewSigners { signers, least });
        }
        let asked = usize::from(self.params.tally_quorum().trustees);
        let trustees = self.trustees.len();
        if trustees != asked {
            return Err(GenesisError::Trustees { trustees, asked });
        }
        Ok(())
    }
}

fn read_charter(reader: &mut Reader<'_>) -> Result<String, GenesisError> {
    let len = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
    if len > MAX_CHARTER_LEN {
        return Err(CodecError::OverLimit {
            what: "length of the charter",
            value: to_u64(len),
            limit: to_u64(MAX_CHARTER_LEN),
        }
        .into());
    }
    let text = str::from_utf8(reader.bytes(len)?);
    let text = text.ok().filter(|text| is_clean(text));
    let text = text.ok_or(CodecError::NotText("charter"))?;
    Ok(text.to_owned())
}

fn read_founders(reader: &mut Reader<'_>) -> Result<Vec<Card>, GenesisError> {
    let count = usize::from(reader.u16()?);
    if count > MAX_FOUNDERS {
        return Err(over("number of founders", count, MAX_FOUNDERS));
    }
    (1..=count)
        .map(|number| {
            Card::read(reader).map_err(|source| match source {
                CardError::Codec(CodecError::Truncated) => CodecError::Truncated.into(),
                source => GenesisError::Card { number, source },
            })
        })
        .collect()
}

fn read_places(
    reader: &mut Reader<'_>,
    what: &'static str,
    limit: usize,
) -> Result<Vec<u16>, GenesisError> {
    let count = usize::from(reader.u8()?);
    if count > limit {
        return Err(over(what, count, limit));
    }
    (0..count).map(|_| Ok(reader.u16()?)).collect()
}

fn over(what: &'static str, value: usize, limit: usize) -> GenesisError {
    let (value, limit) = (to_u64(value), to_u64(limit));
    CodecError::OverLimit { what, value, limit }.into()
}

/// Bytes with which no network can be founded or joined.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum GenesisError {
    /// The first line is another, or the file is far too long.
    #[error("it is not a file of this kind")]
    Magic,
    /// The check sum is wrong.
    #[error("it is cut or damaged: its check sum is wrong")]
    Damaged,
    /// The bytes are not in the form of a genesis.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A parameter is unknown or out of its bounds.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// A founder's card is not valid.
    #[error("the card of founder {number} is not valid")]
    Card {
        /// Place of the founder, from 1.
        number: usize,
        /// What is wrong with it.
        source: CardError,
    },
    /// There is no charter text.
    #[error("the charter is empty")]
    NoCharter,
    /// A key that has two owners or two purposes.
    #[error("the {what} of {second} is already a key of {first}")]
    Twice {
        /// What the key is for the second time.
        what: &'static str,
        /// Whose key it is.
        first: String,
        /// Whose key it should be too.
        second: String,
    },
    /// Signers or trustees who are no founders, or are named twice.
    #[error("its {0} are not a list of founders in order")]
    Places(&'static str),
    /// Nobody could lose one certification and stay.
    #[error("it has {founders} founders, sig_qty asks for at least {needed}")]
    TooFewFounders {
        /// How many there are.
        founders: usize,
        /// One more than `sig_qty`.
        needed: usize,
    },
    /// One who fails would stop every checkpoint.
    #[error("it has {signers} signers, at least {least} are needed")]
    TooFewSigners {
        /// How many there are.
        signers: usize,
        /// The fewest.
        least: usize,
    },
    /// Not as many trustees as the parameter says.
    #[error("it has {trustees} trustees, the parameter trustees asks for {asked}")]
    Trustees {
        /// How many there are.
        trustees: usize,
        /// What the parameter says.
        asked: usize,
    },
    /// A signature on it is false.
    #[error("the signature of {founder} is not right")]
    Signature {
        /// Name of the founder.
        founder: String,
    },
    /// An import that has founders too, is empty, or is no test network.
    #[error("an import needs people, no founders, and a test network")]
    Import,
    /// A genesis without founders that imports nobody.
    #[error("it has no founders and imports nobody")]
    NothingImported,
}
