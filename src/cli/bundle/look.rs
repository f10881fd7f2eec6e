//! `commune bundle inspect` and `verify`: what a file is, without taking it in.

use std::path::{Path, PathBuf};

use commune_crdt::hash::to_hex;
use serde_json::{Value as Json, json};

use super::{Source, damaged, damaged_lines, failure, keys};
use crate::{
    bundle::{Examined, examine},
    cli::{Context, Unit, value::Moment},
    failure::{Exit, Failure},
    messages::Value,
};

/// The file to look at.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Inspect {
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// The file to check.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Verify {
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Inspect {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let seen = look(ctx, &self.file, false)?;
        let files = [self.file.clone()];
        let mut object = described(&self.file, &seen);
        if let Json::Object(fields) = &mut object {
            fields.insert("damaged".into(), damaged(&seen.lost, &files).into());
        }
        let mut text = text(ctx, &self.file, &seen);
        text.push_str(&damaged_lines(ctx, &seen.lost, &files));
        ctx.emit(object, &text)?;
        complain(&seen)
    }
}

impl Verify {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let seen = look(ctx, &self.file, true)?;
        let files = [self.file.clone()];
        let signer = seen.closing.filter(|it| it.1).map(|it| it.0.to_string());
        let object = json!({
            "file": self.file.display().to_string(),
            "good": seen.is_good(),
            "entries": seen.entry_count(),
            "false_signatures": seen.false_signatures,
            "signed_by": signer,
            "damaged": damaged(&seen.lost, &files),
        });
        let mut text = ctx.text(
            "bundle-verified",
            &[
                ("path", (&self.file).into()),
                ("good", if seen.is_good() { "yes" } else { "no" }.into()),
                ("entries", seen.entry_count().into()),
                ("device", signer.as_deref().unwrap_or("none").into()),
            ],
        );
        text.push_str(&damaged_lines(ctx, &seen.lost, &files));
        ctx.emit(object, &text)?;
        complain(&seen)
    }
}

fn complain(seen: &Examined) -> Result<(), Failure> {
    if seen.is_good() {
        return Ok(());
    }
    let lost = seen.lost.iter().map(|it| it.entries);
    Err(Failure::new(Exit::Damaged, "bundle.bad")
        .with("places", seen.places)
        .with("entries", lost.fold(0, u64::saturating_add)))
}

fn look(ctx: &mut Context, path: &Path, verify: bool) -> Result<Examined, Failure> {
    let mut source = Source::open(ctx, path)?;
    let (keys, network) = keys(ctx);
    let label = ctx.text("bundle-look-progress", &[]);
    let progress = ctx.progress(&label, source.len(), Unit::Bytes);
    let guard = ctx.caller.interrupt.guard();
    let interrupt = ctx.caller.interrupt.clone();
    let mut step = |done| {
        progress.add(done);
        !interrupt.requested()
    };
    let result = examine(source.read(ctx), keys, network, verify, &mut step);
    drop(guard);
    result.map_err(|error| failure(path, error))
}

/// What priorities are about, in their order.
const CLASSES: [&str; 7] = [
    "proofs", "members", "votes", "accounts", "texts", "payloads", "carried",
];

fn described(path: &Path, seen: &Examined) -> Json {
    let description = seen.description.as_ref();
    let entries: serde_json::Map<String, Json> = CLASSES
        .iter()
        .zip(seen.entries)
        .filter(|(name, _)| **name != "payloads")
        .map(|(name, count)| ((*name).to_owned(), count.into()))
        .collect();
    json!({
        "file": path.display().to_string(),
        "sealed": seen.generation.is_some(),
        "network": description.map(|it| it.network.to_string()),
        "device": description.map(|it| it.device.to_string()),
        "since": description.map(|it| it.since.0),
        "claimed_time": description.map(|it| {
            Moment { unix_seconds: it.claimed.unix_seconds() }.to_string()
        }),
        "for_ticket": description.and_then(|it| it.target).map(|it| to_hex(&it)),
        "part": seen.header.map(|it| it.part.saturating_add(1)),
        "last_part": seen.is_last,
        "entries": seen.entry_count(),
        "entries_of_all_parts": description.map(|it| it.contents.entry_count()),
        "by_priority": entries,
        "blobs": seen.blobs,
        "bytes": seen.bytes,
        "ticket_of_writer": seen.ticket.is_some(),
    })
}

fn text(ctx: &Context, path: &Path, seen: &Examined) -> String {
    let unknown = ctx.text("bundle-unknown", &[]);
    let description = seen.description.as_ref();
    let or_unknown = |text: Option<String>| Value::from(text.unwrap_or_else(|| unknown.clone()));
    let target = description.map(|it| match it.target {
        Some(hash) => ctx.text("bundle-for-ticket", &[("ticket", to_hex(&hash).into())]),
        None => ctx.text("bundle-for-all", &[]),
    });
    let claimed = description.map(|it| {
        let unix_seconds = it.claimed.unix_seconds();
        Moment { unix_seconds }.to_string()
    });
    let sealed = if seen.generation.is_some() {
        "yes"
    } else {
        "no"
    };
    let mut text = ctx.text(
        "bundle-inspected",
        &[
            ("path", path.into()),
            ("sealed", sealed.into()),
            (
                "network",
                or_unknown(description.map(|it| it.network.to_string())),
            ),
            (
                "device",
                or_unknown(description.map(|it| it.device.to_string())),
            ),
            ("claimed", or_unknown(claimed)),
            ("target", or_unknown(target)),
            (
                "part",
                seen.header
                    .map_or(1, |it| u64::from(it.part).saturating_add(1))
                    .into(),
            ),
            ("last", if seen.is_last { "yes" } else { "no" }.into()),
            ("entries", seen.entry_count().into()),
            ("blobs", seen.blobs.into()),
            ("bytes", seen.bytes.into()),
        ],
    );
    for (name, count) in CLASSES.iter().zip(seen.entries).filter(|it| it.1 > 0) {
        let line = ctx.text(
            "bundle-class",
            &[("class", (*name).into()), ("entries", count.into())],
        );
        text.push_str(&format!("\n{line}"));
    }
    text
}
