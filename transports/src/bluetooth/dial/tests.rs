#![expect(
    clippy::arithmetic_side_effects,
    reason = "`allow-…-in-tests` does not reach helpers"
)]

use super::*;
use crate::bluetooth::advert::OwnAdvert;

const KEY: [u8; 32] = [1; 32];
const OURS: [u8; 32] = [2; 32];
const THEIRS: [u8; 32] = [3; 32];
const SECOND: Duration = Duration::from_secs(1);

/// What device `n` advertises in the state of `digest`.
fn advert(n: u32, digest: &[u8; 32]) -> Advert {
    let [a, b, c, d] = n.to_be_bytes();
    let random = [a, b, c, d, 0, 0, 0, 0, 0, 0];
    OwnAdvert::draw(&recogniser(), random, digest, Instant::now()).advert()
}

fn recogniser() -> Recogniser {
    Recogniser::new(vec![KEY])
}

/// A device that others know as 1,000, lower or higher than theirs.
struct World {
    dialler: Dialler,
    start: Instant,
}

impl World {
    fn new() -> Self {
        let dialler = Dialler::new(recogniser(), &advert(1_000, &OURS), OURS);
        let start = Instant::now();
        Self { dialler, start }
    }

    fn at(&self, seconds: f64) -> Instant {
        self.start + Duration::from_secs_f64(seconds)
    }

    fn hear(&mut self, n: u32, digest: &[u8; 32], seconds: f64) -> bool {
        let now = self.at(seconds);
        self.dialler
            .heard(&format!("address {n}"), advert(n, digest), now, 0)
    }

    /// Who is dialled at this time; heard just now, so that silence is not the reason.
    fn dialled(&mut self, seconds: f64) -> Option<u32> {
        let now = self.at(seconds);
        for entry in self.dialler.known.values_mut() {
            entry.heard = entry.heard.map(|_| now);
        }
        self.next(seconds)
    }

    fn next(&mut self, seconds: f64) -> Option<u32> {
        match self.dialler.next(self.at(seconds)) {
            Decision::Dial { address, .. } => {
                Some(address.strip_prefix("address ").unwrap().parse().unwrap())
            }
            _ => None,
        }
    }

    fn fail(&mut self, n: u32, seconds: f64) {
        let now = self.at(seconds);
        self.dialler.failed(&advert(n, &THEIRS).tag(), now, 0);
    }

    fn link(&mut self, n: u32, seconds: f64) {
        let now = self.at(seconds);
        let tag = advert(n, &THEIRS).tag();
        self.dialler.linked(u64::from(n), &tag, now);
    }

    fn end(&mut self, n: u32, well: bool, seconds: f64) {
        let now = self.at(seconds);
        self.dialler.ended(u64::from(n), well, now, 0);
    }

    fn state(&mut self, digest: [u8; 32], seconds: f64) {
        let now = self.at(seconds);
        self.dialler.state_is(digest, now);
    }
}

#[test]
fn lower_tag_dials_at_once_and_the_higher_after_three_seconds() {
    let mut world = World::new();
    world.hear(2_000, &THEIRS, 0.0);
    assert_eq!(world.next(0.0), Some(2_000));
    let mut world = World::new();
    world.hear(500, &THEIRS, 0.0);
    assert_eq!(world.next(2.9), None);
    let due = Decision::Wait(Some(world.at(3.0)));
    assert_eq!(world.dialler.next(world.at(2.9)), due);
    assert_eq!(world.next(3.0), Some(500));
}

#[test]
fn two_that_hear_each_other_at_once_dial_once() {
    let (low, high) = (advert(1, &OURS), advert(2, &THEIRS));
    let start = Instant::now();
    let mut at_low = Dialler::new(recogniser(), &low, OURS);
    let mut at_high = Dialler::new(recogniser(), &high, THEIRS);
    at_low.heard("high", high, start, u32::MAX);
    at_high.heard("low", low, start, 0);
    assert!(matches!(at_low.next(start), Decision::Dial { .. }));
    assert!(matches!(at_high.next(start), Decision::Wait(Some(_))));
    at_low.linked(1, &high.tag(), start + SECOND);
    at_high.linked(1, &low.tag(), start + SECOND);
    for seconds in 1..29 {
        let now = start + SECOND * seconds;
        assert_eq!(at_high.next(now), Decision::Wait(None));
        assert_eq!(at_low.next(now), Decision::Wait(None));
    }
}

#[test]
fn one_dial_is_in_flight() {
    let mut world = World::new();
    world.hear(2_000, &THEIRS, 0.0);
    world.hear(3_000, &THEIRS, 0.1);
    assert_eq!(world.next(1.0), Some(2_000));
    assert_eq!(world.next(1.0), None);
    world.fail(2_000, 2.0);
    assert_eq!(world.next(2.0), Some(3_000));
    world.link(3_000, 3.0);
    assert_eq!(world.next(3.0), None, "2,000 waits after its failure");
    assert_eq!(world.dialled(5.0), Some(2_000));
}

#[test]
fn equal_states_do_not_connect_until_one_changes() {
    let mut world = World::new();
    world.hear(2_000, &OURS, 0.0);
    assert_eq!(world.dialled(60.0), None);
    world.state([7; 32], 61.0);
    assert_eq!(world.dialled(61.0), Some(2_000), "own news");
    let mut world = World::new();
    world.hear(500, &OURS, 0.0);
    world.hear(500, &THEIRS, 20.0);
    assert_eq!(world.dialled(22.9), None, "the lower tag dials first");
    assert_eq!(world.dialled(23.0), Some(500), "their news");
}

#[test]
fn failed_dials_are_tried_again_later_and_later_wherever_they_are_heard() {
    let mut world = World::new();
    world.hear(2_000, &THEIRS, 0.0);
    let mut now = 0.0;
    let mut waits = Vec::new();
    for n in 0..11 {
        assert_eq!(world.dialled(now), Some(2_000));
        world.fail(2_000, now);
        let from_elsewhere = advert(2_000, &[n + 50; 32]);
        let at = world.at(now + 0.5);
        world.dialler.heard("address 2000", from_elsewhere, at, 0);
        let mut wait = 0.0;
        while world.dialled(now + wait + 0.5).is_none() {
            wait += 0.5;
        }
        world.dialler.dialling = None;
        waits.push(wait + 0.5);
        now += wait + 0.5;
    }
    // Three quarters of 2, 4, 8 … 300 s, and never less than 2.
    assert_eq!(
        waits,
        [
            2.0, 3.0, 6.0, 12.0, 24.0, 48.0, 96.0, 192.0, 225.0, 225.0, 225.0
        ]
    );
    let mut world = World::new();
    world.hear(2_000, &THEIRS, 0.0);
    for _ in 0..20 {
        let now = world.start;
        world
            .dialler
            .failed(&advert(2_000, &THEIRS).tag(), now, u32::MAX);
    }
    assert_eq!(world.dialled(299.9), None);
    assert_eq!(world.dialled(300.0), Some(2_000), "300 s at most");
}

#[test]
fn a_link_forgets_failures() {
    let mut world = World::new();
    world.hear(2_000, &THEIRS, 0.0);
    for _ in 0..9 {
        world.fail(2_000, 0.0);
    }
    world.link(2_000, 10.0);
    assert_eq!(world.dialled(400.0), None, "linked");
    world.end(2_000, false, 400.0);
    assert_eq!(world.dialled(402.0), Some(2_000));
}

#[test]
fn links_that_end_badly_at_once_are_failures() {
    let mut world = World::new();
    world.hear(2_000, &THEIRS, 0.0);
    for (from, to) in [(0.0, 2.0), (10.0, 13.0), (20.0, 26.0)] {
        world.link(2_000, from);
        world.end(2_000, false, from);
        assert_eq!(world.dialled(to - 0.1), None);
        assert_eq!(world.dialled(to), Some(2_000));
    }
}

#[test]
fn rounds_without_news_are_further_and_further_apart() {
    let mut world = World::new();
    world.hear(2_000, &THEIRS, 0.0);
    let mut now = 0.0;
    for wait in [10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0] {
        assert_eq!(world.dialled(now), Some(2_000));
        world.link(2_000, now);
        world.end(2_000, true, now);
        assert_eq!(world.dialled(now + wait - 0.1), None);
        now += wait;
    }
    world.dialled(now);
    world.link(2_000, now);
    world.end(2_000, true, now);
    world.state([7; 32], now + 1.0);
    assert_eq!(world.dialled(now + 2.9), None);
    assert_eq!(world.dialled(now + 3.0), Some(2_000), "own news");
    world.link(2_000, now);
    world.end(2_000, true, now);
    world.hear(2_000, &[8; 32], now + 1.0);
    assert_eq!(
        world.dialled(now + 9.9),
        None,
        "anybody can change a summary"
    );
    assert_eq!(world.dialled(now + 10.0), Some(2_000), "their news");
}

#[test]
fn both_sides_of_a_pause_do_not_dial_together() {
    let mut world = World::new();
    world.hear(500, &THEIRS, 0.0);
    world.link(500, 0.0);
    world.end(500, true, 0.0);
    assert_eq!(world.dialled(12.9), None);
    assert_eq!(world.dialled(13.0), Some(500));
}

#[test]
fn who_was_not_heard_for_thirty_seconds_is_not_dialled() {
    let mut world = World::new();
    world.hear(500, &THEIRS, 0.0);
    assert_eq!(world.next(30.1), None);
    world.hear(500, &THEIRS, 40.0);
    assert_eq!(
        world.next(40.0),
        None,
        "and gets its turn first when it comes back"
    );
    assert_eq!(world.next(43.0), Some(500));
    assert_eq!(world.dialler.nearby(world.at(70.0)), 1);
    assert_eq!(world.dialler.nearby(world.at(71.0)), 0);
}

#[test]
fn linked_device_is_not_dialled_under_any_of_its_tags() {
    let mut world = World::new();
    world.link(2_000, 0.0);
    world.hear(2_000, &THEIRS, 1.0);
    assert_eq!(world.dialled(1.0), None);
    world.hear(2_001, &THEIRS, 2.0);
    assert_eq!(
        world.dialled(2.0),
        Some(2_001),
        "drawn anew, nobody can know"
    );
    let now = world.at(3.0);
    world
        .dialler
        .linked(2_000, &advert(2_001, &THEIRS).tag(), now);
    assert_eq!(world.dialled(4.0), None);
}

#[test]
fn four_links_are_open_and_the_oldest_ends_when_somebody_waits() {
    let mut world = World::new();
    for n in 0..4 {
        world.hear(2_000 + n, &THEIRS, 0.0);
        assert!(world.next(f64::from(n)).is_some());
        world.link(2_000 + n, f64::from(n));
    }
    let wait = |world: &mut World, at| world.dialler.next(world.at(at));
    assert_eq!(
        wait(&mut world, 100.0),
        Decision::Wait(None),
        "nobody waits"
    );
    world.hear(3_000, &THEIRS, 50.0);
    let until = world.at(60.0);
    assert_eq!(wait(&mut world, 50.0), Decision::Wait(Some(until)));
    assert_eq!(wait(&mut world, 60.0), Decision::End(2_000));
    assert_eq!(wait(&mut world, 60.0), Decision::Wait(None), "said once");
    world.end(2_000, false, 61.0);
    assert_eq!(world.dialled(70.0), Some(3_000), "who waited longest");
    world.link(3_000, 70.0);
    let now = world.at(71.0);
    world.dialler.knocked(now);
    assert_eq!(
        wait(&mut world, 71.0),
        Decision::End(2_001),
        "somebody at the door"
    );
}

#[test]
fn who_waited_longest_goes_first() {
    let mut world = World::new();
    for (n, at) in [(2_003, 0.0), (2_001, 1.0), (2_002, 2.0)] {
        world.hear(n, &THEIRS, at);
    }
    for expected in [2_003, 2_001, 2_002] {
        assert_eq!(world.dialled(3.0), Some(expected));
        world.link(expected, 3.0);
    }
}

#[test]
fn forged_advertisements_are_not_even_remembered() {
    let mut world = World::new();
    for n in 0..100_000_u32 {
        let mut bytes = advert(n, &THEIRS).encode();
        bytes[4] ^= 1;
        let forged = Advert::decode(&bytes).unwrap();
        let now = world.start;
        assert!(!world.dialler.heard("forger", forged, now, n));
    }
    assert_eq!(world.dialler.known.len(), 0);
    assert!(!world.hear(1_000, &THEIRS, 0.0), "own advertisement");
}

#[test]
fn flood_of_repeated_advertisements_keeps_memory_and_newcomers_get_their_turn() {
    let mut world = World::new();
    for n in 0..3_000 {
        world.hear(10_000 + n, &THEIRS, 0.001 * f64::from(n));
    }
    assert_eq!(world.dialler.known.len(), MAX_TAGS);
    let mut now = 3.0;
    let mut dials = BTreeMap::new();
    for step in 0..500 {
        if step == 100 {
            world.hear(2_000, &THEIRS, now);
        }
        if let Some(n) = world.dialled(now) {
            *dials.entry(n).or_insert(0) += 1;
            now += 1.0;
            world.fail(n, now);
        }
    }
    assert!(
        dials.values().all(|times| *times == 1),
        "nobody twice while others wait"
    );
    // With fresh ones all served, a newcomer is next or next but one, however many fail.
    let mut world = World::new();
    for n in 0..50 {
        world.hear(10_000 + n, &THEIRS, 0.0);
    }
    let mut now = 0.0;
    for _ in 0..200 {
        if let Some(n) = world.dialled(now) {
            world.fail(n, now + 1.0);
        }
        now += 1.0;
    }
    world.hear(2_000, &THEIRS, now);
    let next: Vec<u32> = (0..2)
        .filter_map(|_| {
            now += 1.0;
            let n = world.dialled(now)?;
            world.fail(n, now);
            Some(n)
        })
        .collect();
    assert!(next.contains(&2_000), "{next:?}");
}
