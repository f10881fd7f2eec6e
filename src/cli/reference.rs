//! `commune reference`: the open ceremony that makes the reference strings of ballots and shares.

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::{Subcommand, ValueEnum};
use commune_cipher::{
    Use,
    reference::{MAX_FILE_LEN, ReferenceError, Transcript, Verified},
};
use commune_crdt::hash::to_hex;
use serde_json::json;

use super::{Access, Context, Unit, shown, vote};
use crate::{
    failure::{Exit, Failure},
    vault::{VaultError, random},
    votes,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Start(Start),
    Contribute(Contribute),
    Check(Check),
    Keep(Keep),
}

/// What a reference is for, as people type it.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum UseName {
    Ballots16,
    Ballots256,
    Shares,
}

/// The first file of a ceremony.
#[derive(Debug, clap::Args)]
pub(super) struct Start {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(id = "use", long = "use", value_enum, value_name = "USE")]
    use_: UseName,
    #[arg(long, value_name = "TEXT")]
    label: String,
}

/// The file so far, and the next one.
#[derive(Debug, clap::Args)]
pub(super) struct Contribute {
    #[arg(value_name = "IN")]
    from: PathBuf,
    #[arg(value_name = "OUT")]
    to: PathBuf,
    #[arg(long, value_name = "NAME")]
    name: String,
}

/// The file to check.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// The file to keep.
#[derive(Debug, clap::Args)]
pub(super) struct Keep {
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Command {
    /// Whether it works on what the device holds.
    pub(super) const fn needs_device(&self) -> bool {
        matches!(self, Self::Keep(_))
    }

    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Start(args) => args.run(ctx),
            Self::Contribute(args) => args.run(ctx),
            Self::Check(args) => args.run(ctx),
            Self::Keep(args) => args.run(ctx),
        }
    }
}

impl Start {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let use_ = match self.use_ {
            UseName::Ballots16 => Use::Ballots16,
            UseName::Ballots256 => Use::Ballots256,
            UseName::Shares => Use::Shares,
        };
        let file =
            Transcript::start(use_, &self.label).map_err(|error| failure(&self.file, &error))?;
        ctx.save(&self.file, &file.encode(), Access::Everyone)?;
        finish(ctx, &self.file, &file, "reference-started")
    }
}

impl Contribute {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        // Before anybody waits in vain.
        if self.to != Path::new("-") && ctx.resolve(&self.to).exists() {
            let exists = io::ErrorKind::AlreadyExists.into();
            return Err(Failure::writing(&self.to, &exists));
        }
        let before = checked(ctx, &self.from)?;
        let chance = random::secret::<64>().map_err(VaultError::from)?;
        let label = ctx.text("reference-contributing", &[]);
        let bar = ctx.progress(&label, before.transcript().steps(), Unit::Count);
        let after = before
            .contribute(&chance, &self.name, &|more| bar.add(more))
            .map_err(|error| failure(&self.from, &error))?;
        drop(bar);
        ctx.check_interrupt()?;
        let file = after.transcript();
        ctx.save(&self.to, &file.encode(), Access::Everyone)?;
        finish(ctx, &self.to, file, "reference-contributed")
    }
}

impl Check {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let file = checked(ctx, &self.file)?;
        let file = file.transcript();
        if file.contributions().is_empty() {
            return Err(failure(&self.file, &ReferenceError::NoContribution));
        }
        finish(ctx, &self.file, file, "reference-checked")
    }
}

impl Keep {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let file = checked(ctx, &self.file)?;
        let device = ctx.device()?;
        votes::keep(&device, &file).map_err(vote::failure)?;
        finish(ctx, &self.file, file.transcript(), "reference-kept")
    }
}

/// Reads a file of a ceremony and checks all of it.
fn checked(ctx: &mut Context, path: &Path) -> Result<Verified, Failure> {
    let bytes = ctx.read(path, MAX_FILE_LEN)?;
    let read = Transcript::decode(&bytes).map_err(|error| {
        Failure::new(Exit::Damaged, "reference.invalid")
            .with("path", path)
            .because(&error)
    })?;
    let label = ctx.text("reference-checking", &[]);
    let bar = ctx.progress(&label, read.steps(), Unit::Count);
    let checked = read.verify(&|more| bar.add(more));
    drop(bar);
    ctx.check_interrupt()?;
    checked.map_err(|error| failure(path, &error))
}

fn failure(path: &Path, error: &ReferenceError) -> Failure {
    match error {
        ReferenceError::Text { what, limit } => Failure::new(Exit::Usage, "reference.text")
            .with("what", *what)
            .with("limit", *limit),
        ReferenceError::TooMany(_) => {
            Failure::new(Exit::Refused, "reference.full").with("path", path)
        }
        ReferenceError::NoContribution => {
            Failure::new(Exit::Refused, "reference.none").with("path", path)
        }
        error => Failure::new(Exit::Damaged, "reference.false")
            .with("path", path)
            .because(error),
    }
}

/// Says what a file is, and what comes next.
fn finish(ctx: &mut Context, path: &Path, file: &Transcript, next: &str) -> Result<(), Failure> {
    let names: Vec<&str> = file.contributions().iter().map(|it| it.name()).collect();
    let (use_, id) = (name_of(file.use_()), to_hex(&file.id()));
    let contributors = match names.as_slice() {
        [] => ctx.text("reference-nobody", &[]),
        names => names.join(", "),
    };
    let mut text = ctx.text(
        "reference-described",
        &[
            ("use", use_.into()),
            ("label", file.label().into()),
            ("contributors", contributors.into()),
            ("id", (&id).into()),
        ],
    );
    text.push('\n');
    text.push_str(&ctx.text(next, &[("file", path.into()), ("id", (&id).into())]));
    let object = json!({
        "file": shown(path),
        "use": use_,
        "label": file.label(),
        "contributors": names,
        "id": id,
        "for_tests": file.is_for_tests(),
    });
    if file.is_for_tests() {
        let warning = ctx.text("reference-for-tests", &[]);
        ctx.warn(&warning);
    }
    ctx.emit(object, &text)
}

const fn name_of(use_: Use) -> &'static str {
    match use_ {
        Use::Ballots16 => "ballots16",
        Use::Ballots256 => "ballots256",
        Use::Shares => "shares",
    }
}
