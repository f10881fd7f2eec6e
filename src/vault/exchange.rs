//! Meetings in progress: what was asked and answered, until the six words end it.
//!
//! `DIR/exchange` is sealed like the signer keys. Each exchange serves once and ends after an hour:
//! a code that was photographed is worth nothing later.
//!
//! | bytes | field, sealed under a key that the vault's store key gives |
//! |------:|-------|
//! | 1 (+ 73 + 9 + 4) | whether this device asks: request, nonce, minute |
//! |     1 | how many it answered |
//! | each 73 + 93 + 4 + 1 | request, answer, minute, whether it served |

use std::path::Path;

use commune_crdt::{
    codec::{CodecError, Reader, Writer},
    genesis::{MeetAnswer, MeetNonce, MeetRequest},
    time::ClaimedMinutes,
};

use super::{VaultError, folder::EXCHANGE, sealed::SealedFile};

/// The longest file that is read, in bytes.
const MAX_LEN: usize = 8 * 1_024;

const FILE: SealedFile = SealedFile {
    name: EXCHANGE,
    magic: *b"cmnxchng",
    purpose: "commune exchange file v1",
    max_len: MAX_LEN,
};

/// Answers that are remembered; the oldest makes room.
const MAX_ANSWERED: usize = 16;

/// How long two people may take, in minutes.
pub const LIFE_MINUTES: u32 = 60;

/// Meetings in progress on one device.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// What this device asks.
    pub asked: Option<Asked>,
    /// What it answered.
    pub answered: Vec<Answered>,
}

/// A request of this device.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The request as shown.
    pub request: MeetRequest,
    /// What it commits to.
    pub nonce: MeetNonce,
    /// When it was shown.
    pub since: ClaimedMinutes,
}

/// A request that this device answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The request of the other.
    pub request: MeetRequest,
    /// The answer as shown.
    pub answer: MeetAnswer,
    /// When it was shown.
    pub since: ClaimedMinutes,
    /// The words came, and the certification was signed.
    pub is_done: bool,
}

impl Exchange {
    /// What is in progress in the data folder `dir` at `now`.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the file is damaged or of another vault.
    pub fn read(dir: &Path, store_key: &[u8; 32], now: ClaimedMinutes) -> Result<Self, VaultError> {
        let kept = FILE.read(dir, store_key, Self::decode)?;
        let mut exchange = kept.unwrap_or_default();
        let is_live = |since: ClaimedMinutes| now.0.abs_diff(since.0) <= LIFE_MINUTES;
        exchange.asked = exchange.asked.filter(|it| is_live(it.since));
        exchange.answered.retain(|it| is_live(it.since));
        Ok(exchange)
    }

    /// Puts it into the data folder `dir`.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the disk refuses.
    pub fn write(&self, dir: &Path, store_key: &[u8; 32]) -> Result<(), VaultError> {
        FILE.replace(dir, store_key, self.encode())
    }

    /// Remembers what was answered; the oldest makes room.
    pub fn answer(&mut self, answered: Answered) {
        if self.answered.len() >= MAX_ANSWERED {
            self.answered.remove(0);
        }
        self.answered.push(answered);
    }

    /// What was answered to `request`.
    pub fn answer_to(&mut self, request: &MeetRequest) -> Option<&mut Answered> {
        self.answered.iter_mut().find(|it| it.request == *request)
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(MAX_LEN);
        out.flag(self.asked.is_some());
        if let Some(asked) = &self.asked {
            out.raw(&asked.request.encode())
                .raw(asked.nonce.as_bytes())
                .u32(asked.since.0);
        }
        out.u8(u8::try_from(self.answered.len()).unwrap_or(u8::MAX));
        for it in &self.answered {
            out.raw(&it.request.encode())
                .raw(&it.answer.encode())
                .u32(it.since.0)
                .flag(it.is_done);
        }
        out.finish()
    }

    fn decode(content: &[u8]) -> Result<Self, CodecError> {
        const FORM: CodecError = CodecError::NotCanonical("code of a meeting");
        let mut reader = Reader::new(content);
        let mut exchange = Self::default();
        let request = |reader: &mut Reader<'_>| {
            MeetRequest::decode(reader.bytes(MeetRequest::LEN)?).map_err(|_| FORM)
        };
        if reader.flag()? {
            exchange.asked = Some(Asked {
                request: request(&mut reader)?,
                nonce: MeetNonce::new(reader.array()?),
                since: ClaimedMinutes(reader.u32()?),
            });
        }
        for _ in 0..reader.u8()? {
            exchange.answered.push(Answered {
                request: request(&mut reader)?,
                answer: MeetAnswer::decode(reader.bytes(MeetAnswer::LEN)?).map_err(|_| FORM)?,
                since: ClaimedMinutes(reader.u32()?),
                is_done: reader.flag()?,
            });
        }
        reader.finish()?;
        Ok(exchange)
    }
}

#[cfg(test)]
mod tests {
    use commune_crdt::{genesis::NetworkSecret, hash::NetworkId, keys::MemberKey};

    use super::*;

    #[test]
    fn an_exchange_comes_back_for_an_hour_and_for_its_vault_only() {
        let folder = tempfile::tempdir().unwrap();
        let now = ClaimedMinutes(1_000);
        exchange(now).write(folder.path(), &[5; 32]).unwrap();
        let read =
            |minute| Exchange::read(folder.path(), &[5; 32], ClaimedMinutes(minute)).unwrap();
        let mut kept = read(1_000 + LIFE_MINUTES);
        assert_eq!(kept.encode(), exchange(now).encode());
        let request = kept.answered[0].request;
        assert!(kept.answer_to(&request).is_some());
        let over = read(1_001 + LIFE_MINUTES);
        assert!(over.asked.is_none() && over.answered.is_empty());
        assert!(Exchange::read(folder.path(), &[6; 32], now).is_err());
    }

    #[test]
    fn every_truncation_is_refused_and_answers_make_room() {
        let mut many = exchange(ClaimedMinutes(9));
        let bytes = many.encode();
        for len in 0..bytes.len() {
            assert!(Exchange::decode(&bytes[..len]).is_err(), "cut at {len}");
        }
        let one = many.answered[0].clone();
        for _ in 0..40 {
            many.answer(one.clone());
        }
        assert_eq!(many.answered.len(), MAX_ANSWERED);
        assert!(many.encode().len() < MAX_LEN);
    }

    fn exchange(since: ClaimedMinutes) -> Exchange {
        let (network, nonce) = (NetworkId([7; 32]), MeetNonce::new([3; 9]));
        let request = MeetRequest::new(&network, MemberKey([1; 32]), &nonce);
        let secret = NetworkSecret::new([5; 32]);
        Exchange {
            asked: Some(Asked {
                request,
                nonce,
                since,
            }),
            answered: vec![Answered {
                request,
                answer: MeetAnswer::at_genesis(&network, MemberKey([2; 32]), [4; 16], secret),
                since,
                is_done: false,
            }],
        }
    }
}
