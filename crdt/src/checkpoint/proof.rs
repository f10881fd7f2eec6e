//! A record with the proof that it is in a signed checkpoint: C2SP `tlog-proof`.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64>
//! index 411                       record of height 412
//! <base64 of 32 bytes>            inclusion, from the leaf's sibling up
//! …
//!                                 (empty)
//! commune/3f9a2c4e5b6d7081        the note, whole
//! …
//! ```
//!
//! | bytes of extra | field |
//! |------:|-------|
//! |     1 | format version, [`VERSION`] |
//! | 2 + n | the record's bytes, whose leaf hash is proven |
//! | 2 + n | the next signers, if this record changed them; else empty |
//! | 1 + 32 n | consistency of the note's tree with that of the proof before in a chain: number ≤ 33 |
//!
//! Nothing in `extra` is trusted for standing there: record and signers are hashed and compared.

use thiserror::Error;

use super::{
    note::{Note, NoteError, number},
    record::{MAX_RECORD_LEN, Record, RecordHash},
    signers::{MAX_SIGNERS_LEN, SignerSet, SignersError},
};
use crate::{
    codec::{CodecError, Reader, Writer, from_base64, to_base64, to_u64},
    merkle::{MAX_CONSISTENCY_LEN, MAX_PROOF_LEN, TreeHash, leaf_hash, proves},
};

/// First line of a proof.
pub const PROOF_MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// Longest proof, in bytes: the longest note, and as much again.
pub const MAX_PROOF_TEXT_LEN: usize = 2 * super::note::MAX_NOTE_LEN;

/// The one format of the extra bytes that this build reads and writes.
const VERSION: u8 = 1;

/// A record in a checkpoint. What it says is not checked yet, but its form is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proof {
    pub(super) record: Record,
    pub(super) record_bytes: Vec<u8>,
    pub(super) next: Option<SignerSet>,
    pub(super) consistency: Vec<TreeHash>,
    pub(super) inclusion: Vec<TreeHash>,
    pub(super) note: Note,
}

impl Proof {
    /// The record.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Its name.
    pub fn record_hash(&self) -> RecordHash {
        RecordHash::of(&self.record_bytes)
    }

    /// The checkpoint that it is shown to be in.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Whether the record is in the tree of the note, at its height.
    pub fn is_included(&self) -> bool {
        let size = u64::from(self.note.height().0);
        let Some(index) = u64::from(self.record.height.0).checked_sub(1) else {
            return false;
        };
        let leaf = leaf_hash(&self.record_bytes);
        proves(self.note.root(), size, index, &leaf, &self.inclusion)
    }

    /// The proof as text.
    pub fn text(&self) -> String {
        let index = self.record.height.0.saturating_sub(1);
        let extra = to_base64(&self.extra());
        let mut text = format!("{PROOF_MAGIC}\nextra {extra}\nindex {index}\n");
        for hash in &self.inclusion {
            text.push_str(&to_base64(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.note.text());
        text
    }

    /// Reads a proof. Only its form is checked.
    ///
    /// # Errors
    ///
    /// [`ProofError`]: what is no proof in that form.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        if text.len() > MAX_PROOF_TEXT_LEN {
            return Err(ProofError::TooLong(text.len()));
        }
        let mut rest = text;
        if line(&mut rest)? != PROOF_MAGIC {
            return Err(ProofError::Magic);
        }
        let extra = line(&mut rest)?.strip_prefix("extra ");
        let extra = extra.and_then(from_base64).ok_or(ProofError::Extra)?;
        let index = line(&mut rest)?.strip_prefix("index ").and_then(number);
        let index = index.ok_or(ProofError::Index)?;
        let mut inclusion = Vec::new();
        loop {
            let text = line(&mut rest)?;
            if text.is_empty() {
                break;
            }
            let hash = from_base64(text).and_then(|it| it.try_into().ok());
            inclusion.push(hash.ok_or(ProofError::Hash)?);
            if inclusion.len() > MAX_PROOF_LEN {
                return Err(ProofError::Hash);
            }
        }
        let note = Note::parse(rest.as_bytes())?;
        let proof = Self::of_extra(&extra, inclusion, note)?;
        if index.checked_add(1) != Some(proof.record.height.0) {
            return Err(ProofError::Index);
        }
        Ok(proof)
    }

    fn extra(&self) -> Vec<u8> {
        let next = self.next.as_ref().map(SignerSet::encode);
        let mut out = Writer::new();
        out.u8(VERSION)
            .short_bytes(&self.record_bytes)
            .short_bytes(next.as_deref().unwrap_or_default())
            .u8(u8::try_from(self.consistency.len()).unwrap_or(u8::MAX));
        for hash in &self.consistency {
            out.raw(hash);
        }
        out.finish()
    }

    fn of_extra(extra: &[u8], inclusion: Vec<TreeHash>, note: Note) -> Result<Self, ProofError> {
        let mut reader = Reader::new(extra);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(ProofError::Codec(CodecError::Unknown {
                what: "format of the extra bytes",
                value: version.into(),
            }));
        }
        let record_bytes = reader.short_bytes("length of the record", MAX_RECORD_LEN)?;
        let next = reader.short_bytes("length of the signers", MAX_SIGNERS_LEN)?;
        let count = usize::from(reader.u8()?);
        if count > MAX_CONSISTENCY_LEN {
            return Err(ProofError::Codec(CodecError::OverLimit {
                what: "hashes of consistency",
                value: to_u64(count),
                limit: to_u64(MAX_CONSISTENCY_LEN),
            }));
        }
        let consistency = (0..count)
            .map(|_| reader.array())
            .collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok(Self {
            record: Record::decode(record_bytes)?,
            record_bytes: record_bytes.to_vec(),
            next: match next {
                [] => None,
                bytes => Some(SignerSet::decode(bytes)?),
            },
            consistency,
            inclusion,
            note,
        })
    }
}

/// Takes the next line.
fn line<'a>(rest: &mut &'a str) -> Result<&'a str, ProofError> {
    let (line, tail) = rest.split_once('\n').ok_or(ProofError::Cut)?;
    *rest = tail;
    Ok(line)
}

/// What is not in the form of a proof.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ProofError {
    /// More than any proof has.
    #[error("the proof has {0} bytes, the limit is {MAX_PROOF_TEXT_LEN}")]
    TooLong(usize),
    /// The first line is another.
    #[error("the first line is not {PROOF_MAGIC}")]
    Magic,
    /// It ends before the note.
    #[error("the proof ends too early")]
    Cut,
    /// The second line.
    #[error("the proof has no record in its line `extra`")]
    Extra,
    /// The index is no number, or not that of the record.
    #[error("the index of the proof is not that of its record")]
    Index,
    /// One is no hash, or there are more than any tree needs.
    #[error("the inclusion proof is not a list of at most {MAX_PROOF_LEN} hashes")]
    Hash,
    /// The extra bytes, or the record.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The next signers.
    #[error(transparent)]
    Signers(#[from] SignersError),
    /// The note.
    #[error(transparent)]
    Note(#[from] NoteError),
}
