//! Runs: entries of one log, without what follows from their place.
//!
//! In a run, the author, the tag, the sequence numbers and the links to the entry before are
//! implied. What is rebuilt is byte for byte what was signed, or its id and signature fail.
//!
//! | field | bytes |
//! |---|--:|
//! | author | 32 |
//! | flags: 1 tag follows, 2 the entry before follows | 1 |
//! | tag, if flagged | 16 |
//! | first sequence number | var |
//! | id of the entry before, if flagged; else the reader's own entry there | 32 |
//! | then for each entry, as the module `elided` has them | n |
//! | end of the run: a zero | 1 |

use crate::{
    codec::{CodecError, Reader, Writer},
    entry::{LogId, SignedEntry, Tag},
    hash::{EntryId, NetworkId},
    keys::DeviceKey,
};

use super::elided::{Before, read_u32};

const HAS_TAG: u8 = 1;
const HAS_PREVIOUS: u8 = 2;

/// Longest run header and end, in bytes: what a run costs beyond its entries.
pub const MAX_OVERHEAD: usize = 32 + 1 + 16 + 5 + 32 + 1;

/// Writes runs into a frame.
#[derive(Debug)]
pub struct RunWriter<'a> {
    out: &'a mut Writer,
    network: NetworkId,
    open: Option<Open>,
}

/// Where a run stands.
#[derive(Debug)]
struct Open {
    log: LogId,
    next: u32,
    before: Before,
}

impl<'a> RunWriter<'a> {
    /// Appends runs of `network` to `out`.
    pub fn new(network: NetworkId, out: &'a mut Writer) -> Self {
        Self {
            out,
            network,
            open: None,
        }
    }

    /// Bytes in the frame so far.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether the frame is empty.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Appends `entry`, in the open run where it continues it.
    ///
    /// `reader_has_previous` says that whoever reads this holds the entry before.
    pub fn push(&mut self, entry: &SignedEntry, reader_has_previous: bool) {
        let claim = entry.claim();
        let log = entry.log();
        let mut open = match self.open.take() {
            Some(open) if open.log == log && open.next == claim.seq => open,
            other => {
                self.open = other;
                self.finish();
                self.start(entry, reader_has_previous)
            }
        };
        open.before.write(entry, self.out);
        open.next = claim.seq.saturating_add(1);
        self.open = Some(open);
    }

    /// Ends the open run, if any.
    pub fn finish(&mut self) {
        if self.open.take().is_some() {
            self.out.u8(0);
        }
    }

    fn start(&mut self, entry: &SignedEntry, reader_has_previous: bool) -> Open {
        let claim = entry.claim();
        let has_tag = claim.tag != Tag::default();
        let previous = claim.previous.filter(|_| !reader_has_previous);
        self.out
            .raw(entry.author().as_bytes())
            .u8((if has_tag { HAS_TAG } else { 0 })
                | (if previous.is_some() { HAS_PREVIOUS } else { 0 }));
        if has_tag {
            self.out.raw(&claim.tag.0);
        }
        self.out.var(claim.seq.into());
        if let Some(previous) = previous {
            self.out.raw(previous.as_bytes());
        }
        Open {
            log: entry.log(),
            next: claim.seq,
            before: Before::start(&self.network),
        }
    }
}

/// Reads all runs of a frame back into entries of `network`, not verified.
///
/// `own` gives the id of the reader's own entry at a place of a log. Entries whose predecessor it
/// lacks cannot be rebuilt; they are left out and counted.
///
/// # Errors
///
/// [`CodecError`] if the bytes are not of the form above. Nothing is taken from such a frame.
pub fn read_runs(
    reader: &mut Reader<'_>,
    network: &NetworkId,
    own: &dyn Fn(&LogId, u32) -> Option<EntryId>,
) -> Result<Runs, CodecError> {
    let mut runs = Runs::default();
    while !reader.is_empty() {
        read_run(reader, network, own, &mut runs)?;
    }
    Ok(runs)
}

/// What a frame of runs held.
#[derive(Debug, Default)]
pub struct Runs {
    /// Entries in the order of the frame.
    pub entries: Vec<SignedEntry>,
    /// Entries left out, since the one before them is unknown here.
    pub unlinked: usize,
}

fn read_run(
    reader: &mut Reader<'_>,
    network: &NetworkId,
    own: &dyn Fn(&LogId, u32) -> Option<EntryId>,
    runs: &mut Runs,
) -> Result<(), CodecError> {
    let author = DeviceKey(reader.array()?);
    let flags = reader.u8()?;
    if flags & !(HAS_TAG | HAS_PREVIOUS) != 0 {
        return Err(CodecError::NotCanonical("flags of the run"));
    }
    let tag = if flags & HAS_TAG == 0 {
        Tag::default()
    } else {
        Tag(reader.array()?)
    };
    let mut seq = read_u32(reader, "sequence number")?;
    let explicit = if flags & HAS_PREVIOUS == 0 {
        None
    } else {
        Some(EntryId(reader.array()?))
    };
    let mut before: Option<EntryId> = explicit;
    let mut last = Before::start(network);
    let mut is_first = true;
    loop {
        let flags = reader.u8()?;
        if flags == 0 {
            return Ok(());
        }
        let item = last.read(flags, reader)?;
        if is_first && explicit.is_none() && seq > 0 {
            let log = LogId {
                author,
                stream: item.kind.stream(),
                tag,
            };
            before = seq.checked_sub(1).and_then(|place| own(&log, place));
        }
        is_first = false;
        if seq > 0 && before.is_none() {
            runs.unlinked = runs.unlinked.saturating_add(1);
        } else {
            let entry = item.rebuild(network, &author, &tag, seq, before)?;
            before = Some(entry.id());
            runs.entries.push(entry);
        }
        seq = seq
            .checked_add(1)
            .ok_or(CodecError::NotCanonical("sequence number"))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::{Anchor, Entry, Kind, Payload, Stream},
        keys::SecretKey,
        time::{ClaimedMinutes, Height},
    };

    #[test]
    fn runs_come_back_byte_for_byte() {
        let entries = logs();
        let frame = written(&entries, false);
        let runs = read_runs(&mut Reader::new(&frame), &network(), &|_, _| None).unwrap();
        assert_eq!(runs.entries, entries);
        let whole: usize = entries.iter().map(|it| it.as_bytes().len()).sum();
        assert!(frame.len() * 3 < whole * 2, "{} of {whole}", frame.len());
    }

    #[test]
    fn the_entry_before_may_be_the_readers_own() {
        let entries = logs();
        let later: Vec<_> = entries[3..].to_vec();
        let frame = written(&later, true);
        let own = |log: &LogId, seq: u32| {
            let held = entries
                .iter()
                .find(|it| it.log() == *log && it.claim().seq == seq);
            held.map(SignedEntry::id)
        };
        let runs = read_runs(&mut Reader::new(&frame), &network(), &own).unwrap();
        assert_eq!((runs.entries, runs.unlinked), (later, 0));

        let runs = read_runs(&mut Reader::new(&frame), &network(), &|_, _| None).unwrap();
        assert_eq!((runs.entries.len(), runs.unlinked), (5, 2));
    }

    #[test]
    fn every_truncation_is_an_error_or_a_shorter_frame() {
        let frame = written(&logs(), false);
        for len in 1..frame.len() {
            let read = read_runs(&mut Reader::new(&frame[..len]), &network(), &|_, _| None);
            assert!(read.is_err() || read.is_ok_and(|it| it.entries.len() < 10));
        }
    }

    fn written(entries: &[SignedEntry], reader_has_previous: bool) -> Vec<u8> {
        let mut out = Writer::new();
        let mut runs = RunWriter::new(network(), &mut out);
        for entry in entries {
            runs.push(entry, reader_has_previous);
        }
        runs.finish();
        out.finish()
    }

    /// Five entries of a member log, then five of a text log.
    fn logs() -> Vec<SignedEntry> {
        let mut all = Vec::new();
        for (kind, tag) in [
            (Kind(4), Tag::default()),
            (Kind::new(Stream::TEXT, 1), Tag([3; 16])),
        ] {
            let mut previous = None;
            for seq in 0..5_u32 {
                let entry = Entry {
                    kind,
                    tag,
                    seq,
                    previous,
                    anchor: Anchor {
                        height: Height(seq / 2),
                        ..Anchor::genesis(&network())
                    },
                    claimed: ClaimedMinutes(29_400_000_u32.saturating_sub(seq % 2)),
                    parents: vec![EntryId([1; 32]); usize::from(seq == 3)],
                    payload: Payload::of(vec![7; if seq == 4 { 3_000 } else { 53 }]),
                };
                let signed = entry
                    .sign(&network(), &SecretKey::from_seed(&[1; 32]))
                    .unwrap();
                previous = Some(signed.id());
                all.push(SignedEntry::decode(signed.as_bytes()).unwrap());
            }
        }
        all
    }

    fn network() -> NetworkId {
        NetworkId([7; 32])
    }
}
