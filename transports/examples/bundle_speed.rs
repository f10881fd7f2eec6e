//! How fast bundles are written and read: `cargo run --release --example bundle_speed [FOLDER]`.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a measurement stops at the first surprise"
)]

use std::{env, path::PathBuf, time::Instant};

use commune_transports::bundle::{
    ChunkHasher, ChunkReader, ChunkWriter, FileHeader, Folder, Item, MAX_CHUNK_LEN, Naming,
    PartOptions, PartWriter, open_regular,
};

const CHUNKS: u32 = 8_192;
const MB: f64 = MAX_CHUNK_LEN as f64 * CHUNKS as f64 / 1e6;

fn main() {
    let body: Vec<u8> = (0..MAX_CHUNK_LEN)
        .map(|n| (n * 31 % 251).to_le_bytes()[0])
        .collect();

    let start = Instant::now();
    let sink = std::io::sink();
    let mut writer = ChunkWriter::new(sink, ChunkHasher::plain(), FileHeader::default()).unwrap();
    for _ in 0..CHUNKS {
        writer.chunk(1, &body).unwrap();
    }
    writer.finish(true).unwrap();
    report("framed and hashed", start);

    let dir = tempfile::tempdir_in(env::args().nth(1).map_or_else(env::temp_dir, PathBuf::from));
    let dir = dir.unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    let start = Instant::now();
    let mut bundle =
        PartWriter::create(folder, PartOptions::new(Naming::Content, [0; 16])).unwrap();
    for _ in 0..CHUNKS {
        bundle.chunk(1, &body).unwrap();
    }
    report("written", start);
    let parts = bundle.finish().unwrap();
    report("written, on the medium, read back", start);

    let start = Instant::now();
    let file = open_regular(&dir.path().join(&parts[0].name)).unwrap();
    let mut reader = ChunkReader::new(file, ChunkHasher::plain());
    let mut chunks = 0;
    while let Some(Item::Chunk(_)) = reader.next_item().unwrap() {
        chunks += 1;
    }
    assert_eq!(chunks, CHUNKS);
    report("read", start);
}

fn report(what: &str, start: Instant) {
    println!("{what}: {:.0} MB/s", MB / start.elapsed().as_secs_f64());
}
