//! A sealed file: what is secret, under a passphrase, a key kept elsewhere, or none.
//!
//! | bytes | field |
//! |------:|-------|
//! |     8 | what the file is, as `cmnvault` |
//! |     1 | format version, [`VERSION`] |
//! |     1 | lock: 0 none, 1 passphrase, 2 key kept elsewhere |
//! |  0: 32 | the key, in the clear |
//! |  1: 4 + 1 + 1 + 16 | Argon2id: memory in KiB, passes, lanes, salt |
//! |    24 | nonce |
//! | 4 + n | XChaCha20-Poly1305 of the content; all bytes before are authenticated with it |
//! |    32 | BLAKE3 of all bytes before |
//!
//! The hash tells a damaged file from a wrong passphrase; it protects nothing. The cost is read
//! before anything is authenticated, so it is bounded ([`Cost`]): a hostile file makes this device
//! neither allocate gigabytes nor compute for minutes.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use commune_crdt::{
    codec::{CodecError, Reader, Writer, to_u64},
    hash::blake3,
};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use super::random::{self, RandomError};

/// The one format this build writes and reads.
pub const VERSION: u8 = 1;

/// Bytes that name a kind of file.
pub type Magic = [u8; 8];

const HASH_LEN: usize = 32;
const SALT_LEN: usize = 16;

/// What it costs to try one passphrase, in Argon2id's terms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cost {
    memory_kib: u32,
    passes: u8,
    lanes: u8,
}

impl Cost {
    /// 64 MiB, three passes, one lane: RFC 9106's second recommendation on one core; some 0.15 s
    /// on a laptop, and within the memory of a small phone.
    pub const STANDARD: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };

    /// For tests only: as little as Argon2id takes.
    #[cfg(test)]
    pub(crate) const CHEAP: Self = Self {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };

    /// The most memory that a file may ask for: four times ours leaves room for later.
    const MAX_MEMORY_KIB: u32 = 256 * 1024;
    /// The most passes that a file may ask for.
    const MAX_PASSES: u8 = 16;
    /// The most lanes that a file may ask for.
    const MAX_LANES: u8 = 4;

    fn write(self, out: &mut Writer) {
        out.u32(self.memory_kib).u8(self.passes).u8(self.lanes);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let cost = Self {
            memory_kib: reader.u32()?,
            passes: reader.u8()?,
            lanes: reader.u8()?,
        };
        let bound = |what, value: u32, limit: u32| {
            let over = value == 0 || value > limit;
            over.then_some(CodecError::OverLimit {
                what,
                value: value.into(),
                limit: limit.into(),
            })
        };
        bound(
            "memory of the passphrase hash",
            cost.memory_kib,
            Self::MAX_MEMORY_KIB,
        )
        .or_else(|| {
            bound(
                "passes of the passphrase hash",
                cost.passes.into(),
                Self::MAX_PASSES.into(),
            )
        })
        .or_else(|| {
            bound(
                "lanes of the passphrase hash",
                cost.lanes.into(),
                Self::MAX_LANES.into(),
            )
        })
        .map_or(Ok(cost), Err)
    }

    /// The key that `passphrase` gives with `salt`.
    fn stretch(
        self,
        passphrase: &str,
        salt: &[u8; SALT_LEN],
    ) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let params = Params::new(
            self.memory_kib,
            self.passes.into(),
            self.lanes.into(),
            Some(32),
        )
        .map_err(|_| SealError::Format(CodecError::NotCanonical("cost of the passphrase hash")))?;
        // Asked for politely: a device short of memory gets a message, not an abort.
        let mut blocks = Vec::new();
        blocks
            .try_reserve_exact(params.block_count())
            .map_err(|_| SealError::Memory)?;
        blocks.resize(params.block_count(), Block::default());
        let mut key = Zeroizing::new([0; 32]);
        let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(passphrase.as_bytes(), salt, key.as_mut(), &mut blocks);
        blocks.iter_mut().for_each(Block::zeroize);
        done.map_err(|_| SealError::Passphrase)?;
        Ok(key)
    }
}

/// Under what a file is to be sealed.
#[derive(Clone, Copy, Debug)]
pub enum Under<'a> {
    /// Nothing: the key stands in the file, and whoever has the file has its content.
    Nothing,
    /// A passphrase, at this cost a try.
    Passphrase(&'a str, Cost),
    /// A key that is kept elsewhere.
    Key(&'a [u8; 32]),
}

/// Seals `content` into a file of the kind `magic`.
///
/// # Errors
///
/// [`SealError`] when the system has no randomness or no memory.
pub fn seal(magic: &Magic, under: Under<'_>, content: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut out = Writer::new();
    out.raw(magic).u8(VERSION);
    let key = match under {
        Under::Nothing => {
            let key = random::secret()?;
            out.u8(0).raw(key.as_ref());
            key
        }
        Under::Passphrase(passphrase, cost) => {
            let salt = random::unique()?;
            out.u8(1);
            cost.write(&mut out);
            out.raw(&salt);
            cost.stretch(passphrase, &salt)?
        }
        Under::Key(key) => {
            out.u8(2);
            Zeroizing::new(*key)
        }
    };
    let nonce = random::unique::<24>()?;
    out.raw(&nonce);
    let sealed = XChaCha20Poly1305::new(Key::from_slice(key.as_ref()))
        .encrypt(
            XNonce::from_slice(&nonce),
            Payload {
                msg: content,
                aad: out.as_bytes(),
            },
        )
        .map_err(|_| SealError::TooLong)?;
    out.u32(u32::try_from(sealed.len()).map_err(|_| SealError::TooLong)?)
        .raw(&sealed);
    let hash = blake3(&[out.as_bytes()]);
    out.raw(&hash);
    Ok(out.finish())
}

/// A sealed file that is whole and not opened yet.
#[derive(Debug)]
pub struct Sealed<'a> {
    lock: Lock,
    head: &'a [u8],
    nonce: [u8; 24],
    content: &'a [u8],
}

enum Lock {
    Nothing(Zeroizing<[u8; 32]>),
    Passphrase(Cost, [u8; SALT_LEN]),
    Key,
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing(_) => "Nothing",
            Self::Passphrase(..) => "Passphrase",
            Self::Key => "Key",
        })
    }
}

impl<'a> Sealed<'a> {
    /// Reads a file of the kind `magic`.
    ///
    /// # Errors
    ///
    /// [`SealError::Kind`] if it is another kind of file, [`SealError::Version`] if a newer program
    /// wrote it, [`SealError::Damaged`] if bytes are missing or changed, [`SealError::Format`] if it
    /// is whole but made to do harm.
    pub fn decode(magic: &Magic, bytes: &'a [u8]) -> Result<Self, SealError> {
        let (found, rest) = bytes.split_first_chunk().ok_or(SealError::Damaged)?;
        if found != magic {
            return Err(SealError::Kind);
        }
        let (whole, hash) = bytes
            .split_last_chunk::<HASH_LEN>()
            .ok_or(SealError::Damaged)?;
        let damaged = blake3(&[whole]) != *hash;
        match rest.first() {
            Some(&version) if version != VERSION && !damaged => {
                return Err(SealError::Version(version));
            }
            _ if damaged => return Err(SealError::Damaged),
            _ => {}
        }
        Self::read(whole).map_err(SealError::Format)
    }

    fn read(whole: &'a [u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(whole);
        reader.bytes(size_of::<Magic>())?;
        reader.u8()?;
        let lock = match reader.u8()? {
            0 => Lock::Nothing(Zeroizing::new(reader.array()?)),
            1 => Lock::Passphrase(Cost::read(&mut reader)?, reader.array()?),
            2 => Lock::Key,
            value => {
                return Err(CodecError::Unknown {
                    what: "lock",
                    value: value.into(),
                });
            }
        };
        let nonce = reader.array()?;
        let head_len = whole.len().saturating_sub(reader.rest().len());
        let head = whole.get(..head_len).ok_or(CodecError::Truncated)?;
        let len = reader.u32()?;
        if u64::from(len) != to_u64(reader.rest().len()) {
            return Err(CodecError::NotCanonical("length of the sealed part"));
        }
        Ok(Self {
            lock,
            head,
            nonce,
            content: reader.rest(),
        })
    }

    /// Whether a passphrase opens it.
    pub fn needs_passphrase(&self) -> bool {
        matches!(self.lock, Lock::Passphrase(..))
    }

    /// Opens a file that needs no key of its own, with `passphrase` where it needs one.
    ///
    /// # Errors
    ///
    /// [`SealError::Passphrase`] if it is not the right one or was not given.
    pub fn open(&self, passphrase: Option<&str>) -> Result<Zeroizing<Vec<u8>>, SealError> {
        match &self.lock {
            Lock::Nothing(key) => self.decrypt(key).ok_or(SealError::Damaged),
            Lock::Passphrase(cost, salt) => {
                let key = cost.stretch(passphrase.ok_or(SealError::Passphrase)?, salt)?;
                self.decrypt(&key).ok_or(SealError::Passphrase)
            }
            Lock::Key => Err(SealError::Format(CodecError::Unknown {
                what: "lock",
                value: 2,
            })),
        }
    }

    /// Opens a file that was sealed under `key`.
    ///
    /// # Errors
    ///
    /// [`SealError::Damaged`] if it was sealed under another one.
    pub fn open_with(&self, key: &[u8; 32]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.decrypt(key).ok_or(SealError::Damaged)
    }

    fn decrypt(&self, key: &[u8; 32]) -> Option<Zeroizing<Vec<u8>>> {
        XChaCha20Poly1305::new(Key::from_slice(key))
            .decrypt(
                XNonce::from_slice(&self.nonce),
                Payload {
                    msg: self.content,
                    aad: self.head,
                },
            )
            .ok()
            .map(Zeroizing::new)
    }
}

/// Why a file is not sealed, or does not open.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SealError {
    /// It does not begin as the expected kind of file.
    #[error("it is another kind of file")]
    Kind,
    /// A newer program wrote it.
    #[error("it has the format {0}, this program knows {VERSION}")]
    Version(u8),
    /// Bytes are missing or changed.
    #[error("bytes are missing or changed")]
    Damaged,
    /// It is whole, but not of a form that this program writes.
    #[error("it is not of a form that this program writes")]
    Format(#[source] CodecError),
    /// The passphrase is not the right one, or there is none.
    #[error("the passphrase does not open it")]
    Passphrase,
    /// Not enough memory to try a passphrase.
    #[error("too little memory is free to try a passphrase")]
    Memory,
    /// More than can be sealed.
    #[error("it is too long to be sealed")]
    TooLong,
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAGIC: Magic = *b"cmntests";
    const PASSPHRASE: Under<'_> = Under::Passphrase("correct horse", Cost::CHEAP);

    #[test]
    fn content_comes_back_under_each_lock() {
        for under in [Under::Nothing, PASSPHRASE] {
            let file = seal(&MAGIC, under, b"secret").unwrap();
            let sealed = Sealed::decode(&MAGIC, &file).unwrap();
            assert_eq!(
                sealed.open(Some("correct horse")).unwrap().as_slice(),
                b"secret"
            );
        }
        let file = seal(&MAGIC, Under::Key(&[7; 32]), b"secret").unwrap();
        let sealed = Sealed::decode(&MAGIC, &file).unwrap();
        assert_eq!(sealed.open_with(&[7; 32]).unwrap().as_slice(), b"secret");
        assert!(sealed.open_with(&[8; 32]).is_err());
        assert!(sealed.open(None).is_err());
    }

    #[test]
    fn a_wrong_passphrase_is_not_damage() {
        let file = seal(&MAGIC, PASSPHRASE, b"secret").unwrap();
        let sealed = Sealed::decode(&MAGIC, &file).unwrap();
        assert!(sealed.needs_passphrase());
        for wrong in [None, Some(""), Some("correct horsf")] {
            assert_eq!(sealed.open(wrong).unwrap_err(), SealError::Passphrase);
        }
    }

    #[test]
    fn every_truncation_and_every_flipped_bit_is_named_as_damage() {
        for under in [Under::Nothing, PASSPHRASE, Under::Key(&[7; 32])] {
            let file = seal(&MAGIC, under, b"secret").unwrap();
            for len in 0..file.len() {
                let error = Sealed::decode(&MAGIC, &file[..len]).unwrap_err();
                assert_eq!(error, SealError::Damaged, "{len}");
            }
            for bit in 0..file.len() * 8 {
                let mut changed = file.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let error = Sealed::decode(&MAGIC, &changed).unwrap_err();
                let expected = if bit < 64 {
                    SealError::Kind
                } else {
                    SealError::Damaged
                };
                assert_eq!(error, expected, "bit {bit}");
            }
        }
    }

    #[test]
    fn a_whole_file_with_changed_bytes_does_not_open() {
        for under in [Under::Nothing, PASSPHRASE] {
            let file = seal(&MAGIC, under, b"secret").unwrap();
            for bit in 80..(file.len() - HASH_LEN) * 8 {
                let mut changed = file.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let opened = Sealed::decode(&MAGIC, &rehashed(changed))
                    .and_then(|sealed| sealed.open(Some("correct horse")));
                assert!(opened.is_err(), "bit {bit}");
            }
        }
    }

    #[test]
    fn a_hostile_cost_is_refused_before_any_work() {
        let file = seal(&MAGIC, PASSPHRASE, b"secret").unwrap();
        for (at, bytes) in [
            (10, &[0xff, 0xff, 0xff, 0xff][..]),
            (10, &[0, 4, 0, 1]),
            (10, &[0, 0, 0, 0]),
            (14, &[17]),
            (14, &[0]),
            (15, &[5]),
            (15, &[0]),
        ] {
            let mut changed = file.clone();
            changed[at..at + bytes.len()].copy_from_slice(bytes);
            let error = Sealed::decode(&MAGIC, &rehashed(changed)).unwrap_err();
            assert!(matches!(
                error,
                SealError::Format(CodecError::OverLimit { .. })
            ));
        }
    }

    #[test]
    fn a_newer_format_is_named() {
        let mut file = seal(&MAGIC, Under::Nothing, b"secret").unwrap();
        file[8] = 2;
        let error = Sealed::decode(&MAGIC, &rehashed(file)).unwrap_err();
        assert_eq!(error, SealError::Version(2));
    }

    /// As whoever wants to do harm would: with a right hash at the end.
    fn rehashed(mut file: Vec<u8>) -> Vec<u8> {
        let end = file.len().saturating_sub(HASH_LEN);
        let hash = blake3(&[&file[..end]]);
        file[end..].copy_from_slice(&hash);
        file
    }
}
