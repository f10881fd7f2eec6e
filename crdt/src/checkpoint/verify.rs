//! Verifying with only a genesis: a note, a proof, or a chain of proofs.
//!
//! ```text
//! genesis ─► signers₀ ── quorum ──► proof ── record changes signers? ──► signers₁ ── quorum ─┐
//!                                     ▲ consistent with the proof before                     │
//!                                     └───────────────── next proof ◄───────────────────────┘
//! ```
//!
//! Each proof MUST be signed by a quorum of the signers in force, and one that changes them by a
//! quorum of the new ones too; its record MUST be in its tree, and its tree MUST begin with that of
//! the proof before. Not every record needs to be there: a chain jumps from change to change.
//!
//! What this cannot exclude: signers of the past whose keys are stolen, later, by one thief, can
//! write another history from their day on. Only a recent record from elsewhere ([`Known`]) does.

use thiserror::Error;

use super::{
    checker::{Checker, Examined},
    log::RecordLog,
    note::{Note, NoteError},
    proof::{PROOF_MAGIC, Proof, ProofError},
    record::{Record, RecordHash},
    signers::{SignerSet, SignersError},
};
use crate::{
    genesis::{CosignatureKey, Genesis},
    hash::NetworkId,
    merkle::{TreeHash, extends},
    time::Height,
};

/// Longest chain that is read, in bytes: some 10,000 records, one a day for 27 years.
pub const MAX_CHAIN_LEN: usize = 64 * 1_024 * 1_024;

/// What the reader knows as certified, from elsewhere than the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The log of a device's own.
    pub log: Option<&'a RecordLog>,
    /// Records that somebody handed over, as with `join --at` or in a vouch.
    pub records: &'a [(Height, RecordHash)],
}

/// A checkpoint that is final.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    /// Its height.
    pub height: Height,
    /// Root over all records.
    pub root: TreeHash,
    /// Who signs this height, their names and quorum.
    pub signers: SignerSet,
    /// Who of them signed, and what else stands under the note.
    pub examined: Examined,
    /// The record that the last proof shows: that of the height, unless an older one was to be
    /// proven. None of a bare note.
    pub record: Option<Record>,
    /// All records that were shown, ascending: what a further chain of this network is held against.
    pub records: Vec<(Height, RecordHash)>,
    /// Heights at which the signers changed.
    pub handovers: Vec<Height>,
    /// Who signs, each from that height on.
    pub sets: Vec<(Height, SignerSet)>,
    /// The notes that were shown, ascending.
    pub notes: Vec<Note>,
    /// The highest record in the file that was known from elsewhere. Without one, a forgery by
    /// retired signers is not excluded.
    pub met: Option<Height>,
}

/// Reads a note, a proof or a chain, and says whether its last checkpoint is final.
///
/// # Errors
///
/// [`Refusal`], which says of what kind.
pub fn verify(bytes: &[u8], genesis: &Genesis, known: &Known<'_>) -> Result<Verified, Refusal> {
    if bytes.len() > MAX_CHAIN_LEN {
        return Err(Refusal::TooLong(bytes.len()));
    }
    let mut walk = Walk::new(genesis)?;
    if !bytes.starts_with(PROOF_MAGIC.as_bytes()) {
        let note = Note::parse(bytes)?;
        walk.certify(&note)?;
        walk.compare_note(&note, known)?;
        walk.notes.push(note.clone());
        return walk.ended(&note, None);
    }
    let text = str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
    let mut last = None;
    for block in blocks(text) {
        let proof = Proof::parse(block)?;
        walk.step(&proof, known)?;
        last = Some(proof);
    }
    let Proof { note, record, .. } = last.ok_or(Refusal::Empty)?;
    walk.ended(&note, Some(record))
}

/// The text from each first line of a proof to the next.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.find('\n').filter(|_| !rest.is_empty());
        let Some(mut end) = first else {
            // What is left has no line feed: no proof, and its reader says so.
            return (!rest.is_empty()).then(|| std::mem::take(&mut rest));
        };
        for line in rest.get(end..)?.split_inclusive('\n').skip(1) {
            if line.trim_end_matches('\n') == PROOF_MAGIC {
                break;
            }
            end = end.saturating_add(line.len());
        }
        let (block, tail) = rest.split_at_checked(end.saturating_add(1))?;
        rest = tail;
        Some(block)
    })
}

/// Where a reader is on the way along a chain.
struct Walk {
    network: NetworkId,
    /// Who signs after the last proof, and who signed it.
    signers: Checker,
    signed_by: Option<Checker>,
    size: Height,
    root: Option<TreeHash>,
    /// The last proof showed an older record: no step can follow it.
    is_over: bool,
    records: Vec<(Height, RecordHash)>,
    handovers: Vec<Height>,
    sets: Vec<(Height, SignerSet)>,
    notes: Vec<Note>,
    met: Option<Height>,
}

impl Walk {
    fn new(genesis: &Genesis) -> Result<Self, Refusal> {
        let set = SignerSet::of_genesis(genesis)?;
        Ok(Self {
            network: genesis.network(),
            sets: vec![(Height(1), set.clone())],
            notes: Vec::new(),
            signers: Checker::new(set),
            signed_by: None,
            size: Height(0),
            root: None,
            is_over: false,
            records: Vec::new(),
            handovers: Vec::new(),
            met: None,
        })
    }

    fn step(&mut self, proof: &Proof, known: &Known<'_>) -> Result<(), Refusal> {
        let height = proof.note.height();
        let is_older = proof.record.height < height;
        // An older record may be shown in the checkpoint that the chain has come to.
        let is_further = height > self.size || (is_older && height == self.size);
        if self.is_over || !is_further {
            return Err(Refusal::Order(height));
        }
        let proven = self.certify(&proof.note)?;
        if !proof.is_included() {
            return Err(Refusal::NotIncluded(proof.record.height));
        }
        if let Some(old_root) = &self.root {
            let old = (u64::from(self.size.0), old_root);
            let new = (u64::from(height.0), proof.note.root());
            if !extends(old, new, &proof.consistency) {
                return Err(Refusal::NotConsistent(height));
            }
        } else if !proof.consistency.is_empty() {
            return Err(Refusal::NotConsistent(height));
        }
        self.compare_note(&proof.note, known)?;
        self.compare_record(proof, known)?;
        self.records
            .push((proof.record.height, proof.record_hash()));
        self.notes.push(proof.note.clone());
        (self.size, self.root) = (height, Some(*proof.note.root()));
        self.is_over = is_older;
        if is_older {
            return Ok(());
        }
        self.hand_over(proof, &proven)
    }

    /// A quorum of those in force signed: some of them.
    fn certify(&self, note: &Note) -> Result<Vec<CosignatureKey>, Refusal> {
        Self::certify_by(&self.signers, note, None)
    }

    /// As above; those who take over count with what was `proven` for those before them.
    fn certify_by(
        signers: &Checker,
        note: &Note,
        proven: Option<&[CosignatureKey]>,
    ) -> Result<Vec<CosignatureKey>, Refusal> {
        let origin = signers.set().origin();
        if note.origin() != origin {
            return Err(Refusal::OtherNetwork {
                found: note.origin().to_owned(),
                expected: origin,
            });
        }
        let certified = signers.certify(note, proven.unwrap_or_default());
        certified.map_err(|examined| Refusal::Quorum {
            height: note.height(),
            are_new: proven.is_some(),
            examined,
        })
    }

    /// From here on those sign whom the record names.
    fn hand_over(&mut self, proof: &Proof, proven: &[CosignatureKey]) -> Result<(), Refusal> {
        let height = proof.record.height;
        let named = proof.record.next_signers;
        match &proof.next {
            None if named == self.signers.set().hash() => {
                self.signed_by = None;
                return Ok(());
            }
            None => return Err(Refusal::MissingLink(height)),
            Some(next) => {
                let is_change = named != self.signers.set().hash();
                if !is_change || next.hash() != named || next.network() != self.network {
                    return Err(Refusal::OtherSigners(height));
                }
                let next = Checker::new(next.clone());
                Self::certify_by(&next, &proof.note, Some(proven))?;
                self.handovers.push(height);
                let from = Height(height.0.saturating_add(1));
                self.sets.push((from, next.set().clone()));
                self.signed_by = Some(std::mem::replace(&mut self.signers, next));
            }
        }
        Ok(())
    }

    /// The tree of a certified note against the log of one's own.
    fn compare_note(&mut self, note: &Note, known: &Known<'_>) -> Result<(), Refusal> {
        let height = note.height();
        let log = known.log.filter(|log| log.network() == self.network);
        match log.and_then(|log| log.root(height)) {
            Some(root) if root != *note.root() => Err(Refusal::Contradicted(height)),
            Some(_) => {
                self.meet(height);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A certified record, and the one that it names as before it, against those handed over.
    fn compare_record(&mut self, proof: &Proof, known: &Known<'_>) -> Result<(), Refusal> {
        let height = proof.record.height;
        let before = Height(height.0.saturating_sub(1));
        let shown = [
            (before, proof.record.previous),
            (height, proof.record_hash()),
        ];
        for (height, hash) in shown {
            for (_, own) in known.records.iter().filter(|own| own.0 == height) {
                if *own != hash {
                    return Err(Refusal::Contradicted(height));
                }
                self.meet(height);
            }
        }
        // The first record names the genesis.
        if before == Height(0) && proof.record.previous != RecordHash::of_genesis(&self.network) {
            return Err(Refusal::NotConsistent(height));
        }
        Ok(())
    }

    fn meet(&mut self, height: Height) {
        self.met = self.met.max(Some(height));
    }

    fn ended(self, note: &Note, record: Option<Record>) -> Result<Verified, Refusal> {
        let signers = self.signed_by.unwrap_or(self.signers);
        let examined = signers
            .examine(note)
            .map_err(|other| Refusal::OtherNetwork {
                found: other.found,
                expected: other.expected,
            })?;
        Ok(Verified {
            height: note.height(),
            root: *note.root(),
            signers: signers.set().clone(),
            examined,
            record,
            records: self.records,
            handovers: self.handovers,
            sets: self.sets,
            notes: self.notes,
            met: self.met,
        })
    }
}

/// What a refusal means to who asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RefusalKind {
    /// Malformed, or false: exit 3.
    Invalid,
    /// Well formed, but nothing that this genesis can tell: exit 4.
    Unknown,
    /// Final, and against what is known as final: exit 9. The file is a proof, to be kept.
    Contradicted,
}

/// Why a file shows no final checkpoint.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// More than any chain has.
    #[error("the file has {0} bytes, the limit is {MAX_CHAIN_LEN}")]
    TooLong(usize),
    /// Nothing is in it.
    #[error("the file is empty")]
    Empty,
    /// A note in another form.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A proof in another form.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The genesis names no set of signers.
    #[error(transparent)]
    Signers(#[from] SignersError),
    /// A proof that does not come after the one before.
    #[error("the proof of height {0} does not follow the one before")]
    Order(Height),
    /// The record is not in the tree that was signed.
    #[error("record {0} is not in the checkpoint that it is shown with")]
    NotIncluded(Height),
    /// The tree does not begin with that of the proof before.
    #[error("checkpoint {0} does not continue the one before")]
    NotConsistent(Height),
    /// The signers that come with a record are not those it names.
    #[error("the signers after height {0} are not those that the record names")]
    OtherSigners(Height),
    /// Another origin.
    #[error("the checkpoint is of {found}, the genesis is that of {expected}")]
    OtherNetwork {
        /// The origin in the note.
        found: String,
        /// The one of the genesis.
        expected: String,
    },
    /// A record changes the signers, and nobody says to whom.
    #[error("the signers after height {0} are missing")]
    MissingLink(Height),
    /// Too few signed.
    #[error(
        "height {height} is signed by {} of {} signers, {} must",
        .examined.signed.len(), .examined.of, .examined.quorum
    )]
    Quorum {
        /// The height.
        height: Height,
        /// Those who take over are too few, while those in force suffice.
        are_new: bool,
        /// Who signed, and who did not though a line says so.
        examined: Examined,
    },
    /// A final record that is not the one known.
    #[error("the file contradicts the record of height {0} that is known as certified")]
    Contradicted(Height),
}

impl Refusal {
    /// What it means.
    pub fn kind(&self) -> RefusalKind {
        match self {
            Self::Contradicted(_) => RefusalKind::Contradicted,
            Self::OtherNetwork { .. } | Self::MissingLink(_) => RefusalKind::Unknown,
            Self::Quorum { examined, .. } if examined.false_lines.is_empty() => {
                RefusalKind::Unknown
            }
            _ => RefusalKind::Invalid,
        }
    }
}

#[cfg(test)]
mod tests;
