//! Bundles on a medium: whole files only, in parts that every stick takes.
//!
//! ```text
//! name.tmp ─► written ─► on the medium ─► read back and checked ─► renamed ─► folder on the medium
//! ```
//!
//! Whoever pulls the stick out in between leaves a `.tmp`, which readers ignore, and never a file
//! with a bundle's name that is not whole. Each part stands alone: it repeats the chunks that
//! introduce the bundle, and has its own last chunk.

use std::{
    fmt,
    fs::File,
    io::{self, BufWriter, Seek},
};

use rustix::io::Errno;
use thiserror::Error;

use super::{
    ChunkHasher, ChunkReader, ChunkTooLong, ChunkWriter, FileHeader, MAX_CHUNK_LEN,
    folder::{Folder, Space, is_portable_name, not_from_memory},
    write::{EMPTY_FILE_LEN, chunk_len},
};

/// Longest part unless told otherwise, in bytes: FAT32 takes 4 GiB, old tools 2 GiB.
pub const DEFAULT_PART_LEN: u64 = 1_900_000_000;

/// Shortest limit for parts, in bytes: room for introduction, one chunk and the end.
pub const MIN_PART_LEN: u64 = 256 * 1024;

/// Parts of a bundle at most: their numbers have three digits.
pub const MAX_PARTS: u16 = 999;

/// Longest introduction or last chunk, in bytes.
const MAX_ENDS_LEN: u64 = 64 * 1024;

/// Bytes gathered before they are written.
const BUFFER_LEN: usize = 1 << 20;

/// Makes the last chunk of a part, its class and its body of at most 4 KiB, from the digest of all
/// before it.
pub type Closing = Box<dyn FnMut(&[u8; 32]) -> (u8, Vec<u8>) + Send>;

/// Longest last chunk, in bytes.
const MAX_CLOSING_LEN: usize = 4 * 1024;

/// How a bundle is written.
pub struct PartOptions {
    /// What its files are called.
    pub naming: Naming,
    /// Longest part, in bytes.
    pub max_len: u64,
    /// How its chunks are hashed.
    pub hasher: ChunkHasher,
    /// The bundle's own number, the same in all parts.
    pub bundle: [u8; 16],
    /// Chunks, class and body, that stand at the start of each part. At most 64 KiB in all.
    pub introduction: Vec<(u8, Vec<u8>)>,
    /// Makes the last chunk of each part.
    pub closing: Option<Closing>,
}

impl PartOptions {
    /// A clear bundle of parts of [`DEFAULT_PART_LEN`], without introduction.
    pub fn new(naming: Naming, bundle: [u8; 16]) -> Self {
        Self {
            naming,
            max_len: DEFAULT_PART_LEN,
            hasher: ChunkHasher::plain(),
            bundle,
            introduction: Vec::new(),
            closing: None,
        }
    }
}

impl fmt::Debug for PartOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartOptions")
            .field("naming", &self.naming)
            .field("max_len", &self.max_len)
            .field("introduction", &self.introduction.len())
            .finish_non_exhaustive()
    }
}

/// What the files of a bundle are called.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Naming {
    /// This name; if there are several parts `name-001.cmb`, `name-002.cmb`. It MUST NOT exist.
    Fixed(String),
    /// `<32 hex digits of the digest>.cmb`. One that exists holds the same, and is replaced.
    Content,
}

/// A part that is on the medium.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part {
    /// Its name within the folder.
    pub name: String,
    /// Its length in bytes.
    pub len: u64,
    /// Digest of its chunks.
    pub digest: [u8; 32],
}

/// Writes a bundle into a folder, part by part.
///
/// Dropping it removes the part in progress and leaves those before it, which are whole.
pub struct PartWriter {
    folder: Folder,
    options: PartOptions,
    current: Option<Current>,
    next_index: u32,
    done: Vec<Part>,
}

/// The part in progress.
struct Current {
    writer: ChunkWriter<BufWriter<File>>,
    tmp: String,
    /// Whether it has more than its introduction.
    filled: bool,
}

impl PartWriter {
    /// Starts the first part in `folder`.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if options are out of bounds, the name exists, or the medium refuses.
    pub fn create(folder: Folder, options: PartOptions) -> Result<Self, WriteError> {
        if options.max_len < MIN_PART_LEN {
            return Err(WriteError::PartTooShort(options.max_len));
        }
        let introduction: u64 = options
            .introduction
            .iter()
            .map(|(_, b)| chunk_len(b.len()))
            .sum();
        if introduction > MAX_ENDS_LEN {
            return Err(WriteError::IntroductionTooLong(introduction));
        }
        if let Naming::Fixed(name) = &options.naming {
            let numbered = numbered(name, MAX_PARTS);
            if !is_portable_name(name) || !is_portable_name(&numbered) {
                return Err(WriteError::Name(name.escape_debug().to_string()));
            }
            if folder.exists(name) {
                return Err(WriteError::Exists(name.clone()));
            }
        }
        let mut this = Self {
            folder,
            options,
            current: None,
            next_index: 0,
            done: Vec::new(),
        };
        this.start()?;
        Ok(this)
    }

    /// Makes room for a chunk with a body of `len` bytes, in a new part if this one is full, and
    /// gives the index that it will have: for who seals bodies by their index.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; the bundle can then only be dropped.
    pub fn make_room(&mut self, len: usize) -> Result<u32, WriteError> {
        if len > MAX_CHUNK_LEN {
            return Err(WriteError::ChunkTooLong(ChunkTooLong(len)));
        }
        let closing = match self.options.closing {
            Some(_) => chunk_len(MAX_CLOSING_LEN),
            None => 0,
        };
        let needed = chunk_len(len)
            .saturating_add(closing)
            .saturating_add(EMPTY_FILE_LEN);
        let full = |c: &Current| {
            c.filled && c.writer.written().saturating_add(needed) > self.options.max_len
        };
        if self.current.as_ref().is_some_and(full) {
            self.end(false)?;
            self.start()?;
        }
        let current = self.current.as_ref().ok_or(WriteError::Ended)?;
        Ok(current.writer.next_index())
    }

    /// Appends a chunk, in a new part if this one is full.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; the bundle can then only be dropped.
    pub fn chunk(&mut self, class: u8, body: &[u8]) -> Result<(), WriteError> {
        self.make_room(body.len())?;
        let Some(current) = self.current.as_mut() else {
            return Err(WriteError::Ended);
        };
        current.filled = true;
        let result = current.writer.chunk(class, body);
        result.map_err(|e| self.failed("write to", &e))
    }

    /// Bytes of this and all earlier parts.
    pub fn written(&self) -> u64 {
        let current = self
            .current
            .as_ref()
            .map_or(0, |current| current.writer.written());
        self.done
            .iter()
            .fold(current, |sum, part| sum.saturating_add(part.len))
    }

    /// Ends the last part. When this returns, every part is on the medium, was read back and has
    /// its name.
    ///
    /// # Errors
    ///
    /// [`WriteError`]. Parts before the last are there all the same.
    pub fn finish(mut self) -> Result<Vec<Part>, WriteError> {
        self.end(true)?;
        Ok(std::mem::take(&mut self.done))
    }

    fn start(&mut self) -> Result<(), WriteError> {
        let part = u16::try_from(self.done.len()).unwrap_or(u16::MAX);
        if part >= MAX_PARTS {
            return Err(WriteError::TooManyParts);
        }
        let tmp = match &self.options.naming {
            Naming::Fixed(name) => format!("{name}.tmp"),
            Naming::Content => format!("{}.tmp", random_name()?),
        };
        // An own left-over of an earlier try. `create` follows no link and takes no other file.
        let wrong = |folder: &Folder, e: &io::Error| WriteError::new(folder, &tmp, "create", e);
        self.folder
            .remove(&tmp)
            .map_err(|e| wrong(&self.folder, &e))?;
        let file = self
            .folder
            .create(&tmp)
            .map_err(|e| wrong(&self.folder, &e))?;
        let header = FileHeader {
            bundle: self.options.bundle,
            part,
            first_index: self.next_index,
        };
        let out = BufWriter::with_capacity(BUFFER_LEN, file);
        let start = || {
            let mut writer = ChunkWriter::new(out, self.options.hasher.clone(), header)?;
            for (class, body) in &self.options.introduction {
                writer.chunk(*class, body)?;
            }
            Ok(writer)
        };
        match start() {
            Ok(writer) => {
                self.current = Some(Current {
                    writer,
                    tmp,
                    filled: false,
                });
                Ok(())
            }
            Err(e) => {
                let error = WriteError::new(&self.folder, &tmp, "write to", &e);
                drop(self.folder.remove(&tmp));
                Err(error)
            }
        }
    }

    fn end(&mut self, last: bool) -> Result<(), WriteError> {
        let Some(Current {
            mut writer, tmp, ..
        }) = self.current.take()
        else {
            return Err(WriteError::Ended);
        };
        let result = (|| {
            let wrong = |doing| {
                let (folder, tmp) = (&self.folder, &tmp);
                move |e: io::Error| WriteError::new(folder, tmp, doing, &e)
            };
            if let Some(closing) = &mut self.options.closing {
                let (class, body) = closing(&writer.digest());
                if body.len() > MAX_CLOSING_LEN {
                    return Err(WriteError::ClosingTooLong(body.len()));
                }
                writer.chunk(class, &body).map_err(wrong("write to"))?;
            }
            let (out, trailer) = writer.finish(last).map_err(wrong("write to"))?;
            let file = out
                .into_inner()
                .map_err(|e| wrong("write to")(e.into_error()))?;
            file.sync_all().map_err(wrong("write to"))?;
            let len =
                check(file, &self.options.hasher, &trailer.digest).map_err(wrong("read back"))?;
            self.next_index = trailer.end_index;
            let name = self.name(&trailer.digest, last);
            if matches!(self.options.naming, Naming::Fixed(_)) && self.folder.exists(&name) {
                return Err(WriteError::Exists(name));
            }
            self.folder.rename(&tmp, &name).map_err(wrong("name"))?;
            Ok(Part {
                name,
                len,
                digest: trailer.digest,
            })
        })();
        match result {
            Ok(part) => {
                self.done.push(part);
                Ok(())
            }
            Err(error) => {
                drop(self.folder.remove(&tmp));
                Err(error)
            }
        }
    }

    fn name(&self, digest: &[u8; 32], last: bool) -> String {
        let number = u16::try_from(self.done.len())
            .unwrap_or(u16::MAX)
            .saturating_add(1);
        match &self.options.naming {
            Naming::Fixed(name) if last && number == 1 => name.clone(),
            Naming::Fixed(name) => numbered(name, number),
            Naming::Content => format!("{}.cmb", hex(digest.iter().take(16))),
        }
    }

    fn failed(&self, doing: &'static str, error: &io::Error) -> WriteError {
        let tmp = self.current.as_ref().map_or("", |current| &current.tmp);
        WriteError::new(&self.folder, tmp, doing, error)
    }
}

impl Drop for PartWriter {
    fn drop(&mut self) {
        if let Some(current) = self.current.take() {
            drop(self.folder.remove(&current.tmp));
        }
    }
}

impl fmt::Debug for PartWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartWriter")
            .field("folder", &self.folder.path())
            .field("options", &self.options)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

/// Reads `file` from the medium, and gives its length if it holds what was written.
fn check(mut file: File, hasher: &ChunkHasher, digest: &[u8; 32]) -> io::Result<u64> {
    not_from_memory(&file)?;
    file.rewind()?;
    let mut reader = ChunkReader::new(file, hasher.clone());
    loop {
        match reader.next_item() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(e) => return Err(io::Error::new(io::ErrorKind::InvalidData, e)),
        }
    }
    let summary = reader.summary();
    let same = summary
        .trailer
        .is_some_and(|trailer| trailer.digest == *digest);
    if !summary.is_complete() || !same {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "not what was written",
        ));
    }
    Ok(summary.bytes)
}

/// `name.cmb` as `name-007.cmb`.
fn numbered(name: &str, number: u16) -> String {
    match name.rsplit_once('.') {
        Some((stem, end)) => format!("{stem}-{number:03}.{end}"),
        None => format!("{name}-{number:03}"),
    }
}

fn random_name() -> Result<String, WriteError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| WriteError::Random)?;
    Ok(hex(bytes.iter()))
}

fn hex<'a>(bytes: impl Iterator<Item = &'a u8>) -> String {
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// Why a bundle was not written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The limit for parts is too low.
    #[error("parts of {0} bytes are too short, the least is {MIN_PART_LEN}")]
    PartTooShort(u64),
    /// The chunks at the start of each part are too long.
    #[error("introduction has {0} bytes, the limit is {MAX_ENDS_LEN}")]
    IntroductionTooLong(u64),
    /// The last chunk of a part is too long.
    #[error("last chunk has {0} bytes, the limit is {MAX_CLOSING_LEN}")]
    ClosingTooLong(usize),
    /// A chunk is too long.
    #[error(transparent)]
    ChunkTooLong(ChunkTooLong),
    /// More parts than numbers.
    #[error("bundle needs more than {MAX_PARTS} parts")]
    TooManyParts,
    /// A name that not every file system takes.
    #[error("\"{0}\": not a name that every stick takes (letters, digits, - _ . only)")]
    Name(String),
    /// The name is taken.
    #[error("{0} exists already")]
    Exists(String),
    /// The system gives no random bytes.
    #[error("no random bytes")]
    Random,
    /// An earlier call failed.
    #[error("bundle has ended")]
    Ended,
    /// The medium has no room left.
    #[error("cannot {doing} {path}: the disk is full")]
    Full {
        /// Which file.
        path: String,
        /// What was being done.
        doing: &'static str,
    },
    /// The medium refused.
    #[error("cannot {doing} {path}")]
    Io {
        /// Which file.
        path: String,
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl WriteError {
    fn new(folder: &Folder, name: &str, doing: &'static str, error: &io::Error) -> Self {
        let path = folder.path().join(name).display().to_string();
        // Some drivers say "not permitted" when they mean "full", and tell no room either.
        let is_scarce = |it: Space| it.free < 1 << 20;
        let full = match Errno::from_io_error(error) {
            Some(Errno::NOSPC | Errno::DQUOT) => true,
            Some(Errno::PERM) => folder.space().is_ok_and(|it| it.is_none_or(is_scarce)),
            Some(Errno::IO) => folder.space().is_ok_and(|it| it.is_some_and(is_scarce)),
            _ => false,
        };
        if full {
            return Self::Full { path, doing };
        }
        let source = match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(error.kind(), error.to_string()),
        };
        Self::Io {
            path,
            doing,
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::bundle::{Item, open_regular};

    fn names(dir: &Path) -> Vec<String> {
        let name =
            |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = fs::read_dir(dir).unwrap().map(name).collect();
        names.sort();
        names
    }

    fn writer(dir: &Path, naming: Naming, max_len: u64) -> Result<PartWriter, WriteError> {
        let mut options = PartOptions::new(naming, [5; 16]);
        options.max_len = max_len;
        options.introduction = vec![(0, b"introduction".to_vec())];
        options.closing = Some(Box::new(|digest| (9, digest.to_vec())));
        PartWriter::create(Folder::open(dir).unwrap(), options)
    }

    fn fixed() -> Naming {
        Naming::Fixed("meetup.cmb".into())
    }

    #[test]
    fn small_bundle_is_one_file_with_its_own_name() {
        let dir = tempfile::tempdir().unwrap();
        let mut bundle = writer(dir.path(), fixed(), MIN_PART_LEN).unwrap();
        bundle.chunk(1, b"entries").unwrap();
        assert_eq!(names(dir.path()), ["meetup.cmb.tmp"]);
        let parts = bundle.finish().unwrap();
        assert_eq!(names(dir.path()), ["meetup.cmb"]);
        assert_eq!(
            parts[0].len,
            fs::metadata(dir.path().join("meetup.cmb")).unwrap().len()
        );
        assert!(matches!(
            writer(dir.path(), fixed(), MIN_PART_LEN),
            Err(WriteError::Exists(_))
        ));
    }

    #[test]
    fn each_part_is_within_the_limit_and_stands_alone() {
        let dir = tempfile::tempdir().unwrap();
        let mut bundle = writer(dir.path(), fixed(), MIN_PART_LEN).unwrap();
        for n in 0..20 {
            bundle.chunk(1, &[n; MAX_CHUNK_LEN]).unwrap();
        }
        let parts = bundle.finish().unwrap();
        assert_eq!(parts.len(), 7, "three chunks a part");
        assert_eq!(names(dir.path())[6], "meetup-007.cmb");
        let mut bodies = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            assert!(part.len <= MIN_PART_LEN);
            let file = open_regular(&dir.path().join(&part.name)).unwrap();
            let mut reader = ChunkReader::new(file, ChunkHasher::plain());
            let mut chunks = Vec::new();
            while let Some(Item::Chunk(chunk)) = reader.next_item().unwrap() {
                chunks.push(chunk);
            }
            assert!(reader.summary().is_complete());
            assert_eq!(usize::from(reader.summary().header.unwrap().part), number);
            assert_eq!(reader.summary().trailer.unwrap().last, number == 6);
            assert_eq!(chunks.remove(0).body, b"introduction");
            let closing = chunks.pop().unwrap();
            assert_eq!(
                (closing.class, &closing.body[..]),
                (9, &reader.digest_before()[..])
            );
            bodies.extend(chunks.iter().map(|chunk| chunk.body[0]));
        }
        assert_eq!(bodies, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn files_named_by_content_are_the_same_for_the_same_content() {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let mut bundle = writer(dir.path(), Naming::Content, MIN_PART_LEN).unwrap();
            bundle.chunk(1, b"entries").unwrap();
            let parts = bundle.finish().unwrap();
            assert_eq!(parts[0].name.len(), 36);
            assert_eq!(names(dir.path()), [parts[0].name.clone()]);
        }
    }

    #[test]
    fn dropped_bundle_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let mut bundle = writer(dir.path(), Naming::Content, MIN_PART_LEN).unwrap();
        bundle.chunk(1, b"entries").unwrap();
        drop(bundle);
        assert_eq!(names(dir.path()), [""; 0]);
    }

    #[test]
    fn left_over_of_an_earlier_try_is_replaced_and_no_link_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let outside = dir.path().join("outside");
        fs::write(&outside, b"mine").unwrap();
        std::os::unix::fs::symlink(&outside, dir.path().join("meetup.cmb.tmp")).unwrap();
        let mut bundle = writer(dir.path(), fixed(), MIN_PART_LEN).unwrap();
        bundle.chunk(1, b"entries").unwrap();
        bundle.finish().unwrap();
        assert_eq!(fs::read(&outside).unwrap(), b"mine");
        assert_eq!(names(dir.path()), ["meetup.cmb", "outside"]);
    }

    #[test]
    fn options_out_of_bounds_say_value_and_limit() {
        let dir = tempfile::tempdir().unwrap();
        let said = |result: Result<PartWriter, WriteError>| result.unwrap_err().to_string();
        assert_eq!(
            said(writer(dir.path(), fixed(), 1_000)),
            "parts of 1000 bytes are too short, the least is 262144",
        );
        let name = Naming::Fixed("a:b.cmb".into());
        assert!(said(writer(dir.path(), name, MIN_PART_LEN)).contains("not a name"));
        let mut bundle = writer(dir.path(), fixed(), MIN_PART_LEN).unwrap();
        let error = bundle.chunk(1, &vec![0; MAX_CHUNK_LEN + 1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "chunk has 65537 bytes, the limit is 65536"
        );
    }
}
