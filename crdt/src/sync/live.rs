//! Six words over a live link: two devices that hold a session agree on words that their owners,
//! who stand in front of each other, compare before one vouches for the other.
//!
//! ```text
//! who asks                                  sponsor
//!   nonce drawn, committed to
//!   ASK (commitment, name) ───────────────► shown as asking, until the sponsor's owner answers
//!                          ◄─────────────── ANSWER (fresh nonce)
//!   REVEAL (nonce) ───────────────────────► does it open the commitment?
//!   six words           the same            six words
//! ```
//!
//! The session proved which device is at the other end, and whose it is by the certificate; what it
//! cannot prove is that this member is the *person* one is looking at. Whoever stands between has
//! to be a party of both exchanges under keys of their own, and each side draws a nonce that the
//! other commits itself before: so the words at both ends are the same once in 2^66 tries, and a
//! person makes one try.
//!
//! All is one frame type with bit 7, [`LIVE_TYPE`](super::message::LIVE_TYPE), which older programs
//! ignore. Texts are as in entries: 2 bytes of length, then UTF-8.
//!
//! | bytes | body of an ask, at most 99 bytes |
//! |------:|-------|
//! |     1 | 1 |
//! |    32 | commitment: BLAKE3, key derivation, over network, member and device of both, nonce, name |
//! | 2 + n | name by which who asks goes, at most 64 bytes |
//!
//! | bytes | body of an answer, 65 bytes |
//! |------:|-------|
//! |     1 | 2 |
//! |    32 | the commitment that is answered |
//! |    32 | nonce of the sponsor |
//!
//! | bytes | body of a reveal, 33 bytes |
//! |------:|-------|
//! |     1 | 3 |
//! |    32 | nonce of who asks |
//!
//! | bytes | body of an end, 33 bytes: who asked gave up |
//! |------:|-------|
//! |     1 | 4 |
//! |    32 | the commitment that is over |
//!
//! Nothing is shown that a person did not ask for: an answer counts only while the own request is
//! open, once a device; a reveal only after the own answer, once, and a false one ends the exchange.
//! What a neighbour can make this device keep is one row a device, at most [`MAX_ROWS`], for
//! [`LIFE_MS`]. Times are milliseconds of the device's monotonic clock, randomness is handed in.

mod frame;

use std::collections::BTreeMap;

use thiserror::Error;

use self::frame::{LiveFrame, commitment, words};
pub use self::frame::{LiveNonce, MAX_LIVE_LEN};
use crate::{
    codec::CodecError,
    genesis::WORDS_LEN,
    hash::NetworkId,
    keys::{DeviceKey, MemberKey},
    time::Millis,
};

/// How long a request, or words that were not used, are good: two people talk meanwhile.
pub const LIFE_MS: u64 = 600_000;

/// How long a sponsor waits for the reveal, which no person is needed for.
pub const REVEAL_MS: u64 = 10_000;

/// Devices of which something is kept, of each kind: more than a device has links.
pub const MAX_ROWS: usize = 64;

/// One end of a link, as the session proved it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct End {
    /// The person's key, by a certificate of the device.
    pub member: MemberKey,
    /// The device.
    pub device: DeviceKey,
}

/// Somebody who asks this device's owner.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Asking {
    /// Who.
    pub end: End,
    /// The name that they give themselves; nobody checked it.
    pub name: String,
    commitment: [u8; 32],
    until: Millis,
    /// What was answered, and until when the reveal is waited for.
    answered: Option<(LiveNonce, Millis)>,
}

/// Two devices have the same words, unless somebody stands between.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Met {
    /// Who is at the other end.
    pub end: End,
    /// The name that they gave themselves when they asked; empty if it was this device that asked.
    pub name: String,
    /// Six words: 66 bits, the last six of the bytes are zero.
    pub words: [u8; WORDS_LEN],
    /// Whether it was this device that asked.
    pub asked: bool,
    until: Millis,
}

/// What this device asks, of whom, until when.
#[derive(Debug)]
struct Request {
    of: Option<MemberKey>,
    until: Millis,
    /// To each device its own nonce: the words of one tell nothing of another's.
    asked: BTreeMap<DeviceKey, Asked>,
}

#[derive(Debug)]
struct Asked {
    end: End,
    commitment: [u8; 32],
    /// Gone once revealed.
    nonce: Option<LiveNonce>,
}

/// All exchanges of one device.
#[derive(Debug)]
pub struct Desk {
    network: NetworkId,
    own: End,
    name: String,
    request: Option<Request>,
    asking: BTreeMap<DeviceKey, Asking>,
    met: BTreeMap<DeviceKey, Met>,
}

impl Desk {
    /// The desk of a device in `network` whose owner goes by `name`.
    pub fn new(network: NetworkId, own: End, name: String) -> Self {
        Self {
            network,
            own,
            name,
            request: None,
            asking: BTreeMap::new(),
            met: BTreeMap::new(),
        }
    }

    /// Opens a request to everybody who is linked, or to the devices of one member. It replaces the
    /// one before, with the words that came of it.
    pub fn ask(&mut self, now: Millis, of: Option<MemberKey>) {
        self.met.retain(|_, it| !it.asked);
        self.request = Some(Request {
            of,
            until: now.after(LIFE_MS),
            asked: BTreeMap::new(),
        });
    }

    /// Ends the own request. Words that are there stay. Answers what to say to whom was asked and
    /// did not answer.
    pub fn withdraw(&mut self) -> Vec<(End, Vec<u8>)> {
        let asked = self.request.take().map(|it| it.asked).unwrap_or_default();
        let open = asked.into_values().filter(|it| it.nonce.is_some());
        open.map(|it| {
            let commitment = it.commitment;
            (it.end, LiveFrame::Over { commitment }.encode())
        })
        .collect()
    }

    /// Whether `end` is still to be asked: [`invite`](Self::invite) will say something.
    pub fn wants(&self, now: Millis, end: &End) -> bool {
        self.request.as_ref().is_some_and(|it| {
            now <= it.until
                && it.of.is_none_or(|of| of == end.member)
                && end.member != self.own.member
                && it.asked.len() < MAX_ROWS
                && !it.asked.contains_key(&end.device)
        })
    }

    /// The body that asks `end`, once, if the own request is for them. `nonce` is freshly drawn.
    pub fn invite(&mut self, now: Millis, end: &End, nonce: LiveNonce) -> Option<Vec<u8>> {
        if !self.wants(now, end) {
            return None;
        }
        let commitment = commitment(&self.network, &self.own, end, &self.name, &nonce);
        let asked = Asked {
            end: *end,
            commitment,
            nonce: Some(nonce),
        };
        self.request.as_mut()?.asked.insert(end.device, asked);
        let name = self.name.clone();
        Some(LiveFrame::Ask { commitment, name }.encode())
    }

    /// Takes what `end` said, and answers what is to be said back at once.
    ///
    /// # Errors
    ///
    /// [`LiveError`] if it is no such frame or not in its place; nothing is shown of it.
    pub fn handle(
        &mut self,
        now: Millis,
        end: &End,
        body: &[u8],
    ) -> Result<Option<Vec<u8>>, LiveError> {
        self.forget(now);
        match LiveFrame::decode(body)? {
            LiveFrame::Ask { commitment, name } => {
                self.hear(now, end, commitment, name)?;
                Ok(None)
            }
            LiveFrame::Answer { commitment, nonce } => {
                self.reveal(now, end, &commitment, &nonce).map(Some)
            }
            LiveFrame::Reveal { nonce } => {
                self.open(now, end, &nonce)?;
                Ok(None)
            }
            LiveFrame::Over { commitment } => {
                let asking = self.asking.get(&end.device);
                if asking.is_some_and(|it| it.end == *end && it.commitment == commitment) {
                    self.asking.remove(&end.device);
                }
                Ok(None)
            }
        }
    }

    /// The body by which this device's owner answers who asks from `device`. `nonce` is freshly
    /// drawn.
    ///
    /// # Errors
    ///
    /// [`LiveError::NotAsked`] if nobody asks from there, or they have their answer.
    pub fn answer(
        &mut self,
        now: Millis,
        device: &DeviceKey,
        nonce: LiveNonce,
    ) -> Result<Vec<u8>, LiveError> {
        self.forget(now);
        let asking = self.asking.get_mut(device).ok_or(LiveError::NotAsked)?;
        if asking.answered.is_some() {
            return Err(LiveError::NotAsked);
        }
        asking.answered = Some((nonce.clone(), now.after(REVEAL_MS)));
        let commitment = asking.commitment;
        Ok(LiveFrame::Answer { commitment, nonce }.encode())
    }

    /// Who asks and has no answer yet.
    pub fn asking(&self, now: Millis) -> impl Iterator<Item = &Asking> {
        let is_open = move |it: &&Asking| it.answered.is_none() && now <= it.until;
        self.asking.values().filter(is_open)
    }

    /// With whom there are words that did not serve yet.
    pub fn met(&self, now: Millis) -> impl Iterator<Item = &Met> {
        self.met.values().filter(move |it| now <= it.until)
    }

    /// The words with `device` have served, or did not agree: nobody uses them again.
    pub fn end(&mut self, device: &DeviceKey) -> Option<Met> {
        self.met.remove(device)
    }

    /// The link to `device` is gone, and with it what was half said.
    pub fn parted(&mut self, device: &DeviceKey) {
        self.asking.remove(device);
        if let Some(request) = &mut self.request {
            request.asked.remove(device);
        }
    }

    fn hear(
        &mut self,
        now: Millis,
        end: &End,
        commitment: [u8; 32],
        name: String,
    ) -> Result<(), LiveError> {
        if end.member == self.own.member {
            return Err(LiveError::OwnPerson);
        }
        if self.asking.len() >= MAX_ROWS && !self.asking.contains_key(&end.device) {
            return Err(LiveError::Full);
        }
        // A new request takes the place of the one before, also of one that was answered: who asks
        // anew has no words any more for what was answered before.
        let asking = Asking {
            end: *end,
            name,
            commitment,
            until: now.after(LIFE_MS),
            answered: None,
        };
        self.asking.insert(end.device, asking);
        if self.met.get(&end.device).is_some_and(|it| !it.asked) {
            self.met.remove(&end.device);
        }
        Ok(())
    }

    fn reveal(
        &mut self,
        now: Millis,
        end: &End,
        answered: &[u8; 32],
        answer: &LiveNonce,
    ) -> Result<Vec<u8>, LiveError> {
        let request = self.request.as_mut().ok_or(LiveError::NotAsked)?;
        let asked = request.asked.get_mut(&end.device);
        let asked = asked.filter(|it| it.end == *end && it.commitment == *answered);
        let asked = asked.ok_or(LiveError::NotAsked)?;
        // Once: who may try many answers against one nonce may choose the words.
        let nonce = asked.nonce.take().ok_or(LiveError::NotAsked)?;
        let words = words(&asked.commitment, answer, &nonce);
        self.keep(now, end, String::new(), words, true)?;
        Ok(LiveFrame::Reveal { nonce }.encode())
    }

    fn open(&mut self, now: Millis, end: &End, nonce: &LiveNonce) -> Result<(), LiveError> {
        let asking = self.asking.get(&end.device);
        if asking.is_none_or(|it| it.end != *end || it.answered.is_none()) {
            return Err(LiveError::NotAnswered);
        }
        // Whatever comes of it, there is no second try.
        let asking = self.asking.remove(&end.device);
        let asking = asking.ok_or(LiveError::NotAnswered)?;
        let (answer, until) = asking.answered.ok_or(LiveError::NotAnswered)?;
        if now > until {
            return Err(LiveError::TooLate);
        }
        if commitment(&self.network, end, &self.own, &asking.name, nonce) != asking.commitment {
            return Err(LiveError::False);
        }
        let words = words(&asking.commitment, &answer, nonce);
        self.keep(now, end, asking.name, words, false)
    }

    fn keep(
        &mut self,
        now: Millis,
        end: &End,
        name: String,
        words: [u8; WORDS_LEN],
        asked: bool,
    ) -> Result<(), LiveError> {
        if self.met.len() >= MAX_ROWS && !self.met.contains_key(&end.device) {
            return Err(LiveError::Full);
        }
        let met = Met {
            end: *end,
            name,
            words,
            asked,
            until: now.after(LIFE_MS),
        };
        self.met.insert(end.device, met);
        Ok(())
    }

    /// Drops what is over.
    fn forget(&mut self, now: Millis) {
        self.asking.retain(|_, it| {
            now <= it.until && it.answered.as_ref().is_none_or(|(_, until)| now <= *until)
        });
        self.met.retain(|_, it| now <= it.until);
        if self.request.as_ref().is_some_and(|it| now > it.until) {
            self.request = None;
        }
    }
}

/// Why a frame of an exchange counts for nothing.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum LiveError {
    /// Cut, or longer than it can be.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A kind of a later version.
    #[error("kind {0} of a live exchange is not known")]
    Kind(u8),
    /// It answers what was not asked, or was answered already.
    #[error("it answers nothing that was asked")]
    NotAsked,
    /// It reveals where nothing was answered.
    #[error("it reveals what was not answered")]
    NotAnswered,
    /// The reveal does not open the commitment.
    #[error("the reveal does not open the commitment")]
    False,
    /// The reveal came after its time.
    #[error("the reveal came later than {} s after the answer", REVEAL_MS / 1_000)]
    TooLate,
    /// A device of one's own asks.
    #[error("it is a device of the same person")]
    OwnPerson,
    /// As many devices as are kept at once.
    #[error("{MAX_ROWS} devices are at it already")]
    Full,
}

#[cfg(test)]
mod tests;
