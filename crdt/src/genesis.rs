//! The genesis: what founders agree on before there is a network, and what names it afterwards.
//!
//! ```text
//! cards ──► Body ──Draft::new──► Draft ──sign, merge──► Draft ──close──► Genesis
//! file ────────────────────────────decode──────────────────────────────────┘
//! ```
//!
//! The hash of the [`Body`] is the [`NetworkId`]. Every founder signs that hash and so certifies
//! every other founder, at the genesis. A [`Genesis`] exists only if all of them did, and if the
//! numbers in it can work: a network nobody could ever join, or that could never close a height,
//! is refused before it starts.
//!
//! # Bytes of a file
//!
//! | bytes | field |
//! |------:|-------|
//! |     n | `commune-genesis/1` and a line feed; `commune-draft/1` for a draft |
//! |     4 | length of the body |
//! |     n | [`Body`] |
//! |  64 f | signatures of the founders, in their order; in a draft each after a 0/1 |
//! | 1 [+ 32] | 0/1, the network secret; not in a draft |
//! |    32 | BLAKE3 of all the bytes before |
//!
//! A public export and the file with the secret have one body, and so one network id.

mod body;
mod card;
mod draft;
mod meet;
mod secret;

pub use self::{
    body::{
        Body, GenesisError, ImportRoot, MAX_CHARTER_LEN, MAX_FOUNDERS, MAX_SIGNERS, MIN_SIGNERS,
        VERSION,
    },
    card::{
        CARD_MAGIC, Card, CardError, CosignatureKey, LogLineKey, MAX_CARD_LEN, MAX_REQUEST_LEN,
        Person, REQUEST_MAGIC, Request, SeedCommitment,
    },
    draft::{Draft, DraftError},
    meet::{
        MAX_MEET_TEXT, MeetAnswer, MeetError, MeetNonce, MeetRequest, MeetingCode, WORDS_LEN,
        meet_text, read_meet_text,
    },
    secret::{NetworkSecret, OLD_GENERATIONS, Purpose},
};

pub(crate) use self::meet::first_66_bits;

use crate::{
    codec::{Reader, Writer},
    hash::{BlobHash, NetworkId, blake3},
    keys::{Domain, Signature, verify},
};

/// First line of a genesis file.
pub const GENESIS_MAGIC: &[u8] = b"commune-genesis/1\n";

/// First line of a draft file.
pub const DRAFT_MAGIC: &[u8] = b"commune-draft/1\n";

/// Longest genesis or draft file, in bytes: the longest charter and all founders fit.
pub const MAX_GENESIS_LEN: usize = 2 * 1_024 * 1_024;

/// A body with its bytes and its hash.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Named {
    body: Body,
    bytes: Vec<u8>,
    network: NetworkId,
}

impl Named {
    fn new(body: Body) -> Result<Self, GenesisError> {
        let bytes = body.encode();
        // Read back, so that what one device signs every other device reads.
        Self::decode(bytes)
    }

    fn decode(bytes: Vec<u8>) -> Result<Self, GenesisError> {
        let mut reader = Reader::new(&bytes);
        let body = Body::read(&mut reader)?;
        reader.finish()?;
        let network = NetworkId(blake3(&[&bytes]));
        Ok(Self {
            body,
            bytes,
            network,
        })
    }

    fn verify(&self, founder: &Card, signature: &Signature) -> Result<(), GenesisError> {
        verify(
            founder.person().member.as_bytes(),
            Domain::Genesis,
            &[self.network.as_bytes()],
            signature,
        )
        .map_err(|_| GenesisError::Signature {
            founder: founder.person().name.clone(),
        })
    }
}

/// What all founders signed: the root of a network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Genesis {
    named: Named,
    signatures: Vec<Signature>,
    secret: Option<NetworkSecret>,
}

impl Genesis {
    /// Joins a body, the signatures of all its founders in their order, and the secret.
    fn new(
        named: Named,
        signatures: Vec<Signature>,
        secret: Option<NetworkSecret>,
    ) -> Result<Self, GenesisError> {
        named.body.check_ready()?;
        for (founder, signature) in named.body.founders.iter().zip(&signatures) {
            named.verify(founder, signature)?;
        }
        Ok(Self {
            named,
            signatures,
            secret,
        })
    }

    /// The genesis of a test network of imported people, which has no founders.
    ///
    /// # Errors
    ///
    /// [`GenesisError`] if `body` has founders, or imports nobody.
    pub fn of_import(body: Body, secret: NetworkSecret) -> Result<Self, GenesisError> {
        if body.import.is_none() {
            return Err(GenesisError::NothingImported);
        }
        Self::new(Named::new(body)?, vec![], Some(secret))
    }

    /// Reads a genesis file and checks everything in it.
    ///
    /// # Errors
    ///
    /// [`GenesisError`]: no network can be joined with these bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, GenesisError> {
        let (named, mut reader) = unseal(GENESIS_MAGIC, bytes)?;
        let signatures = named
            .body
            .founders
            .iter()
            .map(|_| reader.array().map(Signature))
            .collect::<Result<_, _>>()?;
        let secret = match reader.flag()? {
            true => Some(NetworkSecret::new(reader.array()?)),
            false => None,
        };
        reader.finish()?;
        Self::new(named, signatures, secret)
    }

    /// The genesis as a file.
    pub fn encode(&self) -> Vec<u8> {
        seal(GENESIS_MAGIC, &self.named, |out| {
            for signature in &self.signatures {
                out.raw(&signature.0);
            }
            out.flag(self.secret.is_some());
            if let Some(secret) = &self.secret {
                out.raw(secret.as_bytes());
            }
        })
    }

    /// The same genesis without the network secret, for verifiers outside the network.
    #[must_use]
    pub fn public(&self) -> Self {
        Self {
            secret: None,
            ..self.clone()
        }
    }

    /// The same genesis with the network secret that somebody handed over.
    #[must_use]
    pub fn with_secret(&self, secret: NetworkSecret) -> Self {
        Self {
            secret: Some(secret),
            ..self.clone()
        }
    }

    /// The name of the network.
    pub fn network(&self) -> NetworkId {
        self.named.network
    }

    /// What the founders agreed on.
    pub fn body(&self) -> &Body {
        &self.named.body
    }

    /// The network secret, unless this is a public export.
    pub fn secret(&self) -> Option<&NetworkSecret> {
        self.secret.as_ref()
    }

    /// Hash of the charter text, to which candidates adhere.
    pub fn charter_hash(&self) -> BlobHash {
        BlobHash::of(self.named.body.charter.as_bytes())
    }
}

/// A file of `named` and what `write_rest` adds, with its check sum.
fn seal(magic: &[u8], named: &Named, write_rest: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::new();
    out.raw(magic)
        .u32(u32::try_from(named.bytes.len()).unwrap_or(u32::MAX))
        .raw(&named.bytes);
    write_rest(&mut out);
    let sum = blake3(&[out.as_bytes()]);
    out.raw(&sum);
    out.finish()
}

/// The body of a file and a reader of the rest, once the check sum is right.
fn unseal<'a>(magic: &[u8], bytes: &'a [u8]) -> Result<(Named, Reader<'a>), GenesisError> {
    if bytes.len() > MAX_GENESIS_LEN || !bytes.starts_with(magic) {
        return Err(GenesisError::Magic);
    }
    let (whole, sum) = bytes
        .split_last_chunk::<32>()
        .ok_or(GenesisError::Damaged)?;
    if blake3(&[whole]) != *sum {
        return Err(GenesisError::Damaged);
    }
    let mut reader = Reader::new(whole.strip_prefix(magic).ok_or(GenesisError::Magic)?);
    let len = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
    let named = Named::decode(reader.bytes(len)?.to_vec())?;
    Ok((named, reader))
}

#[cfg(test)]
mod tests;
