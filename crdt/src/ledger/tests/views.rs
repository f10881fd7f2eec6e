//! What people see.

use super::world::*;
use crate::{ledger::*, payload::MemberFact};

#[test]
fn what_is_pending_is_the_fold_of_a_made_up_record() {
    let mut world = World::new(4);
    world.close(3);
    world.pays(1, 2, 12_000);
    world.pays(1, 3, 12_000);
    let mut pending = world.clone();
    pending.close(3);
    assert_eq!((pending.has(1), world.has(1)), (6_000, 30_000));
    // Only what is final can be spent, and what is pending towards one cannot.
    let spendable = |person, own: &[u64]| {
        let own = own.iter().copied();
        world.ledger.spendable(world.account(person), own)
    };
    assert_eq!(spendable(1, &[12_000, 12_000]), 6_000);
    assert_eq!(spendable(1, &[u64::MAX, u64::MAX]), 0);
    assert_eq!(spendable(2, &[]), 30_000);
}

#[test]
fn the_cap_is_of_the_member_and_devices_share_it() {
    let mut world = World::new(4);
    let cap = |world: &World, number| {
        let cap = world.ledger.offline_cap(&world.people, &device(1, number));
        (cap.member, cap.device)
    };
    assert_eq!(cap(&world, 0), (70_000, 70_000));
    world.adds_device(1, 1);
    world.adds_device(1, 2);
    assert_eq!(cap(&world, 1), (0, 0), "not final yet");
    world.close(1);
    assert_eq!([0, 1, 2].map(|it| cap(&world, it)), [(70_000, 23_333); 3]);
    world.ends_device(1, 0);
    world.close(2);
    assert_eq!([cap(&world, 0), cap(&world, 1)], [(0, 0), (70_000, 35_000)]);
    world.says(device(1, 1), MemberFact::Leave);
    world.close(3);
    assert_eq!(cap(&world, 1), (0, 0), "no dividends to come");
}

#[test]
fn days_that_no_record_closed_stand_apart_from_final_ones() {
    let mut world = World::new(5);
    let mut statement = Statement::new(world.account(5));
    let final_days = world.close(10);
    statement.add(world.people.newest().time, &final_days, 10);
    statement.settle();
    let pending = world.close(12);
    statement.add(world.people.newest().time, &pending, 2);
    let balances: Vec<_> = statement.lines().iter().map(|it| it.balance).collect();
    assert_eq!(balances, [100_000, 120_000]);
    assert_eq!(statement.settled(), 1);
}

#[test]
fn a_statement_adds_up_to_the_balance() {
    let mut world = World::new(5);
    let mut statement = Statement::new(world.account(5));
    let mut before = world.people.clone();
    let mut closes = |world: &mut World, days| {
        let outcome = world.close(days);
        let AccountId::Person(person) = world.account(5) else {
            panic!("a person's account");
        };
        let earned = earned_days(&before, person, &outcome.days);
        statement.add(world.people.newest().time, &outcome, earned);
        before = world.people.clone();
        assert_eq!(statement.balance(), world.has(5));
        statement.lines().len()
    };
    assert_eq!(closes(&mut world, 10), 1);
    assert_eq!(closes(&mut world, 20), 1, "dividends in a row are one line");
    world.pays(5, 1, 205_000);
    world.pays(1, 5, 30_000);
    assert_eq!(closes(&mut world, 30), 3);
    assert_eq!(closes(&mut world, 400), 6, "a line for each re-evaluation");
    world.says(device(5, 0), MemberFact::Leave);
    assert_eq!(closes(&mut world, 401), 6);
    assert_eq!(closes(&mut world, 500), 6);
    let lines = statement.lines();
    let What::Dividends { from, to, amount } = lines[0].what else {
        panic!("{:?}", lines[0]);
    };
    assert_eq!(
        (from, to, amount, lines[0].balance),
        (1, 30, 10_000, 300_000)
    );
    assert!(matches!(
        lines[1].what,
        What::Received { amount: 30_000, .. }
    ));
    assert!(matches!(
        lines[2].what,
        What::Sent {
            amount: 205_000,
            ..
        }
    ));
    let What::Dividends { from, to, .. } = lines[5].what else {
        panic!("{:?}", lines[5]);
    };
    assert_eq!((from, to), (365, 401));
    // Each line is the one before and what it says.
    let mut sum = 0_u128;
    for line in lines {
        match line.what {
            What::Dividends { from, to, amount } => {
                sum += u128::from(to - from + 1) * u128::from(amount);
            }
            What::Received { amount, .. } => sum += u128::from(amount),
            What::Sent { amount, .. } => sum -= u128::from(amount),
        }
        assert_eq!(sum, line.balance);
    }
}

#[test]
fn an_amount_in_dividends_is_exact_or_less() {
    let relative = |amount, dividend| Relative { amount, dividend };
    let cases = [
        (relative(25_000, 10_000), (5, 2), "2.500"),
        (relative(10_023, 10_024), (10_023, 10_024), "0.999"),
        (relative(0, 10_000), (0, 1), "0.000"),
        (relative(20_030, 10_000), (2_003, 1_000), "2.003"),
    ];
    for (it, fraction, decimal) in cases {
        assert_eq!((it.fraction(), it.decimal(3).as_str()), (fraction, decimal));
    }
    assert_eq!(relative(29_999, 10_000).decimal(0), "2");
    assert_eq!(
        relative(u128::MAX, u64::MAX).decimal(9),
        "18446744073709551617.000000000"
    );
}
