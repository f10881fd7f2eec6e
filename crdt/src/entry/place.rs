//! Where an entry stands: stream, kind, tag, log and anchor.

use crate::{
    codec::{CodecError, Reader, Writer},
    hash::NetworkId,
    keys::DeviceKey,
    time::Height,
};

/// What a log is about.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Stream(u8);

impl Stream {
    /// Who is a member, and who vouches for whom.
    pub const MEMBER: Self = Self(0);
    /// Transfers.
    pub const ACCOUNT: Self = Self(1);
    /// Votes: openings, ballots, tallies.
    pub const VOTE: Self = Self(2);
    /// Drafts of laws.
    pub const TEXT: Self = Self(3);
    /// Pledges to common actions.
    pub const ACTION: Self = Self(4);
    /// Agreement of the signers.
    pub const SIGNER: Self = Self(5);
    /// All eight, the two unknown ones included.
    pub const ALL: [Self; 8] = [
        Self(0),
        Self(1),
        Self(2),
        Self(3),
        Self(4),
        Self(5),
        Self(6),
        Self(7),
    ];

    /// The number on the wire, 0 to 7.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The stream of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Whether logs of this stream carry a tag.
    pub(super) fn is_tagged(self) -> Option<bool> {
        match self {
            Self::MEMBER | Self::ACCOUNT | Self::SIGNER => Some(false),
            Self::VOTE | Self::TEXT | Self::ACTION => Some(true),
            _ => None,
        }
    }

    /// The field's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MEMBER => "member",
            Self::ACCOUNT => "account",
            Self::VOTE => "vote",
            Self::TEXT => "text",
            Self::ACTION => "action",
            Self::SIGNER => "signer",
            _ => "unknown",
        }
    }
}

/// What an entry states: a stream, and a kind in it.
///
/// A number and not an enum: a device carries kinds it does not know for neighbours who do, and
/// the stream tells in which log an unknown kind has its place.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Kind(pub u8);

impl Kind {
    /// Kind `number` (0–31) of `stream`; higher bits of `number` are dropped.
    pub const fn new(stream: Stream, number: u8) -> Self {
        Self((stream.0 << 5) | (number & 0x1f))
    }

    /// The stream whose log holds it.
    pub fn stream(self) -> Stream {
        Stream(self.0 >> 5)
    }
}

/// The vote, text or action that a log is about; zero where there is none.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Tag(pub [u8; 16]);

/// One log: what one device writes in one stream about one thing.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct LogId {
    /// The device that writes it.
    pub author: DeviceKey,
    /// The stream.
    pub stream: Stream,
    /// The vote, text or action.
    pub tag: Tag,
}

impl LogId {
    /// Writes it: device 32, stream 1, tag 16.
    pub fn write(&self, out: &mut Writer) {
        out.raw(self.author.as_bytes())
            .u8(self.stream.number())
            .raw(&self.tag.0);
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if bytes are missing, or the stream is none.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let author = DeviceKey(reader.array()?);
        let number = reader.u8()?;
        let stream = Stream::from_number(number).ok_or_else(|| CodecError::Unknown {
            what: "stream",
            value: number.into(),
        })?;
        let tag = Tag(reader.array()?);
        Ok(Self {
            author,
            stream,
            tag,
        })
    }
}

/// The newest checkpoint that an author knew: a lower bound for when an entry acts, no more.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Anchor {
    /// Its height.
    pub height: Height,
    /// First 8 bytes of its record's hash, of the genesis hash at height 0.
    pub prefix: [u8; 8],
}

impl Anchor {
    /// The genesis of `network`.
    pub fn genesis(network: &NetworkId) -> Self {
        Self {
            height: Height(0),
            prefix: network.short(),
        }
    }
}
