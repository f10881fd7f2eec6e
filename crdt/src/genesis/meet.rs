//! What two people show each other when they meet, so that one can vouch for the other.
//!
//! ```text
//! who asks                          sponsor
//!   nonce drawn, committed to
//!   MeetRequest ───────QR────────►
//!               ◄──────QR───────── MeetAnswer, with the network secret
//!   six words   ──────aloud──────► opened: the commitment holds, or somebody stood between
//! ```
//!
//! The six words are the nonce of who asks, under a mask that both codes give. Whoever stands
//! between had to choose a commitment before the nonce could be known, and so has one chance in
//! 2^66 that words meant for another pair of codes open it. Nothing else of the codes is signed.
//!
//! | bytes | [`MeetRequest`], 73 bytes: version 5 at level M |
//! |------:|-------|
//! |     1 | 0x51 |
//! |     8 | start of the network's name |
//! |    32 | member key of who asks |
//! |    32 | commitment: BLAKE3, key derivation, over network, member key, nonce |
//!
//! | bytes | [`MeetAnswer`], 93 bytes: version 5 at level L |
//! |------:|-------|
//! |     1 | 0x52 |
//! |    32 | member key of the sponsor |
//! |    16 | drawn by the sponsor |
//! |     4 | height of the newest record that the sponsor knows; 0 is the genesis |
//! |     8 | start of its hash; of the network's name at height 0 |
//! |    32 | network secret |
//!
//! | bytes | [`MeetingCode`], 25 bytes |
//! |------:|-------|
//! |     1 | 0x53 |
//! |     8 | start of the network's name |
//! |    16 | nonce that all who are at the meeting share |
//!
//! As text, for those without a camera: `commune:` and the bytes in hexadecimal, with the first 4
//! bytes of their BLAKE3 hash behind them. Spaces and line ends in it do not matter.

use std::fmt;

use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::NetworkSecret;
use crate::{
    codec::{CodecError, Reader, Writer},
    hash::{NetworkId, blake3, derive_key, to_hex},
    keys::MemberKey,
    payload::MeetingId,
};

/// What the text form begins with.
const PREFIX: &str = "commune:";

/// Longest text form that is read, in characters.
pub const MAX_MEET_TEXT: usize = 1_024;

/// Bytes of the check behind a text form.
const CHECK: usize = 4;

/// Six words: 66 bits, the last six of the bytes are zero.
pub const WORDS_LEN: usize = 9;

/// The secret of who asks, which the six words tell. Good for one meeting.
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct MeetNonce([u8; WORDS_LEN]);

impl MeetNonce {
    /// The nonce in bytes that were drawn at random.
    pub fn new(drawn: [u8; WORDS_LEN]) -> Self {
        Self(first_66_bits(drawn))
    }

    /// The bytes, to be sealed and kept until the answer comes.
    pub fn as_bytes(&self) -> &[u8; WORDS_LEN] {
        &self.0
    }
}

impl fmt::Debug for MeetNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MeetNonce(…)")
    }
}

/// A person asks a sponsor in front of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MeetRequest {
    network: [u8; 8],
    member: MemberKey,
    commitment: [u8; 32],
}

impl MeetRequest {
    /// Length in bytes.
    pub const LEN: usize = 73;
    const TYPE: u8 = 0x51;

    /// Asks as the owner of `member` in `network`.
    pub fn new(network: &NetworkId, member: MemberKey, nonce: &MeetNonce) -> Self {
        Self {
            network: start(network.as_bytes()),
            member,
            commitment: commitment(network, &member, nonce),
        }
    }

    /// Reads what a code holds.
    ///
    /// # Errors
    ///
    /// [`MeetError`] if it is something else.
    pub fn decode(bytes: &[u8]) -> Result<Self, MeetError> {
        let mut reader = after_type(bytes, Self::TYPE)?;
        let request = Self {
            network: reader.array()?,
            member: MemberKey(reader.array()?),
            commitment: reader.array()?,
        };
        reader.finish()?;
        Ok(request)
    }

    /// The bytes of the code.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(Self::LEN);
        out.u8(Self::TYPE)
            .raw(&self.network)
            .raw(self.member.as_bytes())
            .raw(&self.commitment);
        out.finish()
    }

    /// Who asks.
    pub fn member(&self) -> &MemberKey {
        &self.member
    }

    /// Whether it is for `network`, as far as its start tells.
    pub fn is_for(&self, network: &NetworkId) -> bool {
        self.network == start(network.as_bytes())
    }

    /// The six words that tell `nonce` to who gave `answer`.
    pub fn words(&self, answer: &MeetAnswer, nonce: &MeetNonce) -> [u8; WORDS_LEN] {
        masked(nonce.0, &self.mask(answer))
    }

    /// Whether `words` open the commitment: they were said by who asks, who saw `answer`.
    pub fn opens(&self, network: &NetworkId, answer: &MeetAnswer, words: &[u8; WORDS_LEN]) -> bool {
        let nonce = MeetNonce(masked(*words, &self.mask(answer)));
        // A word more or less is another nonce: nothing is left over in the last byte.
        first_66_bits(*words) == *words
            && self.is_for(network)
            && commitment(network, &self.member, &nonce) == self.commitment
    }

    fn mask(&self, answer: &MeetAnswer) -> [u8; WORDS_LEN] {
        let mask = derive_key("commune meet words v1", &[&self.encode(), &answer.encode()]);
        let (start, _) = mask.split_first_chunk().unwrap_or((&[0; WORDS_LEN], &[]));
        first_66_bits(*start)
    }
}

/// A sponsor answers: who they are, and how the newcomer finds the network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MeetAnswer {
    /// Who answers.
    pub sponsor: MemberKey,
    /// Drawn for this answer.
    pub nonce: [u8; 16],
    /// The newest record that the sponsor knows.
    pub height: u32,
    /// Start of its hash.
    pub record: [u8; 8],
    /// The network's secret.
    pub secret: NetworkSecret,
}

impl MeetAnswer {
    /// Length in bytes.
    pub const LEN: usize = 93;
    const TYPE: u8 = 0x52;

    /// Answers as `sponsor`, who knows no record but the genesis.
    pub fn at_genesis(
        network: &NetworkId,
        sponsor: MemberKey,
        nonce: [u8; 16],
        secret: NetworkSecret,
    ) -> Self {
        Self {
            sponsor,
            nonce,
            height: 0,
            record: start(network.as_bytes()),
            secret,
        }
    }

    /// Reads what a code holds.
    ///
    /// # Errors
    ///
    /// [`MeetError`] if it is something else.
    pub fn decode(bytes: &[u8]) -> Result<Self, MeetError> {
        let mut reader = after_type(bytes, Self::TYPE)?;
        let answer = Self {
            sponsor: MemberKey(reader.array()?),
            nonce: reader.array()?,
            height: reader.u32()?,
            record: reader.array()?,
            secret: NetworkSecret::new(reader.array()?),
        };
        reader.finish()?;
        Ok(answer)
    }

    /// The bytes of the code.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(Self::LEN);
        out.u8(Self::TYPE)
            .raw(self.sponsor.as_bytes())
            .raw(&self.nonce)
            .u32(self.height)
            .raw(&self.record)
            .raw(self.secret.as_bytes());
        out.finish()
    }

    /// Whether it can be of `network`: at the genesis, its record is the network itself.
    pub fn is_for(&self, network: &NetworkId) -> bool {
        self.height > 0 || self.record == start(network.as_bytes())
    }
}

/// What people at a meeting share.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MeetingCode {
    network: [u8; 8],
    /// The meeting.
    pub meeting: MeetingId,
}

impl MeetingCode {
    const TYPE: u8 = 0x53;

    /// The code of `meeting` in `network`.
    pub fn new(network: &NetworkId, meeting: MeetingId) -> Self {
        Self {
            network: start(network.as_bytes()),
            meeting,
        }
    }

    /// Reads what a code holds.
    ///
    /// # Errors
    ///
    /// [`MeetError`] if it is something else.
    pub fn decode(bytes: &[u8]) -> Result<Self, MeetError> {
        let mut reader = after_type(bytes, Self::TYPE)?;
        let code = Self {
            network: reader.array()?,
            meeting: reader.array()?,
        };
        reader.finish()?;
        Ok(code)
    }

    /// The bytes of the code.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.u8(Self::TYPE).raw(&self.network).raw(&self.meeting);
        out.finish()
    }

    /// Whether it is for `network`, as far as its start tells.
    pub fn is_for(&self, network: &NetworkId) -> bool {
        self.network == start(network.as_bytes())
    }
}

/// The bytes of a code as text that can be pasted.
pub fn meet_text(code: &[u8]) -> String {
    let check = blake3(&[code]);
    let (check, _) = check.split_at_checked(CHECK).unwrap_or_default();
    format!("{PREFIX}{}{}", to_hex(code), to_hex(check))
}

/// The bytes of a code that somebody pasted; `None` if the text does not claim to be one.
///
/// # Errors
///
/// [`MeetError::Text`] if it is cut or was changed.
pub fn read_meet_text(text: &str) -> Option<Result<Vec<u8>, MeetError>> {
    let text = text.trim_start();
    let head = text.get(..PREFIX.len())?;
    if !head.eq_ignore_ascii_case(PREFIX) || text.len() > MAX_MEET_TEXT {
        return None;
    }
    let digits = text.chars().skip(PREFIX.len());
    let digits: Option<Vec<u8>> = digits
        .filter(|it| !it.is_whitespace())
        .map(|it| it.to_digit(16).and_then(|it| u8::try_from(it).ok()))
        .collect();
    let bytes = digits.and_then(|digits| {
        let pairs = digits.chunks(2).map(|pair| match pair {
            [high, low] => Some((high << 4) | low),
            _ => None,
        });
        let bytes: Vec<u8> = pairs.collect::<Option<_>>()?;
        let (code, check) = bytes.split_last_chunk::<CHECK>().map(|(a, b)| (a, *b))?;
        blake3(&[code]).starts_with(&check).then(|| code.to_vec())
    });
    Some(bytes.ok_or(MeetError::Text))
}

fn after_type(bytes: &[u8], kind: u8) -> Result<Reader<'_>, MeetError> {
    match bytes.split_first() {
        Some((first, rest)) if *first == kind => Ok(Reader::new(rest)),
        _ => Err(MeetError::Kind),
    }
}

fn commitment(network: &NetworkId, member: &MemberKey, nonce: &MeetNonce) -> [u8; 32] {
    derive_key(
        "commune meet commitment v1",
        &[network.as_bytes(), member.as_bytes(), &nonce.0],
    )
}

fn masked(mut bytes: [u8; WORDS_LEN], mask: &[u8; WORDS_LEN]) -> [u8; WORDS_LEN] {
    for (byte, mask) in bytes.iter_mut().zip(mask) {
        *byte ^= mask;
    }
    bytes
}

/// Six words' worth of `bytes`.
pub(crate) fn first_66_bits(mut bytes: [u8; WORDS_LEN]) -> [u8; WORDS_LEN] {
    if let Some(last) = bytes.last_mut() {
        *last &= 0b1100_0000;
    }
    bytes
}

fn start(hash: &[u8; 32]) -> [u8; 8] {
    hash.first_chunk().copied().unwrap_or_default()
}

/// A code that is not what is asked for.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum MeetError {
    /// Another code, or one of a later version.
    #[error("it is another kind of code")]
    Kind,
    /// Cut, or longer than it can be.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A text whose check does not hold.
    #[error("the text is cut or was changed on the way")]
    Text,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back_and_have_the_length_that_a_terminal_holds() {
        let (request, answer) = (request(), answer());
        assert_eq!(request.encode().len(), MeetRequest::LEN);
        assert_eq!(answer.encode().len(), MeetAnswer::LEN);
        assert_eq!(MeetRequest::decode(&request.encode()), Ok(request));
        assert_eq!(MeetAnswer::decode(&answer.encode()), Ok(answer));
        let code = MeetingCode::new(&network(), [4; 16]);
        assert_eq!(MeetingCode::decode(&code.encode()), Ok(code));
        const { assert!(MeetRequest::LEN <= 84 && MeetAnswer::LEN <= 106) };
    }

    #[test]
    fn golden_vectors_hold() {
        let words = request().words(&answer(), &nonce());
        let code = MeetingCode::new(&network(), [4; 16]);
        assert_eq!(
            [
                to_hex(&request().encode()),
                to_hex(&words),
                meet_text(&code.encode()),
            ],
            [
                concat!(
                    "510707070707070707",
                    "0101010101010101010101010101010101010101010101010101010101010101",
                    "7c5f6323ea277343707a04595f4318e694e69bcf8bbc84ec69e2c1bc81f7030b",
                ),
                "310cc4f64a257e7ec0",
                "commune:53070707070707070704040404040404040404040404040404c5b5e21e",
            ]
        );
    }

    #[test]
    fn the_words_open_what_was_committed_to() {
        let words = request().words(&answer(), &nonce());
        assert!(request().opens(&network(), &answer(), &words));
        assert!(!request().opens(&NetworkId([8; 32]), &answer(), &words));
        for bit in 0..WORDS_LEN * 8 {
            let mut other = words;
            other[bit / 8] ^= 0x80 >> (bit % 8);
            assert!(!request().opens(&network(), &answer(), &other), "bit {bit}");
        }
    }

    #[test]
    fn every_truncation_of_a_code_is_refused() {
        let code = MeetingCode::new(&network(), [4; 16]).encode();
        for bytes in [request().encode(), answer().encode(), code] {
            let longer = [&bytes[..], b"\0"].concat();
            let cut = (0..bytes.len()).map(|len| &bytes[..len]);
            for bytes in cut.chain([&longer[..]]) {
                assert!(MeetRequest::decode(bytes).is_err());
                assert!(MeetAnswer::decode(bytes).is_err());
                assert!(MeetingCode::decode(bytes).is_err());
            }
        }
    }

    #[test]
    fn a_changed_bit_of_either_code_is_heard_in_the_words() {
        let (request, answer) = (request(), answer());
        let bytes = request.encode();
        for bit in 0..bytes.len() * 8 {
            // The sponsor saw a changed request: the words were made for the true one.
            let Ok(seen) = MeetRequest::decode(&flipped(&bytes, bit)) else {
                continue;
            };
            let words = request.words(&answer, &nonce());
            assert!(!seen.opens(&network(), &answer, &words), "bit {bit}");
        }
        let bytes = answer.encode();
        for bit in 0..bytes.len() * 8 {
            // Who asks saw a changed answer, such as another's key or another network secret.
            let Ok(seen) = MeetAnswer::decode(&flipped(&bytes, bit)) else {
                continue;
            };
            let words = request.words(&seen, &nonce());
            assert!(!request.opens(&network(), &answer, &words), "bit {bit}");
        }
    }

    #[test]
    fn who_stands_between_does_not_get_through() {
        let theirs = MeetNonce::new([9; WORDS_LEN]);
        let own = MeetRequest::new(&network(), MemberKey([6; 32]), &theirs);
        let own_answer = MeetAnswer {
            sponsor: MemberKey([6; 32]),
            ..answer()
        };
        // The person reads what belongs to the codes that they saw.
        let words = request().words(&own_answer, &nonce());
        assert!(!own.opens(&network(), &answer(), &words));
        assert!(!request().opens(&network(), &answer(), &words));
    }

    #[test]
    fn a_text_is_read_kindly_and_no_changed_digit_passes() {
        let code = request().encode();
        let text = meet_text(&code);
        assert_eq!(read_meet_text(&text), Some(Ok(code.clone())));
        let wrapped = format!(" {}\n{} \n", &text[..40].to_uppercase(), &text[40..]);
        assert_eq!(read_meet_text(&wrapped), Some(Ok(code)));
        for at in PREFIX.len()..text.len() {
            let (cut, mut changed) = (&text[..at], text.clone().into_bytes());
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(read_meet_text(&changed), Some(Err(MeetError::Text)));
            assert_eq!(read_meet_text(cut), Some(Err(MeetError::Text)));
        }
        for other in ["", "commune", "hello world", "commun\u{e9}:00"] {
            assert_eq!(read_meet_text(other), None);
        }
        assert_eq!(
            read_meet_text(&format!("commune:{}", "0".repeat(4_000))),
            None
        );
    }

    fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    }

    fn network() -> NetworkId {
        NetworkId([7; 32])
    }

    fn nonce() -> MeetNonce {
        MeetNonce::new([0xc3; WORDS_LEN])
    }

    fn request() -> MeetRequest {
        MeetRequest::new(&network(), MemberKey([1; 32]), &nonce())
    }

    fn answer() -> MeetAnswer {
        MeetAnswer::at_genesis(
            &network(),
            MemberKey([2; 32]),
            [3; 16],
            NetworkSecret::new([5; 32]),
        )
    }
}
