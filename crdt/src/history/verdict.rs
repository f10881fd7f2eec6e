//! What became of an entry, and why.

use thiserror::Error;

use crate::{
    codec::CodecError,
    entry::{LogId, VerifiedEntry},
    hash::EntryId,
    keys::{MemberKey, SignatureError},
    time::Height,
};

use super::fork::Fork;

/// What the history says of an entry before anybody has checked its signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Check {
    /// Worth the check of its signature.
    New,
    /// Held already: nothing to do.
    Known(Known),
    /// At or above the point where its log forks: of no use any more.
    AfterFork {
        /// The fork point.
        point: u32,
    },
    /// It would have to wait, and nearer entries of its author fill the room. It may come again.
    NoRoom,
}

/// How an entry is held that came again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Known {
    /// In its place.
    Placed,
    /// A record has its place in, and what stands there is not kept here.
    Covered,
    /// In its place in a log that does not count at present, since who vouched for its author did
    /// so above a fork.
    Suspended,
    /// Waiting, or refused and kept as evidence.
    Pending,
    /// One half of the proof that its log is forked.
    Proof,
}

/// What became of an entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It has its place and counts.
    Placed,
    /// Held already.
    Known(Known),
    /// It waits.
    Pending(Waits),
    /// Its place in the log is past what every device allows: it is kept as evidence of what its
    /// author wrote there, and never counts.
    Refused(Refusal),
    /// It had to wait and there was no room. It may come again.
    NoRoom,
    /// Its log forks at or below its place.
    AfterFork {
        /// The fork point.
        point: u32,
    },
    /// It proves that its author wrote two entries at one place, or at a lower place than known.
    ForkFound {
        /// The new fork point.
        point: u32,
    },
    /// Its bytes break a rule that every device can check alone. Its id may be remembered as bad.
    Invalid(Invalid),
}

/// Why an entry has no place.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Reason {
    /// Something has to come first.
    #[error(transparent)]
    Waits(#[from] Waits),
    /// No device ever places it.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<Reason> for Verdict {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Waits(waits) => Self::Pending(waits),
            Reason::Refused(refusal) => Self::Refused(refusal),
        }
    }
}

/// What an entry waits for.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Waits {
    /// The entry before it, or the right one.
    #[error("entry {missing} of its log is missing")]
    Predecessor {
        /// Place of the missing entry.
        missing: u32,
    },
    /// The first entry of its author, that says whose device it is.
    #[error("nothing says yet whose device wrote it")]
    Author,
    /// Somebody who vouches for the member whose device wrote it.
    #[error("nobody known vouches for {member} yet")]
    Sponsor {
        /// The unknown member.
        member: MemberKey,
    },
    /// A second sponsor: until then a candidate writes little.
    #[error(
        "only one member vouches for {member}: their log may hold {limit} bytes until another does"
    )]
    SecondSponsor {
        /// The candidate.
        member: MemberKey,
        /// Longest log of a candidate.
        limit: u64,
    },
    /// The author's member log forks at its first entry: nothing says any more whose device it is.
    #[error("its author's log forks at its first entry")]
    Certificate,
    /// The checkpoint that its author knew.
    #[error("its author knew checkpoint {anchor}, the newest known here is {known}")]
    Checkpoint {
        /// Height of its anchor.
        anchor: Height,
        /// Newest height known.
        known: Height,
    },
}

/// Why an entry can never have its place: a function of its log alone, never of arrival.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Refusal {
    /// Too many entries with one anchor.
    #[error("its log has {limit} entries anchored at height {height}, the most allowed")]
    Entries {
        /// Most entries with one anchor height.
        limit: u32,
        /// The height.
        height: Height,
    },
    /// Too many bytes with one anchor.
    #[error(
        "with it its log would have {bytes} bytes anchored at height {height}, the limit is {limit}"
    )]
    Bytes {
        /// Bytes with it, detached ones included.
        bytes: u64,
        /// Most bytes with one anchor height.
        limit: u64,
        /// The height.
        height: Height,
    },
    /// Its author knew less than before.
    #[error("it is anchored at height {found}, the entry before it at {before}")]
    AnchorFalls {
        /// Height of its anchor.
        found: Height,
        /// Height of the anchor before.
        before: Height,
    },
}

/// Why the bytes of an entry are of no use to any device, whatever else it knows.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Invalid {
    /// The first entry of a device that no genesis names certifies nothing.
    #[error("the first entry of a device has to be a join or a device certificate")]
    NoCertificate,
    /// Its payload is not of the form of its kind.
    #[error("the certificate cannot be read")]
    Payload(#[source] CodecError),
    /// The member did not sign it.
    #[error("the member's signature in the certificate is false")]
    Signature(#[source] SignatureError),
    /// It claims to be in a list and is not.
    #[error("the proof that {member} is in the imported list is false")]
    ImportProof {
        /// Who claims so.
        member: MemberKey,
    },
}

/// What became of one entry, and what else changed by it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// What became of the entry that was handed in.
    pub verdict: Verdict,
    /// What a store has to follow.
    pub changes: Changes,
}

/// What changed in the history.
///
/// A store applies it in this order: it keeps [`Self::placed`] and the `fresh` halves of
/// [`Self::forks`], sets [`Self::pending`] aside, then forgets [`Self::dropped`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// Entries that now have their place, in order: the one handed in, then those that waited.
    pub placed: Vec<VerifiedEntry>,
    /// Fork points found or lowered.
    pub forks: Vec<ForkFound>,
    /// What was handed in, if it waits or is kept as evidence.
    pub pending: Vec<VerifiedEntry>,
    /// Entries that are held no longer: pushed out of the waiting room, or above a fork. Some may
    /// never have been stored.
    pub dropped: Vec<EntryId>,
}

/// A fork point found or lowered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ForkFound {
    /// The log.
    pub log: LogId,
    /// The point and its proof, instead of what was known before.
    pub fork: Fork,
    /// Those halves of the proof that had no place. One that had is in the store already.
    pub fresh: Vec<VerifiedEntry>,
}

impl Changes {
    /// These changes, then `later` ones.
    #[must_use]
    pub fn then(mut self, later: Self) -> Self {
        self.placed.extend(later.placed);
        self.forks.extend(later.forks);
        self.pending.extend(later.pending);
        self.dropped.extend(later.dropped);
        self
    }
}
