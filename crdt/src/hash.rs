//! Names of 32 bytes: one type for each thing that a hash names.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// BLAKE3 hash of `parts`, one after the other.
pub fn blake3(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// BLAKE3 hash of `parts` under `key`: what nobody without the key can make or recognise.
pub fn keyed_blake3(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A key for the one purpose that `context` names, from `material`.
pub fn derive_key(context: &str, material: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    for part in material {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Writes bytes in lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// Reads exactly `N` bytes in lower-case hexadecimal; one value has one spelling.
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(c.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    };
    let bytes = text
        .as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some((digit(*high)? << 4) | digit(*low)?),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()?;
    bytes.try_into().ok()
}

/// Text that is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("not a name of 64 lower-case hexadecimal digits")]
pub struct NameError;

/// Declares a 32-byte name as a type of its own.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&to_hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                from_hex(text).map(Self).ok_or(NameError)
            }
        }
    };
}
pub(crate) use name;

name! {
    /// BLAKE3 hash of an entry without its signature: nobody can give one entry two names.
    EntryId
}
name! {
    /// BLAKE3 hash of a genesis body: names a network.
    NetworkId
}
name! {
    /// BLAKE3 hash of detached bytes.
    BlobHash
}
name! {
    /// Hash over a whole state: equal exactly when the placed entries are.
    StateHash
}

impl NetworkId {
    /// The 8 bytes that entries carry.
    ///
    /// They tell networks apart and prove nothing; signatures cover all 32.
    pub fn short(&self) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        [a, b, c, d, e, f, g, h]
    }
}

impl BlobHash {
    /// The name of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3(&[bytes]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let name = EntryId([0xa5; 32]);
        assert_eq!(name.to_string().parse(), Ok(name));
        for wrong in ["a5", &"A5".repeat(32), &"+f".repeat(32), &"a5".repeat(33)] {
            assert_eq!(wrong.parse::<EntryId>(), Err(NameError));
        }
    }
}
