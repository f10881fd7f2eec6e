//! Votes of made-up people, hour by hour.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "what tests may do does not reach helpers"
)]

mod ceremony;
mod count;
mod outcomes;
mod units;
mod world;

use std::collections::BTreeSet;

use super::*;
use crate::{
    entry::BlobRef,
    hash::{BlobHash, blake3},
    merkle::{leaf_hash, proves},
    params::{Param, Params, TallyQuorum},
    payload::{
        Acknowledgement, Cast, Complaint, Lock, PUBLIC_LEN, Piece, Question, QuestionKind, Shares,
    },
};

use world::*;

#[test]
fn the_order_of_arrival_changes_nothing() {
    let mut world = World::closed();
    let lock = world.lock(1);
    for trustee in [0, 1, 2] {
        world.says(trustee, 16, VoteFact::Lock(lock.clone()));
    }
    let shares = world.shares(&lock, &[1, 2]);
    world.says(0, 17, shares);
    let twice = world.ballot(4, 7);
    world.receipts(2, 8, &[twice]);
    world.hours = 17;
    let vote = world.fold();
    for seed in 0..20_u32 {
        let mut facts = world.facts.clone();
        facts.sort_by_key(|it| blake3(&[&seed.to_be_bytes(), it.id.as_bytes()]));
        // Some of them twice.
        let again: Vec<_> = facts.iter().step_by(3).cloned().collect();
        facts.extend(again);
        assert_eq!(world.fold_in_order(facts), vote, "seed {seed}");
    }
}

#[test]
fn duties_follow_the_vote_and_end_when_they_are_done() {
    let duties = |world: &World, person: u32| {
        let own: Vec<_> = world
            .facts
            .iter()
            .filter(|it| it.author == person)
            .cloned()
            .collect();
        world.fold().duties(person, &own, 1)
    };
    let mut world = World::opened();
    // Seat 0 makes the two pieces that it holds, seat 2 none.
    assert_eq!(duties(&world, 0), [Duty::MakePieces(vec![(0, 1), (0, 2)])]);
    assert_eq!((duties(&world, 2), duties(&world, 9)), (vec![], vec![]));
    world.prepares(0, 2);
    world
        .facts
        .retain(|it| !matches!(it.fact, VoteFact::Acknowledgement(_)));
    world.hours = 2;
    assert_eq!(duties(&world, 2), [Duty::Acknowledge]);

    let mut world = World::prepared();
    assert_eq!(duties(&world, 0), []);
    let ballots = [world.ballot(4, 1_000), world.ballot(31, 5)];
    assert_eq!(duties(&world, 0), [Duty::Receipt(vec![ballots[0]])]);
    world.receipts(0, 1_000, &ballots[..1]);
    assert_eq!(duties(&world, 0), []);

    let mut world = World::closed();
    assert_eq!(duties(&world, 0), [Duty::Lock(vec![0])]);
    let lock = world.lock(1);
    for trustee in [0, 1] {
        world.says(trustee, 16, VoteFact::Lock(lock.clone()));
    }
    world.hours = 16;
    assert_eq!(duties(&world, 0), [Duty::Share(vec![0])]);
    // Who did not lock can share all the same.
    assert_eq!(duties(&world, 2), [Duty::Share(vec![0])]);
    let shares = [world.shares(&lock, &[1, 2]), world.shares(&lock, &[0, 2])];
    for (trustee, shares) in (0..).zip(shares) {
        world.says(trustee, 1_000, shares);
    }
    assert_eq!(duties(&world, 0), [Duty::Erase]);
    world.says(0, 1_000, VoteFact::Erased);
    assert_eq!(duties(&world, 0), []);
}
