//! Which layer of the local network works, and which does not.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    Neighbour, Shared,
    beacon::BeaconState,
    discovery::MdnsState,
    interfaces::{self, Interface},
};

/// How long multicast is listened to.
const LISTEN: Duration = Duration::from_millis(1_500);

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

/// What discovery tells of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Discovery {
    pub(super) mdns: Arc<Mutex<MdnsState>>,
    pub(super) beacon: Arc<Mutex<BeaconState>>,
}

/// Where to look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) mdns_port: u16,
    pub(super) loopback: bool,
    pub(super) discovery: bool,
}

/// Looks at each layer from the ground up.
pub(super) async fn examine(
    shared: &Shared,
    discovery: &Discovery,
    place: Place,
) -> Vec<LayerReport> {
    let mut reports = vec![LayerReport::Socket {
        port: shared.port,
        ipv4: shared.ipv4,
        ipv6: shared.ipv6,
    }];
    let interfaces = interfaces::list(place.loopback).unwrap_or_default();
    let listening: Vec<_> = interfaces
        .into_iter()
        .map(|interface| tokio::task::spawn_blocking(move || listen(interface, place)))
        .collect();
    for listened in listening {
        let Ok((interface, multicast_heard)) = listened.await else {
            continue;
        };
        let heard = lock(&discovery.beacon).heard.get(&interface.name).copied();
        reports.push(LayerReport::Interface {
            up: interface.up,
            multicast: interface.multicast,
            addresses: interface
                .networks
                .iter()
                .map(|network| network.ip)
                .collect(),
            multicast_heard,
            beacons_heard: heard.unwrap_or(0),
            name: interface.name,
        });
    }
    if place.discovery {
        let mdns = lock(&discovery.mdns);
        reports.push(LayerReport::Mdns {
            error: mdns.error.clone(),
            resolved: mdns.resolved,
        });
        let beacon = lock(&discovery.beacon);
        reports.push(LayerReport::Beacon {
            error: beacon.error.clone(),
            sent: beacon.sent,
            heard: beacon
                .heard
                .values()
                .fold(0, |sum, heard| sum.saturating_add(*heard)),
        });
    }
    let (links, failed) = shared.accepted();
    reports.push(LayerReport::Accepted { links, failed });
    let neighbours = shared.list_neighbours(Instant::now());
    reports.extend(neighbours.into_iter().map(LayerReport::Neighbour));
    reports
}

fn listen(interface: Interface, place: Place) -> (Interface, Option<u32>) {
    let heard = match interface.up && interface.multicast {
        true => interfaces::hear_multicast(&interface, place.mdns_port, LISTEN).ok(),
        false => None,
    };
    (interface, heard)
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
