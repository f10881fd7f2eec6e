//! Reads chunks, and finds them again after damage.
//!
//! ```text
//! at a place where something begins:
//!   header, chunk or trailer that checks ──► take it
//!   framing of a chunk, and a magic behind its body ──► the body is damaged, hand it over as such
//!   else look byte by byte for the next thing that checks; what lies between is lost
//! ```

use std::io::Read;

use super::{
    CHUNK_MAGIC, CHUNK_OVERHEAD, ChunkHasher, ChunkHead, FileHeader, HEADER_LEN, HEADER_MAGIC,
    MAX_CHUNK_LEN, TRAILER_LEN, TRAILER_MAGIC, Trailer, VERSION,
    finding::{Chunk, Damage, Damaged, Item, ReadError, Summary},
    window::Window,
    write::{ChunkDigest, len_u64},
};

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
    hashers: Hashers,
    /// Hashes of this file's intact chunks, and of those before the last one.
    digest: Option<ChunkDigest>,
    digest_before: Option<ChunkDigest>,
    /// Bytes that may still be hashed in search of chunks.
    budget: u64,
    /// What is being read; `None` before a header and after a trailer.
    inside: bool,
    ended: bool,
    summary: Summary,
}

impl<R: Read> ChunkReader<R> {
    /// Reads from `source`, from wherever it stands.
    pub fn new(source: R, hasher: ChunkHasher) -> Self {
        Self::with_candidates(source, vec![hasher])
    }

    /// Reads what was written with one of `hashers`: for each file the first one that shows a chunk
    /// or a trailer to be intact.
    pub fn with_candidates(source: R, hashers: Vec<ChunkHasher>) -> Self {
        Self {
            window: Window::new(source),
            digest: None,
            digest_before: None,
            hashers: Hashers {
                all: hashers,
                chosen: None,
            },
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
            if let Some(trailer) = self.hashers.trailer(self.window.bytes()) {
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
        value(self.digest_before.as_ref(), &self.hashers)
    }

    /// Which of the candidates this file was written with, once a chunk of it was found intact.
    pub fn candidate(&self) -> Option<usize> {
        self.hashers.chosen
    }

    fn begin(&mut self, header: FileHeader) {
        self.advance(HEADER_LEN);
        self.hashers.chosen = None;
        self.digest = None;
        self.digest_before = None;
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
        let digest = value(self.digest.as_ref(), &self.hashers);
        if trailer.digest == digest || self.summary.damaged > 0 {
            return None;
        }
        Some(Item::Damaged(self.note(Damaged {
            offset,
            len: 0,
            why: Damage::Missing,
            framing: None,
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
            framing: None,
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
        if !self.hashers.is_intact(&head, body) {
            return Ok(None);
        }
        let chunk = Chunk {
            offset: self.window.offset,
            class: head.class,
            index: head.index,
            body: body.to_vec(),
        };
        let mut digest = self.digest.take().unwrap_or_else(|| self.hashers.digest());
        self.digest_before = Some(digest.clone());
        digest.add(&head.hash);
        self.digest = Some(digest);
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
                    framing: Some((head.class, head.index)),
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
            framing: head.map(|head| (head.class, head.index)),
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
        let (bytes, hashers) = (self.window.bytes(), &mut self.hashers);
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
                Some(&TRAILER_MAGIC) => hashers.trailer(here).is_some(),
                Some(&CHUNK_MAGIC) => ChunkHead::decode(here).is_some_and(|head| {
                    is_boundary(here, head.total_len(), self.window.at_end)
                        || self
                            .budget
                            .checked_sub(hashers.cost(&head))
                            .is_some_and(|left| {
                                self.budget = left;
                                head.body(here).is_some_and(|b| hashers.is_intact(&head, b))
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

/// How chunks may be hashed.
#[derive(Debug)]
struct Hashers {
    all: Vec<ChunkHasher>,
    /// The one that is right for this file, once that is known.
    chosen: Option<usize>,
}

impl Hashers {
    /// Whether one of them says so; that one is chosen then.
    fn find<T>(&mut self, check: impl Fn(&ChunkHasher) -> Option<T>) -> Option<T> {
        if let Some(chosen) = self.chosen {
            return check(self.all.get(chosen)?);
        }
        let mut all = self.all.iter().enumerate();
        let (at, found) = all.find_map(|(at, hasher)| Some((at, check(hasher)?)))?;
        self.chosen = Some(at);
        Some(found)
    }

    fn is_intact(&mut self, head: &ChunkHead, body: &[u8]) -> bool {
        self.find(|hasher| head.is_intact(body, hasher).then_some(()))
            .is_some()
    }

    fn trailer(&mut self, bytes: &[u8]) -> Option<Trailer> {
        if !bytes.starts_with(&TRAILER_MAGIC) {
            return None;
        }
        self.find(|hasher| Trailer::decode(bytes, hasher))
    }

    /// Bytes that checking a chunk hashes at most.
    fn cost(&self, head: &ChunkHead) -> u64 {
        let tries = self.chosen.map_or(self.all.len(), |_| 1);
        len_u64(head.total_len()).saturating_mul(len_u64(tries))
    }

    fn digest(&self) -> ChunkDigest {
        let chosen = self.all.get(self.chosen.unwrap_or(0));
        chosen.map_or_else(|| ChunkDigest::new(&ChunkHasher::plain()), ChunkDigest::new)
    }
}

/// The value of a digest that has perhaps not begun.
fn value(digest: Option<&ChunkDigest>, hashers: &Hashers) -> [u8; 32] {
    digest.map_or_else(|| hashers.digest().value(), ChunkDigest::value)
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

#[cfg(test)]
mod tests;
