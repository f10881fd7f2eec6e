//! What a signer says to agree on a record, each word signed by the cosignature key, and the proof that
//! one said two things where one is allowed.

use super::MAX_PROPOSED_LEN;
use crate::{
    codec::{CodecError, Reader, Writer},
    entry::BlobRef,
    hash::{BlobHash, NetworkId},
    keys::{Domain, MemberKey, SecretKey, Signature, SignatureError, verify},
    payload::SignerFact,
};

/// No round.
const NO_ROUND: u32 = u32::MAX;

/// A signer says what time it is. Two different ones for one height are a double signing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stamp {
    /// The height that it is for.
    pub height: u32,
    /// The record before, of which the signer speaks.
    pub previous: [u8; 32],
    /// Seconds since 1970.
    pub seconds: u64,
    /// By the cosignature key.
    pub signature: Signature,
}

/// A signer proposes a record. Its hash binds the record, and the root in the record binds the moves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proposal {
    /// Its height.
    pub height: u32,
    /// The round.
    pub round: u32,
    /// Hash of the record.
    pub value: [u8; 32],
    /// The round in which a quorum prevoted for it, if one did.
    pub pol_round: Option<u32>,
    /// By the cosignature key.
    pub signature: Signature,
    /// How far the logs move: detached bytes.
    pub moves: BlobRef,
    /// The record, canonical.
    pub record: Vec<u8>,
}

/// The two steps of a round.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum VoteStep {
    /// A signer found the record right.
    Prevote,
    /// A signer saw that a quorum did.
    Precommit,
}

/// A signer votes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Vote {
    /// The height.
    pub height: u32,
    /// The round.
    pub round: u32,
    /// The step.
    pub step: VoteStep,
    /// For which record; `None` for none in this round.
    pub value: Option<[u8; 32]>,
    /// By the cosignature key.
    pub signature: Signature,
}

/// A word without its signature.
trait Unsigned {
    const DOMAIN: Domain;

    /// What is signed, but for the network.
    fn write_unsigned(&self, out: &mut Writer);

    fn signed(&self, network: &NetworkId) -> Vec<u8> {
        let mut out = Writer::new();
        out.raw(network.as_bytes());
        self.write_unsigned(&mut out);
        out.finish()
    }
}

impl Unsigned for Stamp {
    const DOMAIN: Domain = Domain::Stamp;

    fn write_unsigned(&self, out: &mut Writer) {
        out.u32(self.height).raw(&self.previous).u64(self.seconds);
    }
}

impl Unsigned for Proposal {
    const DOMAIN: Domain = Domain::Proposal;

    fn write_unsigned(&self, out: &mut Writer) {
        out.u32(self.height)
            .u32(self.round)
            .raw(&self.value)
            .u32(self.pol_round.unwrap_or(NO_ROUND));
    }
}

impl Unsigned for Vote {
    const DOMAIN: Domain = Domain::Vote;

    fn write_unsigned(&self, out: &mut Writer) {
        out.u32(self.height)
            .u32(self.round)
            .u8(u8::from(self.step == VoteStep::Precommit))
            .flag(self.value.is_some());
        if let Some(value) = &self.value {
            out.raw(value);
        }
    }
}

/// Gives a word its one way to be signed and checked.
macro_rules! signed {
    ($($word:ty),+) => {$(
        impl $word {
            /// Signs it, whatever its signature was.
            #[must_use]
            pub fn sign(self, network: &NetworkId, key: &SecretKey) -> Self {
                let signature = key.sign(Self::DOMAIN, &[&self.signed(network)]);
                Self { signature, ..self }
            }

            /// Checks that `key` signed it.
            ///
            /// # Errors
            ///
            /// [`SignatureError`] if not.
            pub fn verify(&self, network: &NetworkId, key: &[u8; 32]) -> Result<(), SignatureError> {
                verify(key, Self::DOMAIN, &[&self.signed(network)], &self.signature)
            }
        }
    )+};
}

signed!(Stamp, Proposal, Vote);

impl Stamp {
    pub(super) fn write(&self, out: &mut Writer) {
        self.write_unsigned(out);
        out.raw(&self.signature.0);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            height: reader.u32()?,
            previous: reader.array()?,
            seconds: reader.u64()?,
            signature: Signature(reader.array()?),
        })
    }
}

impl Proposal {
    pub(super) fn write(&self, out: &mut Writer) {
        self.write_head(out);
        out.u32(self.moves.len)
            .raw(self.moves.hash.as_bytes())
            .short_bytes(&self.record);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let head = Self::read_head(reader)?;
        Ok(Self {
            moves: BlobRef {
                len: reader.u32()?,
                hash: BlobHash(reader.array()?),
            },
            record: reader
                .short_bytes("proposed record", MAX_PROPOSED_LEN)?
                .to_vec(),
            ..head
        })
    }

    fn write_head(&self, out: &mut Writer) {
        self.write_unsigned(out);
        out.raw(&self.signature.0);
    }

    /// All that is signed of it, without the record itself.
    fn read_head(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            height: reader.u32()?,
            round: reader.u32()?,
            value: reader.array()?,
            pol_round: Some(reader.u32()?).filter(|it| *it != NO_ROUND),
            signature: Signature(reader.array()?),
            ..Self::headless()
        })
    }

    fn headless() -> Self {
        Self {
            height: 0,
            round: 0,
            value: [0; 32],
            pol_round: None,
            signature: Signature([0; 64]),
            moves: BlobRef {
                len: 0,
                hash: BlobHash([0; 32]),
            },
            record: Vec::new(),
        }
    }

    fn head(&self) -> Self {
        Self {
            height: self.height,
            round: self.round,
            value: self.value,
            pol_round: self.pol_round,
            signature: self.signature,
            ..Self::headless()
        }
    }
}

impl Vote {
    pub(super) fn write(&self, out: &mut Writer) {
        self.write_unsigned(out);
        out.raw(&self.signature.0);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            height: reader.u32()?,
            round: reader.u32()?,
            step: match reader.flag()? {
                false => VoteStep::Prevote,
                true => VoteStep::Precommit,
            },
            value: match reader.flag()? {
                false => None,
                true => Some(reader.array()?),
            },
            signature: Signature(reader.array()?),
        })
    }
}

/// Two words of one signer of which an honest one says at most one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contradiction {
    /// The signer.
    pub member: MemberKey,
    pair: Pair,
}

/// In ascending order of their signatures.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Pair {
    Stamps([Stamp; 2]),
    /// Without their records.
    Proposals(Box<[Proposal; 2]>),
    Votes([Vote; 2]),
}

impl Contradiction {
    /// The proof that `member`, who said both, contradicts themselves; `None` if nobody does by that.
    ///
    /// A signer has one stamp a height, one proposed record a round, and one vote a round and step.
    pub fn of(member: MemberKey, a: &SignerFact, b: &SignerFact) -> Option<Self> {
        let pair = match (a, b) {
            (SignerFact::Stamp(a), SignerFact::Stamp(b)) => Pair::Stamps([*a, *b]),
            (SignerFact::Proposal(a), SignerFact::Proposal(b)) => {
                Pair::Proposals(Box::new([a.head(), b.head()]))
            }
            (SignerFact::Vote(a), SignerFact::Vote(b)) => Pair::Votes([*a, *b]),
            _ => return None,
        };
        let pair = pair.sorted();
        pair.is_contradiction().then_some(Self { member, pair })
    }

    /// Whether the owner of the cosignature key `key` said both.
    pub fn proves(&self, network: &NetworkId, key: &[u8; 32]) -> bool {
        let is_both = match &self.pair {
            Pair::Stamps(pair) => pair.iter().all(|it| it.verify(network, key).is_ok()),
            Pair::Proposals(pair) => pair.iter().all(|it| it.verify(network, key).is_ok()),
            Pair::Votes(pair) => pair.iter().all(|it| it.verify(network, key).is_ok()),
        };
        is_both && self.pair.is_contradiction()
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.raw(self.member.as_bytes());
        match &self.pair {
            Pair::Stamps(pair) => {
                out.u8(2);
                pair.iter().for_each(|it| it.write(out));
            }
            Pair::Proposals(pair) => {
                out.u8(3);
                pair.iter().for_each(|it| it.write_head(out));
            }
            Pair::Votes(pair) => {
                out.u8(4);
                pair.iter().for_each(|it| it.write(out));
            }
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let member = MemberKey(reader.array()?);
        let pair = match reader.u8()? {
            2 => Pair::Stamps([Stamp::read(reader)?, Stamp::read(reader)?]),
            3 => Pair::Proposals(Box::new([
                Proposal::read_head(reader)?,
                Proposal::read_head(reader)?,
            ])),
            4 => Pair::Votes([Vote::read(reader)?, Vote::read(reader)?]),
            _ => return Err(CodecError::NotCanonical("kind of a word")),
        };
        if !pair.is_contradiction() || pair.clone().sorted() != pair {
            return Err(CodecError::NotCanonical("contradiction"));
        }
        Ok(Self { member, pair })
    }
}

impl Pair {
    fn is_contradiction(&self) -> bool {
        match self {
            Self::Stamps([a, b]) => {
                a.height == b.height && (a.previous, a.seconds) != (b.previous, b.seconds)
            }
            Self::Proposals(pair) => {
                let [a, b] = pair.as_ref();
                (a.height, a.round) == (b.height, b.round) && a.value != b.value
            }
            Self::Votes([a, b]) => {
                (a.height, a.round, a.step) == (b.height, b.round, b.step) && a.value != b.value
            }
        }
    }

    fn sorted(self) -> Self {
        let is_descending = match &self {
            Self::Stamps([a, b]) => a.signature.0 > b.signature.0,
            Self::Proposals(pair) => {
                let [a, b] = pair.as_ref();
                a.signature.0 > b.signature.0
            }
            Self::Votes([a, b]) => a.signature.0 > b.signature.0,
        };
        match self {
            Self::Stamps([a, b]) if is_descending => Self::Stamps([b, a]),
            Self::Votes([a, b]) if is_descending => Self::Votes([b, a]),
            Self::Proposals(pair) if is_descending => {
                let [a, b] = *pair;
                Self::Proposals(Box::new([b, a]))
            }
            same => same,
        }
    }
}
