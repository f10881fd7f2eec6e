//! People taken over from another network: what they said there is dated at the genesis.

use super::world::*;
use crate::{
    params::Param,
    payload::{Imported, MemberFact},
    time::Height,
    trust::{Person, Refusal, State},
};

fn imports(world: &mut World, person: u16, was_member: bool) {
    let imported = Imported {
        index: person.into(),
        was_member,
        proof: vec![],
    };
    let join = join(person, device(person), Some(imported));
    world.says(person, MemberFact::Join(join));
}

fn island() -> World {
    let mut world = World::new(0);
    for person in 1..=8 {
        imports(&mut world, person, person != 8);
    }
    for issuer in 1..=8 {
        for subject in (1..=8).filter(|it| *it != issuer) {
            world.vouches(issuer, subject);
        }
    }
    world
}

#[test]
fn an_imported_graph_stands_as_of_the_genesis() {
    let mut world = island();
    let outcome = world.close(3);
    assert_eq!((outcome.taken.len(), outcome.refused.len()), (56, 0));
    for person in 1..=8 {
        let state = if person == 8 {
            State::Lapsed
        } else {
            State::Member
        };
        assert_eq!((world.is(person), world.live(person)), (state, 7));
        assert_eq!(world.person(person).since, FOUNDED);
        assert!(
            world
                .person(person)
                .received
                .iter()
                .all(|it| it.emission == FOUNDED)
        );
    }
    world.close(396);
    assert_eq!(world.is(1), State::Lapsed, "they renew as everybody");
}

/// An anchor never has to rise, so it dates nothing back by itself.
#[test]
fn who_was_imported_makes_no_others_under_an_old_anchor() {
    let mut world = island();
    world.close(1);
    world.joins_with(20, []);
    for person in 21..=25 {
        world.joins(person);
    }
    world.anchor = Some(Height(0));
    let words: Vec<_> = (20..=25).map(|it| world.vouches(1, it)).collect();
    let own = world.vouches(1, 1);
    let again = world.vouches(1, 2);
    let outcome = world.close(2);
    assert_eq!(outcome.taken, words[..1], "one a period");
    assert_eq!(
        world.person(20).received[0].emission,
        FOUNDED.after(2 * DAY)
    );
    assert_eq!(why(&outcome, own), Some(Refusal::CertifySelf));
    assert_eq!(why(&outcome, again), Some(Refusal::AlreadyExists));
    let late = world.vouches(8, 20);
    assert_eq!(why(&world.close(3), late), Some(Refusal::NotMember));
    let old = world.vouches(1, 20);
    assert_eq!(why(&world.close(100), old), Some(Refusal::TooOld));
}

#[test]
fn a_join_further_up_in_a_log_imports_nobody() {
    let mut world = island();
    world.close(1);
    let imported = Imported {
        index: 0,
        was_member: true,
        proof: vec![],
    };
    world.written.insert(device(20), 1);
    world.says(20, MemberFact::Join(join(20, device(20), Some(imported))));
    world.close(2);
    assert_eq!(world.is(20), State::Candidate);
    assert!(!world.person(20).is_imported);
}

/// The genesis took it all in, so a device need not ask a record, nor more than once.
#[test]
fn an_import_needs_no_record_and_changes_nothing_twice() {
    let mut by_record = island();
    let entries = by_record.pending.clone();
    by_record.close(1);

    let mut state = World::new(0).state;
    let half = entries.len() / 2;
    let mut rest = state.import(entries[..half].to_vec());
    rest.extend(state.import(entries.clone()));
    assert!(rest.is_empty(), "{rest:?}");
    assert_eq!(state.members(), 7);
    for (ours, theirs) in state.people().iter().zip(by_record.state.people()) {
        assert_eq!((&ours.key, ours.state), (&theirs.key, theirs.state));
        let sorted = |it: &Person| {
            let mut received = it.received.clone();
            received.sort_by_key(|it| it.issuer);
            received
        };
        assert_eq!(sorted(ours), sorted(theirs));
    }
}

#[test]
fn an_import_gives_back_what_a_record_has_to_judge() {
    let mut world = island();
    world.joins(20);
    let judged = world.vouches(1, 20);
    let late = world.vouches(1, 2);
    let own = world.vouches(3, 3);
    let entries = std::mem::take(&mut world.pending);
    let rest = world.state.import(entries);
    let ids: Vec<_> = rest.iter().map(|it| it.id).collect();
    assert!(ids.contains(&judged) && ids.contains(&own) && !ids.contains(&late));
    assert_eq!(rest.len(), 3);
    // Places between those that were taken are still to come for the record.
    world.pending = rest;
    let outcome = world.close(1);
    assert_eq!(outcome.taken, [judged]);
    assert_eq!(why(&outcome, own), Some(Refusal::CertifySelf));
}

#[test]
fn an_imported_member_may_have_given_more_than_the_stock() {
    let mut world = World::with(0, params(&[(Param::SigStock, 20)]));
    for person in 1..=30 {
        imports(&mut world, person, true);
    }
    for subject in 2..=30 {
        world.vouches(1, subject);
    }
    assert_eq!(world.close(1).taken.len(), 29);
}
