//! Writes a bundle: what tickets lack, or everything.
//!
//! Logs go by priority, and within one in an order in which the reader can take them one by one.
//! A fork goes first, as the two entries that prove it. What this device wrote itself goes also
//! where it waits for somebody to vouch for it: that is how a candidate's word gets out.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
};

use commune_crdt::{
    codec::to_u64,
    entry::BlobRef,
    hash::{BlobHash, NetworkId, blake3},
    keys::SecretKey,
    payload::blobs,
    sync::{
        holdings::Holdings,
        oneway::{
            BLOB_CLASS, BlobWriter, CARRIED_CLASS, CLOSING_CLASS, Closing, Contents, Coverage,
            Description, INTRODUCTION_CLASS, Introduction, SectionWriter, TICKET_CLASS, Ticket,
            carried_bodies,
        },
    },
    time::{ClaimedMinutes, Height},
};
use commune_transports::bundle::{
    ChunkHasher, ChunkWriter, FileHeader, Folder, MAX_CHUNK_LEN, Naming, PartOptions, PartWriter,
    TRAILER_LEN,
};

use super::{
    BundleError, BundleKey, Step,
    plan::{Plan, asked_for, blob_room},
    seal::SMALL_OVERHEAD,
};
use crate::{finality::Given, vault::random};

/// Detached bytes that are read at once.
const PIECE_LEN: usize = 64 * 1_024;

/// What to write, and how.
#[derive(Debug)]
pub struct Options<'a> {
    /// The device that writes it.
    pub device: &'a SecretKey,
    /// The key to seal it with; `None` leaves it clear.
    pub key: Option<&'a BundleKey>,
    /// The tickets to answer: what at least one of them lacks is written. Without any, everything.
    pub targets: &'a [Ticket],
    /// What lies there already, and is not written again.
    pub present: Option<&'a Coverage>,
    /// Bytes that there is room for: what is least urgent is left out.
    pub room: Option<u64>,
    /// A checkpoint with its state, for who has nothing: then only entries above it are written.
    pub carried: Option<&'a Given>,
    /// What this device has, for couriers. Left out of clear bundles, since it lists active logs.
    pub ticket: Option<&'a Ticket>,
    /// When it is written.
    pub claimed: ClaimedMinutes,
    /// Longest part, in bytes.
    pub max_part_len: u64,
}

/// Where a bundle is written to.
pub enum Output<'a> {
    /// A new file, or several `-001`, `-002` if it is longer than a part.
    File(&'a Path),
    /// The stick's way: named by content, in this folder.
    Folder(Folder),
    /// A stream, in one part.
    Stream(&'a mut dyn Write),
}

impl std::fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Output")
    }
}

/// What was written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Created {
    /// The files, in order; none for a stream.
    pub files: Vec<PathBuf>,
    /// Entries in it.
    pub entries: u64,
    /// Detached payloads in it.
    pub blobs: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Entries that the store could not give.
    pub unreadable: u64,
    /// Entries and detached payloads that found no room.
    pub left: u64,
    /// What is in it.
    pub coverage: Coverage,
}

/// Writes a bundle of what `holdings` has. `step` counts entries and detached payloads. A folder
/// gets no file if there is nothing to write.
///
/// # Errors
///
/// [`BundleError`]; parts that were whole by then are there all the same.
pub fn create<'a>(
    holdings: &dyn Holdings,
    options: &Options<'a>,
    output: Output<'a>,
    step: Step<'_>,
) -> Result<Created, BundleError> {
    let history = holdings.history();
    let mut plan = Plan::new(history, options);
    let mut room = u64::MAX;
    if let Some(limit) = options.room {
        let spared = to_u64(options.ticket.map_or(0, |it| it.encode().len()));
        room = limit.saturating_sub(spared);
        if !plan.surely_fits(room) {
            room = plan.fit(holdings, room, &mut |_| step(0))?;
        }
    }
    let mut wanted = Wanted {
        blobs: Vec::new(),
        seen: BTreeSet::new(),
        present: options.present,
    };
    wanted.add(plan.named_there(holdings));
    wanted.add(asked_for(holdings, options));
    let mut created = Created {
        left: plan.left,
        ..Created::default()
    };
    if matches!(output, Output::Folder(_)) && plan.is_empty() {
        created.left = created.left.saturating_add(wanted.fit(room, holdings));
        if wanted.blobs.is_empty() {
            return Ok(created);
        }
    }
    let mut writer = Writer::start(history.roots().network, plan.contents(), options, output)?;
    if let Some(ticket) = options.ticket.filter(|_| options.key.is_some()) {
        writer.ticket(ticket)?;
    }
    if let Some(given) = options.carried {
        for body in carried_bodies(given.height, &given.bytes) {
            writer.body(CARRIED_CLASS, body)?;
            proceed(step)?;
        }
    }
    for (class, places) in (0_u8..).zip(&plan.classes) {
        let mut section = SectionWriter::new(history.roots().network);
        for entry in places.iter().flat_map(|it| it.entries(holdings)) {
            let Some(entry) = entry else {
                created.unreadable = created.unreadable.saturating_add(1);
                continue;
            };
            if let Some(body) = section.push(&entry) {
                writer.body(class, body)?;
            }
            created.entries = created.entries.saturating_add(1);
            created.coverage.note(&entry.log(), entry.claim().seq);
            wanted.add(blobs(entry.claim()));
            proceed(step)?;
        }
        if let Some(body) = section.finish() {
            writer.body(class, body)?;
        }
    }
    if options.room.is_some() {
        created.left = created.left.saturating_add(wanted.fit(room, holdings));
    }
    for blob in &wanted.blobs {
        created.coverage.note_blob(blob.hash);
    }
    created.blobs = write_blobs(holdings, &wanted.blobs, &mut writer, step)?;
    let (files, bytes) = writer.finish()?;
    Ok(Created {
        files,
        bytes,
        ..created
    })
}

/// Detached bytes to be written, each once.
struct Wanted<'a> {
    blobs: Vec<BlobRef>,
    seen: BTreeSet<BlobHash>,
    present: Option<&'a Coverage>,
}

impl Wanted<'_> {
    fn add(&mut self, named: impl IntoIterator<Item = BlobRef>) {
        for blob in named {
            let is_there = self.present.is_some_and(|it| it.has_blob(&blob.hash));
            if !is_there && self.seen.insert(blob.hash) {
                self.blobs.push(blob);
            }
        }
    }

    /// Leaves out what is not here, and what does not fit into `room` bytes; says how many of those.
    fn fit(&mut self, mut room: u64, holdings: &dyn Holdings) -> u64 {
        let missing: BTreeSet<_> = lacking(holdings).collect();
        self.blobs.retain(|blob| !missing.contains(&blob.hash));
        let before = self.blobs.len();
        self.blobs
            .retain(|blob| match room.checked_sub(blob_room(blob)) {
                Some(rest) => {
                    room = rest;
                    true
                }
                None => false,
            });
        to_u64(before.saturating_sub(self.blobs.len()))
    }
}

pub(super) fn proceed(step: Step<'_>) -> Result<(), BundleError> {
    if step(1) {
        Ok(())
    } else {
        Err(BundleError::Stopped)
    }
}

/// Writes those of `wanted` that this device has.
fn write_blobs(
    holdings: &dyn Holdings,
    wanted: &[BlobRef],
    writer: &mut Writer<'_>,
    step: Step<'_>,
) -> Result<u64, BundleError> {
    let mut count = 0_u64;
    let mut section = BlobWriter::new();
    for blob in wanted {
        let mut at = 0;
        while at < blob.len {
            let piece = holdings.blob_part(blob, at, PIECE_LEN);
            let Some(piece) = piece.filter(|it| !it.is_empty()) else {
                break;
            };
            let mut rest = &piece[..];
            while !rest.is_empty() {
                if section.room() == 0
                    && let Some(body) = section.finish()
                {
                    writer.body(BLOB_CLASS, body)?;
                }
                let (part, after) = rest.split_at(rest.len().min(section.room()));
                section.push(blob, at, part);
                at = at.saturating_add(u32::try_from(part.len()).unwrap_or(u32::MAX));
                rest = after;
            }
        }
        count = count.saturating_add(u64::from(at == blob.len));
        proceed(step)?;
    }
    if let Some(body) = section.finish() {
        writer.body(BLOB_CLASS, body)?;
    }
    Ok(count)
}

/// Seals bodies and hands them to the container.
struct Writer<'a> {
    out: Out<'a>,
    key: Option<&'a BundleKey>,
    bundle: [u8; 16],
}

enum Out<'a> {
    Parts(Box<PartWriter>, PathBuf),
    Stream {
        writer: Box<ChunkWriter<&'a mut dyn Write>>,
        closing: Closer,
    },
}

/// Makes the last chunk of a part.
type Closer = Box<dyn FnMut(&[u8; 32]) -> (u8, Vec<u8>) + Send>;

impl<'a> Writer<'a> {
    fn start(
        network: NetworkId,
        contents: Contents,
        options: &Options<'a>,
        output: Output<'a>,
    ) -> Result<Self, BundleError> {
        let bundle = random::unique()?;
        let introduction = introduction(network, contents, options, bundle);
        let hasher = match options.key {
            Some(key) => key.hasher(),
            None => ChunkHasher::plain(),
        };
        let closing = closer(network, bundle, options);
        let parts = |folder: Folder, naming, closing| {
            let path = folder.path().to_owned();
            let mut parts = PartOptions::new(naming, bundle);
            parts.max_len = options.max_part_len;
            parts.hasher = hasher.clone();
            parts.introduction = vec![(INTRODUCTION_CLASS, introduction.clone())];
            parts.closing = Some(closing);
            let writer = PartWriter::create(folder, parts)?;
            Ok::<_, BundleError>(Out::Parts(Box::new(writer), path))
        };
        let out = match output {
            Output::File(path) => {
                let (folder, name) = place(path)?;
                parts(Folder::open(&folder)?, Naming::Fixed(name), closing)?
            }
            Output::Folder(folder) => parts(folder, Naming::Content, closing)?,
            Output::Stream(stream) => {
                let header = FileHeader {
                    bundle,
                    part: 0,
                    first_index: 0,
                };
                let writer = ChunkWriter::new(stream, hasher.clone(), header)
                    .and_then(|mut it| it.chunk(INTRODUCTION_CLASS, &introduction).map(|()| it));
                Out::Stream {
                    writer: Box::new(writer.map_err(BundleError::Output)?),
                    closing,
                }
            }
        };
        Ok(Self {
            out,
            key: options.key,
            bundle,
        })
    }

    /// Writes the body of entries or of detached bytes.
    fn body(&mut self, class: u8, mut body: Vec<u8>) -> Result<(), BundleError> {
        let index = match &mut self.out {
            Out::Parts(writer, _) => writer.make_room(body.len())?,
            Out::Stream { writer, .. } => writer.next_index(),
        };
        if let Some(key) = self.key {
            key.apply(&self.bundle, index, &mut body);
        }
        self.chunk(class, &body)
    }

    /// Writes what the writer has, unless that is too long to be worth it.
    fn ticket(&mut self, ticket: &Ticket) -> Result<(), BundleError> {
        let text = ticket.encode();
        match self.key {
            Some(key) if text.len().saturating_add(SMALL_OVERHEAD) <= MAX_CHUNK_LEN => {
                self.chunk(TICKET_CLASS, &key.small().seal(&text))
            }
            _ => Ok(()),
        }
    }

    fn chunk(&mut self, class: u8, body: &[u8]) -> Result<(), BundleError> {
        match &mut self.out {
            Out::Parts(writer, _) => Ok(writer.chunk(class, body)?),
            Out::Stream { writer, .. } => writer.chunk(class, body).map_err(BundleError::Output),
        }
    }

    fn finish(self) -> Result<(Vec<PathBuf>, u64), BundleError> {
        match self.out {
            Out::Parts(writer, folder) => {
                let parts = writer.finish()?;
                let bytes = parts.iter().map(|it| it.len).fold(0, u64::saturating_add);
                let files = parts.iter().map(|it| folder.join(&it.name)).collect();
                Ok((files, bytes))
            }
            Out::Stream {
                mut writer,
                mut closing,
            } => {
                let (class, body) = closing(&writer.digest());
                writer.chunk(class, &body).map_err(BundleError::Output)?;
                let bytes = writer.written().saturating_add(to_u64(TRAILER_LEN));
                writer.finish(true).map_err(BundleError::Output)?;
                Ok((Vec::new(), bytes))
            }
        }
    }
}

/// The folder and the name of a file to be written.
fn place(path: &Path) -> Result<(PathBuf, String), BundleError> {
    let name = path.file_name().and_then(OsStr::to_str);
    let folder = match path.parent() {
        Some(parent) if parent == Path::new("") => Path::new("."),
        Some(parent) => parent,
        None => return Err(BundleError::Path(path.to_owned())),
    };
    let name = name.ok_or_else(|| BundleError::Path(path.to_owned()))?;
    Ok((folder.to_owned(), name.to_owned()))
}

fn introduction(
    network: NetworkId,
    contents: Contents,
    options: &Options<'_>,
    bundle: [u8; 16],
) -> Vec<u8> {
    let description = Description {
        network,
        device: options.device.device_key(),
        since: Height(0),
        claimed: options.claimed,
        target: answered(options.targets),
        contents,
    }
    .encode();
    Introduction {
        bundle,
        generation: options.key.map(BundleKey::generation),
        description: match options.key {
            Some(key) => key.small().seal(&description),
            None => description,
        },
    }
    .encode()
}

/// What names the tickets that a bundle answers.
fn answered(tickets: &[Ticket]) -> Option<[u8; 32]> {
    match tickets {
        [] => None,
        [one] => Some(one.hash()),
        several => {
            let hashes: Vec<_> = several.iter().map(Ticket::hash).collect();
            let parts: Vec<&[u8]> = hashes.iter().map(|it| &it[..]).collect();
            Some(blake3(&parts))
        }
    }
}

fn closer(network: NetworkId, bundle: [u8; 16], options: &Options<'_>) -> Closer {
    let (device, key) = (options.device.clone(), options.key.cloned());
    Box::new(move |digest| {
        let closing = Closing::sign(&network, &bundle, digest, &device).encode();
        let body = match &key {
            Some(key) => key.small().seal(&closing),
            None => closing,
        };
        (CLOSING_CLASS, body)
    })
}

/// Detached bytes that `holdings` lacks, by name.
pub(super) fn lacking(holdings: &dyn Holdings) -> impl Iterator<Item = BlobHash> {
    holdings.missing_blobs().into_iter().map(|it| it.0.hash)
}
