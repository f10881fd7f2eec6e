//! What a bundle says of itself: at the start of each part, and in its last chunk.
//!
//! | introduction | bytes |
//! |---|--:|
//! | [`VERSION`] | 1 |
//! | the bundle's own number, drawn at random | 16 |
//! | 0 clear, 1 sealed to the network | 1 |
//! | generation of the network's key, if sealed | 4 |
//! | description, sealed if the bundle is | n |
//!
//! | description | bytes |
//! |---|--:|
//! | network | 32 |
//! | device that writes it | 32 |
//! | height from which on it has everything | 4 |
//! | claimed time, minutes since 1970 | 4 |
//! | 0/1, hash of the ticket that it answers | 1 or 33 |
//! | number of entries of each priority, 0 to 6 | var each |
//!
//! | closing | bytes |
//! |---|--:|
//! | device that wrote it | 32 |
//! | its signature over the network, the bundle's number and the digest of all chunks before | 64 |

use crate::{
    codec::{CodecError, Reader, Writer},
    hash::NetworkId,
    keys::{DeviceKey, Domain, SecretKey, Signature, SignatureError, verify},
    time::{ClaimedMinutes, Height},
};

use super::PRIORITIES;

/// The one format of bundles that this build reads and writes.
pub const VERSION: u8 = 1;

/// What everybody may read of a bundle.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Introduction {
    /// The bundle's own number.
    pub bundle: [u8; 16],
    /// The generation of the key that it is sealed with; `None` if it is clear.
    pub generation: Option<u32>,
    /// Bytes of the [`Description`], sealed if the bundle is.
    pub description: Vec<u8>,
}

impl Introduction {
    /// The body of its chunk.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.u8(VERSION)
            .raw(&self.bundle)
            .flag(self.generation.is_some());
        if let Some(generation) = self.generation {
            out.u32(generation);
        }
        out.raw(&self.description);
        out.finish()
    }

    /// Reads the body of its chunk.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it is of another version or form.
    pub fn decode(body: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(body);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(CodecError::Unknown {
                what: "bundle format",
                value: version.into(),
            });
        }
        let bundle = reader.array()?;
        let generation = if reader.flag()? {
            Some(reader.u32()?)
        } else {
            None
        };
        Ok(Self {
            bundle,
            generation,
            description: reader.rest().to_vec(),
        })
    }
}

/// What a bundle holds, in whole numbers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Contents {
    /// Entries of each priority.
    pub entries: [u64; PRIORITIES],
}

impl Contents {
    /// Entries in all.
    pub fn entry_count(&self) -> u64 {
        self.entries.iter().fold(0, |a, b| a.saturating_add(*b))
    }
}

/// What a bundle is, for those who can open it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Description {
    /// The network.
    pub network: NetworkId,
    /// The device that writes it.
    pub device: DeviceKey,
    /// The height from which on it has everything, unless it answers a ticket.
    pub since: Height,
    /// When the writer says it was written.
    pub claimed: ClaimedMinutes,
    /// [Hash](super::Ticket::hash) of the ticket that it answers.
    pub target: Option<[u8; 32]>,
    /// What is in all its parts together.
    pub contents: Contents,
}

impl Description {
    /// Its bytes, before any sealing.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.raw(self.network.as_bytes())
            .raw(self.device.as_bytes())
            .u32(self.since.0)
            .u32(self.claimed.0)
            .flag(self.target.is_some());
        if let Some(target) = &self.target {
            out.raw(target);
        }
        for count in self.contents.entries {
            out.var(count);
        }
        out.finish()
    }

    /// Reads its bytes.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if they are of another form.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let network = NetworkId(reader.array()?);
        let device = DeviceKey(reader.array()?);
        let since = Height(reader.u32()?);
        let claimed = ClaimedMinutes(reader.u32()?);
        let target = if reader.flag()? {
            Some(reader.array()?)
        } else {
            None
        };
        let mut contents = Contents::default();
        for count in &mut contents.entries {
            *count = reader.var()?;
        }
        reader.finish()?;
        Ok(Self {
            network,
            device,
            since,
            claimed,
            target,
            contents,
        })
    }
}

/// Who wrote a part of a bundle.
///
/// It says whom to ask or to thank. Entries stand by their own signatures, whoever carried them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Closing {
    /// The device.
    pub device: DeviceKey,
    signature: Signature,
}

impl Closing {
    /// Signs for the chunks with `digest` as the owner of `key`.
    pub fn sign(
        network: &NetworkId,
        bundle: &[u8; 16],
        digest: &[u8; 32],
        key: &SecretKey,
    ) -> Self {
        let parts: [&[u8]; 3] = [network.as_bytes(), bundle, digest];
        Self {
            device: key.device_key(),
            signature: key.sign(Domain::Bundle, &parts),
        }
    }

    /// Checks the signature.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] if the device named did not sign for these chunks.
    pub fn verify(
        &self,
        network: &NetworkId,
        bundle: &[u8; 16],
        digest: &[u8; 32],
    ) -> Result<(), SignatureError> {
        let parts: [&[u8]; 3] = [network.as_bytes(), bundle, digest];
        verify(
            self.device.as_bytes(),
            Domain::Bundle,
            &parts,
            &self.signature,
        )
    }

    /// Its bytes, before any sealing.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.raw(self.device.as_bytes()).raw(&self.signature.0);
        out.finish()
    }

    /// Reads its bytes.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if they are of another form.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let closing = Self {
            device: DeviceKey(reader.array()?),
            signature: Signature(reader.array()?),
        };
        reader.finish()?;
        Ok(closing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn introduction_and_description_come_back() {
        let description = Description {
            network: NetworkId([7; 32]),
            device: DeviceKey([8; 32]),
            since: Height(3),
            claimed: ClaimedMinutes(29_400_000),
            target: Some([9; 32]),
            contents: Contents {
                entries: [0, 1, 2, 3, 400, 0, 70_000],
            },
        };
        let bytes = description.encode();
        for generation in [None, Some(2)] {
            let introduction = Introduction {
                bundle: [1; 16],
                generation,
                description: bytes.clone(),
            };
            let read = Introduction::decode(&introduction.encode()).unwrap();
            assert_eq!(read, introduction);
            assert_eq!(
                Description::decode(&read.description),
                Ok(description.clone())
            );
        }
        for len in 0..bytes.len() {
            assert!(Description::decode(&bytes[..len]).is_err());
        }
    }

    #[test]
    fn closing_is_for_one_network_one_bundle_and_its_chunks() {
        let key = SecretKey::from_seed(&[1; 32]);
        let (network, bundle, digest) = (NetworkId([7; 32]), [1; 16], [2; 32]);
        let closing = Closing::sign(&network, &bundle, &digest, &key);
        let read = Closing::decode(&closing.encode()).unwrap();
        assert_eq!(read.device, key.device_key());
        assert_eq!(read.verify(&network, &bundle, &digest), Ok(()));
        assert!(read.verify(&NetworkId([8; 32]), &bundle, &digest).is_err());
        assert!(read.verify(&network, &[2; 16], &digest).is_err());
        assert!(read.verify(&network, &bundle, &[3; 32]).is_err());
    }
}
