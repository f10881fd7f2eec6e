//! How long a signer waits before it goes on without the others.

/// Before anything was observed: 6 hours, for people who meet once a day.
pub(super) const START_SECONDS: u64 = 6 * 3_600;

/// In one room.
pub(super) const MIN_SECONDS: u64 = 2;

/// By courier.
pub(super) const MAX_SECONDS: u64 = 30 * 86_400;

/// Longest patience of any round: it grows with the rounds.
const LONGEST_SECONDS: u64 = 180 * 86_400;

/// How long a signer waits, by what was observed.
///
/// Waiting too short costs rounds and traffic, never safety; waiting too long costs time only while a
/// proposer is away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Patience {
    base: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            base: START_SECONDS,
        }
    }
}

impl Patience {
    /// The patience where a quorum's words took `seconds` to be here, one way.
    ///
    /// Three times that: there, back, and as much again for the slow.
    pub fn observed(seconds: u64) -> Self {
        Self {
            base: seconds.saturating_mul(3).clamp(MIN_SECONDS, MAX_SECONDS),
        }
    }

    /// The patience of one who saw the words of each signer take so many seconds, `None` of whom it
    /// never heard: as long as the slowest of the fastest `quorum` needs, for without it nothing is
    /// decided. Who heard less than a quorum waits as before anything was observed.
    ///
    /// One's own words take no time and count.
    pub fn of_delays(delays: impl IntoIterator<Item = Option<u64>>, quorum: usize) -> Self {
        let mut heard: Vec<u64> = delays.into_iter().flatten().collect();
        heard.sort_unstable();
        let slowest = quorum.checked_sub(1).and_then(|it| heard.get(it));
        slowest.map_or_else(Self::default, |it| Self::observed(*it))
    }

    /// Seconds to wait in a step of `round`: half as much more each round.
    pub fn seconds(&self, round: u32) -> u64 {
        let mut seconds = self.base;
        for _ in 0..round.min(64) {
            seconds = seconds.saturating_add(seconds / 2).saturating_add(1);
            if seconds >= LONGEST_SECONDS {
                return LONGEST_SECONDS;
            }
        }
        seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_never_heard_does_not_make_a_signer_impatient() {
        let of = |delays: [Option<u64>; 4]| Patience::of_delays(delays, 3).seconds(0);
        assert_eq!(of([Some(0), Some(10), Some(500), None]), 1_500);
        assert_eq!(of([Some(0), Some(10), None, Some(500)]), 1_500);
        // The slowest is not waited for where three others are a quorum.
        assert_eq!(of([Some(0), Some(1), Some(20), Some(500)]), 60);
        assert_eq!(of([Some(0), Some(1), None, None]), START_SECONDS);
        assert_eq!(of([None; 4]), START_SECONDS);
        assert_eq!(Patience::of_delays([Some(1)], 0), Patience::default());
    }

    #[test]
    fn patience_follows_what_was_observed_and_grows_with_the_rounds() {
        assert_eq!(Patience::default().seconds(0), 6 * 3_600);
        assert_eq!(Patience::observed(0).seconds(0), 2);
        assert_eq!(Patience::observed(86_400).seconds(0), 3 * 86_400);
        assert_eq!(Patience::observed(u64::MAX).seconds(0), MAX_SECONDS);
        for base in [0, 1, 100, 86_400, u64::MAX] {
            let patience = Patience::observed(base);
            for round in 0..200 {
                let (now, next) = (patience.seconds(round), patience.seconds(round + 1));
                assert!(next > now || now == LONGEST_SECONDS);
            }
            assert_eq!(patience.seconds(u32::MAX), LONGEST_SECONDS);
        }
    }
}
