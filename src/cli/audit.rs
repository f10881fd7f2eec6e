//! `commune audit`: everything again, from the genesis on; of a device, or of a bundle alone.

mod bundle;

use std::path::PathBuf;

use commune_crdt::{codec::to_u64, time::Height};
use serde_json::{Value as Json, json};

pub(super) use self::bundle::read_bundle;
use super::Context;
use crate::{
    device::Device,
    failure::{Exit, Failure},
    money::{Past, shown},
    store::StoreError,
};

/// Whose history: that of this device, unless a bundle is named.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "genesis")]
    bundle: Vec<PathBuf>,
    #[arg(long, value_name = "GENESIS", requires = "bundle")]
    genesis: Option<PathBuf>,
}

/// What an audit says, and what is wrong.
struct Said {
    object: Json,
    lines: Vec<String>,
    faults: u64,
}

impl Args {
    /// Of a bundle it needs neither a data folder nor a node.
    pub(super) const fn needs_device(&self) -> bool {
        self.genesis.is_none()
    }

    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        if let Some(genesis) = &self.genesis {
            return bundle::audit(ctx, &self.bundle, genesis);
        }
        let device = ctx.device()?;
        let said = match Past::of(&device, true) {
            Ok(past) => said(ctx, &past),
            Err(StoreError::Covered(below)) => of_leaves(ctx, &device, below)?,
            Err(error) => return Err(error.into()),
        };
        ctx.emit(said.object, &said.lines.join("\n"))?;
        differs(said.faults)
    }
}

fn said(ctx: &Context, past: &Past) -> Said {
    let mut faults: Vec<Json> = Vec::new();
    let mut lines = Vec::new();
    for it in &past.closings {
        if let Some(fault) = &it.fault {
            faults.push(json!({"height": it.height.0, "fault": fault}));
            let args = [
                ("height", u64::from(it.height.0).into()),
                ("fault", fault.into()),
            ];
            lines.push(ctx.text("audit-fault", &args));
        }
    }
    let (ledger, people) = (past.tip.state.ledger(), past.tip.state.membership());
    let dividend = ledger.dividend();
    lines.push(ctx.text(
        "audit-done",
        &[
            ("records", to_u64(past.closings.len()).into()),
            ("entries", past.tip.state.logs().entries().into()),
            ("members", people.members().into()),
            ("days", u64::from(dividend.day).into()),
            ("mass", shown(dividend.mass).into()),
        ],
    ));
    Said {
        faults: to_u64(faults.len()),
        object: json!({
            "records": past.closings.len(),
            "entries": past.tip.state.logs().entries(),
            "members": people.members(),
            "days": dividend.day,
            "mass": dividend.mass.to_string(),
            "faults": faults,
            "covered": 0,
        }),
        lines,
    }
}

/// What can be said where entries up to `below` are not kept: the state is that of the newest record, or
/// the device would not have opened, and its balances are added up again.
fn of_leaves(ctx: &Context, device: &Device, below: Height) -> Result<Said, Failure> {
    let tip = device.with_finality(|it| Ok(it.tip().clone()))?;
    let (ledger, people) = (tip.state.ledger(), tip.state.membership());
    let (mut faults, mut lines) = (Vec::new(), Vec::new());
    if let Err(fault) = ledger.audit() {
        let fault = fault.to_string();
        faults.push(json!({"height": tip.height.0, "fault": fault}));
        let args = [
            ("height", u64::from(tip.height.0).into()),
            ("fault", fault.into()),
        ];
        lines.push(ctx.text("audit-fault", &args));
    }
    let dividend = ledger.dividend();
    lines.push(ctx.text(
        "audit-covered",
        &[
            ("below", u64::from(below.0).into()),
            ("height", u64::from(tip.height.0).into()),
            ("members", people.members().into()),
            ("mass", shown(dividend.mass).into()),
        ],
    ));
    Ok(Said {
        faults: to_u64(faults.len()),
        object: json!({
            "records": 0,
            "entries": tip.state.logs().entries(),
            "members": people.members(),
            "days": dividend.day,
            "mass": dividend.mass.to_string(),
            "faults": faults,
            "covered": below.0,
        }),
        lines,
    })
}

fn differs(faults: u64) -> Result<(), Failure> {
    match faults {
        0 => Ok(()),
        count => Err(Failure::new(Exit::Damaged, "audit.differs").with("count", count)),
    }
}
