//! Keys and devices: changed, lost, revoked.

use super::world::*;
use crate::{
    entry::{Stream, Tag},
    hash::EntryId,
    payload::{DeviceRevocation, KeyChange, LastGood, MemberFact, Recovery},
    trust::{Refusal, State, membership::Cut},
};

const HALF_A_YEAR: u64 = 15_778_800;

#[test]
fn a_member_goes_on_under_another_key() {
    let mut world = World::new(6);
    let before = world.person(1).clone();
    world.says(1, key_change(1, 20));
    assert_eq!(world.close(1).refused, []);
    assert_eq!(world.id(1), world.id(20));
    let now = world.person(20).clone();
    assert_eq!(
        (now.key, now.key_changed),
        (key(20), Some(FOUNDED.after(DAY)))
    );
    assert_eq!(
        (now.received, now.state, now.until),
        (before.received, before.state, before.until)
    );
    // Devices go on, certifications for the old key reach the person.
    world.joins(9);
    world.vouches(1, 9);
    world.vouches(9, 1);
    world.writes(further(1, 1), certificate(20, further(1, 1)));
    world.close(2);
    assert!(world.stands_by(20, 9));
    assert_eq!(world.state.owner(&further(1, 1)), Some(world.id(1)));
}

/// Changed here, used there: what the old key signs for itself has no effect, the person stays one.
#[test]
fn a_key_changed_on_one_island_and_used_on_the_other() {
    let mut world = World::new(6);
    world.close(1);
    world.says(1, key_change(1, 20));
    world.close(2);
    let phone = world.writes(further(1, 1), certificate(1, further(1, 1)));
    let word = world.writes(further(1, 1), certification(2, 0));
    let rejoin = world.writes(
        further(1, 2),
        MemberFact::Join(join(1, further(1, 2), None)),
    );
    let other = world.says(1, key_change(1, 21));
    let recovery = world.says(2, recovery(1, 21));
    let residence = world.says(1, residence(1));
    let outcome = world.close(3);
    assert_eq!(why(&outcome, phone), Some(Refusal::OldKey));
    assert_eq!(why(&outcome, word), Some(Refusal::UnknownDevice));
    assert_eq!(why(&outcome, rejoin), Some(Refusal::OldKey));
    assert_eq!(why(&outcome, other), Some(Refusal::OldKey));
    assert_eq!(why(&outcome, recovery), Some(Refusal::OldKey));
    assert_eq!(why(&outcome, residence), None);
    assert_eq!(world.person(1).key, key(20));

    // The old key can revoke.
    world.says(2, revocation(1));
    world.close(4);
    assert_eq!(world.is(20), State::Revoked);
}

#[test]
fn a_key_changes_once_in_half_a_year_to_one_that_nobody_has() {
    let mut world = World::new(6);
    let in_use = world.says(2, key_change(2, 3));
    let same = world.says(2, key_change(2, 2));
    let unknown = world.says(2, key_change(40, 41));
    world.says(1, key_change(1, 20));
    let outcome = world.close_at(FOUNDED.after(7));
    assert_eq!(why(&outcome, in_use), Some(Refusal::KeyInUse));
    assert_eq!(why(&outcome, same), Some(Refusal::KeyInUse));
    assert_eq!(why(&outcome, unknown), Some(Refusal::DoesNotExist));
    let early = world.says(1, key_change(20, 21));
    let outcome = world.close_at(FOUNDED.after(6 + HALF_A_YEAR));
    assert_eq!(why(&outcome, early), Some(Refusal::KeyChangedRecently));
    let back = world.says(1, key_change(20, 1));
    world.says(1, key_change(20, 21));
    let outcome = world.close_at(FOUNDED.after(7 + HALF_A_YEAR));
    assert_eq!(why(&outcome, back), Some(Refusal::KeyInUse));
    assert_eq!(world.person(1).key, key(21));
}

#[test]
fn false_signatures_do_nothing() {
    let mut world = World::new(6);
    let mut change = KeyChange::sign(&NETWORK, &secret(1), &secret(20));
    change.old_signature.0[0] ^= 1;
    let mut recovery = Recovery::sign(&NETWORK, key(1), &secret(20));
    recovery.signature.0[0] ^= 1;
    let mut ends = DeviceRevocation::sign(&NETWORK, device(1), vec![], &secret(1));
    ends.signature.0[0] ^= 1;
    let MemberFact::Revocation(mut revocation) = revocation(1) else {
        panic!("it is one");
    };
    revocation.signature.0[0] ^= 1;
    let ids = [
        MemberFact::KeyChange(change),
        MemberFact::Recovery(recovery),
        MemberFact::DeviceRevocation(ends),
        MemberFact::Revocation(revocation),
        certificate(1, device(40)),
    ]
    .map(|it| world.says(2, it));
    let before = world.state.people().to_vec();
    let outcome = world.close(1);
    assert!(
        ids.iter()
            .all(|it| why(&outcome, *it) == Some(Refusal::FalseSignature))
    );
    assert_eq!(world.state.people(), before);
    let alive = world.says(1, residence(1));
    assert_eq!(why(&world.close(2), alive), None);
}

#[test]
fn revoked_is_for_ever() {
    let mut world = World::new(7);
    world.joins(9);
    world.close(0);
    let queued = [world.vouches(1, 9), world.vouches(1, 2)];
    world.close(1);
    // Passed on by somebody else; wins over all else of that record.
    let last = world.says(1, residence(1));
    let change = world.says(1, key_change(1, 20));
    world.says(3, revocation(1));
    let outcome = world.close(2);
    assert_eq!(world.is(1), State::Revoked);
    for id in [queued[1], last, change] {
        assert_eq!(why(&outcome, id), Some(Refusal::AlreadyRevoked));
    }
    assert!(world.stands_by(1, 9), "what they gave before counts on");
    let ids = [
        world.says(3, revocation(1)),
        world.vouches(2, 1),
        world.says(1, MemberFact::Leave),
        world.says(1, withdrawal(9)),
        world.writes(
            further(1, 1),
            MemberFact::Join(join(1, further(1, 1), None)),
        ),
        world.says(3, recovery(1, 20)),
        world.says(1, key_change(1, 20)),
    ];
    let outcome = world.close(10);
    assert!(
        ids.iter()
            .all(|it| why(&outcome, *it) == Some(Refusal::AlreadyRevoked))
    );
    world.close(2_000);
    assert_eq!(world.is(1), State::Revoked);
}

#[test]
fn a_key_revoked_before_anybody_has_it_is_nobodys_for_ever() {
    for same_record in [true, false] {
        let mut world = World::new(6);
        world.says(2, revocation(9));
        world.says(2, revocation(20));
        if !same_record {
            world.close(1);
        }
        let ids = [
            world.joins(9),
            world.says(1, key_change(1, 20)),
            world.says(3, recovery(1, 20)),
        ];
        let again = world.says(3, revocation(9));
        let outcome = world.close(2);
        for id in ids.iter().chain([&again]) {
            assert_eq!(why(&outcome, *id), Some(Refusal::AlreadyRevoked));
        }
        assert!(world.state.find(&key(9)).is_none());
        assert_eq!(world.person(1).key, key(1));
    }
}

#[test]
fn sponsors_give_a_new_key_to_who_lost_theirs() {
    let mut world = World::new(7);
    world.joins_with(9, 1..=5);
    world.days(1..=15);
    // On the device of the new key, before anybody confirmed: it waits.
    world.writes(device(20), certificate(20, device(20)));
    let early = world.writes(device(20), certification(6, 0));
    let stranger = world.says(6, recovery(9, 20));
    for sponsor in 1..=4 {
        world.says(sponsor, recovery(9, 20));
    }
    let outcome = world.close(20);
    assert_eq!(why(&outcome, early), Some(Refusal::UnknownDevice));
    assert_eq!(why(&outcome, stranger), Some(Refusal::DoesNotExist));
    assert_eq!(world.person(9).key, key(9));
    // Twice is once; for another key is for another key.
    world.says(1, recovery(9, 20));
    world.says(5, recovery(9, 21));
    world.close(21);
    assert_eq!(world.person(9).key, key(9));
    world.says(5, recovery(9, 20));
    let lost = world.says(9, certification(1, 0));
    let outcome = world.close(22);
    assert_eq!(world.person(9).key, key(20));
    assert_eq!(why(&outcome, lost), Some(Refusal::DeviceRevoked));
    let ids = [
        world.says(9, renewal()),
        world.writes(further(9, 1), certificate(9, further(9, 1))),
        world.writes(device(20), certification(6, 0)),
        // The lost device under the new key is the lost device.
        world.writes(device(9), certificate(20, device(9))),
    ];
    let outcome = world.close(23);
    assert_eq!(
        ids.map(|it| why(&outcome, it)),
        [
            Some(Refusal::DeviceRevoked),
            Some(Refusal::OldKey),
            None,
            Some(Refusal::DeviceRevoked)
        ]
    );
    assert!(world.stands_by(20, 6));
    assert!(world.state.recoveries.is_empty());
}

#[test]
fn who_confirmed_counts_while_they_stand_by_the_person() {
    let mut world = World::new(7);
    world.joins_with(9, 1..=5);
    world.days(1..=15);
    for sponsor in 1..=4 {
        world.says(sponsor, recovery(9, 20));
    }
    world.close(20);
    world.says(4, withdrawal(9));
    world.vouches(6, 9);
    world.close(21);
    world.says(5, recovery(9, 20));
    world.close(22);
    assert_eq!(world.person(9).key, key(9), "the fourth withdrew");
    let mut late = world.clone();
    world.says(6, recovery(9, 20));
    world.close(23);
    assert_eq!(world.person(9).key, key(20));

    late.says(6, recovery(9, 20));
    late.close(20 + 61);
    assert_eq!(
        late.person(9).key,
        key(9),
        "the first three are too long ago"
    );
}

#[test]
fn words_for_one_key_are_no_words_for_the_next() {
    let mut world = World::new(7);
    world.joins_with(9, 1..=5);
    world.days(1..=15);
    for sponsor in 1..=4 {
        world.says(sponsor, recovery(9, 20));
    }
    world.says(9, key_change(9, 30));
    world.close(20);
    assert_eq!(world.person(9).key, key(30));
    assert!(world.state.recoveries.values().all(|it| it.is_empty()));
    let recent = world.says(5, recovery(30, 20));
    assert_eq!(
        why(&world.close(21), recent),
        Some(Refusal::KeyChangedRecently)
    );
}

#[test]
fn a_revoked_device_has_no_effect_after_its_last_good_entry() {
    let mut world = World::new(6);
    world.joins(9);
    world.writes(further(1, 1), certificate(1, further(1, 1)));
    world.close(1);
    let good = world.writes(further(1, 1), certification(9, 0));
    let bad = world.writes(further(1, 1), residence(1));
    world.says(1, device_revocation(1, further(1, 1), Some(1)));
    let outcome = world.close(2);
    assert_eq!((why(&outcome, good), world.stands_by(1, 9)), (None, true));
    assert_eq!(why(&outcome, bad), Some(Refusal::DeviceRevoked));
    // A later word can only cut lower; what was included stays.
    world.says(1, device_revocation(1, further(1, 1), Some(9)));
    let worse = world.writes(further(1, 1), residence(1));
    let outcome = world.close(3);
    assert_eq!(why(&outcome, worse), Some(Refusal::DeviceRevoked));
    world.says(1, device_revocation(1, further(1, 1), None));
    world.close(4);
    assert!(world.stands_by(1, 9));
    let fine = world.says(1, residence(1));
    assert_eq!(why(&world.close(5), fine), None);
}

#[test]
fn each_log_of_a_revoked_device_is_cut_at_its_own_place() {
    let mut world = World::new(6);
    let head = |stream, seq| LastGood {
        stream,
        tag: Tag::default(),
        seq,
        head: EntryId([0; 32]),
    };
    let heads = vec![head(Stream::MEMBER, 3), head(Stream::ACCOUNT, 7)];
    let word = |heads| DeviceRevocation::sign(&NETWORK, device(1), heads, &secret(1));
    world.says(2, MemberFact::DeviceRevocation(word(heads)));
    world.close(1);
    let cut = |world: &World| world.state.devices()[&device(1)].cut;
    let (member, account) = (4, 8);
    assert_eq!(cut(&world), Some(Cut { member, account }));
    // A log that a word does not name keeps nothing.
    let heads = vec![head(Stream::MEMBER, 9)];
    world.says(2, MemberFact::DeviceRevocation(word(heads)));
    world.close(2);
    assert_eq!(cut(&world), Some(Cut { member, account: 0 }));
}

#[test]
fn nobody_ends_or_takes_the_device_of_another() {
    let mut world = World::new(6);
    // Before its owner's join is there, and after.
    world.says(1, device_revocation(1, device(9), None));
    world.says(1, device_revocation(1, device(2), None));
    world.close(1);
    world.joins_with(9, 1..=5);
    world.says(1, device_revocation(1, device(9), None));
    world.close(2);
    assert_eq!(world.state.owner(&device(9)), Some(world.id(9)));
    world.days(3..=20);
    let ids = [
        world.says(9, certification(1, 0)),
        world.says(2, residence(1)),
    ];
    let outcome = world.close(21);
    assert_eq!(ids.map(|it| why(&outcome, it)), [None, None]);
    // A device speaks for whom its first entry names.
    let taken = world.writes(device(9), certificate(1, device(9)));
    assert_eq!(why(&world.close(22), taken), Some(Refusal::KeyInUse));
    assert_eq!(world.state.owner(&device(9)), Some(world.id(9)));
}

#[test]
fn a_device_that_its_owner_ended_before_the_network_knew_it_never_counts() {
    let mut world = World::new(6);
    world.says(1, device_revocation(1, further(1, 1), None));
    world.close(1);
    world.writes(further(1, 1), certificate(1, further(1, 1)));
    let word = world.writes(further(1, 1), residence(1));
    assert_eq!(why(&world.close(2), word), Some(Refusal::DeviceRevoked));
}

/// A stolen phone: a new key, and the end of the old device by that key, on one day.
#[test]
fn a_new_key_ends_the_old_device_in_the_same_record() {
    for apart in [false, true] {
        let mut world = World::new(6);
        world.says(2, device_revocation(20, device(1), None));
        if apart {
            world.close(1);
        }
        world.says(3, key_change(1, 20));
        let thief = world.says(1, residence(1));
        let outcome = world.close(2);
        assert_eq!(why(&outcome, thief), Some(Refusal::DeviceRevoked));
        assert_eq!(world.person(1).key, key(20));
    }
}

#[test]
fn who_comes_with_the_device_first_and_the_join_later_has_both() {
    let mut world = World::new(6);
    world.writes(further(9, 1), certificate(9, further(9, 1)));
    world.close(1);
    world.joins_with(9, 1..=5);
    world.close(2);
    assert_eq!(world.state.owner(&further(9, 1)), Some(world.id(9)));
}
