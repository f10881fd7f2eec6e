//! `commune checkpoint list`, `show`, `quorum` and `forks`.

use std::{collections::BTreeSet, path::Path};

use commune_crdt::{
    checkpoint::{policy, prove},
    codec::to_u64,
    hash::to_hex,
    payload::VoteStep,
    time::Height,
};
use serde_json::json;

use super::seen;
use crate::{
    cli::{Access, Context, member},
    failure::{Exit, Failure},
    finality::Waiting,
};

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct List {}

/// One checkpoint.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Show {
    #[arg(value_name = "HEIGHT")]
    height: Option<u32>,
    #[arg(long, value_name = "HEIGHT")]
    proof: Option<u32>,
    #[arg(long, conflicts_with = "proof")]
    record: bool,
}

/// The next one.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Quorum {
    #[arg(long)]
    policy: bool,
}

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Forks {}

impl List {
    #[expect(clippy::unused_self, reason = "every command runs alike")]
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let (mut objects, mut rows) = (Vec::new(), Vec::new());
        device.with_finality(|finality| {
            for height in 1..=finality.tip().height.0 {
                let height = Height(height);
                let record = finality.record(&device, height)?;
                let (Some(record), Some(seen)) = (record, seen(&device, finality, height)?) else {
                    continue;
                };
                let signed = seen.examined.signed.len();
                objects.push(json!({
                    "height": height.0,
                    "time": member::time(record.time),
                    "members": record.members,
                    "mass": record.mass.to_string(),
                    "signed": signed,
                    "signers": seen.examined.of,
                    "quorum": seen.examined.quorum,
                    "status": standing(seen.examined.is_final()),
                }));
                rows.push((height, record, signed, seen.examined));
            }
            Ok(())
        })?;
        let mut lines = Vec::new();
        for (height, record, signed, examined) in rows {
            let key = if examined.is_final() {
                "checkpoint-row-final"
            } else {
                "checkpoint-row-pending"
            };
            lines.push(ctx.text(
                key,
                &[
                    ("height", u64::from(height.0).into()),
                    ("day", member::time(record.time).into()),
                    ("members", record.members.into()),
                    ("signed", to_u64(signed).into()),
                    ("of", to_u64(examined.of).into()),
                ],
            ));
        }
        if lines.is_empty() {
            lines.push(ctx.text("checkpoint-none", &[]));
        }
        ctx.emit(json!({ "checkpoints": objects }), &lines.join("\n"))
    }
}

/// The field's word for how settled something is.
pub(super) fn standing(is_final: bool) -> &'static str {
    if is_final { "final" } else { "pending" }
}

impl Show {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let newest = device.with_finality(|it| Ok(it.tip().height))?;
        let height = self.height.map_or(newest, Height);
        let found = device.with_finality(|finality| {
            let record = finality.record(&device, height)?;
            Ok((seen(&device, finality, height)?, record))
        })?;
        let (Some(seen), Some(record)) = found else {
            return Err(none(height, newest));
        };
        if self.record {
            let hash = to_hex(record.hash().as_bytes());
            let object = json!({"height": height.0, "hash": hash});
            return ctx.emit(object, &format!("{height}:{hash}"));
        }
        if let Some(of) = self.proof.map(Height) {
            let proven = device.with_finality(|finality| {
                let record = finality.record(&device, of)?;
                Ok(record.and_then(|it| prove(finality.log(), &it, &seen.note).ok()))
            })?;
            let text = proven.ok_or_else(|| none(of, height))?.text();
            let object = json!({"height": height.0, "record": of.0, "proof": text});
            return ctx.emit(object, &text);
        }
        let signed: BTreeSet<usize> = seen.examined.signed.iter().map(|it| it.signer).collect();
        let signers = seen.set.signers().iter().enumerate();
        let signers: Vec<_> = signers
            .map(|(index, it)| {
                json!({
                    "name": seen.set.name(index),
                    "key": it.cosignature.to_string(),
                    "signed": signed.contains(&index),
                })
            })
            .collect();
        let text = seen.note.text();
        let object = json!({
            "height": height.0,
            "size": height.0,
            "root": to_hex(seen.note.root()),
            "time": member::time(record.time),
            "quorum": seen.examined.quorum,
            "signers": signers,
            "status": standing(seen.examined.is_final()),
            "note": text,
        });
        ctx.emit(object, &text)
    }
}

fn none(height: Height, newest: Height) -> Failure {
    Failure::new(Exit::NotFound, "checkpoint.none")
        .with("height", u64::from(height.0))
        .with("newest", u64::from(newest.0))
}

impl Quorum {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let set = device.with_finality(|it| Ok(it.tip().office.set().clone()))?;
        if self.policy {
            let text = policy(&set);
            let text = text.ok_or(Failure::new(Exit::Refused, "checkpoint.no_signers"))?;
            ctx.save(Path::new("-"), text.as_bytes(), Access::Everyone)?;
            return Ok(());
        }
        let (height, quorum, said, tally, round, waiting) = device.with_finality(|it| {
            let pool = it.pool();
            let round = pool.votes().map(|(_, it)| it.round).max();
            let waiting = it.waiting().cloned();
            let count = set.signers().len();
            let mut said = vec![[false; 4]; count];
            let mut mark = |by: u8, what: usize| {
                let slot = said
                    .get_mut(usize::from(by))
                    .and_then(|it| it.get_mut(what));
                slot.map(|it| *it = true)
            };
            for (by, _) in pool.stamps() {
                mark(by, 0);
            }
            for (by, vote) in pool.votes() {
                mark(by, if vote.step == VoteStep::Prevote { 1 } else { 2 });
            }
            for by in pool.double() {
                mark(by, 3);
            }
            let quorum = it.tip().quorum();
            Ok((pool.height(), quorum, said, pool.tally(), round, waiting))
        })?;
        let mut lines = Vec::new();
        let mut signers = Vec::new();
        for ((index, signer), said) in set.signers().iter().enumerate().zip(said) {
            let words = [
                "checkpoint-word-stamp",
                "checkpoint-word-prevote",
                "checkpoint-word-precommit",
                "checkpoint-word-double",
            ];
            let heard = words.into_iter().zip(said).filter(|(_, is)| *is);
            let heard: Vec<_> = heard.map(|(key, _)| ctx.text(key, &[])).collect();
            lines.push(format!("{}: {}", signer.label, heard.join(", ")));
            let [stamped, prevoted, precommitted, double] = said;
            signers.push(json!({
                "name": set.name(index),
                "member": signer.member.to_string(),
                "key": signer.cosignature.to_string(),
                "stamped": stamped,
                "prevoted": prevoted,
                "precommitted": precommitted,
                "double": double,
            }));
        }
        let head = ctx.text(
            "checkpoint-quorum",
            &[
                ("height", u64::from(height.0).into()),
                ("quorum", to_u64(quorum).into()),
                ("of", to_u64(set.signers().len()).into()),
            ],
        );
        for it in &tally {
            let args = [
                ("record", to_hex(&it.record.0).into()),
                ("round", u64::from(it.round).into()),
                ("votes", to_u64(it.votes).into()),
            ];
            lines.push(ctx.text("checkpoint-tally", &args));
        }
        lines.extend(waiting.as_ref().map(|it| wanting(ctx, it)));
        let trust = ctx.trust(&device)?;
        let wanted = device.with_finality(|it| {
            let wanted = it.tip().office.wanted();
            Ok(wanted
                .map(|(by, all)| (*by, all.clone()))
                .collect::<Vec<_>>())
        })?;
        for (by, all) in &wanted {
            let mut names: Vec<_> = all.iter().map(|it| trust.name_of(it)).collect();
            names.sort_unstable();
            let args = [
                ("name", trust.name_of(by).into()),
                ("names", names.join(", ").into()),
            ];
            lines.push(ctx.text("checkpoint-wanted", &args));
        }
        let wanted = wanted.iter().map(|(by, all)| {
            let members: Vec<_> = all.iter().map(ToString::to_string).collect();
            json!({"signer": by.to_string(), "members": members})
        });
        let records = tally.iter().map(
            |it| json!({"record": to_hex(&it.record.0), "round": it.round, "precommits": it.votes}),
        );
        let object = json!({
            "height": height.0,
            "quorum": quorum,
            "signers": signers,
            "round": round,
            "records": records.collect::<Vec<_>>(),
            "wanted": wanted.collect::<Vec<_>>(),
            "waiting": waiting.as_ref().map(|it| match it {
                Waiting::Record(_) => "record",
                Waiting::Moves(_) => "moves",
                Waiting::Fault(_) => "entries",
                Waiting::Contradicted(_) => "contradicted",
            }),
        });
        ctx.emit(object, &format!("{head}\n{}", lines.join("\n")))
    }
}

/// Why a record that is decided is not taken yet.
fn wanting(ctx: &Context, waiting: &Waiting) -> String {
    match waiting {
        Waiting::Record(record) => {
            let record = to_hex(&record.0).into();
            ctx.text("checkpoint-waits-record", &[("record", record)])
        }
        Waiting::Moves(_) => ctx.text("checkpoint-waits-moves", &[]),
        Waiting::Contradicted(record) => {
            let record = to_hex(&record.0).into();
            ctx.text("checkpoint-waits-contradicted", &[("record", record)])
        }
        Waiting::Fault(fault) => {
            let why = fault.to_string().into();
            ctx.text("checkpoint-waits-entries", &[("why", why)])
        }
    }
}

impl Forks {
    #[expect(clippy::unused_self, reason = "every command runs alike")]
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let known: Vec<_> = {
            let history = device.history()?;
            let forks = history
                .forks()
                .map(|(log, fork)| (*log, fork.point, fork.proof));
            forks.collect()
        };
        let (mut objects, mut lines) = (Vec::new(), Vec::new());
        device.with_finality(|finality| {
            for (log, point, proof) in &known {
                let is_judged = finality.tip().state.is_refused(&log.author);
                objects.push(json!({
                    "device": log.author.to_string(),
                    "stream": log.stream.name(),
                    "seq": point,
                    "entries": proof.map(|it| it.to_string()),
                    "status": standing(is_judged),
                }));
            }
            Ok(())
        })?;
        for (log, point, _) in &known {
            let args = [
                ("device", log.author.to_string().into()),
                ("place", u64::from(*point).into()),
            ];
            lines.push(ctx.text("quarantine-fork", &args));
        }
        if lines.is_empty() {
            lines.push(ctx.text("checkpoint-no-forks", &[]));
        }
        ctx.emit(json!({ "forks": objects }), &lines.join("\n"))
    }
}
