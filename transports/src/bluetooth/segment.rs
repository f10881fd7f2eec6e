//! A stream of bytes over datagrams that get lost, doubled and reordered: what GATT gives.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | kind |
//! | 2 | number of the conversation, drawn by the central, little-endian |
//! | … | body, below |
//! | 4 | CRC-32C of all before it, little-endian |
//!
//! | kind | | body |
//! |---|---|---|
//! | 1 | HELLO | version, 1; longest datagram that the sender takes, 2 bytes |
//! | 2 | WELCOME | the same, from the peripheral |
//! | 3 | DATA | sequence number, 2 bytes; then bytes of the stream, none at its end |
//! | 4 | ACK | first sequence number that is missing, 2 bytes; which of the 32 after it are here, 4 bytes, lowest bit first |
//! | 5 | PROBE | filling |
//! | 6 | PROBED | length of a probe that arrived, 2 bytes |
//!
//! The central says HELLO until it is answered, and nothing else before: `BlueZ` hands a first write
//! over together with the next one. Writes begin at [`SAFE_LEN`] bytes, since longer ones vanish on
//! some stacks though they are reported as sent; what four probes prove is used.
//!
//! The checksum finds accidents. Who is within range can forge it, and so end a link, as by jamming;
//! nothing forged gets through the channel above, which is sealed.

mod sender;
#[cfg(test)]
mod shim;
mod stream;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bytes::{BufMut, Bytes, BytesMut};
use crc::{CRC_32_ISCSI, Crc};
use thiserror::Error;

use self::sender::Sender;
pub(super) use self::stream::open;

const CRC32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

const VERSION: u8 = 1;

/// Kind, conversation and checksum.
const OVERHEAD: usize = 7;

/// Shortest datagram that any connection takes: 23 bytes less 3 of ATT, and 2 more that bluer leaves free.
pub(super) const LEAST_LEN: usize = 18;

/// Longest datagram at the start.
const SAFE_LEN: usize = 180;

/// Longest value of a characteristic.
const MOST_LEN: usize = 512;

/// Segments that may be under way.
const WINDOW: u16 = 32;

/// Bytes that wait to be read. What comes beyond is dropped and comes again.
const MAX_UNREAD: usize = 32 * 1_024;

/// HELLO is repeated so often until it is answered.
const HELLO_EVERY: Duration = Duration::from_millis(300);

/// After so much silence nobody is there any more.
const SILENCE: Duration = Duration::from_secs(15);

/// Who has nothing to say says so, so that silence means something.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// An acknowledgement waits so long for more to acknowledge.
const ACK_DELAY: Duration = Duration::from_millis(15);

/// Segments that come without an acknowledgement in between.
const ACK_EVERY: u32 = 8;

/// Which end this is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    /// Writes to the service; begins.
    Central,
    /// Offers the service.
    Peripheral,
}

/// Why a stream ended.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(super) enum SegmentError {
    /// Nothing was heard for long.
    #[error("the neighbour fell silent")]
    Silence,
    /// The other side speaks another version.
    #[error("the other side speaks version {0}")]
    Version(u8),
}

/// One end of a stream. No I/O happens here: who owns it feeds it datagrams and time.
#[derive(Debug)]
pub(super) struct Segments {
    role: Role,
    conversation: u16,
    /// Longest datagram that this end takes.
    takes: usize,
    is_open: bool,
    owes_welcome: bool,
    hello_due: Option<Instant>,
    sender: Sender,
    // What comes in.
    next: u16,
    ahead: BTreeMap<u16, Bytes>,
    unread: BytesMut,
    is_finished: bool,
    unacknowledged: u32,
    ack_due: Option<Instant>,
    probed: Option<u16>,
    heard: Instant,
    said: Instant,
    error: Option<SegmentError>,
}

impl Segments {
    /// One end. `longest` is what the connection takes at once in this end's direction, `takes` what
    /// this end can take.
    pub(super) fn new(
        role: Role,
        conversation: u16,
        longest: usize,
        takes: usize,
        now: Instant,
    ) -> Self {
        let most = longest.clamp(LEAST_LEN, MOST_LEN);
        // Both directions of a connection take alike, and only the central was told how much.
        let takes = match role {
            Role::Central => takes.min(most),
            Role::Peripheral => takes,
        };
        Self {
            role,
            conversation,
            takes: takes.clamp(LEAST_LEN, MOST_LEN),
            is_open: false,
            owes_welcome: false,
            hello_due: (role == Role::Central).then_some(now),
            sender: Sender::new(most),
            next: 0,
            ahead: BTreeMap::new(),
            unread: BytesMut::new(),
            is_finished: false,
            unacknowledged: 0,
            ack_due: None,
            probed: None,
            heard: now,
            said: now,
            error: None,
        }
    }

    /// Takes a datagram. One that is damaged, or of another conversation, is as if it had not come.
    pub(super) fn handle(&mut self, now: Instant, datagram: &[u8]) {
        let Some((kind, conversation, body)) = parse(datagram) else {
            return;
        };
        if conversation != self.conversation || self.error.is_some() {
            return;
        }
        match (kind, body) {
            (1, [version, low, high]) if self.role == Role::Peripheral => {
                self.owes_welcome = true;
                self.greeted(*version, [*low, *high], now);
            }
            (2, [version, low, high]) if self.role == Role::Central => {
                self.hello_due = None;
                self.greeted(*version, [*low, *high], now);
            }
            _ if !self.is_open => return,
            (3, [low, high, bytes @ ..]) => {
                self.take(u16::from_le_bytes([*low, *high]), bytes, now);
            }
            (4, [a, b, map @ ..]) => {
                if let Ok(map) = <[u8; 4]>::try_from(map) {
                    let missing = u16::from_le_bytes([*a, *b]);
                    self.sender
                        .acknowledged(missing, u32::from_le_bytes(map), now);
                }
            }
            (5, _) => self.probed = u16::try_from(datagram.len()).ok(),
            (6, [low, high]) => {
                let len = usize::from(u16::from_le_bytes([*low, *high]));
                self.sender.probed(len, now);
            }
            _ => return,
        }
        self.heard = now;
    }

    fn greeted(&mut self, version: u8, takes: [u8; 2], now: Instant) {
        if version != VERSION {
            self.error = Some(SegmentError::Version(version));
            return;
        }
        if !self.is_open {
            self.is_open = true;
            let takes = usize::from(u16::from_le_bytes(takes));
            // Notifications of any length arrive; only writes have to be tried.
            let start = match self.role {
                Role::Central => SAFE_LEN,
                Role::Peripheral => MOST_LEN,
            };
            self.sender.open(takes, start, now);
        }
    }

    fn take(&mut self, number: u16, bytes: &[u8], now: Instant) {
        self.unacknowledged = self.unacknowledged.saturating_add(1);
        let delay = match self.unacknowledged >= ACK_EVERY || number != self.next {
            true => Duration::ZERO,
            false => ACK_DELAY,
        };
        let due = later(now, delay);
        self.ack_due = Some(self.ack_due.map_or(due, |it| it.min(due)));
        let distance = number.wrapping_sub(self.next);
        if distance >= WINDOW || self.is_finished || self.unread.len() > MAX_UNREAD {
            return;
        }
        self.ahead
            .entry(number)
            .or_insert_with(|| Bytes::copy_from_slice(bytes));
        while let Some(bytes) = self.ahead.remove(&self.next) {
            self.next = self.next.wrapping_add(1);
            if bytes.is_empty() {
                self.is_finished = true;
                self.ahead.clear();
                break;
            }
            self.unread.put_slice(&bytes);
        }
    }

    /// The next datagram to send, if there is one to send now.
    pub(super) fn poll_send(&mut self, now: Instant) -> Option<Bytes> {
        if self.error.is_some() {
            return None;
        }
        let takes = u16::try_from(self.takes).unwrap_or(u16::MAX).to_le_bytes();
        let hello = [VERSION, takes[0], takes[1]];
        let (kind, body) = if self.owes_welcome {
            self.owes_welcome = false;
            (2, BytesMut::from(&hello[..]))
        } else if self.hello_due.is_some_and(|it| it <= now) {
            self.hello_due = Some(later(now, HELLO_EVERY));
            (1, BytesMut::from(&hello[..]))
        } else if !self.is_open {
            return None;
        } else if let Some(len) = self.probed.take() {
            (6, BytesMut::from(&len.to_le_bytes()[..]))
        } else if self.ack_due.is_some_and(|it| it <= now) || later(self.said, KEEPALIVE) <= now {
            (4, self.acknowledgement())
        } else {
            self.sender.next(now)?
        };
        self.said = now;
        Some(seal(kind, self.conversation, &body))
    }

    fn acknowledgement(&mut self) -> BytesMut {
        self.ack_due = None;
        self.unacknowledged = 0;
        let here = |place: &u16| {
            let number = self.next.wrapping_add(1).wrapping_add(*place);
            self.ahead.contains_key(&number)
        };
        let map = (0..WINDOW).filter(here).fold(0_u32, |map, place| {
            map | 1_u32.checked_shl(place.into()).unwrap_or(0)
        });
        let mut body = BytesMut::with_capacity(6);
        body.put_u16_le(self.next);
        body.put_u32_le(map);
        body
    }

    /// When [`Self::poll_send`] and [`Self::error`] are to be asked again without news.
    pub(super) fn timeout(&self) -> Instant {
        let mut at = later(self.heard, SILENCE);
        let also = [self.hello_due, self.ack_due];
        for other in also.into_iter().flatten() {
            at = at.min(other);
        }
        if self.is_open {
            at = at.min(later(self.said, KEEPALIVE));
            if let Some(other) = self.sender.timeout() {
                at = at.min(other);
            }
        }
        at
    }

    /// Why the stream is over, if it broke.
    pub(super) fn error(&mut self, now: Instant) -> Option<SegmentError> {
        if self.error.is_none() && later(self.heard, SILENCE) <= now {
            self.error = Some(SegmentError::Silence);
        }
        if self.error.is_none() && self.sender.is_stuck(now) {
            self.error = Some(SegmentError::Silence);
        }
        self.error
    }

    /// Bytes that may be written now.
    pub(super) fn room(&self) -> usize {
        self.sender.room()
    }

    /// Takes bytes of the stream, at most [`Self::room`].
    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.sender.write(bytes);
    }

    /// No more will be written.
    pub(super) fn finish(&mut self) {
        self.sender.finish();
    }

    /// Whether everything that was written has arrived, its end too.
    pub(super) fn is_flushed(&self) -> bool {
        self.sender.is_flushed()
    }

    /// Whether something came that was not acknowledged yet.
    pub(super) fn owes_an_answer(&self) -> bool {
        self.ack_due.is_some()
    }

    /// What came in, in order.
    pub(super) fn unread(&mut self) -> &mut BytesMut {
        &mut self.unread
    }

    /// Bytes that came in and were not read.
    pub(super) fn kept(&self) -> usize {
        let ahead = self.ahead.values().map(Bytes::len).sum::<usize>();
        self.unread.len().saturating_add(ahead)
    }

    /// Whether nothing comes after what is unread.
    pub(super) fn is_finished(&self) -> bool {
        self.is_finished
    }
}

/// The conversation of a datagram, if it is whole.
pub(super) fn conversation_of(datagram: &[u8]) -> Option<u16> {
    parse(datagram).map(|(_, conversation, _)| conversation)
}

/// Whether a datagram begins a conversation.
pub(super) fn is_hello(datagram: &[u8]) -> bool {
    parse(datagram).is_some_and(|(kind, ..)| kind == 1)
}

/// Kind, conversation and body.
fn parse(datagram: &[u8]) -> Option<(u8, u16, &[u8])> {
    let (text, checksum) = datagram.split_last_chunk::<4>()?;
    if datagram.len() > MOST_LEN || CRC32C.checksum(text) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let [kind, low, high, body @ ..] = text else {
        return None;
    };
    Some((*kind, u16::from_le_bytes([*low, *high]), body))
}

/// A segment.
pub(super) fn seal(kind: u8, conversation: u16, body: &[u8]) -> Bytes {
    let mut datagram = BytesMut::with_capacity(body.len().saturating_add(OVERHEAD));
    datagram.put_u8(kind);
    datagram.put_u16_le(conversation);
    datagram.put_slice(body);
    datagram.put_u32_le(CRC32C.checksum(&datagram));
    datagram.freeze()
}

fn later(at: Instant, wait: Duration) -> Instant {
    at.checked_add(wait).unwrap_or(at)
}
