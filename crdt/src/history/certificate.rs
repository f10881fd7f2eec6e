//! What an entry says about people, and whether a device's first entry is worth anything.
//!
//! Each device's member log begins with a certificate: a [`Join`](crate::payload::Join) or a
//! [`Device`](crate::payload::Device), with the member's signature inside. Only those of the
//! founders' first devices, which the genesis certifies, may begin with anything.

use crate::{
    entry::{BlobRef, Stream, VerifiedEntry},
    keys::MemberKey,
    payload::{MemberFact, blobs_named},
};

use super::{Roots, verdict::Invalid};

/// A verified entry that, if it has to be a certificate, is a true one.
///
/// What is not sound is evidence of nothing, not even of a fork: the fault is in its bytes, and
/// every device finds it. The check costs up to one signature. It needs no history, so it can be
/// done beside the check of the entry's own signature, on all cores.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SoundEntry {
    pub(super) entry: VerifiedEntry,
    pub(super) fact: Fact,
    blobs: Vec<BlobRef>,
}

impl SoundEntry {
    /// Checks `entry` in the network that began with `roots`.
    ///
    /// # Errors
    ///
    /// [`Invalid`]: no device takes it, and its id may be remembered as bad.
    pub fn new(entry: VerifiedEntry, roots: &Roots) -> Result<Self, Invalid> {
        // Read once for all: it is done for every entry that comes in.
        let said = MemberFact::of(entry.entry());
        if is_certificate(&entry, roots) {
            let said = said.as_ref().map_err(|error| Invalid::Payload(*error))?;
            check(&entry, said.as_ref(), roots)?;
        }
        Ok(Self::saying(said.ok().flatten().as_ref(), entry, roots))
    }

    /// Takes back an entry that was found sound before.
    pub(super) fn checked(entry: VerifiedEntry, roots: &Roots) -> Self {
        let said = MemberFact::of(entry.entry()).ok().flatten();
        Self::saying(said.as_ref(), entry, roots)
    }

    fn saying(said: Option<&MemberFact>, entry: VerifiedEntry, roots: &Roots) -> Self {
        Self {
            fact: Fact::new(&entry, said, roots),
            blobs: blobs_named(entry.entry(), said),
            entry,
        }
    }

    /// The entry.
    pub fn entry(&self) -> &VerifiedEntry {
        &self.entry
    }

    /// The detached bytes that belong to it.
    pub fn blobs(&self) -> &[BlobRef] {
        &self.blobs
    }
}

/// What an entry means to admission.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fact {
    /// Nothing.
    Other,
    /// It vouches for a member.
    Vouch(MemberKey),
    /// The owner of one key hands over to another, as both keys signed.
    Change {
        /// The key until then.
        old: MemberKey,
        /// The key from then on.
        new: MemberKey,
    },
    /// It says whose device its author is.
    Claim {
        member: MemberKey,
        /// With a proof that the genesis imported the member.
        is_imported: bool,
    },
}

impl Fact {
    pub(super) fn of(entry: &VerifiedEntry, roots: &Roots) -> Self {
        let said = MemberFact::of(entry.entry()).ok().flatten();
        Self::new(entry, said.as_ref(), roots)
    }

    fn new(entry: &VerifiedEntry, said: Option<&MemberFact>, roots: &Roots) -> Self {
        let claims = is_certificate(entry, roots);
        match said {
            Some(MemberFact::Join(join)) if claims => Self::Claim {
                member: join.member,
                is_imported: join.imported.is_some(),
            },
            Some(MemberFact::Device(device)) if claims => Self::Claim {
                member: device.member,
                is_imported: false,
            },
            Some(MemberFact::Certification(it)) => Self::Vouch(it.subject),
            Some(MemberFact::Recovery(it)) => Self::Vouch(it.new),
            Some(fact @ MemberFact::KeyChange(_)) => Self::of_change(fact, entry, roots),
            _ => Self::Other,
        }
    }
}

impl Fact {
    /// What a key change means. Its two signatures are checked here, so wherever the entry comes
    /// from: it has its place whether they are true or not, but nobody gets a standing by a false
    /// one. It costs two checks for an entry that a member writes once in half a year, beside the
    /// check of its own signature; from a store, which checks nothing else, it is the only one.
    fn of_change(fact: &MemberFact, entry: &VerifiedEntry, roots: &Roots) -> Self {
        match fact {
            MemberFact::KeyChange(it) if fact.verify(&roots.network, &entry.author()).is_ok() => {
                Self::Change {
                    old: it.old,
                    new: it.new,
                }
            }
            _ => Self::Other,
        }
    }
}

/// Whether `entry` stands where a certificate has to stand.
fn is_certificate(entry: &VerifiedEntry, roots: &Roots) -> bool {
    let author = entry.author();
    entry.entry().seq == 0
        && entry.log().stream == Stream::MEMBER
        && roots.founders.iter().all(|(_, device)| *device != author)
}

fn check(entry: &VerifiedEntry, said: Option<&MemberFact>, roots: &Roots) -> Result<(), Invalid> {
    let Some(fact @ (MemberFact::Join(_) | MemberFact::Device(_))) = said else {
        return Err(Invalid::NoCertificate);
    };
    if let MemberFact::Join(join) = fact
        && join.imported.is_some()
        && !roots
            .import
            .is_some_and(|it| join.is_imported(&it.root, it.size, &entry.author()))
    {
        return Err(Invalid::ImportProof {
            member: join.member,
        });
    }
    fact.verify(&roots.network, &entry.author())
        .map_err(Invalid::Signature)
}
