//! Keys and signatures: the one door to Ed25519 (and, in `sealing`, to X25519 and ML-KEM-768).
//!
//! A **member** has one key for life, each **device** a key of its own that the member certifies.
//! Every signature covers the name of its purpose first ([`Domain`]), so that none can be passed
//! off as another.
//!
//! Signatures are checked by `verify_strict` only. The lax and the batch form accept signatures
//! that it refuses, and two devices that differ on one entry never agree again.

use std::{fmt, str::FromStr};

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use thiserror::Error;
use zeroize::ZeroizeOnDrop;

use crate::hash::{NameError, from_hex, name, to_hex};

mod sealing;

pub use self::sealing::{
    CAPSULE_LEN, ML_KEM_KEY_LEN, SEALED_SEED_LEN, SealingKeys, agree, close_box, encapsulate,
    is_ml_kem_key,
};

name! {
    /// Ed25519 public key of a device: the author of its logs.
    DeviceKey
}
name! {
    /// Ed25519 public key of a member, for life.
    MemberKey
}
name! {
    /// X25519 public key to which one seals what only this member may read.
    ExchangeKey
}

/// What a signature is for. The bytes are part of every signed message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Domain {
    /// An entry, by its device.
    Entry,
    /// A member certifies a device.
    DeviceCertificate,
    /// A member asks to join a network.
    Join,
    /// A member ends their key, or a device of theirs.
    Revocation,
    /// A member hands over to a new key.
    KeyChange,
    /// A person who lost their key asks to go on under another.
    Recovery,
    /// A member's card.
    Card,
    /// A founder accepts a genesis, and certifies every other founder.
    Genesis,
    /// A device speaks on a channel.
    Hello,
    /// A device wrote a bundle.
    Bundle,
    /// A device says what it has.
    Ticket,
    /// A member says with which keys they sign checkpoints.
    Enrolment,
    /// A signer says what time it is.
    Stamp,
    /// A signer proposes a record.
    Proposal,
    /// A signer votes on a record.
    Vote,
    /// A signer cosigns a checkpoint: the first line that C2SP `tlog-cosignature` signs.
    Cosignature,
    /// A signer signs a checkpoint as the log that it is one of. The format signs the bare text,
    /// whose first line is the origin; so its beginning stands for the purpose, and what follows
    /// it is 16 hexadecimal digits, as in no other domain.
    LogLine,
}

impl Domain {
    const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Entry => b"commune/entry/v1\0",
            Self::DeviceCertificate => b"commune/device/v1\0",
            Self::Join => b"commune/join/v1\0",
            Self::Revocation => b"commune/revocation/v1\0",
            Self::KeyChange => b"commune/key-change/v1\0",
            Self::Recovery => b"commune/recovery/v1\0",
            Self::Card => b"commune/card/v1\0",
            Self::Genesis => b"commune/genesis/v1\0",
            Self::Hello => b"commune/hello/v1\0",
            Self::Bundle => b"commune/bundle/v1\0",
            Self::Ticket => b"commune/ticket/v1\0",
            Self::Enrolment => b"commune/enrolment/v1\0",
            Self::Stamp => b"commune/stamp/v1\0",
            Self::Proposal => b"commune/proposal/v1\0",
            Self::Vote => b"commune/agreement/v1\0",
            Self::Cosignature => b"cosignature/v1\n",
            Self::LogLine => b"commune/",
        }
    }
}

/// An Ed25519 signature, not checked yet.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Signature(pub [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", to_hex(&self.0))
    }
}

/// An Ed25519 secret key. Erased from memory when dropped, and never printed.
#[derive(Clone, ZeroizeOnDrop)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key whose RFC 8032 seed is `seed`.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The seed, to be sealed and stored.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The public half, as the key of a device.
    pub fn device_key(&self) -> DeviceKey {
        DeviceKey(self.public())
    }

    /// The public half, as the key of a member.
    pub fn member_key(&self) -> MemberKey {
        MemberKey(self.public())
    }

    /// Signs `parts`, one after the other, for the purpose `domain`.
    pub fn sign(&self, domain: Domain, parts: &[&[u8]]) -> Signature {
        Signature(self.0.sign(&message(domain, parts)).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", to_hex(&self.public()))
    }
}

/// A public key ready to check signatures.
///
/// Making one costs a tenth of a signature check: keep it while several entries of one author pass.
#[derive(Clone, Debug)]
pub struct Verifier(VerifyingKey);

impl Verifier {
    /// Reads the public key `key`.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if it is no point of the curve, or one of the few of small order.
    pub fn new(key: &[u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(key).map_err(|_| KeyError)?;
        if key.is_weak() {
            return Err(KeyError);
        }
        Ok(Self(key))
    }

    /// Checks that the owner of this key signed `parts` for the purpose `domain`.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] if not.
    pub fn verify(
        &self,
        domain: Domain,
        parts: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), SignatureError> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0
            .verify_strict(&message(domain, parts), &signature)
            .map_err(|_| SignatureError)
    }
}

/// Checks one signature by the owner of the public key `key`.
///
/// # Errors
///
/// [`SignatureError`] if the key or the signature is not valid.
pub fn verify(
    key: &[u8; 32],
    domain: Domain,
    parts: &[&[u8]],
    signature: &Signature,
) -> Result<(), SignatureError> {
    Verifier::new(key)
        .map_err(|KeyError| SignatureError)?
        .verify(domain, parts, signature)
}

fn message(domain: Domain, parts: &[&[u8]]) -> Vec<u8> {
    let mut message = domain.bytes().to_vec();
    for part in parts {
        message.extend_from_slice(part);
    }
    message
}

/// Bytes that are no usable Ed25519 public key.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("not a valid Ed25519 public key")]
pub struct KeyError;

/// A signature that the named key did not make over these bytes.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the signature does not match the key and the content")]
pub struct SignatureError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_serves_one_purpose() {
        let key = SecretKey::from_seed(&[1; 32]);
        let signature = key.sign(Domain::Card, &[b"hello"]);
        assert_eq!(
            verify(&key.public(), Domain::Card, &[b"hel", b"lo"], &signature),
            Ok(())
        );
        for (domain, text) in [(Domain::Entry, b"hello"), (Domain::Card, b"hullo")] {
            assert!(verify(&key.public(), domain, &[text], &signature).is_err());
        }
    }

    #[test]
    fn a_key_of_small_order_signs_nothing() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert!(Verifier::new(&identity).is_err());
    }
}
