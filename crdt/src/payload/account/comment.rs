//! What a payment is for: nothing, in clear for everybody, or sealed to the receiver.
//!
//! | bytes | of a sealed comment |
//! |------:|---|
//! |    32 | X25519 key, made for this comment |
//! | 64, 128, 192 or 256 | under XChaCha20-Poly1305: length 1, text, zeros |
//! |    16 | its tag |
//!
//! The key is one agreed by X25519 and serves once, so the nonce is zero. A capsule that also holds
//! ML-KEM has 1,120 bytes, some ten times a payment, and payments are kept by everybody: what must
//! stay closed for decades belongs elsewhere. Padding hides how long a comment is, to 64 bytes.

use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce, aead::Aead};

use crate::{
    codec::{CodecError, Reader, Writer, is_clean},
    keys::{ExchangeKey, SealingKeys, agree},
};

/// Longest comment, in bytes of UTF-8.
pub const MAX_COMMENT_LEN: usize = 255;

/// The lengths that a sealed comment can have.
pub const SEALED_LENS: [usize; 4] = [112, 176, 240, 304];

/// Texts are padded to a multiple of this.
const PADDED: usize = 64;

/// What a payment is for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Comment {
    /// Nothing said.
    #[default]
    None,
    /// For everybody to read, at most [`MAX_COMMENT_LEN`] bytes.
    Clear(String),
    /// For the receiver; its length is one of [`SEALED_LENS`].
    Sealed(Vec<u8>),
}

impl Comment {
    /// Seals `text` to the owner of `receiver`.
    ///
    /// `chance` is 32 secret random bytes, used once; who keeps it can [`reopen`](Self::reopen).
    /// `None` if the text is no [clean](is_clean) one of 1 to [`MAX_COMMENT_LEN`] bytes, or the key
    /// is none.
    pub fn seal(text: &str, receiver: &ExchangeKey, chance: &[u8; 32]) -> Option<Self> {
        let len = u8::try_from(text.len()).ok().filter(|it| *it > 0)?;
        if !is_clean(text) {
            return None;
        }
        let mut plain = vec![len];
        plain.extend_from_slice(text.as_bytes());
        plain.resize(plain.len().next_multiple_of(PADDED), 0);
        let (ephemeral, key) = agree(receiver, chance)?;
        let mut sealed = ephemeral.as_bytes().to_vec();
        sealed.extend(cipher(&key).encrypt(&XNonce::default(), &*plain).ok()?);
        Some(Self::Sealed(sealed))
    }

    /// The text, for the owner of `keys`; `None` where there is none for them.
    pub fn open(&self, keys: &SealingKeys) -> Option<String> {
        match self {
            Self::None => None,
            Self::Clear(text) => Some(text.clone()),
            Self::Sealed(bytes) => {
                let (ephemeral, rest) = bytes.split_first_chunk::<32>()?;
                let key = keys.agreed(&ExchangeKey(*ephemeral))?;
                unseal(&key, rest)
            }
        }
    }

    /// The text, for who sealed it with `chance` to `receiver`.
    pub fn reopen(&self, receiver: &ExchangeKey, chance: &[u8; 32]) -> Option<String> {
        let Self::Sealed(bytes) = self else {
            return None;
        };
        let (front, rest) = bytes.split_first_chunk::<32>()?;
        let (ephemeral, key) = agree(receiver, chance)?;
        (ephemeral.as_bytes() == front).then_some(())?;
        unseal(&key, rest)
    }

    /// Writes the comment.
    pub fn write(&self, out: &mut Writer) {
        match self {
            Self::None => out.u8(0),
            Self::Clear(text) => out.u8(1).short_bytes(text.as_bytes()),
            Self::Sealed(bytes) => out.u8(2).short_bytes(bytes),
        };
    }

    /// Reads a comment.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it is too long, unclean or of no length that sealing gives.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        match reader.u8()? {
            0 => Ok(Self::None),
            1 => {
                let text = reader.text("comment", MAX_COMMENT_LEN)?;
                if text.is_empty() {
                    return Err(CodecError::NotCanonical("comment"));
                }
                Ok(Self::Clear(text))
            }
            2 => {
                let most = SEALED_LENS.iter().max().copied().unwrap_or_default();
                let bytes = reader.short_bytes("sealed comment", most)?;
                if !SEALED_LENS.contains(&bytes.len()) {
                    return Err(CodecError::NotCanonical("sealed comment"));
                }
                Ok(Self::Sealed(bytes.to_vec()))
            }
            value => Err(CodecError::Unknown {
                what: "kind of comment",
                value: value.into(),
            }),
        }
    }
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(Key::from_slice(key))
}

fn unseal(key: &[u8; 32], sealed: &[u8]) -> Option<String> {
    let plain = cipher(key).decrypt(&XNonce::default(), sealed).ok()?;
    let (len, rest) = plain.split_first()?;
    let text = rest.get(..usize::from(*len))?;
    let text = str::from_utf8(text).ok().filter(|it| is_clean(it))?;
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANCE: [u8; 32] = [5; 32];

    fn keys() -> SealingKeys {
        SealingKeys::from_seed([4; 32])
    }

    #[test]
    fn the_receiver_and_who_sealed_it_read_a_comment_and_nobody_else() {
        let longest = "x".repeat(MAX_COMMENT_LEN);
        for text in ["é", "for the bread", &longest] {
            let to = keys().exchange_key();
            let comment = Comment::seal(text, &to, &CHANCE).unwrap();
            assert_eq!(comment.open(&keys()).as_deref(), Some(text));
            assert_eq!(comment.reopen(&to, &CHANCE).as_deref(), Some(text));
            assert_eq!(comment.open(&SealingKeys::from_seed([6; 32])), None);
            assert_eq!(comment.reopen(&to, &[6; 32]), None);
        }
    }

    #[test]
    fn lengths_of_sealed_comments_are_few() {
        for len in 1..=MAX_COMMENT_LEN {
            let text = "x".repeat(len);
            let sealed = Comment::seal(&text, &keys().exchange_key(), &CHANCE);
            let Some(Comment::Sealed(bytes)) = sealed else {
                panic!("{len} bytes are not sealed");
            };
            assert_eq!(bytes.len(), SEALED_LENS[len / PADDED], "{len}");
        }
    }

    #[test]
    fn a_changed_sealed_comment_does_not_open() {
        let to = keys().exchange_key();
        let Some(Comment::Sealed(bytes)) = Comment::seal("bread", &to, &CHANCE) else {
            panic!("not sealed");
        };
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // The highest bit of an X25519 key is ignored, but hashed with it.
            assert_eq!(Comment::Sealed(changed).open(&keys()), None, "{bit}");
        }
    }

    #[test]
    fn what_is_no_comment_is_not_sealed_and_not_read() {
        let to = keys().exchange_key();
        let long = "x".repeat(MAX_COMMENT_LEN + 1);
        for text in ["", "esc\u{1b}[2J", &long] {
            assert_eq!(Comment::seal(text, &to, &CHANCE), None);
            let mut out = Writer::new();
            Comment::Clear(text.to_owned()).write(&mut out);
            assert!(Comment::read(&mut Reader::new(out.as_bytes())).is_err());
        }
        for len in [0, 111, 113, 305] {
            let mut out = Writer::new();
            Comment::Sealed(vec![1; len]).write(&mut out);
            assert!(Comment::read(&mut Reader::new(out.as_bytes())).is_err());
        }
        assert!(Comment::read(&mut Reader::new(&[3])).is_err());
    }
}
