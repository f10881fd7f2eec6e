use std::io;

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
    let mut writer = ChunkWriter::new(Vec::new(), hasher.clone(), FileHeader::default()).unwrap();
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
