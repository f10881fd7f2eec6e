//! `commune peer`: neighbours that this device remembers, hears and keeps away.

use std::{net::SocketAddr, time::Duration};

use clap::Subcommand;
use commune_crdt::keys::DeviceKey;
use serde_json::{Value as Json, json};

use super::{Context, up::LanArgs, value};
use crate::{
    device::Device,
    failure::{Exit, Failure},
    node::Node,
    peers::{self, Remembered},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    List(List),
    Scan(Scan),
    Add(Add),
    Remove(Which),
    Block(Which),
}

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(super) struct List {}

/// How long to listen.
#[derive(Debug, clap::Args)]
pub(super) struct Scan {
    #[command(flatten)]
    lan: LanArgs,
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = value::duration)]
    wait: Duration,
}

/// Where a peer listens.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    #[arg(value_name = "ADDR", value_parser = value::address)]
    address: SocketAddr,
}

/// A peer by its key or its address.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    #[arg(value_name = "PEER")]
    peer: String,
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::List(_) => list(ctx),
            Self::Scan(args) => args.run(ctx),
            Self::Add(args) => args.run(ctx),
            Self::Remove(args) => args.remove(ctx),
            Self::Block(args) => args.block(ctx),
        }
    }
}

fn list(ctx: &mut Context) -> Result<(), Failure> {
    let device = ctx.device()?;
    let open: Vec<_> = ctx
        .caller
        .node
        .iter()
        .flat_map(|node| node.peers())
        .filter(|it| it.is_connected())
        .map(|it| it.device)
        .collect();
    let remembered = peers::all(device.store())?;
    let mut lines = Vec::new();
    let objects: Vec<Json> = remembered
        .iter()
        .map(|peer| {
            let is_connected = peer.device.is_some_and(|it| open.contains(&it));
            lines.push(line(ctx, peer, is_connected));
            json!({
                "key": peer.device.map(|it| it.to_string()),
                "member": peer.member.map(|it| it.to_string()),
                "address": peer.address.map(|it| it.to_string()),
                "last_heard": (peer.last_heard > 0).then(|| value::rfc3339(peer.last_heard)),
                "connected": is_connected,
                "blocked": peer.is_blocked,
            })
        })
        .collect();
    if lines.is_empty() {
        lines.push(ctx.text("peer-none", &[]));
    }
    ctx.emit(json!({ "peers": objects }), &lines.join("\n"))
}

fn line(ctx: &Context, peer: &Remembered, is_connected: bool) -> String {
    let key: String = peer
        .device
        .map_or_else(|| "-".repeat(8), |it| it.to_string())
        .chars()
        .take(8)
        .collect();
    let address = peer.address.map_or_else(String::new, |it| it.to_string());
    let state = if peer.is_blocked {
        ctx.text("peer-blocked", &[])
    } else if is_connected {
        ctx.text("peer-connected", &[])
    } else if peer.last_heard > 0 {
        let when = value::rfc3339(peer.last_heard);
        ctx.text("peer-heard", &[("when", when.into())])
    } else {
        ctx.text("peer-never", &[])
    };
    format!("{key}  {address:<28}  {state}")
}

impl Scan {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let started;
        let node = match ctx.caller.node.clone() {
            Some(node) => node,
            None => {
                let device = ctx.device()?;
                started = super::up::runtime()?;
                let _inside = started.enter();
                let node = Node::start(device, self.lan.options())?;
                let running = node.clone();
                started.spawn(async move { running.run().await });
                let end = std::time::Instant::now();
                while end.elapsed() < self.wait {
                    ctx.check_interrupt()?;
                    std::thread::sleep(Duration::from_millis(50));
                }
                node.stop();
                node
            }
        };
        let mut lines = Vec::new();
        let objects: Vec<Json> = node
            .peers()
            .iter()
            .map(|peer| {
                let key: String = peer.device.to_string().chars().take(8).collect();
                lines.push(format!("{key}  {}", peer.remote));
                let mut object = super::sync::object(peer);
                if let Some(fields) = object.as_object_mut() {
                    fields.insert("address".to_owned(), peer.remote.clone().into());
                }
                object
            })
            .collect();
        if lines.is_empty() {
            lines.push(ctx.text("peer-scan-none", &[]));
        }
        ctx.emit(json!({ "peers": objects }), &lines.join("\n"))
    }
}

impl Add {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        peers::remember(device.store(), &Remembered::typed(self.address))?;
        let reached = match ctx.caller.node.clone() {
            None => None,
            Some(node) => {
                let result = super::up::runtime()?.block_on(node.dial(self.address));
                Some(result.map_err(|cause| {
                    Failure::new(Exit::Unreachable, "peer.no_answer").because(&cause)
                })?)
            }
        };
        let key = if reached.is_some() {
            "peer-added-reached"
        } else {
            "peer-added"
        };
        let text = ctx.text(key, &[("address", self.address.to_string().into())]);
        ctx.emit(
            json!({"address": self.address.to_string(), "reached": reached.is_some()}),
            &text,
        )
    }
}

impl Which {
    fn find(&self, device: &Device) -> Result<Remembered, Failure> {
        let known = peers::all(device.store())?;
        let mut found = known.into_iter().filter(|it| {
            let key = it.device.map(|it| it.to_string()).unwrap_or_default();
            let address = it.address.map(|it| it.to_string()).unwrap_or_default();
            address == self.peer || (self.peer.len() >= 6 && key.starts_with(&self.peer))
        });
        match (found.next(), found.next()) {
            (Some(peer), None) => Ok(peer),
            (Some(_), Some(_)) => {
                Err(Failure::new(Exit::NotFound, "peer.ambiguous").with("peer", &*self.peer))
            }
            _ => match self.peer.parse::<DeviceKey>() {
                // A key may be kept away before it was ever met.
                Ok(key) => Ok(Remembered {
                    device: Some(key),
                    member: None,
                    address: None,
                    last_heard: 0,
                    is_blocked: false,
                }),
                Err(_) => {
                    Err(Failure::new(Exit::NotFound, "peer.unknown").with("peer", &*self.peer))
                }
            },
        }
    }

    fn remove(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let peer = self.find(&device)?;
        peers::forget(device.store(), &peer)?;
        let text = ctx.text("peer-removed", &[("peer", (&*self.peer).into())]);
        ctx.emit(json!({"removed": self.peer}), &text)
    }

    fn block(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let peer = self.find(&device)?;
        let blocked = Remembered {
            is_blocked: true,
            ..peer
        };
        peers::remember(device.store(), &blocked)?;
        if let (Some(node), Some(key)) = (&ctx.caller.node, &blocked.device) {
            node.hang_up(key);
        }
        let text = ctx.text("peer-is-blocked", &[("peer", (&*self.peer).into())]);
        ctx.emit(json!({"blocked": self.peer}), &text)
    }
}
