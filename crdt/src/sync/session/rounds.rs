//! Comparisons: each begins with a sum and ends with both sides' states.

use crate::{codec::to_u64, time::Millis};

use super::{
    super::{
        holdings::Holdings,
        message::{FrontierLog, LinkClass, MAX_FRONTIER_LOG_LEN, Message},
        sketch::{
            Decoder, Difference, Encoder, MAX_SYMBOLS_A_FRAME, MAX_SYMBOLS_A_SESSION, Progress,
            Salt, ShortId, Summary, Want, Width, next_batch, opening,
        },
    },
    COMPARE_EVERY_MS, CloseReason, Event, Session,
    compare::{self, Found, LogNames, MAX_FRONTIER_LOGS, Table},
    hello::Role,
};

/// Comparisons that a peer may cause in five minutes: each costs a pass over the history.
const MAX_COMPARISONS: u32 = 64;

/// Comparisons that follow each other at once.
const MAX_REPEATS: u32 = 3;

/// Where the comparison stands.
#[derive(Debug)]
pub(super) enum Compare {
    /// None is under way.
    Idle,
    /// Our sum is out; the other side shows what it holds.
    Asked(Box<Table>),
    /// We show a sketch.
    Showing {
        table: Box<Table>,
        encoder: Box<Encoder>,
        /// Symbols that may be sent without waiting.
        allowed: usize,
    },
    /// We decode a sketch.
    Decoding {
        table: Box<Table>,
        decoder: Box<Decoder>,
    },
    /// We collect the other side's frontier.
    Reading { logs: Vec<FrontierLog> },
    /// We showed our frontier; the other side says what it wants.
    Shown,
    /// The last of several wants is not here yet.
    Wanted(Box<Table>),
    /// All that the other side lacks waits in the outbox, or is sent.
    Known,
}

impl Session {
    /// A key of this comparison, for the one purpose that `context` names.
    pub(super) fn key(&self, context: &str) -> [u8; 32] {
        let their_salt = self.their_hello.as_ref().map_or([0; 8], |hello| hello.salt);
        self.setup.key(context, &their_salt, self.round)
    }

    pub(super) fn table(&self, holdings: &dyn Holdings) -> Box<Table> {
        let salt = Salt::new(self.key("commune session sketch v1"));
        Box::new(Table::new(holdings.history(), salt))
    }

    pub(super) fn names(&self) -> LogNames {
        LogNames::new(self.key("commune session logs v1"))
    }

    /// The listener's part: says how much it holds.
    pub(super) fn ask(&mut self, holdings: &dyn Holdings) {
        let table = self.table(holdings);
        self.outbox.say(&Message::Sum {
            round: self.round,
            summary: table.summary(),
        });
        self.reset();
        self.compare = Compare::Asked(table);
    }

    fn ask_again(&mut self, holdings: &dyn Holdings) {
        self.repeats = self.repeats.saturating_add(1);
        self.round = self.round.saturating_add(1);
        self.ask(holdings);
    }

    pub(super) fn reset(&mut self) {
        self.is_in_sync = false;
        self.we_are_done = false;
        self.they_are_done = false;
        self.their_state = None;
    }

    pub(super) fn begin(&mut self, round: u32) -> Result<(), CloseReason> {
        if self.setup.role == Role::Listener {
            return Err(CloseReason::Protocol("a sum from who dialled"));
        }
        self.comparisons = self.comparisons.saturating_add(1);
        if self.comparisons > MAX_COMPARISONS {
            return Err(CloseReason::Protocol("too many comparisons"));
        }
        self.round = round;
        self.reset();
        Ok(())
    }

    /// The dialler's part: shows what it holds, in the cheapest way.
    pub(super) fn show(&mut self, theirs: &Summary, holdings: &dyn Holdings) {
        let table = self.table(holdings);
        let differences = table.summary().differences(theirs);
        let is_based = self.their_hello.as_ref().is_some_and(|it| it.is_based);
        if is_based || holdings.history().is_based() {
            self.show_frontier(holdings);
        } else if theirs.items == 0 {
            self.send(compare::everything(holdings.history()));
            self.compare = Compare::Known;
        } else if table.len() == 0 || table.prefers_frontier(theirs.items, differences) {
            self.show_frontier(holdings);
        } else {
            let items = table.len().max(theirs.items);
            let (width, allowed) = opening(items, table.len().abs_diff(theirs.items), differences);
            self.compare = Compare::Showing {
                encoder: Box::new(table.encoder(width)),
                allowed,
                table,
            };
        }
    }

    pub(super) fn show_frontier(&mut self, holdings: &dyn Holdings) {
        let logs = self.names().frontier(holdings.history());
        let round = self.round;
        self.say_logs(&logs, |last, logs| Message::Frontier { round, last, logs });
        self.compare = Compare::Shown;
    }

    pub(super) fn say_logs(
        &mut self,
        logs: &[FrontierLog],
        message: impl Fn(bool, Vec<FrontierLog>) -> Message<'static>,
    ) {
        let link = self.peer.map_or(LinkClass::Slow, |peer| peer.link);
        let a_frame = (link.max_frame_len().saturating_sub(16) / MAX_FRONTIER_LOG_LEN).max(1);
        let mut frames = logs.chunks(a_frame).peekable();
        if frames.peek().is_none() {
            self.outbox.say(&message(true, vec![]));
        }
        while let Some(logs) = frames.next() {
            let last = frames.peek().is_none();
            self.outbox.say(&message(last, logs.to_vec()));
        }
    }

    pub(super) fn next_symbols(
        &mut self,
        link: LinkClass,
        holdings: &dyn Holdings,
    ) -> Option<Vec<u8>> {
        let Compare::Showing {
            table,
            encoder,
            allowed,
            ..
        } = &mut self.compare
        else {
            return None;
        };
        let width = encoder.width();
        let symbol_len = usize::from(width.symbol_len());
        let cost = to_u64(encoder.sent().saturating_mul(symbol_len));
        if encoder.sent() >= MAX_SYMBOLS_A_SESSION
            || cost > table.frontier_cost(table.len()).max(4_096)
        {
            self.show_frontier(holdings);
            return self.outbox.next_control();
        }
        let room = link.max_frame_len().saturating_sub(16);
        let count = allowed
            .saturating_sub(encoder.sent())
            .min(room.checked_div(symbol_len).unwrap_or(0))
            .min(MAX_SYMBOLS_A_FRAME);
        if count == 0 {
            return None;
        }
        let mut symbols = Vec::new();
        encoder.next_symbols(count, &mut symbols);
        let last = encoder.sent() >= *allowed;
        let round = self.round;
        Some(
            Message::Sketch {
                round,
                last,
                width,
                symbols: &symbols,
            }
            .encode(),
        )
    }

    pub(super) fn allow(&mut self, symbols: u32) {
        if let Compare::Showing { allowed, .. } = &mut self.compare {
            let symbols = usize::try_from(symbols).unwrap_or(usize::MAX);
            *allowed = allowed.saturating_add(symbols).min(MAX_SYMBOLS_A_SESSION);
        }
    }

    pub(super) fn decode(
        &mut self,
        symbols: &[u8],
        width: Width,
        last: bool,
        holdings: &dyn Holdings,
    ) -> Result<(), CloseReason> {
        self.compare = match std::mem::replace(&mut self.compare, Compare::Idle) {
            Compare::Asked(table) => Compare::Decoding {
                decoder: Box::new(table.decoder(width)),
                table,
            },
            other => other,
        };
        let Compare::Decoding { table, decoder } = &mut self.compare else {
            // Late symbols of a sketch that is decoded already.
            return Ok(());
        };
        if decoder.width() != width {
            return Err(CloseReason::Protocol("symbols of another width"));
        }
        match decoder.push_symbols(symbols) {
            Err(_) if self.repeats >= MAX_REPEATS => {
                return Err(CloseReason::Protocol("a sketch that does not decode"));
            }
            // A short check fitted by chance: not under another salt.
            Err(_) => self.ask_again(holdings),
            Ok(Progress::NeedMore) if !last => {}
            Ok(Progress::NeedMore) => {
                let more = next_batch(decoder.received());
                let more = u32::try_from(more).unwrap_or(u32::MAX);
                self.outbox.say(&Message::More { symbols: more });
            }
            Ok(Progress::Done) => {
                let Difference { ours, theirs } = decoder.difference();
                let found = table.found(&ours, width);
                let held = table.len();
                self.compare = Compare::Known;
                self.say_wants(theirs, held);
                self.send(found);
            }
        }
        Ok(())
    }

    pub(super) fn say_wants(&mut self, ids: Vec<ShortId>, their_count: u64) {
        let round = self.round;
        let wants = Want::split(ids, their_count);
        let mut wants = wants.iter().peekable();
        if wants.peek().is_none() {
            let (last, set) = (true, &[][..]);
            self.outbox.say(&Message::Want { round, last, set });
        }
        while let Some(want) = wants.next() {
            let last = wants.peek().is_none();
            self.outbox.say(&Message::Want {
                round,
                last,
                set: &want.encode(),
            });
        }
    }

    pub(super) fn send_wanted(&mut self, set: &[u8], last: bool) -> Result<(), CloseReason> {
        let table = match std::mem::replace(&mut self.compare, Compare::Known) {
            Compare::Showing { table, .. } | Compare::Wanted(table) => table,
            other => {
                self.compare = other;
                return Ok(());
            }
        };
        if !set.is_empty() {
            let want = Want::decode(set)
                .map_err(|_| CloseReason::Protocol("a malformed set of short ids"))?;
            self.send(table.wanted(&want));
        }
        if !last {
            self.compare = Compare::Wanted(table);
        }
        Ok(())
    }

    pub(super) fn send_logs(&mut self, wants: &[FrontierLog], last: bool, holdings: &dyn Holdings) {
        if !matches!(self.compare, Compare::Shown) {
            return;
        }
        self.send(self.names().asked(holdings.history(), wants));
        if last {
            self.compare = Compare::Known;
        }
    }

    pub(super) fn read_frontier(
        &mut self,
        logs: Vec<FrontierLog>,
        last: bool,
        holdings: &dyn Holdings,
    ) -> Result<(), CloseReason> {
        let mut all = match std::mem::replace(&mut self.compare, Compare::Idle) {
            Compare::Reading { logs } => logs,
            Compare::Asked(_) | Compare::Decoding { .. } => Vec::new(),
            other => {
                self.compare = other;
                return Ok(());
            }
        };
        all.extend(logs);
        if all.len() > MAX_FRONTIER_LOGS {
            return Err(CloseReason::Protocol("more logs than a frontier may name"));
        }
        if !last {
            self.compare = Compare::Reading { logs: all };
            return Ok(());
        }
        let (found, wants) = self.names().against(holdings.history(), &all);
        let round = self.round;
        self.say_logs(&wants, |last, logs| Message::WantLogs { round, last, logs });
        self.send(found);
        self.compare = Compare::Known;
        Ok(())
    }

    pub(super) fn send(&mut self, found: Found) {
        for log in found.forks {
            self.outbox.push_fork(log);
        }
        for range in found.ranges {
            self.outbox.push(range);
        }
    }

    /// Says that everything the other side lacks is sent, once it is.
    pub(super) fn finish_sending(&mut self) {
        if matches!(self.compare, Compare::Known) && !self.we_are_done && !self.outbox.has_entries()
        {
            self.we_are_done = true;
            self.outbox.say(&Message::Done { round: self.round });
        }
    }

    /// When both sides are done and all is taken in: says what this side holds now.
    pub(super) fn settle(&mut self, now: Millis, holdings: &dyn Holdings) {
        let is_over = matches!(self.compare, Compare::Known)
            && self.we_are_done
            && self.they_are_done
            && self.in_flight == 0;
        if is_over {
            self.compare = Compare::Idle;
            self.next_compare = now.after(COMPARE_EVERY_MS);
            self.say_state(holdings);
            self.judge(holdings);
        }
    }

    pub(super) fn say_state(&mut self, holdings: &dyn Holdings) {
        let (round, state) = (self.round, self.own_state(holdings));
        self.outbox.say(&Message::State { round, state });
    }

    pub(super) fn own_state(&self, holdings: &dyn Holdings) -> [u8; 8] {
        let key = self.key("commune session state v1");
        self.setup.state_tag(&key, &holdings.digest())
    }

    /// Compares what the other side said it holds with what this side holds, once it is settled.
    pub(super) fn judge(&mut self, holdings: &dyn Holdings) {
        if !matches!(self.compare, Compare::Idle) || self.in_flight > 0 {
            return;
        }
        let Some(state) = self.their_state.take() else {
            return;
        };
        if self.own_state(holdings) == state {
            let was_in_sync = std::mem::replace(&mut self.is_in_sync, true);
            if !was_in_sync {
                self.events.push_back(Event::InSync);
            }
            return;
        }
        self.is_in_sync = false;
        if self.setup.role == Role::Listener && self.repeats < MAX_REPEATS {
            self.ask_again(holdings);
        }
    }
}
