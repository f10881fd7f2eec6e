//! A genesis on its way from founder to founder.

use thiserror::Error;

use super::{Body, Card, DRAFT_MAGIC, Genesis, GenesisError, Named, NetworkSecret, seal, unseal};
use crate::{
    hash::NetworkId,
    keys::{Domain, SecretKey, Signature},
};

/// A body, with the signatures of those founders who signed it so far.
///
/// Copies travel apart and merge: signing in any order, or twice, gives the same draft.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    named: Named,
    signatures: Vec<Option<Signature>>,
}

impl Draft {
    /// A draft that nobody signed yet. It may still lack founders: see [`Body::check_ready`].
    ///
    /// # Errors
    ///
    /// [`GenesisError`] if no device would read it.
    pub fn new(body: Body) -> Result<Self, GenesisError> {
        let named = Named::new(body)?;
        let signatures = vec![None; named.body.founders.len()];
        Ok(Self { named, signatures })
    }

    /// Reads a draft file and checks every signature in it.
    ///
    /// # Errors
    ///
    /// [`GenesisError`] if it is something else, or was changed.
    pub fn decode(bytes: &[u8]) -> Result<Self, GenesisError> {
        let (named, mut reader) = unseal(DRAFT_MAGIC, bytes)?;
        let mut signatures = Vec::new();
        for founder in &named.body.founders {
            let signature = match reader.flag()? {
                true => Some(Signature(reader.array()?)),
                false => None,
            };
            if let Some(signature) = &signature {
                named.verify(founder, signature)?;
            }
            signatures.push(signature);
        }
        reader.finish()?;
        Ok(Self { named, signatures })
    }

    /// The draft as a file.
    pub fn encode(&self) -> Vec<u8> {
        seal(DRAFT_MAGIC, &self.named, |out| {
            for signature in &self.signatures {
                out.flag(signature.is_some());
                if let Some(signature) = signature {
                    out.raw(&signature.0);
                }
            }
        })
    }

    /// What is to be agreed on.
    pub fn body(&self) -> &Body {
        &self.named.body
    }

    /// The name that the network will have.
    pub fn network(&self) -> NetworkId {
        self.named.network
    }

    /// Adds the signature of the founder whose key is `key`; signing twice changes nothing.
    ///
    /// # Errors
    ///
    /// [`DraftError::NotAFounder`].
    pub fn sign(&mut self, key: &SecretKey) -> Result<(), DraftError> {
        let member = key.member_key();
        let signature = self
            .named
            .body
            .founders
            .iter()
            .zip(&mut self.signatures)
            .find(|(founder, _)| founder.person().member == member)
            .map(|(_, signature)| signature)
            .ok_or(DraftError::NotAFounder)?;
        *signature = Some(key.sign(Domain::Genesis, &[self.named.network.as_bytes()]));
        Ok(())
    }

    /// Takes the signatures of `copy` that this one lacks.
    ///
    /// # Errors
    ///
    /// [`DraftError::OtherBody`] if the two differ in anything but signatures.
    pub fn merge(&mut self, copy: &Self) -> Result<(), DraftError> {
        if self.named.network != copy.named.network {
            return Err(DraftError::OtherBody {
                this: self.named.network,
                other: copy.named.network,
            });
        }
        for (mine, theirs) in self.signatures.iter_mut().zip(&copy.signatures) {
            *mine = mine.or(*theirs);
        }
        Ok(())
    }

    /// The founders who have not signed yet.
    pub fn missing(&self) -> Vec<&Card> {
        let pairs = self.named.body.founders.iter().zip(&self.signatures);
        pairs
            .filter(|(_, signature)| signature.is_none())
            .map(|(founder, _)| founder)
            .collect()
    }

    /// Turns the draft into the genesis, with a `secret` drawn at random.
    ///
    /// # Errors
    ///
    /// [`DraftError`] if the numbers cannot work or a founder has not signed.
    pub fn close(self, secret: NetworkSecret) -> Result<Genesis, DraftError> {
        self.named.body.check_ready()?;
        let names = |cards: Vec<&Card>| cards.iter().map(|it| it.person().name.clone()).collect();
        let Some(signatures) = self.signatures.iter().copied().collect() else {
            return Err(DraftError::Unsigned(names(self.missing())));
        };
        if self.signatures.is_empty() {
            return Err(GenesisError::NothingImported.into());
        }
        Ok(Genesis::new(self.named, signatures, Some(secret))?)
    }
}

/// A step of founding that cannot be taken.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum DraftError {
    /// Whoever signs is not among the founders.
    #[error("you are not one of its founders")]
    NotAFounder,
    /// Two drafts that differ in what is to be signed.
    #[error("the drafts differ: one would found {this}, the other {other}")]
    OtherBody {
        /// The network that this draft would found.
        this: NetworkId,
        /// The network that the other draft would found.
        other: NetworkId,
    },
    /// Founders whose signature is missing.
    #[error("not signed yet by {}", .0.join(", "))]
    Unsigned(Vec<String>),
    /// No network can start like this.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
}
