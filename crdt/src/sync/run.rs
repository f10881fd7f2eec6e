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
//! | then for each entry: | |
//! | flags: 1 anchor, 2 parents, 4 detached, 8 claimed earlier than the one before; at least 128 | 1 |
//! | kind | 1 |
//! | anchor, if it differs from the one before (the genesis at first) | 12 |
//! | claimed time, as its distance from the one before | var |
//! | parents, if any | 1 + 32 n |
//! | payload length, then payload or hash | var + n |
//! | signature | 64 |
//! | end of the run: a zero | 1 |

use crate::{
    codec::{CodecError, Reader, Writer, to_u64},
    entry::{
        Anchor, LogId, MAX_DETACHED_LEN, MAX_ENTRY_LEN, MAX_INLINE_LEN, MAX_PARENTS, Payload,
        SIGNATURE_LEN, SignedEntry, Stream, Tag, VERSION,
    },
    hash::{EntryId, NetworkId},
    keys::DeviceKey,
    time::Height,
};

const HAS_TAG: u8 = 1;
const HAS_PREVIOUS: u8 = 2;

const HAS_ANCHOR: u8 = 1;
const HAS_PARENTS: u8 = 2;
const IS_DETACHED: u8 = 4;
const IS_EARLIER: u8 = 8;
const IS_ENTRY: u8 = 128;

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
    anchor: Anchor,
    claimed: u32,
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
        let open = match self.open.take() {
            Some(open) if open.log == log && open.next == claim.seq => open,
            other => {
                self.open = other;
                self.finish();
                self.start(entry, reader_has_previous)
            }
        };

        let mut flags = IS_ENTRY;
        let mut set = |flag, condition| {
            if condition {
                flags |= flag;
            }
        };
        set(HAS_ANCHOR, claim.anchor != open.anchor);
        set(HAS_PARENTS, !claim.parents.is_empty());
        set(IS_DETACHED, matches!(claim.payload, Payload::Detached(_)));
        set(IS_EARLIER, claim.claimed.0 < open.claimed);
        self.out.u8(flags).u8(claim.kind.0);
        if claim.anchor != open.anchor {
            self.out
                .u32(claim.anchor.height.0)
                .raw(&claim.anchor.prefix);
        }
        self.out.var(claim.claimed.0.abs_diff(open.claimed).into());
        if !claim.parents.is_empty() {
            self.out
                .u8(u8::try_from(claim.parents.len()).unwrap_or(u8::MAX));
            for parent in &claim.parents {
                self.out.raw(parent.as_bytes());
            }
        }
        match &claim.payload {
            Payload::Inline(bytes) => self.out.var_len(bytes.len()).raw(bytes),
            Payload::Detached(blob) => self.out.var(blob.len.into()).raw(blob.hash.as_bytes()),
        };
        let signature = entry.as_bytes().split_last_chunk::<SIGNATURE_LEN>();
        self.out.raw(signature.map_or(&[], |(_, it)| &it[..]));
        self.open = Some(Open {
            log,
            next: claim.seq.saturating_add(1),
            anchor: claim.anchor,
            claimed: claim.claimed.0,
        });
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
            anchor: Anchor::genesis(&self.network),
            claimed: 0,
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
    let mut last = (Anchor::genesis(network), 0_u32);
    let mut is_first = true;
    loop {
        let flags = reader.u8()?;
        if flags == 0 {
            return Ok(());
        }
        let (stream, item) = read_item(reader, flags, &mut last)?;
        if is_first && explicit.is_none() && seq > 0 {
            let log = LogId {
                author,
                stream,
                tag,
            };
            before = seq.checked_sub(1).and_then(|place| own(&log, place));
        }
        is_first = false;
        if seq > 0 && before.is_none() {
            runs.unlinked = runs.unlinked.saturating_add(1);
        } else {
            let bytes = item.rebuild(network, &author, &tag, seq, before);
            let entry = SignedEntry::decode(&bytes)?;
            before = Some(entry.id());
            runs.entries.push(entry);
        }
        seq = seq
            .checked_add(1)
            .ok_or(CodecError::NotCanonical("sequence number"))?;
    }
}

/// What a run says of one entry.
struct Item<'a> {
    kind: u8,
    anchor: Anchor,
    claimed: u32,
    parents: &'a [u8],
    payload_len: u32,
    payload: &'a [u8],
    signature: &'a [u8],
}

fn read_item<'a>(
    reader: &mut Reader<'a>,
    flags: u8,
    last: &mut (Anchor, u32),
) -> Result<(Stream, Item<'a>), CodecError> {
    if flags & !(HAS_ANCHOR | HAS_PARENTS | IS_DETACHED | IS_EARLIER) != IS_ENTRY {
        return Err(CodecError::NotCanonical("flags of the entry"));
    }
    let kind = reader.u8()?;
    if flags & HAS_ANCHOR != 0 {
        last.0 = Anchor {
            height: Height(reader.u32()?),
            prefix: reader.array()?,
        };
    }
    let distance = read_u32(reader, "distance of the claimed time")?;
    last.1 = if flags & IS_EARLIER == 0 {
        last.1.checked_add(distance)
    } else {
        last.1.checked_sub(distance)
    }
    .ok_or(CodecError::NotCanonical("claimed time"))?;
    let parents = if flags & HAS_PARENTS == 0 {
        &[][..]
    } else {
        let count = usize::from(reader.u8()?);
        if count > MAX_PARENTS {
            return Err(CodecError::OverLimit {
                what: "number of parents",
                value: to_u64(count),
                limit: to_u64(MAX_PARENTS),
            });
        }
        reader.bytes(count.saturating_mul(32))?
    };
    let (limit, is_detached) = if flags & IS_DETACHED == 0 {
        (MAX_INLINE_LEN, false)
    } else {
        (MAX_DETACHED_LEN, true)
    };
    let payload_len = reader.var_max("payload length", limit)?;
    let payload = reader.bytes(if is_detached { 32 } else { payload_len })?;
    let item = Item {
        kind,
        anchor: last.0,
        claimed: last.1,
        parents,
        payload_len: u32::try_from(payload_len).unwrap_or(u32::MAX),
        payload,
        signature: reader.bytes(SIGNATURE_LEN)?,
    };
    Ok((crate::entry::Kind(kind).stream(), item))
}

impl Item<'_> {
    /// The signed bytes, as `entry` defines them.
    fn rebuild(
        &self,
        network: &NetworkId,
        author: &DeviceKey,
        tag: &Tag,
        seq: u32,
        previous: Option<EntryId>,
    ) -> Vec<u8> {
        let mut out = Writer::with_capacity(MAX_ENTRY_LEN);
        out.u8(VERSION)
            .u8(self.kind)
            .raw(&network.short())
            .raw(author.as_bytes())
            .raw(&tag.0)
            .u32(seq)
            .raw(previous.unwrap_or_default().as_bytes())
            .u32(self.anchor.height.0)
            .raw(&self.anchor.prefix)
            .u32(self.claimed)
            .u8(u8::try_from(self.parents.len() / 32).unwrap_or(u8::MAX))
            .raw(self.parents)
            .u32(self.payload_len)
            .raw(self.payload)
            .raw(self.signature);
        out.finish()
    }
}

fn read_u32(reader: &mut Reader<'_>, what: &'static str) -> Result<u32, CodecError> {
    let limit = usize::try_from(u32::MAX).unwrap_or(usize::MAX);
    let value = reader.var_max(what, limit)?;
    u32::try_from(value).map_err(|_| CodecError::NotCanonical(what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::{Entry, Kind},
        keys::SecretKey,
        time::ClaimedMinutes,
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
