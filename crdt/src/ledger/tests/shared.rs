//! Accounts that several people hold.

use super::world::*;
use crate::{
    hash::EntryId,
    ledger::*,
    params::Param,
    payload::{Approval, Receiver},
};

/// Founders 1 to 5 with 100 units each, and an account of 1, 2 and 3 that needs two of them, with
/// 50 units of founder 4.
fn fund() -> (World, SharedId) {
    let mut world = World::new(5);
    world.close(10);
    let opening = world.writes(device(1, 0), open(&[1, 2, 3], 2));
    let id = SharedId::of(&opening);
    world.writes(device(4, 0), transfer(Receiver::Shared(id), 50_000));
    let outcome = world.close(10);
    assert_eq!(
        (outcome.refused, outcome.opened),
        (vec![], vec![(opening, 0)])
    );
    assert_eq!(world.ledger.find_shared(&id), Some(0));
    assert_eq!(world.ledger.balance(AccountId::Shared(0)), 50_000);
    (world, id)
}

fn approval(proposal: EntryId) -> AccountFact {
    AccountFact::Approval(Approval { proposal })
}

#[test]
fn a_payment_waits_for_as_many_holders_as_it_needs() {
    let (mut world, id) = fund();
    let to = Receiver::Member(key(5));
    let asked = world.writes(device(1, 0), proposal(id, to, 20_000));
    world.close(11);
    assert_eq!(world.ledger.shared()[0].proposals.len(), 1);
    assert_eq!(world.ledger.balance(AccountId::Shared(0)), 50_000);
    world.writes(device(3, 0), approval(asked));
    let outcome = world.close(11);
    assert_eq!(outcome.applied[0].id, asked);
    assert_eq!(world.ledger.balance(AccountId::Shared(0)), 30_000);
    assert_eq!(world.ledger.shared()[0].proposals, []);
    assert_eq!(world.has(5), 130_000);
}

#[test]
fn proposal_and_approval_of_one_record_suffice() {
    let (mut world, id) = fund();
    let to = Receiver::Member(key(5));
    let asked = world.writes(device(2, 0), proposal(id, to, 20_000));
    world.writes(device(1, 0), approval(asked));
    assert_eq!(world.close(11).applied.len(), 1);
}

#[test]
fn each_holder_counts_once_and_strangers_not_at_all() {
    let (mut world, id) = fund();
    let to = Receiver::Member(key(5));
    let asked = world.writes(device(1, 0), proposal(id, to, 20_000));
    let nobody = EntryId([9; 32]);
    let shared = Receiver::Shared(id);
    let cases = [
        (
            world.writes(device(1, 0), approval(asked)),
            "already_approved",
        ),
        (world.writes(device(4, 0), approval(asked)), "not_holder"),
        (
            world.writes(device(2, 0), approval(nobody)),
            "unknown_proposal",
        ),
        (
            world.writes(device(4, 0), proposal(id, to, 1_000)),
            "not_holder",
        ),
        (
            world.writes(device(1, 0), proposal(SharedId([9; 32]), to, 1_000)),
            "unknown_account",
        ),
        (
            world.writes(device(1, 0), proposal(id, shared, 1_000)),
            "self_payment",
        ),
        (
            world.writes(device(1, 0), proposal(id, to, 0)),
            "zero_amount",
        ),
    ];
    let outcome = world.close(11);
    for (id, reason) in cases {
        assert_eq!(why(&outcome, id), Some(reason));
    }
    assert_eq!(outcome.applied, []);
}

#[test]
fn an_account_is_opened_by_a_member_among_its_holders() {
    let mut world = World::with(5, params(&[(Param::MultisigMax, 3)]));
    world.joins(9);
    world.close(1);
    world.revokes(5);
    let cases = [
        (world.writes(device(1, 0), open(&[2, 3], 1)), "not_holder"),
        (
            world.writes(device(1, 0), open(&[1, 77], 1)),
            "unknown_holder",
        ),
        (
            world.writes(device(1, 0), open(&[1, 5], 1)),
            "unknown_holder",
        ),
        (
            world.writes(device(1, 0), open(&[1, 2, 3, 4], 1)),
            "too_many_holders",
        ),
        (world.writes(device(9, 0), open(&[1, 9], 1)), "not_member"),
    ];
    let fine = world.writes(device(1, 0), open(&[1, 9], 1));
    let outcome = world.close(1);
    for (id, reason) in cases {
        assert_eq!(why(&outcome, id), Some(reason));
    }
    assert_eq!(outcome.opened, [(fine, 0)]);
}

#[test]
fn the_word_of_a_holder_whose_key_is_revoked_does_not_count() {
    let (mut world, id) = fund();
    let to = Receiver::Member(key(5));
    let asked = world.writes(device(3, 0), proposal(id, to, 20_000));
    world.close(11);
    world.revokes(3);
    world.writes(device(1, 0), approval(asked));
    assert_eq!(world.close(12).applied, []);
    world.writes(device(2, 0), approval(asked));
    assert_eq!(world.close(13).applied.len(), 1);
}

#[test]
fn what_enough_holders_approved_is_refused_if_the_account_does_not_cover_it() {
    let (mut world, id) = fund();
    let to = Receiver::Member(key(5));
    let asked = world.writes(device(1, 0), proposal(id, to, 60_000));
    world.writes(device(2, 0), approval(asked));
    let outcome = world.close(11);
    assert_eq!(why(&outcome, asked), Some("insufficient_balance"));
    assert_eq!(world.ledger.shared()[0].proposals, []);
    // What comes in with the same record counts.
    let asked = world.writes(device(1, 0), proposal(id, to, 60_000));
    world.writes(device(2, 0), approval(asked));
    world.writes(device(2, 0), transfer(Receiver::Shared(id), 10_000));
    assert_eq!(why(&world.close(11), asked), None);
    assert_eq!(world.ledger.balance(AccountId::Shared(0)), 0);
}

#[test]
fn proposals_wait_for_a_while_and_not_without_number() {
    let (mut world, id) = fund();
    let to = Receiver::Member(key(5));
    let ids: Vec<_> = (0..=MAX_PROPOSALS)
        .map(|_| world.writes(device(1, 0), proposal(id, to, 1_000)))
        .collect();
    let outcome = world.close(20);
    assert_eq!(outcome.refused.len(), 1);
    assert_eq!(
        why(&outcome, ids[MAX_PROPOSALS]),
        Some("too_many_proposals")
    );
    let days = PROPOSAL_SECONDS / DAY;
    assert_eq!(world.close(20 + days).refused, []);
    world.writes(device(2, 0), approval(ids[0]));
    let outcome = world.close(21 + days);
    assert_eq!(why(&outcome, ids[0]), Some("expired"));
    assert_eq!(outcome.refused.len(), MAX_PROPOSALS + 1);
    assert_eq!(world.ledger.shared()[0].proposals, []);
}
