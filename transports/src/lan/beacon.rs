//! The beacon: a datagram to everyone on the network, where multicast DNS is filtered.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | magic `CMBN` |
//! | 1 | version, 1 |
//! | 1 | 0 |
//! | 2 | UDP port for links, big-endian, not 0 |
//! | 8 | tag ([`super::tags`]) |
//!
//! Sent to the broadcast address of each interface: three times within the first 3 s, then every
//! 5 to 7 s in the first minute, then every 15 to 20 s; and soon after a tag that is new, so that
//! both sides know each other. A datagram of any other length or start is dropped unread, and so is
//! whatever comes faster than 64 a second.

use std::{
    collections::{BTreeMap, HashSet},
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::{
    net::UdpSocket,
    sync::{mpsc, watch},
    time::sleep_until,
};

use super::{gate::Bucket, interfaces, neighbours::part, random_u32, tags::Tag};

/// Length of a beacon, in bytes.
const LEN: usize = 16;

const MAGIC: [u8; 4] = *b"CMBN";

const VERSION: u8 = 1;

/// Beacons read at once, and a second.
const READS: Bucket = Bucket::new(64, 64);

/// Tags remembered, to tell new ones.
const MAX_TAGS: usize = 256;

/// What a beacon says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Beacon {
    pub(super) port: u16,
    pub(super) tag: Tag,
}

impl Beacon {
    pub(super) fn encode(&self) -> [u8; LEN] {
        let [m0, m1, m2, m3] = MAGIC;
        let [p0, p1] = self.port.to_be_bytes();
        let [t0, t1, t2, t3, t4, t5, t6, t7] = self.tag;
        [
            m0, m1, m2, m3, VERSION, 0, p0, p1, t0, t1, t2, t3, t4, t5, t6, t7,
        ]
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let [m0, m1, m2, m3, VERSION, 0, p0, p1, tag @ ..] = bytes else {
            return None;
        };
        let port = u16::from_be_bytes([*p0, *p1]);
        let tag = tag.try_into().ok()?;
        ([*m0, *m1, *m2, *m3] == MAGIC && port != 0).then_some(Self { port, tag })
    }
}

/// What the beacon did so far, for `doctor`.
#[derive(Debug, Default)]
pub(super) struct BeaconState {
    pub(super) error: Option<String>,
    pub(super) sent: u64,
    /// Beacons of others, by the interface's name.
    pub(super) heard: BTreeMap<String, u64>,
}

/// Where and what to announce.
#[derive(Debug)]
pub(super) struct BeaconOptions {
    /// Port of the beacon itself.
    pub(super) beacon_port: u16,
    /// Port for links.
    pub(super) port: u16,
    /// On the loopback interfaces only, or on all others.
    pub(super) loopback: bool,
    pub(super) tag: watch::Receiver<Tag>,
}

/// Sends and hears beacons until nobody listens to `heard` any more.
pub(super) async fn run(
    options: BeaconOptions,
    state: Arc<Mutex<BeaconState>>,
    heard: mpsc::Sender<(Beacon, IpAddr)>,
) {
    loop {
        let error = match socket(options.beacon_port) {
            Ok(socket) => {
                note(&state, |state| state.error = None);
                match exchange(&socket, &options, &state, &heard).await {
                    Ok(()) => return,
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        tracing::debug!(%error, "the beacon stopped");
        note(&state, |state| state.error = Some(error.to_string()));
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(10)) => {}
            () = heard.closed() => return,
        }
    }
}

async fn exchange(
    socket: &UdpSocket,
    options: &BeaconOptions,
    state: &Mutex<BeaconState>,
    heard: &mpsc::Sender<(Beacon, IpAddr)>,
) -> io::Result<()> {
    let begin = Instant::now();
    let mut next = begin;
    let mut reads = READS;
    let mut known = HashSet::new();
    // One more than a beacon, so that longer ones are seen to be longer.
    let mut packet = [0; LEN + 1];
    loop {
        tokio::select! {
            () = heard.closed() => return Ok(()),
            () = sleep_until(next.into()) => {
                send(socket, options, state).await;
                let now = Instant::now();
                next = now.checked_add(pause(now.duration_since(begin))).unwrap_or(now);
            }
            received = socket.recv_from(&mut packet) => {
                let Some((len, from)) = received.map(Some).or_else(passing)? else {
                    continue;
                };
                let now = Instant::now();
                let beacon = packet.get(..len).and_then(Beacon::decode);
                let Some(beacon) = beacon.filter(|_| reads.take(now)) else {
                    continue;
                };
                if beacon.tag == *options.tag.borrow() {
                    continue;
                }
                count(options, state, from.ip());
                if known.len() >= MAX_TAGS {
                    known.clear();
                }
                if known.insert(beacon.tag) {
                    let soon = part(Duration::from_secs(1), random_u32());
                    next = next.min(now.checked_add(soon).unwrap_or(now));
                }
                // Who cannot keep up hears the next one.
                let _ = heard.try_send((beacon, from.ip()));
            }
        }
    }
}

/// Errors of one datagram are not errors of the socket.
fn passing(error: io::Error) -> io::Result<Option<(usize, SocketAddr)>> {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted};
    let kinds = [
        ConnectionRefused,
        ConnectionReset,
        HostUnreachable,
        Interrupted,
    ];
    if kinds.contains(&error.kind()) {
        Ok(None)
    } else {
        Err(error)
    }
}

/// How long until the next beacon, some time after the first.
fn pause(since: Duration) -> Duration {
    let jitter = random_u32();
    match since.as_secs() {
        0..3 => Duration::from_secs(1),
        3..60 => Duration::from_secs(5).saturating_add(part(Duration::from_secs(2), jitter)),
        _ => Duration::from_secs(15).saturating_add(part(Duration::from_secs(5), jitter)),
    }
}

async fn send(socket: &UdpSocket, options: &BeaconOptions, state: &Mutex<BeaconState>) {
    let beacon = Beacon {
        port: options.port,
        tag: *options.tag.borrow(),
    }
    .encode();
    let mut targets: Vec<Ipv4Addr> = interfaces::list(options.loopback)
        .unwrap_or_default()
        .iter()
        .filter(|interface| interface.up)
        .flat_map(|interface| {
            interface
                .networks
                .iter()
                .filter_map(|network| network.broadcast)
        })
        .collect();
    if targets.is_empty() && !options.loopback {
        // Some systems do not tell a program its interfaces.
        targets.push(Ipv4Addr::BROADCAST);
    }
    for target in targets {
        let target = SocketAddrV4::new(target, options.beacon_port);
        match socket.send_to(&beacon, target).await {
            Ok(_) => note(state, |state| state.sent = state.sent.saturating_add(1)),
            Err(error) => tracing::debug!(%target, %error, "a beacon was not sent"),
        }
    }
}

fn count(options: &BeaconOptions, state: &Mutex<BeaconState>, from: IpAddr) {
    let interfaces = interfaces::list(options.loopback).unwrap_or_default();
    let near = interfaces
        .into_iter()
        .find(|i| i.networks.iter().any(|network| network.has(from)));
    let name = near.map_or_else(|| "?".to_owned(), |interface| interface.name);
    note(state, |state| {
        let heard = state.heard.entry(name).or_default();
        *heard = heard.saturating_add(1);
    });
}

/// Shares its port with every other node of this machine.
fn socket(port: u16) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.set_broadcast(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::from(SocketAddrV4::new(
        Ipv4Addr::UNSPECIFIED,
        port,
    )))?;
    UdpSocket::from_std(socket.into())
}

fn note(state: &Mutex<BeaconState>, change: impl FnOnce(&mut BeaconState)) {
    change(&mut state.lock().unwrap_or_else(PoisonError::into_inner));
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEACON: Beacon = Beacon {
        port: 4433,
        tag: [1, 2, 3, 4, 5, 6, 7, 8],
    };

    #[test]
    fn beacon_has_the_documented_bytes() {
        let bytes = BEACON.encode();
        assert_eq!(
            bytes,
            *b"CMBN\x01\x00\x11\x51\x01\x02\x03\x04\x05\x06\x07\x08"
        );
        assert_eq!(Beacon::decode(&bytes), Some(BEACON));
    }

    #[test]
    fn every_other_length_version_and_magic_is_dropped() {
        let bytes = BEACON.encode();
        for len in 0..LEN {
            assert_eq!(Beacon::decode(&bytes[..len]), None);
        }
        assert_eq!(Beacon::decode(&[&bytes[..], &[0]].concat()), None);
        for at in 0..6 {
            for bit in 0..8 {
                let mut other = bytes;
                other[at] ^= 1 << bit;
                assert_eq!(Beacon::decode(&other), None);
            }
        }
        let mut no_port = bytes;
        no_port[6..8].fill(0);
        assert_eq!(Beacon::decode(&no_port), None);
    }

    #[test]
    fn whatever_is_decoded_encodes_to_the_same_bytes() {
        for seed in 0..100_000_u32 {
            let hash = *blake3::hash(&seed.to_be_bytes()).as_bytes();
            let mut bytes = BEACON.encode().to_vec();
            for pair in hash[..6].chunks(2) {
                let at = usize::from(pair[0]) % bytes.len();
                bytes[at] = pair[1];
            }
            bytes.truncate(usize::from(hash[6] % 20).max(12));
            if let Some(beacon) = Beacon::decode(&bytes) {
                assert_eq!(beacon.encode()[..], bytes[..], "seed {seed}");
            }
        }
    }

    #[tokio::test]
    async fn beacons_cross_loopback_among_garbage() {
        let port = crate::lan::tests::free_port();
        let (heard, mut hearing) = mpsc::channel(16);
        let (tag, other) = (watch::channel([1; 8]).1, watch::channel([2; 8]).1);
        let options = |tag, port_of_links| BeaconOptions {
            beacon_port: port,
            port: port_of_links,
            loopback: true,
            tag,
        };
        let state = Arc::new(Mutex::new(BeaconState::default()));
        let (silent, _ignored) = mpsc::channel(16);
        let near = tokio::spawn(run(options(tag, 1), Arc::clone(&state), heard));
        let far = tokio::spawn(run(options(other, 2), Arc::default(), silent));
        let shouting = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        shouting.set_broadcast(true).unwrap();
        for len in 0..200 {
            shouting
                .send_to(&vec![0x43; len * 7], ("127.255.255.255", port))
                .unwrap();
        }
        let wait = tokio::time::timeout(Duration::from_secs(5), hearing.recv());
        let (beacon, from) = wait.await.unwrap().unwrap();
        assert_eq!(
            beacon,
            Beacon {
                port: 2,
                tag: [2; 8]
            }
        );
        assert!(from.is_loopback());
        let state = state.lock().unwrap();
        assert!(state.sent >= 1 && state.heard.values().sum::<u64>() >= 1);
        near.abort();
        far.abort();
    }
}
