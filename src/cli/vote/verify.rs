//! `commune vote verify`: everything that a result rests on, again; on a device, or from a bundle alone.

use std::path::PathBuf;

use commune_crdt::codec::to_u64;
use serde_json::json;

use super::{
    Shown, failure,
    look::{counted_lines, counted_object, missing},
};
use crate::{
    cli::{Context, audit, member},
    device::Device,
    failure::{Exit, Failure},
    votes::{self, Checks, Extent, Known, Missing, Report},
};

/// Which vote, and from what.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Verify {
    #[arg(value_name = "VOTE")]
    vote: String,
    #[arg(long)]
    all: bool,
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "genesis")]
    bundle: Vec<PathBuf>,
    #[arg(long, value_name = "GENESIS", requires = "bundle")]
    genesis: Option<PathBuf>,
}

impl Verify {
    /// Of a bundle it needs neither a data folder nor a node.
    pub(super) const fn needs_device(&self) -> bool {
        self.genesis.is_none()
    }

    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match &self.genesis {
            Some(genesis) => {
                let read = audit::read_bundle(ctx, &self.bundle, genesis)?;
                self.verify(ctx, read.device(), true)
            }
            None => {
                let device = ctx.device()?;
                if self.all {
                    let known = votes::one(&device, &self.vote).map_err(failure)?;
                    votes::hold_all(&device, &known).map_err(failure)?;
                }
                self.verify(ctx, &device, self.all)
            }
        }
    }

    fn verify(&self, ctx: &mut Context, device: &Device, all: bool) -> Result<(), Failure> {
        let known = votes::one(device, &self.vote).map_err(failure)?;
        let extent = match all {
            true => Extent::All,
            false => Extent::Own,
        };
        let bars = ["vote-progress-ballots", "vote-progress-shares"];
        let [ballots, shares] = bars.map(|it| Shown::new(ctx, it));
        let reports: [Report<'_>; 2] = [
            &|done, total| ballots.report(done, total),
            &|done, total| shares.report(done, total),
        ];
        let checks = votes::verify(device, &known, extent, reports).map_err(failure)?;
        drop((ballots, shares));
        let mut lines = said(ctx, device, &known, &checks)?;
        let counted = checks.counted_result.as_ref().ok();
        if let Some(counted) = counted {
            lines.extend(counted_lines(ctx, &known, counted));
        }
        let object = json!({
            "vote": known.vote.id.to_string(),
            "records": checks.records,
            "record_faults": checks.record_faults,
            "pieces": checks.pieces,
            "seats": checks.seats,
            "counted": checks.counted,
            "verified": checks.verified,
            "verified_now": checks.fresh,
            "false_ballots": checks.false_ballots.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "missing_ballots": checks.lacking.len(),
            "other_locks": checks.other_locks.len(),
            "contested": known.vote.contested.len(),
            "result": counted.map(|it| counted_object(&known, it)),
            "holds": checks.holds(),
        });
        ctx.emit(object, &lines.join("\n"))?;
        if !checks.holds() || !known.vote.contested.is_empty() {
            return Err(Failure::new(Exit::Damaged, "vote.false"));
        }
        match &checks.counted_result {
            Ok(_) => Ok(()),
            // Nothing is wrong, there is only no result yet.
            Err(Missing::Close) => Ok(()),
            Err(it) => Err(missing(ctx, it)),
        }
    }
}

/// What was checked, in lines.
fn said(
    ctx: &Context,
    device: &Device,
    known: &Known,
    checks: &Checks,
) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    let mark = |good: bool| if good { "✔" } else { "✘" };
    let records = match checks.records {
        Some(records) => ctx.text(
            "vote-checked-records",
            &[
                ("records", records.into()),
                ("faults", checks.record_faults.into()),
            ],
        ),
        None => ctx.text("vote-checked-state", &[]),
    };
    lines.push(format!("{} {records}", mark(checks.record_faults == 0)));
    let args = [
        ("pieces", to_u64(checks.pieces).into()),
        ("seats", to_u64(checks.seats).into()),
    ];
    let key = ctx.text("vote-checked-key", &args);
    lines.push(format!("{} {key}", mark(known.vote.key.is_some())));
    let args = [
        ("counted", checks.counted.into()),
        ("verified", checks.verified.into()),
        ("now", checks.fresh.into()),
        ("false", to_u64(checks.false_ballots.len()).into()),
        ("missing", to_u64(checks.lacking.len()).into()),
    ];
    let ballots = ctx.text("vote-checked-ballots", &args);
    lines.push(format!(
        "{} {ballots}",
        mark(checks.false_ballots.is_empty())
    ));
    if let Err(Missing::Sum(ward)) = &checks.counted_result {
        let args = [("ward", u64::from(*ward).into())];
        lines.push(format!("✘ {}", ctx.text("vote-checked-false-sum", &args)));
    }
    if let Ok(counted) = &checks.counted_result {
        for (sums, text) in [
            (counted.added, "vote-checked-locks"),
            (counted.taken, "vote-checked-taken"),
        ] {
            let args = [("count", u64::from(sums).into())];
            if sums > 0 {
                lines.push(format!("✔ {}", ctx.text(text, &args)));
            }
        }
        let args = [("count", to_u64(counted.shares).into())];
        lines.push(format!("✔ {}", ctx.text("vote-checked-shares", &args)));
    }
    let trust = ctx.trust(device)?;
    let name = |person: u32| {
        let person = trust.membership.person(person);
        person.map(|it| trust.name(it)).unwrap_or_default()
    };
    for (person, ward) in &checks.other_locks {
        let args = [
            ("name", name(*person).into()),
            ("ward", u64::from(*ward).into()),
        ];
        lines.push(format!("✘ {}", ctx.text("vote-checked-other-lock", &args)));
    }
    for (ballot, trustees) in &known.vote.contested {
        let names: Vec<_> = trustees.iter().map(|it| name(*it)).collect();
        let args = [
            ("ballot", ballot.to_string().into()),
            ("names", names.join(", ").into()),
        ];
        lines.push(format!("✘ {}", ctx.text("vote-checked-contested", &args)));
    }
    let time = known
        .vote
        .close
        .map(|it| (u64::from(it.0.0), member::time(it.1)));
    if let Some((height, time)) = time {
        let args = [("height", height.into()), ("time", time.into())];
        lines.push(ctx.text("vote-checked-close", &args));
    }
    Ok(lines)
}
