//! Two ends joined by an air that loses, doubles, reorders, cuts and spoils, in virtual time.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "`allow-…-in-tests` does not reach helpers"
)]

use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};

use super::*;

/// `SplitMix64`: the same numbers from the same seed, everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What the air does, in percent of all datagrams.
#[derive(Clone, Copy, Debug)]
struct Weather {
    lost: u64,
    doubled: u64,
    late: u64,
    spoilt: u64,
    /// Longer ones vanish, though the sender is told that they left.
    longest: usize,
}

struct Air {
    weather: Weather,
    on_the_way: Vec<(Instant, usize, Bytes)>,
    carried: u64,
}

impl Air {
    fn send(&mut self, from: usize, datagram: &Bytes, now: Instant, numbers: &mut Numbers) {
        self.carried += u64::try_from(datagram.len()).unwrap();
        let copies = 1 + usize::from(numbers.chance(self.weather.doubled));
        for _ in 0..copies {
            if numbers.chance(self.weather.lost) || datagram.len() > self.weather.longest {
                continue;
            }
            let mut late = 5;
            if numbers.chance(self.weather.late) {
                late += numbers.below(300);
            }
            let mut bytes = datagram.to_vec();
            if numbers.chance(self.weather.spoilt) {
                let at = usize::try_from(numbers.below(bytes.len() as u64)).unwrap();
                if numbers.chance(50) {
                    bytes.truncate(at);
                } else {
                    bytes[at] ^= 1 << numbers.below(8);
                }
            }
            let at = now + Duration::from_millis(late);
            self.on_the_way.push((at, 1 - from, bytes.into()));
        }
    }
}

struct Run {
    received: [Vec<u8>; 2],
    finished: [bool; 2],
    errors: [Option<SegmentError>; 2],
    took: Duration,
    carried: u64,
}

/// Sends `texts` both ways, until everything arrived or `limit` is over.
fn play(seed: u64, longest: usize, weather: Weather, texts: [Vec<u8>; 2], limit: Duration) -> Run {
    let mut numbers = Numbers(seed);
    let start = Instant::now();
    let number = u16::try_from(seed % 65_536).unwrap();
    let mut ends = [
        Segments::new(Role::Central, number, longest, 512, start),
        Segments::new(Role::Peripheral, number, 512, longest, start),
    ];
    let mut air = Air {
        weather,
        on_the_way: Vec::new(),
        carried: 0,
    };
    let mut left = texts.clone().map(Bytes::from);
    let mut run = Run {
        received: [Vec::new(), Vec::new()],
        finished: [false; 2],
        errors: [None; 2],
        took: Duration::ZERO,
        carried: 0,
    };
    let mut now = start;
    while now < start + limit {
        for at in 0..2 {
            let end = &mut ends[at];
            run.errors[at] = end.error(now);
            let chunk = usize::try_from(numbers.below(900)).unwrap();
            let take = end.room().min(left[at].len()).min(chunk);
            end.write(&left[at].split_to(take));
            if left[at].is_empty() {
                end.finish();
            }
            while let Some(datagram) = end.poll_send(now) {
                assert!(
                    datagram.len() <= longest,
                    "longer than the connection takes"
                );
                air.send(at, &datagram, now, &mut numbers);
            }
            let unread = end.unread();
            run.received[at].extend_from_slice(unread);
            unread.advance(unread.len());
            run.finished[at] = end.is_finished();
        }
        if ends.iter().all(|it| it.is_finished() && it.is_flushed())
            || run.errors.iter().all(Option::is_some)
        {
            break;
        }
        let arriving = air.on_the_way.iter().map(|it| it.0).min();
        let waking = ends.iter().map(Segments::timeout).min().unwrap();
        now = arriving
            .map_or(waking, |it| it.min(waking))
            .max(now + Duration::from_millis(1));
        let (due, later): (Vec<_>, Vec<_>) =
            air.on_the_way.drain(..).partition(|(at, ..)| *at <= now);
        air.on_the_way = later;
        for (_, to, datagram) in due {
            ends[to].handle(now, &datagram);
        }
    }
    run.took = now - start;
    run.carried = air.carried;
    run
}

fn text(seed: u64, len: usize) -> Vec<u8> {
    let mut numbers = Numbers(seed);
    (0..len).map(|_| numbers.next().to_le_bytes()[0]).collect()
}

#[test]
fn everything_arrives_in_order_through_200_bad_airs() {
    for seed in 0..200 {
        let mut numbers = Numbers(seed ^ 0xB1E);
        let weather = Weather {
            lost: numbers.below(31),
            doubled: numbers.below(20),
            late: numbers.below(40),
            spoilt: numbers.below(6),
            longest: [512, 512, 180][usize::try_from(numbers.below(3)).unwrap()],
        };
        let longest = [18, 180, 244, 512][usize::try_from(seed % 4).unwrap()];
        // Notifications are not probed: nothing vanishes there for its length.
        let longest_notified = if weather.longest == 180 {
            longest.min(180)
        } else {
            longest
        };
        let size = if longest == 18 { 1_500 } else { 20_000 };
        let texts = [text(seed, size), text(seed + 1_000, size / 2)];
        println!("seed {seed}: {weather:?}, {longest_notified} B");
        let limit = Duration::from_secs(240);
        let run = play(seed, longest_notified, weather, texts.clone(), limit);
        assert_eq!(run.received[1], texts[0], "seed {seed}: to the peripheral");
        assert_eq!(run.received[0], texts[1], "seed {seed}: to the central");
        assert_eq!(run.finished, [true; 2], "seed {seed}");
        assert_eq!(run.errors, [None; 2], "seed {seed}");
        assert!(
            run.took < Duration::from_secs(120),
            "seed {seed}: {:?}",
            run.took
        );
    }
}

const CLEAR: Weather = Weather {
    lost: 0,
    doubled: 0,
    late: 0,
    spoilt: 0,
    longest: 512,
};

#[test]
fn on_a_clear_day_a_tenth_more_is_carried_at_most() {
    for longest in [180, 244, 512] {
        let texts = [text(1, 100_000), Vec::new()];
        let run = play(7, longest, CLEAR, texts, Duration::from_secs(60));
        assert!(run.carried < 110_000, "{} B at {longest}", run.carried);
        assert_eq!(run.received[1].len(), 100_000);
    }
}

#[test]
fn writes_that_vanish_for_their_length_are_not_used() {
    let only_short = Weather {
        longest: 180,
        ..CLEAR
    };
    let texts = [text(3, 50_000), Vec::new()];
    let run = play(9, 512, only_short, texts.clone(), Duration::from_secs(60));
    assert_eq!(run.received[1], texts[0]);
    assert!(run.took < Duration::from_secs(10), "{:?}", run.took);
}

#[test]
fn a_way_that_is_closed_ends_both_sides_in_time() {
    let nothing = Weather { lost: 100, ..CLEAR };
    let texts = [text(1, 1_000), text(2, 1_000)];
    let run = play(1, 180, nothing, texts, Duration::from_secs(100));
    assert_eq!(run.errors, [Some(SegmentError::Silence); 2]);
    assert!(run.took <= Duration::from_secs(16), "{:?}", run.took);
    assert!(run.received.iter().all(Vec::is_empty));
}

#[test]
fn another_conversation_and_rubbish_change_nothing() {
    let now = Instant::now();
    let mut end = Segments::new(Role::Peripheral, 7, 180, 512, now);
    let others = seal(1, 8, &[1, 0, 2]);
    end.handle(now, &others);
    assert_eq!(end.poll_send(now), None);
    let hello = seal(1, 7, &[1, 0, 2]);
    for at in 0..hello.len() {
        end.handle(now, &hello[..at]);
        for bit in 0..8 {
            let mut spoilt = hello.to_vec();
            spoilt[at] ^= 1 << bit;
            end.handle(now, &spoilt);
        }
    }
    assert_eq!(end.poll_send(now), None, "nothing was a hello");
    end.handle(now, &hello);
    assert_eq!(end.poll_send(now).unwrap(), seal(2, 7, &[1, 0, 2]));
    // A number far ahead, and acknowledgements of what was never sent.
    end.handle(now, &seal(3, 7, &[200, 0, 1, 2, 3]));
    end.handle(now, &seal(4, 7, &[9, 9, 255, 255, 255, 255]));
    assert!(end.unread().is_empty() && end.ahead.is_empty());
    let later = seal(1, 7, &[2, 0, 2]);
    let mut new = Segments::new(Role::Peripheral, 7, 180, 512, now);
    new.handle(now, &later);
    assert_eq!(new.error(now), Some(SegmentError::Version(2)));
}
