//! Bundles between devices: what comes out is what went in, or is named as damaged.
//!
//! The long forms, with `COMMUNE_LONG=1`: each bit of the first 64 KiB, 20,000 bits elsewhere,
//! 2,000 cuts and 2,000 splices.

#![expect(
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests stop at the first surprise, and `allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "bundle/readers.rs"]
mod readers;
#[path = "bundle/world.rs"]
mod world;

use std::collections::BTreeSet;

use commune::bundle::{BundleError, BundleKey, Import, Options, Output, Why, create, examine};
use commune_crdt::{entry::Stream, genesis::NetworkSecret, hash::blake3};
use commune_transports::bundle::ReadError;
use world::{Expert, NETWORK, Neighbour, import, key, write};

/// Ten founders; number 0 holds 1,000 entries of all.
fn thousand() -> Neighbour {
    let mut alice = Neighbour::new(0, 10);
    for who in 0..10 {
        alice.writes(who, Stream::MEMBER, 50, 60);
        alice.writes(who, Stream::TEXT, 50, 90);
    }
    alice
}

#[test]
fn everything_comes_back_and_once_more_changes_nothing() {
    let mut alice = thousand();
    alice.writes(3, Stream::VOTE, 20, 40_000);
    for bytes in [alice.sealed(), alice.bundle(&alice.options()).0] {
        let mut bruno = Neighbour::new(1, 10);
        let report = bruno.import(&bytes).unwrap();
        assert!(report.is_intact());
        assert_eq!((report.counts.imported, report.counts.pending), (1_020, 0));
        assert_eq!(report.blobs, 20);
        assert_eq!(bruno.state(), alice.state());
        assert_eq!(bruno.blobs, alice.blobs);
        let again = bruno.import(&bytes).unwrap();
        assert_eq!((again.counts.imported, again.counts.known), (0, 1_020));
    }
}

#[test]
fn a_ticket_gets_exactly_what_it_lacks() {
    let mut alice = thousand();
    let mut bruno = Neighbour::new(1, 10);
    bruno.import(&alice.sealed()).unwrap();
    for who in 2..9 {
        alice.writes(who, Stream::MEMBER, 10, 76);
    }
    alice.writes(3, Stream::VOTE, 1, 5_000);
    let ticket = bruno.ticket();
    let key = key();
    let options = Options {
        key: Some(&key),
        targets: std::slice::from_ref(&ticket),
        ..alice.options()
    };
    let (bytes, created) = alice.bundle(&options);
    assert_eq!((created.entries, created.blobs), (71, 1));
    let report = bruno.import(&bytes).unwrap();
    assert_eq!((report.counts.imported, report.counts.known), (71, 0));
    assert_eq!(bruno.state(), alice.state());
    assert_eq!(report.description.unwrap().target, Some(ticket.hash()));

    let (_, created) = alice.bundle(&Options {
        targets: &[bruno.ticket()],
        ..alice.options()
    });
    assert_eq!((created.entries, created.blobs), (0, 0));
}

#[test]
fn a_week_for_a_fresh_ticket_is_little_more_than_signatures_and_payloads() {
    let mut alice = Neighbour::new(0, 200);
    for who in 0..200 {
        alice.writes(who, Stream::MEMBER, 10, 76);
    }
    let bruno = Neighbour::new(1, 200);
    let ticket = bruno.ticket();
    let key = key();
    let (bytes, created) = alice.bundle(&Options {
        key: Some(&key),
        targets: std::slice::from_ref(&ticket),
        ..alice.options()
    });
    let least = created.entries as f64 * (64.0 + 76.0);
    let ratio = bytes.len() as f64 / least;
    assert!(ratio < 1.15, "{ratio}");
}

#[test]
fn wanted_bytes_are_brought_though_their_entry_is_known() {
    let mut alice = Neighbour::new(0, 2);
    alice.writes(0, Stream::VOTE, 3, 2_000);
    let mut bruno = Neighbour::new(1, 2);
    let blobs = std::mem::take(&mut alice.blobs);
    bruno.import(&alice.sealed()).unwrap();
    assert_eq!((bruno.state(), bruno.blobs.len()), (alice.state(), 0));
    alice.blobs = blobs;
    let ticket = bruno.ticket();
    let (bytes, created) = alice.bundle(&Options {
        targets: std::slice::from_ref(&ticket),
        ..alice.options()
    });
    assert_eq!((created.entries, created.blobs), (0, 3));
    assert_eq!(bruno.import(&bytes).unwrap().blobs, 3);
    assert_eq!(bruno.blobs, alice.blobs);
}

#[test]
fn the_proof_of_a_fork_travels() {
    let mut alice = thousand();
    let mut bruno = Neighbour::new(1, 10);
    bruno.import(&alice.sealed()).unwrap();
    let before = bruno.ticket();
    // The device of founder 4 says something else at place 20.
    let log = *alice
        .history
        .logs()
        .find(|it| it.id().author == world::person(4).device_key())
        .unwrap()
        .id();
    let at = alice.history.log(&log).unwrap().ids()[19];
    let other = write(
        &world::person(4),
        log.stream,
        log.tag,
        Some((19, at)),
        b"other".to_vec(),
    );
    commune::bundle::Sink::take(&mut &mut alice, vec![other]).unwrap();
    assert_eq!(alice.history.forks().count(), 1);

    let (bytes, created) = alice.bundle(&Options {
        targets: std::slice::from_ref(&before),
        ..alice.options()
    });
    assert!(created.entries >= 2);
    let report = bruno.import(&bytes).unwrap();
    assert!(report.fork.is_some());
    assert_eq!(bruno.state(), alice.state());
    let (_, created) = alice.bundle(&Options {
        targets: &[bruno.ticket()],
        ..alice.options()
    });
    assert_eq!(created.entries, 0);

    let mut carla = Neighbour::new(2, 10);
    let report = carla.import(&alice.sealed()).unwrap();
    assert_eq!((report.counts.refused, report.no_room), (0, 0));
    assert_eq!(carla.state(), alice.state());
}

#[test]
fn parts_go_in_any_order() {
    let mut alice = thousand();
    alice.writes(3, Stream::VOTE, 60, 16_000);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("all.cmb");
    let key = key();
    let options = Options {
        key: Some(&key),
        carried: None,
        max_part_len: 300_000,
        ..alice.options()
    };
    let created = create(&alice, &options, Output::File(&path), &mut |_| true).unwrap();
    assert!(created.files.len() > 3);
    let mut bruno = Neighbour::new(1, 10);
    let mut import = Import::new(&mut bruno, vec![key.clone()]).unwrap();
    let mut files = created.files.clone();
    files.swap(0, 1);
    for file in &files {
        import
            .file(std::fs::File::open(file).unwrap(), &mut |_| true)
            .unwrap();
    }
    let report = import.finish().unwrap();
    assert!(report.is_intact() && report.missing_parts().is_empty());
    assert_eq!(bruno.state(), alice.state());
    for file in &created.files {
        bruno.import(&std::fs::read(file).unwrap()).unwrap();
    }
    assert!(alice.blobs.len() - bruno.blobs.len() <= created.files.len());

    let mut carla = Neighbour::new(2, 10);
    let report = carla
        .import(&std::fs::read(&created.files[1]).unwrap())
        .unwrap();
    assert_eq!(report.missing_parts(), [0]);
    assert!(report.is_intact());
}

#[test]
fn a_bundle_of_another_network_is_named_as_such() {
    let alice = thousand();
    let other = BundleKey::new(&NetworkSecret::new([1; 32]), 0);
    let (bytes, _) = alice.bundle(&Options {
        key: Some(&other),
        ..alice.options()
    });
    let mut bruno = Neighbour::new(1, 10);
    assert!(matches!(bruno.import(&bytes), Err(BundleError::Sealed)));
    let looked_at = examine(&bytes[..], vec![], None, true, &mut |_| true);
    assert!(matches!(looked_at, Err(BundleError::Sealed)));
}

#[test]
fn a_look_at_a_bundle_says_what_it_is() {
    let alice = thousand();
    let (bytes, _) = alice.bundle(&alice.options());
    let seen = examine(&bytes[..], vec![], None, true, &mut |_| true).unwrap();
    assert!(seen.is_good() && seen.is_last);
    assert_eq!(seen.entries, [0, 500, 0, 0, 500, 0, 0]);
    assert_eq!(seen.closing, Some((alice.device.device_key(), true)));
    let description = seen.description.unwrap();
    assert_eq!(description.contents.entry_count(), 1_000);
    assert_eq!(description.device, alice.device.device_key());

    let sealed = alice.sealed();
    let seen = examine(&sealed[..], vec![key()], Some(NETWORK), true, &mut |_| true).unwrap();
    assert!(seen.is_good() && seen.ticket.is_some() && seen.generation == Some(0));
}

#[test]
fn sealed_bundle_shows_nothing_of_what_it_holds() {
    let alice = thousand();
    let bytes = alice.sealed();
    let shows = |needle: &[u8]| bytes.windows(needle.len()).any(|it| it == needle);
    for who in 0..10 {
        assert!(!shows(&world::person(who).device_key().as_bytes()[..8]));
    }
    assert!(!shows(&NETWORK.short()));
    for id in alice.entries.keys().take(50) {
        assert!(!shows(&id.as_bytes()[..8]));
    }
}

/// Imports `bytes` for an expert, and says how many entries are lost.
fn lost(alice: &Neighbour, bytes: &[u8], what: &dyn std::fmt::Display) -> (usize, bool) {
    let mut expert = Expert {
        genuine: &alice.entries,
        found: BTreeSet::new(),
    };
    let report = import(&mut expert, bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    (alice.entries.len() - expert.found.len(), report.is_intact())
}

fn is_long() -> bool {
    std::env::var_os("COMMUNE_LONG").is_some_and(|it| it == "1")
}

/// Some of `0..end`, the same in each run.
fn sample(end: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count as u64).map(move |number| {
        let hash = blake3(&[b"sample", &number.to_be_bytes()]);
        u64::from_be_bytes(*hash.first_chunk().unwrap()) as usize % end
    })
}

#[test]
fn one_wrong_bit_costs_at_most_32_entries_and_is_reported() {
    let alice = thousand();
    for bytes in [alice.sealed(), alice.bundle(&alice.options()).0] {
        let start = (64 * 1_024).min(bytes.len()) * 8;
        let bits: Vec<usize> = if is_long() {
            (0..start).chain(sample(bytes.len() * 8, 20_000)).collect()
        } else {
            // The header, the introduction and the framing of the first chunk, then anywhere.
            (0..2_000)
                .step_by(7)
                .chain(sample(bytes.len() * 8, 600))
                .collect()
        };
        let mut worst = 0;
        for bit in bits {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let (lost, is_intact) = lost(&alice, &changed, &format!("bit {bit}"));
            assert!(lost <= 32, "bit {bit}: {lost} lost");
            assert!(!is_intact, "bit {bit}");
            worst = worst.max(lost);
        }
        assert!(worst > 0);
    }
}

#[test]
fn every_cut_leaves_what_came_before_it() {
    let alice = thousand();
    let bytes = alice.sealed();
    let entries = alice.entries.len();
    let mut cuts: Vec<usize> = sample(bytes.len(), if is_long() { 2_000 } else { 100 }).collect();
    cuts.extend([1, 31, 32, 33, 100, bytes.len() - 1, bytes.len() - 91]);
    cuts.sort_unstable();
    let mut least = entries;
    for cut in cuts {
        if cut < 40 {
            // Not even the start of a chunk.
            continue;
        }
        let (lost, is_intact) = lost(&alice, &bytes[..cut], &format!("cut at {cut}"));
        assert!(!is_intact && lost <= least, "cut at {cut}: {lost} lost");
        // Entries of 140 to 170 bytes, and at most one that was cut in two.
        let whole = (cut.saturating_sub(20_000)) / 190;
        assert!(entries - lost >= whole, "cut at {cut}: {lost} lost");
        least = lost;
    }
}

#[test]
fn what_is_cut_out_or_put_in_costs_the_chunks_it_touches() {
    let alice = thousand();
    let bytes = alice.sealed();
    for number in sample(1 << 40, if is_long() { 2_000 } else { 100 }) {
        let from = number % bytes.len();
        let len = (number >> 20) % 5_000;
        let to = (from + len).min(bytes.len());
        let mut changed = bytes.clone();
        if number % 2 == 0 {
            changed.drain(from..to);
        } else {
            let junk = blake3(&[&number.to_be_bytes()]).repeat(len / 32 + 1);
            changed.splice(from..from, junk);
        }
        let (lost, is_intact) = lost(&alice, &changed, &format!("splice {from} {len}"));
        assert!(!is_intact || changed == bytes, "splice {from} {len}");
        // Three chunks of some 450 entries: at most two are touched.
        assert!(lost <= 950, "splice {from} {len}: {lost} lost");
    }
}

#[test]
fn bombs_are_refused_at_once() {
    let mut bruno = Neighbour::new(1, 10);
    let zeros = std::io::Read::take(std::io::repeat(0), 1 << 34);
    let mut import = Import::new(&mut bruno, vec![key()]).unwrap();
    let start = std::time::Instant::now();
    let error = import.file(zeros, &mut |_| true).unwrap_err();
    assert!(matches!(error, BundleError::Read(ReadError::NotABundle(_))));
    assert!(start.elapsed().as_secs() < 1);
}

#[test]
fn false_signatures_are_counted_and_blamed_on_the_writer() {
    let mut alice = thousand();
    let (id, bytes) = alice
        .entries
        .iter()
        .next()
        .map(|it| (*it.0, it.1.clone()))
        .unwrap();
    let mut changed = bytes;
    *changed.last_mut().unwrap() ^= 1;
    alice.entries.insert(id, changed);
    let (bytes, _) = alice.bundle(&alice.options());
    let mut bruno = Neighbour::new(1, 10);
    let report = bruno.import(&bytes).unwrap();
    assert_eq!(report.counts.false_signatures, 1);
    assert_eq!(report.lost[0].why, Why::FalseSignatures);
    assert_eq!(report.counts.imported + 1, 1_000);
}
