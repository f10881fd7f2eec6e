//! `commune storage`: the room that this device takes.

use clap::Subcommand;
use serde_json::json;

use super::Context;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Prune(Prune),
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Prune(args) => args.run(ctx),
        }
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
