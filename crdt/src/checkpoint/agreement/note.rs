//! What is handed to the engine, and how it is written down.
//!
//! Second 8, kind 1, and then: 0 begin; 1 word (signer 1, the word); 2 own value (round 4, value 32);
//! 3 timer ran out (0 propose, 1 prevote, 2 precommit; round 4); 4 clock set back. A word: round 4, kind 1 (0 proposal,
//! 1 prevote, 2 precommit), value 1 + 32, of a proposal the round it rests on 1 + 4.

use super::Word;
use crate::codec::{CodecError, Reader, Writer};

/// For what a timer runs.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum TimerKind {
    /// A proposal.
    Propose,
    /// A quorum of prevotes for one record.
    Prevote,
    /// A quorum of precommits for one record.
    Precommit,
}

/// One thing that is handed to the engine.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Input {
    /// The height begins.
    Begin,
    /// A signer said something.
    Word {
        /// Who.
        by: u8,
        /// What.
        word: Word,
    },
    /// What this signer proposes.
    Value {
        /// In this round.
        round: u32,
        /// Hash of the record.
        value: [u8; 32],
    },
    /// A timer ran out.
    Elapsed {
        /// Which.
        kind: TimerKind,
        /// Of this round.
        round: u32,
    },
    /// The clock was set back: timers that began later begin now.
    SetBack,
}

pub(super) fn write(now: u64, input: &Input) -> Vec<u8> {
    let mut out = Writer::new();
    out.u64(now);
    match input {
        Input::Begin => {
            out.u8(0);
        }
        Input::Word { by, word } => {
            out.u8(1).u8(*by).u32(word.round());
            let (kind, value) = match word {
                Word::Proposal { value, .. } => (0, Some(value)),
                Word::Vote {
                    is_precommit,
                    value,
                    ..
                } => (1_u8.saturating_add(u8::from(*is_precommit)), value.as_ref()),
            };
            out.u8(kind).flag(value.is_some());
            if let Some(value) = value {
                out.raw(value);
            }
            if let Word::Proposal { pol_round, .. } = word {
                out.flag(pol_round.is_some());
                if let Some(round) = pol_round {
                    out.u32(*round);
                }
            }
        }
        Input::Value { round, value } => {
            out.u8(2).u32(*round).raw(value);
        }
        Input::Elapsed { kind, round } => {
            let kind = match kind {
                TimerKind::Propose => 0,
                TimerKind::Prevote => 1,
                TimerKind::Precommit => 2,
            };
            out.u8(3).u8(kind).u32(*round);
        }
        Input::SetBack => {
            out.u8(4);
        }
    }
    out.finish()
}

pub(super) fn read(bytes: &[u8]) -> Result<(u64, Input), CodecError> {
    let mut reader = Reader::new(bytes);
    let now = reader.u64()?;
    let input = match reader.u8()? {
        0 => Input::Begin,
        1 => Input::Word {
            by: reader.u8()?,
            word: read_word(&mut reader)?,
        },
        2 => Input::Value {
            round: reader.u32()?,
            value: reader.array()?,
        },
        3 => Input::Elapsed {
            kind: match reader.u8()? {
                0 => TimerKind::Propose,
                1 => TimerKind::Prevote,
                2 => TimerKind::Precommit,
                other => return Err(unknown("timer", other)),
            },
            round: reader.u32()?,
        },
        4 => Input::SetBack,
        other => return Err(unknown("note of an agreement", other)),
    };
    reader.finish()?;
    Ok((now, input))
}

fn read_word(reader: &mut Reader<'_>) -> Result<Word, CodecError> {
    let round = reader.u32()?;
    let kind = reader.u8()?;
    let value = match reader.flag()? {
        true => Some(reader.array()?),
        false => None,
    };
    Ok(match kind {
        0 => Word::Proposal {
            round,
            value: value.ok_or(CodecError::NotCanonical("proposal"))?,
            pol_round: match reader.flag()? {
                true => Some(reader.u32()?),
                false => None,
            },
        },
        1 | 2 => Word::Vote {
            round,
            is_precommit: kind == 2,
            value,
        },
        other => return Err(unknown("word", other)),
    })
}

fn unknown(what: &'static str, value: u8) -> CodecError {
    CodecError::Unknown {
        what,
        value: value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_come_back_as_they_were_written() {
        let word = |word| Input::Word { by: 3, word };
        let vote = |is_precommit, value| Word::Vote {
            round: 7,
            is_precommit,
            value,
        };
        let proposal = |pol_round| Word::Proposal {
            round: 2,
            value: [4; 32],
            pol_round,
        };
        for input in [
            Input::Begin,
            word(vote(true, Some([1; 32]))),
            word(vote(false, None)),
            word(proposal(None)),
            word(proposal(Some(1))),
            Input::Value {
                round: 9,
                value: [2; 32],
            },
            Input::Elapsed {
                kind: TimerKind::Precommit,
                round: 1,
            },
            Input::SetBack,
        ] {
            let bytes = write(77, &input);
            assert_eq!(read(&bytes), Ok((77, input)));
            for len in 0..bytes.len() {
                assert!(read(&bytes[..len]).is_err());
            }
        }
    }
}
