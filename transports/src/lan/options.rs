//! How to take part in the local network.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use zeroize::Zeroizing;

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
