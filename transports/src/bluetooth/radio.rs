//! What a driver of an adapter gives to the rest of this transport.

use std::{fmt, pin::Pin};

use bytes::Bytes;
use futures_util::Stream;
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
};

use super::AdapterError;

/// Where a neighbour can be reached at present. It is no identity: addresses change.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    /// As the system writes it: `AA:BB:CC:DD:EE:FF`, or a number of its own on macOS.
    pub(super) address: String,
    /// Whether the address was drawn at random, not given by the maker.
    pub(super) is_random: bool,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

/// An advertisement of our service that was heard. Nothing in it is proven.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Sighting {
    /// Who can be dialled.
    pub(super) place: Place,
    /// The service data.
    pub(super) data: Vec<u8>,
}

/// What is heard, until it is dropped.
pub(super) type Sightings = Pin<Box<dyn Stream<Item = Sighting> + Send>>;

/// A pipe of bytes, whatever is below it.
pub(super) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// A pipe of datagrams, of which some are lost, doubled or out of order.
#[derive(Debug)]
pub(super) struct Datagrams {
    /// From the other side.
    pub(super) incoming: mpsc::Receiver<Bytes>,
    /// To the other side, none longer than `longest`.
    pub(super) outgoing: mpsc::Sender<Bytes>,
    /// What the connection takes at once, in bytes.
    pub(super) longest: usize,
    /// The number that the central gave the conversation, where the central is the other side.
    pub(super) conversation: u16,
}

/// What carries one conversation.
pub(super) enum Bearer {
    /// An L2CAP channel.
    Stream(Box<dyn ByteStream>),
    /// GATT: writes one way, notifications the other.
    Datagrams(Datagrams),
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(_) => f.write_str("Stream"),
            Self::Datagrams(pipe) => write!(f, "Datagrams({})", pipe.longest),
        }
    }
}

/// Why a dial gave no bearer.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub(super) enum RadioError {
    /// The adapter.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// Nobody is there, or the connection broke.
    #[error("not reached: {0}")]
    Unreachable(String),
    /// The other side has no L2CAP channel.
    #[error("the other side has no such channel")]
    Refused,
    /// The other side is no device of ours.
    #[error("the other side lacks our service")]
    NoService,
}
