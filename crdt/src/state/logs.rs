//! How far each log is in: the frontier of the newest record, and what moves it on.
//!
//! Logs have numbers in the order in which records first named them, within one record in order of
//! their names. A leaf of the tree over all logs:
//!
//! | bytes | field |
//! |------:|-------|
//! |    32 | device |
//! |  1+16 | stream, tag |
//! |     4 | places that are in: the next one is not |
//! |    32 | entry at the last place that is in |
//!
//! What a record moves ([`Moves`]) has the same fields for each log that has more in than before,
//! ascending, after their number (var). It travels apart from the record, which names its hash.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::{
    codec::{CodecError, Reader, Writer, to_u64},
    entry::{LogId, MAX_DETACHED_LEN},
    hash::EntryId,
};

/// Bytes of a leaf, and of one move.
const LEAF_LEN: usize = 32 + 1 + 16 + 4 + 32;

/// Most logs that one record moves on: as many as fit detached bytes.
pub const MAX_MOVES: usize = MAX_DETACHED_LEN / LEAF_LEN - 1;

/// How far one log is in.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Reach {
    /// The log.
    pub log: LogId,
    /// Places that are in.
    pub next: u32,
    /// The entry at the last of them.
    pub head: EntryId,
}

impl Reach {
    fn write(&self, out: &mut Writer) {
        self.log.write(out);
        out.u32(self.next).raw(self.head.as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let reach = Self {
            log: LogId::read(reader)?,
            next: reader.u32()?,
            head: EntryId(reader.array()?),
        };
        if reach.next == 0 {
            return Err(CodecError::NotCanonical("reach of a log"));
        }
        Ok(reach)
    }
}

/// What a record has in beyond the one before.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Moves(Vec<Reach>);

impl Moves {
    /// These moves, in any order; of two of one log the farther one, and of too many the first in
    /// order of logs: the rest goes into the next record.
    pub fn new(mut moves: Vec<Reach>) -> Self {
        moves.sort_unstable_by(|a, b| (a.log, b.next).cmp(&(b.log, a.next)));
        moves.dedup_by_key(|it| it.log);
        moves.truncate(MAX_MOVES);
        Self(moves)
    }

    /// They, in order of logs.
    pub fn iter(&self) -> impl Iterator<Item = &Reach> {
        self.0.iter()
    }

    /// Number of logs that move on.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing moves.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(LEAF_LEN.saturating_mul(self.0.len()));
        out.var_len(self.0.len());
        for it in &self.0 {
            it.write(&mut out);
        }
        out.finish()
    }

    /// Reads them.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if `bytes` are not their one form.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let count = reader.var_max("logs of a record", MAX_MOVES)?;
        let mut moves = Vec::new();
        for _ in 0..count {
            moves.push(Reach::read(&mut reader)?);
        }
        reader.finish()?;
        if !moves.is_sorted_by(|a: &Reach, b: &Reach| a.log < b.log) {
            return Err(CodecError::NotCanonical("order of logs"));
        }
        Ok(Self(moves))
    }
}

/// Why moves do not fit a frontier: it never goes back.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("log {} of device {} would go from {before} to {next} entries", .log.stream.name(), .log.author)]
pub struct GoesBack {
    /// The log.
    pub log: LogId,
    /// How many of its entries are in.
    pub before: u32,
    /// How many would be.
    pub next: u32,
}

/// The frontier.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Logs {
    by_id: BTreeMap<LogId, u32>,
    all: Vec<Reach>,
}

impl Logs {
    /// The frontier of these leaves, in order of their numbers.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if one is not of its form.
    pub fn from_leaves<'a>(leaves: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, CodecError> {
        let mut logs = Self::default();
        for leaf in leaves {
            logs.read_leaf(leaf)?;
        }
        Ok(logs)
    }

    /// Reads the leaf of the next log.
    pub(super) fn read_leaf(&mut self, leaf: &[u8]) -> Result<(), CodecError> {
        let mut reader = Reader::new(leaf);
        let reach = Reach::read(&mut reader)?;
        reader.finish()?;
        self.put(reach);
        Ok(())
    }

    /// How far `log` is in; `None` if nothing of it is.
    pub fn of(&self, log: &LogId) -> Option<&Reach> {
        self.all.get(index(*self.by_id.get(log)?))
    }

    /// How many entries of `log` are in.
    pub fn next(&self, log: &LogId) -> u32 {
        self.of(log).map_or(0, |it| it.next)
    }

    /// Each log, in order of numbers.
    pub fn iter(&self) -> impl Iterator<Item = &Reach> {
        self.all.iter()
    }

    /// Number of logs.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether no log has an entry in.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Entries that are in.
    pub fn entries(&self) -> u64 {
        self.all.iter().map(|it| u64::from(it.next)).sum()
    }

    /// Whether `moves` go forward, each of them.
    ///
    /// # Errors
    ///
    /// [`GoesBack`] for the first that does not.
    pub fn check(&self, moves: &Moves) -> Result<(), GoesBack> {
        let back = moves.iter().find(|it| it.next <= self.next(&it.log));
        back.map_or(Ok(()), |it| {
            Err(GoesBack {
                log: it.log,
                before: self.next(&it.log),
                next: it.next,
            })
        })
    }

    /// Moves on to where a record leads.
    pub fn go_on(&mut self, moves: &Moves) {
        self.apply(moves);
    }

    /// Moves on. Gives back the numbers of the logs.
    pub(super) fn apply(&mut self, moves: &Moves) -> Vec<u32> {
        moves.iter().map(|it| self.put(*it)).collect()
    }

    fn put(&mut self, reach: Reach) -> u32 {
        let new = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let number = *self.by_id.entry(reach.log).or_insert(new);
        match self.all.get_mut(index(number)) {
            Some(slot) => *slot = reach,
            None => self.all.push(reach),
        }
        number
    }

    /// The leaf of the log with that number.
    pub fn leaf(&self, number: u32) -> Option<Vec<u8>> {
        let mut out = Writer::with_capacity(LEAF_LEN);
        self.all.get(index(number))?.write(&mut out);
        Some(out.finish())
    }

    /// Bytes of all leaves, for what a record weighs.
    pub fn bytes(&self) -> u64 {
        to_u64(self.all.len().saturating_mul(LEAF_LEN))
    }
}

impl FromIterator<Reach> for Logs {
    fn from_iter<T: IntoIterator<Item = Reach>>(reaches: T) -> Self {
        let mut logs = Self::default();
        for reach in reaches {
            logs.put(reach);
        }
        logs
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::{Stream, Tag},
        keys::DeviceKey,
    };

    fn reach(device: u8, next: u32) -> Reach {
        Reach {
            log: LogId {
                author: DeviceKey([device; 32]),
                stream: Stream::MEMBER,
                tag: Tag::default(),
            },
            next,
            head: EntryId([device; 32]),
        }
    }

    #[test]
    fn a_frontier_goes_forward_only_and_keeps_its_numbers() {
        let mut logs = Logs::default();
        let first = Moves::new(vec![reach(5, 2), reach(3, 1)]);
        assert_eq!(logs.check(&first), Ok(()));
        assert_eq!(logs.apply(&first), [0, 1]);
        let next = Moves::new(vec![reach(4, 1), reach(5, 3)]);
        assert_eq!(logs.apply(&next), [2, 1]);
        assert_eq!(logs.next(&reach(5, 0).log), 3);
        assert_eq!(logs.next(&reach(9, 0).log), 0);
        assert_eq!(logs.entries(), 5);
        for stale in [reach(5, 3), reach(5, 2)] {
            let back = logs.check(&Moves::new(vec![stale]));
            assert_eq!(back.unwrap_err().before, 3);
        }
        let leaves: Vec<_> = (0..3).map(|it| logs.leaf(it).unwrap()).collect();
        let again = Logs::from_leaves(leaves.iter().map(Vec::as_slice));
        assert_eq!(again, Ok(logs));
    }

    #[test]
    fn moves_have_one_form() {
        let moves = Moves::new(vec![reach(5, 2), reach(3, 1), reach(5, 1)]);
        assert_eq!(moves.len(), 2);
        let bytes = moves.encode();
        assert_eq!(Moves::decode(&bytes), Ok(moves.clone()));
        for len in 0..bytes.len() {
            assert!(Moves::decode(&bytes[..len]).is_err());
        }
        let turned = Moves(moves.0.iter().rev().copied().collect());
        let twice = Moves(vec![reach(3, 1), reach(3, 2)]);
        let empty = Moves(vec![reach(3, 0)]);
        for wrong in [turned, twice, empty] {
            assert!(Moves::decode(&wrong.encode()).is_err(), "{wrong:?}");
        }
    }
}
