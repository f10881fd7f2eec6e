//! `commune trust`: who trusts whom, how far that reaches, and why.

mod audit;
mod explain;
mod graph;
mod stats;

use clap::Subcommand;

use super::Context;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Audit(audit::Args),
    Explain(explain::Args),
    Graph(graph::Args),
    Path(explain::Path),
    Stats(stats::Args),
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Audit(args) => args.run(ctx),
            Self::Explain(args) => args.run(ctx),
            Self::Graph(args) => args.run(ctx),
            Self::Path(args) => args.run(ctx),
            Self::Stats(args) => args.run(ctx),
        }
    }

    /// Whether it needs the opened device: an audit does not.
    pub(super) const fn needs_device(&self) -> bool {
        !matches!(self, Self::Audit(_))
    }
}
