//! `commune status`: where this device stands, on one screen.

use commune_crdt::{
    checkpoint::Checker,
    codec::to_u64,
    time::{Height, Seconds},
};
use serde_json::{Value as Json, json};

use super::{Context, member, trustee};
use crate::{
    device::Device,
    failure::Failure,
    peers,
    store::StoreError,
    trust::{Margin, Trust},
};

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
        let is_final = Trust::of(&device, at)?.is_final(&device.vault().member_key);
        let newest = newest(&device)?;
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
        let (duties, waiting) = trustee::duties(ctx, &device)?;
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
                "status": member::standing(is_final),
            },
            "height": newest.as_ref().map_or(0, |it| it.height.0),
            "entries": summary.entries,
            "pending": summary.pending,
            "state_hash": summary.state_hash.to_string(),
            "peers": peers,
            "trustee": waiting,
            "last_checkpoint": newest.as_ref().map(|it| json!({
                "height": it.height.0,
                "time": member::time(it.time),
                "signers": it.signed,
                "quorum": it.quorum,
            })),
        });
        let node = if ctx.caller.node.is_some() {
            ctx.text("status-node", &[("count", to_u64(connected.len()).into())])
        } else {
            ctx.text("status-no-node", &[])
        };
        let final_line = match &newest {
            None => ctx.text("status-nothing-final", &[]),
            Some(it) => ctx.text(
                "status-final",
                &[
                    ("height", u64::from(it.height.0).into()),
                    ("time", member::time(it.time).into()),
                    ("signed", to_u64(it.signed).into()),
                    ("of", to_u64(it.of).into()),
                    ("waiting", it.unfinished.into()),
                ],
            ),
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
                ("final", final_line.into()),
            ],
        );
        let text = [&[text], duties.as_slice()].concat().join("\n");
        ctx.emit(object, &text)
    }
}

/// The newest record, and how far it is signed.
struct Newest {
    height: Height,
    time: Seconds,
    signed: usize,
    of: usize,
    quorum: usize,
    /// Entries that it has not in.
    unfinished: u64,
}

fn newest(device: &Device) -> Result<Option<Newest>, StoreError> {
    device.with_finality(|finality| {
        let tip = finality.tip();
        let note = finality.note(device, tip.height)?;
        let set = finality.set_of(device, tip.height)?;
        let (Some(note), Some(set)) = (note, set) else {
            return Ok(None);
        };
        let examined = Checker::new(set).examine(&note).unwrap_or_default();
        let unfinished = finality.unfinished(&*device.history()?);
        Ok(Some(Newest {
            height: tip.height,
            time: tip.time,
            signed: examined.signed.len(),
            of: examined.of,
            quorum: examined.quorum,
            unfinished,
        }))
    })
}
