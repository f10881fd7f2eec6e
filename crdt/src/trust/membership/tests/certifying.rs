//! Certifications: one a period, so many alive, so long.

use super::world::*;
use crate::{
    params::Param,
    payload::{Certification, MemberFact, Statements},
    time::{ClaimedMinutes, Height},
    trust::{Refusal, State, membership::*},
};

fn joined(founders: u16, people: impl Iterator<Item = u16>) -> World {
    let mut world = World::new(founders);
    for person in people {
        world.joins(person);
    }
    world.close(0);
    world
}

#[test]
fn nobody_certifies_themselves() {
    let mut world = World::new(6);
    let id = world.vouches(1, 1);
    let outcome = world.close(1);
    assert_eq!(why(&outcome, id), Some(Refusal::CertifySelf));
    // Nor under a key that they take later.
    world.vouches(1, 30);
    world.says(1, key_change(1, 31));
    world.close(2);
    let id = world.vouches(1, 31);
    let old = world.vouches(1, 1);
    let outcome = world.close(3);
    assert_eq!(why(&outcome, id), Some(Refusal::CertifySelf));
    assert_eq!(why(&outcome, old), Some(Refusal::CertifySelf));
}

#[test]
fn certifications_are_taken_one_a_period_in_the_order_of_the_log() {
    let mut world = joined(6, 10..20);
    let ids: Vec<_> = (10..20).map(|it| world.vouches(1, it)).collect();
    // The first is free.
    assert_eq!(world.close_at(FOUNDED.after(1)).taken, ids[..1]);
    for early in 1..=4 {
        assert_eq!(world.close_at(FOUNDED.after(1 + early * DAY)).taken, []);
    }
    assert_eq!(
        world.close_at(FOUNDED.after(5 * DAY)).taken,
        [],
        "a second early"
    );
    assert_eq!(world.close_at(FOUNDED.after(5 * DAY + 1)).taken, ids[1..2]);
    // As many as whole periods have passed since the last.
    assert_eq!(world.close_at(FOUNDED.after(20 * DAY)).taken, ids[2..4]);
    assert_eq!(world.close_at(FOUNDED.after(24 * DAY)).taken, []);
    assert_eq!(world.close_at(FOUNDED.after(25 * DAY)).taken, ids[4..5]);
    assert_eq!(world.person(1).queue.len(), 5);
    assert_eq!(world.close(55).taken, ids[5..]);
    assert_eq!(world.person(1).queue.len(), 0);
}

#[test]
fn what_waits_longer_than_its_window_is_refused() {
    let mut world = World::new(6);
    for person in 10..30 {
        world.settles(person, 2..=6);
    }
    let ids: Vec<_> = (10..30).map(|it| world.vouches(1, it)).collect();
    world.close(1);
    let mut refused = Vec::new();
    for day in 2..=70 {
        refused.extend(world.close(day).refused);
    }
    // One at once and one each five days of the sixty.
    assert_eq!(refused.len(), 20 - 13, "{refused:?}");
    assert!(
        refused
            .iter()
            .all(|(id, why)| ids[13..].contains(id) && *why == Refusal::TooOld)
    );
}

#[test]
fn an_entry_older_than_its_window_has_no_effect() {
    let window = 5_259_600;
    for (late, refusal) in [(0, None), (1, Some(Refusal::TooOld))] {
        let mut world = joined(6, 9..=9);
        let before = world.state.closed.height;
        world.close(30);
        world.joins(10);
        world.close(59);
        world.anchor = Some(before);
        let certification = world.vouches(1, 10);
        let renewal = world.says(2, renewal());
        let outcome = world.close_at(FOUNDED.after(window + late));
        assert_eq!(why(&outcome, certification), refusal);
        assert_eq!(why(&outcome, renewal), refusal);
    }
}

#[test]
fn a_certification_is_dead_exactly_at_its_end() {
    let mut world = World::new(7);
    world.close_at(FOUNDED.after(100));
    world.joins_with(9, 1..=5);
    world.close_at(FOUNDED.after(200));
    let end = FOUNDED.after(200 + 63_115_200);
    let received = world.person(9).received[0];
    assert_eq!((received.emission, received.end), (FOUNDED.after(200), end));
    assert!(received.is_live(Seconds(end.0 - 1)) && !received.is_live(end));
    assert!(received.is_live(received.emission));
    assert!(!received.is_live(Seconds(received.emission.0 - 1)));
    let graph = |time| world.state.graph(time).issuers(world.id(9)).len();
    assert_eq!((graph(Seconds(end.0 - 1)), graph(end)), (5, 0));
}

#[test]
fn nobody_has_given_more_than_the_stock() {
    let mut world = World::with(6, params(&[(Param::SigStock, 20)]));
    for person in 10..40 {
        world.settles(person, 2..=6);
    }
    // Five were given at the founding.
    for subject in 10..26 {
        world.vouches(1, subject);
    }
    let mut outcome = world.close(1);
    for day in 2..=90 {
        let more = world.close(day);
        outcome.taken.extend(more.taken);
        outcome.refused.extend(more.refused);
    }
    assert_eq!(outcome.taken.len(), 13, "the rest waited too long");
    let more: Vec<_> = (23..31).map(|it| world.vouches(1, it)).collect();
    let outcome = world.close(150);
    assert_eq!(outcome.taken, more[..2]);
    assert_eq!(outcome.refused.len(), 6);
    assert_eq!(why(&outcome, more[2]), Some(Refusal::TooManyIssued));
    assert_eq!(
        world.state.given(world.state.closed.time)[index(world.id(1))],
        20
    );

    // To give one again takes no room, and leaves none.
    world.close(249);
    let again = world.vouches(1, 22);
    let further = world.vouches(1, 31);
    let outcome = world.close(250);
    assert_eq!(outcome.taken, [again]);
    assert_eq!(why(&outcome, further), Some(Refusal::TooManyIssued));
    // To withdraw one does.
    world.says(1, withdrawal(22));
    let further = world.vouches(1, 31);
    assert_eq!(world.close(260).taken, [further]);
}

#[test]
fn one_given_again_leaves_room_for_one_more_in_the_same_record() {
    let mut world = World::with(6, params(&[(Param::SigStock, 20)]));
    for person in 10..40 {
        world.settles(person, 2..=6);
    }
    for person in 10..24 {
        world.certified(person, [1]);
    }
    world.close(99);
    let ids = [10, 11, 30].map(|it| world.vouches(1, it));
    // Given are 5 + 14 of 20.
    assert_eq!(world.close(100).taken, ids);
}

#[test]
fn nobody_signs_more_ahead_than_the_stock() {
    let mut world = World::with(6, params(&[(Param::SigStock, 20)]));
    let ids: Vec<_> = (100..121).map(|it| world.vouches(1, it)).collect();
    let outcome = world.close(1);
    assert_eq!(outcome.refused, [(ids[20], Refusal::TooManyIssued)]);
}

#[test]
fn the_same_again_is_refused_until_the_window_has_passed() {
    let mut world = joined(6, 9..=9);
    world.vouches(1, 9);
    world.close_at(FOUNDED.after(1));
    let again = world.vouches(1, 9);
    let outcome = world.close_at(FOUNDED.after(5_259_600));
    assert_eq!(why(&outcome, again), Some(Refusal::AlreadyExists));
    let mut world = World::new(7);
    let again = world.vouches(1, 2);
    let outcome = world.close_at(FOUNDED.after(5_259_600));
    assert_eq!(outcome.taken, [again]);
    assert_eq!(world.live(2), 6, "one a sponsor");
    let end = world.state.closed.time.after(63_115_200);
    assert_eq!(
        world.person(2).received.iter().map(|it| it.end).max(),
        Some(end)
    );
}

#[test]
fn a_word_that_comes_before_the_join_waits_for_it() {
    let mut world = World::new(6);
    let early = world.vouches(1, 9);
    let other = world.vouches(1, 10);
    assert_eq!(world.close(1), Outcome::default());
    world.joins(10);
    assert_eq!(world.close(6).taken, [other]);
    world.joins(9);
    assert_eq!(world.close(11).taken, [early]);

    let never = world.vouches(1, 11);
    let mut refused = Vec::new();
    for day in 12..=80 {
        refused.extend(world.close(day).refused);
    }
    assert_eq!(refused, [(never, Refusal::DoesNotExist)]);
}

#[test]
fn all_three_questions_are_affirmed() {
    let mut world = joined(6, 9..=9);
    for missing in 0..3 {
        let statements = Statements {
            identity: missing != 0,
            age: missing != 1,
            charter: missing != 2,
        };
        let fact = MemberFact::Certification(Certification {
            subject: key(9),
            statements,
            met: ClaimedMinutes(0),
            meeting: [0; 16],
        });
        let id = world.says(1, fact);
        let outcome = world.close(1);
        assert_eq!(why(&outcome, id), Some(Refusal::NotAffirmed));
    }
}

#[test]
fn only_members_certify_and_object() {
    let mut world = joined(6, 9..=10);
    let ids = [
        world.vouches(9, 10),
        world.says(9, objection(10)),
        world.says(9, residence(1)),
        world.says(9, renewal()),
    ];
    let outcome = world.close(1);
    assert!(
        ids.iter()
            .all(|it| why(&outcome, *it) == Some(Refusal::NotMember))
    );
    let ids = [
        world.vouches(77, 10),
        world.says(77, objection(10)),
        world.says(77, MemberFact::Leave),
        world.says(
            77,
            MemberFact::Roster(crate::payload::Roster::of([1; 16], [])),
        ),
    ];
    let outcome = world.close(2);
    assert!(
        ids.iter()
            .all(|it| why(&outcome, *it) == Some(Refusal::UnknownDevice))
    );
}

#[test]
fn objections_are_to_candidates() {
    let mut world = joined(6, 9..=10);
    world.says(10, MemberFact::Leave);
    world.says(1, revocation(9));
    world.close(1);
    let ids = [
        world.says(1, objection(2)),
        world.says(1, objection(10)),
        world.says(1, objection(9)),
        world.says(1, objection(99)),
    ];
    let outcome = world.close(2);
    let expected = [
        Refusal::MemberAlready,
        Refusal::Gone,
        Refusal::AlreadyRevoked,
        Refusal::DoesNotExist,
    ];
    assert_eq!(ids.map(|it| why(&outcome, it).unwrap()), expected);
}

#[test]
fn a_withdrawal_wins_within_a_record_and_over_the_queue() {
    let mut world = joined(6, 9..=12);
    // Both orders of the log.
    let first = world.vouches(1, 9);
    world.says(1, withdrawal(9));
    let none = world.says(2, withdrawal(9));
    let second = world.vouches(2, 9);
    let outcome = world.close(1);
    assert_eq!(why(&outcome, first), Some(Refusal::Withdrawn));
    assert_eq!(why(&outcome, second), Some(Refusal::Withdrawn));
    assert_eq!(why(&outcome, none), Some(Refusal::DoesNotExist));
    assert_eq!(world.live(9), 0);

    // One that would have had to wait is no less withdrawn.
    world.vouches(3, 10);
    let queued = world.vouches(3, 11);
    world.says(3, withdrawal(11));
    let outcome = world.close(2);
    assert_eq!(why(&outcome, queued), Some(Refusal::Withdrawn));
    world.days(3..=12);
    assert!(world.stands_by(3, 10) && !world.stands_by(3, 11));

    // Out of the queue, for people who joined and who did not yet.
    for subject in [10, 12, 9] {
        world.vouches(4, subject);
    }
    let queued = [world.vouches(4, 11), world.vouches(4, 60)];
    world.close(13);
    let done = [world.says(4, withdrawal(11)), world.says(4, withdrawal(60))];
    let outcome = world.close(14);
    for (id, done) in queued.into_iter().zip(done) {
        assert_eq!(why(&outcome, id), Some(Refusal::Withdrawn));
        assert_eq!(why(&outcome, done), None);
    }

    // A taken one is dead at that record.
    world.says(4, withdrawal(10));
    world.close(15);
    assert!(!world.stands_by(4, 10));
    let again = world.says(4, withdrawal(10));
    assert_eq!(why(&world.close(16), again), Some(Refusal::DoesNotExist));
    // And can be given anew.
    world.vouches(4, 10);
    world.close(30);
    assert!(world.stands_by(4, 10));
}

#[test]
fn islands_that_meet_after_half_a_year_refuse_clearly_and_disturb_nothing_else() {
    let mut world = joined(12, 21..=21);
    let before = world.state.closed.height;
    let mut island = world.clone();
    island.anchor = Some(before);
    island.joins(20);
    let words: Vec<_> = (7..=10).map(|it| island.vouches(it, 20)).collect();
    let renewal = island.says(11, renewal());
    let objection = island.says(12, objection(21));
    world.joins_with(22, 1..=5);
    for day in 1..=180 {
        world.close(day);
    }
    let without = {
        let mut world = world.clone();
        world.close(181);
        world
    };
    world.pending = island.pending;
    let outcome = world.close(181);
    for id in words.iter().chain([&renewal]) {
        assert_eq!(why(&outcome, *id), Some(Refusal::TooOld));
    }
    assert_eq!(why(&outcome, objection), Some(Refusal::Gone));
    assert_eq!(outcome.refused.len(), words.len() + 2);
    assert_eq!(
        world.is(20),
        State::Candidate,
        "and may be vouched for anew"
    );
    for person in (1..=12).chain(21..=22) {
        assert_eq!(world.person(person), without.person(person));
    }
    // And goes on from there.
    world.anchor = None;
    for sponsor in 1..=5 {
        world.vouches(sponsor, 20);
    }
    world.days(182..=196);
    assert_eq!(world.is(20), State::Member);
    assert_ne!(before, Height(0));
}

#[test]
fn people_move_once_in_ninety_days() {
    let mut world = World::new(6);
    world.says(1, residence(1));
    world.close_at(FOUNDED.after(5));
    assert_eq!(world.person(1).residence, Some(([1; 16], FOUNDED.after(5))));
    let early = world.says(1, residence(2));
    let outcome = world.close_at(FOUNDED.after(4 + 90 * DAY));
    assert_eq!(why(&outcome, early), Some(Refusal::MovedRecently));
    world.says(1, residence(3));
    world.close_at(FOUNDED.after(5 + 90 * DAY));
    assert_eq!(world.person(1).residence.unwrap().0, [3; 16]);
}
