//! `commune bundle`: entries in a file, for a stick or any other one-way road.

mod create;
pub(super) mod import;
mod look;
mod ticket;

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use commune_crdt::{genesis::NetworkSecret, hash::NetworkId};
use commune_transports::bundle::{Damage, OpenError, ReadError, WriteError, open_regular};
use serde_json::{Value as Json, json};

use super::Context;
use crate::{
    bundle::{BundleError, BundleKey, GENERATION, Lost, Why},
    device::{self, Device},
    failure::{Exit, Failure},
    messages::key,
};

/// Damaged places that a person reads about one by one.
const MAX_SHOWN: usize = 10;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Create(create::Args),
    Import(import::Args),
    Inspect(look::Inspect),
    Ticket(ticket::Args),
    Verify(look::Verify),
}

impl Command {
    /// Whether it works on what the device holds.
    pub(super) const fn needs_device(&self) -> bool {
        matches!(self, Self::Create(_) | Self::Import(_) | Self::Ticket(_))
    }

    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Create(args) => args.run(ctx),
            Self::Import(args) => args.run(ctx),
            Self::Inspect(args) => args.run(ctx),
            Self::Ticket(args) => args.run(ctx),
            Self::Verify(args) => args.run(ctx),
        }
    }
}

/// The network's secret of an opened device: it never joined without one.
fn secret(device: &Device) -> Result<&NetworkSecret, Failure> {
    let secret = device.genesis().secret();
    secret.ok_or(Failure::new(Exit::Refused, "device.no_secret"))
}

/// Keys and network of the data folder, if it has any, for commands that do without.
fn keys(ctx: &Context) -> (Vec<BundleKey>, Option<NetworkId>) {
    let genesis = ctx.data_dir().ok();
    let genesis = genesis.and_then(|dir| device::read_genesis(dir).ok());
    let secret = genesis.as_ref().and_then(|it| it.secret());
    let keys = secret.map(|it| BundleKey::accepted(it, GENERATION));
    (
        keys.unwrap_or_default(),
        genesis.as_ref().map(|it| it.network()),
    )
}

fn is_stream(path: &Path) -> bool {
    path == Path::new("-")
}

/// A bundle to be read.
pub(super) enum Source {
    File(File),
    Input,
}

impl Source {
    pub(super) fn open(ctx: &Context, path: &Path) -> Result<Self, Failure> {
        if is_stream(path) {
            return Ok(Self::Input);
        }
        let file = open_regular(&ctx.resolve(path));
        Ok(Self::File(file.map_err(|error| of_open(path, error))?))
    }

    /// Its length in bytes, 0 if nobody knows.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::File(file) => file.metadata().map_or(0, |it| it.len()),
            Self::Input => 0,
        }
    }

    fn read<'a>(&'a mut self, ctx: &'a mut Context) -> Box<dyn Read + 'a> {
        match self {
            Self::File(file) => Box::new(file),
            Self::Input => Box::new(ctx.input()),
        }
    }
}

/// What went wrong with the bundle at `path`.
pub(super) fn failure(path: &Path, error: BundleError) -> Failure {
    match error {
        BundleError::Open(error) => of_open(path, error),
        BundleError::Read(error) => of_read(path, error),
        BundleError::Write(error) => of_write(path, error),
        BundleError::Output(cause) => super::context::output_failure(&cause),
        BundleError::Path(_) => Failure::new(Exit::Usage, "bundle.path").with("path", path),
        BundleError::Sealed => Failure::new(Exit::Damaged, "bundle.sealed").with("path", path),
        BundleError::OtherNetwork { found, .. } => {
            Failure::new(Exit::Refused, "bundle.other_network")
                .with("path", path)
                .with("network", found.to_string())
        }
        BundleError::Format(error) => Failure::new(Exit::Damaged, "bundle.format")
            .with("path", path)
            .because(&error),
        BundleError::Store(error) => error.into(),
        BundleError::Random(error) => Failure::new(Exit::Failed, "vault.random").because(&error),
        BundleError::Stopped => Failure::new(Exit::Interrupted, "run.interrupted"),
    }
}

fn of_open(path: &Path, error: OpenError) -> Failure {
    use std::io::ErrorKind;
    let kind = match error {
        OpenError::Missing(_) => ErrorKind::NotFound,
        OpenError::Denied(_) => ErrorKind::PermissionDenied,
        OpenError::Folder(_) => ErrorKind::IsADirectory,
        OpenError::NotAFolder(_) => ErrorKind::NotADirectory,
        OpenError::Io { source, .. } => return Failure::reading(path, &source),
        OpenError::Link(_) => {
            return Failure::new(Exit::Failed, "bundle.link").with("path", path);
        }
        OpenError::NotAFile { .. } => {
            return Failure::new(Exit::Failed, "file.not_regular").with("path", path);
        }
        OpenError::Empty(_) => {
            return Failure::new(Exit::Damaged, "bundle.empty").with("path", path);
        }
        _ => return Failure::new(Exit::Usage, "bundle.path").with("path", path),
    };
    Failure::reading(path, &kind.into())
}

fn of_read(path: &Path, error: ReadError) -> Failure {
    let failure = match error {
        ReadError::Io { source, .. } => return Failure::reading(path, &source),
        ReadError::Empty => Failure::new(Exit::Damaged, "bundle.empty"),
        ReadError::Version(version) => {
            Failure::new(Exit::Damaged, "bundle.version").with("version", u64::from(version))
        }
        _ => Failure::new(Exit::Damaged, "bundle.none"),
    };
    failure.with("path", path)
}

fn of_write(path: &Path, error: WriteError) -> Failure {
    use std::io::ErrorKind;
    match error {
        WriteError::PartTooShort(_) => {
            Failure::new(Exit::Usage, "bundle.part_too_short").because(&error)
        }
        WriteError::Name(_) => Failure::new(Exit::Usage, "bundle.path").with("path", path),
        WriteError::Exists(_) => Failure::writing(path, &ErrorKind::AlreadyExists.into()),
        WriteError::Full { .. } => Failure::writing(path, &ErrorKind::StorageFull.into()),
        WriteError::Io { source, .. } => Failure::writing(path, &source),
        error => Failure::new(Exit::Failed, "bundle.not_written")
            .with("path", path)
            .because(&error),
    }
}

/// What is wrong with a place: the word for scripts, and the key of the text for people.
fn why(why: Why) -> (&'static str, &'static str) {
    match why {
        Why::Damaged(Damage::Header) => ("header", key("bundle-why-header")),
        Why::Damaged(Damage::Hash) => ("hash", key("bundle-why-hash")),
        Why::Damaged(Damage::Trailer) => ("trailer", key("bundle-why-trailer")),
        Why::Damaged(Damage::Missing) => ("missing", key("bundle-why-missing")),
        Why::Damaged(Damage::Cut) => ("cut", key("bundle-why-cut")),
        Why::Damaged(_) => ("framing", key("bundle-why-framing")),
        Why::Unreadable => ("unreadable", key("bundle-why-unreadable")),
        Why::FalseSignatures => ("signature", key("bundle-why-signature")),
        Why::Closing => ("closing", key("bundle-why-closing")),
    }
}

/// Damaged places for scripts.
pub(super) fn damaged(lost: &[Lost], files: &[PathBuf]) -> Vec<Json> {
    lost.iter()
        .map(|lost| {
            json!({
                "file": files.get(lost.file).map(|it| it.display().to_string()),
                "offset": lost.offset,
                "why": why(lost.why).0,
                "entries": lost.entries,
            })
        })
        .collect()
}

/// Damaged places for people, a line each.
pub(super) fn damaged_lines(ctx: &Context, lost: &[Lost], files: &[PathBuf]) -> String {
    let line = |lost: &Lost| {
        let file = files
            .get(lost.file)
            .map_or_else(|| Path::new("-"), PathBuf::as_path);
        let place = ctx.text(
            "bundle-damaged",
            &[
                ("path", file.into()),
                ("offset", lost.offset.to_string().into()),
                ("why", ctx.text(why(lost.why).1, &[]).into()),
                ("entries", lost.entries.into()),
            ],
        );
        format!("\n{place}")
    };
    let mut lines: String = lost.iter().take(MAX_SHOWN).map(line).collect();
    let more = lost.len().saturating_sub(MAX_SHOWN);
    if more > 0 {
        let rest = ctx.text("bundle-damaged-more", &[("count", more.into())]);
        lines.push_str(&format!("\n{rest}"));
    }
    lines
}
