//! A request for a payment, which a receiver shows and a payer reads: as a QR code, or as a line of
//! text in the [form of other codes](meet_text).
//!
//! | bytes | [`PaymentRequest`] |
//! |------:|-------|
//! |     1 | 0x54 |
//! |     8 | start of the network's name |
//! | 1 + 32 | receiver |
//! |     8 | amount in thousandths, more than 0 |
//! | 2 + n | what for, at most [`MAX_COMMENT_LEN`] bytes of clean text; empty if nothing is said |
//!
//! Nothing signs it: whoever shows it could as well name another receiver, and the payer is shown
//! whom they pay, by the name that the members know.

use std::str::FromStr;

use thiserror::Error;

use crate::{
    codec::{CodecError, Reader, Writer},
    genesis::{MAX_MEET_TEXT, meet_text, read_meet_text},
    hash::NetworkId,
    payload::{MAX_COMMENT_LEN, Receiver},
};

const TYPE: u8 = 0x54;

/// Longest request, in bytes.
pub const MAX_PAYMENT_REQUEST_LEN: usize = 1 + 8 + 33 + 8 + 2 + MAX_COMMENT_LEN;

// Four bytes of check, two digits a byte, and the prefix.
const _: () = assert!((MAX_PAYMENT_REQUEST_LEN + 4) * 2 + 8 <= MAX_MEET_TEXT);

/// What somebody asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PaymentRequest {
    network: [u8; 8],
    to: Receiver,
    amount: u64,
    comment: String,
}

/// A code that asks for no payment.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum RequestError {
    /// Another code, or one of a later version.
    #[error("it is another kind of code")]
    Kind,
    /// Cut, too long or not of its form.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A text whose check does not hold.
    #[error("the text is cut or was changed on the way")]
    Text,
    /// It asks for nothing.
    #[error("the amount is zero")]
    ZeroAmount,
}

impl PaymentRequest {
    /// Asks that `amount` be paid to `to`. `comment` is empty, or what for.
    ///
    /// # Errors
    ///
    /// [`RequestError`] for what nobody would read.
    pub fn new(
        network: &NetworkId,
        to: Receiver,
        amount: u64,
        comment: &str,
    ) -> Result<Self, RequestError> {
        let request = Self {
            network: start(network),
            to,
            amount,
            comment: comment.to_owned(),
        };
        Self::decode(&request.encode())
    }

    /// Whom to pay.
    pub fn to(&self) -> &Receiver {
        &self.to
    }

    /// How much, in thousandths; more than 0.
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// What for, if something is said.
    pub fn comment(&self) -> Option<&str> {
        Some(&*self.comment).filter(|it| !it.is_empty())
    }

    /// Whether it is for `network`, as far as its start tells.
    pub fn is_for(&self, network: &NetworkId) -> bool {
        self.network == start(network)
    }

    /// Reads what a code holds.
    ///
    /// # Errors
    ///
    /// [`RequestError`] if it is something else.
    pub fn decode(bytes: &[u8]) -> Result<Self, RequestError> {
        let Some((&TYPE, rest)) = bytes.split_first() else {
            return Err(RequestError::Kind);
        };
        let mut reader = Reader::new(rest);
        let request = Self {
            network: reader.array()?,
            to: Receiver::read(&mut reader)?,
            amount: reader.u64()?,
            comment: reader.text("comment", MAX_COMMENT_LEN)?,
        };
        reader.finish()?;
        if request.amount == 0 {
            return Err(RequestError::ZeroAmount);
        }
        Ok(request)
    }

    /// The bytes of the code.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.u8(TYPE).raw(&self.network);
        self.to.write(&mut out);
        out.u64(self.amount).short_bytes(self.comment.as_bytes());
        out.finish()
    }

    /// The code as a line of text that can be pasted.
    pub fn text(&self) -> String {
        meet_text(&self.encode())
    }
}

impl FromStr for PaymentRequest {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        match read_meet_text(text) {
            Some(Ok(bytes)) => Self::decode(&bytes),
            Some(Err(_)) => Err(RequestError::Text),
            None => Err(RequestError::Kind),
        }
    }
}

fn start(network: &NetworkId) -> [u8; 8] {
    network
        .as_bytes()
        .first_chunk()
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MemberKey;

    #[test]
    fn a_request_comes_back_from_bytes_and_from_text() {
        for request in requests() {
            assert_eq!(
                PaymentRequest::decode(&request.encode()),
                Ok(request.clone())
            );
            assert_eq!(request.text().parse(), Ok(request.clone()));
            assert!(request.encode().len() <= MAX_PAYMENT_REQUEST_LEN);
            assert!(request.is_for(&network()) && !request.is_for(&NetworkId([8; 32])));
        }
        assert_eq!(
            requests()[0].text(),
            concat!(
                "commune:54070707070707070700",
                "0202020202020202020202020202020202020202020202020202020202020202",
                "00000000000030d400056272656164ba16062d",
            )
        );
    }

    #[test]
    fn every_truncation_and_one_byte_more_are_refused() {
        for request in requests() {
            let (bytes, text) = (request.encode(), request.text());
            for len in 0..bytes.len() {
                assert!(PaymentRequest::decode(&bytes[..len]).is_err(), "{len}");
            }
            for len in 0..text.len() {
                assert!(text[..len].parse::<PaymentRequest>().is_err(), "{len}");
            }
            let longer = [&bytes[..], &[0]].concat();
            assert!(PaymentRequest::decode(&longer).is_err());
        }
    }

    #[test]
    fn a_flipped_bit_is_an_error_or_another_request_and_never_a_text() {
        for request in requests() {
            let bytes = request.encode();
            let check = &meet_text(&bytes)[8 + bytes.len() * 2..];
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                if let Ok(read) = PaymentRequest::decode(&changed) {
                    assert_eq!(read.encode(), changed, "bit {bit}");
                    assert_ne!(read, request, "bit {bit}");
                }
                let text = format!("commune:{}{check}", crate::hash::to_hex(&changed));
                let read = text.parse::<PaymentRequest>();
                assert_eq!(read, Err(RequestError::Text), "bit {bit}");
            }
        }
    }

    #[test]
    fn nothing_unclean_too_long_or_for_nothing_is_asked() {
        let to = Receiver::Member(MemberKey([2; 32]));
        let ask = |amount, comment: &str| PaymentRequest::new(&network(), to, amount, comment);
        assert_eq!(ask(0, "bread"), Err(RequestError::ZeroAmount));
        let long = "x".repeat(MAX_COMMENT_LEN + 1);
        for comment in ["esc\u{1b}[2J", "\u{7}", &long] {
            assert!(matches!(ask(1, comment), Err(RequestError::Codec(_))));
        }
        let huge = "commune:".to_owned() + &"0".repeat(1 << 20);
        for text in ["", "commune:", "bread", "commune:zz", &huge] {
            assert!(text.parse::<PaymentRequest>().is_err());
        }
        let meeting = crate::genesis::MeetingCode::new(&network(), [4; 16]).encode();
        assert_eq!(PaymentRequest::decode(&meeting), Err(RequestError::Kind));
        assert_eq!(PaymentRequest::decode(&[]), Err(RequestError::Kind));
    }

    fn requests() -> Vec<PaymentRequest> {
        let member = Receiver::Member(MemberKey([2; 32]));
        let shared = Receiver::Shared(crate::payload::SharedId([3; 32]));
        let longest = "é".repeat(MAX_COMMENT_LEN / 2);
        [
            (member, 12_500, "bread"),
            (shared, u64::MAX, ""),
            (member, 1, &*longest),
        ]
        .map(|(to, amount, comment)| PaymentRequest::new(&network(), to, amount, comment).unwrap())
        .into()
    }

    fn network() -> NetworkId {
        NetworkId([7; 32])
    }
}
