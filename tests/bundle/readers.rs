//! Bundles for several readers, beside others, and where room is short.

use commune::bundle::{Options, examine};
use commune_crdt::{entry::Stream, sync::oneway::Coverage};

use crate::{
    thousand,
    world::{Neighbour, key},
};

#[test]
fn a_bundle_answers_several_tickets_at_once() {
    let mut alice = thousand();
    let (mut bruno, mut clara) = (Neighbour::new(1, 10), Neighbour::new(2, 10));
    bruno.import(&alice.sealed()).unwrap();
    alice.writes(4, Stream::MEMBER, 5, 60);
    clara.import(&alice.sealed()).unwrap();
    alice.writes(5, Stream::TEXT, 7, 90);
    let key = key();
    let tickets = [bruno.ticket(), clara.ticket()];
    let (bytes, created) = alice.bundle(&Options {
        key: Some(&key),
        targets: &tickets,
        ..alice.options()
    });
    assert_eq!(created.entries, 12, "what at least one of them lacks");
    for reader in [&mut bruno, &mut clara] {
        reader.import(&bytes).unwrap();
        assert_eq!(reader.state(), alice.state());
    }
}

/// Bundles of any size up to the whole, one after the other: each holds to its room, says exactly what
/// it holds, goes on where the one before ended, and together they are whole.
#[test]
fn where_room_is_short_the_rest_goes_into_the_next_one() {
    for room in [3_000, 9_000, 40_000, 100_000, 1 << 20] {
        let mut alice = thousand();
        alice.writes(3, Stream::VOTE, 4, 5_000);
        let mut bruno = Neighbour::new(1, 10);
        let key = key();
        let mut present = Coverage::default();
        let (mut entries, mut bundles) = (0, 0);
        loop {
            let (bytes, created) = alice.bundle(&Options {
                key: Some(&key),
                present: Some(&present),
                room: Some(room),
                ..alice.options()
            });
            assert!(bytes.len() as u64 <= room, "{} of {room}", bytes.len());
            let examined = examine(&bytes[..], vec![key.clone()], None, true, &mut |_| true);
            let examined = examined.unwrap();
            assert!(examined.is_good());
            let said = examined.description.as_ref().unwrap();
            assert_eq!(said.contents.entry_count(), examined.entry_count());
            assert_eq!(examined.entry_count(), created.entries);
            bruno.import(&bytes).unwrap();
            entries += created.entries;
            bundles += 1;
            if created.left == 0 || (created.entries == 0 && created.blobs == 0) {
                break;
            }
            present.add(created.coverage);
        }
        assert_eq!(entries, 1_004, "each once, with room for {room}");
        assert_eq!(bruno.state(), alice.state());
        // A payload is in one bundle or in none.
        assert_eq!(bruno.blobs.len(), if room > 6_000 { 4 } else { 0 });
        println!("room for {room} bytes: {bundles} bundles");
        assert_eq!(bundles == 1, room == 1 << 20);
    }
}

#[test]
fn what_is_urgent_has_room_first() {
    let alice = thousand();
    let (bytes, created) = alice.bundle(&Options {
        room: Some(20_000),
        ..alice.options()
    });
    assert!(created.left > 0);
    let examined = examine(&bytes[..], Vec::new(), None, false, &mut |_| true).unwrap();
    let [_, members, _, _, texts, ..] = examined.entries;
    assert!(members > 50, "{:?}", examined.entries);
    assert_eq!(texts, 0, "{:?}", examined.entries);
}

#[test]
fn what_lies_there_already_is_left_out() {
    let mut alice = thousand();
    let (_, first) = alice.bundle(&Options {
        room: Some(1 << 30),
        ..alice.options()
    });
    alice.writes(1, Stream::MEMBER, 3, 60);
    alice.writes(2, Stream::VOTE, 1, 9_000);
    let (_, second) = alice.bundle(&Options {
        present: Some(&first.coverage),
        ..alice.options()
    });
    assert_eq!((second.entries, second.blobs), (4, 1));
}
