//! How much of the time the radio listens: found soon where there is power, and a day's battery
//! where there is none.

use std::time::Duration;

/// What the device lives on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Power {
    /// A socket, or a meetup that is worth the battery.
    Plenty,
    /// A battery with so many percent left; 100 where nobody knows.
    Battery(u8),
}

/// A battery with less is spared.
const LOW_PERCENT: u8 = 20;

/// When the radio listens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scan {
    /// All the time.
    Always,
    /// For the first part of each period.
    Part {
        /// How long it listens.
        listening: Duration,
        /// How often it begins to.
        period: Duration,
    },
}

impl Power {
    /// When to listen.
    pub const fn scan(self) -> Scan {
        let (listening, period) = match self {
            Self::Plenty => return Scan::Always,
            Self::Battery(percent) if percent < LOW_PERCENT => (2, 60),
            Self::Battery(_) => (3, 15),
        };
        Scan::Part {
            listening: Duration::from_secs(listening),
            period: Duration::from_secs(period),
        }
    }

    /// Time between two advertisements. Who listens for 2 s hears some of them even of a device
    /// that spares its battery.
    pub const fn advert_interval(self) -> Duration {
        Duration::from_millis(match self {
            Self::Plenty => 100,
            Self::Battery(percent) if percent < LOW_PERCENT => 500,
            Self::Battery(_) => 200,
        })
    }
}

impl Scan {
    /// Whether to listen `passed` after the first period began, and how long it stays so.
    pub fn at(self, passed: Duration) -> (bool, Option<Duration>) {
        let Self::Part { listening, period } = self else {
            return (true, None);
        };
        let nanos = passed
            .as_nanos()
            .checked_rem(period.as_nanos())
            .unwrap_or_default();
        let within = Duration::from_nanos(u64::try_from(nanos).unwrap_or_default());
        match listening.checked_sub(within) {
            Some(left) if !left.is_zero() => (true, Some(left)),
            _ => (false, Some(period.saturating_sub(within))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn radio_listens_always_with_power_and_less_with_less() {
        assert_eq!(Power::Plenty.scan(), Scan::Always);
        let part = |listening, period| Scan::Part {
            listening: S * listening,
            period: S * period,
        };
        assert_eq!(Power::Battery(100).scan(), part(3, 15));
        assert_eq!(Power::Battery(20).scan(), part(3, 15));
        assert_eq!(Power::Battery(19).scan(), part(2, 60));
    }

    #[test]
    fn periods_follow_each_other() {
        let scan = Power::Battery(50).scan();
        assert_eq!(scan.at(Duration::ZERO), (true, Some(S * 3)));
        assert_eq!(scan.at(S * 2), (true, Some(S)));
        assert_eq!(scan.at(S * 3), (false, Some(S * 12)));
        assert_eq!(scan.at(S * 15), (true, Some(S * 3)));
        assert_eq!(scan.at(S * 1_000_000), (false, Some(S * 5)));
        assert_eq!(Scan::Always.at(S * 7), (true, None));
    }

    #[test]
    fn advertisements_are_100_ms_apart_or_more() {
        for power in [Power::Plenty, Power::Battery(5), Power::Battery(90)] {
            assert!(power.advert_interval() >= Duration::from_millis(100));
        }
    }
}
