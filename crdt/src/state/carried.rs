//! What a newcomer is given instead of the entries of years: the last checkpoint, the records that
//! lead to it, and the state after it.
//!
//! ```text
//! genesis ─► chain of proofs ─► signed by a quorum ─► log of records ─► the last record ─► its state
//! ```
//!
//! | field | content |
//! |---|---|
//! | chain 4 + n | as [`export`](crate::checkpoint::export) writes it: what a verifier with the genesis alone needs |
//! | records var n × (var len, bytes) | from height 1 on |
//! | counts 7 × var | how many leaves each kind has, in the order of [`Kind::READING`] |
//! | leaves | each var len, bytes; in that order |
//!
//! Nothing of it is believed because somebody gave it: the chain is signed by quorums that follow
//! from the genesis, the records have the root that was signed, the leaves the root of the last
//! record. The chain is verified before anything else is read.

use thiserror::Error;

use super::{Kind, LeavesError, Tip};
use crate::{
    checkpoint::{
        Known, MAX_CHAIN_LEN, MAX_RECORD_LEN, Note, Record, RecordLog, Refusal, SignerSet, verify,
    },
    codec::{CodecError, Reader, Writer},
    genesis::Genesis,
    time::Height,
};

/// Most bytes of all this, of which a reader holds two copies: the state of some 800,000 people.
pub const MAX_CARRIED_LEN: usize = 512 * 1_024 * 1_024;

/// Most records: one a day for 270 years.
const MAX_RECORDS: usize = 100_000;

/// Longest leaf, in bytes.
const MAX_LEAF_LEN: usize = 64 * 1_024 * 1_024;

/// Most leaves of one kind.
const MAX_LEAVES: usize = 100_000_000;

/// A checkpoint with its state, verified.
#[derive(Clone, Debug)]
pub struct Carried {
    /// The last record and the state after it.
    pub tip: Tip,
    /// All records, as a log.
    pub log: RecordLog,
    /// Their bytes, from height 1 on.
    pub records: Vec<Vec<u8>>,
    /// Who signs, each from that height on.
    pub signers: Vec<(Height, SignerSet)>,
    /// The notes of the chain: of each change of the signers, and of the last record.
    pub notes: Vec<Note>,
}

/// Why it is not what it should be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CarriedError {
    /// The bytes are not of the form.
    #[error("it cannot be read")]
    Form(#[from] CodecError),
    /// The checkpoint is not final, or not of this network.
    #[error(transparent)]
    Checkpoint(#[from] Refusal),
    /// The chain shows no record of the last height.
    #[error("the last checkpoint shows no record")]
    NoRecord,
    /// The records are not those that were signed.
    #[error("its records are not those of the checkpoint at height {0}")]
    Records(Height),
    /// The leaves are not the state after the last record.
    #[error(transparent)]
    Leaves(#[from] LeavesError),
}

/// Writes it: `chain` up to the height of `tip`, its `records` from height 1 on, and its leaves.
pub fn carry<'a>(
    chain: &str,
    records: impl ExactSizeIterator<Item = &'a [u8]>,
    tip: &mut Tip,
) -> Vec<u8> {
    let mut out = Writer::new();
    out.u32(u32::try_from(chain.len()).unwrap_or(u32::MAX))
        .raw(chain.as_bytes());
    out.var_len(records.len());
    for record in records {
        out.var_len(record.len()).raw(record);
    }
    for count in tip.leaf_counts() {
        out.var(count.into());
    }
    for (_, leaf) in tip.leaves() {
        out.var_len(leaf.len()).raw(&leaf);
    }
    out.finish()
}

impl Carried {
    /// Reads it with nothing but `genesis`, and what is `known` from elsewhere.
    ///
    /// # Errors
    ///
    /// [`CarriedError`] if anything of it is not what the checkpoint says.
    pub fn read(bytes: &[u8], genesis: &Genesis, known: &Known<'_>) -> Result<Self, CarriedError> {
        let mut reader = Reader::new(bytes);
        let len = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
        if len > MAX_CHAIN_LEN {
            return Err(Refusal::TooLong(len).into());
        }
        let verified = verify(reader.bytes(len)?, genesis, known)?;
        let last = verified.record.ok_or(CarriedError::NoRecord)?;
        if last.height != verified.height {
            return Err(CarriedError::NoRecord);
        }
        let (records, log) = read_records(&mut reader, genesis)?;
        let has_root = log.root(verified.height) == Some(verified.root);
        if log.height() != verified.height || !has_root {
            return Err(CarriedError::Records(verified.height));
        }
        let mut counts = [0; 7];
        for count in &mut counts {
            *count = reader.var_max("leaves", MAX_LEAVES)?;
        }
        let mut fault = None;
        let kinds = Kind::READING.into_iter().zip(counts);
        let kinds = kinds.flat_map(|(kind, count)| std::iter::repeat_n(kind, count));
        let leaves = kinds.map_while(|kind| match read_leaf(&mut reader) {
            Ok(leaf) => Some((kind, leaf)),
            Err(error) => {
                fault = Some(error);
                None
            }
        });
        let tip = Tip::from_leaves(genesis, &last, leaves);
        if let Some(error) = fault {
            return Err(error.into());
        }
        let tip = tip?;
        reader.finish()?;
        Ok(Self {
            tip,
            log,
            records,
            signers: verified.sets,
            notes: verified.notes,
        })
    }

    /// Who signs the record at `height`.
    pub fn signers_of(&self, height: Height) -> Option<&SignerSet> {
        let known = self.signers.iter().rev();
        let mut known = known.filter(|(from, _)| *from <= height);
        known.next().map(|(_, set)| set)
    }
}

fn read_records(
    reader: &mut Reader<'_>,
    genesis: &Genesis,
) -> Result<(Vec<Vec<u8>>, RecordLog), CarriedError> {
    let mut log = RecordLog::new(genesis.network());
    let mut records = Vec::new();
    for height in (1..).take(reader.var_max("records", MAX_RECORDS)?) {
        let height = Height(height);
        let len = reader.var_max("length of a record", MAX_RECORD_LEN)?;
        let bytes = reader.bytes(len)?;
        let record = Record::decode(bytes).map_err(|_| CarriedError::Records(height))?;
        if record.height != height || Some(record.previous) != log.hash(log.height()) {
            return Err(CarriedError::Records(height));
        }
        log.push(bytes);
        records.push(bytes.to_vec());
    }
    Ok((records, log))
}

fn read_leaf(reader: &mut Reader<'_>) -> Result<Vec<u8>, CodecError> {
    let len = reader.var_max("length of a leaf", MAX_LEAF_LEN)?;
    Ok(reader.bytes(len)?.to_vec())
}
