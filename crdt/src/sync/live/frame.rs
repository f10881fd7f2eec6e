//! What the two devices say, and the words that follow from it.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{End, LiveError};
use crate::{
    codec::{Reader, Writer},
    genesis::{WORDS_LEN, first_66_bits},
    hash::{NetworkId, derive_key},
    payload::{MAX_NAME_LEN, read_name},
};

/// Longest body that is read: an ask with the longest name.
pub const MAX_LIVE_LEN: usize = 1 + 32 + 2 + MAX_NAME_LEN;

const ASK: u8 = 1;
const ANSWER: u8 = 2;
const REVEAL: u8 = 3;
const OVER: u8 = 4;

/// 32 bytes drawn for one exchange. That of who asks is secret until the answer is there.
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct LiveNonce(pub [u8; 32]);

impl fmt::Debug for LiveNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LiveNonce(…)")
    }
}

/// One frame of an exchange, without its type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum LiveFrame {
    /// Somebody asks to be vouched for.
    Ask { commitment: [u8; 32], name: String },
    /// A sponsor answers the ask with this commitment.
    Answer {
        commitment: [u8; 32],
        nonce: LiveNonce,
    },
    /// What was committed to.
    Reveal { nonce: LiveNonce },
    /// Who asked with this commitment asks no more.
    Over { commitment: [u8; 32] },
}

impl LiveFrame {
    pub(super) fn decode(body: &[u8]) -> Result<Self, LiveError> {
        let mut reader = Reader::new(body);
        let frame = match reader.u8()? {
            ASK => Self::Ask {
                commitment: reader.array()?,
                name: read_name(&mut reader)?,
            },
            ANSWER => Self::Answer {
                commitment: reader.array()?,
                nonce: LiveNonce(reader.array()?),
            },
            REVEAL => Self::Reveal {
                nonce: LiveNonce(reader.array()?),
            },
            OVER => Self::Over {
                commitment: reader.array()?,
            },
            other => return Err(LiveError::Kind(other)),
        };
        reader.finish()?;
        Ok(frame)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(MAX_LIVE_LEN);
        match self {
            Self::Ask { commitment, name } => {
                out.u8(ASK).raw(commitment).short_bytes(name.as_bytes());
            }
            Self::Answer { commitment, nonce } => {
                out.u8(ANSWER).raw(commitment).raw(&nonce.0);
            }
            Self::Reveal { nonce } => {
                out.u8(REVEAL).raw(&nonce.0);
            }
            Self::Over { commitment } => {
                out.u8(OVER).raw(commitment);
            }
        }
        out.finish()
    }
}

/// What who asks binds itself to before it knows the sponsor's nonce.
pub(super) fn commitment(
    network: &NetworkId,
    asker: &End,
    sponsor: &End,
    name: &str,
    nonce: &LiveNonce,
) -> [u8; 32] {
    // All but the name have one length, so no two rows of fields give one string of bytes.
    derive_key(
        "commune live meeting commitment v1",
        &[
            network.as_bytes(),
            asker.member.as_bytes(),
            asker.device.as_bytes(),
            sponsor.member.as_bytes(),
            sponsor.device.as_bytes(),
            &nonce.0,
            name.as_bytes(),
        ],
    )
}

/// The six words of both, from everything that was said: the commitment holds who is who.
pub(super) fn words(
    commitment: &[u8; 32],
    answer: &LiveNonce,
    reveal: &LiveNonce,
) -> [u8; WORDS_LEN] {
    let all = derive_key(
        "commune live meeting words v1",
        &[commitment, &answer.0, &reveal.0],
    );
    let (start, _) = all.split_first_chunk().unwrap_or((&[0; WORDS_LEN], &[]));
    first_66_bits(*start)
}
