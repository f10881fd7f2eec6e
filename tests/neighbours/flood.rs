//! Somebody in range sends whatever they can; two others sync all the same.
//!
//! In a namespace of their own: packets of garbage to every port of a node, handshakes by one who
//! even knows the network's tag, and links on which a byte a second comes. The short form sends
//! 20,000 packets a second while the sync lasts; `COMMUNE_LONG=1` as many as it can, and goes on
//! until 10,000 handshakes were tried.

use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use commune_crdt::genesis::{Genesis, Purpose};
use commune_transports::{
    lan::{DiscoveryPorts, Lan, LanOptions},
    link::{Frame, Link},
};
use serde_json::Value;
use tokio::{task::JoinSet, time::sleep};

use super::{
    Device, Room,
    lab::{self, Skip},
};

const ENTRIES: u64 = 10_000;

/// Handshakes that one stranger tries at a time.
const DIALS_AT_A_TIME: usize = 500;

/// Links on which next to nothing comes.
const TRICKLES: u8 = 4;

/// Most memory of a node in a flood, in KiB.
const MEMORY: u64 = 256 * 1_024;

#[test]
fn two_who_sync_in_a_flood_hardly_notice() {
    let Some(lab) = Skip::or(lab::Lab::new(&["a", "b", "x"])) else {
        return;
    };
    let is_long = std::env::var_os("COMMUNE_LONG").is_some();
    let room = Room::new();
    let a = room.device("a");
    let (genesis, tag_key) = ten_thousand(&room, &a);
    let node = a.up(Some((&lab, "a")));
    let target = SocketAddr::from((lab.ipv4("a"), u16::try_from(node.port).unwrap()));
    let sync = |name: &str| {
        let device = room.device(name);
        device.ok(&["join".as_ref(), genesis.as_os_str()]);
        let peer = format!("--peer={target}");
        let start = Instant::now();
        let args = ["sync".as_ref(), peer.as_ref(), "--wait=120s".as_ref()];
        let synced = device.json(Some((&lab, "b")), &args);
        assert_eq!(synced["peers"][0]["received"], ENTRIES);
        assert_eq!(synced["peers"][0]["in_sync"], true);
        (device, start.elapsed())
    };
    let (_, quiet) = sync("quiet");
    let memory_before = memory(node.child.id());

    let flood = Flood::new(target, tag_key, is_long);
    let (device, flooded) = thread::scope(|scope| {
        scope.spawn(|| lab.inside("x", || flood.garbage()));
        scope.spawn(|| lab.inside("x", || flood.connections()));
        // Ends the flood when this is left, by a panic too.
        let _end = End(&flood.ended);
        flood.wait_for(|it| it.packets() > 5_000 && it.dials() > 200);
        let synced = sync("flooded");
        if is_long {
            flood.wait_for(|it| it.dials() >= 10_000);
        }
        synced
    });
    let memory = memory(node.child.id());
    println!(
        "quiet {quiet:?}, flooded {flooded:?}; {} packets, {} MB, {} handshakes tried, {} of {} \
         byte-a-second links; memory {memory_before} KiB before, {memory} KiB",
        flood.packets(),
        flood.bytes.load(Ordering::Relaxed) / 1_000_000,
        flood.dials(),
        flood.trickles.load(Ordering::Relaxed),
        TRICKLES,
    );
    assert!(flooded <= quiet * 2 + Duration::from_secs(5), "{flooded:?}");
    assert!(memory < MEMORY, "{memory} KiB");
    assert!(flood.trickles.load(Ordering::Relaxed) > 0);
    drop(node);
    assert_eq!(a.state(), device.state());
}

/// A network with 10,000 entries, which `device` holds: its genesis, and the key of its tags.
fn ten_thousand(room: &Room, device: &Device) -> (std::path::PathBuf, [u8; 32]) {
    let mut edges = "issuer,receiver\n".to_owned();
    for issuer in 0..1_000 {
        for step in 1..=9 {
            writeln!(edges, "{issuer},{}", (issuer + step) % 1_000).unwrap();
        }
    }
    let (graph, genesis) = (room.path("graph.csv"), room.path("genesis"));
    fs::write(&graph, edges).unwrap();
    let args = ["import".as_ref(), "duniter".as_ref(), graph.as_os_str()];
    let imported: Value = device.json(
        None,
        &[&args[..], &["--genesis".as_ref(), genesis.as_os_str()]].concat(),
    );
    assert_eq!(imported["entries"], ENTRIES);
    let read = Genesis::decode(&fs::read(&genesis).unwrap()).unwrap();
    let key = read.secret().unwrap().key(Purpose::Tag, 0);
    (genesis, key)
}

/// The most memory that a process had so far, in KiB.
fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|it| it.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What one attacker sends to a node, and how much it was.
struct Flood {
    target: SocketAddr,
    tag_key: [u8; 32],
    /// Packets a second; `None` for as many as go.
    rate: Option<u32>,
    ended: AtomicBool,
    packets: AtomicU64,
    bytes: AtomicU64,
    dials: AtomicU64,
    trickles: AtomicU64,
}

impl Flood {
    fn new(target: SocketAddr, tag_key: [u8; 32], is_long: bool) -> Self {
        Self {
            target,
            tag_key,
            rate: (!is_long).then_some(20_000),
            ended: AtomicBool::new(false),
            packets: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            dials: AtomicU64::new(0),
            trickles: AtomicU64::new(0),
        }
    }

    fn packets(&self) -> u64 {
        self.packets.load(Ordering::Relaxed)
    }

    fn dials(&self) -> u64 {
        self.dials.load(Ordering::Relaxed)
    }

    fn goes_on(&self) -> bool {
        !self.ended.load(Ordering::Relaxed)
    }

    fn wait_for(&self, reached: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !reached(self) {
            assert!(start.elapsed() < Duration::from_secs(90), "no flood");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// To the port of links, the beacon's and that of mDNS: noise, and noise that begins as what is
    /// expected there.
    fn garbage(&self) {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let ports = DiscoveryPorts::default();
        let at = |port| SocketAddr::new(self.target.ip(), port);
        let doors: [(SocketAddr, &[u8]); 5] = [
            (self.target, &[0xc3, 0, 0, 0, 1, 8]),
            (self.target, &[0x40]),
            (self.target, &[]),
            (at(ports.beacon), b"CMNB"),
            (at(ports.mdns), &[0, 0, 0x84, 0, 0, 1, 0, 9, 0, 9, 0, 9]),
        ];
        let start = Instant::now();
        let mut number = 0_u64;
        while self.goes_on() {
            let (door, beginning) = doors[usize::try_from(number % 5).unwrap()];
            let noise = commune_crdt::hash::blake3(&[&number.to_be_bytes()]);
            let mut packet = noise.repeat(1 + usize::from(noise[0]) % 37);
            packet.splice(
                ..beginning.len().min(packet.len()),
                beginning.iter().copied(),
            );
            // A queue that is full is as good as a packet sent.
            let _ = socket.send_to(&packet, door);
            number += 1;
            self.packets.store(number, Ordering::Relaxed);
            let len = u64::try_from(packet.len()).unwrap();
            self.bytes.fetch_add(len, Ordering::Relaxed);
            let Some(rate) = self.rate else { continue };
            let due = Duration::from_secs(1) * u32::try_from(number).unwrap() / rate;
            if let Some(early) = due.checked_sub(start.elapsed())
                && early > Duration::from_millis(2)
            {
                thread::sleep(early);
            }
        }
    }

    /// Handshakes as fast as they are answered, and links on which a byte a second comes.
    fn connections(&self) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            // These first: who dials too often is not let in for a while.
            let links = self.quiet_links().await;
            tokio::join!(self.dial_on_and_on(), self.trickle(&links));
        });
        runtime.shutdown_background();
    }

    async fn dial_on_and_on(&self) {
        let lan = std::sync::Arc::new(self.lan(100));
        let mut dials = JoinSet::new();
        while self.goes_on() {
            while dials.len() < DIALS_AT_A_TIME {
                let (lan, target) = (lan.clone(), self.target);
                dials.spawn(async move { drop(lan.dial(target).await) });
            }
            dials.join_next().await;
            self.dials.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn quiet_links(&self) -> Vec<(Lan, Link)> {
        let mut links = Vec::new();
        for number in 0..TRICKLES {
            let lan = self.lan(number);
            if let Ok(link) = lan.dial(self.target).await {
                links.push((lan, link));
            }
        }
        let count = u64::try_from(links.len()).unwrap();
        self.trickles.store(count, Ordering::Relaxed);
        links
    }

    async fn trickle(&self, links: &[(Lan, Link)]) {
        while self.goes_on() {
            for (_, link) in links {
                // A type that is to be ignored. The node may have had enough.
                let frame = Frame::new(vec![200]).unwrap();
                let _ = link.outgoing.try_send(frame);
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// A device that knows how the network recognises its own, and nothing else.
    fn lan(&self, number: u8) -> Lan {
        let mut options = LanOptions::new([number; 32]);
        options.discovery = false;
        options.hidden = true;
        options.network_keys = vec![self.tag_key];
        Lan::start(options).unwrap()
    }
}
