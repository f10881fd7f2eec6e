//! The opening of a vote.

use std::collections::BTreeSet;

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

impl Opening {
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
        let substitutes = read_people(reader, MAX_SUBSTITUTES)?;
        let all: BTreeSet<_> = trustees.iter().chain(&substitutes).collect();
        if all.len() != trustees.len().saturating_add(substitutes.len()) {
            return Err(CodecError::NotCanonical("list of trustees"));
        }
        Ok(Self {
            question,
            quorum,
            trustees,
            substitutes,
            references: [reader.array()?, reader.array()?],
            acknowledge_secs: read_period(reader)?,
            vote_secs: read_period(reader)?,
            receipt_secs: read_period(reader)?,
        })
    }
}

fn read_people(reader: &mut Reader<'_>, limit: usize) -> Result<Vec<MemberKey>, CodecError> {
    let count = super::super::read_count(reader, "number of trustees", limit)?;
    (0..count).map(|_| reader.array().map(MemberKey)).collect()
}

fn read_period(reader: &mut Reader<'_>) -> Result<u32, CodecError> {
    match reader.u32()? {
        0 => Err(CodecError::NotCanonical("period of a vote")),
        it if it > MAX_PERIOD_SECS => Err(CodecError::OverLimit {
            what: "period of a vote",
            value: it.into(),
            limit: MAX_PERIOD_SECS.into(),
        }),
        it => Ok(it),
    }
}
