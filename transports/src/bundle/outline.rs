//! What a bundle shows to who has no key for it: that it is whole in its form, and how urgent it is.

use std::io::{self, Read};

use super::{
    CHUNK_MAGIC, CHUNK_OVERHEAD, ChunkHead, FileHeader, HEADER_LEN, TRAILER_LEN, TRAILER_MAGIC,
    VERSION, finding::ReadError, window::Window,
};

/// Classes of chunks from here on are about the bundle itself, and no content.
const FIRST_CLASS_ABOUT: u8 = 16;

/// A bundle's form. Nothing of it is proved: the hashes are keyed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Outline {
    /// What it says to be the digest of its chunks.
    pub digest: [u8; 32],
    /// The most urgent class of content in it; `None` if it has none.
    pub class: Option<u8>,
    /// Its length in bytes.
    pub len: u64,
}

/// Reads the form of the one file that `source` holds. `None` if it is no whole bundle.
///
/// # Errors
///
/// What the operating system said.
pub fn outline(source: impl Read) -> io::Result<Option<Outline>> {
    let mut window = Window::new(source);
    let want = |window: &mut Window<_>, len| {
        window.want(len).map_err(|error| match error {
            ReadError::Io { source, .. } => source,
            other => io::Error::other(other),
        })?;
        Ok::<_, io::Error>(window.bytes().len() >= len)
    };
    if !want(&mut window, HEADER_LEN)? {
        return Ok(None);
    }
    let header = FileHeader::decode(window.bytes()).filter(|(version, _)| *version == VERSION);
    let Some((_, header)) = header else {
        return Ok(None);
    };
    window.advance(HEADER_LEN);
    let (mut index, mut class) = (header.first_index, None::<u8>);
    loop {
        want(&mut window, CHUNK_OVERHEAD.max(TRAILER_LEN))?;
        match window.bytes().first_chunk::<4>() {
            Some(&CHUNK_MAGIC) => {}
            Some(&TRAILER_MAGIC) => break,
            _ => return Ok(None),
        }
        let head = ChunkHead::decode(window.bytes()).filter(|it| it.index == index);
        let Some(head) = head else { return Ok(None) };
        if !want(&mut window, head.total_len())? {
            return Ok(None);
        }
        if head.class < FIRST_CLASS_ABOUT {
            class = Some(class.map_or(head.class, |it| it.min(head.class)));
        }
        window.advance(head.total_len());
        index = index.saturating_add(1);
    }
    let Some(trailer) = super::Trailer::read(window.bytes()) else {
        return Ok(None);
    };
    window.advance(TRAILER_LEN);
    let is_last = !want(&mut window, 1)?;
    let is_whole = trailer.bundle == header.bundle && trailer.end_index == index && is_last;
    Ok(is_whole.then_some(Outline {
        digest: trailer.digest,
        class,
        len: window.offset,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{ChunkHasher, ChunkWriter, write::len_u64};

    fn file(classes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let hasher = ChunkHasher::keyed(&[3; 32]);
        let header = FileHeader {
            bundle: [1; 16],
            part: 2,
            first_index: 7,
        };
        let mut writer = ChunkWriter::new(&mut out, hasher, header).unwrap();
        for class in classes {
            writer.chunk(*class, &[*class; 300]).unwrap();
        }
        writer.finish(true).unwrap();
        out
    }

    #[test]
    fn a_whole_bundle_shows_its_digest_and_how_urgent_it_is() {
        let bytes = file(&[16, 17, 5, 3, 6, 31]);
        let found = outline(&bytes[..]).unwrap().unwrap();
        assert_eq!((found.class, found.len), (Some(3), len_u64(bytes.len())));
        let digest = &bytes[bytes.len() - 64..bytes.len() - 32];
        assert_eq!(found.digest, digest);
        assert_eq!(outline(&file(&[16, 31])[..]).unwrap().unwrap().class, None);
    }

    #[test]
    fn what_is_cut_or_followed_by_anything_is_no_bundle() {
        let bytes = file(&[16, 3, 31]);
        for len in 0..bytes.len() {
            assert_eq!(outline(&bytes[..len]).unwrap(), None, "{len}");
        }
        let twice = [&bytes[..], &bytes[..]].concat();
        assert_eq!(outline(&twice[..]).unwrap(), None);
        assert_eq!(outline(&b"PK\x03\x04 a holiday"[..]).unwrap(), None);
    }
}
