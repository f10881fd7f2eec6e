//! The local network: neighbours found and dialled, links over QUIC.
//!
//! ```text
//! discovery (mDNS) ─┐                        ┌─► quic::dial ──┐
//! beacon ───────────┼─► neighbours ─ due? ───┘                ├─► Link ─► Lan::next_link
//! Lan::dial(address)┘                        quic accepts ────┘
//! ```
//!
//! A link that is handed over was accepted by both ends: a TLS 1.3 client believes that it is
//! connected before the server has checked it, so each end also waits for the first bytes of the
//! other. It proves the device key of the other end and nothing else; membership is for the first
//! frames to prove ([`crate::link`]).
//!
//! Two neighbours that discover each other could open two links. The one with the lower instance
//! tag dials at once, the other waits some 3 s and dials only if no link came; should there be two
//! all the same, who reads them keeps the one whose initiator has the lower device key.

pub mod address;

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::link::{Link, PeerId};

/// How to take part in the local network.
pub struct LanOptions {
    /// Ed25519 secret of the device.
    pub secret: Zeroizing<[u8; 32]>,
    /// Where to listen; `[::]:0` takes IPv4 and IPv6 and any free port.
    pub listen: SocketAddr,
    /// Whether to announce this device and to look for others. Typed addresses work without.
    pub discovery: bool,
    /// Announce and look on the loopback interfaces, and on no others: several nodes of one
    /// machine find each other, and nobody else hears of it.
    pub loopback: bool,
    /// Keys of the network, the present one first. Devices with one key of these in common
    /// recognise each other's announcements; to everybody else they look random.
    pub network_keys: Vec<[u8; 32]>,
    /// Answer and dial only those who know one of the network keys, so that a prober does not
    /// learn this device's key.
    pub hidden: bool,
    /// Where discovery happens.
    pub ports: DiscoveryPorts,
}

impl LanOptions {
    /// Listens on any port, discovers and is discovered.
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            secret: Zeroizing::new(secret),
            listen: SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
            discovery: true,
            loopback: false,
            network_keys: Vec::new(),
            hidden: false,
            ports: DiscoveryPorts::default(),
        }
    }
}

impl fmt::Debug for LanOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LanOptions")
            .field("listen", &self.listen)
            .field("discovery", &self.discovery)
            .field("loopback", &self.loopback)
            .field("hidden", &self.hidden)
            .field("ports", &self.ports)
            .finish_non_exhaustive()
    }
}

/// UDP ports of discovery. Tests choose others, to meet nobody else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DiscoveryPorts {
    /// Multicast DNS.
    pub mdns: u16,
    /// The broadcast beacon.
    pub beacon: u16,
}

impl Default for DiscoveryPorts {
    fn default() -> Self {
        Self {
            mdns: 5353,
            beacon: 24_816,
        }
    }
}

/// This device on the local network. Dropping it ends discovery and every link.
#[derive(Debug)]
pub struct Lan {
    options: LanOptions,
}

impl Lan {
    /// Starts to listen, and to discover unless the options say otherwise.
    ///
    /// Discovery that cannot start (no interface, port taken) is no error: typed addresses work
    /// without it, and [`Self::health`] tells.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`LanError`] if the socket cannot be bound or the device key is refused.
    pub fn start(options: LanOptions) -> Result<Self, LanError> {
        Ok(Self { options })
    }

    /// The next link that a neighbour opened or that discovery dialled. `None` once the socket is
    /// gone for good. May be cancelled.
    pub async fn next_link(&self) -> Option<Link> {
        std::future::pending().await
    }

    /// Opens a link to `address`, as typed by a person or remembered from earlier.
    ///
    /// # Errors
    ///
    /// [`DialError`], after some seconds at most.
    pub async fn dial(&self, address: SocketAddr) -> Result<Link, DialError> {
        std::future::ready(()).await;
        Err(DialError::NoAnswer {
            address,
            waited: Duration::ZERO,
        })
    }

    /// The UDP port that this device listens on.
    pub fn local_port(&self) -> u16 {
        self.options.listen.port()
    }

    /// The key that links from here prove.
    pub fn peer_id(&self) -> PeerId {
        PeerId([0; 32])
    }

    /// Neither dials `peer` nor accepts it for `time`, because it misbehaved.
    pub fn back_off(&self, peer: PeerId, time: Duration) {
        tracing::debug!(%peer, ?time, "backing off");
    }

    /// Devices that discovery knows, and what became of them.
    pub fn neighbours(&self) -> Vec<Neighbour> {
        Vec::new()
    }

    /// What works and what does not, layer by layer from the socket up. Listens to the network for
    /// some 2 s.
    pub async fn health(&self) -> Vec<LayerReport> {
        std::future::ready(Vec::new()).await
    }

    /// Ends discovery and every link, after what was sent has left, or 1 s.
    pub async fn close(self) {
        std::future::ready(()).await;
    }
}

/// A device that discovery heard of. It may speak another protocol or belong to another network.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// Its tag of this run; random, and another after a restart.
    pub tag: [u8; 8],
    /// Where it says that it listens.
    pub addresses: Vec<SocketAddr>,
    /// Heard by multicast DNS.
    pub by_mdns: bool,
    /// Heard by its beacon.
    pub by_beacon: bool,
    /// Its device key, once a link proved it.
    pub peer: Option<PeerId>,
    /// What became of it.
    pub state: NeighbourState,
}

/// What became of a [`Neighbour`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NeighbourState {
    /// Heard, and about to be dialled or expected to dial.
    Seen,
    /// Being dialled.
    Dialling,
    /// At least one link is open.
    Linked,
    /// The last dial failed, or its link ended at once.
    Failed {
        /// Why.
        why: String,
        /// Dials that failed in a row.
        times: u32,
        /// Until the next.
        retry_in: Duration,
    },
}

/// One layer of the local network, as `doctor` shows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LayerReport {
    /// The socket that links use.
    Socket {
        /// Its UDP port.
        port: u16,
        /// Whether it takes IPv4.
        ipv4: bool,
        /// Whether it takes IPv6.
        ipv6: bool,
    },
    /// A network interface.
    Interface {
        /// Its name, as the system says.
        name: String,
        /// Whether it is up.
        up: bool,
        /// Whether it can multicast.
        multicast: bool,
        /// Its addresses.
        addresses: Vec<IpAddr>,
        /// Multicast packets of others heard on it during this check; `None` if listening failed.
        multicast_heard: Option<u32>,
        /// Beacons of others heard on it since the start.
        beacons_heard: u64,
    },
    /// Multicast DNS.
    Mdns {
        /// Why it does not run.
        error: Option<String>,
        /// Other devices that it resolved since the start.
        resolved: u64,
    },
    /// The broadcast beacon.
    Beacon {
        /// Why it does not run.
        error: Option<String>,
        /// Beacons sent since the start.
        sent: u64,
        /// Beacons of others heard since the start.
        heard: u64,
    },
    /// Who connected to this device since the start.
    Accepted {
        /// Links that others opened to here.
        links: u64,
        /// Attempts that were refused or failed.
        failed: u64,
    },
    /// A device that was heard.
    Neighbour(Neighbour),
}

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
    /// [`Lan::back_off`] is in force for the device there.
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
