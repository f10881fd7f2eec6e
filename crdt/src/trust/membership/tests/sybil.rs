//! Members who collude to add people who do not exist: how many they get in.

use super::world::*;
use crate::trust::membership::*;

const HONEST: u16 = 60;
const ATTACKER: u16 = 90;
const FAKE: u16 = 1_000;
const MOST: u16 = 400;
const YEARS: u64 = 3;

/// Honest people in groups, each certified by six of the group before, and the attackers behind the
/// last. Five steps from a fake lead to four groups: with five groups fakes are just near enough
/// and fakes of fakes are not; with three those are too.
fn world(attackers: u16, groups: u16) -> World {
    let size = HONEST / groups;
    let mut world = World::new(size);
    let around =
        |group: u16, from: u16| (0..6).map(move |it| group * size + 1 + (from + it) % size);
    for group in 1..groups {
        for person in 0..size {
            world.settles(group * size + person + 1, around(group - 1, person));
        }
    }
    // The last group vouches too, and so are referents.
    for person in 0..size {
        let own = groups - 1;
        let sponsors = around(own, person + 1).filter(|it| *it != own * size + person + 1);
        world.certified(own * size + person + 1, sponsors.take(3));
    }
    world.state.closed.time = FOUNDED.after(1);
    for attacker in 0..attackers {
        let from = attacker * size / attackers;
        world.settles(ATTACKER + attacker, around(groups - 1, from));
    }
    for attacker in 0..attackers {
        let others = (0..attackers).filter(|it| *it != attacker);
        world.certified(ATTACKER + attacker, others.map(|it| ATTACKER + it));
    }
    // Honest people stand by each other, and by those whom they took for honest.
    for received in world
        .state
        .people
        .iter_mut()
        .flat_map(|it| &mut it.received)
    {
        received.end = FOUNDED.after(10 * 365 * DAY);
    }
    world
}

#[derive(Debug, Default)]
struct Figures {
    /// Fakes that are members at the end of each year.
    members: Vec<u64>,
    /// Whom the attackers certified themselves.
    direct: u64,
    given_most: u64,
    /// Honest members who would not pass any more.
    cut_off: usize,
}

/// The attackers certify one fake together each period; if fakes vouch, so do those, by fives, once
/// members.
fn attack(attackers: u16, hops: u16, fakes_vouch: bool, is_lenient: bool) -> Figures {
    let groups = if hops == 1 { 5 } else { 3 };
    let mut world = world(attackers, groups);
    world.state.is_lenient = is_lenient;
    let mut next = FAKE;
    let mut groups: Vec<Vec<u16>> = vec![(0..attackers).map(|it| ATTACKER + it).collect()];
    let mut waiting: Vec<u16> = Vec::new();
    let mut grouped = FAKE;
    let mut figures = Figures::default();
    let day = |it: u64| FOUNDED.after(2 + it * DAY);
    for period in 0..YEARS * 73 {
        for group in &groups {
            if next >= FAKE + MOST {
                break;
            }
            let is_free = group.iter().all(|it| {
                let id = world.id(*it);
                world.is(*it) == State::Member
                    && world.person(*it).queue.is_empty()
                    && world.state.given(world.state.closed.time)[index(id)] < 100
            });
            if is_free {
                world.joins(next);
                for issuer in group.clone() {
                    world.vouches(issuer, next);
                }
                next += 1;
            }
        }
        if period % 60 == 59 {
            for person in (1..=HONEST)
                .chain(ATTACKER..ATTACKER + attackers)
                .chain(FAKE..next)
            {
                if world.state.find(&key(person)).is_some() {
                    world.says(person, renewal());
                }
            }
        }
        world.close_at(day(period * 5 + 5));
        while grouped < next && world.is(grouped) != State::Candidate {
            if world.is(grouped) == State::Member {
                waiting.push(grouped);
            }
            grouped += 1;
        }
        while fakes_vouch && waiting.len() >= 5 {
            groups.push(waiting.drain(..5).collect());
        }
        if (period + 1) % 73 == 0 {
            let fakes = FAKE..next;
            let members = fakes.filter(|it| world.is(*it) == State::Member).count();
            figures.members.push(u64::try_from(members).unwrap());
        }
    }
    let now = world.state.closed.time;
    let given = world.state.given(now);
    let ids: Vec<_> = (0..attackers).map(|it| world.id(ATTACKER + it)).collect();
    figures.given_most = ids
        .iter()
        .map(|it| u64::from(given[index(*it)]))
        .max()
        .unwrap();
    let is_direct = |it: &u16| {
        world
            .person(*it)
            .live(now)
            .any(|it| ids.contains(&it.issuer))
    };
    let direct = (FAKE..next).filter(|it| world.is(*it) == State::Member && is_direct(it));
    figures.direct = u64::try_from(direct.count()).unwrap();

    let graph = world.state.graph(now);
    let jury = world.state.jury(&graph);
    let mut walker = crate::trust::Walker::new(&graph);
    let cut_off = (1..=HONEST).filter(|it| {
        let (distance, _) = walker.distance(world.id(*it), &jury.referents, &jury.set, jury.steps);
        world.is(*it) == State::Member && !distance.holds(75)
    });
    figures.cut_off = cut_off.count();
    assert_bounded(&world, next, attackers);
    figures
}

/// No attacker certifies more often than once a period, and all fakes name who brought them.
fn assert_bounded(world: &World, next: u16, attackers: u16) {
    let now = world.state.closed.time;
    let mut times: BTreeMap<PersonId, Vec<Seconds>> = BTreeMap::new();
    for fake in FAKE..next {
        let person = world.person(fake);
        if person.state == State::Member {
            assert!(person.received.len() >= 5);
        }
        for received in &person.received {
            times
                .entry(received.issuer)
                .or_default()
                .push(received.emission);
        }
        let issuer = |it: &Received| world.state.person(it.issuer).unwrap().key;
        let known = |it: &Received| {
            let key = issuer(it);
            (ATTACKER..ATTACKER + attackers)
                .chain(FAKE..next)
                .any(|it| super::world::key(it) == key)
        };
        assert!(person.received.iter().all(known));
    }
    for (issuer, mut times) in times {
        times.sort_unstable();
        let since = world.state.person(issuer).unwrap().since.min(times[0]);
        let most = now.since(since) / (5 * DAY) + 1;
        assert!(u64::try_from(times.len()).unwrap() <= most);
        assert!(times.windows(2).all(|it| it[1].since(it[0]) >= 5 * DAY));
    }
}

#[test]
fn five_or_six_who_collude_stay_within_the_bounds() {
    println!("attackers, hops inside the limit, fakes vouch, local checks:");
    println!(
        "fakes that are members after each year, by attackers themselves, honest too far away"
    );
    for attackers in [5, 6] {
        for (hops, fakes_vouch) in [(1, false), (1, true), (2, false), (2, true)] {
            let [with, without] = [false, true].map(|is_lenient| {
                let it = attack(attackers, hops, fakes_vouch, is_lenient);
                println!(
                    "{attackers}, {hops} hops, {fakes_vouch}, {}: {:?}, {}, {}",
                    if is_lenient { "off" } else { "on" },
                    it.members,
                    it.direct,
                    it.cut_off
                );
                assert!(it.given_most <= 100);
                // All of an attacker's certifications but those for the others.
                assert!(it.direct <= 100 - u64::from(attackers) + 1, "{it:?}");
                it
            });
            assert!(
                with.members
                    .iter()
                    .zip(&without.members)
                    .all(|(a, b)| a <= b)
            );
            if !fakes_vouch {
                // One a period: the rule that bounds them, and what they are expected to reach.
                assert!((60..=73).contains(&with.members[0]), "{with:?}");
                assert!((85..=96).contains(&with.members[1]), "{with:?}");
            }
        }
    }
}
