//! Time as people claim it, and time as the network counts it.
//!
//! Nothing here is read from a clock: the caller hands in what it knows.

use std::fmt;

/// Minutes since 1970-01-01 00:00 UTC, as an author claims them: shown to people, used by no rule.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct ClaimedMinutes(pub u32);

impl ClaimedMinutes {
    /// The minute that `seconds` since 1970 lie in; later than the year 10136 stays there.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        Self(u32::try_from(seconds / 60).unwrap_or(u32::MAX))
    }

    /// Seconds since 1970.
    pub fn unix_seconds(self) -> u64 {
        u64::from(self.0).saturating_mul(60)
    }
}

/// Seconds since 1970-01-01 00:00 UTC, as a checkpoint fixes them: the time of the rules.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Seconds(pub u64);

impl Seconds {
    /// The moment `seconds` later.
    #[must_use]
    pub fn after(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds since `earlier`, 0 if that is not earlier.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<ClaimedMinutes> for Seconds {
    fn from(claimed: ClaimedMinutes) -> Self {
        Self(claimed.unix_seconds())
    }
}

/// Number of a checkpoint; the genesis is height 0.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Height(pub u32);

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Milliseconds of a device's own monotonic clock, for time-outs and back-off only.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Millis(pub u64);

impl Millis {
    /// The moment `millis` later.
    pub fn after(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds since `earlier`, 0 if that is not earlier.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
