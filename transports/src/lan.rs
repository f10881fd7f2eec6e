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
mod beacon;
mod discovery;
mod error;
mod gate;
mod guards;
mod health;
mod interfaces;
mod links;
mod neighbours;
mod options;
mod quic;
mod socket;
mod tags;
mod tls;
mod watch;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
    time::timeout,
};

use self::{
    gate::Gate,
    health::{Discovery, Place},
    links::{Linked, Links},
    neighbours::Neighbours,
    quic::Quic,
    socket::Socket,
    tags::Tags,
    tls::Identity,
    watch::Watch,
};
use crate::link::{Link, PeerId};

pub use error::{DialError, LanError};
pub use health::LayerReport;
pub use neighbours::{Neighbour, NeighbourState};
pub use options::{DiscoveryPorts, LanOptions};

/// Links that may wait to be taken.
const WAITING_LINKS: usize = 8;

/// How long closing may take.
const CLOSING: Duration = Duration::from_secs(1);

/// This device on the local network. Dropping it ends discovery and every link.
#[derive(Debug)]
pub struct Lan {
    quic: Arc<Quic>,
    shared: Arc<Shared>,
    links: tokio::sync::Mutex<mpsc::Receiver<Link>>,
    discovery: Discovery,
    place: Place,
    /// Accepts and dials. It owns the only senders of `links`.
    watch: JoinSet<()>,
    /// Announce and look; they end when `watch` has.
    announcing: JoinSet<()>,
}

/// What the parts of the local network know together. Only one lock is held at a time.
#[derive(Debug)]
struct Shared {
    peer_id: PeerId,
    port: u16,
    ipv4: bool,
    ipv6: bool,
    hidden: bool,
    tags: Mutex<Tags>,
    links: Mutex<Links>,
    gate: Mutex<Gate>,
    neighbours: Mutex<Neighbours>,
    /// Neighbours are to be looked at again.
    changed: Notify,
    accepted: AtomicU64,
    failed: AtomicU64,
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
        let identity = Identity::new(&options.secret)?;
        let bound = Socket::bind(options.listen)?;
        let shared = Arc::new(Shared {
            peer_id: identity.peer_id(),
            port: bound.port,
            ipv4: bound.ipv4,
            ipv6: bound.ipv6,
            hidden: options.hidden,
            tags: Mutex::new(Tags::new(options.network_keys)),
            links: Mutex::default(),
            gate: Mutex::new(Gate::new()),
            neighbours: Mutex::default(),
            changed: Notify::new(),
            accepted: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        });
        let quic = Arc::new(Quic::start(bound, &identity, Arc::clone(&shared))?);
        let (sender, links) = mpsc::channel(WAITING_LINKS);
        let discovery = Discovery::default();
        let place = Place {
            mdns_port: options.ports.mdns,
            loopback: options.loopback,
            discovery: options.discovery,
        };
        let mut announcing = JoinSet::new();
        let watch = Watch::new(
            Arc::clone(&quic),
            Arc::clone(&shared),
            place,
            sender.clone(),
        );
        let announced = options
            .discovery
            .then(|| watch.announce(&mut announcing, &discovery, options.ports));
        let accepting = Arc::clone(&quic);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            tokio::select! {
                () = watch.run(announced) => {}
                () = accepting.accept(sender) => {}
            }
        });
        let links = tokio::sync::Mutex::new(links);
        Ok(Self {
            quic,
            shared,
            links,
            discovery,
            place,
            watch: tasks,
            announcing,
        })
    }

    /// The next link that a neighbour opened or that discovery dialled. `None` once the socket is
    /// gone for good. May be cancelled.
    ///
    /// There may be two links with one device, one opened by each. Who reads them keeps the one
    /// whose initiator has the lower device key. A link in the same direction as an earlier one
    /// means that its initiator has restarted: the earlier one has ended.
    pub async fn next_link(&self) -> Option<Link> {
        self.links.lock().await.recv().await
    }

    /// Opens a link to `address`, as typed by a person or remembered from earlier.
    ///
    /// # Errors
    ///
    /// [`DialError`], after 10 s at most.
    pub async fn dial(&self, address: SocketAddr) -> Result<Link, DialError> {
        self.quic.dial(address).await
    }

    /// The UDP port that this device listens on.
    pub fn local_port(&self) -> u16 {
        self.shared.port
    }

    /// The key that links from here prove.
    pub fn peer_id(&self) -> PeerId {
        self.shared.peer_id
    }

    /// Ends links with `peer`, and neither dials nor accepts it for `time`, because it misbehaved.
    pub fn back_off(&self, peer: PeerId, time: Duration) {
        let now = Instant::now();
        let until = now.checked_add(time).unwrap_or(now);
        self.shared.links().back_off(peer, until);
    }

    /// Devices that discovery knows, and what became of them.
    pub fn neighbours(&self) -> Vec<Neighbour> {
        self.shared.list_neighbours(Instant::now())
    }

    /// What works and what does not, layer by layer from the socket up. Listens to the network for
    /// 1.5 s.
    pub async fn health(&self) -> Vec<LayerReport> {
        health::examine(&self.shared, &self.discovery, self.place).await
    }

    /// Ends discovery and every link, after what was sent on links that were dropped has left, or
    /// after 1 s.
    pub async fn close(mut self) {
        self.watch.abort_all();
        while self.watch.join_next().await.is_some() {}
        let goodbye = async { while self.announcing.join_next().await.is_some() {} };
        let gone = async {
            while self.shared.links().len() > 0 {
                self.shared.changed.notified().await;
            }
        };
        drop(timeout(CLOSING, async { tokio::join!(goodbye, gone) }).await);
        self.quic.close();
        drop(timeout(CLOSING, self.quic.idle()).await);
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        self.quic.close();
    }
}

impl Shared {
    fn links(&self) -> MutexGuard<'_, Links> {
        lock(&self.links)
    }

    fn neighbours(&self) -> MutexGuard<'_, Neighbours> {
        lock(&self.neighbours)
    }

    fn tags(&self) -> MutexGuard<'_, Tags> {
        lock(&self.tags)
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        lock(&self.gate)
    }

    /// The devices that have a link, and where they are.
    fn linked(&self) -> Linked {
        self.links().linked()
    }

    fn list_neighbours(&self, now: Instant) -> Vec<Neighbour> {
        let linked = self.linked();
        self.neighbours().list(now, |peer| linked.has(peer))
    }

    /// Links that others opened, and attempts that failed.
    fn accepted(&self) -> (u64, u64) {
        (
            self.accepted.load(Ordering::Relaxed),
            self.failed.load(Ordering::Relaxed),
        )
    }
}

/// What a panic left behind is whole: no change here is made in two steps.
fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// For jitter. Without randomness of the system, none: jitter is a courtesy.
fn random_u32() -> u32 {
    getrandom::u32().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;
    use crate::link::{Frame, LINK_CAPACITY, MAX_FRAME_LEN};

    /// A UDP port that nobody uses now.
    pub(super) fn free_port() -> u16 {
        UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port()
    }

    /// Device `n`, that does not discover.
    pub(super) fn options(n: u8) -> LanOptions {
        let mut options = LanOptions::new([n; 32]);
        options.listen = "127.0.0.1:0".parse().unwrap();
        options.discovery = false;
        options
    }

    fn start(n: u8) -> Lan {
        Lan::start(options(n)).unwrap()
    }

    fn address(lan: &Lan) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], lan.local_port()))
    }

    /// A link from the first to the second, as both see it.
    async fn joined(a: &Lan, b: &Lan) -> (Link, Link) {
        let dialled = a.dial(address(b)).await.unwrap();
        (dialled, b.next_link().await.unwrap())
    }

    fn frame(bytes: &[u8]) -> Frame {
        Frame::new(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn two_devices_know_each_other_and_share_a_binding() {
        let (a, b) = (start(1), start(2));
        let (mut at_a, mut at_b) = joined(&a, &b).await;
        assert_eq!((at_a.peer, at_b.peer), (b.peer_id(), a.peer_id()));
        assert!(at_a.dialled && !at_b.dialled);
        assert_eq!(at_a.channel_binding, at_b.channel_binding);
        assert_eq!(at_a.remote, address(&b).to_string());
        assert_eq!(
            at_b.remote,
            address(&a).to_string(),
            "dials leave from the announced port"
        );
        for len in [1, 2, 1_000, MAX_FRAME_LEN] {
            at_a.outgoing.send(frame(&vec![7; len])).await.unwrap();
            assert_eq!(at_b.incoming.recv().await, Some(frame(&vec![7; len])));
            at_b.outgoing.send(frame(&vec![8; len])).await.unwrap();
            assert_eq!(at_a.incoming.recv().await, Some(frame(&vec![8; len])));
        }
        let (again, _at_b) = joined(&a, &b).await;
        assert_ne!(
            again.channel_binding, at_a.channel_binding,
            "another link, another binding"
        );
    }

    #[tokio::test]
    async fn last_frame_of_a_dropped_link_arrives_and_then_the_end() {
        let (a, b) = (start(1), start(2));
        for dialler_drops in [true, false] {
            let (at_a, at_b) = joined(&a, &b).await;
            let (leaving, mut staying) = if dialler_drops {
                (at_a, at_b)
            } else {
                (at_b, at_a)
            };
            for n in 0..10 {
                leaving.outgoing.send(frame(&[n; 60_000])).await.unwrap();
            }
            drop(leaving);
            tokio::time::sleep(Duration::from_millis(50)).await;
            for n in 0..10 {
                assert_eq!(staying.incoming.recv().await, Some(frame(&[n; 60_000])));
            }
            assert_eq!(staying.incoming.recv().await, None);
            drop(staying);
            let ended = async {
                while a.shared.links().len() + b.shared.links().len() > 0 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            timeout(Duration::from_secs(2), ended)
                .await
                .expect("places are given back at once");
        }
    }

    #[tokio::test]
    async fn slow_reader_holds_its_neighbour_back() {
        let (a, b) = (start(1), start(2));
        let (at_a, mut at_b) = joined(&a, &b).await;
        let mut sent = 0;
        let one = || frame(&[3; MAX_FRAME_LEN]);
        while timeout(Duration::from_millis(300), at_a.outgoing.send(one()))
            .await
            .is_ok()
        {
            sent += 1;
            assert!(
                sent < 4 * LINK_CAPACITY + 64,
                "the memory of both sides is bounded"
            );
        }
        for _ in 0..sent {
            assert_eq!(at_b.incoming.recv().await, Some(one()));
        }
    }

    #[tokio::test]
    async fn dropped_lan_ends_its_links_and_is_not_there_any_more() {
        let (a, b) = (start(1), start(2));
        let (mut at_a, at_b) = joined(&a, &b).await;
        let there = address(&b);
        drop(b);
        assert_eq!(at_a.incoming.recv().await, None);
        assert!(at_b.outgoing.send(frame(b"?")).await.is_ok() || at_b.outgoing.is_closed());
        assert!(matches!(
            a.dial(there).await,
            Err(DialError::NoAnswer { .. } | DialError::Foreign { .. } | DialError::Refused { .. })
        ));
    }

    #[tokio::test]
    async fn closing_lets_the_last_frames_out() {
        let (a, b) = (start(1), start(2));
        let (at_a, mut at_b) = joined(&a, &b).await;
        at_a.outgoing.send(frame(b"bye")).await.unwrap();
        drop(at_a);
        let reading = tokio::spawn(async move {
            let last = at_b.incoming.recv().await;
            assert_eq!(at_b.incoming.recv().await, None);
            last
        });
        a.close().await;
        assert_eq!(reading.await.unwrap(), Some(frame(b"bye")));
    }

    #[tokio::test]
    async fn wrong_addresses_say_why_there_is_no_link() {
        let a = start(1);
        assert_eq!(
            a.dial(address(&a)).await.unwrap_err(),
            DialError::Oneself {
                address: address(&a)
            },
        );
        let silent = UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let error = a.dial(silent).await.unwrap_err().to_string();
        assert_eq!(error, format!("no answer from {silent} within 5 s"));
        let v6 = "[::1]:9".parse().unwrap();
        assert!(matches!(
            a.dial(v6).await,
            Err(DialError::Unreachable { .. })
        ));
    }

    #[tokio::test]
    async fn who_misbehaved_is_refused_by_name() {
        let (a, b) = (start(1), start(2));
        let (mut at_a, _at_b) = joined(&a, &b).await;
        b.back_off(a.peer_id(), Duration::from_secs(3_600));
        assert_eq!(at_a.incoming.recv().await, None);
        let refused = a.dial(address(&b)).await.unwrap_err().to_string();
        assert!(refused.contains("leaves this device alone"), "{refused}");
        let own = b.dial(address(&a)).await.unwrap_err();
        assert!(matches!(own, DialError::BackedOff { peer, .. } if peer == a.peer_id()));
    }

    #[tokio::test]
    async fn second_link_in_one_direction_replaces_the_first() {
        let (a, b) = (start(1), start(2));
        let (_first, mut first_at_b) = joined(&a, &b).await;
        let (_back, _back_at_a) = joined(&b, &a).await;
        let (mut second, second_at_b) = joined(&a, &b).await;
        assert_eq!(first_at_b.incoming.recv().await, None);
        second_at_b.outgoing.send(frame(b"alive")).await.unwrap();
        assert_eq!(second.incoming.recv().await, Some(frame(b"alive")));
        assert_eq!((a.shared.links().len(), b.shared.links().len()), (2, 2));
    }

    #[tokio::test]
    async fn garbage_does_not_disturb() {
        let (a, b) = (start(1), start(2));
        let (at_a, mut at_b) = joined(&a, &b).await;
        let there = address(&b);
        let shouting = tokio::task::spawn_blocking(move || {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            for n in 0..20_000_u32 {
                let hash = *blake3::hash(&n.to_be_bytes()).as_bytes();
                let mut packet = hash.repeat(40);
                packet.truncate(usize::from(hash[0]) * 5);
                if n % 2 == 0 && packet.len() > 5 {
                    // Looks like the first packet of a connection.
                    packet[..5].copy_from_slice(&[0xC3, 0, 0, 0, 1]);
                }
                let _ = socket.send_to(&packet, there);
            }
        });
        for n in 0..200_u8 {
            at_a.outgoing.send(frame(&[n; 5_000])).await.unwrap();
            assert_eq!(at_b.incoming.recv().await, Some(frame(&[n; 5_000])));
        }
        shouting.await.unwrap();
        let (_a, _b) = joined(&b, &a).await;
    }

    /// Devices on loopback that discover each other, by both ways or one of them.
    fn discovering(n: u8, ports: DiscoveryPorts, keys: &[[u8; 32]]) -> Lan {
        let mut options = options(n);
        options.discovery = true;
        options.loopback = true;
        options.ports = ports;
        options.network_keys = keys.to_vec();
        options.hidden = !keys.is_empty();
        Lan::start(options).unwrap()
    }

    fn ports() -> DiscoveryPorts {
        DiscoveryPorts {
            mdns: free_port(),
            beacon: free_port(),
        }
    }

    async fn meets(lan: &Lan, peer: PeerId) -> Option<Link> {
        let meeting = async {
            loop {
                match lan.next_link().await {
                    Some(link) if link.peer == peer => return Some(link),
                    Some(_) => {}
                    None => return None,
                }
            }
        };
        timeout(Duration::from_secs(15), meeting)
            .await
            .ok()
            .flatten()
    }

    #[tokio::test]
    async fn devices_find_each_other_by_mdns_and_by_beacon() {
        let both = ports();
        for other in [
            both,
            DiscoveryPorts {
                mdns: free_port(),
                ..both
            },
            DiscoveryPorts {
                beacon: free_port(),
                ..both
            },
        ] {
            let (a, b) = (discovering(1, both, &[]), discovering(2, other, &[]));
            let (at_a, at_b) = tokio::join!(meets(&a, b.peer_id()), meets(&b, a.peer_id()));
            let (at_a, at_b) = (at_a.unwrap(), at_b.unwrap());
            assert_eq!(at_a.channel_binding, at_b.channel_binding);
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(a.shared.links().len(), 1, "one dial was enough");
            // Who was dialled before it heard the other hears it at the next announcement.
            let heard = async {
                while a.neighbours().is_empty() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            timeout(Duration::from_secs(15), heard).await.unwrap();
            assert_eq!(a.neighbours()[0].state, NeighbourState::Linked);
        }
    }

    #[tokio::test]
    async fn seven_devices_of_one_machine_all_meet() {
        let ports = ports();
        let devices: Vec<Lan> = (1..8).map(|n| discovering(n, ports, &[])).collect();
        let meeting = async {
            let mut kept = Vec::new();
            loop {
                for device in &devices {
                    let next = timeout(Duration::from_millis(10), device.next_link()).await;
                    kept.extend(next.ok().flatten());
                }
                if devices
                    .iter()
                    .all(|device| device.shared.linked().peers() == 6)
                {
                    return;
                }
            }
        };
        timeout(Duration::from_secs(15), meeting).await.unwrap();
    }

    #[tokio::test]
    async fn hidden_devices_meet_their_own_network_only() {
        let ports = ports();
        let (key, other) = ([1; 32], [2; 32]);
        let a = discovering(1, ports, &[key]);
        let b = discovering(2, ports, &[other, key]);
        let stranger = discovering(3, ports, &[other]);
        let prober = start(4);
        let met = tokio::join!(meets(&b, stranger.peer_id()), meets(&stranger, b.peer_id()));
        assert!(met.0.is_some() && met.1.is_some());
        let dialled = b.dial(address(&a)).await;
        assert!(dialled.is_err(), "b's first key is not one of a's");
        assert!(a.dial(address(&b)).await.is_ok());
        let answer = prober.dial(address(&a)).await;
        assert!(
            matches!(answer, Err(DialError::NoAnswer { .. })),
            "{answer:?}"
        );
        assert_eq!(a.shared.accepted().0, 0);
        assert!(
            a.neighbours().is_empty(),
            "a knows no tag: {:?}",
            a.neighbours()
        );
    }

    #[tokio::test]
    async fn health_tells_layer_by_layer() {
        let ports = ports();
        let (a, b) = (discovering(1, ports, &[]), discovering(2, ports, &[]));
        meets(&a, b.peer_id()).await.unwrap();
        let reports = a.health().await;
        let loopback = reports.iter().find_map(|report| match report {
            LayerReport::Interface {
                name,
                up,
                multicast_heard,
                ..
            } => Some((name.as_str(), *up, *multicast_heard)),
            _ => None,
        });
        assert!(matches!(loopback, Some((_, true, Some(_)))), "{reports:?}");
        for layer in [
            "Socket",
            "Mdns { error: None",
            "Beacon { error: None",
            "Accepted",
            "Neigh",
        ] {
            let found = reports
                .iter()
                .any(|report| format!("{report:?}").starts_with(layer));
            assert!(found, "{layer} of {reports:?}");
        }
    }
}
