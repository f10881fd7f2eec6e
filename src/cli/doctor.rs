//! `commune doctor`: which layer fails, and what to do.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use commune_transports::{
    bluetooth::Bluetooth,
    lan::{LayerReport, NeighbourState},
};
use serde_json::{Value as Json, json};

use super::{Context, Unit, radio, up};
use crate::{
    device::{self, Device},
    doctor,
    failure::{Exit, Failure},
    identity,
    node::{Node, Options},
    store::{self, StoreError, StoreKey},
    vault::folder,
};

/// What to look at, and whether to mend.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(long)]
    salvage: bool,
    #[arg(long)]
    no_lan: bool,
    #[arg(long)]
    no_bluetooth: bool,
}

/// One finding.
struct Finding {
    layer: &'static str,
    is_ok: bool,
    text: String,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        if self.salvage {
            return salvage(ctx);
        }
        let mut findings = Vec::new();
        let mut worst = None;
        let device = match look_at_folder(ctx, &mut findings) {
            Ok(device) => Some(device),
            Err(failure) => {
                findings.push(Finding {
                    layer: "folder",
                    is_ok: false,
                    text: format!(
                        "{} · {}",
                        failure.message(&ctx.messages),
                        failure.hint(&ctx.messages)
                    ),
                });
                worst = Some(failure);
                None
            }
        };
        if let Some(device) = device.filter(|_| !self.no_lan) {
            look_at_network(ctx, device, &mut findings)?;
        }
        // Without an identity there is nobody to be met.
        if worst.is_none() && !self.no_bluetooth {
            look_at_bluetooth(ctx, &mut findings)?;
        }
        let lines: Vec<_> = findings
            .iter()
            .map(|it| {
                let mark = ctx.text(
                    if it.is_ok {
                        "doctor-ok"
                    } else {
                        "doctor-not-ok"
                    },
                    &[],
                );
                format!("{mark}  {:<11} {}", it.layer, it.text)
            })
            .collect();
        let objects: Vec<Json> = findings
            .iter()
            .map(|it| json!({"layer": it.layer, "ok": it.is_ok, "detail": it.text}))
            .collect();
        ctx.emit(
            json!({ "findings": objects, "salvaged": Json::Null }),
            &lines.join("\n"),
        )?;
        worst.map_or(Ok(()), Err)
    }
}

fn look_at_folder(ctx: &mut Context, findings: &mut Vec<Finding>) -> Result<Arc<Device>, Failure> {
    let mut ok = |layer, text| {
        findings.push(Finding {
            layer,
            is_ok: true,
            text,
        });
    };
    if let Some(node) = ctx.caller.node.clone() {
        let text = ctx.text("doctor-node", &[("port", node.port().to_string().into())]);
        ok("node", text);
        return Ok(Arc::clone(node.device()));
    }
    let vault = identity::open(ctx)?;
    let dir = ctx.data_dir()?.to_owned();
    ok(
        "vault",
        ctx.text("doctor-vault", &[("name", (&vault.name).into())]),
    );
    let genesis = device::read_genesis(&dir)?;
    ok(
        "network",
        ctx.text(
            "doctor-network",
            &[("network", genesis.network().to_string().into())],
        ),
    );
    let key = StoreKey::from_bytes(*vault.store_key.bytes());
    let check = store::check(&dir.join(folder::STORE), &key)?;
    if let Some(fault) = check.faults.first() {
        return Err(StoreError::Damaged {
            what: fault.clone(),
        }
        .into());
    }
    let rows: u64 = check.spaces.iter().map(|(_, rows, _)| *rows).sum();
    ok(
        "store",
        ctx.text(
            "doctor-store",
            &[
                ("rows", rows.into()),
                ("size", (check.disk_len / 1_000_000).into()),
                ("free", check.free_len.map_or(0, |it| it / 1_000_000).into()),
            ],
        ),
    );
    let device = Device::open(&dir, vault)?;
    let summary = device.summary()?;
    ok(
        "history",
        ctx.text(
            "doctor-history",
            &[
                ("entries", summary.entries.into()),
                ("pending", summary.pending.into()),
            ],
        ),
    );
    Ok(Arc::new(device))
}

fn look_at_network(
    ctx: &mut Context,
    device: Arc<Device>,
    findings: &mut Vec<Finding>,
) -> Result<(), Failure> {
    let runtime = up::runtime()?;
    let node = match ctx.caller.node.clone() {
        Some(node) => node,
        None => {
            let _inside = runtime.enter();
            Node::start(
                device,
                Options {
                    listen: SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
                    discovery: true,
                    loopback: false,
                    dial: vec![],
                    redial: false,
                    bluetooth: None,
                    duties: None,
                },
            )?
        }
    };
    let note = ctx.text("doctor-listens", &[]);
    ctx.note(&note);
    for report in runtime.block_on(node.health()) {
        if let Some(finding) = describe(ctx, &report) {
            findings.push(finding);
        }
    }
    drop(node);
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    Ok(())
}

fn look_at_bluetooth(ctx: &Context, findings: &mut Vec<Finding>) -> Result<(), Failure> {
    let node = ctx.caller.node.as_ref();
    let status = match node.and_then(|it| it.bluetooth()) {
        Some(bluetooth) => bluetooth.status().borrow().clone(),
        None => up::runtime()?.block_on(Bluetooth::look(None)),
    };
    let (is_ok, text) = radio::describe(ctx, &status);
    findings.push(Finding {
        layer: "bluetooth",
        is_ok,
        text,
    });
    Ok(())
}

fn describe(ctx: &Context, report: &LayerReport) -> Option<Finding> {
    let finding = |layer, is_ok, text| Some(Finding { layer, is_ok, text });
    match report {
        LayerReport::Socket { port, ipv4, ipv6 } => finding(
            "socket",
            *ipv4 || *ipv6,
            ctx.text("doctor-socket", &[("port", port.to_string().into())]),
        ),
        LayerReport::Interface {
            name,
            up,
            multicast,
            multicast_heard,
            beacons_heard,
            ..
        } => {
            let heard = u64::from(multicast_heard.unwrap_or(0)).saturating_add(*beacons_heard);
            let key = match (up, multicast, heard) {
                (false, _, _) => "doctor-interface-down",
                (true, false, _) => "doctor-interface-no-multicast",
                (true, true, 0) => "doctor-interface-silent",
                (true, true, _) => "doctor-interface-heard",
            };
            let text = ctx.text(
                key,
                &[("name", name.as_str().into()), ("heard", heard.into())],
            );
            finding("interface", *up && *multicast, text)
        }
        LayerReport::Mdns { error, resolved } => {
            let text = match error {
                None => ctx.text("doctor-mdns", &[("resolved", (*resolved).into())]),
                Some(why) => ctx.text("doctor-mdns-failed", &[("why", why.as_str().into())]),
            };
            finding("mdns", error.is_none(), text)
        }
        LayerReport::Beacon { error, heard, .. } => {
            let text = match error {
                None => ctx.text("doctor-beacon", &[("heard", (*heard).into())]),
                Some(why) => ctx.text("doctor-beacon-failed", &[("why", why.as_str().into())]),
            };
            finding("beacon", error.is_none(), text)
        }
        LayerReport::Neighbour(neighbour) => {
            let address = neighbour
                .addresses
                .first()
                .map_or_else(String::new, ToString::to_string);
            match &neighbour.state {
                NeighbourState::Failed { why, .. } => finding(
                    "neighbour",
                    false,
                    ctx.text(
                        "doctor-neighbour-failed",
                        &[("address", address.into()), ("why", why.as_str().into())],
                    ),
                ),
                _ => finding(
                    "neighbour",
                    true,
                    ctx.text("doctor-neighbour", &[("address", address.into())]),
                ),
            }
        }
        _ => None,
    }
}

fn salvage(ctx: &mut Context) -> Result<(), Failure> {
    if ctx.caller.node.is_some() {
        return Err(Failure::new(Exit::Store, "doctor.node_runs"));
    }
    let vault = identity::open(ctx)?;
    let dir = ctx.data_dir()?.to_owned();
    let genesis = device::read_genesis(&dir)?;
    let key = StoreKey::from_bytes(*vault.store_key.bytes());
    let label = ctx.text("doctor-salvaging", &[]);
    let bar = ctx.progress(&label, 0, Unit::Count);
    let result = doctor::salvage(&dir.join(folder::STORE), &key, &genesis, &|more| {
        bar.add(more);
    });
    drop(bar);
    let result = result?;
    let text = ctx.text(
        "doctor-salvaged",
        &[
            ("entries", result.entries.into()),
            ("pending", result.pending.into()),
            ("kept", (&result.kept).into()),
        ],
    );
    ctx.emit(
        json!({
            "findings": [],
            "salvaged": {
                "entries": result.entries,
                "pending": result.pending,
                "refused": result.refused,
                "broken": result.broken,
                "kept": super::shown(&result.kept),
            },
        }),
        &text,
    )
}
