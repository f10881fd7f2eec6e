//! What is counted together, and how it is locked and shared.

use super::{world::*, *};

#[test]
fn a_quorum_of_equal_locks_in_records_fixes_the_sum() {
    let mut world = World::closed();
    let (right, wrong) = (world.lock(1), world.lock(2));
    world.says(0, 16, VoteFact::Lock(wrong.clone()));
    // A second word of the same seat is not heard.
    world.says(0, 16, VoteFact::Lock(right.clone()));
    world.says(1, 16, VoteFact::Lock(right.clone()));
    world.hours = 16;
    assert_eq!(world.fold().units[0].lock, None);
    world.says(2, 1_000, VoteFact::Lock(right.clone()));
    assert_eq!(world.fold().phase, Phase::Locking);
    world.facts.last_mut().unwrap().included = Some((Height(17), Seconds(17 * HOUR)));
    world.hours = 17;
    let vote = world.fold();
    let unit = &vote.units[0];
    assert_eq!(unit.locked.map(|it| it.0), Some(Height(17)));
    assert_eq!(unit.lock.as_ref(), Some(&right));
    assert_eq!(unit.other_locks, [(0, wrong)]);
    assert_eq!(vote.phase, Phase::Opening);
}

#[test]
fn locks_of_other_ballots_fix_nothing() {
    let mut world = World::closed();
    for lock in [
        Lock {
            set: [7; 32],
            ..world.lock(1)
        },
        Lock {
            ballots: 29,
            ..world.lock(1)
        },
    ] {
        let mut world = World {
            facts: world.facts.clone(),
            ..World::closed()
        };
        world.next = 200;
        for trustee in [0, 1, 2] {
            world.says(trustee, 16, VoteFact::Lock(lock.clone()));
        }
        world.hours = 16;
        assert_eq!(world.fold().units[0].lock, None);
    }
    world.next += 1;
}

#[test]
fn shares_are_of_what_was_locked_and_of_pieces_that_one_holds() {
    let mut world = World::closed();
    let lock = world.lock(1);
    for trustee in [0, 1] {
        world.says(trustee, 16, VoteFact::Lock(lock.clone()));
    }
    world.hours = 16;
    let other = world.shares(&world.lock(2), &[1]);
    world.says(0, 17, other);
    // Seat 0 lacks piece 0, whose set it is.
    let all = world.shares(&lock, &[0, 1, 2]);
    world.says(0, 1_000, all.clone());
    world.says(20, 17, all);
    world.hours = 17;
    let vote = world.fold();
    let unit = &vote.units[0];
    assert_eq!(unit.shares.keys().copied().collect::<Vec<_>>(), [1, 2]);
    assert!(!unit.is_shared(3));
    let rest = world.shares(&lock, &[0]);
    world.says(1, 18, rest);
    assert!(world.fold_with(18).units[0].is_shared(3));
}

#[test]
fn a_ballot_in_the_set_is_proven_by_its_hashes() {
    let vote = World::closed().fold();
    let unit = &vote.units[0];
    assert_eq!(unit.ballots.len(), 30);
    for id in &unit.ballots {
        let (index, size, path) = unit.proof(id).unwrap();
        assert!(proves(
            &unit.set,
            size,
            index,
            &leaf_hash(id.as_bytes()),
            &path
        ));
    }
    assert_eq!(unit.proof(&EntryId([1; 32])), None);
}

#[test]
fn a_small_ward_is_counted_with_its_neighbour() {
    let mut world = World::opened();
    (world.electors, world.sums.most) = (200, 120);
    world.prepares(0, 2);
    let roll = world.roll();
    assert_eq!((roll.wards(), roll.keys()), (4, 2));
    let mut ballots = Vec::new();
    for person in 0..200 {
        // Few of the first ward, all of the others.
        if roll.ward_of(person) != Some(0) || person % 9 == 0 {
            ballots.push(world.ballot(person, 5));
        }
    }
    for trustee in [0, 1] {
        world.receipts(trustee, 6, &ballots);
    }
    world.hours = CLOSE;
    let units = world.fold().units;
    let shape: Vec<_> = units.iter().map(|it| (it.ward, it.wards, it.key)).collect();
    assert_eq!(shape, [(0, 2, 0), (2, 1, 1), (3, 1, 1)]);
    assert_eq!(
        units.iter().map(|it| it.ballots.len()).sum::<usize>(),
        ballots.len()
    );
    // A network says what few is; all wards but the first have fifty ballots.
    let first = (0..200).filter(|it| it % 9 == 0 && roll.ward_of(*it) == Some(0));
    let few = u32::try_from(first.count()).unwrap();
    let units = [few, few + 1, 50, 51].map(|fewest| {
        world.sums.fewest = fewest;
        world.fold().units.len()
    });
    assert_eq!(units, [4, 3, 3, 2]);
}

#[test]
fn how_many_ballots_are_summed_is_the_network_s_choice_within_what_opens() {
    let sums = |set: &[(Param, u64)], quorum| {
        let mut params = Params::default();
        for (param, value) in set {
            params.set(*param, *value).unwrap();
        }
        Sums::of(&params, &quorum)
    };
    assert_eq!(sums(&[], quorum(5, 3)), SUMS);
    assert_eq!(sums(&[], quorum(7, 4)).most, 2_047);
    let set = [(Param::WardMax, 100), (Param::AnonymityMin, 40)];
    let chosen = Sums {
        most: 100,
        fewest: 40,
    };
    assert_eq!(sums(&set, quorum(7, 4)), chosen);
}

#[test]
fn every_elector_has_one_ward_and_no_ward_is_too_large() {
    for (electors, most) in [
        (10, 4_095),
        (4_095, 4_095),
        (4_096, 4_095),
        (100_000, 2_047),
    ] {
        let commune = |it: u32| (it < 700).then_some([1; 16]);
        let list: Vec<_> = (0..electors).map(|it| (it, commune(it))).collect();
        let sums = Sums { most, ..SUMS };
        let roll = Roll::draw(list.clone(), &[3; 32], sums);
        assert_eq!(roll.electors(), usize::try_from(electors).unwrap());
        assert_eq!(Roll::decode(&roll.encode()), Ok(roll.clone()));
        let limit = if roll.wards() == 1 { most } else { most / 2 };
        assert!(roll.wards() == 1 || roll.wards().is_multiple_of(2));
        let mut wards = vec![0_u32; roll.wards().into()];
        (0..electors).for_each(|it| wards[usize::from(roll.ward_of(it).unwrap())] += 1);
        assert!(wards.iter().all(|it| *it <= limit), "{wards:?}");
        let with_key: Vec<usize> = (0..roll.keys()).map(|it| roll.electors_with(it)).collect();
        let largest = u32::try_from(*with_key.iter().max().unwrap()).unwrap();
        assert!(
            (largest..=largest + 2).contains(&roll.largest_sum()),
            "{with_key:?}"
        );
        // A commune that fits is in one ward, or at worst in two neighbours.
        let of: BTreeSet<_> = (0..electors.min(700)).map(|it| roll.ward_of(it)).collect();
        assert!(of.len() <= 2, "{of:?}");
        let mut again = list;
        again.reverse();
        assert_eq!(Roll::draw(again, &[3; 32], sums), roll);
    }
    let bytes = Roll::draw(vec![(1, None), (2, None)], &[0; 32], SUMS).encode();
    for len in 0..bytes.len() {
        assert!(Roll::decode(&bytes[..len]).is_err());
    }
}
