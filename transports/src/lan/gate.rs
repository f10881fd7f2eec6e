//! Who may begin a handshake: what strangers can make this device compute and remember is bounded.
//!
//! | | source unproven | source proven by a retry |
//! |---|---|---|
//! | open at once, in all | 8 | 24 |
//! | open at once, a source | 4 (loopback 16) | 4 (loopback 16) |
//! | over that, or the source's bucket is empty | asked to prove its address | refused |
//!
//! A retry costs one packet and no memory. Unproven and proven attempts are counted apart, so that
//! who forges a neighbour's address cannot lock that neighbour out.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// Handshakes open at once from sources that were not asked to prove their address.
const MAX_UNPROVEN: usize = 8;

/// Handshakes open at once from sources that proved their address. 32 with the others.
const MAX_PROVEN: usize = 24;

/// Sources remembered at once.
const MAX_SOURCES: usize = 1_024;

/// Retries sent at once, and again within a second.
const RETRIES: Bucket = Bucket::new(256, 256);

/// What one source may do.
#[derive(Clone, Copy)]
struct Allowance {
    /// Handshakes open at once.
    open: usize,
    /// Handshakes, at once and a second.
    bucket: Bucket,
}

/// A device redials after 2 s at the earliest.
const NEIGHBOUR: Allowance = Allowance {
    open: 4,
    bucket: Bucket::new(16, 1),
};

/// All nodes of this machine share an address.
const LOOPBACK: Allowance = Allowance {
    open: 16,
    bucket: Bucket::new(256, 32),
};

/// What to do with an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// Shake hands; [`Gate::leave`] must be called afterwards.
    Enter,
    /// Ask to prove the address.
    Retry,
    /// Say no.
    Refuse,
    /// Say nothing.
    Ignore,
}

/// Counts attempts.
#[derive(Debug)]
pub(super) struct Gate {
    sources: HashMap<(Source, bool), Seen>,
    unproven: usize,
    proven: usize,
    retries: Bucket,
}

/// Where attempts come from: a host, or a network in which a host can take any address.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Source(IpAddr);

impl Source {
    pub(super) fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V6(v6) if !v6.is_unicast_link_local() && !v6.is_loopback() => {
                let prefix = v6.to_bits() & (u128::MAX << 64);
                Self(Ipv6Addr::from_bits(prefix).into())
            }
            other => Self(other),
        }
    }

    fn allowance(self) -> Allowance {
        if self.0.is_loopback() {
            LOOPBACK
        } else {
            NEIGHBOUR
        }
    }
}

#[derive(Debug)]
struct Seen {
    open: usize,
    bucket: Bucket,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            sources: HashMap::new(),
            unproven: 0,
            proven: 0,
            retries: RETRIES,
        }
    }

    /// Decides on an attempt from `ip`, that was `proven` to be there, at `now`.
    pub(super) fn enter(&mut self, ip: IpAddr, proven: bool, now: Instant) -> Verdict {
        let (open, limit) = match proven {
            true => (self.proven, MAX_PROVEN),
            false => (self.unproven, MAX_UNPROVEN),
        };
        if open < limit && self.may_enter(Source::of(ip), proven, now) {
            match proven {
                true => self.proven = open.saturating_add(1),
                false => self.unproven = open.saturating_add(1),
            }
            return Verdict::Enter;
        }
        match proven {
            true => Verdict::Refuse,
            false if self.retries.take(now) => Verdict::Retry,
            false => Verdict::Ignore,
        }
    }

    /// The handshake that [`Self::enter`] let in has ended, one way or the other.
    pub(super) fn leave(&mut self, ip: IpAddr, proven: bool) {
        let open = match proven {
            true => &mut self.proven,
            false => &mut self.unproven,
        };
        *open = open.saturating_sub(1);
        if let Some(seen) = self.sources.get_mut(&(Source::of(ip), proven)) {
            seen.open = seen.open.saturating_sub(1);
        }
    }

    /// Handshakes that are open.
    #[cfg(test)]
    fn open(&self) -> usize {
        self.proven.saturating_add(self.unproven)
    }

    fn may_enter(&mut self, source: Source, proven: bool, now: Instant) -> bool {
        let allowance = source.allowance();
        let key = (source, proven);
        if self.sources.len() >= MAX_SOURCES && !self.sources.contains_key(&key) {
            self.sources
                .retain(|_, seen| seen.open > 0 || !seen.bucket.is_full(now));
            if self.sources.len() >= MAX_SOURCES {
                return false;
            }
        }
        let new = || Seen {
            open: 0,
            bucket: allowance.bucket,
        };
        let seen = self.sources.entry(key).or_insert_with(new);
        let may = seen.open < allowance.open && seen.bucket.take(now);
        if may {
            seen.open = seen.open.saturating_add(1);
        }
        may
    }
}

/// Tokens that come back with time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    capacity: u32,
    per_second: u32,
    tokens: u32,
    since: Option<Instant>,
}

impl Bucket {
    /// A full one. `per_second` MUST NOT be 0.
    pub(super) const fn new(capacity: u32, per_second: u32) -> Self {
        Self {
            capacity,
            per_second,
            tokens: capacity,
            since: None,
        }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        match self.tokens.checked_sub(1) {
            Some(left) => {
                self.tokens = left;
                true
            }
            None => false,
        }
    }

    fn is_full(mut self, now: Instant) -> bool {
        self.refill(now);
        self.tokens == self.capacity
    }

    fn refill(&mut self, now: Instant) {
        let since = *self.since.get_or_insert(now);
        let each = Duration::from_secs(1)
            .checked_div(self.per_second)
            .unwrap_or(Duration::MAX);
        let passed = now.saturating_duration_since(since).as_nanos();
        let new = passed.checked_div(each.as_nanos()).unwrap_or(0);
        let new = u32::try_from(new).unwrap_or(u32::MAX);
        if self.tokens.saturating_add(new) >= self.capacity {
            self.tokens = self.capacity;
            self.since = Some(now);
        } else {
            self.tokens = self.tokens.saturating_add(new);
            self.since = since.checked_add(each.saturating_mul(new));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn host(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, n])
    }

    #[test]
    fn source_has_four_open_handshakes_and_loopback_sixteen() {
        let now = Instant::now();
        let mut gate = Gate::new();
        for n in 0..6 {
            let expected = if n < 4 {
                Verdict::Enter
            } else {
                Verdict::Refuse
            };
            assert_eq!(gate.enter(host(1), true, now), expected);
        }
        gate.leave(host(1), true);
        assert_eq!(gate.enter(host(1), true, now), Verdict::Enter);
        let entered = (0..20).filter(|_| gate.enter(ip("::1"), true, now) == Verdict::Enter);
        assert_eq!(entered.count(), 16);
    }

    #[test]
    fn at_most_32_handshakes_are_open_whoever_asks() {
        let now = Instant::now();
        let mut gate = Gate::new();
        for n in 0..=255 {
            gate.enter(host(n), true, now);
            gate.enter(host(n), false, now);
        }
        assert_eq!(gate.open(), 32);
        while gate.enter(ip("10.9.9.9"), false, now) == Verdict::Retry {}
        assert_eq!(gate.enter(ip("10.9.9.9"), false, now), Verdict::Ignore);
        let later = now + Duration::from_secs(1);
        assert_eq!(gate.enter(ip("10.9.9.9"), false, later), Verdict::Retry);
        assert_eq!(gate.enter(ip("10.9.9.9"), true, later), Verdict::Refuse);
    }

    #[test]
    fn who_forges_an_address_does_not_lock_its_owner_out() {
        let now = Instant::now();
        let mut gate = Gate::new();
        while gate.enter(host(1), false, now) == Verdict::Enter {}
        assert_eq!(gate.enter(host(1), false, now), Verdict::Retry);
        assert_eq!(gate.enter(host(1), true, now), Verdict::Enter);
    }

    #[test]
    fn bucket_of_a_source_fills_by_one_a_second() {
        let now = Instant::now();
        let mut gate = Gate::new();
        let mut at = |seconds| {
            let verdict = gate.enter(host(1), true, now + Duration::from_secs(seconds));
            if verdict == Verdict::Enter {
                gate.leave(host(1), true);
            }
            verdict
        };
        assert!((0..16).all(|_| at(0) == Verdict::Enter));
        assert_eq!(at(0), Verdict::Refuse);
        assert_eq!((at(1), at(1)), (Verdict::Enter, Verdict::Refuse));
        assert_eq!(
            (at(3), at(3), at(3)),
            (Verdict::Enter, Verdict::Enter, Verdict::Refuse)
        );
    }

    #[test]
    fn memory_of_sources_is_bounded_and_forgets_the_idle() {
        let now = Instant::now();
        let mut gate = Gate::new();
        for n in 0..5_000_u32 {
            let source = IpAddr::from((0x0A00_0000 + n).to_be_bytes());
            if gate.enter(source, true, now) == Verdict::Enter {
                gate.leave(source, true);
            }
        }
        assert_eq!(gate.sources.len(), MAX_SOURCES);
        let later = now + Duration::from_secs(2);
        assert_eq!(gate.enter(ip("10.9.9.9"), true, later), Verdict::Enter);
        assert_eq!(gate.sources.len(), 1);
    }

    #[test]
    fn addresses_of_one_network_are_one_source() {
        assert_eq!(
            Source::of(ip("2001:db8::1")),
            Source::of(ip("2001:db8::2:3:4:5"))
        );
        assert_ne!(Source::of(ip("fe80::1")), Source::of(ip("fe80::2")));
        assert_eq!(
            Source::of(ip("::ffff:10.0.0.1")),
            Source::of(ip("10.0.0.1"))
        );
    }
}
