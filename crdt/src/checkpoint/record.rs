//! The record of a height: what a checkpoint fixes, and a leaf of the network's log.
//!
//! | bytes | field |
//! |------:|-------|
//! |     1 | format version, [`VERSION`] |
//! |     4 | height, from 1 on; the genesis is height 0 |
//! |    32 | hash of the record before; of the genesis at height 1 |
//! |     4 | rules number: kinds and rules above it are never folded |
//! |     8 | time, seconds since 1970 |
//! | 1 + 9 n | stamps: number ≤ 22; each the signer's place 1, seconds 8; places MUST ascend |
//! |    32 | seed preimage of the proposer |
//! |    32 | frontier root |
//! |    32 | state root |
//! |     8 | members |
//! |    16 | mass, thousandths |
//! |     8 | dividend, thousandths |
//! |     8 | growth rate, hundredths of a percent |
//! |    32 | hash of the parameters and laws in force |
//! |    32 | hash of the next signers |
//! | 1 + 117 n | fork proofs newly judged: number ≤ 16; MUST ascend by log, then place |
//!
//! A fork proof: device 32, stream 1, tag 16, place 4, ids of the two entries 32 + 32, ascending.
//!
//! The record hash is BLAKE3 in derive-key mode over these bytes, with the context
//! `commune checkpoint record v1`. The seed of height h is BLAKE3(seed of h − 1 ‖ preimage), that of
//! height 0 the genesis hash.

use std::{fmt, str::FromStr};

use crate::{
    codec::{CodecError, Reader, Writer, to_u64},
    entry::LogId,
    genesis::MAX_SIGNERS,
    hash::{EntryId, NameError, NetworkId, blake3, derive_key, from_hex, name, to_hex},
    merkle::TreeHash,
    time::{Height, Seconds},
};

use super::signers::SignersHash;

/// The one format of a record that this build reads and writes.
const VERSION: u8 = 1;

/// Longest record, in bytes. With all stamps and fork proofs there are 2,321 today; the rest is for
/// formats to come, and bounds what a stranger can have us read.
pub const MAX_RECORD_LEN: usize = 8 * 1_024;

/// Most fork proofs that one record judges: others wait for the next.
pub const MAX_FORKS: usize = 16;

name! {
    /// Hash of a record; at height 0 of the genesis.
    RecordHash
}
name! {
    /// Hash of the parameters and laws in force.
    LawsHash
}
name! {
    /// What a signer reveals of their seed chain.
    SeedPreimage
}
name! {
    /// Randomness of a height, from which referents and wards are drawn.
    Seed
}

impl RecordHash {
    /// What the first record follows.
    pub fn of_genesis(network: &NetworkId) -> Self {
        Self(network.0)
    }

    /// Names the record with these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(derive_key("commune checkpoint record v1", &[bytes]))
    }

    /// The 8 bytes that anchors carry.
    pub fn short(&self) -> [u8; 8] {
        NetworkId(self.0).short()
    }
}

impl Seed {
    /// The seed of height 0.
    pub fn of_genesis(network: &NetworkId) -> Self {
        Self(network.0)
    }

    /// The seed of the next height, whose proposer revealed `preimage`: all they could choose is to
    /// stay silent.
    #[must_use]
    pub fn next(&self, preimage: &SeedPreimage) -> Self {
        Self(blake3(&[&self.0, &preimage.0]))
    }
}

impl SeedPreimage {
    /// What this value proves: the commitment in its owner's card if it is their first, else the
    /// value that they revealed before it.
    #[must_use]
    pub fn proves(&self) -> [u8; 32] {
        blake3(&[b"commune/seed-chain/v1\0", &self.0])
    }
}

/// A moment that a signer signed for this height.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Stamp {
    /// Their place in the set that signs this height.
    pub signer: u8,
    /// The moment.
    pub time: Seconds,
}

/// Two entries of one log at one place, which this record judges.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ForkProof {
    /// The log.
    pub log: LogId,
    /// The place.
    pub seq: u32,
    /// The two entries, ascending.
    pub ids: [EntryId; 2],
}

/// What a checkpoint fixes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// Its height, 1 or more.
    pub height: Height,
    /// The record before.
    pub previous: RecordHash,
    /// The rules by which the next record folds.
    pub rules: u32,
    /// The time of the rules.
    pub time: Seconds,
    /// From whose stamps it follows.
    pub stamps: Vec<Stamp>,
    /// What the proposer revealed.
    pub seed: SeedPreimage,
    /// Root over (log key, seq, head), sorted by log key.
    pub frontier: TreeHash,
    /// Root over everything that the next fold reads.
    pub state: TreeHash,
    /// How many are members.
    pub members: u64,
    /// Sum of all balances, thousandths.
    pub mass: u128,
    /// Dividend of a day, thousandths.
    pub dividend: u64,
    /// Growth rate, hundredths of a percent.
    pub growth: u64,
    /// Parameters and laws in force.
    pub laws: LawsHash,
    /// Who signs the next height.
    pub next_signers: SignersHash,
    /// Forks judged for the first time.
    pub forks: Vec<ForkProof>,
}

impl Record {
    /// The time that follows from a record's stamps: the middle one, or the lower of the two, and
    /// at least a second after the record before. Fewer than a third cannot move it beyond what an
    /// honest signer stamped.
    pub fn stamped_time(previous: Seconds, stamps: &[Stamp]) -> Seconds {
        let mut times: Vec<_> = stamps.iter().map(|stamp| stamp.time).collect();
        times.sort_unstable();
        let middle = times.get(times.len().saturating_sub(1) / 2).copied();
        middle.unwrap_or_default().max(previous.after(1))
    }

    /// Its canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(512);
        out.u8(VERSION)
            .u32(self.height.0)
            .raw(self.previous.as_bytes())
            .u32(self.rules)
            .u64(self.time.0)
            .u8(u8::try_from(self.stamps.len()).unwrap_or(u8::MAX));
        for stamp in &self.stamps {
            out.u8(stamp.signer).u64(stamp.time.0);
        }
        out.raw(self.seed.as_bytes())
            .raw(&self.frontier)
            .raw(&self.state)
            .u64(self.members)
            .raw(&self.mass.to_be_bytes())
            .u64(self.dividend)
            .u64(self.growth)
            .raw(self.laws.as_bytes())
            .raw(self.next_signers.as_bytes())
            .u8(u8::try_from(self.forks.len()).unwrap_or(u8::MAX));
        for fork in &self.forks {
            fork.log.write(&mut out);
            out.u32(fork.seq);
            for id in &fork.ids {
                out.raw(id.as_bytes());
            }
        }
        out.finish()
    }

    /// Reads the bytes of a record.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if they are not the one form of one.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.len() > MAX_RECORD_LEN {
            return Err(over("length of the record", bytes.len(), MAX_RECORD_LEN));
        }
        let mut reader = Reader::new(bytes);
        match reader.u8()? {
            VERSION => {}
            version => {
                return Err(CodecError::Unknown {
                    what: "record format",
                    value: version.into(),
                });
            }
        }
        let record = Self {
            height: Height(reader.u32()?),
            previous: RecordHash(reader.array()?),
            rules: reader.u32()?,
            time: Seconds(reader.u64()?),
            stamps: read_stamps(&mut reader)?,
            seed: SeedPreimage(reader.array()?),
            frontier: reader.array()?,
            state: reader.array()?,
            members: reader.u64()?,
            mass: u128::from_be_bytes(reader.array()?),
            dividend: reader.u64()?,
            growth: reader.u64()?,
            laws: LawsHash(reader.array()?),
            next_signers: SignersHash(reader.array()?),
            forks: read_forks(&mut reader)?,
        };
        reader.finish()?;
        if record.height == Height(0) {
            return Err(CodecError::NotCanonical("height of the record"));
        }
        Ok(record)
    }

    /// Its name.
    pub fn hash(&self) -> RecordHash {
        RecordHash::of(&self.encode())
    }
}

fn read_stamps(reader: &mut Reader<'_>) -> Result<Vec<Stamp>, CodecError> {
    let count = read_count(reader, "number of stamps", MAX_SIGNERS)?;
    let stamps = (0..count)
        .map(|_| {
            Ok(Stamp {
                signer: reader.u8()?,
                time: Seconds(reader.u64()?),
            })
        })
        .collect::<Result<Vec<_>, CodecError>>()?;
    if !stamps.is_sorted_by(|a, b| a.signer < b.signer) {
        return Err(CodecError::NotCanonical("list of stamps"));
    }
    Ok(stamps)
}

fn read_forks(reader: &mut Reader<'_>) -> Result<Vec<ForkProof>, CodecError> {
    let count = read_count(reader, "number of fork proofs", MAX_FORKS)?;
    let forks = (0..count)
        .map(|_| read_fork(reader))
        .collect::<Result<Vec<_>, CodecError>>()?;
    let place = |fork: &ForkProof| (fork.log, fork.seq);
    if !forks.is_sorted_by(|a, b| place(a) < place(b)) {
        return Err(CodecError::NotCanonical("list of fork proofs"));
    }
    Ok(forks)
}

fn read_fork(reader: &mut Reader<'_>) -> Result<ForkProof, CodecError> {
    let log = LogId::read(reader)?;
    let seq = reader.u32()?;
    let ids @ [first, second] = [EntryId(reader.array()?), EntryId(reader.array()?)];
    if first >= second {
        return Err(CodecError::NotCanonical("fork proof"));
    }
    Ok(ForkProof { log, seq, ids })
}

fn read_count(
    reader: &mut Reader<'_>,
    what: &'static str,
    limit: usize,
) -> Result<usize, CodecError> {
    let count = usize::from(reader.u8()?);
    if count > limit {
        return Err(over(what, count, limit));
    }
    Ok(count)
}

fn over(what: &'static str, value: usize, limit: usize) -> CodecError {
    let (value, limit) = (to_u64(value), to_u64(limit));
    CodecError::OverLimit { what, value, limit }
}

#[cfg(test)]
mod tests {
    use super::super::world::record;
    use super::*;
    use crate::{
        entry::{Stream, Tag},
        keys::DeviceKey,
    };

    fn full() -> Record {
        let stamp = |signer| Stamp {
            signer,
            time: Seconds(1_800_000_000 + u64::from(signer)),
        };
        let fork = |seq| ForkProof {
            log: LogId {
                author: DeviceKey([3; 32]),
                stream: Stream::VOTE,
                tag: Tag([4; 16]),
            },
            seq,
            ids: [EntryId([5; 32]), EntryId([6; 32])],
        };
        Record {
            stamps: (0..22).map(stamp).collect(),
            forks: (0..16).map(fork).collect(),
            mass: u128::MAX,
            ..record(412)
        }
    }

    #[test]
    fn a_record_has_one_form() {
        for record in [record(1), record(412), full()] {
            let bytes = record.encode();
            assert_eq!(Record::decode(&bytes), Ok(record));
            for len in 0..bytes.len() {
                assert!(Record::decode(&bytes[..len]).is_err(), "cut at {len}");
            }
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                if let Ok(other) = Record::decode(&changed) {
                    assert_eq!(other.encode(), changed, "bit {bit}");
                    assert_ne!(RecordHash::of(&changed), RecordHash::of(&bytes));
                }
            }
            assert!(Record::decode(&[&bytes[..], b"\0"].concat()).is_err());
        }
        assert!(record(412).encode().len() <= 1_000);
        assert_eq!(full().encode().len(), 2_321);
    }

    #[test]
    fn lists_out_of_order_or_too_long_are_refused() {
        let whole = full();
        let mut wrong = vec![];
        for change in [
            |it: &mut Record| it.stamps.swap(0, 1),
            |it: &mut Record| it.stamps[1] = it.stamps[0],
            |it: &mut Record| it.stamps.push(it.stamps[21]),
            |it: &mut Record| it.forks.swap(3, 4),
            |it: &mut Record| it.forks[1] = it.forks[0],
            |it: &mut Record| it.forks[1].ids.swap(0, 1),
            |it: &mut Record| it.forks[1].ids[0] = it.forks[1].ids[1],
            |it: &mut Record| it.forks.push(it.forks[15]),
            |it: &mut Record| it.height = Height(0),
        ] {
            let mut record = whole.clone();
            change(&mut record);
            wrong.push(record);
        }
        wrong[2].stamps[22].signer = 22;
        wrong[7].forks[16].seq = 16;
        for (number, record) in wrong.iter().enumerate() {
            assert!(Record::decode(&record.encode()).is_err(), "change {number}");
        }
    }

    #[test]
    fn time_is_the_middle_stamp_and_never_stands() {
        let of = |times: &[u64]| {
            let stamps = (0..).zip(times).map(|(signer, time)| Stamp {
                signer,
                time: Seconds(*time),
            });
            Record::stamped_time(Seconds(100), &stamps.collect::<Vec<_>>()).0
        };
        assert_eq!(of(&[500, 300, 400]), 400);
        assert_eq!(of(&[500, 300, 400, 9_000_000_000]), 400);
        assert_eq!(of(&[0, 300, 400, 500, u64::MAX]), 400);
        assert_eq!(of(&[7, 8, 9]), 101);
        assert_eq!(of(&[]), 101);
    }

    /// A changed line here means that two releases name one record differently.
    #[test]
    fn hash_and_seed_are_the_same_on_every_device_and_release() {
        let seed = Seed::of_genesis(&NetworkId([7; 32])).next(&SeedPreimage([8; 32]));
        let found = format!("{}\n{}\n{seed}\n", record(1).hash(), full().hash());
        assert_eq!(found, include_str!("../../vectors/record-hashes.txt"));
    }
}
