//! `commune audit`: everything again, from the genesis on; of a device, or of a bundle alone.

mod bundle;

use std::path::PathBuf;

use commune_crdt::codec::to_u64;
use serde_json::{Value as Json, json};

use super::Context;
use crate::{
    failure::{Exit, Failure},
    money::{Past, shown},
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
        let past = Past::of(&device, true)?;
        let said = said(ctx, &past);
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
        }),
        lines,
    }
}

fn differs(faults: u64) -> Result<(), Failure> {
    match faults {
        0 => Ok(()),
        count => Err(Failure::new(Exit::Damaged, "audit.differs").with("count", count)),
    }
}
