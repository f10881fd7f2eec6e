//! `commune import duniter`: a test network from somebody else's graph.

use std::{
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use clap::Subcommand;
use commune_crdt::{codec::to_u64, genesis::MAX_GENESIS_LEN};
use serde_json::json;

use super::{Access, Context, Unit};
use crate::{
    device::Device,
    failure::{Exit, Failure},
    identity,
    import::{Graph, GraphError, Import, MAX_ISSUED, Part, TableError},
    intake::Receipt,
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
        if graph.duplicates() > 0 || graph.self_loops() > 0 {
            let text = ctx.text(
                "import-dropped",
                &[
                    ("duplicates", graph.duplicates().into()),
                    ("loops", graph.self_loops().into()),
                ],
            );
            ctx.note(&text);
        }
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
        let certifications = open(ctx, &self.graph)?;
        let members = self.members.as_deref().map(|path| open(ctx, path));
        let members = members.transpose()?;
        let input = ctx.input();
        match (certifications, members) {
            (None, Some(None)) => return Err(Failure::new(Exit::Usage, "import.input_twice")),
            (None, None) => Graph::read(input, NO_LIST),
            (None, Some(Some(list))) => Graph::read(input, Some(list)),
            (Some(graph), None) => Graph::read(graph, NO_LIST),
            (Some(graph), Some(None)) => Graph::read(graph, Some(input)),
            (Some(graph), Some(Some(list))) => Graph::read(graph, Some(list)),
        }
        .map_err(|error| self.failure(&error))
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
            GraphError::Table { part, cause } => {
                let members = self.members.as_deref().unwrap_or(&self.graph);
                let path = match part {
                    Part::Graph => &self.graph,
                    Part::Members => members,
                };
                of_table(path, cause).with("path", path)
            }
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

const NO_LIST: Option<&[u8]> = None;

/// Takes all entries through the gate, as if a neighbour had sent them.
fn take(ctx: &Context, device: &Device, import: &Import) -> Result<(), Failure> {
    let label = ctx.text("import-progress", &[]);
    let progress = ctx.progress(&label, to_u64(import.entry_count()), Unit::Count);
    let mut under_way = None;
    for batch in import.batches() {
        ctx.check_interrupt()?;
        let count = to_u64(batch.len());
        let (taken, receipt) = device.take(batch, Durability::Data)?;
        // One batch is made and checked while the one before goes to the disk.
        if let Some(before) = under_way.replace(receipt) {
            before.wait()?;
        }
        let counts = taken.counts();
        if counts.pending > 0 || counts.refused > 0 || counts.forks > 0 {
            return Err(Failure::new(Exit::Fork, "import.refused"));
        }
        progress.add(count);
    }
    under_way.map_or(Ok(()), Receipt::wait)?;
    Ok(())
}

/// The file at `path`, of any kind that can be read from front to back; `None` is the input.
fn open(ctx: &Context, path: &Path) -> Result<Option<BufReader<File>>, Failure> {
    if is_input(path) {
        return Ok(None);
    }
    let file = File::open(ctx.resolve(path)).map_err(|cause| Failure::reading(path, &cause))?;
    Ok(Some(BufReader::new(file)))
}

fn is_input(path: &Path) -> bool {
    path == Path::new("-")
}

fn of_table(path: &Path, error: &TableError) -> Failure {
    match error {
        TableError::Read { source, .. } => Failure::reading(path, source),
        TableError::Empty { columns } => {
            Failure::new(Exit::Damaged, "table.empty").with("columns", columns)
        }
        TableError::Column { column, columns } => Failure::new(Exit::Damaged, "table.column")
            .with("line", 1_u64)
            .with("column", *column)
            .with("columns", columns),
        TableError::Line { line } => Failure::new(Exit::Damaged, "table.line").with("line", *line),
        TableError::Fields {
            line,
            found,
            expected,
        } => Failure::new(Exit::Damaged, "table.fields")
            .with("line", *line)
            .with("found", *found)
            .with("expected", *expected),
        TableError::TooManyRows { line, limit } => {
            Failure::new(Exit::Damaged, "table.too_many_rows")
                .with("line", *line)
                .with("limit", *limit)
        }
        TableError::Twice { line, number, .. } => Failure::new(Exit::Damaged, "table.twice")
            .with("line", *line)
            .with("number", number.to_string()),
        TableError::Number {
            line,
            column,
            text,
            max,
        } => Failure::new(Exit::Damaged, "table.number")
            .with("line", *line)
            .with("column", *column)
            .with("text", text)
            .with("max", max.to_string()),
    }
}
