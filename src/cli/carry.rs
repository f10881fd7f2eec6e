//! `commune carry`: read a stick, write what its other readers lack, say when to unplug.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use commune_crdt::sync::oneway::Coverage;
use commune_transports::{
    bundle::OpenError,
    stick::{Watch, removable},
};
use serde_json::{Value as Json, json};

use super::{Context, Progress, Unit, bundle, value};
use crate::{
    carry::{CarryError, Options, Stage, Visit, visit},
    device::Device,
    failure::{Exit, Failure},
    messages::Value,
    node::Visited,
};

/// How often a watch looks whether it is to end.
const TICK: Duration = Duration::from_millis(300);

/// Which stick, and what to do with it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_name = "MOUNT")]
    mount: Option<PathBuf>,
    #[arg(long, value_name = "DIR", conflicts_with_all = ["mount", "watch"])]
    at: Option<PathBuf>,
    #[arg(long)]
    watch: bool,
    #[arg(long)]
    no_write: bool,
    #[arg(long)]
    dry_run: bool,
    #[arg(long, value_name = "SIZE", value_parser = value::size)]
    quota: Option<u64>,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let paths = match (&self.at, &self.mount) {
            (Some(folder), _) => vec![folder.clone()],
            (None, Some(_)) if self.watch => Vec::new(),
            (None, Some(mount)) => {
                if !is_mounted(&ctx.resolve(mount)) {
                    return Err(
                        Failure::new(Exit::Unreachable, "carry.not_mounted").with("path", mount)
                    );
                }
                vec![mount.clone()]
            }
            (None, None) if self.watch => Vec::new(),
            (None, None) => mounted()?,
        };
        if paths.is_empty() && !self.watch {
            return Err(Failure::new(Exit::Unreachable, "carry.no_stick"));
        }
        let device = ctx.device()?;
        let mut elsewhere = Coverage::default();
        let _guard = ctx.caller.interrupt.guard();
        if self.watch {
            return self.watch(ctx, &device, &mut elsewhere);
        }
        let (mut objects, mut lines, mut failure) = (Vec::new(), Vec::new(), None);
        for path in &paths {
            let visited = visited(ctx, &device, &self.options(ctx), path, &mut elsewhere);
            match visited {
                Ok((object, text, after)) => {
                    objects.push(object);
                    lines.push(text);
                    failure = failure.or(after);
                }
                Err(error) if objects.is_empty() && paths.len() == 1 => return Err(error),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        ctx.emit(json!({ "sticks": objects }), &lines.join("\n"))?;
        failure.map_or(Ok(()), Err)
    }

    fn options(&self, ctx: &Context) -> Options {
        Options {
            write: !self.no_write,
            dry_run: self.dry_run,
            quota: self.quota,
            claimed: ctx.claimed_now(),
        }
    }

    /// Goes on with each stick that is plugged in. What is wrong with one keeps no other waiting.
    fn watch(
        &self,
        ctx: &mut Context,
        device: &Device,
        elsewhere: &mut Coverage,
    ) -> Result<(), Failure> {
        let only = self.mount.as_ref().map(|it| ctx.resolve(it));
        let only = only.map(|it| it.canonicalize().unwrap_or(it));
        let mut watch = Watch::new(only).map_err(|cause| unwatched(&cause))?;
        let text = ctx.text("carry-waits", &[]);
        ctx.note(&text);
        while !ctx.caller.interrupt.requested() {
            let fresh = watch.next(TICK).map_err(|cause| unwatched(&cause))?;
            for mount in fresh {
                match visited(ctx, device, &self.options(ctx), &mount.path, elsewhere) {
                    Ok((object, text, after)) => {
                        ctx.emit(json!({ "sticks": [object] }), &text)?;
                        after.inspect(|it| say(ctx, it));
                    }
                    Err(error) => say(ctx, &error),
                }
            }
        }
        Ok(())
    }
}

/// Tells what a node did with a stick.
pub(super) fn tell_of(ctx: &mut Context, visited: Visited) {
    let options = Options {
        write: true,
        dry_run: false,
        quota: None,
        claimed: ctx.claimed_now(),
    };
    let path = &visited.path;
    match visited.result {
        Ok(visit) => {
            let (_, text) = told(ctx, &options, path, &visit);
            ctx.note(&text);
            wrong(ctx, path, visit).inspect(|it| say(ctx, it));
        }
        Err(error) => {
            let failure = stopped(ctx, path, error);
            say(ctx, &failure);
        }
    }
}

/// Says what is wrong, and goes on.
fn say(ctx: &mut Context, failure: &Failure) {
    let text = failure.lines(&ctx.messages, ctx.color);
    ctx.tell(text.trim_end());
}

fn unwatched(cause: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, "carry.unwatched").because_io(cause)
}

fn mounted() -> Result<Vec<PathBuf>, Failure> {
    let mounts = removable().map_err(|cause| unwatched(&cause))?;
    Ok(mounts.into_iter().map(|it| it.path).collect())
}

/// Whether a medium of its own is at `path`: a mistyped path would be written to the own disk.
fn is_mounted(path: &Path) -> bool {
    let about = |path: &Path| std::fs::metadata(path).ok();
    match (about(path), about(&path.join(".."))) {
        (Some(here), Some(above)) => here.is_dir() && here.dev() != above.dev(),
        _ => false,
    }
}

/// Visits the stick at `path`: what it was for scripts and for people, and what was wrong if
/// something was.
fn visited(
    ctx: &mut Context,
    device: &Device,
    options: &Options,
    path: &Path,
    elsewhere: &mut Coverage,
) -> Result<(Json, String, Option<Failure>), Failure> {
    let resolved = ctx.resolve(path);
    let interrupt = ctx.caller.interrupt.clone();
    let mut bar = Progress::silent();
    let mut heard = |stage| {
        match stage {
            Stage::Reads(bytes) => {
                let label = ctx.text("carry-reads", &[]);
                bar = ctx.progress(&label, bytes, Unit::Bytes);
            }
            Stage::Writes => {
                let label = ctx.text("carry-writes", &[]);
                bar = ctx.progress(&label, 0, Unit::Count);
            }
            Stage::Settles => {
                bar = Progress::silent();
                let text = ctx.text("carry-settles", &[]);
                ctx.note(&text);
            }
            Stage::Done(done) => bar.add(done),
        }
        !interrupt.requested()
    };
    let visit = visit(device, &resolved, options, elsewhere, &mut heard);
    drop(bar);
    let visit = visit.map_err(|error| stopped(ctx, path, error))?;
    let (object, text) = told(ctx, options, path, &visit);
    Ok((object, text, wrong(ctx, path, visit)))
}

/// What a visit ends with: that it broke off, or that something on the stick is not as it was
/// written.
fn wrong(ctx: &Context, path: &Path, visit: Visit) -> Option<Failure> {
    let report = &visit.read.report;
    let places = report.places;
    let unusable = visit.read.unusable.len();
    if let Some(error) = visit.stopped {
        return Some(stopped(ctx, path, error));
    }
    if places > 0 || unusable > 0 {
        return Some(
            Failure::new(Exit::Damaged, "carry.damaged")
                .with("path", path)
                .with("places", places)
                .with("files", unusable),
        );
    }
    report
        .fork
        .is_some()
        .then(|| Failure::new(Exit::Fork, "bundle.fork").with("count", report.counts.forks))
}

fn stopped(ctx: &Context, path: &Path, error: CarryError) -> Failure {
    let failure = match error {
        CarryError::Removed => Failure::new(Exit::Medium, "carry.removed"),
        CarryError::Busy => Failure::new(Exit::Store, "carry.busy"),
        CarryError::ReadOnly => Failure::new(Exit::Medium, "carry.read_only"),
        CarryError::Full => Failure::new(Exit::Medium, "carry.full"),
        CarryError::NoSecret => return Failure::new(Exit::Refused, "device.no_secret"),
        CarryError::Bundle(error) => return bundle::failure(path, error),
        CarryError::Medium(cause) => return Failure::writing(path, &cause),
        CarryError::Carried(cause) => {
            let folder = ctx.data_dir().unwrap_or(path).to_owned();
            return Failure::writing(&folder, &cause);
        }
        CarryError::Open(OpenError::Missing(_)) => {
            return Failure::reading(path, &std::io::ErrorKind::NotFound.into());
        }
        CarryError::Open(error) => Failure::new(Exit::Failed, "carry.unusable").because(&error),
    };
    failure.with("path", path)
}

/// What was done, for scripts and for people.
fn told(ctx: &Context, options: &Options, path: &Path, visit: &Visit) -> (Json, String) {
    let (read, written, others) = (&visit.read, &visit.written, &visit.passed_on);
    let counts = &read.report.counts;
    let folder = path.join("COMMUNE/b");
    let files: Vec<_> = read
        .bundles
        .iter()
        .map(|it| folder.join(it.to_string()))
        .collect();
    let object = json!({
        "path": path.display().to_string(),
        "bundles": read.count,
        "imported": counts.imported,
        "pending": counts.pending,
        "known": counts.known,
        "refused": counts.refused,
        "blobs": read.report.blobs,
        "damaged": bundle::damaged(&read.report.lost, &files),
        "unusable": read.unusable.iter().map(|it| it.to_string()).collect::<Vec<_>>(),
        "readers": read.readers,
        "written": {
            "files": written.files.len(),
            "entries": written.entries,
            "blobs": written.blobs,
            "bytes": written.bytes,
            "left": written.left,
        },
        "removed": visit.removed,
        "others": {
            "found": read.sealed.len(),
            "taken": others.taken,
            "given": others.given,
            "held": others.held,
            "bytes": others.bytes,
        },
        "may_remove": visit.may_remove,
        "dry_run": options.dry_run,
    });
    let number = |it: usize| Value::from(it);
    let mut lines = vec![ctx.text(
        "carry-read",
        &[
            ("path", path.into()),
            ("bundles", number(read.count)),
            ("imported", counts.imported.into()),
            ("pending", counts.pending.into()),
            ("known", counts.known.into()),
            ("blobs", read.report.blobs.into()),
        ],
    )];
    let mut add = |key: &str, args: &[(&str, Value)]| lines.push(ctx.text(key, args));
    if read.skipped > 0 || read.truncated {
        add("carry-skipped", &[("count", number(read.skipped))]);
    }
    if options.write && visit.stopped.is_none() {
        let readers = [("count", number(read.readers))];
        add("carry-readers", &readers);
        let key = match (written.entries, written.blobs) {
            (0, 0) => "carry-written-nothing",
            _ if options.dry_run => "carry-written-dry",
            _ => "carry-written",
        };
        add(
            key,
            &[
                ("entries", written.entries.into()),
                ("blobs", written.blobs.into()),
                ("bytes", written.bytes.into()),
            ],
        );
        if visit.removed > 0 {
            add("carry-removed-own", &[("count", visit.removed.into())]);
        }
    }
    if written.left > 0 {
        add("carry-left", &[("count", written.left.into())]);
    }
    if others.taken > 0 || others.given > 0 {
        add(
            "carry-others",
            &[
                ("taken", others.taken.into()),
                ("given", others.given.into()),
                ("held", number(others.held)),
                ("bytes", others.bytes.into()),
            ],
        );
    }
    let mut text = lines.join("\n");
    text.push_str(&bundle::damaged_lines(ctx, &read.report.lost, &files));
    for name in &read.unusable {
        let file = folder.join(name.to_string());
        let line = ctx.text("carry-unusable-file", &[("path", file.as_path().into())]);
        text.push_str(&format!("\n{line}"));
    }
    if visit.may_remove && !options.dry_run {
        let line = ctx.text("carry-may-remove", &[]);
        text.push_str(&format!("\n{line}"));
    }
    (object, text)
}
