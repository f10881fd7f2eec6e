//! `commune bundle import`

use std::{path::PathBuf, sync::Arc};

use serde_json::json;

use super::{Source, damaged, damaged_lines, failure, is_stream, secret};
use crate::{
    bundle::{
        BundleError, BundleKey, DeviceSink, DrySink, GENERATION, Import, Report, Sink, Snapshot,
    },
    cli::{Context, Progress, Unit, vote},
    failure::{Exit, Failure},
    votes,
};

/// What is taken in.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[arg(value_name = "FILE", required = true)]
    pub(in crate::cli) file: Vec<PathBuf>,
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        // A file that cannot be opened is told before anything is taken from the others.
        let mut total = 0_u64;
        for path in &self.file {
            total = total.saturating_add(Source::open(ctx, path)?.len());
        }
        let device = ctx.device()?;
        let device = Arc::clone(&device);
        let keys = BundleKey::accepted(secret(&device)?, GENERATION);
        let (report, failure) = if self.dry_run {
            let sink = DrySink::new(Snapshot::of(&device)?.into_history());
            self.take(ctx, Import::new(sink, keys)?, total)?
        } else {
            // What it need not hold of votes it does not take either.
            votes::settle_new(&device).map_err(vote::failure)?;
            let sink = DeviceSink::new(&device);
            self.take(ctx, Import::new(sink, keys)?, total)?
        };
        if let Some(failure) = failure {
            // What was taken before is saved, and worth telling only if it is something.
            if report.counts.imported > 0 || !report.is_intact() {
                self.tell(ctx, &report)?;
            }
            return Err(failure);
        }
        self.tell(ctx, &report)?;
        if !report.is_intact() {
            return Err(Failure::new(Exit::Damaged, "bundle.damaged")
                .with("places", report.places)
                .with("entries", report.lost_entries));
        }
        if let Some(error) = report.not_taken {
            return Err(error.into());
        }
        if report.fork.is_some() {
            return Err(Failure::new(Exit::Fork, "bundle.fork").with("count", report.counts.forks));
        }
        Ok(())
    }

    /// Takes all files in, and says what happened, and which file stopped it.
    pub(in crate::cli) fn take(
        &self,
        ctx: &mut Context,
        mut import: Import<impl Sink>,
        total: u64,
    ) -> Result<(Report, Option<Failure>), Failure> {
        let label = ctx.text("bundle-import-progress", &[]);
        let progress = ctx.progress(&label, total, Unit::Bytes);
        let guard = ctx.caller.interrupt.guard();
        let mut stopped = self.pass(ctx, &mut import, &progress);
        let can_repeat = !self.file.iter().any(|it| is_stream(it));
        while stopped.is_none() && can_repeat && import.wants_again()? {
            stopped = self.pass(ctx, &mut import, &Progress::silent());
        }
        let report = import.finish()?;
        drop(guard);
        Ok((report, stopped))
    }

    fn pass(
        &self,
        ctx: &mut Context,
        import: &mut Import<impl Sink>,
        progress: &Progress,
    ) -> Option<Failure> {
        let interrupt = ctx.caller.interrupt.clone();
        let mut step = |done| {
            progress.add(done);
            !interrupt.requested()
        };
        for path in &self.file {
            let result =
                Source::open(ctx, path).map(|mut source| import.file(source.read(ctx), &mut step));
            match result {
                Ok(Ok(())) => {}
                // A stream that somebody stopped waiting for may end as if it held nothing.
                Ok(Err(_)) if ctx.caller.interrupt.requested() => {
                    return Some(failure(path, BundleError::Stopped));
                }
                Ok(Err(error)) => return Some(failure(path, error)),
                Err(failure) => return Some(failure),
            }
        }
        None
    }

    fn tell(&self, ctx: &mut Context, report: &Report) -> Result<(), Failure> {
        let counts = &report.counts;
        let missing = report.missing_parts().into_iter();
        let missing: Vec<_> = missing.map(|it| it.saturating_add(1)).collect();
        let object = json!({
            "imported": counts.imported,
            "pending": counts.pending,
            "known": counts.known,
            "refused": counts.refused,
            "blobs": report.blobs,
            "damaged": damaged(&report.lost, &self.file),
            "missing_parts": missing,
            "checkpoint": report.began_on.last().map(|it| it.0),
            "dry_run": self.dry_run,
        });
        let mut text = ctx.text(
            if self.dry_run {
                "bundle-imported-dry"
            } else {
                "bundle-imported"
            },
            &[
                ("imported", counts.imported.into()),
                ("pending", counts.pending.into()),
                ("known", counts.known.into()),
                ("refused", counts.refused.into()),
                ("blobs", report.blobs.into()),
            ],
        );
        if !missing.is_empty() {
            let list: Vec<_> = missing.iter().map(u16::to_string).collect();
            let list = list.join(", ");
            let line = ctx.text("bundle-missing-parts", &[("parts", list.into())]);
            text.push_str(&format!("\n{line}"));
        }
        for height in &report.began_on {
            let height = u64::from(height.0);
            let line = ctx.text("bundle-began-on", &[("height", height.into())]);
            text.push_str(&format!("\n{line}"));
        }
        if !report.began_on.is_empty() {
            let caution = ctx.text("checkpoint-not-excluded", &[]);
            ctx.note(&caution);
        }
        text.push_str(&damaged_lines(ctx, &report.lost, &self.file));
        ctx.emit(object, &text)
    }
}
