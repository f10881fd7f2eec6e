//! Who should meet whom at a meetup.

use super::world::*;
use crate::{
    params::Param,
    time::Seconds,
    trust::{PersonId, radar::Need},
};

const YEARS_2: u64 = 63_115_200;

fn sponsors(need: &Need) -> Vec<PersonId> {
    need.sponsors.iter().map(|it| it.person).collect()
}

#[test]
fn a_candidate_is_to_meet_the_members_who_have_not_vouched_yet() {
    let mut world = World::new(8);
    world.joins_with(9, [1, 2, 3]);
    world.close(1);
    let here: Vec<_> = [9, 1, 2, 4, 5].map(|it| world.id(it)).to_vec();
    let needs = world.state.radar(&here);
    assert_eq!(needs.len(), 1);
    assert_eq!((needs[0].person, needs[0].lacks), (world.id(9), 2));
    let mut expected = [4, 5].map(|it| world.id(it));
    expected.sort_unstable();
    assert_eq!(sponsors(&needs[0]), expected);
    let window = world.state.params().get(Param::IdentityWindow);
    assert_eq!(needs[0].before, FOUNDED.after(DAY + window));
}

#[test]
fn whoever_vouched_lately_comes_after_those_who_may_at_once_and_says_from_when() {
    let mut world = World::new(8);
    world.joins(9);
    world.joins(10);
    world.vouches(4, 10);
    world.close(1);
    let here: Vec<_> = [9, 4, 5].map(|it| world.id(it)).to_vec();
    let needs = world.state.radar(&here);
    assert_eq!(sponsors(&needs[0]), [5, 4].map(|it| world.id(it)));
    let period = world.state.params().get(Param::SigPeriod);
    let acts: Vec<_> = needs[0].sponsors.iter().map(|it| it.acts).collect();
    assert_eq!(acts, [FOUNDED.after(DAY), FOUNDED.after(DAY + period)]);
    // What is signed ahead for this person need not be signed again.
    world.vouches(4, 9);
    world.close(2);
    let needs = world.state.radar(&here);
    assert_eq!(sponsors(&needs[0]), [world.id(5)]);
}

#[test]
fn certifications_that_end_within_ninety_days_are_to_be_given_again() {
    let mut world = World::new(7);
    for day in [300, 600] {
        world.close(day);
        (1..=7).for_each(|it| _ = world.says(it, renewal()));
        world.close(day + 1);
        world.close(day + 2);
    }
    let here: Vec<_> = [1, 2].map(|it| world.id(it)).to_vec();
    let end = FOUNDED.after(YEARS_2);
    // All six end on one day: both will have too few.
    for (before_end, expected) in [(90 * DAY + 1, 0), (90 * DAY, 2)] {
        let mut world = world.clone();
        world.close_at(Seconds(end.0 - before_end));
        let needs = world.state.radar(&here);
        assert_eq!(needs.len(), expected, "{before_end}");
        assert!(needs.iter().all(|it| it.before == end && it.lacks == 5));
        assert!(needs.iter().all(|it| it.sponsors[0].ends == Some(end)));
    }
}

#[test]
fn what_ends_between_two_is_named_even_if_nobody_lacks_any() {
    let mut world = World::new(12);
    for day in [300, 600] {
        world.close(day);
        (1..=12).for_each(|it| _ = world.says(it, renewal()));
        world.close(day + 1);
        world.close(day + 2);
    }
    // 1 has five of this year from others than 2.
    world.certified(1, [5, 6, 7, 8, 9]);
    world.close(700);
    let here: Vec<_> = [1, 2, 5].map(|it| world.id(it)).to_vec();
    let needs = world.state.radar(&here);
    let of_1 = needs.iter().find(|it| it.person == world.id(1)).unwrap();
    assert_eq!(of_1.lacks, 0);
    assert_eq!(of_1.before, FOUNDED.after(YEARS_2));
    assert!(sponsors(of_1).contains(&world.id(2)));
}

#[test]
fn nobody_who_is_no_member_or_has_none_left_is_named() {
    let mut world = World::with(8, params(&[(Param::SigStock, 20)]));
    world.joins(30);
    for it in 10..30 {
        world.joins(it);
    }
    world.close(1);
    // 1 gave seven at the founding, and the rest now.
    for it in 10..23 {
        world.certified(it, [1]);
    }
    let here: Vec<_> = [30, 1, 2, 10].map(|it| world.id(it)).to_vec();
    let needs = world.state.radar(&here);
    let of_30 = needs.iter().find(|it| it.person == world.id(30)).unwrap();
    assert_eq!(sponsors(of_30), [world.id(2)]);
}
