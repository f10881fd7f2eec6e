//! `commune import duniter`: a test network from somebody else's graph.

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use commune_crdt::{codec::to_u64, genesis::MAX_GENESIS_LEN};
use serde_json::json;

use super::{
    Access, Context, Unit,
    table::{self, Tables},
};
use crate::{
    device::Device,
    failure::{Exit, Failure},
    identity,
    import::{Graph, GraphError, Import, MAX_ISSUED},
    intake::{Receipt, ahead},
    store::Durability,
    vault::file,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Duniter(Duniter),
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Duniter(args) => args.run(ctx),
        }
    }
}

/// The graph, and where its genesis goes.
#[derive(Debug, clap::Args)]
pub(super) struct Duniter {
    #[arg(value_name = "GRAPH.csv")]
    graph: PathBuf,
    #[arg(long, value_name = "FILE")]
    members: Option<PathBuf>,
    #[arg(long, value_name = "OUT")]
    genesis: PathBuf,
}

impl Duniter {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let vault = identity::open(ctx)?;
        let graph = self.read(ctx)?;
        table::note_dropped(ctx, to_u64(graph.duplicates()), to_u64(graph.self_loops()));
        let import = Import::new(graph)
            .map_err(|error| Failure::new(Exit::Damaged, "import.impossible").because(&error))?;
        let bytes = import.genesis().encode();
        let saved_before = self.is_saved(ctx, &bytes)?;
        let device = Device::join(ctx.data_dir()?, vault, import.genesis())?;
        take(ctx, &device, &import)?;
        if !saved_before {
            ctx.save(&self.genesis, &bytes, Access::Everyone)?;
        }

        let (graph, network) = (import.graph(), import.genesis().network().to_string());
        let text = ctx.text(
            "import-done",
            &[
                ("network", (&network).into()),
                ("people", graph.nodes().len().into()),
                ("members", graph.member_count().into()),
                ("certifications", graph.certification_count().into()),
                ("entries", import.entry_count().into()),
                ("genesis", (&self.genesis).into()),
            ],
        );
        let object = json!({
            "network": network,
            "nodes": graph.nodes().len(),
            "members": graph.member_count(),
            "certifications": graph.certification_count(),
            "entries": import.entry_count(),
            "duplicates": graph.duplicates(),
            "self_loops": graph.self_loops(),
            "genesis": self.genesis.display().to_string(),
        });
        ctx.emit(object, &text)
    }

    fn read(&self, ctx: &mut Context) -> Result<Graph, Failure> {
        let (certifications, members) = self.tables().open(ctx)?;
        Graph::read(certifications, members).map_err(|error| self.failure(&error))
    }

    fn tables(&self) -> Tables<'_> {
        Tables {
            graph: &self.graph,
            members: self.members.as_ref(),
        }
    }

    /// Whether an earlier import of the same graph has written its genesis already.
    fn is_saved(&self, ctx: &Context, genesis: &[u8]) -> Result<bool, Failure> {
        if is_input(&self.genesis) {
            return Ok(false);
        }
        match file::read(&ctx.resolve(&self.genesis), MAX_GENESIS_LEN) {
            Ok(bytes) if bytes == genesis => Ok(true),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
            // Before a hundred thousand entries are made in vain.
            _ => Err(Failure::writing(
                &self.genesis,
                &io::ErrorKind::AlreadyExists.into(),
            )),
        }
    }

    fn failure(&self, error: &GraphError) -> Failure {
        match error {
            GraphError::Table(error) => self.tables().failure(error),
            GraphError::TooManyIssued { node, issued } => {
                Failure::new(Exit::Refused, "rule.log_quota")
                    .with("node", *node)
                    .with("issued", *issued)
                    .with("limit", MAX_ISSUED)
            }
            _ => Failure::new(Exit::Damaged, "import.nobody").with("path", &self.graph),
        }
    }
}

/// Takes all entries through the gate, as if a neighbour had sent them.
fn take(ctx: &Context, device: &Device, import: &Import) -> Result<(), Failure> {
    let label = ctx.text("import-progress", &[]);
    let progress = ctx.progress(&label, to_u64(import.entry_count()), Unit::Count);
    let checked = import.batches().map(|batch| {
        ctx.check_interrupt()?;
        Ok((to_u64(batch.len()), device.check(batch)?))
    });
    let mut under_way = None;
    ahead(checked, |(count, checked)| {
        let (taken, receipt) = device.place(checked, Durability::Data)?;
        // One batch is placed while the one before goes to the disk.
        if let Some(before) = under_way.replace(receipt) {
            before.wait()?;
        }
        let counts = taken.counts();
        if counts.pending > 0 || counts.refused > 0 || counts.forks > 0 {
            return Err(Failure::new(Exit::Fork, "import.refused"));
        }
        progress.add(count);
        Ok(())
    })?;
    under_way.map_or(Ok(()), Receipt::wait)?;
    Ok(())
}

fn is_input(path: &Path) -> bool {
    path == Path::new("-")
}
