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
