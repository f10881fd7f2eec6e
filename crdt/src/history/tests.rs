//! The history against the rules it promises.

mod model;
mod order;

use std::slice;

use super::{
    world::{Founded, Person},
    *,
};

#[test]
fn a_founder_needs_nobody() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let entry = world.founders[0].writes(Stream::ACCOUNT, 1);
    let outcome = history.place(entry.clone());
    assert_eq!(outcome.verdict, Verdict::Placed);
    assert_eq!(outcome.changes.placed, slice::from_ref(&entry));
    assert_eq!(history.place_of(&entry.id()), Some((entry.log(), 0)));
    assert_eq!(history.place(entry).verdict, Verdict::Known(Known::Placed));
}

#[test]
fn a_candidate_waits_for_a_sponsor() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let mut zoe = Person::new(50);
    let (join, leave) = (zoe.joins(), zoe.writes(Stream::ACCOUNT, 1));
    assert_eq!(
        history.place(leave.clone()).verdict,
        Verdict::Pending(Waits::Author)
    );
    assert_eq!(
        history.place(join.clone()).verdict,
        Verdict::Pending(Waits::Sponsor {
            member: zoe.member()
        })
    );
    assert_eq!(history.pending_len(), 2);

    let vouch = world.founders[0].vouches_for(&zoe);
    let outcome = history.place(vouch.clone());
    assert_eq!(outcome.verdict, Verdict::Placed);
    assert_eq!(outcome.changes.placed, [vouch, join, leave]);
    assert_eq!(history.pending_len(), 0);
    assert_eq!(history.standing(&zoe.device()), Some(Standing::Candidate));
    assert_eq!(history.member_of(&zoe.device()), Some(zoe.member()));
}

#[test]
fn two_entries_at_one_place_end_the_log_there() {
    let mut world = Founded::new(1);
    let mut history = world.history();
    let karim = &mut world.founders[0];
    let first = karim.writes(Stream::ACCOUNT, 1);
    let rival = karim.clone().writes(Stream::ACCOUNT, 8);
    let second = karim.writes(Stream::ACCOUNT, 2);
    let third = karim.writes(Stream::ACCOUNT, 3);
    for entry in [&first, &second, &third] {
        history.place(entry.clone());
    }

    let outcome = history.place(rival.clone());
    assert_eq!(outcome.verdict, Verdict::ForkFound { point: 1 });
    assert_eq!(outcome.changes.dropped, [third.id()]);
    let [found] = &outcome.changes.forks[..] else {
        panic!("{outcome:?}");
    };
    assert_eq!(found.fork, Fork::new(1, second.id(), rival.id()));
    assert_eq!(found.fresh, [rival]);
    assert_eq!(history.log(&first.log()).unwrap().ids(), [first.id()]);
    assert_eq!(
        history.place(third).verdict,
        Verdict::AfterFork { point: 1 }
    );
    assert_eq!(history.forks().count(), 1);
}
