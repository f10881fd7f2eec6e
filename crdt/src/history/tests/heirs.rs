//! Who goes on under another key keeps their standing.

use std::slice;

use crate::{
    entry::{Stream, VerifiedEntry},
    history::{
        History, MAX_CANDIDATE_LOG_LEN, Standing, Verdict, Waits,
        world::{Founded, Person},
    },
};

fn fills(person: &mut Person) -> Vec<VerifiedEntry> {
    (0..40)
        .map(|_| person.writes_bytes(Stream::ACCOUNT, vec![0; 1_000]))
        .collect()
}

fn sponsored(history: &mut History, world: &mut Founded, number: u16) -> Person {
    let mut person = Person::new(number);
    history.place(person.joins());
    for founder in &mut world.founders[..2] {
        history.place(founder.vouches_for(&person));
    }
    person
}

#[test]
fn a_new_key_has_the_standing_of_the_old_one() {
    let mut world = Founded::new(2);
    let mut history = world.history();
    let mut zoe = sponsored(&mut history, &mut world, 50);
    let heir = Person::new(51);
    let mut second = heir.with_device(9);
    let device = second.adds_device();
    let waits = Waits::Sponsor {
        member: heir.member(),
    };
    assert_eq!(
        history.place(device.clone()).verdict,
        Verdict::Pending(waits)
    );
    let change = zoe.becomes(&heir);
    let outcome = history.place(change.clone());
    assert_eq!(outcome.changes.placed, [change, device]);
    assert_eq!(
        history.standing(&second.device()),
        Some(Standing::Sponsored)
    );
    let written = fills(&mut second);
    for entry in &written {
        assert_eq!(history.place(entry.clone()).verdict, Verdict::Placed);
    }

    // And vouches in turn, and hands over in turn, on whichever device.
    let (lea, last) = (Person::new(52), Person::new(53));
    history.place(second.vouches_for(&lea));
    assert_eq!(history.place(lea.clone().joins()).verdict, Verdict::Placed);
    history.place(zoe.as_member(&heir).becomes(&last));
    let mut third = last.with_device(10);
    history.place(third.adds_device());
    assert_eq!(history.standing(&third.device()), Some(Standing::Sponsored));
}

#[test]
fn a_false_change_gives_nothing() {
    let mut world = Founded::new(2);
    let mut history = world.history();
    let mut zoe = sponsored(&mut history, &mut world, 50);
    let heir = Person::new(51);
    let forged = zoe.forges_a_change_to(&heir);
    assert_eq!(history.place(forged).verdict, Verdict::Placed);
    let mut second = heir.with_device(9);
    let waits = Waits::Sponsor {
        member: heir.member(),
    };
    let verdict = history.place(second.adds_device()).verdict;
    assert_eq!(verdict, Verdict::Pending(waits));

    // Nor does one between two keys that nobody knows: it is a word for the new one, no more.
    let (nobody, other) = (Person::new(60), Person::new(61));
    history.place(zoe.as_member(&nobody).becomes(&other));
    let mut third = other.with_device(10);
    history.place(third.adds_device());
    assert_eq!(history.standing(&third.device()), Some(Standing::Candidate));
}

#[test]
fn a_candidate_hands_nothing_over() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let mut zoe = Person::new(50);
    history.place(zoe.joins());
    history.place(world.founders[0].vouches_for(&zoe));
    let heir = Person::new(51);
    history.place(zoe.becomes(&heir));
    let mut second = heir.with_device(9);
    let verdict = history.place(second.adds_device()).verdict;
    assert!(matches!(verdict, Verdict::Pending(Waits::Sponsor { .. })));
}

#[test]
fn an_heir_falls_with_the_old_key_and_rises_with_it() {
    let mut world = Founded::new(4);
    let mut history = world.history();
    let mut zoe = sponsored(&mut history, &mut world, 50);
    let heir = Person::new(51);
    // In the log of somebody else, so that it outlives what befalls the old key.
    let mut courier = world.founders[3].as_member(&zoe);
    history.place(courier.becomes(&heir));
    let mut second = heir.with_device(9);
    history.place(second.adds_device());
    let long = fills(&mut second);
    for entry in &long {
        history.place(entry.clone());
    }
    history.place(zoe.writes(Stream::ACCOUNT, 1));
    let len = history.len();
    assert_eq!(
        history.standing(&second.device()),
        Some(Standing::Sponsored)
    );

    for founder in &mut world.founders[..2] {
        founder.rewinds(Stream::MEMBER, 0);
        history.place(founder.writes(Stream::MEMBER, 9));
    }
    // Only the courier's word is left.
    assert_eq!(history.standing(&zoe.device()), None);
    assert_eq!(
        history.standing(&second.device()),
        Some(Standing::Candidate)
    );
    let log = history.log(&second.log(Stream::ACCOUNT)).unwrap();
    let short = u64::try_from(log.ids().len()).unwrap() * 1_000;
    assert!(short > 0 && short <= MAX_CANDIDATE_LOG_LEN);

    history.place(world.founders[2].vouches_for(&zoe));
    history.place(courier.vouches_for(&zoe));
    assert_eq!(
        history.standing(&second.device()),
        Some(Standing::Sponsored)
    );
    assert_eq!(history.len(), len - 2 + 2);
}

#[test]
fn an_heir_of_an_imported_key_falls_when_the_import_is_void() {
    let mut world = Founded::new(1);
    let mut zoe = Person::new(50);
    let proof = world.imports(slice::from_ref(&zoe)).remove(0);
    let mut history = world.history();
    history.place(zoe.joins_as(Some(proof)));
    let heir = Person::new(51);
    let mut courier = world.founders[0].as_member(&zoe);
    history.place(courier.becomes(&heir));
    let mut second = heir.with_device(9);
    history.place(second.adds_device());
    assert_eq!(
        history.standing(&second.device()),
        Some(Standing::Sponsored)
    );
    zoe.rewinds(Stream::MEMBER, 0);
    history.place(zoe.adds_device());
    assert_eq!(
        history.standing(&second.device()),
        Some(Standing::Candidate)
    );
}
