//! Who certifies whom, as pairs of numbers, and who of these people is a member.

use std::{collections::BTreeMap, io::BufRead};

use super::{TableError, read_pairs};

/// Most rows that are read: more than the certifications of 4 million members, 1 GB of memory.
const MAX_ROWS: usize = 64_000_000;

/// A person of the tables.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Node {
    /// Their number in the tables.
    pub number: u32,
    /// Member, or lapsed.
    pub member: bool,
    /// Has a row in the list of people, or there is none.
    pub listed: bool,
}

/// What the tables say, row for row.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Certifications {
    /// All people, in order of their number. Numbers may have any gaps: only people take room.
    pub people: Vec<Node>,
    /// Issuer and receiver of each row, as places in `people`. Rows may repeat, and people may
    /// certify themselves.
    pub edges: Vec<(u32, u32)>,
}

impl Certifications {
    /// Reads certifications (columns `issuer` and `receiver`) and, where there is one, the list of
    /// people (columns `node` and `member`, which is 0 or 1). Other columns are passed over.
    ///
    /// Without a list everybody who appears is a member; with one, whoever is not in it is lapsed.
    ///
    /// # Errors
    ///
    /// [`InPart`], with the line where one is to blame.
    pub fn read<M: BufRead>(
        certifications: impl BufRead,
        members: Option<M>,
    ) -> Result<Self, InPart> {
        let in_part = |part| move |cause| InPart { part, cause };
        let mut edges = read_edges(certifications).map_err(in_part(Part::Graph))?;
        let everybody = members.is_none();
        let list = members
            .map_or_else(|| Ok(BTreeMap::new()), read_members)
            .map_err(in_part(Part::Members))?;
        let people = people(&edges, list, everybody);
        let place = |number: u32| {
            let found = people.binary_search_by_key(&number, |it| it.number);
            u32::try_from(found.unwrap_or(usize::MAX)).unwrap_or(u32::MAX)
        };
        for (issuer, receiver) in &mut edges {
            (*issuer, *receiver) = (place(*issuer), place(*receiver));
        }
        Ok(Self { people, edges })
    }
}

/// Whoever is in the list or appears in an edge.
fn people(edges: &[(u32, u32)], list: BTreeMap<u32, bool>, everybody: bool) -> Vec<Node> {
    let mut appear: Vec<u32> = edges.iter().flat_map(|(a, b)| [*a, *b]).collect();
    appear.sort_unstable();
    appear.dedup();
    appear.retain(|number| !list.contains_key(number));
    let listed = list.into_iter().map(|(number, member)| Node {
        number,
        member,
        listed: true,
    });
    let others = appear.into_iter().map(|number| Node {
        number,
        member: everybody,
        listed: everybody,
    });
    let mut people: Vec<_> = listed.chain(others).collect();
    people.sort_unstable_by_key(|it| it.number);
    people
}

fn read_edges(input: impl BufRead) -> Result<Vec<(u32, u32)>, TableError> {
    let mut edges = Vec::new();
    let columns = [("issuer", u32::MAX), ("receiver", u32::MAX)];
    read_pairs(input, columns, |line, [issuer, receiver]| {
        room_for(edges.len(), line)?;
        edges.push((issuer, receiver));
        Ok(())
    })?;
    Ok(edges)
}

fn read_members(input: impl BufRead) -> Result<BTreeMap<u32, bool>, TableError> {
    let mut people = BTreeMap::new();
    let columns = [("node", u32::MAX), ("member", 1)];
    read_pairs(input, columns, |line, [number, member]| {
        room_for(people.len(), line)?;
        match people.insert(number, member == 1) {
            None => Ok(()),
            Some(_) => Err(TableError::Twice {
                line,
                column: "node",
                number,
            }),
        }
    })?;
    Ok(people)
}

fn room_for(rows: usize, line: u64) -> Result<(), TableError> {
    if rows < MAX_ROWS {
        return Ok(());
    }
    Err(TableError::TooManyRows {
        line,
        limit: MAX_ROWS,
    })
}

/// Which of the two tables an error is in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// The certifications.
    Graph,
    /// The list of people.
    Members,
}

/// A table that is not in its form.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct InPart {
    /// Which table.
    pub part: Part,
    /// What is wrong with it.
    pub cause: TableError,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(graph: &str, list: Option<&str>) -> Certifications {
        Certifications::read(graph.as_bytes(), list.map(str::as_bytes)).unwrap()
    }

    #[test]
    fn numbers_far_apart_take_no_room_between_them() {
        let table = read("issuer,receiver\n4294967295,0\n70000,4294967295\n", None);
        let numbers: Vec<_> = table.people.iter().map(|it| it.number).collect();
        assert_eq!(numbers, [0, 70_000, u32::MAX]);
        assert_eq!(table.edges, [(2, 0), (1, 2)]);
    }

    #[test]
    fn a_mark_at_the_front_line_ends_of_windows_and_a_last_line_without_end_are_read() {
        let plain = read("issuer,receiver\n1,2\n2,1\n", None);
        for text in [
            "\u{feff}issuer,receiver\n1,2\n2,1\n",
            "issuer,receiver\r\n1,2\r\n2,1\r\n",
            "\u{feff}issuer,receiver\r\n1,2\r\n2,1",
            "issuer,receiver\n1,2\n2,1",
            "issuer , receiver\n 1, 2\n2 ,1\n",
        ] {
            assert_eq!(read(text, None), plain, "{text:?}");
        }
    }

    #[test]
    fn who_is_listed_counts_even_without_a_certification() {
        let list = "node,member\n9,1\n1,0\n";
        let table = read("issuer,receiver\n1,2\n", Some(list));
        let people: Vec<_> = table
            .people
            .iter()
            .map(|it| (it.number, it.member, it.listed))
            .collect();
        assert_eq!(
            people,
            [(1, false, true), (2, false, false), (9, true, true)]
        );
    }
}
