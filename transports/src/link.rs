//! Links: ordered, authenticated pipes of frames to one neighbour.
//!
//! A transport looks for neighbours and hands over a [`Link`] for each one that it met and whose
//! device key it checked. Who reads a link need not know whether radio or cable carries it:
//!
//! ```text
//! transport ──Link──► node ──Frame──► Link.outgoing ──► neighbour
//!                     node ◄──Frame── Link.incoming ◄── neighbour
//! ```
//!
//! Every channel is bounded. A slow reader slows its neighbour down, and does not fill this
//! device's memory.
//!
//! A link proves who holds the *device key* at the other end, and no more. That this device belongs
//! to a member is for the first frames to say, signed over [`Link::channel_binding`]; before both
//! sides said it, nobody should be shown as connected.

pub(crate) mod pump;
mod stream;

use std::fmt;

use bytes::Bytes;
use thiserror::Error;
use tokio::sync::mpsc;

pub(crate) use stream::OPENING;
pub use stream::{FrameBuffer, append_frame};

/// Longest frame, in bytes, its type included.
///
/// Room for the largest entry with its proof and for a chunk of a detached payload; small enough
/// that a frame which turns out to be rubbish has cost little.
pub const MAX_FRAME_LEN: usize = 64 * 1024;

/// Frames that may wait in each direction of a link: 1 MiB of the longest ones.
pub const LINK_CAPACITY: usize = 16;

/// What carries a link.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Medium {
    /// Bluetooth Low Energy, about 10 m and tens of KiB/s.
    Bluetooth,
    /// Ethernet or Wi-Fi, with or without internet behind it.
    Lan,
    /// Two ends within one process, for tests.
    Memory,
}

/// An open pipe to one neighbour.
///
/// Frames arrive whole, unchanged and in order, or the link ends. Nothing tells which frames the
/// neighbour had received when it ended, so a protocol on top starts afresh on the next link.
#[derive(Debug)]
pub struct Link {
    /// The device at the other end, which proved that it holds this key.
    pub peer: PeerId,
    /// What carries this link.
    pub medium: Medium,
    /// A secret of this link alone, the same at both ends. Who signs it cannot be replayed on
    /// another link, nor relayed by somebody in the middle.
    pub channel_binding: [u8; 32],
    /// Whether this device opened the link. The two ends differ in it.
    pub dialled: bool,
    /// Where the other end is, for people to read. It is no identity and may change.
    pub remote: String,
    /// Frames for the neighbour. Dropping it tells the neighbour that no more will come; what was
    /// sent before still arrives.
    pub outgoing: mpsc::Sender<Frame>,
    /// Frames from the neighbour. `None` means that no more will come.
    pub incoming: mpsc::Receiver<Frame>,
}

impl Link {
    /// Joins devices `a` and `b` within this process, and returns the end at `a`, which dialled,
    /// then that at `b`.
    pub fn pair(a: PeerId, b: PeerId) -> (Self, Self) {
        let (from_a, to_b) = mpsc::channel(LINK_CAPACITY);
        let (from_b, to_a) = mpsc::channel(LINK_CAPACITY);
        let mut binding = blake3::Hasher::new_derive_key("commune/memory link/v1");
        binding.update(&a.0).update(&b.0);
        let channel_binding = *binding.finalize().as_bytes();
        let end = |peer: PeerId, dialled, outgoing, incoming| Self {
            peer,
            medium: Medium::Memory,
            channel_binding,
            dialled,
            remote: format!("memory:{peer}"),
            outgoing,
            incoming,
        };
        (end(b, true, from_a, to_a), end(a, false, from_b, to_b))
    }
}

/// Ed25519 public key of a device.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PeerId(pub [u8; 32]);

impl fmt::Display for PeerId {
    /// The first 4 bytes, in hexadecimal: enough for a log line, too little to rely on.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .take(4)
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// At most [`MAX_FRAME_LEN`] bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame(Bytes);

impl Frame {
    /// Takes `bytes` as one frame.
    ///
    /// # Errors
    ///
    /// [`FrameTooLong`] if there are more than [`MAX_FRAME_LEN`].
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, FrameTooLong> {
        let bytes = bytes.into();
        if bytes.len() > MAX_FRAME_LEN {
            return Err(FrameTooLong(bytes.len()));
        }
        Ok(Self(bytes))
    }

    /// The bytes of this frame.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes of this frame, without a copy.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// Bytes that do not fit one frame.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("frame has {0} bytes, the limit is {MAX_FRAME_LEN}")]
pub struct FrameTooLong(pub usize);

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: PeerId = PeerId([1; 32]);
    const BOB: PeerId = PeerId([2; 32]);

    #[tokio::test]
    async fn frame_crosses_a_link() {
        let (at_alice, mut at_bob) = Link::pair(ALICE, BOB);
        at_alice.outgoing.send(frame(b"hello")).await.unwrap();
        assert_eq!(at_bob.incoming.recv().await, Some(frame(b"hello")));
    }

    #[test]
    fn ends_agree_on_the_binding_and_differ_in_who_dialled() {
        let (at_alice, at_bob) = Link::pair(ALICE, BOB);
        assert_eq!((at_alice.peer, at_bob.peer), (BOB, ALICE));
        assert_eq!(at_alice.channel_binding, at_bob.channel_binding);
        assert!(at_alice.dialled && !at_bob.dialled);
        assert_eq!(at_alice.remote, "memory:02020202");
    }

    #[tokio::test]
    async fn dropping_one_end_ends_the_other() {
        let (at_alice, mut at_bob) = Link::pair(ALICE, BOB);
        drop(at_alice);
        assert_eq!(at_bob.incoming.recv().await, None);
        assert!(at_bob.outgoing.send(frame(b"anyone?")).await.is_err());
    }

    #[test]
    fn frame_limit_is_inclusive() {
        assert!(Frame::new(vec![0; MAX_FRAME_LEN]).is_ok());
        assert_eq!(
            Frame::new(vec![0; MAX_FRAME_LEN + 1]),
            Err(FrameTooLong(MAX_FRAME_LEN + 1)),
        );
    }

    fn frame(bytes: &'static [u8]) -> Frame {
        Frame::new(bytes).unwrap()
    }
}
