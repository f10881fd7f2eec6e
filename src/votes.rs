//! Votes as this device knows them: the rules fold what was stated, this joins them to the store, the
//! vault and the cipher.
//!
//! ```text
//! entries with their records ─gather─► Known (fold) ─┬─ prepare, cast ─► a ballot
//! payloads that travel apart ───────────────┘        ├─ trustee: pieces, receipts, locks, shares
//! reference strings, roll ──────────────────┘        └─ proofs, sums, tally ─► Counted, checked by all
//! ```
//!
//! Nothing here decides what counts: `commune_crdt::ballot` does, and `commune_cipher` says whether a
//! proof holds.

mod cast;
mod gather;
mod numbers;
mod proofs;
mod references;
mod roll;
mod scope;
mod seeds;
mod sums;
mod tally;
mod trustee;
mod verify;

use commune_cipher::{BallotError, CastError, OpenError, SumError};
use commune_crdt::{
    ballot::{Roll, Stated, Vote},
    codec::CodecError,
    entry::BlobRef,
    payload::VoteId,
    time::{Height, Seconds},
    trust::PersonId,
};
use thiserror::Error;

pub use self::{
    cast::{Challenged, Encrypted, MAX_CHALLENGE_LEN, Opened, challenge, read_challenge},
    gather::{all, one},
    numbers::{TRACKER_WORDS, Tracker, tracker_words},
    proofs::{Extent, Proofs},
    references::keep,
    scope::{hold_all, settle_new},
    seeds::{Handed, hand_over, take_over},
    tally::{Counted, Missing},
    trustee::{Done, Step},
    verify::{Checks, verify},
};
use crate::{device::WriteError, store::StoreError, vault::VaultError};

/// Why something about a vote cannot be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VotesError {
    /// No such vote is known here.
    #[error("no vote {0} is known here")]
    Unknown(String),
    /// Several votes begin so.
    #[error("several votes begin with {0}")]
    Ambiguous(String),
    /// No record has its opening in.
    #[error("no checkpoint has the opening of vote {0} in yet")]
    NotOpened(VoteId),
    /// It was opened before the checkpoint on which this device began.
    #[error("the vote was opened before checkpoint {0}, on which this device began")]
    Covered(Height),
    /// Bytes that belong to the vote are on their way.
    #[error("{} parts of the vote are not here yet", .0.len())]
    Incomplete(Vec<BlobRef>),
    /// The question cannot be asked so.
    #[error(transparent)]
    Question(#[from] commune_crdt::payload::QuestionError),
    /// A vote cannot be opened so.
    #[error(transparent)]
    Opening(#[from] commune_crdt::payload::OpeningError),
    /// The question cannot be answered so.
    #[error(transparent)]
    Choice(#[from] commune_crdt::payload::ChoiceError),
    /// A person named as trustee is no member.
    #[error("{0} is no member")]
    NoMember(String),
    /// No number of trustees that can hold a key.
    #[error("{found} trustees are named, the rule of the network is {needed}")]
    Trustees {
        /// Those named.
        found: usize,
        /// Those that the charter of the network has as its rule.
        needed: usize,
    },
    /// This network has no reference strings, or this one is not here.
    #[error("the reference string {0} is not on this device")]
    NoReference(String),
    /// A reference string that is not one, or not this one.
    #[error("the reference string cannot be used")]
    Reference(#[source] commune_cipher::reference::ReferenceError),
    /// A reference string that everybody knows, in a network that is no test.
    #[error("this reference string is for tests only")]
    TestReference,
    /// One cannot vote before the key is fixed, or after the end.
    #[error("one cannot vote now: {0}")]
    NotVoting(&'static str),
    /// The owner of this device is no elector.
    #[error("the owner of this device is not on the roll of this vote")]
    NotElector,
    /// Nothing was prepared, or something was written since.
    #[error("no ballot of this vote waits on this device")]
    NotPrepared,
    /// The owner of this device is no trustee of the vote.
    #[error("the owner of this device is no trustee of this vote")]
    NotTrustee,
    /// A seed that a share needs is not here.
    #[error("the seed of piece {0} is not on this device")]
    NoSeed(u8),
    /// A person's keys for sealing are not known.
    #[error("the sealing keys of {0} are not here yet")]
    NoSealingKey(String),
    /// The key cannot be computed.
    #[error("a piece of the key is damaged")]
    Piece,
    /// A ballot cannot be made.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// A ballot or its proof does not hold.
    #[error(transparent)]
    Ballot(#[from] BallotError),
    /// Ballots do not add up.
    #[error(transparent)]
    Sum(#[from] SumError),
    /// A tally cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Bytes that are no file of ours.
    #[error("these bytes are not what they should be")]
    Form(#[from] CodecError),
    /// Someone pressed the keys that end.
    #[error("interrupted")]
    Interrupted,
    /// The entry could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A vote, with what this device knows beside its fold.
#[derive(Debug)]
pub struct Known {
    /// What the records make of it.
    pub vote: Vote,
    /// Who may vote, and in which ward.
    pub roll: Roll,
    /// Public halves of the key that are on their way: without them nothing is encrypted or verified.
    pub missing: Vec<BlobRef>,
    /// What the owner of this device stated, included or not.
    pub own: Vec<Stated>,
    /// The owner of this device, if records know them.
    pub person: Option<PersonId>,
    /// The newest record and its time.
    pub now: (Height, Seconds),
}

/// A vote of which no record has the opening in.
#[derive(Debug)]
pub struct Waiting {
    /// Its name.
    pub id: VoteId,
    /// What is asked, if the bytes are here.
    pub opening: Option<commune_crdt::payload::Opening>,
}

/// Called between long steps: how many are done, of how many; false ends the work.
pub type Report<'a> = &'a (dyn Fn(u64, u64) -> bool + Sync);
