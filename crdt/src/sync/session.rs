//! A session: two devices find what differs, exchange it, and go on exchanging what is new.
//!
//! ```text
//! dialler                                     listener
//!    │ HELLO (proof, salt, state) ───────────────► │ checks
//!    │ ◄─────────────── HELLO (proof, salt, state) │ equal states: done in one round trip
//!    │ ◄─────────────────────────── SUM (counters) │ else
//!    │ SKETCH … or FRONTIER ─────────────────────► │ decodes
//!    │ ◄───────────────────────────── WANT, RUN …  │
//!    │ RUN …, DONE ──────────────────────────────► │
//!    │ ◄────────────── STATE, STATE ─────────────► │ equal, or the next comparison
//!    │ ◄──────────── RUN of what is new ─────────► │ live; STATE every 5 minutes
//! ```
//!
//! No I/O happens here. Whoever owns the session feeds it frames ([`Session::handle`]) and time,
//! sends what [`Session::poll_send`] gives, takes the entries of its [`Event`]s through the gate
//! and reports back ([`Session::taken`]).
//!
//! Equality is decided by a keyed digest of the whole state, not by sums: a sum over items could
//! be made to collide by who may choose many items.

mod compare;
mod data;
mod hello;
mod outbox;
mod rounds;

use std::collections::{BTreeMap, VecDeque};

use crate::{
    codec::{CodecError, to_u64},
    entry::{BlobRef, LogId, SignedEntry},
    hash::BlobHash,
    time::Millis,
};

use self::{
    data::WantedBlob,
    outbox::{Outbox, Range},
    rounds::Compare,
};
use super::{
    holdings::Holdings,
    message::{ByeReason, Hello, Message},
};

pub use self::hello::{HelloError, Peer, Role, Setup};

/// Time for both hellos, in milliseconds.
pub const HELLO_TIMEOUT_MS: u64 = 10_000;

/// How often two devices in sync compare their states, in milliseconds.
pub const COMPARE_EVERY_MS: u64 = 300_000;

/// Bytes of entries and detached bytes that may be under way to this device, not yet taken in.
pub const WINDOW: usize = 2 * 1_024 * 1_024;

/// False signatures by which a peer ends its session.
pub const MAX_STRIKES: u32 = 3;

/// What a session tells its owner.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Both sides said hello. Only now is it known who is there.
    Connected(Peer),
    /// Entries for the gate. Their bytes count as under way until [`Session::taken`].
    Entries {
        /// Not verified.
        entries: Vec<SignedEntry>,
        /// What to report as taken.
        bytes: usize,
    },
    /// Two entries that claim one place of one log, for the gate.
    Fork {
        /// Not verified.
        proof: Box<[SignedEntry; 2]>,
        /// What to report as taken.
        bytes: usize,
    },
    /// Whole parts of detached bytes, not compared with their name; none where the other side
    /// lacks them.
    Blob {
        /// Which, with the length that an entry names.
        blob: BlobRef,
        /// Where the part begins.
        offset: u32,
        /// The bytes from there on.
        part: Vec<u8>,
        /// What to report as taken.
        bytes: usize,
    },
    /// What the peer says to [`live`](super::live).
    Live(Vec<u8>),
    /// Both sides hold the same entries.
    InSync,
    /// The session is over; no frame is to be sent but those already polled.
    Closed(CloseReason),
}

/// Why a session is over.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// The other side said so.
    #[error("the other side ended the session: {0:?}")]
    Bye(ByeReason),
    /// Bytes that are no message.
    #[error("a frame is malformed: {0}")]
    Malformed(#[from] CodecError),
    /// Hello refused.
    #[error("refused: {0}")]
    Hello(#[from] HelloError),
    /// No hello in time.
    #[error("no hello within {} s", HELLO_TIMEOUT_MS / 1_000)]
    Timeout,
    /// A message out of its place.
    #[error("unexpected message: {0}")]
    Protocol(&'static str),
    /// Three false signatures.
    #[error("{MAX_STRIKES} entries with a false signature")]
    Strikes,
    /// This side ended it.
    #[error("ended here: {0:?}")]
    Local(ByeReason),
}

/// Sizes of a session so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stats {
    /// Bytes of frames sent.
    pub bytes_out: u64,
    /// Bytes of frames received.
    pub bytes_in: u64,
    /// Bytes sent and received to find what differs, without entries and detached bytes.
    pub overhead: u64,
    /// Round trips: how often this side answered after it had waited.
    pub rounds: u32,
    /// Entries received.
    pub entries_in: u64,
    /// Entries sent.
    pub entries_out: u64,
    /// Whether the last frame came from the other side.
    has_heard: bool,
}

/// One conversation with one device.
#[derive(Debug)]
pub struct Session {
    setup: Setup,
    started: Millis,
    their_hello: Option<Hello>,
    peer: Option<Peer>,
    closed: bool,
    outbox: Outbox,
    /// Bytes of data that the other side still takes.
    credit: usize,
    /// Bytes of data under way to us, and those taken in but not granted anew.
    in_flight: usize,
    to_grant: usize,
    strikes: u32,
    round: u32,
    comparisons: u32,
    repeats: u32,
    compare: Compare,
    we_are_done: bool,
    they_are_done: bool,
    /// What the other side said it holds, once it was done.
    their_state: Option<[u8; 8]>,
    is_in_sync: bool,
    next_compare: Millis,
    blobs: Vec<WantedBlob>,
    blobs_refused: Vec<BlobHash>,
    events: VecDeque<Event>,
    /// How much of each log the other side showed to hold.
    their_heads: BTreeMap<LogId, u32>,
    stats: Stats,
}

impl Session {
    /// Begins a session on a fresh link.
    pub fn new(setup: Setup, now: Millis, holdings: &dyn Holdings) -> Self {
        let mut outbox = Outbox::default();
        if setup.role == Role::Dialler {
            let hello = setup.hello(&holdings.digest(), holdings.history().is_based());
            outbox.say(&Message::Hello(Box::new(hello)));
        }
        Self {
            setup,
            started: now,
            their_hello: None,
            peer: None,
            closed: false,
            outbox,
            credit: WINDOW,
            in_flight: 0,
            to_grant: 0,
            strikes: 0,
            round: 0,
            comparisons: 0,
            repeats: 0,
            compare: Compare::Idle,
            we_are_done: false,
            they_are_done: false,
            their_state: None,
            is_in_sync: false,
            next_compare: now.after(COMPARE_EVERY_MS),
            blobs: Vec::new(),
            blobs_refused: Vec::new(),
            events: VecDeque::new(),
            their_heads: BTreeMap::new(),
            stats: Stats::default(),
        }
    }

    /// Who is at the other end, once both said hello.
    pub fn peer(&self) -> Option<&Peer> {
        self.peer.as_ref()
    }

    /// Sizes so far.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Whether both sides were last seen to hold the same entries, and nothing is under way.
    pub fn is_in_sync(&self) -> bool {
        self.is_in_sync && self.in_flight == 0 && self.blobs.is_empty()
    }

    /// Whether the session is over.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// What happened, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Takes one frame of the other side.
    pub fn handle(&mut self, now: Millis, frame: &[u8], holdings: &dyn Holdings) {
        if self.closed {
            return;
        }
        self.stats.bytes_in = self.stats.bytes_in.saturating_add(to_u64(frame.len()));
        self.stats.has_heard = true;
        let result = Message::decode(frame)
            .map_err(CloseReason::from)
            .and_then(|message| self.react(now, message, frame.len(), holdings));
        match result {
            Ok(()) => {}
            Err(reason) => self.close(reason),
        }
    }

    /// The next frame to send, if any.
    pub fn poll_send(&mut self, now: Millis, holdings: &dyn Holdings) -> Option<Vec<u8>> {
        if let Some(frame) = self.outbox.next_control() {
            return Some(self.sent(frame, true));
        }
        let peer = self.peer.filter(|_| !self.closed)?;
        if let Some(frame) = self.next_symbols(peer.link, holdings) {
            return Some(self.sent(frame, true));
        }
        if let Some((frame, entries)) = self.outbox.next_data(holdings, peer.link, self.credit) {
            self.stats.entries_out = self.stats.entries_out.saturating_add(entries);
            self.credit = self.credit.saturating_sub(frame.len());
            return Some(self.sent(frame, false));
        }
        self.finish_sending();
        self.settle(now, holdings);
        let frame = self.outbox.next_control()?;
        Some(self.sent(frame, true))
    }

    /// Reports `bytes` of an [`Event`] as taken in and safe on disk, with the number of entries
    /// whose signature was false.
    pub fn taken(
        &mut self,
        now: Millis,
        bytes: usize,
        false_signatures: u32,
        holdings: &dyn Holdings,
    ) {
        if self.closed {
            return;
        }
        self.in_flight = self.in_flight.saturating_sub(bytes);
        self.to_grant = self.to_grant.saturating_add(bytes);
        if self.to_grant >= WINDOW / 4 {
            let grant = u32::try_from(self.to_grant).unwrap_or(u32::MAX);
            self.outbox.say(&Message::Credit(grant));
            self.to_grant = 0;
        }
        self.strikes = self.strikes.saturating_add(false_signatures);
        if self.strikes >= MAX_STRIKES {
            self.close(CloseReason::Strikes);
            return;
        }
        self.want_blobs(holdings);
        self.settle(now, holdings);
        self.judge(holdings);
    }

    /// Entries newly placed on this device, for the other side too.
    pub fn push(&mut self, log: LogId, from: u32, to: u32) {
        // What came from there is not sent back.
        let from = from.max(self.their_heads.get(&log).copied().unwrap_or(0));
        if self.peer.is_some() && !self.closed && from < to {
            self.outbox.push(Range {
                log,
                from,
                to,
                is_linked: false,
            });
        }
    }

    /// A fork newly found on this device, for the other side too.
    pub fn push_fork(&mut self, log: LogId) {
        if self.peer.is_some() && !self.closed {
            self.outbox.push_fork(log);
        }
    }

    /// Says to the other side what [`live`](super::live) has to say.
    pub fn say_live(&mut self, body: &[u8]) {
        if self.peer.is_some() && !self.closed {
            self.outbox.say(&Message::Live(body));
        }
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub fn timeout(&self) -> Millis {
        if self.peer.is_none() {
            return self.started.after(HELLO_TIMEOUT_MS);
        }
        self.next_compare
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Millis, holdings: &dyn Holdings) {
        if self.closed || now < self.timeout() {
            return;
        }
        if self.peer.is_none() {
            self.close(CloseReason::Timeout);
            return;
        }
        self.next_compare = now.after(COMPARE_EVERY_MS);
        self.comparisons = 0;
        self.repeats = 0;
        self.blobs_refused.clear();
        self.want_blobs(holdings);
        if matches!(self.compare, Compare::Idle) {
            self.say_state(holdings);
        }
    }

    /// Ends the session from this side.
    pub fn bye(&mut self, reason: ByeReason) {
        if !self.closed {
            self.close(CloseReason::Local(reason));
        }
    }

    fn close(&mut self, reason: CloseReason) {
        let bye = match &reason {
            CloseReason::Bye(_) => None,
            CloseReason::Malformed(CodecError::Unknown { .. }) => Some(ByeReason::Unsupported),
            CloseReason::Malformed(_) | CloseReason::Protocol(_) | CloseReason::Strikes => {
                Some(ByeReason::Misbehaviour)
            }
            // A stranger learns nothing, not even that it was understood.
            CloseReason::Hello(_) => None,
            CloseReason::Timeout => None,
            CloseReason::Local(reason) => Some(*reason),
        };
        if let Some(bye) = bye.filter(|_| self.peer.is_some()) {
            self.outbox.say(&Message::Bye(bye));
        }
        self.closed = true;
        self.compare = Compare::Idle;
        self.events.push_back(Event::Closed(reason));
    }

    fn sent(&mut self, frame: Vec<u8>, is_overhead: bool) -> Vec<u8> {
        let len = to_u64(frame.len());
        self.stats.bytes_out = self.stats.bytes_out.saturating_add(len);
        if is_overhead {
            self.stats.overhead = self.stats.overhead.saturating_add(len);
        }
        if self.stats.has_heard {
            self.stats.has_heard = false;
            self.stats.rounds = self.stats.rounds.saturating_add(1);
        }
        frame
    }

    fn react(
        &mut self,
        now: Millis,
        message: Message<'_>,
        len: usize,
        holdings: &dyn Holdings,
    ) -> Result<(), CloseReason> {
        if !matches!(message, Message::Run(_) | Message::Blob { .. }) {
            self.stats.overhead = self.stats.overhead.saturating_add(to_u64(len));
        }
        if self.peer.is_none() {
            return match message {
                Message::Hello(hello) => self.greet(*hello, holdings),
                Message::Bye(reason) => Err(CloseReason::Bye(reason)),
                _ => Err(CloseReason::Protocol("something before the hello")),
            };
        }
        match message {
            Message::Hello(_) => return Err(CloseReason::Protocol("a second hello")),
            Message::Bye(reason) => return Err(CloseReason::Bye(reason)),
            Message::Ignorable => {}
            Message::Live(body) => self.events.push_back(Event::Live(body.to_vec())),
            Message::Sum { round, summary } => {
                self.begin(round)?;
                self.show(&summary, holdings);
            }
            Message::Sketch {
                round,
                last,
                width,
                symbols,
            } if round == self.round => {
                self.decode(symbols, width, last, holdings)?;
            }
            Message::More { symbols } => self.allow(symbols),
            Message::Want { round, last, set } if round == self.round => {
                self.send_wanted(set, last)?;
            }
            Message::Frontier { round, last, logs } if round == self.round => {
                self.read_frontier(logs, last, holdings)?;
            }
            Message::WantLogs { round, last, logs } if round == self.round => {
                self.send_logs(&logs, last, holdings);
            }
            Message::Done { round } if round == self.round => {
                self.they_are_done = true;
                if matches!(self.compare, Compare::Asked(_)) {
                    // They sent all they have: we said that we hold nothing.
                    self.compare = Compare::Known;
                }
                self.settle(now, holdings);
                self.judge(holdings);
            }
            Message::State { round, state } if round == self.round => {
                self.their_state = Some(state);
                self.judge(holdings);
            }
            Message::Run(runs) => return self.read_runs(runs, len, holdings),
            Message::Fork(a, b) => return self.read_fork(a, b, len),
            Message::Blob {
                hash,
                offset,
                bytes,
            } => return self.read_blob(hash, offset, bytes, len),
            Message::WantBlob { blob, offset } => self.send_blob(blob, offset)?,
            Message::Credit(bytes) => {
                let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
                self.credit = self.credit.saturating_add(bytes).min(WINDOW);
            }
            // Of a comparison that is over.
            _ => {}
        }
        Ok(())
    }

    fn greet(&mut self, hello: Hello, holdings: &dyn Holdings) -> Result<(), CloseReason> {
        let peer = self.setup.check(&hello)?;
        let digest = holdings.digest();
        let is_equal = self.setup.is_equal(&hello, &digest);
        self.peer = Some(peer);
        self.their_hello = Some(hello);
        self.events.push_back(Event::Connected(peer));
        if self.setup.role == Role::Listener {
            let own = self.setup.hello(&digest, holdings.history().is_based());
            self.outbox.say(&Message::Hello(Box::new(own)));
            if !is_equal {
                self.ask(holdings);
            }
        }
        if is_equal {
            self.is_in_sync = true;
            self.events.push_back(Event::InSync);
        }
        self.want_blobs(holdings);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
