//! Staying a member: renewal, grace, and what happens without.

use super::world::*;
use crate::{
    hash::BlobHash,
    params::Param,
    payload::{MemberFact, Renewal},
    trust::{Refusal, State, membership::*},
};

const YEAR: u64 = 31_557_600;
const GRACE: u64 = 2_592_000;

#[test]
fn a_renewal_in_the_last_second_is_in_time() {
    let lapse = FOUNDED.after(YEAR + GRACE);
    for (early, state, until) in [
        (1, State::Member, FOUNDED.after(YEAR + GRACE - 1 + YEAR)),
        (0, State::Lapsed, FOUNDED.after(YEAR)),
    ] {
        let mut world = World::new(7);
        assert_eq!(world.state.lapse_time(world.person(1)), lapse);
        world.close(390);
        world.says(1, renewal());
        world.close_at(Seconds(lapse.0 - early));
        assert_eq!(world.is(1), state);
        // Judged after the year and the grace are over.
        world.close_at(lapse.after(10 * DAY - early));
        assert_eq!(world.is(1), State::Member);
        if state == State::Member {
            assert_eq!(
                (world.person(1).until, world.person(1).since),
                (until, FOUNDED)
            );
        }
        assert_eq!(world.is(2), State::Lapsed);
        assert_eq!(world.person(2).since, lapse);
    }
}

#[test]
fn a_renewal_pending_when_the_year_ends_holds_without_any_grace() {
    let mut world = World::with(7, params(&[(Param::RenewGrace, 0)]));
    world.close(360);
    world.says(1, renewal());
    world.close_at(FOUNDED.after(YEAR - 1));
    world.close_at(FOUNDED.after(YEAR + 10 * DAY));
    assert_eq!(
        [1, 2].map(|it| world.is(it)),
        [State::Member, State::Lapsed]
    );
    assert_eq!(world.person(1).until, FOUNDED.after(YEAR - 1 + YEAR));
}

#[test]
fn a_renewal_names_the_charter_in_force() {
    let mut world = World::new(6);
    let other = MemberFact::Renewal(Renewal {
        charter: BlobHash([4; 32]),
    });
    let id = world.says(1, other);
    assert_eq!(why(&world.close(1), id), Some(Refusal::OtherCharter));
    assert_eq!(world.person(1).ask, None);
}

#[test]
fn renewing_each_day_puts_no_judgement_off() {
    let mut world = World::new(7);
    for day in 1..=400 {
        world.says(1, renewal());
        world.close(day);
    }
    assert_eq!(world.is(1), State::Member);
    let day = 400 * DAY + YEAR;
    assert!(world.person(1).until >= FOUNDED.after(day - 2 * DAY));
}

#[test]
fn with_too_few_certifications_the_grace_runs_and_a_new_one_ends_it() {
    let mut world = World::new(6);
    world.close(1);
    world.says(2, withdrawal(1));
    world.close(10);
    assert_eq!((world.is(1), world.live(1)), (State::Member, 4));
    assert_eq!(
        world.state.lapse_time(world.person(1)),
        FOUNDED.after(40 * DAY)
    );
    let mut saved = world.clone();
    world.close_at(FOUNDED.after(40 * DAY - 1));
    assert_eq!(world.is(1), State::Member);
    let renewal = world.says(1, renewal());
    let mut lapsed = world.clone();
    let outcome = lapsed.close(40);
    assert_eq!(lapsed.is(1), State::Lapsed);
    assert_eq!(lapsed.person(1).since, FOUNDED.after(40 * DAY));
    assert_eq!(why(&outcome, renewal), None);
    assert_eq!(
        why(&lapsed.close(41), renewal),
        Some(Refusal::NotEnoughReceived)
    );

    saved.vouches(2, 1);
    saved.close(39);
    saved.close(100);
    assert_eq!((saved.is(1), saved.live(1)), (State::Member, 5));
}

#[test]
fn a_lapsed_member_issues_nothing_and_what_they_gave_counts_until_it_expires() {
    let mut world = World::new(8);
    world.joins_with(9, 1..=5);
    world.days(1..=15);
    for person in 2..=8 {
        world.says(person, renewal());
    }
    world.close(300);
    world.close(394);
    assert_eq!(world.is(1), State::Member);
    let late = world.vouches(1, 9);
    let outcome = world.close(396);
    assert_eq!(world.is(1), State::Lapsed);
    assert_eq!(why(&outcome, late), Some(Refusal::NotMember));
    assert!(world.stands_by(1, 9));
    let more = world.vouches(1, 9);
    assert_eq!(why(&world.close(397), more), Some(Refusal::NotMember));
    // Dead only at its own end; they may withdraw it before.
    let mut withdrawn = world.clone();
    withdrawn.says(1, withdrawal(9));
    withdrawn.close(398);
    assert!(!withdrawn.stands_by(1, 9));
    world.close_at(FOUNDED.after(DAY + 63_115_199));
    assert!(world.stands_by(1, 9));
    world.close_at(FOUNDED.after(DAY + 63_115_200));
    assert!(!world.stands_by(1, 9));
}

/// However rare records are: what is written after one's time is over is judged then.
#[test]
fn who_lapsed_between_two_records_issues_nothing_in_the_second() {
    let mut world = World::new(7);
    world.joins(9);
    world.close(1);
    let late = world.vouches(1, 9);
    let note = world.says(2, residence(1));
    let outcome = world.close(500);
    assert_eq!(why(&outcome, late), Some(Refusal::NotMember));
    assert_eq!(why(&outcome, note), Some(Refusal::NotMember));
    assert_eq!(world.person(1).since, FOUNDED.after(YEAR + GRACE));
}

#[test]
fn a_queue_rests_while_its_owner_is_lapsed() {
    let mut world = World::with(8, params(&[(Param::RenewGrace, 0)]));
    for person in 9..=11 {
        world.joins(person);
    }
    world.close_at(FOUNDED.after(YEAR - 8 * DAY));
    let ids: Vec<_> = (9..=11).map(|it| world.vouches(1, it)).collect();
    // Of the periods since the founding only so many were used: all three at once would be due.
    let first = world.close_at(FOUNDED.after(YEAR - 7 * DAY));
    assert_eq!(first.taken, ids);
    let more: Vec<_> = [2, 3].map(|it| world.vouches(1, it)).into();
    assert_eq!(world.close_at(FOUNDED.after(YEAR - DAY)).taken, more[..1]);
    world.close_at(FOUNDED.after(YEAR + 10 * DAY));
    assert_eq!(
        (world.is(1), world.person(1).queue.len()),
        (State::Lapsed, 1)
    );
    world.says(1, renewal());
    world.close_at(FOUNDED.after(YEAR + 11 * DAY));
    assert_eq!(world.close_at(FOUNDED.after(YEAR + 12 * DAY)).taken, []);
    assert_eq!(world.is(1), State::Member);
    assert_eq!(
        world.close_at(FOUNDED.after(YEAR + 13 * DAY)).taken,
        more[1..]
    );
}

#[test]
fn lapsed_for_a_year_is_gone() {
    let end = FOUNDED.after(2 * YEAR + GRACE);
    let mut world = World::new(7);
    world.close_at(Seconds(end.0 - 1));
    assert_eq!(world.is(1), State::Lapsed);
    let mut daily = world.clone();
    world.close_at(end);
    assert_eq!((world.is(1), world.person(1).since), (State::Gone, end));
    // However rare records are, and too late for a renewal.
    let late = daily.says(1, renewal());
    let outcome = daily.close_at(end.after(40 * DAY));
    assert_eq!((daily.is(1), daily.person(1).since), (State::Gone, end));
    assert_eq!(why(&outcome, late), Some(Refusal::NotMember));
    let mut rare = World::new(7);
    rare.close_at(end.after(999));
    assert_eq!((rare.is(1), rare.person(1).since), (State::Gone, end));
}

/// Groups in a line, and somebody at its end from whom 25 of 32 referents are near: 78 %.
fn at_the_edge() -> World {
    let mut world = World::new(7);
    for group in 1..=5 {
        for person in 0..5 {
            let sponsors = if group == 1 {
                1..=5
            } else {
                group * 10 - 10..=group * 10 - 6
            };
            world.settles(group * 10 + person, sponsors);
        }
    }
    world.settles(100, 50..=54);
    for person in 400..402 {
        world.settles(person, 50..=54);
    }
    world
}

#[test]
fn who_stays_may_be_a_little_farther_away_than_who_joins() {
    let mut world = at_the_edge();
    world.joins_with(101, 50..=54);
    world.says(100, renewal());
    world.days(1..=2);
    assert_eq!(world.person(100).until, FOUNDED.after(DAY + YEAR));
    assert!(!world.person(101).ask.unwrap().verdict.unwrap().holds);
    let graph = world.state.graph(world.state.closed.time);
    let jury = world.state.jury(&graph);
    assert_eq!(
        (jury.steps, jury.referent_min, jury.referents.len()),
        (5, 3, 32)
    );
}

#[test]
fn a_renewal_too_far_away_is_tried_again_until_its_window_is_over() {
    let mut world = at_the_edge();
    world.settles(200, [100, 50, 51, 52, 53]);
    world.settles(201, [100, 50, 51, 52, 53]);
    world.certified(100, [200, 201]);
    for person in 300..305 {
        world.settles(person, 50..=54);
    }
    world.settles(150, 300..=304);
    world.says(150, renewal());
    world.days(1..=2);
    let verdict = world.person(150).ask.unwrap().verdict.unwrap();
    assert!(!verdict.holds, "{verdict:?}");
    // Asking anew is no way to be judged by others sooner.
    let second = world.says(150, renewal());
    world.days(3..=31);
    assert_eq!(world.person(150).ask.unwrap().verdict, None);
    let outcome = world.close(32);
    assert_eq!(world.person(150).ask.unwrap().renewal, Some(second));
    assert_eq!(why(&outcome, second), None);
    let outcome = world.close(62);
    assert_eq!(why(&outcome, second), Some(Refusal::DistanceNotMet));
    assert_eq!(world.is(150), State::Member, "until the year is over");
    world.close(396);
    assert_eq!(world.is(150), State::Lapsed);
}
