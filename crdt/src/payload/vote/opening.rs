//! The opening of a vote.

use std::collections::BTreeSet;

use thiserror::Error;

use super::Question;
use crate::{
    codec::{CodecError, Reader, Writer},
    keys::MemberKey,
    params::TallyQuorum,
};

/// Most substitutes for silent trustees.
pub const MAX_SUBSTITUTES: usize = 7;

/// Longest period of a vote, in seconds: a year.
pub const MAX_PERIOD_SECS: u32 = 31_557_600;

/// A vote is opened.
///
/// | bytes | field |
/// |------:|-------|
/// | | [`Question`] |
/// | 1 + 32 n | trustees: 3, 5 or 7; the quorum follows from their number |
/// | 1 + 32 n | substitutes, at most [`MAX_SUBSTITUTES`] |
/// | 32 + 32 | names of the reference strings for ballots and for shares |
/// | 4 | seconds of a round in which the trustees make the key |
/// | 4 | seconds of voting from the record that fixes the key |
/// | 4 | seconds of receipts after that |
///
/// Electors are the members at the record that has it in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Opening {
    /// What is asked.
    pub question: Question,
    /// How many trustees there are, and how many open.
    pub quorum: TallyQuorum,
    /// Who holds the key; all different.
    pub trustees: Vec<MemberKey>,
    /// Who takes the place of a silent one, in order; none of the trustees.
    pub substitutes: Vec<MemberKey>,
    /// Names of the reference strings for ballots and for shares.
    pub references: [[u8; 32]; 2],
    /// Time for each round of making the key, in seconds, 1 to [`MAX_PERIOD_SECS`].
    pub acknowledge_secs: u32,
    /// Time to vote from the record that fixes the key, in seconds.
    pub vote_secs: u32,
    /// Time for receipts after that, in seconds.
    pub receipt_secs: u32,
}

/// Why a vote cannot be opened so.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum OpeningError {
    /// One person holds two places.
    #[error("a person is named twice among trustees and substitutes")]
    Twice,
    /// Too many substitutes.
    #[error("substitutes given: {found}; the limit is {MAX_SUBSTITUTES}")]
    Substitutes {
        /// Those given.
        found: usize,
    },
    /// A period that is none, or longer than a year.
    #[error("a period has {secs} s; it can have 1 to {MAX_PERIOD_SECS}")]
    Period {
        /// Its length, in seconds.
        secs: u32,
    },
}

impl From<OpeningError> for CodecError {
    fn from(error: OpeningError) -> Self {
        match error {
            OpeningError::Twice => Self::NotCanonical("list of trustees"),
            OpeningError::Substitutes { .. } => Self::NotCanonical("number of substitutes"),
            OpeningError::Period { .. } => Self::NotCanonical("period of a vote"),
        }
    }
}

impl Opening {
    /// Whether it can be stated; what cannot is not read either.
    ///
    /// # Errors
    ///
    /// [`OpeningError`].
    pub fn check(&self) -> Result<(), OpeningError> {
        let found = self.substitutes.len();
        if found > MAX_SUBSTITUTES {
            return Err(OpeningError::Substitutes { found });
        }
        let all: BTreeSet<_> = self.trustees.iter().chain(&self.substitutes).collect();
        if all.len() != self.trustees.len().saturating_add(found) {
            return Err(OpeningError::Twice);
        }
        let mut periods = [self.acknowledge_secs, self.vote_secs, self.receipt_secs].into_iter();
        match periods.find(|it| !(1..=MAX_PERIOD_SECS).contains(it)) {
            Some(secs) => Err(OpeningError::Period { secs }),
            None => Ok(()),
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        self.question.write(out);
        for people in [&self.trustees, &self.substitutes] {
            out.u8(u8::try_from(people.len()).unwrap_or(u8::MAX));
            for it in people {
                out.raw(it.as_bytes());
            }
        }
        let [ballots, shares] = &self.references;
        out.raw(ballots)
            .raw(shares)
            .u32(self.acknowledge_secs)
            .u32(self.vote_secs)
            .u32(self.receipt_secs);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let question = Question::read(reader)?;
        let trustees = read_people(reader, 7)?;
        let quorum = TallyQuorum::of_trustees(trustees.len());
        let quorum = quorum.ok_or(CodecError::NotCanonical("number of trustees"))?;
        let opening = Self {
            question,
            quorum,
            trustees,
            substitutes: read_people(reader, MAX_SUBSTITUTES)?,
            references: [reader.array()?, reader.array()?],
            acknowledge_secs: reader.u32()?,
            vote_secs: reader.u32()?,
            receipt_secs: reader.u32()?,
        };
        opening.check()?;
        Ok(opening)
    }
}

fn read_people(reader: &mut Reader<'_>, limit: usize) -> Result<Vec<MemberKey>, CodecError> {
    let count = super::super::read_count(reader, "number of trustees", limit)?;
    (0..count).map(|_| reader.array().map(MemberKey)).collect()
}
