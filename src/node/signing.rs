//! When a running node begins a record: a rule over the times of those before.

use commune_crdt::{params::Param, time::Seconds};

use crate::{
    device::Device,
    finality::{Finality, Urge},
    store::StoreError,
};

/// The longest wait between two looks, in seconds: the clock may be set meanwhile.
pub(super) const LONGEST_WAIT_SECONDS: u64 = 3_600;

/// What decides whether a height is begun.
#[derive(Clone, Copy, Debug)]
struct Situation<'a> {
    /// When the records were made, the genesis first.
    times: &'a [Seconds],
    /// A day of the network, in seconds.
    epoch: u64,
    /// Whether entries wait that no record covers.
    has_waiting: bool,
}

impl Situation<'_> {
    /// From when on the next record may be begun: the `k`-th newest is then at least k² seconds old.
    ///
    /// At a meetup a record follows another at once, and in years of daily use there are as many as the
    /// root of the seconds: their words stay few. A record ahead of the clock holds up nothing, since
    /// one of the two is wrong.
    fn pause_ends(&self, now: Seconds) -> u64 {
        let newest_first = self.times.iter().skip(1).rev();
        let ages = (1_u64..).zip(newest_first.filter(|it| it.0 <= now.0));
        let ends = ages.map(|(k, it)| it.0.saturating_add(k.saturating_mul(k)));
        ends.max().unwrap_or(0)
    }

    /// When the day of the newest record is over: what people have of it is theirs to spend.
    fn day_ends(&self) -> u64 {
        let (Some(first), Some(newest)) = (self.times.first(), self.times.last()) else {
            return u64::MAX;
        };
        let days = newest.since(*first).checked_div(self.epoch).unwrap_or(0);
        let next = days.saturating_add(1).saturating_mul(self.epoch);
        first.0.saturating_add(next)
    }

    /// What to do now, and the second of the next look if there is no news before.
    fn plan(&self, now: Seconds) -> (Urge, u64) {
        let day_ends = self.day_ends();
        let longest = now.0.saturating_add(LONGEST_WAIT_SECONDS);
        let pause_ends = match self.has_waiting {
            true => self.pause_ends(now),
            false => u64::MAX,
        };
        if now.0 >= day_ends {
            // Its stamp is said once: until others follow, only deadlines count.
            (Urge::Begin, longest)
        } else if now.0 >= pause_ends {
            (Urge::Join, longest)
        } else {
            (Urge::Follow, pause_ends.min(day_ends).min(longest))
        }
    }
}

/// What to do now with the next record, and the second of the next look if there is no news before.
pub(super) fn urge(
    device: &Device,
    finality: &Finality,
    now: Seconds,
) -> Result<(Urge, u64), StoreError> {
    let membership = finality.tip().state.membership();
    let situation = Situation {
        times: membership.times(),
        epoch: membership.params().get(Param::Epoch),
        has_waiting: finality.unfinished(&*device.history()?) > 0,
    };
    Ok(situation.plan(now))
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::arithmetic_side_effects,
        reason = "a test may stop at an overflow"
    )]

    use super::*;

    const DAY: u64 = 86_400;
    const FOUNDED: u64 = 20_000 * DAY + 36_000;

    fn plan(records: &[u64], has_waiting: bool, now: u64) -> (Urge, u64) {
        let times = [&[0][..], records].concat();
        let times: Vec<_> = times.iter().map(|it| Seconds(FOUNDED + it)).collect();
        let it = Situation {
            times: &times,
            epoch: DAY,
            has_waiting,
        };
        let (urge, next) = it.plan(Seconds(FOUNDED + now));
        (urge, next - FOUNDED)
    }

    #[test]
    fn entries_that_wait_begin_a_height_after_a_pause_that_grows_with_use() {
        assert_eq!(plan(&[], true, 1).0, Urge::Join);
        assert_eq!(plan(&[100], true, 100), (Urge::Follow, 101));
        assert_eq!(plan(&[100], true, 101).0, Urge::Join);
        // Of ten records in ten seconds the tenth newest has to be 100 seconds old.
        let many: Vec<u64> = (100..110).collect();
        assert_eq!(plan(&many, true, 110), (Urge::Follow, 200));
        assert_eq!(plan(&many, true, 200).0, Urge::Join);
    }

    /// Used all the time there is a record less and less often, and never less than one a day.
    #[test]
    fn a_day_of_use_makes_as_many_records_as_the_root_of_its_seconds() {
        let (mut records, mut now) = (Vec::new(), 1);
        while now < DAY {
            let (urge, next) = plan(&records, true, now);
            if urge == Urge::Join {
                records.push(now);
            }
            now = next.min(now + 60);
        }
        assert!((280..=300).contains(&records.len()), "{}", records.len());
    }

    #[test]
    fn nothing_new_begins_a_height_only_once_the_day_of_the_network_has_ended() {
        assert_eq!(plan(&[7_200], false, 7_300), (Urge::Follow, 7_300 + 3_600));
        assert_eq!(plan(&[7_200], false, DAY - 1), (Urge::Follow, DAY));
        assert_eq!(plan(&[7_200], false, DAY).0, Urge::Begin);
        assert_eq!(plan(&[DAY], false, DAY + 5).0, Urge::Follow);
    }

    #[test]
    fn a_record_ahead_of_the_clock_holds_up_nothing() {
        assert_eq!(plan(&[500], true, 50).0, Urge::Join);
        assert_eq!(plan(&[49, 500], true, 49), (Urge::Follow, 50));
    }

    #[test]
    fn every_look_is_followed_by_a_wait_of_at_most_an_hour() {
        for now in (0..200_000).step_by(777) {
            for has_waiting in [false, true] {
                let (_, next) = plan(&[40_000, 40_001], has_waiting, now);
                assert!(next > now, "no busy loop");
                assert!(next <= now + LONGEST_WAIT_SECONDS);
            }
        }
    }
}
