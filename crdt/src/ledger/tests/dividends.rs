//! A dividend for each member and day, however records fall.

use proptest::{prelude::*, test_runner::RngSeed};

use super::world::*;
use crate::{
    ledger::{dividend::*, *},
    params::{Param, Params},
    payload::MemberFact,
    time::Seconds,
    trust::State,
};

const UD0: u128 = 10_000;

#[test]
fn a_member_for_k_days_has_k_dividends() {
    let mut world = World::new(4);
    for days in [0, 1, 2, 40, 41, 100] {
        world.close(days);
        assert_eq!(world.has(1), UD0 * u128::from(days));
        assert_eq!(world.mass(), UD0 * u128::from(days) * 4);
    }
}

#[test]
fn a_record_closes_no_day_twice_and_none_before_it_is_over() {
    let mut world = World::new(4);
    let almost = world.close_at(Seconds(FOUNDED.0 + DAY - 1));
    assert_eq!((almost.days.len(), almost.changed.len()), (0, 0));
    assert_eq!(world.close_at(Seconds(FOUNDED.0 + DAY)).days.len(), 1);
    let again = world.close_at(Seconds(FOUNDED.0 + DAY + 1));
    assert_eq!((again.days.len(), world.has(1)), (0, UD0));
}

#[test]
fn accounts_that_nobody_touches_keep_their_leaves() {
    let mut world = World::new(4);
    let leaves = world.ledger.leaves();
    let outcome = world.close(300);
    assert_eq!((outcome.days.len(), outcome.changed), (300, vec![]));
    assert_eq!(world.ledger.leaves().accounts, leaves.accounts);
    assert!(world.has(1) > UD0 * 300, "the dividend grew on day 182");
}

#[test]
fn what_a_record_decides_acts_from_the_day_after() {
    let mut world = World::new(5);
    world.close(10);
    // Days 11 to 13 are those of the members of the record before.
    world.says(device(5, 0), MemberFact::Leave);
    world.close_at(Seconds(FOUNDED.0 + 13 * DAY + 100));
    assert_eq!(world.has(5), 13 * UD0);
    world.close(20);
    assert_eq!((world.has(5), world.has(1)), (13 * UD0, 20 * UD0));
    assert_eq!(world.ledger.dividend().members, 4);
}

#[test]
fn who_lapses_at_the_border_of_a_day_has_none_of_it() {
    let validity = 200 * DAY;
    for (grace, days) in [(0, 199), (1, 200), (DAY, 200), (DAY + 1, 201)] {
        let changed = [
            (Param::MembershipValidity, validity),
            (Param::RenewGrace, grace),
            (Param::Growth, 0),
        ];
        let mut world = World::with(4, params(&changed));
        // A record at the very moment of the day, and one long after it.
        let mut exact = world.clone();
        exact.close(200);
        assert_eq!(exact.has(1), days.min(200) * UD0, "{grace}");
        let outcome = world.close(300);
        assert_eq!(world.has(1), days * UD0, "{grace}");
        assert_eq!(world.people.person(0).unwrap().state, State::Lapsed);
        // Nobody is left: nothing is created, and the dividend stays.
        let last = outcome.days.last().unwrap();
        assert_eq!((last.members, last.amount), (0, 0));
        assert_eq!(world.ledger.dividend().amount, 10_000);
        assert_eq!(world.mass(), days * UD0 * 4);
    }
}

#[test]
fn a_re_evaluation_runs_at_its_day_inside_a_gap() {
    let mut world = World::new(4);
    let outcome = world.close(400);
    let days: Vec<_> = outcome
        .days
        .iter()
        .filter(|it| it.reevaluated.is_some())
        .collect();
    assert_eq!(days.iter().map(|it| it.day).collect::<Vec<_>>(), [182, 364]);
    // 488² × 10 × 182 × 10,000 × 4 / (10⁹ × 4 × 182) = 23.8144, rounded up.
    assert_eq!(days[0].mass, 182 * UD0 * 4);
    assert_eq!(
        (days[0].amount, days[0].reevaluated),
        (10_000, Some(10_024))
    );
    assert_eq!(outcome.days[182].amount, 10_024);
    assert_eq!(days[1].mass, 182 * (10_000 + 10_024) * 4);
    assert_eq!(days[1].reevaluated, Some(10_072));
}

#[test]
fn a_record_with_a_false_time_closes_a_bounded_number_of_days() {
    let mut world = World::new(4);
    let outcome = world.close_at(Seconds(u64::MAX));
    assert_eq!(outcome.days.len(), usize::try_from(MAX_DAYS).unwrap());
}

#[test]
fn a_new_epoch_goes_on_where_the_old_one_stopped() {
    let long = params(&[(Param::Epoch, 2 * DAY)]);
    let short = params(&[]);
    let mut dividend = Dividend::founded(&long, FOUNDED);
    for _ in 0..dividend.open_days(&long, FOUNDED.after(5 * DAY), MAX_DAYS) {
        dividend.close_day(&long, 1);
    }
    assert_eq!((dividend.day, dividend.due), (2, FOUNDED.after(4 * DAY)));
    assert_eq!(
        dividend.open_days(&short, FOUNDED.after(5 * DAY), MAX_DAYS),
        1
    );
}

#[test]
fn sums_stop_at_their_limits_and_lose_nothing() {
    let params = Params::default();
    let mut dividend = Dividend::founded(&params, FOUNDED);
    dividend.mass = u128::MAX - 29_999;
    dividend.reevaluated = u32::MAX;
    let full = dividend.close_day(&params, 3);
    assert_eq!(
        (full.amount, dividend.mass, dividend.sum),
        (0, u128::MAX - 29_999, 0)
    );
    let fits = dividend.close_day(&params, 2);
    assert_eq!((fits.amount, dividend.sum), (10_000, 10_000));
    dividend.amount = u64::MAX;
    assert_eq!(dividend.close_day(&params, u64::MAX).amount, 0);
    assert_eq!(grown(10_000, 1_000, u128::MAX, 1, 1), MAX_DIVIDEND);
    assert_eq!(
        grown(MAX_DIVIDEND + 5, 1_000, u128::MAX, 1, 1),
        MAX_DIVIDEND + 5
    );
    dividend.day = u32::MAX;
    assert_eq!(dividend.open_days(&params, Seconds(u64::MAX), MAX_DAYS), 0);
}

#[test]
fn what_one_member_has_beyond_another_melts_in_dividends() {
    // Dividends that each has: one was there from the start, one came after 20 years.
    let params = Params::default();
    let mut dividend = Dividend::founded(&params, FOUNDED);
    let mut shares = Vec::new();
    let (mut old, mut new) = (0_u128, 0_u128);
    for day in 1..=40 * 365_u32 {
        let members = if day <= 20 * 365 { 1_000 } else { 1_001 };
        let closed = dividend.close_day(&params, members);
        old += u128::from(closed.amount);
        if members == 1_001 {
            new += u128::from(closed.amount);
        }
        if day % (5 * 365) == 0 && day >= 20 * 365 {
            shares.push((old - new) / u128::from(dividend.amount));
        }
    }
    assert!(shares.is_sorted_by(|a, b| a > b), "{shares:?}");
    assert!(shares[4] * 5 < shares[0] * 2, "{shares:?}");
}

#[test]
fn the_leaf_of_the_dividend_comes_back() {
    let mut world = World::new(4);
    world.close(200);
    let leaf = world.ledger.leaves();
    let read = Ledger::from_leaves(&leaf).unwrap();
    assert_eq!(read.dividend(), world.ledger.dividend());
    for len in 0..leaf.dividend.len() {
        let mut cut = leaf.clone();
        cut.dividend.truncate(len);
        assert!(Ledger::from_leaves(&cut).is_err(), "{len}");
    }
    let mut more = leaf.clone();
    more.accounts[0].push(0);
    assert!(Ledger::from_leaves(&more).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn days_are_the_same_in_any_partition_into_records(
        mut hours in prop::collection::vec(1..9_600_u64, 0..12),
        validity in 183..380_u64,
    ) {
        hours.sort_unstable();
        let changed = [(Param::MembershipValidity, validity * DAY), (Param::RenewGrace, 7)];
        let mut cut = World::with(5, params(&changed));
        cut.says(device(5, 0), MemberFact::Leave);
        cut.close(0);
        let mut whole = cut.clone();
        let mut series = vec![];
        for hour in hours {
            series.extend(cut.close_at(FOUNDED.after(hour * 3_600)).days);
        }
        series.extend(cut.close(400).days);
        let at_once = whole.close(400);
        prop_assert_eq!(series, at_once.days);
        prop_assert_eq!(cut.ledger, whole.ledger);
    }

    #[test]
    fn the_dividend_never_falls_and_without_growth_it_stays(
        amount in 1_000..MAX_DIVIDEND,
        c in 0..=1_000_u64,
        mass: u128,
        members in 0..u64::MAX,
        days in 1..400_u64,
    ) {
        let next = grown(amount, c, mass, members, days);
        prop_assert!(next >= amount);
        prop_assert_eq!(grown(amount, 0, mass, members, days), amount);
        prop_assert_eq!(grown(amount, c, mass, 0, days), amount);
    }

    #[test]
    fn other_units_give_the_same_dividend(
        amount in 1_000..1_000_000_u64,
        c in 0..=1_000_u64,
        mass in 0..1_u128 << 70,
        members in 1..5_000_000_u64,
        factor in 1..1_000_u64,
    ) {
        let one = u128::from(grown(amount, c, mass, members, 182));
        prop_assume!(one < u128::from(MAX_DIVIDEND) / 1_001);
        let scaled = grown(amount * factor, c, mass * u128::from(factor), members, 182);
        let expected = one * u128::from(factor);
        // Rounded up once instead of `factor` times.
        prop_assert!(u128::from(scaled) <= expected);
        prop_assert!(u128::from(scaled) + u128::from(factor) > expected);
    }

    #[test]
    fn growth_stays_within_a_step_and_its_bounds(now in 0..=1_000_u64, step in 5..=100_u64, wanted: u64) {
        let params = params(&[(Param::Growth, now), (Param::GrowthStep, step)]);
        let next = next_growth(&params, wanted);
        prop_assert!(next.abs_diff(now) <= step && next <= 1_000);
        if wanted.abs_diff(now) <= step && wanted <= 1_000 {
            prop_assert_eq!(next, wanted);
        }
    }
}
