//! What lies on a medium already, so that nothing is written there twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use crate::{
    entry::LogId,
    hash::{BlobHash, EntryId},
};

use super::Held;

/// Entries and detached bytes that bundles on a medium hold.
///
/// Whoever notes entries MUST note only those that the reader's own history holds or takes: then
/// its size is bounded by that history, whatever the medium is full of. Names of detached bytes are
/// bounded here.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage {
    /// Sequence numbers of each log: ranges in ascending order that do not touch.
    places: BTreeMap<LogId, Vec<Range<u32>>>,
    /// Entries that prove forks.
    proofs: BTreeSet<EntryId>,
    blobs: BTreeSet<BlobHash>,
    has_others: bool,
}

/// Detached payloads that are remembered: those beyond are written once more.
const MAX_BLOBS: usize = 65_536;

impl Coverage {
    /// Notes the entry at place `seq` of `log`.
    pub fn note(&mut self, log: &LogId, seq: u32) {
        self.note_range(log, seq..seq.saturating_add(1));
    }

    /// Notes one half of the proof of a fork.
    pub fn note_proof(&mut self, id: EntryId) {
        self.proofs.insert(id);
    }

    /// Notes detached bytes.
    pub fn note_blob(&mut self, blob: BlobHash) {
        if self.blobs.len() < MAX_BLOBS {
            self.blobs.insert(blob);
        }
    }

    /// Notes that there is something of which nobody here can say whom it serves.
    pub fn note_other(&mut self) {
        self.has_others = true;
    }

    /// Adds all of `other`.
    pub fn add(&mut self, other: Self) {
        for (log, ranges) in other.places {
            for range in ranges {
                self.note_range(&log, range);
            }
        }
        self.proofs.extend(other.proofs);
        self.blobs.extend(other.blobs);
        self.has_others |= other.has_others;
    }

    /// The parts of `wanted` of a log that are not here, in order.
    pub fn gaps(&self, log: &LogId, wanted: Range<u32>) -> Vec<Range<u32>> {
        let mut gaps = Vec::new();
        let mut from = wanted.start;
        for range in self.places.get(log).into_iter().flatten() {
            if range.start >= wanted.end {
                break;
            }
            if range.start > from {
                gaps.push(from..range.start);
            }
            from = from.max(range.end);
        }
        if from < wanted.end {
            gaps.push(from..wanted.end);
        }
        gaps
    }

    /// Whether both halves of the proof of a fork are here.
    pub fn has_proof(&self, proof: &[EntryId; 2]) -> bool {
        proof.iter().all(|id| self.proofs.contains(id))
    }

    /// Whether these detached bytes are here.
    pub fn has_blob(&self, blob: &BlobHash) -> bool {
        self.blobs.contains(blob)
    }

    /// Whether nobody needs what is here any more: of each log `held` says what every reader has,
    /// and `wanted` which detached bytes one of them lacks. False where that cannot be told.
    pub fn is_served(
        &self,
        held: impl Fn(&LogId) -> Option<Held>,
        wanted: impl Fn(&BlobHash) -> bool,
    ) -> bool {
        let served = |(log, ranges): (&LogId, &Vec<Range<u32>>)| {
            let end = ranges.last().map_or(0, |it| it.end);
            held(log).is_some_and(|it| u32::try_from(it.count).is_ok_and(|count| end <= count))
        };
        !self.has_others
            && self.proofs.is_empty()
            && self.places.iter().all(served)
            && !self.blobs.iter().any(wanted)
    }

    fn note_range(&mut self, log: &LogId, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        let ranges = self.places.entry(*log).or_default();
        // Bundles hold logs in order, so nearly always the last range grows.
        let from = ranges.partition_point(|it| it.end < range.start);
        let to = ranges.partition_point(|it| it.start <= range.end);
        let touched = ranges.get(from..to).unwrap_or_default();
        let start = touched
            .first()
            .map_or(range.start, |it| it.start.min(range.start));
        let end = touched.last().map_or(range.end, |it| it.end.max(range.end));
        ranges.splice(from..to, std::iter::once(start..end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::{Stream, Tag},
        keys::DeviceKey,
    };

    fn log(number: u8) -> LogId {
        LogId {
            author: DeviceKey([number; 32]),
            stream: Stream::MEMBER,
            tag: Tag::default(),
        }
    }

    /// Against a plain set of numbers, in every order of many random notes.
    #[test]
    fn gaps_are_those_of_a_set_of_numbers() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut draw = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            u32::try_from((state >> 33) % below).unwrap()
        };
        for round in 0..200 {
            let (mut coverage, mut other) = (Coverage::default(), Coverage::default());
            let mut set = BTreeSet::new();
            for _ in 0..draw(60) {
                let seq = draw(50);
                set.insert(seq);
                if draw(2) == 0 {
                    coverage.note(&log(1), seq);
                } else {
                    other.note(&log(1), seq);
                }
            }
            coverage.add(other);
            let (a, b) = (draw(50), draw(50));
            let wanted = a.min(b)..a.max(b);
            let gaps = coverage.gaps(&log(1), wanted.clone());
            assert!(gaps.windows(2).all(|it| it[0].end < it[1].start));
            let lacking: Vec<u32> = gaps.into_iter().flatten().collect();
            let expected: Vec<u32> = wanted.filter(|it| !set.contains(it)).collect();
            assert_eq!(lacking, expected, "round {round}");
        }
    }

    #[test]
    fn a_bundle_is_served_when_every_reader_has_all_of_it() {
        let mut coverage = Coverage::default();
        (3..7).for_each(|seq| coverage.note(&log(1), seq));
        coverage.note_blob(BlobHash([5; 32]));
        let held = |count| {
            move |_: &LogId| {
                Some(Held {
                    count,
                    knows_fork: false,
                })
            }
        };
        assert!(coverage.is_served(held(7), |_| false));
        assert!(!coverage.is_served(held(6), |_| false));
        assert!(
            !coverage.is_served(|_| None, |_| false),
            "a log unknown here"
        );
        assert!(!coverage.is_served(held(7), |it| *it == BlobHash([5; 32])));
        let mut with_other = coverage.clone();
        with_other.note_other();
        assert!(!with_other.is_served(held(7), |_| false));
        coverage.note_proof(EntryId([1; 32]));
        assert!(!coverage.is_served(held(7), |_| false), "proofs are kept");
        assert!(!coverage.has_proof(&[EntryId([1; 32]), EntryId([2; 32])]));
        coverage.note_proof(EntryId([2; 32]));
        assert!(coverage.has_proof(&[EntryId([1; 32]), EntryId([2; 32])]));
    }
}
