//! `commune sync`: meet whoever is there once, and say what was exchanged.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use commune_crdt::codec::to_u64;
use serde_json::{Value as Json, json};

use super::{Context, Unit, radio::RadioArgs, up::LanArgs, value};
use crate::{
    failure::{Exit, Failure},
    node::{Node, Options, PeerState},
};

/// With all peers in sync and nobody new, so long is waited for more.
const QUIET: Duration = Duration::from_millis(1_500);

const TICK: Duration = Duration::from_millis(50);

/// With whom, and how long.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    lan: LanArgs,
    #[command(flatten)]
    radio: RadioArgs,
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = value::duration)]
    wait: Duration,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let start = Instant::now();
        if let Some(node) = ctx.caller.node.clone() {
            let runtime = super::up::runtime()?;
            runtime.block_on(async {
                for address in &self.lan.peer {
                    // What went wrong is among the failed dials.
                    let _ = node.dial(*address).await;
                }
            });
            self.watch(ctx, &node, start)?;
            return self.report(ctx, &node, start);
        }
        let device = ctx.device()?;
        drop(device.history()?);
        let runtime = super::up::runtime()?;
        let node = {
            let _inside = runtime.enter();
            let options = Options {
                bluetooth: self.radio.radio().filter(|_| !self.lan.loopback),
                ..self.lan.options()
            };
            Node::start(device, options)?
        };
        let running = {
            let node = Arc::clone(&node);
            runtime.spawn(async move { node.run().await })
        };
        let _guard = ctx.caller.interrupt.guard();
        let watched = self.watch(ctx, &node, start);
        node.stop();
        // A node that ended by itself is over all the same.
        let _ = runtime.block_on(running);
        let result = watched.and_then(|()| self.report(ctx, &node, start));
        runtime.shutdown_timeout(Duration::from_secs(2));
        result
    }

    /// Waits until everybody who is there holds the same.
    fn watch(&self, ctx: &Context, node: &Node, start: Instant) -> Result<(), Failure> {
        let label = ctx.text("sync-progress", &[]);
        let bar = ctx.progress(&label, 0, Unit::Count);
        let mut quiet_since = Instant::now();
        let mut last = (0, 0);
        while start.elapsed() < self.wait {
            ctx.check_interrupt()?;
            std::thread::sleep(TICK);
            let peers = node.peers();
            let received: u64 = peers.iter().map(|it| it.progress.received).sum();
            bar.add(received.saturating_sub(last.1));
            let is_settled = |it: &PeerState| it.progress.is_in_sync || it.ended.is_some();
            let all = peers.iter().all(is_settled);
            let now = (peers.len(), received);
            if !all || now != last {
                quiet_since = Instant::now();
                last = now;
            }
            let has_met = peers.iter().any(|it| it.progress.is_in_sync);
            // Who named the peers waits for nobody else.
            let quiet = if self.lan.no_lan && !self.lan.peer.is_empty() {
                TICK
            } else {
                QUIET
            };
            if has_met && all && quiet_since.elapsed() >= quiet {
                break;
            }
        }
        drop(bar);
        Ok(())
    }

    fn report(&self, ctx: &mut Context, node: &Node, start: Instant) -> Result<(), Failure> {
        let peers: Vec<_> = node
            .peers()
            .into_iter()
            .filter(|it| it.progress.member.is_some())
            .collect();
        if peers.is_empty() {
            let mut failure = Failure::new(Exit::Unreachable, "sync.nobody")
                .with("seconds", start.elapsed().as_secs());
            let failed = node.failed_dials();
            if let Some(why) = failed.values().next() {
                failure = failure.because_words(why.as_str());
            }
            return Err(failure);
        }
        let objects: Vec<Json> = peers.iter().map(object).collect();
        let mut lines = Vec::new();
        for peer in &peers {
            let key: String = peer.device.to_string().chars().take(8).collect();
            let key_of = if peer.progress.is_in_sync {
                "sync-peer"
            } else {
                "sync-peer-partly"
            };
            lines.push(
                ctx.text(
                    key_of,
                    &[
                        ("peer", key.into()),
                        ("sent", peer.progress.stats.entries_out.into()),
                        ("received", peer.progress.received.into()),
                        (
                            "bytes",
                            peer.progress
                                .stats
                                .bytes_in
                                .saturating_add(peer.progress.stats.bytes_out)
                                .into(),
                        ),
                    ],
                ),
            );
        }
        lines.push(ctx.text("sync-done", &[("count", to_u64(peers.len()).into())]));
        ctx.emit(json!({ "peers": objects }), &lines.join("\n"))
    }
}

pub(super) fn object(peer: &PeerState) -> Json {
    let stats = &peer.progress.stats;
    let until = peer.ended.unwrap_or_else(Instant::now);
    let seconds = until.saturating_duration_since(peer.since).as_millis();
    json!({
        "key": peer.device.to_string(),
        "member": peer.member.map(|it| it.to_string()),
        "medium": format!("{:?}", peer.medium).to_lowercase(),
        "in_sync": peer.progress.is_in_sync,
        "sent": stats.entries_out,
        "received": peer.progress.received,
        "bytes_out": stats.bytes_out,
        "bytes_in": stats.bytes_in,
        "rounds": stats.rounds,
        "seconds": f64::from(u32::try_from(seconds).unwrap_or(u32::MAX)) / 1_000.0,
    })
}
