//! Tables of certifications that commands read: from a file of any kind, or from the input.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use super::Context;
use crate::{
    failure::{Exit, Failure},
    table::{InPart, Part, TableError},
};

/// Where the tables are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables<'a> {
    pub(super) graph: &'a Path,
    pub(super) members: Option<&'a PathBuf>,
}

/// A table's bytes, from wherever they come.
pub(super) type Bytes<'a> = Box<dyn std::io::BufRead + 'a>;

impl<'a> Tables<'a> {
    /// Both tables, to be read from front to back.
    pub(super) fn open(
        self,
        ctx: &'a mut Context,
    ) -> Result<(Bytes<'a>, Option<Bytes<'a>>), Failure> {
        let graph = open(ctx, self.graph)?;
        let members = self.members.map(|path| open(ctx, path)).transpose()?;
        let input = ctx.input();
        Ok(match (graph, members) {
            (None, Some(None)) => return Err(Failure::new(Exit::Usage, "table.input_twice")),
            (None, members) => (Box::new(input), members.flatten()),
            (Some(graph), Some(None)) => (graph, Some(Box::new(input))),
            (Some(graph), members) => (graph, members.flatten()),
        })
    }

    /// What was wrong with one of them.
    pub(super) fn failure(self, error: &InPart) -> Failure {
        let path = match error.part {
            Part::Graph => self.graph,
            Part::Members => self.members.map_or(self.graph, PathBuf::as_path),
        };
        of_table(path, &error.cause).with("path", path)
    }
}

/// `None` is the input.
fn open(ctx: &Context, path: &Path) -> Result<Option<Bytes<'static>>, Failure> {
    if path == Path::new("-") {
        return Ok(None);
    }
    let file = File::open(ctx.resolve(path)).map_err(|cause| Failure::reading(path, &cause))?;
    Ok(Some(Box::new(BufReader::new(file))))
}

/// Tells what of the rows does not count.
pub(super) fn note_dropped(ctx: &mut Context, duplicates: u64, loops: u64) {
    if duplicates > 0 || loops > 0 {
        let numbers = [("duplicates", duplicates.into()), ("loops", loops.into())];
        let text = ctx.text("table-dropped", &numbers);
        ctx.note(&text);
    }
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
