//! The sending half: what is under way, what is sent again, and how long a datagram may be.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{LEAST_LEN, OVERHEAD, WINDOW, later};

/// Sequence number.
const HEAD_LEN: usize = 2;

/// Bytes that wait to be sent for the first time. Few: what is urgent waits behind them.
const MAX_UNSENT: usize = 2_048;

/// Waits for an acknowledgement, at the least and at the most.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));

/// Segments after a missing one by which it counts as lost.
const REORDERED: u16 = 3;

/// Without progress for so long the way is closed in this direction.
const STUCK: Duration = Duration::from_secs(30);

/// Lengths that are tried, one after the other.
const PROBES: [usize; 2] = [244, 500];

/// Probes of one length that must arrive, and how often they are sent.
const PROBES_OF_A_LENGTH: u32 = 4;

/// How long the answer to a probe is waited for.
const PROBE_WAIT: Duration = Duration::from_millis(500);

#[derive(Debug)]
struct Sent {
    number: u16,
    bytes: Bytes,
    /// When it was sent last; `None` while it waits to be.
    at: Option<Instant>,
    tries: u32,
    is_here: bool,
}

/// See above.
#[derive(Debug)]
pub(super) struct Sender {
    /// What the connection takes at once.
    most: usize,
    /// What is used.
    longest: usize,
    unsent: BytesMut,
    is_finishing: bool,
    end_is_sent: bool,
    next: u16,
    under_way: VecDeque<Sent>,
    retry: Duration,
    smooth: Option<Duration>,
    progress: Option<Instant>,
    probe: Probe,
}

/// Tries a longer datagram.
#[derive(Debug, Default)]
struct Probe {
    which: usize,
    sent: u32,
    arrived: u32,
    due: Option<Instant>,
}

impl Sender {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            longest: LEAST_LEN,
            unsent: BytesMut::new(),
            is_finishing: false,
            end_is_sent: false,
            next: 0,
            under_way: VecDeque::new(),
            retry: RETRY.0,
            smooth: None,
            progress: None,
            probe: Probe::default(),
        }
    }

    /// The other side takes datagrams of `takes` bytes; `start` is used from the start.
    pub(super) fn open(&mut self, takes: usize, start: usize, now: Instant) {
        self.most = self.most.min(takes).max(LEAST_LEN);
        self.longest = self.most.min(start);
        self.probe.due = Some(now);
    }

    pub(super) fn room(&self) -> usize {
        match self.is_finishing {
            true => 0,
            false => MAX_UNSENT.saturating_sub(self.unsent.len()),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.unsent.put_slice(bytes);
    }

    pub(super) fn finish(&mut self) {
        self.is_finishing = true;
    }

    pub(super) fn is_flushed(&self) -> bool {
        self.end_is_sent && self.under_way.is_empty()
    }

    /// Kind and body of what is to be sent now.
    pub(super) fn next(&mut self, now: Instant) -> Option<(u8, BytesMut)> {
        let retry = self.retry;
        let is_late =
            |it: &&mut Sent| !it.is_here && it.at.is_none_or(|at| later(at, retry) <= now);
        if let Some(late) = self.under_way.iter_mut().find(is_late) {
            if late.at.is_some() {
                // Nothing came back: the way is slower than thought, or worse.
                self.retry = retry.saturating_mul(2).min(RETRY.1);
            }
            return Some(late.send(now));
        }
        if let Some(probe) = self.next_probe(now) {
            return Some(probe);
        }
        if self.under_way.len() >= usize::from(WINDOW) || self.end_is_sent {
            return None;
        }
        let room = self
            .longest
            .saturating_sub(OVERHEAD.saturating_add(HEAD_LEN));
        let len = self.unsent.len().min(room);
        if len == 0 && !self.is_finishing {
            return None;
        }
        self.end_is_sent = len == 0;
        let mut sent = Sent {
            number: self.next,
            bytes: self.unsent.split_to(len).freeze(),
            at: None,
            tries: 0,
            is_here: false,
        };
        self.next = self.next.wrapping_add(1);
        if self.under_way.is_empty() {
            self.progress = Some(now);
        }
        let body = sent.send(now);
        self.under_way.push_back(sent);
        Some(body)
    }

    /// The other side has all before `missing`, and of those after it what `map` names.
    pub(super) fn acknowledged(&mut self, missing: u16, map: u32, now: Instant) {
        let Some(first) = self.under_way.front().map(|it| it.number) else {
            return;
        };
        let arrived = usize::from(missing.wrapping_sub(first));
        if arrived > self.under_way.len() {
            // From before, or of a number that was never sent.
            return;
        }
        for sent in self.under_way.drain(..arrived).collect::<Vec<_>>() {
            self.progress = Some(now);
            if !sent.is_here {
                self.measure(&sent, now);
            }
        }
        let mut newest = None;
        for (place, sent) in (0_u32..).zip(self.under_way.iter_mut().skip(1)) {
            if map.checked_shr(place).is_some_and(|it| it & 1 == 1) && !sent.is_here {
                sent.is_here = true;
                self.progress = Some(now);
            }
            if sent.is_here {
                newest = Some(sent.number);
            }
        }
        let Some(newest) = newest else { return };
        for sent in &mut self.under_way {
            let behind = newest.wrapping_sub(sent.number);
            // Once only: after that the clock decides.
            if !sent.is_here && sent.tries == 1 && (REORDERED..=WINDOW).contains(&behind) {
                sent.at = None;
            }
        }
    }

    /// What is sent once tells how long the way is.
    fn measure(&mut self, sent: &Sent, now: Instant) {
        let (Some(at), 1) = (sent.at, sent.tries) else {
            return;
        };
        let took = now.saturating_duration_since(at);
        let smooth = match self.smooth {
            Some(smooth) => {
                let sum = smooth.saturating_mul(7).saturating_add(took);
                sum.checked_div(8).unwrap_or(took)
            }
            None => took,
        };
        self.smooth = Some(smooth);
        self.retry = smooth.saturating_mul(3).clamp(RETRY.0, RETRY.1);
    }

    fn next_probe(&mut self, now: Instant) -> Option<(u8, BytesMut)> {
        let len = *PROBES.get(self.probe.which)?;
        if len > self.most || len <= self.longest {
            self.probe.due = None;
            return None;
        }
        if self.probe.due.is_none_or(|it| it > now) {
            return None;
        }
        if self.probe.sent >= PROBES_OF_A_LENGTH {
            // One of them vanished: so would what matters.
            self.probe.which = PROBES.len();
            return None;
        }
        self.probe.sent = self.probe.sent.saturating_add(1);
        self.probe.due = Some(later(now, PROBE_WAIT));
        let mut body = BytesMut::new();
        body.put_bytes(0, len.saturating_sub(OVERHEAD));
        Some((5, body))
    }

    /// A probe of `len` bytes arrived.
    pub(super) fn probed(&mut self, len: usize, now: Instant) {
        if PROBES.get(self.probe.which) != Some(&len) {
            return;
        }
        self.probe.arrived = self.probe.arrived.saturating_add(1);
        self.probe.due = Some(now);
        if self.probe.arrived >= PROBES_OF_A_LENGTH.min(self.probe.sent)
            && self.probe.sent >= PROBES_OF_A_LENGTH
        {
            self.longest = len;
            self.probe = Probe {
                which: self.probe.which.saturating_add(1),
                due: Some(now),
                ..Probe::default()
            };
        }
    }

    /// When something is to be sent without news.
    pub(super) fn timeout(&self) -> Option<Instant> {
        let late = self.under_way.iter().filter(|it| !it.is_here);
        let retries = late.filter_map(|it| it.at.map(|at| later(at, self.retry)));
        let probe = PROBES.get(self.probe.which).and(self.probe.due);
        retries.chain(probe).min()
    }

    /// Whether nothing has got through for long.
    pub(super) fn is_stuck(&self, now: Instant) -> bool {
        !self.under_way.is_empty() && self.progress.is_some_and(|at| later(at, STUCK) <= now)
    }
}

impl Sent {
    fn send(&mut self, now: Instant) -> (u8, BytesMut) {
        self.at = Some(now);
        self.tries = self.tries.saturating_add(1);
        let mut body = BytesMut::with_capacity(self.bytes.remaining().saturating_add(HEAD_LEN));
        body.put_u16_le(self.number);
        body.put_slice(&self.bytes);
        (3, body)
    }
}
