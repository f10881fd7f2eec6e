//! `commune trust audit`: the distance rule on any graph of certifications.

use std::{num::NonZeroU64, path::PathBuf};

use commune_crdt::{codec::to_u64, hash::to_hex};
use serde_json::json;

use crate::cli::{
    Context, Unit,
    table::{self, Tables},
    value,
};
use crate::{
    audit::{Audit, MAX_PEOPLE, Question, Row},
    failure::{Exit, Failure},
    table::Certifications,
};

/// Columns of what `audit` prints.
const COLUMNS: &str =
    "node,member,received,issued,referent,referents_excl_self,referents_reached,reached,pass";

/// Rows that are printed at a time.
const ROWS: usize = 1_000;

/// The graph, and what is asked of it.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[arg(value_name = "GRAPH.csv")]
    graph: PathBuf,
    #[arg(long, value_name = "FILE")]
    members: Option<PathBuf>,
    #[arg(long, value_name = "K", value_parser = value::steps)]
    steps: Option<u32>,
    #[arg(long, value_name = "R", requires = "seed")]
    sample: Option<NonZeroU64>,
    #[arg(long, value_name = "HEX", requires = "sample", value_parser = value::seed)]
    seed: Option<[u8; 32]>,
    #[arg(long, value_name = "Y")]
    referent_min: Option<u32>,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let audit = self.read(ctx)?;
        let dropped = audit.dropped();
        table::note_dropped(ctx, dropped.duplicates, dropped.self_loops);
        let label = ctx.text("trust-audit-progress", &[]);
        let progress = ctx.progress(&label, to_u64(audit.graph().len()), Unit::Count);
        let verdicts = audit.judge(|more| progress.add(more));
        drop(progress);
        if ctx.json {
            let passed = verdicts.rows().filter(|row| row.passes).count();
            return ctx.emit(self.summary(&audit, passed), "");
        }
        ctx.print(COLUMNS)?;
        let (mut all, mut passed) = (0_u64, 0_u64);
        let mut rows = verdicts.rows().peekable();
        while rows.peek().is_some() {
            let mut text = String::new();
            for row in rows.by_ref().take(ROWS) {
                all = all.saturating_add(1);
                passed = passed.saturating_add(row.passes.into());
                text.push_str(&line(&row));
            }
            ctx.print(&text)?;
        }
        let text = ctx.text(
            "trust-audit-done",
            &[
                ("passed", passed.into()),
                ("rows", all.into()),
                ("steps", audit.steps().into()),
                ("referents", audit.drawn().into()),
                ("least", audit.referent_min().into()),
            ],
        );
        ctx.note(&text);
        Ok(())
    }

    fn read(&self, ctx: &mut Context) -> Result<Audit, Failure> {
        let tables = Tables {
            graph: &self.graph,
            members: self.members.as_ref(),
        };
        let (graph, members) = tables.open(ctx)?;
        let table = Certifications::read(graph, members).map_err(|error| tables.failure(&error))?;
        if table.people.len() > MAX_PEOPLE {
            return Err(Failure::new(Exit::Damaged, "audit.too_many")
                .with("path", &self.graph)
                .with("people", table.people.len())
                .with("limit", MAX_PEOPLE));
        }
        let question = Question {
            steps: self.steps,
            referent_min: self.referent_min,
            sample: self.sample.map(NonZeroU64::get).zip(self.seed),
        };
        Ok(Audit::new(table, &question))
    }

    fn summary(&self, audit: &Audit, passed: usize) -> serde_json::Value {
        let (graph, dropped) = (audit.graph(), audit.dropped());
        let mut object = json!({
            "nodes": graph.len(),
            "members": graph.members(),
            "certifications": graph.edges(),
            "steps": audit.steps(),
            "referent_min": audit.referent_min(),
            "referents": audit.referents(),
            "passed": passed,
            "duplicates": dropped.duplicates,
            "self_loops": dropped.self_loops,
        });
        if let (Some(seed), Some(object)) = (self.seed, object.as_object_mut()) {
            object.insert("sample".to_owned(), audit.drawn().into());
            object.insert("seed".to_owned(), to_hex(&seed).into());
        }
        object
    }
}

fn line(row: &Row) -> String {
    format!(
        "{},{},{},{},{},{},{},{},{}\n",
        row.node.number,
        u8::from(row.node.member),
        row.received,
        row.issued,
        u8::from(row.referent),
        row.distance.referents,
        row.distance.reached,
        row.reached,
        u8::from(row.passes),
    )
}
