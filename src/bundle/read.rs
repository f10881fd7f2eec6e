//! Reads a bundle: finds its chunks, opens them, and takes damaged ones apart.
//!
//! Nothing that the file says of itself has to be right for the rest to be read. The hashes of
//! chunks show which key it was sealed with; its number stands in the header of the file and in the
//! introduction; the index of a damaged chunk follows from its framing or from the one before.

use std::io::Read;

use commune_crdt::{
    hash::NetworkId,
    sync::oneway::{
        BLOB_CLASS, CARRIED_CLASS, CLOSING_CLASS, Closing, Description, INTRODUCTION_CLASS,
        Introduction, Section, TICKET_CLASS, Ticket, is_entry_class,
    },
};
use commune_transports::bundle::{
    Chunk, ChunkHasher, ChunkReader, Damage, Damaged, FileHeader, Item, Summary,
};

use super::{BundleError, BundleKey};

/// Damaged chunks at the start after which a sealed bundle counts as one that no key opens.
const MAX_CLOSED: u32 = 16;

/// Reads one file, or several that follow one another.
#[derive(Debug)]
pub struct BundleReader<R> {
    chunks: ChunkReader<R>,
    /// The first candidate of `chunks` is none of them: a clear bundle.
    keys: Vec<BundleKey>,
    /// The network of this device: a bundle of another one is refused.
    own: Option<NetworkId>,
    /// The network for which entries are read.
    network: Option<NetworkId>,
    bundle: [u8; 16],
    header: Option<FileHeader>,
    /// Index that the next chunk should have.
    next: u32,
    /// What an introduction that no key shows to be intact says of its key.
    hint: Option<Option<u32>>,
    closed: u32,
    /// Whether its ticket was read: a file holds one, and more would only fill the memory.
    has_ticket: bool,
}

/// One finding of a [`BundleReader`].
#[derive(Clone, Debug)]
pub enum Finding {
    /// What the bundle is. Comes again with each part.
    Described {
        /// What it says.
        description: Box<Description>,
        /// The generation of the key that it is sealed with; `None` if it is clear.
        generation: Option<u32>,
    },
    /// Entries of an intact chunk, not verified.
    Entries {
        /// Where the chunk begins.
        offset: u64,
        /// Priority.
        class: u8,
        /// The entries.
        section: Section,
    },
    /// A part of a checkpoint with its state; see
    /// [`CarriedPart`](commune_crdt::sync::oneway::CarriedPart).
    Carried {
        /// Where its chunk begins.
        offset: u64,
        /// The opened body.
        body: Vec<u8>,
    },
    /// Parts of detached bytes; see [`commune_crdt::sync::oneway::read_blob_parts`].
    Blobs(Vec<u8>),
    /// What the writer of the bundle has, the first that stands in the file.
    Ticket(Box<Ticket>),
    /// Who wrote this part, and whether the signature is right.
    Closed {
        /// Where its chunk begins.
        offset: u64,
        /// The device and its signature.
        closing: Closing,
        /// Whether it signed for the chunks before.
        is_valid: bool,
    },
    /// An intact chunk that cannot be read: whoever wrote it erred.
    Unreadable {
        /// Where it begins.
        offset: u64,
    },
    /// Bytes that are not what was written.
    Damaged {
        /// Where they begin.
        offset: u64,
        /// How many they are.
        len: u64,
        /// What is wrong.
        why: Damage,
        /// What could be taken out of them.
        salvaged: Salvaged,
    },
}

/// What could be taken out of damaged bytes.
#[derive(Clone, Debug, Default)]
pub struct Salvaged {
    /// Entries; some may have false signatures now.
    pub section: Section,
    /// The opened body, perhaps parts of detached bytes.
    pub blobs: Vec<u8>,
}

impl<R: Read> BundleReader<R> {
    /// Reads from `source` what is clear, or sealed with one of `keys`.
    ///
    /// A bundle of another network than `own` is refused.
    pub fn new(source: R, keys: Vec<BundleKey>, own: NetworkId) -> Self {
        let mut this = Self::of_any(source, keys, Some(own));
        this.own = Some(own);
        this
    }

    /// As [`Self::new`], of whatever network it says; of `network` if its introduction is damaged.
    pub fn of_any(source: R, keys: Vec<BundleKey>, network: Option<NetworkId>) -> Self {
        let sealed = keys.iter().map(BundleKey::hasher);
        let candidates = std::iter::once(ChunkHasher::plain()).chain(sealed);
        Self {
            chunks: ChunkReader::with_candidates(source, candidates.collect()),
            keys,
            own: None,
            network,
            bundle: [0; 16],
            header: None,
            next: 0,
            hint: None,
            closed: 0,
            has_ticket: false,
        }
    }

    /// The next finding, `None` at the end.
    ///
    /// # Errors
    ///
    /// [`BundleError`]. What was given before stays true.
    pub fn next_finding(&mut self) -> Result<Option<Finding>, BundleError> {
        loop {
            let item = self.chunks.next_item()?;
            self.note_header();
            let finding = match item {
                Some(Item::Chunk(chunk)) => self.intact(chunk)?,
                Some(Item::Damaged(damaged)) => Some(self.damaged(damaged)?),
                None if self.chunks.summary().chunks == 0 => {
                    self.refuse_closed()?;
                    return Ok(None);
                }
                None => return Ok(None),
            };
            if finding.is_some() {
                return Ok(finding);
            }
        }
    }

    /// What was found so far.
    pub fn summary(&self) -> &Summary {
        self.chunks.summary()
    }

    /// The network that entries are read for, once it is known.
    pub fn network(&self) -> Option<&NetworkId> {
        self.network.as_ref()
    }

    fn note_header(&mut self) {
        let header = self.chunks.summary().header;
        if header == self.header {
            return;
        }
        self.header = header;
        if let Some(header) = header {
            self.bundle = header.bundle;
            self.next = header.first_index;
        }
    }

    /// The key of this file; `None` if it is clear, or nothing shows what it is.
    fn key(&self) -> Option<&BundleKey> {
        match self.chunks.candidate() {
            Some(at) => self.keys.get(at.checked_sub(1)?),
            None => {
                let generation = self.hint.flatten()?;
                self.keys.iter().find(|it| it.generation() == generation)
            }
        }
    }

    fn intact(&mut self, chunk: Chunk) -> Result<Option<Finding>, BundleError> {
        let Chunk {
            offset,
            class,
            index,
            mut body,
        } = chunk;
        self.next = index.saturating_add(1);
        let finding = match class {
            INTRODUCTION_CLASS => return self.introduced(offset, &body).map(Some),
            CLOSING_CLASS => self.closed(offset, &body),
            TICKET_CLASS if self.has_ticket => return Ok(None),
            TICKET_CLASS => {
                self.has_ticket = true;
                self.open_small(&body)
                    .and_then(|it| Ticket::decode(&it).ok())
                    .map(|it| Finding::Ticket(Box::new(it)))
            }
            BLOB_CLASS => {
                self.open(index, &mut body);
                Some(Finding::Blobs(body))
            }
            CARRIED_CLASS => {
                self.open(index, &mut body);
                Some(Finding::Carried { offset, body })
            }
            _ if is_entry_class(class) => {
                self.open(index, &mut body);
                self.network.map(|network| Finding::Entries {
                    offset,
                    class,
                    section: Section::read(&body, &network),
                })
            }
            _ => return Ok(None),
        };
        Ok(Some(finding.unwrap_or(Finding::Unreadable { offset })))
    }

    fn introduced(&mut self, offset: u64, body: &[u8]) -> Result<Finding, BundleError> {
        let introduction = Introduction::decode(body)?;
        self.bundle = introduction.bundle;
        let bytes = match self.key() {
            Some(key) => key.small().open(&introduction.description),
            None => Some(introduction.description),
        };
        let description = bytes.and_then(|it| Description::decode(&it).ok());
        let Some(description) = description else {
            return Ok(Finding::Unreadable { offset });
        };
        if let Some(own) = self.own.filter(|it| *it != description.network) {
            return Err(BundleError::OtherNetwork {
                found: description.network,
                own,
            });
        }
        self.network = Some(description.network);
        Ok(Finding::Described {
            description: Box::new(description),
            generation: self.key().map(BundleKey::generation),
        })
    }

    fn closed(&self, offset: u64, body: &[u8]) -> Option<Finding> {
        let closing = Closing::decode(&self.open_small(body)?).ok()?;
        let digest = self.chunks.digest_before();
        Some(Finding::Closed {
            offset,
            closing,
            is_valid: closing
                .verify(self.network.as_ref()?, &self.bundle, &digest)
                .is_ok(),
        })
    }

    fn damaged(&mut self, damaged: Damaged) -> Result<Finding, BundleError> {
        let Damaged {
            offset,
            len,
            why,
            framing,
            body,
        } = damaged;
        let nothing_fits = self.chunks.candidate().is_none();
        if let (Damage::Hash, Some((INTRODUCTION_CLASS, _)), Some(body), true) =
            (why, framing, &body, nothing_fits)
        {
            let introduction = Introduction::decode(body).ok();
            self.hint = introduction.map(|it| it.generation).or(self.hint);
        }
        if nothing_fits && self.chunks.summary().chunks == 0 {
            self.closed = self.closed.saturating_add(1);
            if self.closed >= MAX_CLOSED {
                self.refuse_closed()?;
            }
        }
        let salvaged = body.map(|body| self.salvage(framing.map(|it| it.1), body));
        if matches!(why, Damage::Hash | Damage::Framing) {
            self.next = self.next.saturating_add(1);
        }
        Ok(Finding::Damaged {
            offset,
            len,
            why,
            salvaged: salvaged.unwrap_or_default(),
        })
    }

    /// Takes a damaged body apart, whatever its class: that may be damaged as well.
    fn salvage(&self, framed: Option<u32>, body: Vec<u8>) -> Salvaged {
        let Some(network) = self.network else {
            return Salvaged::default();
        };
        let mut best = Salvaged::default();
        for index in [Some(self.next), framed.filter(|it| *it != self.next)] {
            let Some(index) = index else { continue };
            let mut opened = body.clone();
            self.open(index, &mut opened);
            let section = Section::salvage(&opened, &network);
            if best.blobs.is_empty() || section.entries.len() > best.section.entries.len() {
                best = Salvaged {
                    section,
                    blobs: opened,
                };
            }
            if self.key().is_none() {
                break;
            }
        }
        best
    }

    fn open(&self, index: u32, body: &mut [u8]) {
        if let Some(key) = self.key() {
            key.apply(&self.bundle, index, body);
        }
    }

    fn open_small(&self, body: &[u8]) -> Option<Vec<u8>> {
        match self.key() {
            Some(key) => key.small().open(body),
            None => Some(body.to_vec()),
        }
    }

    /// Nothing is intact under any key: it is sealed with another.
    fn refuse_closed(&self) -> Result<(), BundleError> {
        match self.hint {
            Some(Some(_)) => Err(BundleError::Sealed),
            _ => Ok(()),
        }
    }
}
