//! `commune audit`: everything again, from the genesis on.

use commune_crdt::codec::to_u64;
use serde_json::{Value as Json, json};

use super::Context;
use crate::{
    failure::{Exit, Failure},
    money::{Past, shown},
};

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

impl Args {
    #[expect(clippy::unused_self, reason = "every command runs alike")]
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let past = Past::of(&device, true)?;
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
        let object = json!({
            "records": past.closings.len(),
            "entries": past.tip.state.logs().entries(),
            "members": people.members(),
            "days": dividend.day,
            "mass": dividend.mass.to_string(),
            "faults": faults,
        });
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
        ctx.emit(object, &lines.join("\n"))?;
        if faults.is_empty() {
            return Ok(());
        }
        Err(Failure::new(Exit::Damaged, "audit.differs").with("count", to_u64(faults.len())))
    }
}
