//! How fast a link over the local network is, between two devices of this process on loopback:
//! `cargo run --release --example lan_speed`.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a measurement stops at the first surprise"
)]

use std::{net::SocketAddr, time::Instant};

use commune_transports::{
    lan::{DiscoveryPorts, Lan, LanOptions},
    link::{Frame, Link},
};

#[tokio::main]
async fn main() {
    let ports = DiscoveryPorts {
        mdns: 46_353,
        beacon: 46_354,
    };
    let start = |n: u8, discovery| {
        let mut options = LanOptions::new([n; 32]);
        options.loopback = true;
        options.discovery = discovery;
        options.ports = ports;
        Lan::start(options).unwrap()
    };
    let (a, b) = (start(1, false), start(2, false));
    let there = SocketAddr::from(([127, 0, 0, 1], b.local_port()));

    let begin = Instant::now();
    let (mut at_a, mut at_b) = (a.dial(there).await.unwrap(), b.next_link().await.unwrap());
    println!(
        "dialled and accepted: {:.1} ms",
        begin.elapsed().as_secs_f64() * 1e3
    );

    let begin = Instant::now();
    for _ in 0..1_000 {
        at_a.outgoing
            .send(Frame::new(vec![1; 100]).unwrap())
            .await
            .unwrap();
        at_b.incoming.recv().await.unwrap();
        at_b.outgoing
            .send(Frame::new(vec![1; 100]).unwrap())
            .await
            .unwrap();
        at_a.incoming.recv().await.unwrap();
    }
    println!(
        "there and back: {:.0} µs",
        begin.elapsed().as_secs_f64() * 1e3
    );

    (at_a, at_b) = carry(at_a, at_b, 65_536, 8_192).await;
    (at_a, at_b) = carry(at_a, at_b, 4_096, 65_536).await;
    carry(at_a, at_b, 150, 1_000_000).await;

    for n in 0..3_u8 {
        let begin = Instant::now();
        let (c, d) = (start(10 + n, true), start(20 + n, true));
        tokio::join!(c.next_link(), d.next_link());
        println!(
            "discovered and linked: {:.0} ms",
            begin.elapsed().as_secs_f64() * 1e3
        );
        tokio::join!(c.close(), d.close());
    }
}

async fn carry(at_a: Link, mut at_b: Link, len: usize, frames: usize) -> (Link, Link) {
    let begin = Instant::now();
    let frame = Frame::new(vec![7; len]).unwrap();
    let sending = tokio::spawn(async move {
        for _ in 0..frames {
            at_a.outgoing.send(frame.clone()).await.unwrap();
        }
        at_a
    });
    for _ in 0..frames {
        at_b.incoming.recv().await.unwrap();
    }
    let mib = (len * frames) as f64 / (1 << 20) as f64;
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "frames of {len} bytes: {:.0} MiB/s, {:.0} a second",
        mib / seconds,
        frames as f64 / seconds
    );
    (sending.await.unwrap(), at_b)
}
