//! Bundles that a courier carries for others and cannot read.

use std::{fs, path::Path};

use commune::carry::{Options, Parcels, Visit};
use commune_crdt::{sync::oneway::Coverage, time::ClaimedMinutes};

use crate::{bundles, carried, options, same, village::Village, visit};

fn quota(village: &Village, courier: &commune::device::Device, stick: &Path, bytes: u64) -> Visit {
    let options = Options {
        quota: Some(bytes),
        ..options(village)
    };
    let mut nowhere = Coverage::default();
    visit(courier, stick, &options, &mut nowhere, &mut |_| true).unwrap()
}

/// From one commune of a network to another, by a courier of a different one.
#[test]
fn a_courier_of_another_network_delivers_what_it_cannot_open() {
    let (ours, theirs) = (Village::found(4), Village::with_secret(4, [77; 32]));
    let (ana, bob) = (ours.device(0), ours.device(1));
    let courier = theirs.device(0);
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    (0..50).for_each(|turn| ours.chats(&ana, turn));
    carried(&ours, &ana, from.path());
    theirs.chats(&courier, 1);

    let took = carried(&theirs, &courier, from.path());
    assert_eq!((took.read.sealed.len(), took.passed_on.taken), (1, 1));
    assert_eq!(took.read.report.counts.imported, 0);
    assert_eq!(
        took.read.report.places, 0,
        "nothing is damaged: it is for others"
    );
    assert_eq!(took.read.readers, 0, "tickets of others are closed");
    // It goes to the next stick, not back.
    let again = carried(&theirs, &courier, from.path());
    assert_eq!((again.passed_on.taken, again.passed_on.given), (0, 0));
    let gave = carried(&theirs, &courier, to.path());
    assert_eq!(gave.passed_on.given, 1);
    assert!(
        bundles(to.path())
            .iter()
            .any(|it| it.display().to_string().ends_with("-1.cmb"))
    );

    let got = carried(&ours, &bob, to.path());
    assert_eq!(got.read.report.counts.imported, 100);
    assert!(same(&ana, &bob));
}

#[test]
fn a_bundle_passes_through_eight_couriers_and_no_more() {
    let (ours, theirs) = (Village::found(4), Village::with_secret(4, [77; 32]));
    let ana = ours.device(0);
    ours.chats(&ana, 1);
    let mut stick = tempfile::tempdir().unwrap();
    carried(&ours, &ana, stick.path());
    for hop in 1..=9 {
        let person = 20 + hop;
        theirs.newcomer(person);
        let courier = theirs.device(person);
        let next = tempfile::tempdir().unwrap();
        let took = carried(&theirs, &courier, stick.path());
        let gave = carried(&theirs, &courier, next.path());
        let expected = u64::from(hop <= 8);
        assert_eq!(
            (took.passed_on.taken, gave.passed_on.given),
            (expected, expected),
            "{hop}"
        );
        stick = next;
    }
}

#[test]
fn what_is_carried_for_others_stays_within_its_room_and_time() {
    let (ours, mut theirs) = (Village::found(4), Village::with_secret(4, [77; 32]));
    let (ana, courier) = (ours.device(0), theirs.device(0));
    let mut sizes = Vec::new();
    for turn in 0..6 {
        let stick = tempfile::tempdir().unwrap();
        theirs.now += 3_600;
        ours.chats(&ana, turn);
        carried(&ours, &ana, stick.path());
        let len = bundles(stick.path())[0].metadata().unwrap().len();
        // Room for two or three.
        let visited = quota(&theirs, &courier, stick.path(), 8_000);
        sizes.push((len, visited.passed_on.held, visited.passed_on.bytes));
        assert!(visited.passed_on.bytes <= 8_000, "{sizes:?}");
        assert_eq!(
            visited.passed_on.taken, 1,
            "the newest makes the oldest go: {sizes:?}"
        );
    }
    let (held, bytes) = Parcels::open(&theirs.dir(0), theirs.minutes())
        .unwrap()
        .size();
    assert!((2..6).contains(&held) && bytes <= 8_000, "{held} {bytes}");

    // Too long for half of the room: it is not taken.
    let stick = tempfile::tempdir().unwrap();
    (0..100).for_each(|turn| ours.chats(&ana, turn));
    carried(&ours, &ana, stick.path());
    let visited = quota(&theirs, &courier, stick.path(), 8_000);
    assert_eq!((visited.read.sealed.len(), visited.passed_on.taken), (1, 0));

    let later = ClaimedMinutes(theirs.minutes().0 + 61 * 24 * 60);
    assert_eq!(Parcels::open(&theirs.dir(0), later).unwrap().size().0, 0);
    assert!(
        fs::read_dir(theirs.dir(0).join("carried"))
            .unwrap()
            .next()
            .is_none()
    );
}

#[test]
fn a_file_that_only_looks_sealed_is_not_carried() {
    let (ours, theirs) = (Village::found(4), Village::with_secret(4, [77; 32]));
    let (ana, courier) = (ours.device(0), theirs.device(0));
    ours.chats(&ana, 1);
    for spoil in [
        |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 1),
        |bytes: &mut Vec<u8>| bytes.extend_from_slice(&[0; 100]),
        |bytes: &mut Vec<u8>| {
            // Its digest is not what its name says.
            let at = bytes.len() - 60;
            bytes[at] ^= 1;
        },
    ] {
        let stick = tempfile::tempdir().unwrap();
        carried(&ours, &ana, stick.path());
        let bundle = bundles(stick.path()).remove(0);
        let mut bytes = fs::read(&bundle).unwrap();
        spoil(&mut bytes);
        fs::write(&bundle, bytes).unwrap();
        let mut nowhere = Coverage::default();
        let visited = visit(
            &courier,
            stick.path(),
            &options(&theirs),
            &mut nowhere,
            &mut |_| true,
        );
        assert_eq!(visited.unwrap().passed_on.taken, 0);
    }
}
