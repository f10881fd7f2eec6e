//! The clock of this device: the only file that reads it.
//!
//! What it says is shown to people and bounds waiting. No rule uses it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use commune_crdt::time::{ClaimedMinutes, Millis};

/// Seconds since 1970, as this device believes.
pub fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |it| it.as_secs())
}

/// The minute that this device claims for what it writes.
pub fn claimed_now() -> ClaimedMinutes {
    ClaimedMinutes::from_unix_seconds(unix_seconds())
}

/// Milliseconds since some start, which never go back.
#[derive(Clone, Copy, Debug)]
pub struct Monotonic(Instant);

impl Monotonic {
    /// Starts at 0.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds since the start.
    pub fn now(&self) -> Millis {
        Millis(u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}
