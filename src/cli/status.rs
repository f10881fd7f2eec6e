//! `commune status`: where this device stands, on one screen.

use commune_crdt::{codec::to_u64, time::Seconds};
use serde_json::{Value as Json, json};

use super::{Context, member};
use crate::{failure::Failure, peers, trust::Margin};

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

impl Args {
    #[expect(clippy::unused_self, reason = "every command runs alike")]
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let summary = device.summary()?;
        let connected: Vec<_> = ctx
            .caller
            .node
            .iter()
            .flat_map(|node| node.peers())
            .filter(|it| it.is_connected())
            .collect();
        let at = ctx.at_time.map(|it| Seconds(it.unix_seconds));
        let margin = Margin::of_owner(&device, at)?;
        let remembered = peers::all(device.store())?;
        let vault = device.vault();
        let peers: Vec<Json> = connected
            .iter()
            .map(|it| {
                json!({
                    "key": it.device.to_string(),
                    "member": it.member.map(|it| it.to_string()),
                    "medium": format!("{:?}", it.medium).to_lowercase(),
                    "in_sync": it.progress.is_in_sync,
                })
            })
            .collect();
        let object = json!({
            "member": vault.member_key.to_string(),
            "device": vault.device.device_key().to_string(),
            "network": device.network().to_string(),
            "test_network": device.genesis().body().test_network,
            "membership": {
                "state": margin.state.map(member::state_word),
                "received": margin.received,
                "needed": margin.needed,
                "first_end": margin.first_end.map(member::time),
                "can_renew": margin.can_renew,
                "until": margin.state.map(|_| member::time(margin.until)),
                "turn": margin.turn.map(member::time),
                "queued": margin.queued,
                "status": "pending",
            },
            "height": 0,
            "entries": summary.entries,
            "pending": summary.pending,
            "state_hash": summary.state_hash.to_string(),
            "peers": peers,
            "last_checkpoint": Json::Null,
        });
        let node = if ctx.caller.node.is_some() {
            ctx.text("status-node", &[("count", to_u64(connected.len()).into())])
        } else {
            ctx.text("status-no-node", &[])
        };
        let text = ctx.text(
            "status-shown",
            &[
                ("name", (&vault.name).into()),
                ("member", vault.member_key.to_string().into()),
                ("network", device.network().to_string().into()),
                ("standing", member::standing_line(ctx, &margin).into()),
                ("entries", summary.entries.into()),
                ("pending", summary.pending.into()),
                ("hash", summary.state_hash.to_string().into()),
                ("remembered", to_u64(remembered.len()).into()),
                ("node", node.into()),
            ],
        );
        ctx.emit(object, &text)
    }
}
