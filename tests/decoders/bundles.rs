//! Bundles, and what couriers see of them.

use commune::bundle::examine;
use commune_crdt::{
    entry::{LogId, Stream, Tag},
    hash::{EntryId, blake3},
    keys::DeviceKey,
    sync::oneway::{BLOB_CLASS, LogView, TICKET_CLASS, Ticket, is_entry_class},
};
use commune_transports::bundle::{
    ChunkHasher, ChunkReader, ChunkWriter, FileHeader, Item, MAX_CHUNK_LEN, outline,
};

use crate::{
    alice,
    bounds::{Chance, Reader, alone, change, measured},
    world::{self, NETWORK, NOW, Neighbour, key, person},
};

#[test]
fn bundles() {
    let _alone = alone();
    let alice = alice();
    let clear = alice.bundle(&alice.options()).0;
    let rewritten = |chance: &mut Chance, input: &[u8]| {
        if chance.below(2) == 0 || input != clear {
            change(chance, input)
        } else {
            with_a_changed_chunk(chance, input)
        }
    };
    Reader {
        name: "bundle",
        seeds: vec![clear.clone(), alice.sealed()],
        change: &rewritten,
        read: &|bytes| {
            let mut bruno = Neighbour::new(1, 2);
            let imported = world::import(&mut bruno, bytes);
            let seen = examine(bytes, vec![key()], Some(NETWORK), true, &mut |_| true);
            seen.is_ok_and(|it| it.is_good()) && imported.is_ok_and(|it| it.is_intact())
        },
    }
    .holds();
}

/// What couriers look at who cannot open a bundle.
#[test]
fn outlines() {
    let _alone = alone();
    let alice = alice();
    Reader {
        name: "outline",
        seeds: vec![alice.bundle(&alice.options()).0, alice.sealed()],
        change: &change,
        read: &|bytes| {
            let found = outline(bytes).unwrap();
            assert!(found.is_none_or(|it| it.len == bytes.len() as u64));
            found.is_some()
        },
    }
    .holds();
}

/// Bundles of 8 MiB and more that are made to cost their reader more than they hold: they are done with in a
/// second and 64 MiB, and the next bundle gets in.
#[test]
fn bundle_bombs() {
    let _alone = alone();
    let alice = alice();
    let good = alice.bundle(&alice.options()).0;
    // A bundle of this network that goes on with chunks of one class and body.
    let going_on = |class: u8, body: &[u8]| {
        let mut chunks = chunks(&good);
        let count = (8 << 20) / body.len();
        chunks.extend(std::iter::repeat_n((class, body.to_vec()), count));
        written(chunks)
    };
    let log = |number: u32| LogId {
        author: DeviceKey(blake3(&[&number.to_be_bytes()])),
        stream: Stream::MEMBER,
        tag: Tag::default(),
    };
    let logs: Vec<_> = (0..30_000).map(log).collect();
    let ids = [EntryId([1; 32])];
    let views = logs.iter().map(|id| LogView {
        id,
        below: None,
        ids: &ids,
        fork: None,
    });
    let ticket = Ticket::sign(&NETWORK, &person(0), NOW, [0; 8], views, std::iter::empty());
    let ticket = ticket.encode();
    let body_len = MAX_CHUNK_LEN / 2..MAX_CHUNK_LEN;
    assert!(body_len.contains(&ticket.len()), "{}", ticket.len());
    let own_chunks = chunks(&good);
    let of_class = |wanted: fn(u8) -> bool| {
        let found = own_chunks.iter().find(|it| wanted(it.0));
        found.cloned().unwrap()
    };
    let (class, entries) = of_class(is_entry_class);
    let (_, blobs) = of_class(|it| it == BLOB_CLASS);
    let bombs = [
        ("tickets", going_on(TICKET_CLASS, &ticket)),
        ("zeros for entries", going_on(class, &[0; MAX_CHUNK_LEN])),
        ("starts of entries", {
            let start = &entries[..entries.len().min(300)];
            going_on(class, &start.repeat(MAX_CHUNK_LEN / start.len()))
        }),
        ("the same bytes", going_on(BLOB_CLASS, &blobs)),
        ("another introduction", {
            let (class, introduction) = own_chunks[0].clone();
            going_on(class, &introduction)
        }),
        ("empty chunks", {
            let mut chunks = own_chunks.clone();
            chunks.extend(std::iter::repeat_n((class, vec![]), 150_000));
            written(chunks)
        }),
        ("starts of chunks", b"CMBc".repeat(2 << 20)),
        ("a bundle and starts of chunks", {
            let mut bytes = good[..good.len() / 2].to_vec();
            bytes.extend(b"CMBc\0\x01".repeat(1 << 20));
            bytes
        }),
    ];
    for (name, bomb) in bombs {
        let mut bruno = Neighbour::new(1, 2);
        let (peak, time) = measured(|| drop(world::import(&mut bruno, &bomb)));
        println!(
            "{name}: {} bytes, {peak} bytes of memory, {time:?}",
            bomb.len()
        );
        assert!(peak < 64 << 20, "{name}: {peak} bytes of memory");
        assert!(time.as_millis() < 1_000, "{name}: {time:?}");
        assert!(world::import(&mut bruno, &good).unwrap().is_intact());
        assert_eq!(bruno.state(), alice.state(), "{name}");
    }
}

/// A clear bundle whose chunks are whole, one of them with other content.
fn with_a_changed_chunk(chance: &mut Chance, bundle: &[u8]) -> Vec<u8> {
    let mut chunks = chunks(bundle);
    let at = chance.index(chunks.len());
    let body = &mut chunks[at].1;
    *body = change(chance, body);
    body.truncate(MAX_CHUNK_LEN);
    written(chunks)
}

/// Class and body of each chunk.
fn chunks(bundle: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut reader = ChunkReader::new(bundle, ChunkHasher::plain());
    let mut chunks = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        if let Item::Chunk(chunk) = item {
            chunks.push((chunk.class, chunk.body));
        }
    }
    chunks
}

fn written(chunks: Vec<(u8, Vec<u8>)>) -> Vec<u8> {
    let header = FileHeader::default();
    let mut writer = ChunkWriter::new(Vec::new(), ChunkHasher::plain(), header).unwrap();
    for (class, body) in chunks {
        writer.chunk(class, &body).unwrap();
    }
    writer.finish(true).unwrap().0
}
