//! What a vote asks, and how an answer lies in slots of 0 and 1.
//!
//! | kind | slots | of which at most one is set |
//! |---|---|---|
//! | yes or no | 1: yes | |
//! | approval | 1 an option | |
//! | choose one | 1 an option | all |
//! | scores of 0 to m | m + 1 an option, of score 0 first | those of an option |
//! | majority judgment | 6 an option, of the best grade first; none set is the seventh, *to reject* | those of an option |
//! | median | 1 a value, ascending: *at least this* | |
//!
//! Scores are histograms of 0 and 1 and no numbers: the sum of numbers would wrap.
//!
//! | bytes | field |
//! |------:|-------|
//! |     1 | kind, 1 to 6 as in the table |
//! |     1 | highest score of scores, else 0 |
//! | 2 + n | text |
//! | 1 | number of options |
//! | 2 + n | each option |

use std::{collections::BTreeSet, ops::Range};

use thiserror::Error;

use crate::codec::{CodecError, Reader, Writer, is_clean};

/// Longest text of a question, in bytes.
pub const MAX_QUESTION_LEN: usize = 1_024;

/// Longest text of an option, in bytes.
pub const MAX_OPTION_LEN: usize = 120;

/// Most options.
pub const MAX_OPTIONS: usize = 64;

/// Most slots of a ballot.
pub const MAX_SLOTS: usize = 256;

/// Grades of majority judgment, the best first.
pub const GRADES: u8 = 7;

/// Slots that an option takes in majority judgment: the lowest grade has none.
const GRADE_SLOTS: usize = 6;

/// Highest score that can be asked for.
const MAX_SCORE: u8 = 9;

/// How a question is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum QuestionKind {
    /// Yes or no.
    YesNo,
    /// Any number of options.
    Approval,
    /// One option or none.
    ChooseOne,
    /// A score an option.
    Score {
        /// The highest, 1 to 9.
        max: u8,
    },
    /// A grade an option, of seven.
    Majority,
    /// The largest value that more than half want.
    Median,
}

/// What is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Question {
    /// How it is answered.
    pub kind: QuestionKind,
    /// One line of at most [`MAX_QUESTION_LEN`] bytes.
    pub text: String,
    /// Different lines of at most [`MAX_OPTION_LEN`] bytes; none for yes or no, ascending values for
    /// a median.
    pub options: Vec<String>,
}

/// Why something cannot be asked.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum QuestionError {
    /// The text of the question, or of an option.
    #[error("a text has {len} bytes, or no clean line; the limit is {limit}")]
    Text {
        /// Its length.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// The number of options.
    #[error("options given: {found}; this kind of question has {least} to {most}")]
    Options {
        /// Those given.
        found: usize,
        /// Fewest.
        least: usize,
        /// Most.
        most: usize,
    },
    /// Two options have the same text.
    #[error("two options have the same text")]
    Twice,
    /// The highest score.
    #[error("the highest score is {found}, it can be 1 to 9")]
    Score {
        /// The one given.
        found: u8,
    },
    /// More slots than a ballot has.
    #[error("the answers take {slots} slots, a ballot has at most 256")]
    TooLarge {
        /// Slots.
        slots: usize,
    },
}

/// An answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Choice {
    /// Yes.
    Yes,
    /// No.
    No,
    /// These options are approved.
    Options(Vec<usize>),
    /// One option, or none.
    One(Option<usize>),
    /// A score an option, or none.
    Scores(Vec<Option<u8>>),
    /// A grade an option, 0 for the best to 6 for *to reject*, or none, which is the same as 6.
    Grades(Vec<Option<u8>>),
    /// At least the value of this number; `None` is below all.
    Value(Option<usize>),
}

/// Why something is no answer.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ChoiceError {
    /// An answer to another kind of question.
    #[error("this answers another kind of question")]
    Kind,
    /// An option that does not exist.
    #[error("there is no option {0}")]
    Option(usize),
    /// A score or grade that is too high, or not one an option.
    #[error("a score or grade is out of range, or not one an option")]
    Mark,
}

impl Question {
    /// Whether it can be asked.
    ///
    /// # Errors
    ///
    /// [`QuestionError`] if not.
    pub fn check(&self) -> Result<(), QuestionError> {
        let texts = self.options.iter().map(|it| (it, MAX_OPTION_LEN));
        for (text, limit) in [(&self.text, MAX_QUESTION_LEN)].into_iter().chain(texts) {
            let len = text.len();
            let is_line = is_clean(text) && !text.contains('\n');
            if text.trim().is_empty() || len > limit || !is_line {
                return Err(QuestionError::Text { len, limit });
            }
        }
        let (least, most) = match self.kind {
            QuestionKind::YesNo => (0, 0),
            QuestionKind::Approval => (1, MAX_OPTIONS),
            _ => (2, MAX_OPTIONS),
        };
        let found = self.options.len();
        if !(least..=most).contains(&found) {
            return Err(QuestionError::Options { found, least, most });
        }
        if self.options.iter().collect::<BTreeSet<_>>().len() < found {
            return Err(QuestionError::Twice);
        }
        if let QuestionKind::Score { max } = self.kind
            && !(1..=MAX_SCORE).contains(&max)
        {
            return Err(QuestionError::Score { found: max });
        }
        match self.slots() {
            slots if slots > MAX_SLOTS => Err(QuestionError::TooLarge { slots }),
            _ => Ok(()),
        }
    }

    /// Slots that an option takes.
    pub fn width(&self) -> usize {
        match self.kind {
            QuestionKind::Score { max } => usize::from(max).saturating_add(1),
            QuestionKind::Majority => GRADE_SLOTS,
            _ => 1,
        }
    }

    /// Slots of a ballot.
    pub fn slots(&self) -> usize {
        match self.kind {
            QuestionKind::YesNo => 1,
            _ => self.options.len().saturating_mul(self.width()),
        }
    }

    /// Groups of slots of which at most one is set, ascending.
    pub fn groups(&self) -> Vec<Range<usize>> {
        let width = match self.kind {
            QuestionKind::YesNo | QuestionKind::Approval | QuestionKind::Median => return vec![],
            QuestionKind::ChooseOne => self.slots(),
            _ => self.width(),
        };
        let starts = (0..self.slots()).step_by(width.max(1));
        starts.map(|it| it..it.saturating_add(width)).collect()
    }

    /// The slots of an answer.
    ///
    /// # Errors
    ///
    /// [`ChoiceError`] if it is none to this question.
    pub fn slots_of(&self, choice: &Choice) -> Result<Vec<bool>, ChoiceError> {
        let set: Vec<usize> = match (self.kind, choice) {
            (QuestionKind::YesNo, Choice::Yes) => vec![0],
            (QuestionKind::YesNo, Choice::No) => vec![],
            (QuestionKind::Approval, Choice::Options(options)) => options.clone(),
            (QuestionKind::ChooseOne, Choice::One(option)) => option.iter().copied().collect(),
            (QuestionKind::Median, Choice::Value(value)) => match value {
                Some(value) if *value >= self.options.len() => {
                    return Err(ChoiceError::Option(*value));
                }
                Some(value) => (0..=*value).collect(),
                None => vec![],
            },
            (QuestionKind::Score { max }, Choice::Scores(marks)) => self.marked(marks, max)?,
            (QuestionKind::Majority, Choice::Grades(marks)) => {
                let lowest = GRADES.saturating_sub(1);
                let told = |it: &Option<u8>| it.filter(|it| *it != lowest);
                self.marked(&marks.iter().map(told).collect::<Vec<_>>(), lowest)?
            }
            _ => return Err(ChoiceError::Kind),
        };
        let mut slots = vec![false; self.slots()];
        for at in set {
            *slots.get_mut(at).ok_or(ChoiceError::Option(at))? = true;
        }
        Ok(slots)
    }

    /// The slots of a mark an option, of at most `most`.
    fn marked(&self, marks: &[Option<u8>], most: u8) -> Result<Vec<usize>, ChoiceError> {
        let too_high = marks.iter().flatten().any(|it| *it > most);
        if marks.len() != self.options.len() || too_high {
            return Err(ChoiceError::Mark);
        }
        let slot = |(option, mark): (usize, &Option<u8>)| {
            let first = option.saturating_mul(self.width());
            mark.map(|it| first.saturating_add(it.into()))
        };
        Ok(marks.iter().enumerate().filter_map(slot).collect())
    }

    pub(super) fn write(&self, out: &mut Writer) {
        let (kind, max) = match self.kind {
            QuestionKind::YesNo => (1, 0),
            QuestionKind::Approval => (2, 0),
            QuestionKind::ChooseOne => (3, 0),
            QuestionKind::Score { max } => (4, max),
            QuestionKind::Majority => (5, 0),
            QuestionKind::Median => (6, 0),
        };
        out.u8(kind).u8(max).short_bytes(self.text.as_bytes());
        out.u8(u8::try_from(self.options.len()).unwrap_or(u8::MAX));
        for option in &self.options {
            out.short_bytes(option.as_bytes());
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let (number, max) = (reader.u8()?, reader.u8()?);
        let kind = match (number, max) {
            (1, 0) => QuestionKind::YesNo,
            (2, 0) => QuestionKind::Approval,
            (3, 0) => QuestionKind::ChooseOne,
            (4, max) => QuestionKind::Score { max },
            (5, 0) => QuestionKind::Majority,
            (6, 0) => QuestionKind::Median,
            _ => {
                return Err(CodecError::Unknown {
                    what: "kind of question",
                    value: number.into(),
                });
            }
        };
        let text = reader.text("question", MAX_QUESTION_LEN)?;
        let count = super::super::read_count(reader, "number of options", MAX_OPTIONS)?;
        let options = (0..count).map(|_| reader.text("option", MAX_OPTION_LEN));
        let question = Self {
            kind,
            text,
            options: options.collect::<Result<_, _>>()?,
        };
        match question.check() {
            Ok(()) => Ok(question),
            Err(_) => Err(CodecError::NotCanonical("question")),
        }
    }
}
