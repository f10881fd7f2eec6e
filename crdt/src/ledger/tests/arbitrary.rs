//! What holds whatever people write.

use proptest::{prelude::*, sample::Index, test_runner::RngSeed};

use super::world::*;
use crate::{
    hash::EntryId,
    ledger::*,
    payload::{Approval, MemberFact, Receiver},
};

/// One thing that a device writes, or the end of a record so many hours later.
#[derive(Clone, Debug)]
enum Deed {
    Pay {
        from: u8,
        to: u8,
        amount: u64,
        second: bool,
    },
    Open {
        by: u8,
        with: u8,
        threshold: u8,
    },
    Propose {
        by: u8,
        account: Index,
        to: u8,
        amount: u64,
    },
    Approve {
        by: u8,
        proposal: Index,
    },
    Leave(u8),
    Revoke(u8),
    EndDevice(u8, u32),
    AddDevice(u8),
    Join(u8),
    Close(u64),
}

/// Founders 1 to 6; 7 and 8 may join, and 9 is nobody.
const PEOPLE: std::ops::RangeInclusive<u8> = 1..=9;

fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => 1_000..400_000_u64,
        1 => 0..1_000_u64,
        1 => (u64::MAX - 5)..=u64::MAX,
    ]
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let pay = (PEOPLE, PEOPLE, amount(), any::<bool>()).prop_map(|(from, to, amount, second)| {
        Deed::Pay {
            from,
            to,
            amount,
            second,
        }
    });
    let open = (PEOPLE, PEOPLE, 1..3_u8).prop_map(|(by, with, threshold)| Deed::Open {
        by,
        with,
        threshold,
    });
    let propose =
        (PEOPLE, any::<Index>(), PEOPLE, amount()).prop_map(|(by, account, to, amount)| {
            Deed::Propose {
                by,
                account,
                to,
                amount,
            }
        });
    let approve =
        (PEOPLE, any::<Index>()).prop_map(|(by, proposal)| Deed::Approve { by, proposal });
    let deed = prop_oneof![
        20 => pay,
        2 => open,
        4 => propose,
        6 => approve,
        1 => PEOPLE.prop_map(Deed::Leave),
        1 => (5..=9_u8).prop_map(Deed::Revoke),
        1 => (PEOPLE, 0..4_u32).prop_map(|(person, last)| Deed::EndDevice(person, last)),
        1 => PEOPLE.prop_map(Deed::AddDevice),
        1 => (7..=8_u8).prop_map(Deed::Join),
        8 => (0..2_000_u64).prop_map(Deed::Close),
    ];
    prop::collection::vec(deed, 1..70)
}

/// Lives these deeds; `disorder` says in which order entries of each record are handed in. Gives the
/// outcomes too.
fn lived(deeds: &[Deed], disorder: u64) -> (World, Vec<Outcome>) {
    let mut world = World::new(6);
    let mut hours = 0;
    let mut outcomes = Vec::new();
    let (mut opened, mut proposed) = (vec![EntryId([1; 32])], vec![EntryId([2; 32])]);
    for deed in deeds.iter().chain([&Deed::Close(24)]) {
        let member = |it: &u8| Receiver::Member(key(*it));
        match deed {
            Deed::Pay {
                from,
                to,
                amount,
                second,
            } => {
                let author = device(*from, u8::from(*second));
                let to = match (to, opened.len()) {
                    (9, 2..) => Receiver::Shared(SharedId::of(&opened[1])),
                    _ => member(to),
                };
                world.writes(author, transfer(to, *amount));
            }
            Deed::Open {
                by,
                with,
                threshold,
            } if by != with => {
                opened.push(world.writes(device(*by, 0), open(&[*by, *with], *threshold)));
            }
            Deed::Open { .. } => {}
            Deed::Propose {
                by,
                account,
                to,
                amount,
            } => {
                let from = SharedId::of(account.get(&opened));
                let fact = proposal(from, member(to), *amount);
                proposed.push(world.writes(device(*by, 0), fact));
            }
            Deed::Approve { by, proposal } => {
                let proposal = *proposal.get(&proposed);
                world.writes(device(*by, 0), AccountFact::Approval(Approval { proposal }));
            }
            Deed::Leave(person) => world.says(device(*person, 0), MemberFact::Leave),
            Deed::Revoke(person) => world.revokes(*person),
            Deed::EndDevice(person, last) => world.ends_device(*person, *last),
            Deed::AddDevice(person) => world.adds_device(*person, 1),
            Deed::Join(person) => world.joins(*person),
            Deed::Close(later) => {
                hours += later;
                if disorder > 0 {
                    let twice = world.pending.clone();
                    world.pending.extend(twice);
                    world.pending.sort_by_key(|it| {
                        crate::hash::blake3(&[it.id.as_bytes(), &disorder.to_be_bytes()])
                    });
                }
                outcomes.push(world.close_at(FOUNDED.after(hours * 3_600)));
            }
        }
    }
    (world, outcomes)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        rng_seed: RngSeed::Fixed(2),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Every record is audited and folded a second time from leaves on the way: see the world.
    #[test]
    fn order_and_copies_of_entries_change_nothing(deeds in deeds(), disorder in 1..u64::MAX) {
        let (one, outcomes) = lived(&deeds, 0);
        let (other, again) = lived(&deeds, disorder);
        prop_assert_eq!(one.ledger, other.ledger);
        prop_assert_eq!(outcomes, again);
    }

    #[test]
    fn money_comes_from_days_and_nowhere_else(deeds in deeds()) {
        let (world, outcomes) = lived(&deeds, 0);
        let days = outcomes.iter().flat_map(|it| &it.days);
        let created: u128 = days.map(|it| u128::from(it.amount) * u128::from(it.members)).sum();
        prop_assert_eq!(world.mass(), created);
    }

    #[test]
    fn each_entry_is_paid_or_refused_and_never_both(deeds in deeds()) {
        let (_, outcomes) = lived(&deeds, 0);
        let paid = outcomes.iter().flat_map(|it| it.applied.iter().map(|it| it.id));
        let refused = outcomes.iter().flat_map(|it| it.refused.iter().map(|it| it.0));
        let mut all: Vec<_> = paid.chain(refused).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len(), count);
    }

    /// The fixed point by its definition: any head that moves, moves, in an order drawn by chance.
    #[test]
    fn the_fixed_point_does_not_depend_on_who_is_visited_first(
        payments in prop::collection::vec((0..6_usize, 0..6_usize, 1..30_u64), 0..60),
        start in prop::array::uniform6(0..20_u64),
        mut order: u64,
    ) {
        let mut world = World::new(6);
        world.close(2);
        let mut balances = [20_000_u64; 6];
        // Everybody begins with something else.
        for (person, amount) in (1_u8..).zip(start).take(5) {
            if amount > 0 {
                world.pays(person, 6, amount * 1_000);
                balances[usize::from(person) - 1] -= amount * 1_000;
                balances[5] += amount * 1_000;
            }
        }
        world.close(2);
        let mut queues: [Vec<(usize, u64, EntryId)>; 6] = Default::default();
        for (from, to, amount) in payments.iter().filter(|it| it.0 != it.1) {
            let [payer, payee] = [from, to].map(|it| u8::try_from(*it).unwrap() + 1);
            let id = world.pays(payer, payee, amount * 1_000);
            queues[*from].push((*to, amount * 1_000, id));
        }
        let outcome = world.close(2);
        let mut paid = Vec::new();
        let mut heads = [0; 6];
        loop {
            let movable: Vec<usize> = (0..6)
                .filter(|it| queues[*it].get(heads[*it]).is_some_and(|head| head.1 <= balances[*it]))
                .collect();
            if movable.is_empty() {
                break;
            }
            order = order.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let from = movable[usize::try_from(order >> 33).unwrap() % movable.len()];
            let (to, amount, id) = queues[from][heads[from]];
            balances[from] -= amount;
            balances[to] += amount;
            heads[from] += 1;
            paid.push(id);
        }
        let mut applied: Vec<_> = outcome.applied.iter().map(|it| it.id).collect();
        applied.sort_unstable();
        paid.sort_unstable();
        prop_assert_eq!(applied, paid);
        for (person, balance) in (1_u8..).zip(balances) {
            prop_assert_eq!(world.has(person), u128::from(balance));
        }
    }
}
