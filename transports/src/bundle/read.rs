//! Reads chunks, and finds them again after damage.
//!
//! ```text
//! at a place where something begins:
//!   header, chunk or trailer that checks ──► take it
//!   framing of a chunk, and a magic behind its body ──► the body is damaged, hand it over as such
//!   else look byte by byte for the next thing that checks; what lies between is lost
//! ```

use std::io::{self, Read};

use thiserror::Error;

use super::{
    CHUNK_MAGIC, CHUNK_OVERHEAD, ChunkHasher, ChunkHead, FileHeader, HEADER_LEN, HEADER_MAGIC,
    MAX_CHUNK_LEN, TRAILER_LEN, TRAILER_MAGIC, Trailer, VERSION,
    write::{ChunkDigest, len_u64},
};

/// What is held of a file at once, in bytes: a lost chunk, the next one, and room to read ahead.
const WINDOW_LEN: usize = 4 * (MAX_CHUNK_LEN + CHUNK_OVERHEAD);

/// What must be seen behind a byte to tell whether a chunk begins with it, in bytes: the longest
/// chunk and the framing of the next.
const LOOK_AHEAD_LEN: usize = MAX_CHUNK_LEN + 2 * CHUNK_OVERHEAD;

/// How far into a file the first thing that checks may be, in bytes. A disk image that somebody
/// gave by mistake is refused at once.
const MAX_PREAMBLE_LEN: u64 = 1 << 20;

/// Bytes hashed while looking for chunks, for each byte looked at. A file full of false magics
/// would otherwise cost the square of its length.
const SEARCH_FACTOR: u64 = 4;

/// Bytes hashed while looking for chunks, before any byte is looked at.
const SEARCH_START: u64 = 1 << 20;

/// Reads the chunks of a file, or of several that follow one another, as a stream.
#[derive(Debug)]
pub struct ChunkReader<R> {
    window: Window<R>,
    hasher: ChunkHasher,
    digest: ChunkDigest,
    digest_before: ChunkDigest,
    /// Bytes that may still be hashed in search of chunks.
    budget: u64,
    /// What is being read; `None` before a header and after a trailer.
    inside: bool,
    ended: bool,
    summary: Summary,
}

/// One finding of a [`ChunkReader`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Item {
    /// A chunk whose hash is right.
    Chunk(Chunk),
    /// Bytes that are not what was written.
    Damaged(Damaged),
}

/// A chunk whose hash is right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chunk {
    /// Where it begins in the file.
    pub offset: u64,
    /// Its class.
    pub class: u8,
    /// Its index in the bundle.
    pub index: u32,
    /// Its body.
    pub body: Vec<u8>,
}

/// Bytes that are not what was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Damaged {
    /// Where they begin in the file.
    pub offset: u64,
    /// How many they are.
    pub len: u64,
    /// What is wrong.
    pub why: Damage,
    /// The class, if the framing could be read. It may be damaged itself.
    pub class: Option<u8>,
    /// What is left of the body, if it can be told where that begins: at least one byte of it, of
    /// its length or of its hash is wrong, and the end may be missing.
    pub body: Option<Vec<u8>>,
}

/// What is wrong with some bytes.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum Damage {
    /// The header of the file cannot be read.
    #[error("header of the file is damaged")]
    Header,
    /// The hash of a chunk is wrong.
    #[error("hash of the chunk is wrong")]
    Hash,
    /// What should be a chunk is none.
    #[error("no chunk begins here")]
    Framing,
    /// The trailer cannot be read.
    #[error("trailer of the file is damaged")]
    Trailer,
    /// The trailer is right, and chunks are missing before it or stand in another order.
    #[error("chunks are missing")]
    Missing,
    /// The file ends too early: pulled out, or the disk was full.
    #[error("file ends too early")]
    Cut,
}

/// What was found so far.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// The last header.
    pub header: Option<FileHeader>,
    /// The last trailer.
    pub trailer: Option<Trailer>,
    /// Intact chunks.
    pub chunks: u64,
    /// Places with damage.
    pub damaged: u64,
    /// Bytes read.
    pub bytes: u64,
}

impl Summary {
    /// Whether everything is as it was written, up to a trailer.
    pub fn is_complete(&self) -> bool {
        self.damaged == 0 && self.trailer.is_some()
    }
}

/// Why reading stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The medium failed.
    #[error("cannot read on at byte {offset}")]
    Io {
        /// Where.
        offset: u64,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Nothing to read.
    #[error("file is empty")]
    Empty,
    /// Nothing in it looks like a bundle.
    #[error("file is no bundle: nothing of one in its first {0} bytes")]
    NotABundle(u64),
    /// Written by a newer program.
    #[error("bundle has version {0}, this program reads version {VERSION}")]
    Version(u8),
}

impl<R: Read> ChunkReader<R> {
    /// Reads from `source`, from wherever it stands.
    pub fn new(source: R, hasher: ChunkHasher) -> Self {
        let digest = ChunkDigest::new(&hasher);
        Self {
            window: Window::new(source),
            digest_before: digest.clone(),
            digest,
            hasher,
            budget: SEARCH_START,
            inside: false,
            ended: false,
            summary: Summary::default(),
        }
    }

    /// The next finding, `None` at the end of the file.
    ///
    /// # Errors
    ///
    /// [`ReadError`]. What was given before stays true.
    pub fn next_item(&mut self) -> Result<Option<Item>, ReadError> {
        while !self.ended {
            self.window.want(CHUNK_OVERHEAD.max(TRAILER_LEN))?;
            if self.window.bytes().is_empty() {
                return self.end();
            }
            if let Some((version, header)) = FileHeader::decode(self.window.bytes()) {
                if version != VERSION {
                    return Err(ReadError::Version(version));
                }
                self.begin(header);
                continue;
            }
            if let Some(trailer) = Trailer::decode(self.window.bytes(), &self.hasher) {
                match self.close(trailer) {
                    Some(item) => return Ok(Some(item)),
                    None => continue,
                }
            }
            let item = match self.chunk()? {
                Some(chunk) => Item::Chunk(chunk),
                None => Item::Damaged(self.damage()?),
            };
            return Ok(Some(item));
        }
        Ok(None)
    }

    /// What was found so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Digest of this file's intact chunks before the last one that was given: what its writer had
    /// when it wrote that one ([`super::ChunkWriter::digest`]), unless some are missing.
    pub fn digest_before(&self) -> [u8; 32] {
        self.digest_before.value()
    }

    fn begin(&mut self, header: FileHeader) {
        self.advance(HEADER_LEN);
        self.digest = ChunkDigest::new(&self.hasher);
        self.digest_before = self.digest.clone();
        self.summary.header = Some(header);
        self.summary.trailer = None;
        self.inside = true;
    }

    /// Takes a trailer, and says if what stood before it is not all that should have.
    fn close(&mut self, trailer: Trailer) -> Option<Item> {
        let offset = self.window.offset;
        self.advance(TRAILER_LEN);
        self.inside = false;
        self.summary.trailer = Some(trailer);
        if trailer.digest == self.digest.value() || self.summary.damaged > 0 {
            return None;
        }
        Some(Item::Damaged(self.note(Damaged {
            offset,
            len: 0,
            why: Damage::Missing,
            class: None,
            body: None,
        })))
    }

    fn end(&mut self) -> Result<Option<Item>, ReadError> {
        self.ended = true;
        let offset = self.window.offset;
        if offset == 0 {
            return Err(ReadError::Empty);
        }
        if !self.inside {
            return Ok(None);
        }
        Ok(Some(Item::Damaged(self.note(Damaged {
            offset,
            len: 0,
            why: Damage::Cut,
            class: None,
            body: None,
        }))))
    }

    /// The chunk that begins here, if it is intact.
    fn chunk(&mut self) -> Result<Option<Chunk>, ReadError> {
        let Some(head) = ChunkHead::decode(self.window.bytes()) else {
            return Ok(None);
        };
        self.window.want(head.total_len())?;
        let Some(body) = head.body(self.window.bytes()) else {
            return Ok(None);
        };
        if !head.is_intact(body, &self.hasher) {
            return Ok(None);
        }
        let chunk = Chunk {
            offset: self.window.offset,
            class: head.class,
            index: head.index,
            body: body.to_vec(),
        };
        self.digest_before = self.digest.clone();
        self.digest.add(&head.hash);
        self.advance(head.total_len());
        self.inside = true;
        self.summary.chunks = self.summary.chunks.saturating_add(1);
        Ok(Some(chunk))
    }

    /// Nothing that begins here is intact: finds where the next thing begins.
    fn damage(&mut self) -> Result<Damaged, ReadError> {
        let offset = self.window.offset;
        let first = self.window.bytes().first_chunk::<4>().copied();
        let head = ChunkHead::decode(self.window.bytes());
        if let Some(head) = head {
            self.window
                .want(head.total_len().saturating_add(CHUNK_OVERHEAD))?;
            if let Some(body) = head.body(self.window.bytes())
                && self.is_boundary(head.total_len())
            {
                let body = body.to_vec();
                self.advance(head.total_len());
                return Ok(self.note(Damaged {
                    offset,
                    len: len_u64(head.total_len()),
                    why: Damage::Hash,
                    class: Some(head.class),
                    body: Some(body),
                }));
            }
        }
        let began = self.summary.header.is_some() || self.summary.chunks > 0;
        let (lost, found) = self.search(began)?;
        let len = self.window.offset.saturating_sub(offset);
        let at_end = !found && (self.inside || !began);
        let is_trailer =
            first == Some(TRAILER_MAGIC) || at_end && head.is_none() && len == len_u64(TRAILER_LEN);
        let why = if offset == 0 && len == len_u64(HEADER_LEN) {
            Damage::Header
        } else if is_trailer && len >= len_u64(TRAILER_LEN) {
            Damage::Trailer
        } else if at_end {
            Damage::Cut
        } else {
            Damage::Framing
        };
        let has_body = self.inside && !is_trailer;
        if !found {
            // One report of the end is enough.
            self.inside = false;
        }
        let lost = lost.filter(|lost| has_body && lost.len() > CHUNK_OVERHEAD);
        let body = lost.and_then(|lost| lost.get(CHUNK_OVERHEAD..).map(<[u8]>::to_vec));
        Ok(self.note(Damaged {
            offset,
            len,
            why,
            class: head.map(|head| head.class),
            body,
        }))
    }

    /// Moves to the next thing that begins, or to the end. Gives the bytes that were passed if they
    /// are no more than a chunk, and whether something begins here.
    fn search(&mut self, began: bool) -> Result<(Option<Vec<u8>>, bool), ReadError> {
        let begin = self.window.offset;
        let mut passed = Vec::new();
        loop {
            self.window.want(2 * LOOK_AHEAD_LEN)?;
            let from = usize::from(self.window.offset == begin);
            let found = self.find(from);
            // Without a finding, the last bytes may still begin one that the next read completes.
            let len = self.window.bytes().len();
            let step = match found {
                Some(at) => at,
                None if self.window.at_end => len,
                None => len.saturating_sub(LOOK_AHEAD_LEN),
            };
            if passed.len() <= MAX_CHUNK_LEN + CHUNK_OVERHEAD {
                let bytes = self.window.bytes().get(..step).unwrap_or_default();
                passed.extend_from_slice(bytes);
            }
            self.advance(step);
            let done = found.is_some() || self.window.bytes().is_empty();
            let offset = self.window.offset;
            if found.is_none() && !began && (done || offset >= MAX_PREAMBLE_LEN) {
                let starts = passed.get(..4).unwrap_or(&passed);
                if !done || !HEADER_MAGIC.starts_with(starts) {
                    return Err(ReadError::NotABundle(offset));
                }
            }
            if done {
                let whole = passed.len() <= MAX_CHUNK_LEN + CHUNK_OVERHEAD;
                return Ok((whole.then_some(passed), found.is_some()));
            }
        }
    }

    /// Where in the window, at or after `from`, the next thing begins.
    fn find(&mut self, from: usize) -> Option<usize> {
        let bytes = self.window.bytes();
        // What begins later than this is looked at again when more was read.
        let limit = if self.window.at_end {
            bytes.len()
        } else {
            bytes.len().saturating_sub(LOOK_AHEAD_LEN)
        };
        let mut at = from;
        while at < limit {
            at = at.saturating_add(
                bytes
                    .get(at..limit)?
                    .iter()
                    .position(|byte| *byte == b'C')?,
            );
            let here = bytes.get(at..).unwrap_or_default();
            let begins = match here.first_chunk::<4>() {
                Some(&HEADER_MAGIC) => FileHeader::decode(here).is_some(),
                Some(&TRAILER_MAGIC) => Trailer::decode(here, &self.hasher).is_some(),
                Some(&CHUNK_MAGIC) => ChunkHead::decode(here).is_some_and(|head| {
                    is_boundary(here, head.total_len(), self.window.at_end)
                        || self
                            .budget
                            .checked_sub(len_u64(head.total_len()))
                            .is_some_and(|left| {
                                self.budget = left;
                                head.body(here)
                                    .is_some_and(|b| head.is_intact(b, &self.hasher))
                            })
                }),
                _ => false,
            };
            if begins {
                return Some(at);
            }
            at = at.saturating_add(1);
        }
        None
    }

    fn is_boundary(&self, at: usize) -> bool {
        is_boundary(self.window.bytes(), at, self.window.at_end)
    }

    fn advance(&mut self, len: usize) {
        self.window.advance(len);
        self.summary.bytes = self.window.offset;
        let more = len_u64(len).saturating_mul(SEARCH_FACTOR);
        self.budget = self
            .budget
            .saturating_add(more)
            .min(SEARCH_START.saturating_mul(64));
    }

    fn note(&mut self, damaged: Damaged) -> Damaged {
        self.summary.damaged = self.summary.damaged.saturating_add(1);
        damaged
    }
}

/// Whether a thing may end at `at`: another begins there, or the file ends.
fn is_boundary(bytes: &[u8], at: usize, at_end: bool) -> bool {
    match bytes.get(at..) {
        Some([]) => at_end,
        Some(rest) => match rest.first_chunk::<4>() {
            Some(&CHUNK_MAGIC) => rest.len() < CHUNK_OVERHEAD || ChunkHead::decode(rest).is_some(),
            Some(magic) => [TRAILER_MAGIC, HEADER_MAGIC].contains(magic),
            None => false,
        },
        None => false,
    }
}

/// A part of the file, moving forward.
#[derive(Debug)]
struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// Where in `buffer` the window begins.
    start: usize,
    /// Where in the file the window begins.
    offset: u64,
    at_end: bool,
}

impl<R: Read> Window<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            offset: 0,
            at_end: false,
        }
    }

    fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Reads until the window has `len` bytes or the file ends.
    fn want(&mut self, len: usize) -> Result<(), ReadError> {
        if self.bytes().len() >= len || self.at_end {
            return Ok(());
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let mut filled = self.buffer.len();
        self.buffer.resize(WINDOW_LEN.max(len), 0);
        while filled < len {
            let room = self.buffer.get_mut(filled..).unwrap_or_default();
            match self.source.read(room) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(n) => filled = filled.saturating_add(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    self.buffer.truncate(filled);
                    let offset = self.offset.saturating_add(len_u64(filled));
                    return Err(ReadError::Io { offset, source });
                }
            }
        }
        self.buffer.truncate(filled);
        Ok(())
    }

    fn advance(&mut self, len: usize) {
        let len = len.min(self.bytes().len());
        self.start = self.start.saturating_add(len);
        self.offset = self.offset.saturating_add(len_u64(len));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::ChunkWriter;

    /// Bodies of several lengths, one of them with a magic in it.
    fn bodies() -> Vec<Vec<u8>> {
        vec![
            b"first".to_vec(),
            vec![],
            b"a CMBc is no chunk".to_vec(),
            vec![b'C'; 300],
            vec![4; 70],
        ]
    }

    fn file(bodies: &[Vec<u8>], hasher: &ChunkHasher) -> Vec<u8> {
        let header = FileHeader {
            bundle: [3; 16],
            part: 0,
            first_index: 0,
        };
        let mut writer = ChunkWriter::new(Vec::new(), hasher.clone(), header).unwrap();
        for body in bodies {
            writer.chunk(1, body).unwrap();
        }
        writer.finish(true).unwrap().0
    }

    /// Everything found in `bytes`, read in pieces of `piece` bytes.
    fn read(bytes: &[u8], piece: usize) -> Result<(Vec<Item>, Summary), ReadError> {
        let mut reader = ChunkReader::new(Pieces(bytes, piece), ChunkHasher::plain());
        let mut items = Vec::new();
        while let Some(item) = reader.next_item()? {
            items.push(item);
        }
        Ok((items, reader.summary().clone()))
    }

    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let len = self.1.min(out.len());
            self.0.read(&mut out[..len])
        }
    }

    fn chunks(items: &[Item]) -> Vec<(u32, Vec<u8>)> {
        let chunk = |item: &Item| match item {
            Item::Chunk(chunk) => Some((chunk.index, chunk.body.clone())),
            Item::Damaged(_) => None,
        };
        items.iter().filter_map(chunk).collect()
    }

    fn damages(items: &[Item]) -> Vec<Damage> {
        let why = |item: &Item| match item {
            Item::Damaged(damaged) => Some(damaged.why),
            Item::Chunk(_) => None,
        };
        items.iter().filter_map(why).collect()
    }

    fn numbered(bodies: &[Vec<u8>]) -> Vec<(u32, Vec<u8>)> {
        (0..).zip(bodies.iter().cloned()).collect()
    }

    #[test]
    fn chunks_come_out_as_they_went_in() {
        let mut bodies = bodies();
        bodies.extend((0..20).map(|n| vec![n; MAX_CHUNK_LEN]));
        let bytes = file(&bodies, &ChunkHasher::plain());
        for piece in [1_000, 65_536, usize::MAX] {
            let (items, summary) = read(&bytes, piece).unwrap();
            assert_eq!(chunks(&items), numbered(&bodies));
            assert!(summary.is_complete());
            assert_eq!(summary.bytes, len_u64(bytes.len()));
            assert_eq!(summary.header.unwrap().bundle, [3; 16]);
            assert!(summary.trailer.unwrap().last);
        }
    }

    #[test]
    fn every_flipped_bit_loses_at_most_the_chunk_it_touches_and_is_reported() {
        let bodies = bodies();
        let bytes = file(&bodies, &ChunkHasher::plain());
        let all = numbered(&bodies);
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let (items, summary) = read(&damaged, usize::MAX).unwrap();
            let found = chunks(&items);
            assert!(found.iter().all(|chunk| all.contains(chunk)), "bit {bit}");
            assert!(
                found.len() + 1 >= all.len(),
                "bit {bit} lost {:?}",
                damages(&items)
            );
            assert_eq!(damages(&items).len(), 1, "bit {bit}: {:?}", damages(&items));
            assert!(!summary.is_complete());
            let of_chunk = (32..bytes.len() - TRAILER_LEN).contains(&(bit / 8));
            assert_eq!(found.len() == all.len(), !of_chunk, "bit {bit}");
        }
    }

    #[test]
    fn flipped_bit_leaves_the_body_for_who_can_use_it() {
        let bodies = bodies();
        let bytes = file(&bodies, &ChunkHasher::plain());
        // The fourth chunk: magic, length and body in turn.
        let begin = 32 + 4 * CHUNK_OVERHEAD - CHUNK_OVERHEAD + 5 + 18;
        for (at, why) in [
            (begin + 3, Damage::Framing),
            (begin + 6, Damage::Framing),
            (begin + 8, Damage::Hash),
            (begin + 20, Damage::Hash),
            (begin + CHUNK_OVERHEAD + 7, Damage::Hash),
        ] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            let (items, _) = read(&damaged, usize::MAX).unwrap();
            let Item::Damaged(found) = &items[3] else {
                panic!("byte {at}: {items:?}")
            };
            assert_eq!(
                (found.offset, found.why),
                (len_u64(begin), why),
                "byte {at}"
            );
            let body = found.body.as_ref().unwrap();
            let differ = body.iter().zip(&bodies[3]).filter(|(a, b)| a != b).count();
            assert!(
                body.len() == 300 && differ <= 1,
                "byte {at}: {differ} differ"
            );
        }
    }

    #[test]
    fn every_truncation_keeps_the_chunks_before_it() {
        let bodies = bodies();
        let bytes = file(&bodies, &ChunkHasher::plain());
        let mut ends = vec![32];
        for body in &bodies {
            ends.push(ends.last().unwrap() + CHUNK_OVERHEAD + body.len());
        }
        for len in 1..bytes.len() {
            let (items, summary) = read(&bytes[..len], usize::MAX).unwrap();
            let whole = ends.iter().skip(1).filter(|end| **end <= len).count();
            assert_eq!(chunks(&items), numbered(&bodies[..whole]), "cut at {len}");
            assert_eq!(damages(&items), [Damage::Cut], "cut at {len}");
            assert!(!summary.is_complete());
        }
        assert!(matches!(read(&[], 1), Err(ReadError::Empty)));
    }

    #[test]
    fn reader_that_starts_in_the_middle_finds_the_rest() {
        let bodies: Vec<Vec<u8>> = (0..9).map(|n| vec![n; MAX_CHUNK_LEN]).collect();
        let bytes = file(&bodies, &ChunkHasher::plain());
        let (items, _) = read(&bytes[100_000..], 4_096).unwrap();
        assert_eq!(chunks(&items), numbered(&bodies)[2..]);
        assert_eq!(damages(&items), [Damage::Framing, Damage::Missing][..1]);
    }

    #[test]
    fn hole_of_several_chunks_is_one_damage() {
        let bodies: Vec<Vec<u8>> = (0..40).map(|n| vec![n; MAX_CHUNK_LEN]).collect();
        let mut bytes = file(&bodies, &ChunkHasher::plain());
        bytes[200_000..1_900_000].fill(0);
        let (items, _) = read(&bytes, usize::MAX).unwrap();
        assert_eq!(damages(&items), [Damage::Framing; 1]);
        let lost = 40 - chunks(&items).len();
        assert_eq!(lost, 1_900_000_usize.div_ceil(65_581) - 200_000 / 65_581);
    }

    #[test]
    fn lost_chunk_is_missed_and_two_files_in_a_row_are_read() {
        let bodies = bodies();
        let bytes = file(&bodies, &ChunkHasher::plain());
        let mut short = bytes.clone();
        short.drain(32..32 + CHUNK_OVERHEAD + 5);
        assert_eq!(damages(&read(&short, 7).unwrap().0), [Damage::Missing]);
        let twice = [&bytes[..], &bytes[..]].concat();
        let (items, summary) = read(&twice, 7).unwrap();
        assert_eq!(chunks(&items).len(), 2 * bodies.len());
        assert!(summary.is_complete());
        let with_rest = [&bytes[..], &[0; 9]].concat();
        assert_eq!(damages(&read(&with_rest, 7).unwrap().0), [Damage::Framing]);
    }

    #[test]
    fn digest_before_the_last_chunk_is_what_its_writer_had() {
        let hasher = ChunkHasher::keyed(&[6; 32]);
        let mut writer =
            ChunkWriter::new(Vec::new(), hasher.clone(), FileHeader::default()).unwrap();
        writer.chunk(1, b"one").unwrap();
        writer.chunk(1, b"two").unwrap();
        let digest = writer.digest();
        writer.chunk(2, &digest).unwrap();
        let (bytes, _) = writer.finish(false).unwrap();
        let mut reader = ChunkReader::new(&bytes[..], hasher);
        while let Some(Item::Chunk(_)) = reader.next_item().unwrap() {}
        assert_eq!(reader.digest_before(), digest);
        assert!(reader.summary().is_complete());
    }

    #[test]
    fn other_key_finds_no_chunk() {
        let bytes = file(&bodies(), &ChunkHasher::keyed(&[1; 32]));
        let (items, _) = read(&bytes, usize::MAX).unwrap();
        assert_eq!(chunks(&items), []);
    }

    #[test]
    fn other_files_are_refused_after_a_mebibyte() {
        let zeros = io::repeat(0);
        let mut reader = ChunkReader::new(zeros, ChunkHasher::plain());
        assert!(matches!(
            reader.next_item(),
            Err(ReadError::NotABundle(at)) if at < 2 * MAX_PREAMBLE_LEN
        ));
        assert!(matches!(
            read(b"PK\x03\x04", 1),
            Err(ReadError::NotABundle(4))
        ));
        let mut newer = file(&bodies(), &ChunkHasher::plain());
        newer[4] = 2;
        let check = *blake3::hash(&newer[..28])
            .as_bytes()
            .first_chunk::<4>()
            .unwrap();
        newer[28..32].copy_from_slice(&check);
        assert!(matches!(read(&newer, 1), Err(ReadError::Version(2))));
    }

    #[test]
    fn file_of_false_magics_costs_no_more_than_its_length() {
        // Each of them announces a body of 64 KiB: 400,000 × 64 KiB of hashing if all were tried.
        let mut bytes = FileHeader::default().encode().to_vec();
        while bytes.len() < 4_000_000 {
            bytes.extend_from_slice(b"CMBc\x00\x01\x00\x00\x00\x00");
        }
        let mut reader = ChunkReader::new(&bytes[..], ChunkHasher::plain());
        let mut found = 0;
        while reader.next_item().unwrap().is_some() {
            found += 1;
        }
        assert!(found <= 62, "{found} damages");
    }

    #[test]
    fn random_bytes_never_panic() {
        let hash = |n: u32| *blake3::hash(&n.to_be_bytes()).as_bytes();
        for seed in 0..2_000_u32 {
            let mut bytes = file(&bodies(), &ChunkHasher::plain());
            for n in 0..8 {
                let [a, b, c, d, ..] = hash(seed * 8 + n);
                let at = usize::from(u16::from_be_bytes([a, b])) % bytes.len();
                match d % 3 {
                    0 => bytes[at] = c,
                    1 => drop(bytes.drain(at..(at + usize::from(c)).min(bytes.len()))),
                    _ => bytes.splice(at..at, [c; 3]).for_each(drop),
                }
                bytes.push(c);
            }
            let originals = numbered(&bodies());
            if let Ok((items, _)) = read(&bytes, 64) {
                assert!(
                    chunks(&items).iter().all(|c| originals.contains(c)),
                    "seed {seed}"
                );
            }
        }
    }
}
