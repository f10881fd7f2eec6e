//! `commune checkpoint verify` and `export`: for whoever has a genesis, and nothing else.

use std::path::{Path, PathBuf};

use commune_crdt::{
    checkpoint::{Known, MAX_CHAIN_LEN, RecordHash, Refusal, RefusalKind, verify},
    codec::to_u64,
    genesis::{Genesis, MAX_GENESIS_LEN},
    hash::to_hex,
    state::CarriedError,
    time::{Height, Seconds},
};
use serde_json::json;

use crate::{
    cli::{Access, Context, member, value},
    clock,
    device::{Device, read_genesis},
    failure::{Exit, Failure},
    finality::NewcomerError,
};

/// What to verify.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Verify {
    #[arg(value_name = "FILE|HEIGHT|latest")]
    what: String,
    #[arg(long, value_name = "GENESIS")]
    genesis: Option<PathBuf>,
    #[arg(long, value_name = "HEIGHT:HASH", value_parser = value::record)]
    at: Option<(Height, RecordHash)>,
}

/// Where to write.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Export {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "HEIGHT")]
    height: Option<u32>,
}

impl Verify {
    /// With a genesis it needs nothing else: not a data folder, and no place to write.
    pub(super) const fn needs_device(&self) -> bool {
        self.genesis.is_none()
    }

    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let height = match self.what.as_str() {
            "latest" => Some(None),
            text => text.parse().ok().map(Some),
        };
        // A file of that name is meant before a height is.
        let is_file = ctx.resolve(Path::new(&self.what)).is_file();
        match height.filter(|_| !is_file) {
            Some(height) => self.own(ctx, height.map(Height)),
            None => self.file(ctx),
        }
    }

    /// What this device holds itself, by the same way as a file.
    fn own(&self, ctx: &mut Context, height: Option<Height>) -> Result<(), Failure> {
        let device = ctx.device()?;
        let newest = device.with_finality(|it| Ok(it.tip().height))?;
        let text = chain(&device, height.unwrap_or(newest))?;
        let genesis = device.genesis().clone();
        self.judge(ctx, text.as_bytes(), &genesis, &Known::default())
    }

    fn file(&self, ctx: &mut Context) -> Result<(), Failure> {
        let bytes = ctx.read(Path::new(&self.what), MAX_CHAIN_LEN)?;
        let genesis = match &self.genesis {
            Some(path) => {
                let bytes = ctx.read(path, MAX_GENESIS_LEN)?;
                Genesis::decode(&bytes).map_err(|error| {
                    Failure::new(Exit::Damaged, "genesis.unreadable")
                        .with("path", path)
                        .because(&error)
                })?
            }
            None => read_genesis(ctx.data_dir()?)?,
        };
        // Without a genesis of its own the file is held against what this device knows.
        if self.genesis.is_none() {
            let device = ctx.device()?;
            let log = device.with_finality(|it| Ok(it.log().clone()))?;
            let told: Vec<_> = self.at.into_iter().chain(device.told_record()?).collect();
            let known = Known {
                log: Some(&log),
                records: &told,
            };
            return self.judge(ctx, &bytes, &genesis, &known);
        }
        let known = Known {
            log: None,
            records: self.at.as_slice(),
        };
        self.judge(ctx, &bytes, &genesis, &known)
    }

    #[expect(clippy::unused_self, reason = "a step of this command")]
    fn judge(
        &self,
        ctx: &mut Context,
        bytes: &[u8],
        genesis: &Genesis,
        known: &Known<'_>,
    ) -> Result<(), Failure> {
        let verified = verify(bytes, genesis, known).map_err(failure)?;
        let examined = &verified.examined;
        let signed: Vec<_> = examined
            .signed
            .iter()
            .filter_map(|it| verified.signers.name(it.signer))
            .collect();
        let last = examined
            .signed
            .iter()
            .map(|it| it.time.0)
            .max()
            .unwrap_or(0);
        let now = ctx
            .at_time
            .map_or_else(clock::unix_seconds, |it| it.unix_seconds);
        let age = now.saturating_sub(last);
        if examined.unknown > 0 {
            let unknown = to_u64(examined.unknown);
            let text = ctx.text("checkpoint-unknown-lines", &[("count", unknown.into())]);
            ctx.note(&text);
        }
        for name in &examined.false_lines {
            let text = ctx.text("checkpoint-false-line", &[("name", name.into())]);
            ctx.warn(&text);
        }
        let object = json!({
            "height": verified.height.0,
            "root": to_hex(&verified.root),
            "status": "final",
            "signed": signed,
            "signers": examined.of,
            "quorum": examined.quorum,
            "unknown": examined.unknown,
            "false_lines": examined.false_lines,
            "cosigned": member::time(Seconds(last)),
            "age_seconds": age,
            "handovers": verified.handovers.iter().map(|it| it.0).collect::<Vec<_>>(),
            "excludes_retired": verified.met.is_some(),
        });
        let mut text = ctx.text(
            "checkpoint-verified",
            &[
                ("height", u64::from(verified.height.0).into()),
                ("signed", to_u64(signed.len()).into()),
                ("of", to_u64(examined.of).into()),
                ("quorum", to_u64(examined.quorum).into()),
                ("names", signed.join(", ").into()),
                ("time", member::time(Seconds(last)).into()),
                ("days", (age / 86_400).into()),
            ],
        );
        if verified.met.is_none() {
            text.push('\n');
            text.push_str(&ctx.text("checkpoint-not-excluded", &[]));
        }
        ctx.emit(object, &text)
    }
}

fn failure(refusal: Refusal) -> Failure {
    let failure = match refusal.kind() {
        RefusalKind::Invalid => Failure::new(Exit::Damaged, "checkpoint.invalid"),
        RefusalKind::Unknown => Failure::new(Exit::NotFound, "checkpoint.unknown"),
        RefusalKind::Contradicted => Failure::new(Exit::Fork, "checkpoint.contradicted"),
    };
    failure.because(&refusal)
}

impl From<NewcomerError> for Failure {
    fn from(error: NewcomerError) -> Self {
        match error {
            NewcomerError::Store(error) => error.into(),
            NewcomerError::Carried(CarriedError::Checkpoint(refusal)) => failure(refusal),
            NewcomerError::NotFinal => Self::new(Exit::NotFound, "checkpoint.not_final"),
            NewcomerError::Carried(_) => {
                Self::new(Exit::Damaged, "checkpoint.other_state").because(&error)
            }
            NewcomerError::Export(_) => {
                Self::new(Exit::Failed, "checkpoint.journal").because(&error)
            }
        }
    }
}

impl Export {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let newest = device.with_finality(|it| Ok(it.tip().height))?;
        let height = self.height.map_or(newest, Height);
        let text = chain(&device, height)?;
        ctx.save(&self.file, text.as_bytes(), Access::Everyone)?;
        let object = json!({
            "file": crate::cli::shown(&self.file),
            "height": height.0,
            "bytes": text.len(),
        });
        let done = ctx.text(
            "checkpoint-exported",
            &[
                ("height", u64::from(height.0).into()),
                ("path", (&self.file).into()),
            ],
        );
        ctx.emit(object, &done)
    }
}

/// Proofs of each change of signers up to `height`, and of it.
fn chain(device: &Device, height: Height) -> Result<String, Failure> {
    let text = device.with_finality(|it| it.chain(device, height))?;
    let text = text.ok_or_else(|| {
        Failure::new(Exit::NotFound, "checkpoint.none")
            .with("height", u64::from(height.0))
            .with("newest", 0_u64)
    })?;
    text.map_err(|error| Failure::new(Exit::Failed, "checkpoint.journal").because(&error))
}
