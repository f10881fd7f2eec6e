//! `commune audit --bundle`: what a bundle says, checked by nothing but a genesis.
//!
//! The bundle goes through the same gate as on any device, into a folder of its own that is removed
//! afterwards. Its store is sealed under a key that only this process ever had.

use std::{
    env, fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use commune_crdt::{
    codec::to_u64,
    genesis::{Genesis, MAX_GENESIS_LEN},
    hash::to_hex,
    history::{Reason, Waits},
    state::Fault,
};
use serde_json::json;

use super::{Said, differs, said};
use crate::{
    bundle::{BundleKey, DeviceSink, GENERATION, Import, Report},
    cli::{
        Context,
        bundle::{Source, damaged, damaged_lines, import},
    },
    device::Device,
    failure::{Exit, Failure},
    finality::Waiting,
    money::Past,
    vault::{Vault, VaultError, random},
};

/// What is missing for more.
#[derive(Default)]
struct Missing {
    /// Entries that wait for others.
    entries: u64,
    /// Parts of the bundle.
    parts: u64,
    /// Why a checkpoint that a quorum decided cannot be checked.
    record: Option<String>,
}

/// What a bundle holds, on a device of its own.
pub(in crate::cli) struct Read {
    device: Device,
    report: Report,
    // Dropped last: the device works in it.
    _folder: Folder,
}

impl Read {
    /// The device that holds what the bundle does, and nothing else.
    pub(in crate::cli) const fn device(&self) -> &Device {
        &self.device
    }
}

/// Takes a bundle into a folder of its own, with nothing but a genesis.
pub(in crate::cli) fn read_bundle(
    ctx: &mut Context,
    files: &[PathBuf],
    genesis: &Path,
) -> Result<Read, Failure> {
    let bytes = ctx.read(genesis, MAX_GENESIS_LEN)?;
    let genesis = Genesis::decode(&bytes).map_err(|error| {
        Failure::new(Exit::Damaged, "genesis.unreadable")
            .with("path", genesis)
            .because(&error)
    })?;
    ctx.check_clock(genesis.body().test_network)?;
    let mut total = 0_u64;
    for path in files {
        total = total.saturating_add(Source::open(ctx, path)?.len());
    }
    let folder = Folder::new()?;
    let vault = Vault::generate(
        "audit",
        &random::secret().map_err(VaultError::from)?,
        ctx.claimed_now(),
    )?;
    let device = Device::reading(&folder.0, vault, &genesis)?;
    let secret = genesis.secret();
    let keys = secret.map_or_else(Vec::new, |it| BundleKey::accepted(it, GENERATION));
    let import = import::Args {
        file: files.to_vec(),
        dry_run: false,
    };
    let taken = Import::new(DeviceSink::new(&device), keys)?;
    let (report, failure) = import.take(ctx, taken, total)?;
    match failure {
        Some(failure) if failure.code() == "bundle.sealed" => {
            Err(Failure::new(Exit::Damaged, "audit.sealed"))
        }
        Some(failure) => Err(failure),
        None => Ok(Read {
            device,
            report,
            _folder: folder,
        }),
    }
}

pub(super) fn audit(ctx: &mut Context, files: &[PathBuf], genesis: &Path) -> Result<(), Failure> {
    let read = read_bundle(ctx, files, genesis)?;
    judge(ctx, &read.device, &read.report, files)
}

/// Says what follows from what was taken in, and what is wrong or missing.
fn judge(
    ctx: &mut Context,
    device: &Device,
    report: &Report,
    files: &[PathBuf],
) -> Result<(), Failure> {
    let waiting = device.with_finality(|it| Ok(it.waiting().cloned()))?;
    let past = Past::of(device, false)?;
    let mut said = said(ctx, &past);
    let mut missing = Missing {
        parts: to_u64(report.missing_parts().len()),
        entries: waiting_entries(device)?,
        record: None,
    };
    let next = past.tip.height.0.saturating_add(1);
    match waiting {
        // Nobody told this folder of a record.
        None | Some(Waiting::Contradicted(_)) => {}
        Some(Waiting::Fault(fault)) if !is_gap(&fault) => {
            note_fault(ctx, &mut said, next, &fault);
        }
        Some(Waiting::Fault(fault)) => missing.record = Some(fault.to_string()),
        Some(Waiting::Record(hash) | Waiting::Moves(hash)) => {
            missing.record = Some(format!("record {}", to_hex(hash.as_bytes())));
        }
    }
    let checked = [("signatures", report.counts.imported.into())];
    said.lines.push(ctx.text("audit-checked", &checked));
    let places = damaged_lines(ctx, &report.lost, files);
    if let Some(fields) = said.object.as_object_mut() {
        fields.insert(
            "bundle".to_owned(),
            json!({
                "signatures": report.counts.imported,
                "refused": report.counts.refused,
                "damaged": damaged(&report.lost, files),
                "waiting": missing.entries,
                "missing_parts": missing.parts,
                "missing_record": missing.record,
            }),
        );
    }
    ctx.emit(said.object, &format!("{}{places}", said.lines.join("\n")))?;
    if !report.is_intact() {
        return Err(Failure::new(Exit::Damaged, "audit.damaged")
            .with("places", report.places)
            .with("entries", report.lost_entries));
    }
    differs(said.faults)?;
    match missing {
        Missing {
            record: Some(why), ..
        } => Err(incomplete(next).because_words(why)),
        Missing {
            entries: 0,
            parts: 0,
            ..
        } => Ok(()),
        Missing { entries, parts, .. } => {
            let args = [("entries", entries.into()), ("parts", parts.into())];
            Err(incomplete(next).because_words(ctx.text("audit-missing", &args)))
        }
    }
}

fn note_fault(ctx: &Context, said: &mut Said, height: u32, fault: &Fault) {
    let fault = fault.to_string();
    said.faults = said.faults.saturating_add(1);
    if let Some(faults) = said
        .object
        .get_mut("faults")
        .and_then(|it| it.as_array_mut())
    {
        faults.push(json!({"height": height, "fault": fault}));
    }
    let args = [
        ("height", u64::from(height).into()),
        ("fault", (&fault).into()),
    ];
    said.lines.insert(0, ctx.text("audit-fault", &args));
}

fn incomplete(next: u32) -> Failure {
    Failure::new(Exit::NotFound, "audit.incomplete").with("height", u64::from(next))
}

/// Whether only something that others have is missing.
fn is_gap(fault: &Fault) -> bool {
    matches!(fault, Fault::Missing { .. } | Fault::Branch { .. })
}

/// Entries that wait for something that the bundle does not hold. Who waits for sponsors lacks
/// nothing that was written.
fn waiting_entries(device: &Device) -> Result<u64, Failure> {
    let history = device.history()?;
    let gaps = history.pending().filter(|it| {
        matches!(
            it.reason,
            Reason::Waits(Waits::Predecessor { .. } | Waits::Author | Waits::Checkpoint { .. })
        )
    });
    Ok(to_u64(gaps.count()))
}

/// A folder for one audit, gone when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let name = random::unique::<8>().map_err(VaultError::from)?;
        let path = env::temp_dir().join(format!("commune-audit-{}", to_hex(&name)));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|cause| Failure::writing(&path, &cause))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left if the system refuses is sealed, and nobody has the key.
        let _ = fs::remove_dir_all(&self.0);
    }
}
