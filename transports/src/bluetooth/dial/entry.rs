//! What is remembered of one device that was heard.

use std::time::{Duration, Instant};

use super::{FIRST_WAIT, FRESH, LONGEST_WAIT, PAUSE, PAUSE_WITH_NEWS, after, part};
use crate::bluetooth::advert::Advert;

/// A device that was heard, or was linked without being heard.
#[derive(Debug)]
pub(super) struct Entry {
    /// What it advertised last.
    pub(super) advert: Option<Advert>,
    /// Where it was heard last.
    pub(super) address: String,
    /// When.
    pub(super) heard: Option<Instant>,
    /// When it may be dialled: since then it waits.
    pub(super) due: Instant,
    /// Dials that failed in a row.
    pub(super) failures: u32,
    /// The random part of waits for it.
    pub(super) jitter: u32,
    is_equal: bool,
    rest: Option<Rest>,
}

/// A round ended well.
#[derive(Clone, Copy, Debug)]
struct Rest {
    ended: Instant,
    wait: Duration,
    digest: [u8; 32],
    summary: Option<[u8; 2]>,
}

impl Entry {
    /// One that was not heard yet.
    pub(super) fn new(now: Instant, jitter: u32) -> Self {
        Self {
            advert: None,
            address: String::new(),
            heard: None,
            due: now,
            failures: 0,
            jitter,
            is_equal: true,
            rest: None,
        }
    }

    /// Whether it was heard lately.
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        let since = |at| now.saturating_duration_since(at);
        self.heard.is_some_and(|at| since(at) <= FRESH)
    }

    /// Whether its state differs from this device's.
    pub(super) fn wants_a_round(&self) -> bool {
        !self.is_equal
    }

    /// It advertises something else than before.
    pub(super) fn advertised(
        &mut self,
        advert: Advert,
        is_equal: bool,
        patience: Duration,
        now: Instant,
    ) {
        self.advert = Some(advert);
        // Anybody can change a summary, so it does not shorten a pause as own news do.
        self.compared(is_equal, PAUSE, patience, now);
    }

    /// This device's state is another.
    pub(super) fn own_state_changed(&mut self, is_equal: bool, patience: Duration, now: Instant) {
        self.compared(is_equal, PAUSE_WITH_NEWS, patience, now);
    }

    /// It was heard from `address`.
    pub(super) fn heard_at(&mut self, address: &str, patience: Duration, now: Instant) {
        if !self.is_fresh(now) {
            self.due = self.due.max(after(now, patience));
        }
        self.heard = Some(now);
        if self.address != address {
            address.clone_into(&mut self.address);
        }
    }

    /// A dial failed.
    pub(super) fn failed(&mut self, now: Instant, random: u32) {
        let doublings = 1_u32.checked_shl(self.failures.min(16)).unwrap_or(u32::MAX);
        let wait = FIRST_WAIT.saturating_mul(doublings).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        // From three quarters to five quarters of it, lest neighbours dial in step.
        let least = wait.saturating_sub(wait.checked_div(4).unwrap_or_default());
        let wait = least.saturating_add(part(wait.checked_div(2).unwrap_or_default(), random));
        self.due = after(now, wait.clamp(FIRST_WAIT, LONGEST_WAIT));
    }

    /// A round with it ended well, when this device was in the state of `digest`.
    pub(super) fn rest(&mut self, digest: [u8; 32], patience: Duration, now: Instant) {
        let summary = self.advert.map(|it| it.summary());
        let wait = match self.rest {
            Some(rest) if rest.digest == digest && rest.summary == summary => {
                rest.wait.saturating_mul(2).min(LONGEST_WAIT)
            }
            _ => PAUSE,
        };
        self.rest = Some(Rest {
            ended: now,
            wait,
            digest,
            summary,
        });
        self.failures = 0;
        self.due = after(now, wait.saturating_add(patience));
    }

    /// A link with it broke after a while.
    pub(super) fn again(&mut self, now: Instant, patience: Duration) {
        self.failures = 0;
        self.due = after(now, FIRST_WAIT.max(patience));
    }

    /// A state changed: a pause becomes one of `pause`, and who was equal waits its turn.
    fn compared(&mut self, is_equal: bool, pause: Duration, patience: Duration, now: Instant) {
        let differs_now = self.is_equal && !is_equal;
        self.is_equal = is_equal;
        if self.failures > 0 {
            return;
        }
        let soon = after(now, patience);
        match self.rest {
            Some(rest) if self.due > now => {
                self.due = self.due.min(after(rest.ended, pause).max(soon));
            }
            _ if differs_now => self.due = self.due.max(soon),
            _ => {}
        }
    }
}
