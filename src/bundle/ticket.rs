//! Tickets as files and as text.
//!
//! | file | bytes |
//! |---|--:|
//! | magic `CMT1` | 4 |
//! | generation of the network's key | 4 |
//! | the ticket, sealed ([`super::seal`]) | 24 + n |
//!
//! As text it is one or several lines that a camera reads and a person can paste, made of the 45
//! characters that QR codes hold best ([RFC 9285]):
//!
//! ```text
//! COMMUNE-TICKET:4F2A9C01:2/3:…    the sum of the whole, this line's number, how many there are
//! ```
//!
//! [RFC 9285]: https://www.rfc-editor.org/rfc/rfc9285

use commune_crdt::{
    codec::CodecError,
    genesis::{NetworkSecret, Purpose},
    hash::{NetworkId, blake3, derive_key, keyed_blake3, to_hex},
    keys::{DeviceKey, SecretKey},
    sync::{
        holdings::Holdings,
        oneway::{MAX_TICKET_LEN, Ticket, TicketError},
    },
    time::ClaimedMinutes,
};
use thiserror::Error;

use super::{create::lacking, plan::view, seal::SmallKey};
use crate::vault::random::{RandomError, unique};

const MAGIC: [u8; 4] = *b"CMT1";

const LABEL: &str = "COMMUNE-TICKET";

/// Characters of a line besides its content, at most: `COMMUNE-TICKET:4F2A9C01:999/999:`.
const LINE_OVERHEAD: usize = 32;

/// Most lines of a ticket.
const MAX_LINES: usize = 999;

/// Longest file or text with a ticket, in bytes.
pub const MAX_FILE_LEN: usize = 2 * MAX_TICKET_LEN;

/// What `device` has, signed by it.
///
/// # Errors
///
/// [`RandomError`] if the system gives no random bytes.
pub fn ticket_of(
    holdings: &dyn Holdings,
    device: &SecretKey,
    claimed: ClaimedMinutes,
) -> Result<Ticket, RandomError> {
    let history = holdings.history();
    Ok(Ticket::sign(
        &history.roots().network,
        device,
        claimed,
        unique()?,
        history.logs().map(view),
        lacking(holdings),
    ))
}

/// A ticket sealed to its network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealedTicket(Vec<u8>);

impl SealedTicket {
    /// Seals `ticket` with the key of `generation`.
    pub fn seal(ticket: &Ticket, secret: &NetworkSecret, generation: u32) -> Self {
        let key = SmallKey::new(secret.key(Purpose::Ticket, generation));
        let mut bytes = MAGIC.to_vec();
        bytes.extend(generation.to_be_bytes());
        bytes.extend(key.seal(&ticket.encode()));
        Self(bytes)
    }

    /// What the ticket of `device` is called on a stick: only members can tell whose it is.
    pub fn name_of(device: &DeviceKey, secret: &NetworkSecret, generation: u32) -> [u8; 16] {
        let key = secret.key(Purpose::Ticket, generation);
        let key = derive_key("commune ticket file name v1", &[&key]);
        let hash = keyed_blake3(&key, &[device.as_bytes()]);
        hash.first_chunk().copied().unwrap_or_default()
    }

    /// The bytes of its file, whatever they are.
    pub const fn from_file(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Opens it and checks its signature.
    ///
    /// # Errors
    ///
    /// [`TicketFileError`]: there is nothing to go by in it.
    pub fn open(
        &self,
        secret: &NetworkSecret,
        present: u32,
        network: &NetworkId,
    ) -> Result<Ticket, TicketFileError> {
        let rest = self
            .0
            .strip_prefix(&MAGIC)
            .ok_or(TicketFileError::NoTicket)?;
        let (generation, sealed) = rest.split_first_chunk().ok_or(TicketFileError::NoTicket)?;
        let generation = u32::from_be_bytes(*generation);
        if !NetworkSecret::accepted(present).contains(&generation) {
            return Err(TicketFileError::Closed);
        }
        let key = SmallKey::new(secret.key(Purpose::Ticket, generation));
        let ticket = key.open(sealed).ok_or(TicketFileError::Closed)?;
        let ticket = Ticket::decode(&ticket)?;
        ticket.verify(network)?;
        Ok(ticket)
    }

    /// The bytes of its file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The ticket in `bytes`, a file or text, not opened yet.
    ///
    /// # Errors
    ///
    /// [`TicketFileError`] if there is none, or lines of it are missing.
    pub fn read(bytes: &[u8]) -> Result<Self, TicketFileError> {
        if bytes.starts_with(&MAGIC) {
            return Ok(Self(bytes.to_vec()));
        }
        let text = str::from_utf8(bytes).map_err(|_| TicketFileError::NoTicket)?;
        Self::from_lines(text)
    }

    /// It as lines of at most `max_len` characters, one for each QR code; `None` if there are too
    /// many.
    pub fn lines(&self, max_len: usize) -> Option<Vec<String>> {
        let text = base45(&self.0);
        let step = max_len.checked_sub(LINE_OVERHEAD).filter(|it| *it > 0)?;
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(step).collect();
        let count = pieces.len();
        if count > MAX_LINES {
            return None;
        }
        let sum = self.sum();
        let line = |(number, piece): (usize, &&[u8])| {
            let piece = String::from_utf8_lossy(piece);
            format!("{LABEL}:{sum}:{number}/{count}:{piece}")
        };
        Some((1..).zip(&pieces).map(line).collect())
    }

    fn from_lines(text: &str) -> Result<Self, TicketFileError> {
        let mut pieces: Vec<Option<&str>> = Vec::new();
        let mut sum = None;
        for line in text.lines() {
            let Some((this_sum, number, count, piece)) = line_parts(line) else {
                continue;
            };
            if *sum.get_or_insert(this_sum) != this_sum {
                return Err(TicketFileError::Mixed);
            }
            pieces.resize(count, None);
            if let Some(place) = number.checked_sub(1).and_then(|at| pieces.get_mut(at)) {
                *place = Some(piece);
            }
        }
        if sum.is_none() {
            return Err(TicketFileError::NoTicket);
        }
        let missing = (1_usize..).zip(&pieces).find(|(_, it)| it.is_none());
        if let Some((number, _)) = missing {
            return Err(TicketFileError::Incomplete {
                number,
                count: pieces.len(),
            });
        }
        let text: String = pieces.into_iter().flatten().collect();
        let ticket = Self(from_base45(&text).ok_or(TicketFileError::Misread)?);
        if Some(&ticket.sum()[..]) != sum {
            return Err(TicketFileError::Misread);
        }
        Ok(ticket)
    }

    fn sum(&self) -> String {
        let hash = blake3(&[&self.0]);
        to_hex(hash.first_chunk::<4>().unwrap_or(&[0; 4])).to_ascii_uppercase()
    }
}

/// Sum, number, count and content of a line.
fn line_parts(line: &str) -> Option<(&str, usize, usize, &str)> {
    let rest = line.strip_prefix(LABEL)?.strip_prefix(':')?;
    let (sum, rest) = rest.split_once(':')?;
    let (numbers, piece) = rest.split_once(':')?;
    let (number, count) = numbers.split_once('/')?;
    let (number, count) = (number.parse().ok()?, count.parse().ok()?);
    let is_possible = (1..=MAX_LINES).contains(&count) && (1..=count).contains(&number);
    is_possible.then_some((sum, number, count, piece))
}

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

fn base45(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(3).div_ceil(2));
    for pair in bytes.chunks(2) {
        let (mut value, digits) = match pair {
            [a, b] => (usize::from(u16::from_be_bytes([*a, *b])), 3),
            [a] => (usize::from(*a), 2),
            _ => (0, 0),
        };
        for _ in 0..digits {
            let digit = ALPHABET.get(value % 45).copied().unwrap_or(b'0');
            text.push(char::from(digit));
            value /= 45;
        }
    }
    text
}

fn from_base45(text: &str) -> Option<Vec<u8>> {
    let digit = |c: &u8| ALPHABET.iter().position(|it| it == c);
    let mut bytes = Vec::with_capacity(text.len());
    for digits in text.as_bytes().chunks(3) {
        let mut value = 0_usize;
        for c in digits.iter().rev() {
            value = value.saturating_mul(45).saturating_add(digit(c)?);
        }
        match digits.len() {
            3 => bytes.extend(u16::try_from(value).ok()?.to_be_bytes()),
            2 => bytes.push(u8::try_from(value).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}

/// Why a file or a text is no ticket to go by.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum TicketFileError {
    /// Nothing in it is a ticket.
    #[error("it holds no ticket")]
    NoTicket,
    /// Lines of different tickets.
    #[error("its lines are of different tickets")]
    Mixed,
    /// A line is missing.
    #[error("line {number} of {count} is missing")]
    Incomplete {
        /// The first one missing.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// A character is wrong.
    #[error("a character of it is wrong")]
    Misread,
    /// Another network's, too old, or damaged.
    #[error("it is of another network, or damaged")]
    Closed,
    /// Opened, and of an unknown form.
    #[error(transparent)]
    Format(#[from] CodecError),
    /// Opened, and not to be believed.
    #[error(transparent)]
    Ticket(#[from] TicketError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(len: usize) -> SealedTicket {
        let mut bytes = MAGIC.to_vec();
        bytes.extend((0..len).map(|it| it.to_le_bytes()[0]));
        SealedTicket(bytes)
    }

    #[test]
    fn text_is_that_of_the_standard() {
        assert_eq!(base45(b"AB"), "BB8");
        assert_eq!(base45(b"Hello!!"), "%69 VD92EX0");
        assert_eq!(from_base45("QED8WEX0").unwrap(), b"ietf!");
        assert_eq!(from_base45("GGW"), None);
        assert_eq!(from_base45("A"), None);
    }

    #[test]
    fn lines_come_back_in_any_order_and_say_what_is_missing() {
        let ticket = sealed(300);
        let mut lines = ticket.lines(100).unwrap();
        assert!(lines.iter().all(|it| it.len() <= 100));
        lines.reverse();
        let text = format!("scanned today\n{}\n", lines.join("\n"));
        assert_eq!(SealedTicket::read(text.as_bytes()), Ok(ticket.clone()));
        assert_eq!(SealedTicket::read(ticket.as_bytes()), Ok(ticket));

        let count = lines.len();
        let wrong = lines[0].replace(':', "::");
        lines.pop();
        assert_eq!(
            SealedTicket::read(lines.join("\n").as_bytes()),
            Err(TicketFileError::Incomplete { number: 1, count })
        );
        lines.push(sealed(20).lines(100).unwrap()[0].clone());
        assert_eq!(
            SealedTicket::read(lines.join("\n").as_bytes()),
            Err(TicketFileError::Mixed)
        );
        assert_eq!(
            SealedTicket::read(wrong.as_bytes()),
            Err(TicketFileError::NoTicket)
        );
    }

    #[test]
    fn a_wrong_character_is_noticed() {
        let [line] = &sealed(20).lines(100).unwrap()[..] else {
            panic!("one line")
        };
        let changed = format!("{}0", &line[..line.len() - 1]);
        assert_eq!(
            SealedTicket::read(changed.as_bytes()),
            Err(TicketFileError::Misread)
        );
    }
}
