//! `commune bundle create`

use std::path::{Path, PathBuf};

use commune_crdt::sync::oneway::Ticket;
use commune_transports::bundle::DEFAULT_PART_LEN;
use serde_json::json;

use super::{failure, is_stream, secret, ticket};
use crate::{
    bundle::{BundleKey, Created, GENERATION, Options, Output, Snapshot, create, ticket_of},
    cli::{Context, Unit, value},
    device::Device,
    failure::{Exit, Failure},
    finality::Given,
};

/// What goes into a bundle, and where it is written.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(id = "for", long = "for", value_name = "TICKET")]
    for_ticket: Option<PathBuf>,
    #[arg(long, value_name = "HEIGHT", conflicts_with = "for")]
    since: Option<u32>,
    #[arg(long, conflicts_with_all = ["for", "since"])]
    with_state: bool,
    #[arg(long)]
    clear: bool,
    #[arg(long, value_name = "SIZE", value_parser = value::size)]
    split: Option<u64>,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        if let Some(height) = self.since.filter(|it| *it > 0) {
            return Err(Failure::new(Exit::NotFound, "bundle.height").with("height", height));
        }
        if is_stream(&self.file) {
            ctx.refuse_terminal()?;
        }
        let text = self.for_ticket.as_ref();
        let text = text.map(|path| ticket::read(ctx, path)).transpose()?;
        let device = ctx.device()?;
        let target = match (&self.for_ticket, text) {
            (Some(path), Some(text)) => Some(ticket::open(path, &text, &device)?),
            _ => None,
        };
        let given = self.with_state.then(|| device.given()).transpose()?;
        let created = self.write(ctx, &device, target.as_ref(), given.as_ref())?;
        if created.unreadable > 0 {
            let text = ctx.text("bundle-unreadable", &[("count", created.unreadable.into())]);
            ctx.warn(&text);
        }
        let file = created.files.first().unwrap_or(&self.file);
        let shown = |path: &Path| self.shown(path).display().to_string();
        let text = ctx.text(
            "bundle-created",
            &[
                ("path", self.shown(file).as_path().into()),
                ("files", created.files.len().into()),
                ("entries", created.entries.into()),
                ("blobs", created.blobs.into()),
                ("bytes", created.bytes.into()),
            ],
        );
        let text = match &given {
            Some(given) => {
                let height = u64::from(given.height.0);
                let line = ctx.text("bundle-created-state", &[("height", height.into())]);
                format!("{text}\n{line}")
            }
            None => text,
        };
        let object = json!({
            "file": shown(file),
            "files": created.files.iter().map(|it| shown(it)).collect::<Vec<_>>(),
            "entries": created.entries,
            "blobs": created.blobs,
            "bytes": created.bytes,
            "since": given.as_ref().map_or(0, |it| it.height.0),
            "with_state": given.is_some(),
            "sealed": !self.clear,
        });
        ctx.emit(object, &text)
    }

    fn write(
        &self,
        ctx: &mut Context,
        device: &Device,
        target: Option<&Ticket>,
        carried: Option<&Given>,
    ) -> Result<Created, Failure> {
        let holdings = Snapshot::of(device)?;
        let vault = device.vault();
        let claimed = ctx.claimed_now();
        let key = BundleKey::new(secret(device)?, GENERATION);
        let ticket = ticket_of(&holdings, &vault.device, claimed)
            .map_err(|error| failure(&self.file, error.into()))?;
        let options = Options {
            device: &vault.device,
            key: (!self.clear).then_some(&key),
            targets: target.map(std::slice::from_ref).unwrap_or_default(),
            present: None,
            room: None,
            carried,
            ticket: Some(&ticket),
            claimed,
            max_part_len: self.split.unwrap_or(DEFAULT_PART_LEN),
        };
        let label = ctx.text("bundle-create-progress", &[]);
        let progress = ctx.progress(&label, 0, Unit::Count);
        let guard = ctx.caller.interrupt.guard();
        let interrupt = ctx.caller.interrupt.clone();
        let mut step = |done| {
            progress.add(done);
            !interrupt.requested()
        };
        let path = ctx.resolve(&self.file);
        let created = if is_stream(&self.file) {
            ctx.output_taken = true;
            let mut out = std::io::BufWriter::with_capacity(1 << 18, ctx.caller.out.clone());
            create(&holdings, &options, Output::Stream(&mut out), &mut step)
        } else {
            create(&holdings, &options, Output::File(&path), &mut step)
        };
        drop(guard);
        created.map_err(|error| failure(&self.file, error))
    }

    /// A written file as the person would name it.
    fn shown(&self, path: &Path) -> PathBuf {
        match (self.file.parent(), path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        }
    }
}
