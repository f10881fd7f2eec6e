//! Messages: what two devices say to each other, one a frame.
//!
//! A frame is one byte for the type and the body below. A type with bit 7 set that this build does
//! not know is ignored; any other unknown type ends the session.
//!
//! | type | message | body |
//! |---:|---|---|
//! | 1 | [`Hello`] | version 1 · proof 16 · salt 8 · state 8 · link class and whether based 1 · certificate 0/1 (member 32, signature 64) · signature 64 |
//! | 2 | [`Sum`](Message::Sum) | round var · items var · 128 counters of 1 byte |
//! | 3 | [`Sketch`](Message::Sketch) | round var · last 0/1 · bytes of a symbol 1 · symbols |
//! | 4 | [`More`](Message::More) | symbols that may follow var |
//! | 5 | [`Want`](Message::Want) | round var · last 0/1 · set of short ids |
//! | 6 | [`Run`](Message::Run) | runs of entries |
//! | 7 | [`Blob`](Message::Blob) | hash 32 · offset var · bytes, none where the sender lacks it |
//! | 8 | [`Fork`](Message::Fork) | two entries, each after its 2-byte length |
//! | 9 | [`Credit`](Message::Credit) | bytes var |
//! | 10 | [`Bye`](Message::Bye) | reason 1 |
//! | 11 | [`Frontier`](Message::Frontier) | round var · last 0/1 · for each log: short name 8, length var, tag of the head 4 |
//! | 12 | [`WantLogs`](Message::WantLogs) | round var · last 0/1 · for each log: short name 8, from var, tag of the entry before 4 |
//! | 13 | [`WantBlob`](Message::WantBlob) | hash 32 · length 4 · offset var |
//! | 14 | [`Done`](Message::Done) | round var |
//! | 15 | [`State`](Message::State) | round var · state 8 |
//! | 176 | [`Live`](Message::Live) | what [`live`](super::live) says, at most [`MAX_LIVE_LEN`] bytes |

use crate::{
    codec::{CodecError, Reader, Writer},
    entry::{BlobRef, MAX_ENTRY_LEN},
    hash::BlobHash,
    keys::{MemberKey, Signature},
};

use super::{
    live::MAX_LIVE_LEN,
    sketch::{MAX_SYMBOLS_A_FRAME, Summary, Width},
};

/// The version of these messages.
pub const VERSION: u8 = 1;

/// Longest frame, in bytes, its type included.
pub const MAX_FRAME_LEN: usize = 64 * 1_024;

/// Longest frame on a link under 200 kB/s: an urgent one waits at most 80 ms behind it.
pub const MAX_SLOW_FRAME_LEN: usize = 4 * 1_024;

/// Detached bytes are kept in parts of so many bytes; a frame on a fast link holds whole ones.
pub const BLOB_PART_LEN: usize = 16 * 1_024;

/// The type of frames that carry [`live`](super::live). It has bit 7: who does not know it ignores it.
pub const LIVE_TYPE: u8 = 176;

/// How fast a link is, as far as its transport knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LinkClass {
    /// Under 200 kB/s: short frames, and no detached bytes unless asked.
    Slow,
    /// Anything faster.
    Fast,
}

impl LinkClass {
    /// Longest frame to send.
    pub fn max_frame_len(self) -> usize {
        match self {
            Self::Slow => MAX_SLOW_FRAME_LEN,
            Self::Fast => MAX_FRAME_LEN,
        }
    }
}

/// The first message of each side.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hello {
    /// Keyed hash of the channel under the network's secret: a stranger cannot make it.
    pub proof: [u8; 16],
    /// This side's half of the session's salt.
    pub salt: [u8; 8],
    /// What the sender holds, in 8 bytes that only this session can compare: equal on both sides
    /// means that there is nothing to do.
    pub state: [u8; 8],
    /// How fast the sender believes the link to be.
    pub link: LinkClass,
    /// Whether the sender knows what stands below some record by its leaves alone: then ends of
    /// logs are compared, since not both have names for all entries.
    pub is_based: bool,
    /// Whose device it is, by the member's signature. A new device may have none yet.
    pub certificate: Option<(MemberKey, Signature)>,
    /// By the device, over network, channel, role and the fields above.
    pub signature: Signature,
}

impl Hello {
    /// The fields that the signature covers.
    pub(super) fn fields(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.u8(VERSION)
            .raw(&self.proof)
            .raw(&self.salt)
            .raw(&self.state);
        let fast = match self.link {
            LinkClass::Slow => 0,
            LinkClass::Fast => 1,
        };
        out.u8(fast | (u8::from(self.is_based) << 1));
        out.flag(self.certificate.is_some());
        if let Some((member, signature)) = &self.certificate {
            out.raw(member.as_bytes()).raw(&signature.0);
        }
        out.finish()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let version = reader.u8()?;
        if version != VERSION {
            return Err(CodecError::Unknown {
                what: "version of the session",
                value: version.into(),
            });
        }
        let proof = reader.array()?;
        let salt = reader.array()?;
        let state = reader.array()?;
        let (link, is_based) = match reader.u8()? {
            0 => (LinkClass::Slow, false),
            1 => (LinkClass::Fast, false),
            2 => (LinkClass::Slow, true),
            3 => (LinkClass::Fast, true),
            value => {
                return Err(CodecError::Unknown {
                    what: "class of a link",
                    value: value.into(),
                });
            }
        };
        let certificate = if reader.flag()? {
            Some((MemberKey(reader.array()?), Signature(reader.array()?)))
        } else {
            None
        };
        Ok(Self {
            proof,
            salt,
            state,
            link,
            is_based,
            certificate,
            signature: Signature(reader.array()?),
        })
    }
}

/// One log in a frontier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FrontierLog {
    /// Keyed hash of the log's name under the session's salt.
    pub short: [u8; 8],
    /// In a frontier: entries held. In a want: the first one wanted.
    pub seq: u32,
    /// First bytes of the id of the entry just before `seq`, zeros at 0.
    pub tag: [u8; 4],
}

/// Bytes of a [`FrontierLog`] at most.
pub const MAX_FRONTIER_LOG_LEN: usize = 8 + 5 + 4;

/// Why a session ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ByeReason {
    /// Nothing is left to do.
    Done,
    /// The device shuts down or the person asked.
    Leaving,
    /// A frame of a type or version that this build does not know.
    Unsupported,
    /// The proof, the certificate or the signature of the hello is false.
    NotOfThisNetwork,
    /// Bytes that break the protocol, or three false signatures.
    Misbehaviour,
    /// More than the sender of this accepts.
    Limit,
    /// Another link to the same device is kept.
    Duplicate,
    /// A reason that this build does not know.
    Other(u8),
}

impl ByeReason {
    const KNOWN: [Self; 7] = [
        Self::Done,
        Self::Leaving,
        Self::Unsupported,
        Self::NotOfThisNetwork,
        Self::Misbehaviour,
        Self::Limit,
        Self::Duplicate,
    ];

    fn number(self) -> u8 {
        match self {
            Self::Other(number) => number,
            known => Self::KNOWN
                .iter()
                .position(|it| *it == known)
                .and_then(|at| u8::try_from(at).ok())
                .unwrap_or(u8::MAX),
        }
    }

    fn of(number: u8) -> Self {
        Self::KNOWN
            .get(usize::from(number))
            .copied()
            .unwrap_or(Self::Other(number))
    }
}

/// What a frame says. Bytes that need more than themselves to be read are left as they are.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Message<'a> {
    /// Who speaks.
    Hello(Box<Hello>),
    /// How much the sender holds; asks the one who dialled to compare.
    Sum {
        /// Counts the comparisons of a session, so that late frames of an earlier one are dropped.
        round: u32,
        /// Their number, and counters that tell about how many differ.
        summary: Summary,
    },
    /// The next symbols of the sender's sketch.
    Sketch {
        /// The comparison it belongs to.
        round: u32,
        /// Whether the sender waits now for what the other side makes of them.
        last: bool,
        /// How wide they are.
        width: Width,
        /// Symbols.
        symbols: &'a [u8],
    },
    /// The receiver of a sketch takes so many symbols more.
    More {
        /// Their number.
        symbols: u32,
    },
    /// Items of the sketch's sender that this side lacks; ends the sketch.
    Want {
        /// The comparison it belongs to.
        round: u32,
        /// Whether no other such frame follows.
        last: bool,
        /// A coded set of short ids.
        set: &'a [u8],
    },
    /// Entries.
    Run(&'a [u8]),
    /// Part of detached bytes.
    Blob {
        /// Their name.
        hash: BlobHash,
        /// Where the part begins.
        offset: u32,
        /// The part; empty where the sender lacks it.
        bytes: &'a [u8],
    },
    /// Two entries of one log at one place.
    Fork(&'a [u8], &'a [u8]),
    /// So many bytes of entries and detached bytes may be sent beyond those granted before.
    Credit(u32),
    /// The session ends.
    Bye(ByeReason),
    /// All logs of the sender.
    Frontier {
        /// The comparison it belongs to.
        round: u32,
        /// Whether no other such frame follows.
        last: bool,
        /// The logs, in ascending order of their short names.
        logs: Vec<FrontierLog>,
    },
    /// Logs that the sender wants from a place on.
    WantLogs {
        /// The comparison it belongs to.
        round: u32,
        /// Whether no other such frame follows.
        last: bool,
        /// The logs.
        logs: Vec<FrontierLog>,
    },
    /// Detached bytes that the sender lacks.
    WantBlob {
        /// Their name and length.
        blob: BlobRef,
        /// The first byte lacking.
        offset: u32,
    },
    /// Everything that was wanted in this comparison is sent.
    Done {
        /// The comparison.
        round: u32,
    },
    /// What the sender holds after a comparison.
    State {
        /// The comparison.
        round: u32,
        /// As in [`Hello::state`].
        state: [u8; 8],
    },
    /// Of two people who meet, for [`live`](super::live) to read.
    Live(&'a [u8]),
    /// A message of a later version that asks to be ignored.
    Ignorable,
}

impl<'a> Message<'a> {
    /// Reads the message of one frame.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the frame is longer than [`MAX_FRAME_LEN`] or not of the form above.
    pub fn decode(frame: &'a [u8]) -> Result<Self, CodecError> {
        if frame.len() > MAX_FRAME_LEN {
            return Err(CodecError::OverLimit {
                what: "frame length",
                value: crate::codec::to_u64(frame.len()),
                limit: crate::codec::to_u64(MAX_FRAME_LEN),
            });
        }
        let mut reader = Reader::new(frame);
        let number = reader.u8()?;
        let message = match number {
            1 => Self::Hello(Box::new(Hello::read(&mut reader)?)),
            2 => Self::Sum {
                round: read_round(&mut reader)?,
                summary: Summary {
                    items: reader.var()?,
                    counters: reader.array()?,
                },
            },
            3 => read_sketch(&mut reader)?,
            4 => Self::More {
                symbols: read_round(&mut reader)?,
            },
            5 => Self::Want {
                round: read_round(&mut reader)?,
                last: reader.flag()?,
                set: take_rest(&mut reader)?,
            },
            6 => Self::Run(take_rest(&mut reader)?),
            7 => Self::Blob {
                hash: BlobHash(reader.array()?),
                offset: read_round(&mut reader)?,
                bytes: take_rest(&mut reader)?,
            },
            8 => Self::Fork(
                reader.short_bytes("entry length", MAX_ENTRY_LEN)?,
                reader.short_bytes("entry length", MAX_ENTRY_LEN)?,
            ),
            9 => Self::Credit(read_round(&mut reader)?),
            10 => Self::Bye(ByeReason::of(reader.u8()?)),
            11 => Self::Frontier {
                round: read_round(&mut reader)?,
                last: reader.flag()?,
                logs: read_logs(&mut reader)?,
            },
            12 => Self::WantLogs {
                round: read_round(&mut reader)?,
                last: reader.flag()?,
                logs: read_logs(&mut reader)?,
            },
            13 => Self::WantBlob {
                blob: BlobRef {
                    hash: BlobHash(reader.array()?),
                    len: reader.u32()?,
                },
                offset: read_round(&mut reader)?,
            },
            14 => Self::Done {
                round: read_round(&mut reader)?,
            },
            15 => Self::State {
                round: read_round(&mut reader)?,
                state: reader.array()?,
            },
            // Who has more to say there is of a later version, too.
            LIVE_TYPE if frame.len() <= MAX_LIVE_LEN.saturating_add(1) => {
                Self::Live(take_rest(&mut reader)?)
            }
            128.. => return Ok(Self::Ignorable),
            _ => {
                return Err(CodecError::Unknown {
                    what: "message type",
                    value: number.into(),
                });
            }
        };
        reader.finish()?;
        Ok(message)
    }

    /// The frame that says it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        match self {
            Self::Hello(hello) => {
                out.u8(1).raw(&hello.fields()).raw(&hello.signature.0);
            }
            Self::Sum { round, summary } => {
                out.u8(2).var((*round).into());
                out.var(summary.items).raw(&summary.counters);
            }
            Self::Sketch {
                round,
                last,
                width,
                symbols,
            } => {
                out.u8(3).var((*round).into()).flag(*last);
                out.u8(width.symbol_len()).raw(symbols);
            }
            Self::More { symbols } => {
                out.u8(4).var((*symbols).into());
            }
            Self::Want { round, last, set } => {
                out.u8(5).var((*round).into()).flag(*last).raw(set);
            }
            Self::Run(runs) => {
                out.u8(6).raw(runs);
            }
            Self::Blob {
                hash,
                offset,
                bytes,
            } => {
                out.u8(7)
                    .raw(hash.as_bytes())
                    .var((*offset).into())
                    .raw(bytes);
            }
            Self::Fork(a, b) => {
                out.u8(8).short_bytes(a).short_bytes(b);
            }
            Self::Credit(bytes) => {
                out.u8(9).var((*bytes).into());
            }
            Self::Bye(reason) => {
                out.u8(10).u8(reason.number());
            }
            Self::Frontier { round, last, logs } => {
                out.u8(11).var((*round).into()).flag(*last);
                write_logs(&mut out, logs);
            }
            Self::WantLogs { round, last, logs } => {
                out.u8(12).var((*round).into()).flag(*last);
                write_logs(&mut out, logs);
            }
            Self::WantBlob { blob, offset } => {
                out.u8(13)
                    .raw(blob.hash.as_bytes())
                    .u32(blob.len)
                    .var((*offset).into());
            }
            Self::Done { round } => {
                out.u8(14).var((*round).into());
            }
            Self::State { round, state } => {
                out.u8(15).var((*round).into()).raw(state);
            }
            Self::Live(body) => {
                out.u8(LIVE_TYPE).raw(body);
            }
            Self::Ignorable => {
                out.u8(255);
            }
        }
        out.finish()
    }
}

fn read_round(reader: &mut Reader<'_>) -> Result<u32, CodecError> {
    let value = reader.var()?;
    u32::try_from(value).map_err(|_| CodecError::OverLimit {
        what: "number",
        value,
        limit: u32::MAX.into(),
    })
}

fn read_sketch<'a>(reader: &mut Reader<'a>) -> Result<Message<'a>, CodecError> {
    let (round, last, symbol_len) = (read_round(reader)?, reader.flag()?, reader.u8()?);
    let width = Width::with_symbol_len(symbol_len).ok_or_else(|| CodecError::Unknown {
        what: "width of symbols",
        value: symbol_len.into(),
    })?;
    let symbols = take_rest(reader)?;
    let limit = MAX_SYMBOLS_A_FRAME.saturating_mul(symbol_len.into());
    if symbols.len() > limit || !symbols.len().is_multiple_of(symbol_len.into()) {
        return Err(CodecError::NotCanonical("list of symbols"));
    }
    Ok(Message::Sketch {
        round,
        last,
        width,
        symbols,
    })
}

fn read_logs(reader: &mut Reader<'_>) -> Result<Vec<FrontierLog>, CodecError> {
    let mut logs = Vec::new();
    while !reader.is_empty() {
        logs.push(FrontierLog {
            short: reader.array()?,
            seq: read_round(reader)?,
            tag: reader.array()?,
        });
    }
    Ok(logs)
}

fn write_logs(out: &mut Writer, logs: &[FrontierLog]) {
    for log in logs {
        out.raw(&log.short).var(log.seq.into()).raw(&log.tag);
    }
}

fn take_rest<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], CodecError> {
    let len = reader.rest().len();
    reader.bytes(len)
}

#[cfg(test)]
mod tests {
    use super::{super::sketch::COUNTERS, *};

    #[test]
    fn every_message_comes_back_as_it_was_said() {
        for message in messages() {
            assert_eq!(Message::decode(&message.encode()), Ok(message));
        }
    }

    #[test]
    fn no_flipped_bit_and_no_truncation_panics() {
        for message in messages() {
            let frame = message.encode();
            for bit in 0..frame.len() * 8 {
                let mut changed = frame.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                if let Ok(read) = Message::decode(&changed) {
                    assert!(
                        read == Message::Ignorable || read.encode() == changed,
                        "{read:?}"
                    );
                }
                let _ = Message::decode(&frame[..bit / 8]);
            }
        }
    }

    #[test]
    fn unknown_types_with_bit_7_are_ignored_and_others_not() {
        assert_eq!(Message::decode(&[200, 1, 2]), Ok(Message::Ignorable));
        let mut live = vec![LIVE_TYPE; 1 + MAX_LIVE_LEN];
        assert_eq!(Message::decode(&live), Ok(Message::Live(&live[1..])));
        live.push(0);
        assert_eq!(Message::decode(&live), Ok(Message::Ignorable));
        assert!(Message::decode(&[99]).is_err());
        assert!(Message::decode(&[]).is_err());
    }

    fn messages() -> Vec<Message<'static>> {
        let logs = vec![
            FrontierLog {
                short: [1; 8],
                seq: 300,
                tag: [2; 4]
            };
            3
        ];
        vec![
            Message::Hello(Box::new(Hello {
                proof: [1; 16],
                salt: [2; 8],
                state: [6; 8],
                link: LinkClass::Fast,
                is_based: false,
                certificate: Some((MemberKey([3; 32]), Signature([4; 64]))),
                signature: Signature([5; 64]),
            })),
            Message::Sum {
                round: 3,
                summary: Summary {
                    items: 90_000,
                    counters: [200; COUNTERS],
                },
            },
            Message::Sketch {
                round: 1,
                last: false,
                width: Width::MAX,
                symbols: &[9; 36],
            },
            Message::More { symbols: 400 },
            Message::Want {
                round: 1,
                last: true,
                set: &[1, 2, 3],
            },
            Message::Run(&[1, 2, 3]),
            Message::Blob {
                hash: BlobHash([1; 32]),
                offset: 70_000,
                bytes: &[5; 9],
            },
            Message::Fork(&[1], &[2, 3]),
            Message::Credit(1 << 20),
            Message::Bye(ByeReason::Misbehaviour),
            Message::Bye(ByeReason::Other(77)),
            Message::Frontier {
                round: 0,
                last: false,
                logs: logs.clone(),
            },
            Message::WantLogs {
                round: 0,
                last: true,
                logs,
            },
            Message::WantBlob {
                blob: BlobRef {
                    hash: BlobHash([1; 32]),
                    len: 3_000,
                },
                offset: 0,
            },
            Message::Done { round: 2 },
            Message::State {
                round: 2,
                state: [3; 8],
            },
            Message::Live(&[1, 2, 3]),
        ]
    }
}
