//! `commune up`: the node, live until it is told to stop.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use commune_crdt::codec::to_u64;
use commune_transports::bluetooth::Status;
use serde_json::json;

use super::{
    Context, carry,
    radio::{self, RadioArgs},
    value,
};
use crate::{
    failure::{Exit, Failure},
    node::{Does, Node, NodeError, Options, control::Control},
};

/// How long a first look at the Bluetooth adapter is waited for.
const FIRST_LOOK: Duration = Duration::from_secs(2);

/// How to take part.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) lan: LanArgs,
    #[command(flatten)]
    pub(super) radio: RadioArgs,
    #[arg(long)]
    pub(super) no_sign: bool,
    #[arg(long)]
    pub(super) no_sticks: bool,
}

/// How to take part in the local network.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct LanArgs {
    #[arg(long, value_name = "ADDR", value_parser = value::address)]
    pub(super) listen: Option<SocketAddr>,
    #[arg(long, value_name = "ADDR", value_parser = value::address)]
    pub(super) peer: Vec<SocketAddr>,
    #[arg(long)]
    pub(super) no_lan: bool,
    #[arg(long, conflicts_with = "no_lan")]
    pub(super) loopback: bool,
}

impl LanArgs {
    pub(super) fn options(&self) -> Options {
        Options {
            listen: self
                .listen
                .unwrap_or(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0)),
            discovery: !self.no_lan,
            loopback: self.loopback,
            dial: self.peer.clone(),
            redial: !self.no_lan,
            bluetooth: None,
            duties: None,
        }
    }
}

/// Says in one line that there is no Bluetooth, and why. The node goes on without.
async fn say_if_down(ctx: &mut Context, node: &Node) {
    let Some(bluetooth) = node.bluetooth() else {
        return;
    };
    let mut status = bluetooth.status();
    let known = status.wait_for(|it| *it != Status::Starting);
    let known = match tokio::time::timeout(FIRST_LOOK, known).await {
        Ok(Ok(known)) => known.clone(),
        _ => return,
    };
    if matches!(known, Status::Down(_)) {
        let (_, text) = radio::describe(ctx, &known);
        let text = ctx.text("up-no-bluetooth", &[("why", text.into())]);
        ctx.note(&text);
    }
}

/// A runtime for a node.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .map_err(|cause| NodeError::Runtime(cause).into())
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        if ctx.caller.node.is_some() {
            return Err(Failure::new(Exit::Store, "node.runs_already"));
        }
        let device = ctx.device()?;
        // Everything is read before anybody can ask.
        let entries = to_u64(device.history()?.len());
        let runtime = runtime()?;
        let options = Options {
            duties: Some(match self.no_sign {
                true => Does::AllButSigning,
                false => Does::All,
            }),
            // Nodes of one machine share its adapter.
            bluetooth: self.radio.radio().filter(|_| !self.lan.loopback),
            ..self.lan.options()
        };
        let node = {
            let _inside = runtime.enter();
            Node::start(device, options)?
        };
        let dir = ctx.data_dir()?.to_owned();
        let control = Control::open(&dir, &node).map_err(|cause| Failure::writing(&dir, &cause))?;
        let text = ctx.text(
            "node-up",
            &[
                ("port", node.port().to_string().into()),
                ("entries", entries.into()),
            ],
        );
        ctx.emit(json!({"port": node.port(), "entries": entries}), &text)?;
        runtime.block_on(async { say_if_down(ctx, &node).await });
        let guard = ctx.caller.interrupt.guard();
        runtime.block_on(async {
            let interrupt = ctx.caller.interrupt.clone();
            let mut sticks = (!self.no_sticks).then(|| node.attend_to_sticks());
            let running = node.run();
            tokio::pin!(running);
            loop {
                let plugged_in = async {
                    match &mut sticks {
                        Some(sticks) => sticks.recv().await,
                        None => None,
                    }
                };
                tokio::select! {
                    () = &mut running => break,
                    Some(visited) = plugged_in => carry::tell_of(ctx, visited),
                    () = interrupt.wait() => {
                        node.stop();
                        // Links end by a word, so that neighbours need not wait for silence.
                        running.await;
                        break;
                    }
                }
            }
        });
        drop(control);
        drop(guard);
        runtime.shutdown_timeout(Duration::from_secs(2));
        let text = ctx.text("node-down", &[]);
        ctx.note(&text);
        Ok(())
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        Self::new(Exit::Failed, "node.start").because(&error)
    }
}
