//! What can go wrong on the local network.

use std::{net::SocketAddr, time::Duration};

use thiserror::Error;

use crate::link::PeerId;

/// Why the local network is not available.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LanError {
    /// The socket could not be bound.
    #[error("cannot listen on udp {address}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The device key does not make a TLS identity.
    #[error("the device key cannot be used: {0}")]
    Key(String),
}

/// Why no link came of a dial.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum DialError {
    /// Nothing came back: wrong address, off, another subnet, a firewall or client isolation.
    #[error("no answer from {address} within {} s", waited.as_secs())]
    NoAnswer {
        /// Who was dialled.
        address: SocketAddr,
        /// For how long.
        waited: Duration,
    },
    /// This device's socket cannot reach such an address.
    #[error("cannot send to {address}: {why}")]
    Unreachable {
        /// Who was dialled.
        address: SocketAddr,
        /// What the operating system or the QUIC library said.
        why: String,
    },
    /// Something answers, but does not speak this protocol.
    #[error("{address} answers, but is no node of this kind: {why}")]
    Foreign {
        /// Who was dialled.
        address: SocketAddr,
        /// What it said.
        why: String,
    },
    /// The node there is busy or does not want this device now.
    #[error("{address} refused: {why}")]
    Refused {
        /// Who was dialled.
        address: SocketAddr,
        /// What it said.
        why: String,
    },
    /// The address is this device's own.
    #[error("{address} is this device itself")]
    Oneself {
        /// Who was dialled.
        address: SocketAddr,
    },
    /// [`super::Lan::back_off`] is in force for the device there.
    #[error("device {peer} misbehaved, and is left alone for {} s more", remaining.as_secs())]
    BackedOff {
        /// The device.
        peer: PeerId,
        /// For how long still.
        remaining: Duration,
    },
    /// All places for links are taken.
    #[error("{open} links are open, the limit is {limit}")]
    TooManyLinks {
        /// Links now.
        open: usize,
        /// Links at most.
        limit: usize,
    },
    /// The local network was closed meanwhile.
    #[error("the local network is closed")]
    Closed,
}
