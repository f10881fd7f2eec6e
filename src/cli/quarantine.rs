//! `commune quarantine`: what has no place, and why. A view: nothing is kept or lost by it.

use clap::Subcommand;
use commune_crdt::payload::MemberFact;
use serde_json::json;

use super::{Context, member, rule};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    List(List),
}

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(super) struct List {}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::List(_) => list(ctx),
        }
    }
}

fn list(ctx: &mut Context) -> Result<(), Failure> {
    let device = ctx.device()?;
    let history = device.history()?;
    let (mut objects, mut lines) = (Vec::new(), Vec::new());
    for waiting in history.pending() {
        let entry = waiting.entry.entry();
        let (id, author) = (
            waiting.entry.id().to_string(),
            waiting.entry.author().to_string(),
        );
        let kind = MemberFact::kind_name(entry.kind);
        let reason = waiting.reason.to_string();
        lines.push(format!(
            "{} {} {:>4} {kind}: {reason}",
            id.chars().take(12).collect::<String>(),
            author.chars().take(8).collect::<String>(),
            entry.seq,
        ));
        objects.push(json!({
            "id": id, "device": author, "seq": entry.seq, "kind": kind, "reason": reason,
        }));
    }
    let mut forks = Vec::new();
    for (log, fork) in history.forks() {
        let device = log.author.to_string();
        lines.push(ctx.text(
            "quarantine-fork",
            &[
                ("device", device.clone().into()),
                ("place", u64::from(fork.point).into()),
            ],
        ));
        forks.push(json!({
            "device": device,
            "stream": log.stream.name(),
            "seq": fork.point,
            "entries": fork.proof.map(|it| it.to_string()),
        }));
    }
    drop(history);
    let trust = ctx.trust(&device)?;
    let mut refused = Vec::new();
    let settled = device.with_finality(|it| it.refused(&device))?;
    let pending = trust.outcome.refused.iter().map(|it| (it, false));
    for ((id, refusal), is_final) in settled.iter().map(|it| (it, true)).chain(pending) {
        let why = ctx.text(rule::key(*refusal), &[]);
        let hint = ctx.text(rule::hint(*refusal), &[]);
        let id = id.to_string();
        let shown = if is_final {
            "quarantine-refused-final"
        } else {
            "quarantine-refused"
        };
        lines.push(ctx.text(
            shown,
            &[
                ("id", id.chars().take(12).collect::<String>().into()),
                ("why", (&why).into()),
                ("hint", (&hint).into()),
            ],
        ));
        refused.push(json!({
            "id": id, "rule": refusal.code(), "message": why, "hint": hint,
            "status": member::standing(is_final),
        }));
    }
    if lines.is_empty() {
        lines.push(ctx.text("quarantine-empty", &[]));
    }
    ctx.emit(
        json!({ "entries": objects, "forks": forks, "refused": refused }),
        &lines.join("\n"),
    )
}
