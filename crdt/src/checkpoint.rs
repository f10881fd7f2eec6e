//! Checkpoints as everybody sees them: records, the signers, the note, and what a verifier with
//! nothing but a genesis makes of them.
//!
//! ```text
//! record ──leaf──► RecordLog ──size, root──► Note ──cosign──► note text ──► verifiers of others
//!    │                                        │
//!    └─ next signers ─► SignerSet ─► Checker ─┴─► Examined: who signed, k of n
//!                                                    │
//! genesis ─► SignerSet ─► verify(chain of proofs) ───┴──► Verified, or Refusal
//! ```
//!
//! A network is a transparency log whose leaves are its records. So that tools which nobody here
//! wrote can verify it, all text is in the formats of C2SP: `signed-note`, `tlog-checkpoint`,
//! `tlog-cosignature`, `tlog-proof` and `tlog-policy`.
//!
//! How signers come to agree on a record is no part of this module.

pub mod agreement;
mod chain;
mod checker;
mod log;
mod note;
#[cfg(test)]
mod others;
mod policy;
mod pool;
mod proof;
mod record;
mod signers;
mod verify;
#[cfg(test)]
pub(crate) mod world;

pub use self::{
    chain::{ExportError, Link, export, prove},
    checker::{Checker, Cosigned, Examined, MergeError, OtherLog},
    log::RecordLog,
    note::{
        COSIGNATURE_TYPE, KeyId, LOG_LINE_TYPE, MAX_LINES, MAX_NOTE_LEN, Note, NoteError,
        SignatureLine, vkey,
    },
    policy::policy,
    pool::{Decision, Pool},
    proof::{MAX_PROOF_TEXT_LEN, PROOF_MAGIC, Proof, ProofError},
    record::{
        ForkProof, LawsHash, MAX_FORKS, MAX_RECORD_LEN, Record, RecordHash, Seed, SeedPreimage,
        Stamp,
    },
    signers::{Enrolment, MAX_SIGNERS_LEN, Signer, SignerSet, SignersError, SignersHash, origin},
    verify::{Known, MAX_CHAIN_LEN, Refusal, RefusalKind, Verified, verify},
};
