//! Saying hello: both prove that they know the network's secret and hold their device's key on
//! this very channel, before any fact is shown.
//!
//! The one who dialled speaks first; the other answers only a good hello, so that a stranger who
//! dials learns nothing but a public key.

use thiserror::Error;

use crate::{
    hash::{NetworkId, derive_key, keyed_blake3},
    keys::{DeviceKey, Domain, MemberKey, SecretKey, Signature, verify},
    payload::verify_device,
};

use super::super::message::{Hello, LinkClass};

/// Which side of a link a device is on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// It opened the link, and speaks first.
    Dialler,
    /// It was dialled.
    Listener,
}

impl Role {
    fn byte(self) -> u8 {
        match self {
            Self::Dialler => 1,
            Self::Listener => 2,
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Dialler => Self::Listener,
            Self::Listener => Self::Dialler,
        }
    }
}

/// What a session needs to know before its first frame.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Which side this is.
    pub role: Role,
    /// The network that both must be of.
    pub network: NetworkId,
    /// Keys of the secrets that are accepted, the present one first.
    pub hello_keys: Vec<[u8; 32]>,
    /// This device.
    pub device: SecretKey,
    /// Whose it is.
    pub certificate: Option<(MemberKey, Signature)>,
    /// The key with which the other end opened the channel.
    pub peer: DeviceKey,
    /// What names this channel and no other.
    pub binding: [u8; 32],
    /// Fresh random bytes. Eight suffice: what names the channel goes into every key beside both
    /// salts, and is itself fresh and unknown to who is not on it, so that a third party who wrote
    /// an entry in advance foresees no key. The other end could try salts until two of its own
    /// entries collide, with any number of bytes: it hides from us what it need not have sent.
    pub salt: [u8; 8],
    /// How fast the link is, as far as known.
    pub link: LinkClass,
}

/// Who is at the other end, proven.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Peer {
    /// The device.
    pub device: DeviceKey,
    /// Its member, if it showed a certificate.
    pub member: Option<MemberKey>,
    /// Both sides' view of the link, the slower one.
    pub link: LinkClass,
}

/// A hello that is refused.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum HelloError {
    /// The sender does not know the network's secret.
    #[error("it does not belong to this network")]
    Stranger,
    /// The device did not sign it on this channel.
    #[error("the device's signature on this channel is false")]
    Signature,
    /// The member did not certify the device.
    #[error("the member's certificate of the device is false")]
    Certificate,
}

impl Setup {
    /// This side's hello, for a device that holds `digest`.
    pub(super) fn hello(&self, digest: &[u8; 32], is_based: bool) -> Hello {
        let key = self.hello_keys.first().copied().unwrap_or_default();
        let mut hello = Hello {
            proof: self.proof(&key, self.role),
            salt: self.salt,
            state: self.state_tag(&self.salt, digest),
            link: self.link,
            is_based,
            certificate: self.certificate,
            signature: Signature([0; 64]),
        };
        hello.signature = self.device.sign(
            Domain::Hello,
            &[
                self.network.as_bytes(),
                &self.binding,
                &[self.role.byte()],
                &hello.fields(),
            ],
        );
        hello
    }

    /// Checks the other side's hello.
    pub(super) fn check(&self, hello: &Hello) -> Result<Peer, HelloError> {
        let role = self.role.other();
        if !self
            .hello_keys
            .iter()
            .any(|key| self.proof(key, role) == hello.proof)
        {
            return Err(HelloError::Stranger);
        }
        verify(
            self.peer.as_bytes(),
            Domain::Hello,
            &[
                self.network.as_bytes(),
                &self.binding,
                &[role.byte()],
                &hello.fields(),
            ],
            &hello.signature,
        )
        .map_err(|_| HelloError::Signature)?;
        if let Some((member, certificate)) = &hello.certificate {
            verify_device(member, &self.peer, certificate).map_err(|_| HelloError::Certificate)?;
        }
        Ok(Peer {
            device: self.peer,
            member: hello.certificate.map(|(member, _)| member),
            link: match (self.link, hello.link) {
                (LinkClass::Fast, LinkClass::Fast) => LinkClass::Fast,
                _ => LinkClass::Slow,
            },
        })
    }

    /// Whether the sender of `hello` holds what this side's `digest` names.
    pub(super) fn is_equal(&self, hello: &Hello, digest: &[u8; 32]) -> bool {
        self.state_tag(&hello.salt, digest) == hello.state
    }

    /// A key of comparison `round` for one purpose: both sides had their part in it.
    pub(super) fn key(&self, context: &str, their_salt: &[u8; 8], round: u32) -> [u8; 32] {
        let (dialler, listener) = match self.role {
            Role::Dialler => (&self.salt, their_salt),
            Role::Listener => (their_salt, &self.salt),
        };
        derive_key(
            context,
            &[&self.binding, dialler, listener, &round.to_be_bytes()],
        )
    }

    /// A keyed hash of the channel: who lacks the secret can neither make nor reuse it.
    ///
    /// Half of the hash is enough. The channel is fresh and the role is in it, so there is nothing
    /// to find a collision for; a stranger has one guess a link, right once in 2¹²⁸; and the key is
    /// looked for in the secret's 256 bits, however much of the hash is shown.
    fn proof(&self, key: &[u8; 32], role: Role) -> [u8; 16] {
        let [proof @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            keyed_blake3(key, &[&[role.byte()], &self.binding]);
        proof
    }

    /// 8 bytes that tell whether two digests are equal, on this channel only.
    pub(super) fn state_tag(&self, salt: &[u8], digest: &[u8; 32]) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = keyed_blake3(&self.binding, &[b"state", salt, digest]);
        [a, b, c, d, e, f, g, h]
    }
}
