//! Who can pay whom, and what happens when it does not suffice.

use super::world::*;
use crate::{
    hash::EntryId,
    ledger::*,
    params::Param,
    payload::{MemberFact, Receiver},
};

#[test]
fn a_payment_moves_money_and_makes_none() {
    let mut world = World::new(4);
    world.pays(1, 2, 7_000);
    let outcome = world.close(1);
    assert_eq!(outcome.applied.len(), 1);
    assert_eq!((world.has(1), world.has(2)), (3_000, 17_000));
    assert_eq!(world.mass(), 40_000);
    assert_eq!(outcome.changed, {
        let mut changed = vec![world.account(1), world.account(2)];
        changed.sort_unstable();
        changed
    });
}

#[test]
fn all_that_one_has_and_a_dividend_of_the_same_record() {
    let mut world = World::new(4);
    world.close(1);
    // Two more days fall due with the record that includes it: dividends come first.
    world.pays(1, 2, 30_000);
    let too_much = world.pays(1, 2, 1_000);
    let outcome = world.close(3);
    assert_eq!((world.has(1), world.has(2)), (0, 60_000));
    assert_eq!(why(&outcome, too_much), Some("insufficient_balance"));
    world.close(4);
    assert_eq!(world.has(1), 10_000, "what was refused is refused for good");
}

#[test]
fn refusals_have_names() {
    let mut world = World::new(4);
    world.joins(9);
    world.close(10);
    world.revokes(4);
    let unknown = Receiver::Shared(SharedId([1; 32]));
    let cases = [
        (world.pays(1, 1, 5_000), "self_payment"),
        (world.pays(1, 4, 5_000), "receiver_revoked"),
        (world.pays(1, 77, 5_000), "unknown_receiver"),
        (
            world.writes(device(1, 0), transfer(unknown, 5_000)),
            "unknown_receiver",
        ),
        (world.pays(1, 2, 0), "zero_amount"),
        (world.pays(1, 2, 999), "below_dust"),
        (world.pays(1, 2, u64::MAX), "insufficient_balance"),
        (world.pays(4, 2, 5_000), "author_revoked"),
        (world.pays(50, 2, 5_000), "unknown_device"),
        (world.pays(9, 2, 5_000), "insufficient_balance"),
    ];
    let outcome = world.close(11);
    for (id, reason) in cases {
        assert_eq!(why(&outcome, id), Some(reason));
    }
    assert_eq!(
        (outcome.applied, outcome.refused.len()),
        (vec![], cases.len())
    );
}

#[test]
fn a_payment_that_cannot_be_does_not_block_those_behind_it() {
    let mut world = World::new(4);
    world.close(1);
    world.pays(1, 1, 5_000);
    world.pays(1, 2, 5_000);
    let outcome = world.close(1);
    assert_eq!((outcome.applied.len(), world.has(1)), (1, 5_000));
}

#[test]
fn nothing_overtakes_a_payment_that_the_balance_does_not_cover() {
    let mut world = World::new(4);
    world.close(1);
    let first = world.pays(1, 2, 12_000);
    let second = world.pays(1, 2, 1_000);
    let outcome = world.close(1);
    for id in [first, second] {
        assert_eq!(why(&outcome, id), Some("insufficient_balance"));
    }
    assert_eq!(world.has(1), 10_000);
}

#[test]
fn what_comes_in_with_the_same_record_is_spent_in_a_ring() {
    let mut world = World::new(4);
    world.close(1);
    // 3 can pay only after 2, who can only after 1.
    world.pays(3, 4, 25_000);
    world.pays(2, 3, 15_000);
    world.pays(1, 2, 10_000);
    let outcome = world.close(1);
    assert_eq!((outcome.applied.len(), outcome.refused), (3, vec![]));
    let all = [1, 2, 3, 4].map(|it| world.has(it));
    assert_eq!(all, [0, 5_000, 0, 35_000]);
    // A ring in which nobody can begin stays where it is.
    for (from, to) in [(1, 2), (2, 3), (3, 1)] {
        world.pays(from, to, 50_000);
    }
    let outcome = world.close(1);
    assert_eq!((outcome.applied, outcome.refused.len()), (vec![], 3));
}

#[test]
fn of_two_devices_that_overspend_apart_the_order_of_devices_decides() {
    let mut world = World::new(4);
    world.adds_device(1, 1);
    world.close(10);
    let number = |world: &World, it| world.people.devices()[&device(1, it)].index;
    let mut order = [0_u8, 1];
    order.sort_by_key(|it| number(&world, *it));
    let to = Receiver::Member(key(2));
    let late = world.writes(device(1, order[1]), transfer(to, 80_000));
    let early = world.writes(device(1, order[0]), transfer(to, 60_000));
    let outcome = world.close(10);
    assert_eq!(why(&outcome, early), None);
    assert_eq!(why(&outcome, late), Some("insufficient_balance"));
    assert_eq!((world.has(1), world.has(2)), (40_000, 160_000));
}

#[test]
fn of_two_payments_at_one_place_one_counts_at_most() {
    // A record names one branch of a fork; this holds whatever it hands in.
    let mut world = World::new(4);
    world.close(1);
    world.pays(1, 2, 9_000);
    let mut other = world.pending[0].clone();
    other.id = EntryId([0xff; 32]);
    other.fact = transfer(Receiver::Member(key(3)), 9_000);
    world.pending.push(other.clone());
    let outcome = world.close(1);
    assert_eq!((outcome.applied.len(), world.has(1)), (1, 1_000));
    // Nor later: the place is taken.
    world.close(5);
    world.pending.push(other);
    let outcome = world.close(5);
    assert_eq!((outcome.applied, outcome.refused), (vec![], vec![]));
}

#[test]
fn a_revoked_device_spends_nothing_after_its_last_good_entry() {
    let mut world = World::new(4);
    world.close(10);
    let good = world.pays(2, 3, 1_000);
    let bad = world.pays(2, 3, 2_000);
    world.ends_device(2, 0);
    let outcome = world.close(10);
    assert_eq!(why(&outcome, good), None);
    assert_eq!(why(&outcome, bad), Some("device_revoked"));
    let worse = world.pays(2, 3, 2_000);
    assert_eq!(why(&world.close(11), worse), Some("device_revoked"));
    world.adds_device(2, 1);
    let to = Receiver::Member(key(3));
    let fine = world.writes(device(2, 1), transfer(to, 3_000));
    assert_eq!(why(&world.close(12), fine), None);
}

#[test]
fn candidates_and_people_who_left_hold_and_spend() {
    let mut world = World::new(5);
    world.joins(9);
    world.close(10);
    world.pays(1, 9, 20_000);
    world.says(device(5, 0), MemberFact::Leave);
    world.close(10);
    world.pays(9, 5, 8_000);
    world.pays(5, 1, 100_000);
    let outcome = world.close(20);
    assert_eq!(outcome.refused, []);
    assert_eq!((world.has(9), world.has(5)), (12_000, 8_000));
}

#[test]
fn a_lapsed_member_has_what_they_earned_and_no_more() {
    let changed = [
        (Param::MembershipValidity, 200 * DAY),
        (Param::RenewGrace, 0),
    ];
    let mut world = World::with(4, params(&changed));
    world.close(250);
    let had = world.has(1);
    world.pays(1, 2, 50_000);
    world.close(300);
    assert_eq!(world.has(1), had - 50_000);
}

#[test]
fn a_payment_to_who_joins_in_the_same_record_arrives() {
    let mut world = World::new(4);
    world.close(1);
    world.joins(9);
    world.pays(1, 9, 4_000);
    world.close(1);
    assert_eq!(world.has(9), 4_000);
}

#[test]
fn half_a_year_apart_then_merged() {
    // One record after 182 days takes in what both halves wrote meanwhile.
    let mut world = World::new(6);
    world.adds_device(1, 1);
    world.close(1);
    let to = |person| Receiver::Member(key(person));
    for _ in 0..10 {
        world.pays(2, 1, 100_000);
        world.writes(device(1, 1), transfer(to(3), 150_000));
        world.pays(1, 4, 150_000);
    }
    let outcome = world.close(183);
    assert_eq!(outcome.days.len(), 182);
    // 1 has 183 dividends, of which one grew, and 10 payments from 2: 2,830,024 in all, so 18 of
    // 20 payments of 150,000 are covered.
    assert_eq!(outcome.applied.len(), 10 + 18);
    assert_eq!(outcome.refused.len(), 2);
    assert_eq!(world.has(1), 183 * 10_000 + 24 + 1_000_000 - 18 * 150_000);
}
