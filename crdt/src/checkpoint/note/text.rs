//! Writing a note, and reading what a stranger says is one.
//!
//! Read is only what every other reader reads alike: UTF-8 without a control character but the line
//! feed (so no CRLF), numbers and base64 in their one spelling, no extension lines. A note with more
//! lines than anybody signs is refused whole, as others' readers do: which hundred of them to
//! look at would be the courier's choice.

use thiserror::Error;

use super::{Note, SignatureLine};
use crate::{
    codec::{from_base64, is_clean, to_base64},
    time::Height,
};

/// Longest note, in bytes: 16 signatures of the longest kind known today (ML-DSA) fit.
pub const MAX_NOTE_LEN: usize = 128 * 1_024;

/// Most signature lines of a note.
pub const MAX_LINES: usize = 100;

/// Longest origin, and longest name in a signature line, in bytes.
const MAX_NAME_LEN: usize = 256;

/// What each signature line begins with: an em dash and a space.
const DASH: &str = "— ";

impl Note {
    /// The note as text. Without a line under it, no reader takes it.
    pub fn text(&self) -> String {
        let mut text = self.body();
        text.push('\n');
        for line in &self.lines {
            let content = [&line.key[..], &line.signature].concat();
            for part in [DASH, &line.name, " ", &to_base64(&content), "\n"] {
                text.push_str(part);
            }
        }
        text
    }

    /// Reads a note. Nothing in it is checked yet but its form.
    ///
    /// # Errors
    ///
    /// [`NoteError`]: what is no note in that form.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_LEN {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let text = str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
        if !is_clean(text) {
            return Err(NoteError::NotText);
        }
        let mut lines = text.strip_suffix('\n').ok_or(NoteError::Cut)?.split('\n');
        let origin = lines.next().filter(|it| is_name(it));
        let origin = origin.ok_or(NoteError::Origin)?.to_owned();
        let height = lines.next().and_then(number).ok_or(NoteError::Size)?;
        let root = lines.next().and_then(from_base64);
        let root = root.and_then(|it| it.try_into().ok());
        let mut note = Self::new(origin, Height(height), root.ok_or(NoteError::Root)?);
        match lines.next() {
            Some("") => {}
            Some(_) => return Err(NoteError::Extension),
            None => return Err(NoteError::Unsigned),
        }
        for (number, line) in (1..).zip(lines) {
            if number > MAX_LINES {
                return Err(NoteError::TooManyLines);
            }
            note.lines
                .push(read_line(line).ok_or(NoteError::Line(number))?);
        }
        if note.lines.is_empty() {
            return Err(NoteError::Unsigned);
        }
        Ok(note)
    }
}

fn read_line(line: &str) -> Option<SignatureLine> {
    let (name, content) = line.strip_prefix(DASH)?.split_once(' ')?;
    let content = from_base64(content)?;
    let (key, signature) = content.split_first_chunk()?;
    (is_name(name) && !signature.is_empty()).then(|| SignatureLine {
        name: name.to_owned(),
        key: *key,
        signature: signature.to_vec(),
    })
}

fn is_name(text: &str) -> bool {
    let is_foreign = |c: char| c.is_whitespace() || c == '+';
    !text.is_empty() && text.len() <= MAX_NAME_LEN && !text.contains(is_foreign)
}

/// Decimal digits without leading zeros.
pub(in crate::checkpoint) fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// What is not in the form of a note.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum NoteError {
    /// More than any note has.
    #[error("the note has {0} bytes, the limit is {MAX_NOTE_LEN}")]
    TooLong(usize),
    /// Not UTF-8, or with carriage returns or other control characters.
    #[error("the note is not clean text of UTF-8 with plain line feeds")]
    NotText,
    /// The last line has no line feed.
    #[error("the note ends inside a line")]
    Cut,
    /// The first line.
    #[error("the first line of the note is no origin")]
    Origin,
    /// The second line.
    #[error("the second line of the note is no tree size")]
    Size,
    /// The third line.
    #[error("the third line of the note is no root in base64")]
    Root,
    /// More than three lines are signed.
    #[error("the note has an extension line, which no signer of a network writes")]
    Extension,
    /// There is no signature.
    #[error("the note has no signature line")]
    Unsigned,
    /// A line in another form.
    #[error("signature line {0} of the note is not in the form of one")]
    Line(usize),
    /// More lines than anybody signs.
    #[error("the note has more than {MAX_LINES} signature lines")]
    TooManyLines,
}

#[cfg(test)]
mod tests {
    use super::super::super::world::Net;
    use super::*;

    /// The example of C2SP `tlog-cosignature`.
    const EXAMPLE: &str = "example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
";

    #[test]
    fn the_example_of_the_format_is_read_and_written_again() {
        let note = Note::parse(EXAMPLE.as_bytes()).unwrap();
        assert_eq!(note.text(), EXAMPLE);
        assert_eq!(note.height(), Height(20_852_163));
        let time = note.lines()[1].as_cosignature().unwrap().0;
        assert_eq!(time.0, 1_679_315_147);
        assert!(note.lines()[0].as_log_line().is_some());
        assert!(EXAMPLE.starts_with(&note.body()));
    }

    #[test]
    fn what_others_would_read_otherwise_is_no_note() {
        let good = EXAMPLE.to_owned();
        for (error, text) in [
            (NoteError::NotText, good.replace('\n', "\r\n")),
            (NoteError::NotText, good.replace("sofa", "so\u{1b}[31mfa")),
            (NoteError::NotText, good.replace("sofa", "so\u{85}fa")),
            (NoteError::NotText, good.replace("sofa", "so\0fa")),
            (
                NoteError::Origin,
                good.replace("example.com/", "example com/"),
            ),
            (
                NoteError::Origin,
                good.replace("example.com/", "example+com/"),
            ),
            (
                NoteError::Origin,
                good.replace("example.com/", "a\u{3000}b"),
            ),
            (NoteError::Origin, format!("\n{good}")),
            (NoteError::Size, good.replace("20852163", "020852163")),
            (NoteError::Size, good.replace("20852163", "+20852163")),
            (NoteError::Size, good.replace("20852163", "-1")),
            (NoteError::Size, good.replace("20852163", "4294967296")),
            (NoteError::Size, good.replace("20852163", "")),
            (NoteError::Root, good.replace("jxq2I=", "jxq2J=")),
            (NoteError::Root, good.replace("jxq2I=", "jxq2I")),
            (NoteError::Root, good.replace("CsUY", "")),
            (NoteError::Extension, good.replace("2I=\n", "2I=\nmore\n")),
            (NoteError::Line(1), good.replacen("— ", "- ", 1)),
            (NoteError::Line(2), good.replace("— witness", "—  witness")),
            (NoteError::Line(2), good.replace("nA==", "nB==")),
            (NoteError::Line(2), good.replace("nA==", "nA=")),
            (NoteError::Line(2), good.replace("w1 ", "w1 AA ")),
            (NoteError::Line(3), format!("{good}\n")),
            (NoteError::Line(3), format!("{good}— name AAAAAA==\n")),
            (NoteError::Cut, good.trim_end().to_owned()),
            (
                NoteError::Unsigned,
                good.split("—").next().unwrap().to_owned(),
            ),
        ] {
            assert_eq!(Note::parse(text.as_bytes()), Err(error), "{text}");
        }
        assert_eq!(Note::parse(b"\xff\n"), Err(NoteError::NotText));
        assert_eq!(Note::parse(b""), Err(NoteError::Cut));
    }

    #[test]
    fn a_hundred_lines_are_read_and_ten_thousand_are_not() {
        let line = "— name AAAAAAA=\n";
        let body = EXAMPLE.split("—").next().unwrap();
        let with = |count| Note::parse((body.to_owned() + &line.repeat(count)).as_bytes());
        assert_eq!(with(100).unwrap().lines().len(), 100);
        assert_eq!(with(101), Err(NoteError::TooManyLines));
        let many = body.len() + 10_000 * line.len();
        assert_eq!(with(10_000), Err(NoteError::TooLong(many)));
    }

    #[test]
    fn a_cut_note_is_none_or_has_fewer_lines() {
        let note = Net::new(4).note(7);
        let text = note.text();
        for len in 0..text.len() {
            if let Ok(cut) = Note::parse(&text.as_bytes()[..len]) {
                assert!(cut.body() == note.body() && note.lines().starts_with(cut.lines()));
                assert!(cut.lines().len() < note.lines().len());
            }
        }
    }
}
