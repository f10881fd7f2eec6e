//! `commune storage`: the room that this device takes.

use std::io;

use clap::Subcommand;
use serde_json::json;

use super::Context;
use crate::{carry::Parcels, failure::Failure, vault::folder};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Carried(Carried),
    Prune(Prune),
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Carried(args) => args.run(ctx),
            Self::Prune(args) => args.run(ctx),
        }
    }
}

/// Whether bundles for others go.
#[derive(Debug, clap::Args)]
pub(super) struct Carried {
    #[arg(long)]
    drop: bool,
}

impl Carried {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let dir = ctx.data_dir()?.to_owned();
        if !folder::is_data_folder(&dir) {
            return Err(Failure::reading(&dir, &io::ErrorKind::NotFound.into()));
        }
        let folder = dir.join(folder::CARRIED);
        let unusable = |cause: io::Error| Failure::writing(&folder, &cause);
        let mut parcels = Parcels::open(&dir, ctx.claimed_now()).map_err(unusable)?;
        let (count, bytes) = parcels.size();
        let args = [("count", count.into()), ("bytes", bytes.into())];
        let drops = self.drop && count > 0;
        if drops {
            let question = ctx.text("storage-carried-ask", &args);
            ctx.confirm(&question)?;
            parcels.forget().map_err(unusable)?;
        }
        let key = match drops {
            true => "storage-carried-dropped",
            false => "storage-carried",
        };
        let text = ctx.text(key, &args);
        let object = json!({"bundles": count, "bytes": bytes, "dropped": drops});
        ctx.emit(object, &text)
    }
}

/// Whether to do it.
#[derive(Debug, clap::Args)]
pub(super) struct Prune {
    #[arg(long)]
    dry_run: bool,
}

impl Prune {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let would = device.prune(true)?;
        let args = |it: &crate::finality::Pruned| {
            [
                ("height", u64::from(it.height.0).into()),
                ("entries", it.entries.into()),
                ("blobs", it.blobs.into()),
                ("bytes", it.bytes.into()),
            ]
        };
        let is_done = !self.dry_run && would.entries > 0;
        if is_done {
            let question = ctx.text("storage-prune-ask", &args(&would));
            ctx.confirm(&question)?;
            device.prune(false)?;
        }
        let key = match (would.entries, is_done) {
            (0, _) => "storage-prune-nothing",
            (_, true) => "storage-pruned",
            (_, false) => "storage-prune-dry",
        };
        let text = ctx.text(key, &args(&would));
        let object = json!({
            "height": would.height.0,
            "entries": would.entries,
            "blobs": would.blobs,
            "bytes": would.bytes,
            "dry_run": self.dry_run,
        });
        ctx.emit(object, &text)
    }
}
