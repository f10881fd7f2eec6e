//! Opening a vote, and a ballot on its way from a choice to an entry:
//!
//! ```text
//! choice ─encrypt─► Encrypted (tracker shown) ─┬─ cast ─► entry with the bytes beside it
//!                                              └─ challenge ─► file that another device recomputes
//! ```
//!
//! The tracker is shown before the device knows which of the two it will be: a device that encrypts
//! something else than was chosen is caught by a challenge with the chance that the voter challenges.

use commune_cipher::Ballot;
use commune_crdt::{
    ballot::Phase,
    codec::{CodecError, Reader, Writer},
    entry::{BlobRef, Payload, Stream},
    hash::{BlobHash, EntryId},
    keys::{DeviceKey, MemberKey},
    params::TALLY_QUORUMS,
    payload::{Cast, Opening, Question, VoteFact, VoteId},
    time::ClaimedMinutes,
};
use zeroize::Zeroizing;

use super::{Known, Tracker, VotesError, numbers, references};
use crate::{
    device::Device,
    vault::{
        VaultError,
        prepared::{Ballots, Prepared},
        random,
    },
};

/// Head of the file of a challenge.
const MAGIC: &[u8; 20] = b"commune-challenge/1\n";

/// Longest file of a challenge, in bytes.
pub const MAX_CHALLENGE_LEN: usize = 1_024;

/// What the opener of a vote chooses.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What is asked.
    pub question: Question,
    /// Who holds the key: 3, 5 or 7.
    pub trustees: Vec<MemberKey>,
    /// Who takes the place of a silent one, in order.
    pub substitutes: Vec<MemberKey>,
    /// Time for each round of the trustees, in seconds.
    pub acknowledge_secs: u32,
    /// Time to vote, from the checkpoint that fixes the key, in seconds.
    pub vote_secs: u32,
    /// Time for the last receipts after that, in seconds.
    pub receipt_secs: u32,
    /// Names of the reference strings for ballots and for shares; those for tests where none are given.
    pub references: Option<[[u8; 32]; 2]>,
}

impl Opened {
    /// What the opening would say.
    ///
    /// # Errors
    ///
    /// [`VotesError`] if it cannot be asked so, or here.
    pub fn opening(&self, device: &Device) -> Result<Opening, VotesError> {
        self.question.check()?;
        let found = self.trustees.len();
        let quorum = TALLY_QUORUMS
            .iter()
            .find(|it| usize::from(it.trustees) == found);
        let Some(quorum) = quorum.copied() else {
            let needed = device.with_finality(|it| {
                let params = it.tip().state.membership().params();
                Ok(usize::from(params.tally_quorum().trustees))
            })?;
            return Err(VotesError::Trustees { found, needed });
        };
        let layout = numbers::layout(&self.question)?;
        let references = match self.references {
            Some(references) => references,
            None => references::default_ids(device, layout.use_())?,
        };
        // Nobody can vote without them, and they must be of the right use.
        let [ballots, shares] = &references;
        references::of(device, ballots, layout.use_())?;
        references::of(device, shares, commune_cipher::Use::Shares)?;
        let opening = Opening {
            question: self.question.clone(),
            quorum,
            trustees: self.trustees.clone(),
            substitutes: self.substitutes.clone(),
            references,
            acknowledge_secs: self.acknowledge_secs,
            vote_secs: self.vote_secs,
            receipt_secs: self.receipt_secs,
        };
        opening.check()?;
        Ok(opening)
    }

    /// Opens the vote.
    ///
    /// # Errors
    ///
    /// [`VotesError`]: nothing was stated.
    pub fn open(
        &self,
        device: &Device,
        claimed: ClaimedMinutes,
    ) -> Result<(VoteId, EntryId), VotesError> {
        let fact = VoteFact::Opening(self.opening(device)?);
        let own = device.vault().device.device_key();
        let id = VoteId::of(&own, &fact.bytes());
        // The same question by the same device once more would stand in the log of the first.
        if device.next_seq(Stream::VOTE, id.tag())? != 0 {
            return Err(VotesError::Ambiguous(id.to_string()));
        }
        let entry = state(device, id, &fact, claimed)?;
        Ok((id, entry))
    }
}

/// States a fact about a vote; what does not fit the entry is kept first.
pub(super) fn state(
    device: &Device,
    id: VoteId,
    fact: &VoteFact,
    claimed: ClaimedMinutes,
) -> Result<EntryId, VotesError> {
    let payload = fact.payload();
    if let Payload::Detached(blob) = payload {
        device.take_blobs(vec![(blob, fact.bytes())])?;
    }
    let (entry, _) = device.state_about(id.tag(), fact.kind(), payload, claimed)?;
    Ok(entry)
}

/// A ballot that is encrypted and proven, and not cast.
#[derive(Debug)]
pub struct Encrypted {
    /// The hash of its bytes.
    pub tracker: Tracker,
    prepared: Prepared,
    bytes: Vec<u8>,
}

impl Encrypted {
    /// Bytes of the ballot.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has none, which is never so.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl Known {
    /// Encrypts and proves a ballot that says `slots`, for the next place in this device's log. Takes
    /// two seconds and more.
    ///
    /// # Errors
    ///
    /// [`VotesError`] if the owner of the device cannot vote now.
    pub fn encrypt(&self, device: &Device, slots: Vec<bool>) -> Result<Encrypted, VotesError> {
        let prepared = Prepared {
            seq: device.next_seq(Stream::VOTE, self.vote.id.tag())?,
            chance: random::secret().map_err(VaultError::from)?,
            slots,
        };
        let ward = self.own_ward()?;
        let own = device.vault().device.device_key();
        let bytes = self.ballot_bytes(device, ward, &own, &prepared)?;
        Ok(Encrypted {
            tracker: BlobHash::of(&bytes),
            prepared,
            bytes,
        })
    }

    /// Whether the owner of this device can vote now.
    ///
    /// # Errors
    ///
    /// [`VotesError`] that says why not.
    pub fn may_vote(&self) -> Result<(), VotesError> {
        self.own_ward().map(|_| ())
    }

    fn own_ward(&self) -> Result<u16, VotesError> {
        if !self.missing.is_empty() {
            return Err(VotesError::Incomplete(self.missing.clone()));
        }
        let ward = self.person.and_then(|it| self.roll.ward_of(it));
        let ward = ward.ok_or(VotesError::NotElector)?;
        match self.vote.phase {
            Phase::Voting => Ok(ward),
            Phase::Preparing => Err(VotesError::NotVoting("preparing")),
            Phase::Failed => Err(VotesError::NotVoting("failed")),
            _ => Err(VotesError::NotVoting("over")),
        }
    }

    fn ballot_bytes(
        &self,
        device: &Device,
        ward: u16,
        voter: &DeviceKey,
        prepared: &Prepared,
    ) -> Result<Vec<u8>, VotesError> {
        let layout = numbers::layout(&self.vote.opening.question)?;
        let [ballots, _] = &self.vote.opening.references;
        let reference = references::of(device, ballots, layout.use_())?;
        let key = numbers::election_key(device, self, self.roll.key_of(ward))?;
        let binding = numbers::binding(device.network(), self, ward, voter, prepared.seq);
        let ballot = Ballot::cast(
            &reference,
            &key,
            &layout,
            &prepared.slots,
            &binding,
            &prepared.chance,
        )?;
        Ok(ballot.encode())
    }

    /// Keeps a ballot until its voter decides, in place of one that waited.
    ///
    /// # Errors
    ///
    /// [`VotesError`] if the disk refuses.
    pub fn keep(&self, device: &Device, ballot: &Encrypted) -> Result<(), VotesError> {
        self.with_ballots(device, |it| it.put(self.vote.id, ballot.prepared.clone()))
    }

    /// The ballot that waits, made again byte for byte.
    ///
    /// # Errors
    ///
    /// [`VotesError::NotPrepared`] if none waits, or something was written in its place since.
    pub fn kept(&self, device: &Device) -> Result<Encrypted, VotesError> {
        let ballots = Ballots::read(device.dir(), device.vault().store_key.bytes())?;
        let prepared = ballots.get(self.vote.id).ok_or(VotesError::NotPrepared)?;
        if prepared.seq != device.next_seq(Stream::VOTE, self.vote.id.tag())? {
            return Err(VotesError::NotPrepared);
        }
        let own = device.vault().device.device_key();
        let bytes = self.ballot_bytes(device, self.own_ward()?, &own, prepared)?;
        Ok(Encrypted {
            tracker: BlobHash::of(&bytes),
            prepared: prepared.clone(),
            bytes,
        })
    }

    /// Casts a ballot; what would make it again is forgotten.
    ///
    /// # Errors
    ///
    /// [`VotesError`]: it was not cast.
    pub fn cast(
        &self,
        device: &Device,
        ballot: &Encrypted,
        claimed: ClaimedMinutes,
    ) -> Result<EntryId, VotesError> {
        let ward = self.own_ward()?;
        if ballot.prepared.seq != device.next_seq(Stream::VOTE, self.vote.id.tag())? {
            return Err(VotesError::NotPrepared);
        }
        let blob = BlobRef::of(&ballot.bytes);
        device.take_blobs(vec![(blob, ballot.bytes.clone())])?;
        let fact = VoteFact::Ballot(Cast { ward, blob });
        let (entry, _) =
            device.state_about(self.vote.id.tag(), fact.kind(), fact.payload(), claimed)?;
        self.with_ballots(device, |it| it.forget(self.vote.id))?;
        Ok(entry)
    }

    /// Opens the ballot that waits instead of casting it: the bytes of a file for another device.
    ///
    /// # Errors
    ///
    /// [`VotesError::NotPrepared`] if none waits.
    pub fn spoil(&self, device: &Device) -> Result<(Tracker, Vec<u8>), VotesError> {
        let ballot = self.kept(device)?;
        let ward = self.own_ward()?;
        let challenged = Challenged {
            vote: self.vote.id,
            ward,
            device: device.vault().device.device_key(),
            tracker: ballot.tracker,
            prepared: ballot.prepared,
        };
        self.with_ballots(device, |it| it.forget(self.vote.id))?;
        Ok((ballot.tracker, challenged.encode()))
    }

    fn with_ballots(
        &self,
        device: &Device,
        change: impl FnOnce(&mut Ballots),
    ) -> Result<(), VotesError> {
        let key = device.vault().store_key.bytes();
        let mut ballots = Ballots::read(device.dir(), key)?;
        change(&mut ballots);
        Ok(ballots.write(device.dir(), key)?)
    }
}

/// A ballot that was opened instead of cast.
///
/// | bytes | field |
/// |------:|-------|
/// |    20 | `commune-challenge/1\n` |
/// |    16 | vote |
/// |     2 | ward |
/// |    32 | device that made it |
/// |     4 | place in its log |
/// |    32 | chance |
/// | var n | slots, a byte 0 or 1 each |
/// |    32 | tracker that was shown |
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Challenged {
    /// The vote.
    pub vote: VoteId,
    /// The ward whose key it is for.
    pub ward: u16,
    /// Which device made it.
    pub device: DeviceKey,
    /// The tracker that it showed.
    pub tracker: Tracker,
    prepared: Prepared,
}

impl Challenged {
    /// What it says.
    pub fn slots(&self) -> &[bool] {
        &self.prepared.slots
    }

    fn encode(&self) -> Vec<u8> {
        let slots: Vec<u8> = self.slots().iter().map(|it| u8::from(*it)).collect();
        let mut out = Writer::new();
        out.raw(MAGIC)
            .raw(&self.vote.0)
            .u16(self.ward)
            .raw(self.device.as_bytes())
            .u32(self.prepared.seq)
            .raw(self.prepared.chance.as_ref())
            .var_len(slots.len())
            .raw(&slots)
            .raw(self.tracker.as_bytes());
        out.finish()
    }
}

/// Reads the file of a challenge.
///
/// # Errors
///
/// [`CodecError`] if it is none.
pub fn read_challenge(bytes: &[u8]) -> Result<Challenged, CodecError> {
    let mut reader = Reader::new(bytes);
    if reader.array()? != *MAGIC {
        return Err(CodecError::NotCanonical("head of a challenge"));
    }
    let (vote, ward) = (VoteId(reader.array()?), reader.u16()?);
    let (device, seq) = (DeviceKey(reader.array()?), reader.u32()?);
    let chance = Zeroizing::new(reader.array()?);
    let len = reader.var_max("number of slots", 256)?;
    let slots = (0..len).map(|_| reader.flag()).collect::<Result<_, _>>()?;
    let tracker = BlobHash(reader.array()?);
    reader.finish()?;
    Ok(Challenged {
        vote,
        ward,
        device,
        tracker,
        prepared: Prepared { seq, chance, slots },
    })
}

/// Makes a challenged ballot again on this device: its tracker, to be compared with the one that was
/// shown before the challenge.
///
/// # Errors
///
/// [`VotesError`] if the key is not known here, or nothing can be encrypted so.
pub fn challenge(
    device: &Device,
    known: &Known,
    challenged: &Challenged,
) -> Result<Tracker, VotesError> {
    if challenged.vote != known.vote.id {
        return Err(VotesError::Unknown(challenged.vote.to_string()));
    }
    let bytes = known.ballot_bytes(
        device,
        challenged.ward,
        &challenged.device,
        &challenged.prepared,
    )?;
    Ok(BlobHash::of(&bytes))
}
