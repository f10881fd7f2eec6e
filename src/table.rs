//! Tables of integers as others export them: a header, then rows, separated by commas.
//!
//! Read line by line in bounded room, since the file may come from anywhere and never end.

mod certifications;

use std::io::{self, BufRead, Read};

pub use self::certifications::{Certifications, InPart, Node, Part};

/// Longest line, in bytes. A line holds a few integers; exports of others have some more columns.
const MAX_LINE_LEN: u64 = 4_096;

/// Why a table cannot be read. Lines count from 1, the header's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The reader failed.
    #[error("cannot read on after line {line}")]
    Read {
        /// The last whole line.
        line: u64,
        /// What the system says.
        source: io::Error,
    },
    /// There is not even a header.
    #[error("it is empty; the first line names the columns {columns}")]
    Empty {
        /// The columns that are needed.
        columns: String,
    },
    /// The header lacks a column.
    #[error("line 1: the column {column} is missing; the first line names the columns {columns}")]
    Column {
        /// The column that is missing.
        column: &'static str,
        /// The columns that are needed.
        columns: String,
    },
    /// A line that is far too long, or not text.
    #[error("line {line}: it is not a line of text of at most {MAX_LINE_LEN} bytes")]
    Line {
        /// The line.
        line: u64,
    },
    /// A row that has more or fewer fields than the header.
    #[error("line {line}: it has {found} fields, the header {expected}")]
    Fields {
        /// The line.
        line: u64,
        /// Its fields.
        found: usize,
        /// Those of the header.
        expected: usize,
    },
    /// More rows than are read.
    #[error("line {line}: more than {limit} rows are not read")]
    TooManyRows {
        /// The first line too many.
        line: u64,
        /// How many are read.
        limit: usize,
    },
    /// A row about somebody who had one already.
    #[error("line {line}: the {column} {number} has a row already")]
    Twice {
        /// The line.
        line: u64,
        /// The column.
        column: &'static str,
        /// What stands there again.
        number: u32,
    },
    /// A field that is no integer in range.
    #[error("line {line}: the {column} is {text:?}, allowed are whole numbers from 0 to {max}")]
    Number {
        /// The line.
        line: u64,
        /// The column.
        column: &'static str,
        /// What stands there.
        text: String,
        /// The largest number allowed.
        max: u32,
    },
}

/// A column that is needed, and the largest number in it.
type Column = (&'static str, u32);

/// Hands each row's numbers in the two `columns` to `take`, with its line number.
fn read_pairs(
    mut input: impl BufRead,
    columns: [Column; 2],
    mut take: impl FnMut(u64, [u32; 2]) -> Result<(), TableError>,
) -> Result<(), TableError> {
    let mut line = Line::default();
    let wanted = || columns.map(|(name, _)| name).join(",");
    if !line.next(&mut input)? {
        return Err(TableError::Empty { columns: wanted() });
    }
    let header: Vec<_> = fields(line.text()?.trim_start_matches('\u{feff}')).collect();
    let mut places = [0; 2];
    for (place, (column, _)) in places.iter_mut().zip(columns) {
        *place = header
            .iter()
            .position(|name| *name == column)
            .ok_or_else(|| TableError::Column {
                column,
                columns: wanted(),
            })?;
    }
    let expected = header.len();
    while line.next(&mut input)? {
        let text = line.text()?;
        let found = fields(text).count();
        if found != expected {
            return Err(TableError::Fields {
                line: line.number,
                found,
                expected,
            });
        }
        let mut numbers = [0; 2];
        for ((number, place), (column, max)) in numbers.iter_mut().zip(places).zip(columns) {
            let field = fields(text).nth(place).unwrap_or_default();
            *number = whole(field, max).ok_or_else(|| TableError::Number {
                line: line.number,
                column,
                text: field.chars().take(40).collect(),
                max,
            })?;
        }
        take(line.number, numbers)?;
    }
    Ok(())
}

fn fields(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(|field| field.trim_matches(' '))
}

/// Digits only: no sign, no exponent, no quotes.
fn whole(text: &str, max: u32) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.filter(|number| *number <= max)
}

/// The line being read, in a buffer that is used again.
#[derive(Default)]
struct Line {
    number: u64,
    bytes: Vec<u8>,
}

impl Line {
    /// Reads the next line; `false` at the end.
    fn next(&mut self, input: &mut impl BufRead) -> Result<bool, TableError> {
        self.bytes.clear();
        input
            .by_ref()
            .take(MAX_LINE_LEN)
            .read_until(b'\n', &mut self.bytes)
            .map_err(|source| TableError::Read {
                line: self.number,
                source,
            })?;
        if self.bytes.is_empty() {
            return Ok(false);
        }
        self.number = self.number.saturating_add(1);
        Ok(true)
    }

    fn text(&self) -> Result<&str, TableError> {
        let error = TableError::Line { line: self.number };
        // Without its line end, the last line of a file is whole only if it is not cut by the limit.
        let whole = match self.bytes.strip_suffix(b"\n") {
            Some(whole) => whole.strip_suffix(b"\r").unwrap_or(whole),
            None if self.bytes.len() < usize::try_from(MAX_LINE_LEN).unwrap_or(0) => &self.bytes,
            None => return Err(error),
        };
        str::from_utf8(whole).map_err(|_| error)
    }
}
