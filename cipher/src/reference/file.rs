//! The bytes of a file of the ceremony, each file in one form only.
//!
//! | bytes | what |
//! |------:|------|
//! | 8 | `commune` and a zero |
//! | 1 | version, 1 |
//! | 1 | use: 0 ballots of 16 slots, 1 ballots of 256 slots, 2 shares |
//! | 1 + … | label: length, then UTF-8 without control characters |
//! | 2 | number of contributions, high byte first |
//! | 1 + … | of each contribution: the name, as the label |
//! | 56 | … the first point of the first group after it |
//! | 32 | … challenge of its proof |
//! | 40 | … response of its proof, low byte first |
//! | 56 × (2 n − 1) | the first group: tau … tauⁿ, tauⁿ⁺² … tau²ⁿ |
//! | 112 × n | the second group: tau … tauⁿ |
//!
//! n follows from the use. Nothing comes after.

use super::{
    Contribution, Fault, MAX_CONTRIBUTIONS, MAX_LABEL_LEN, MAX_NAME_LEN, Place, ReferenceError,
    Transcript,
    points::{POINT1_LEN, Point, Points, SCALAR_LEN, first_len, powers, scalar, spread},
};
use crate::Use;

/// How each file begins.
const MAGIC: [u8; 8] = *b"commune\0";

const VERSION: u8 = 1;

/// The uses in the order of their numbers.
const USES: [Use; 3] = [Use::Ballots16, Use::Ballots256, Use::Shares];

/// The number of a use in a file.
pub(super) const fn number_of(use_: Use) -> u8 {
    match use_ {
        Use::Ballots16 => 0,
        Use::Ballots256 => 1,
        Use::Shares => 2,
    }
}

/// `text`, if it may stand in a file.
pub(super) fn text(what: &'static str, text: &str, limit: usize) -> Result<String, ReferenceError> {
    if text.is_empty() || text.len() > limit || text.chars().any(char::is_control) {
        return Err(ReferenceError::Text { what, limit });
    }
    Ok(text.to_owned())
}

/// Writes a text that is no longer than [`text`] lets it be.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(text.as_bytes());
}

pub(super) fn encode(file: &Transcript) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&[VERSION, number_of(file.use_)]);
    write_text(&file.label, &mut out);
    let count = u16::try_from(file.contributions.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&count.to_be_bytes());
    for contribution in &file.contributions {
        contribution.write(&mut out);
    }
    for point in &file.points.first {
        point.write(&mut out);
    }
    for point in &file.points.second {
        point.write(&mut out);
    }
    out
}

pub(super) fn decode(bytes: &[u8]) -> Result<Transcript, ReferenceError> {
    let mut reader = Reader(bytes);
    if reader.array() != Ok(MAGIC) {
        return Err(ReferenceError::NotAReference);
    }
    let [version, use_] = reader.array()?;
    if version != VERSION {
        return Err(ReferenceError::Version(version));
    }
    let known = USES.into_iter().find(|known| number_of(*known) == use_);
    let use_ = known.ok_or(ReferenceError::UnknownUse(use_))?;
    let label = reader.text("label", MAX_LABEL_LEN)?;
    let count = usize::from(u16::from_be_bytes(reader.array()?));
    if count > MAX_CONTRIBUTIONS {
        return Err(ReferenceError::TooMany(count));
    }
    let contributions = (1..=count)
        .map(|at| reader.contribution(at))
        .collect::<Result<_, _>>()?;
    let groups = reader.points(use_)?;
    Ok(Transcript {
        use_,
        label,
        contributions,
        points: groups,
        id: blake3::hash(bytes).into(),
    })
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, len: usize) -> Result<&'a [u8], ReferenceError> {
        let parts = self.0.split_at_checked(len);
        let (head, rest) = parts.ok_or(ReferenceError::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReferenceError> {
        let parts = self.0.split_first_chunk();
        let (head, rest) = parts.ok_or(ReferenceError::Truncated)?;
        self.0 = rest;
        Ok(*head)
    }

    fn text(&mut self, what: &'static str, limit: usize) -> Result<String, ReferenceError> {
        let [len] = self.array()?;
        let bytes = self.bytes(usize::from(len))?;
        let read = str::from_utf8(bytes).map_err(|_| ReferenceError::Text { what, limit })?;
        text(what, read, limit)
    }

    fn contribution(&mut self, at: usize) -> Result<Contribution, ReferenceError> {
        let place = Place::Contribution(at);
        let fault = |fault| ReferenceError::Point { place, fault };
        Ok(Contribution {
            name: self.text("name", MAX_NAME_LEN)?,
            point: Point::read(self.bytes(POINT1_LEN)?).map_err(fault)?,
            challenge: self.array()?,
            response: scalar(&self.array::<SCALAR_LEN>()?).ok_or(ReferenceError::Response(at))?,
        })
    }

    /// Both groups, and then the end.
    fn points(&mut self, use_: Use) -> Result<Points, ReferenceError> {
        let first = self.group_bytes(first_len(use_), POINT1_LEN)?;
        let second = self.group_bytes(powers(use_), 2 * POINT1_LEN)?;
        if !self.0.is_empty() {
            return Err(ReferenceError::Trailing(self.0.len()));
        }
        Ok(Points {
            first: group(first, Place::First)?,
            second: group(second, Place::Second)?,
        })
    }

    fn group_bytes(&mut self, count: usize, len: usize) -> Result<&'a [u8], ReferenceError> {
        self.bytes(count.saturating_mul(len))
    }
}

/// The points of a group, looked up on their curve on all cores.
fn group<P: Point>(bytes: &[u8], place: fn(usize) -> Place) -> Result<Vec<P>, ReferenceError> {
    let points: Vec<&[u8]> = bytes.chunks(P::LEN).collect();
    let read: Vec<Result<P, Fault>> = spread(&points, |bytes| P::read(bytes));
    let numbered = (1..).zip(read).map(|(at, point)| {
        point.map_err(|fault| ReferenceError::Point {
            place: place(at),
            fault,
        })
    });
    numbered.collect()
}
