//! A member's card: what others need to name the member in a genesis, or to vouch for them.
//!
//! | bytes | field |
//! |------:|-------|
//! |    15 | `commune-card/1` and a line feed, in a file of its own only |
//! |    32 | member key |
//! | 2 + n | name, one line, at most 64 bytes |
//! |    32 | key of the first device |
//! |    64 | the member's certificate of that device |
//! |    32 | cosignature key: signs checkpoints |
//! |    32 | log-line key: signs the log line of checkpoints |
//! |    32 | commitment to the seed chain: the hash that its first preimage has |
//! |    32 | X25519 key |
//! | 1,184 | ML-KEM-768 key |
//! |    64 | the member's signature over all of the above but the first line |

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{
    codec::{CodecError, Reader, Writer},
    entry::{MAX_ENTRY_LEN, SignedEntry, VerifiedEntry, VerifyError},
    hash::{BlobHash, NameError, NetworkId, from_hex, name, to_hex},
    keys::{
        DeviceKey, Domain, ExchangeKey, ML_KEM_KEY_LEN, MemberKey, SecretKey, Signature,
        SignatureError, Verifier, is_ml_kem_key,
    },
    payload::{MemberFact, read_name, verify_device},
};

/// First line of a card file.
pub const CARD_MAGIC: &[u8] = b"commune-card/1\n";

/// First line of a request file.
pub const REQUEST_MAGIC: &[u8] = b"commune-request/1\n";

/// Longest card file, in bytes.
pub const MAX_CARD_LEN: usize = 2_048;

/// Longest request file, in bytes.
pub const MAX_REQUEST_LEN: usize = 4_096;

name! {
    /// Ed25519 public key with which a signer cosigns checkpoints, and nothing else.
    CosignatureKey
}
name! {
    /// Ed25519 public key with which a signer signs the log line of checkpoints, and nothing else.
    LogLineKey
}
name! {
    /// What a signer's seed chain ends in: each preimage revealed later leads to it.
    SeedCommitment
}

/// What a card says of a member.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// Their key for life.
    pub member: MemberKey,
    /// Name shown to others.
    pub name: String,
    /// Their first device.
    pub device: DeviceKey,
    /// Their certificate of it.
    pub certificate: Signature,
    /// Cosigns checkpoints, if they become a signer.
    pub cosignature: CosignatureKey,
    /// Signs the log line of checkpoints, if they become a signer.
    pub log_line: LogLineKey,
    /// Fixes their part in future draws, if they become a signer.
    pub seed_commitment: SeedCommitment,
    /// Where to seal what only they may read, with the next.
    pub exchange: ExchangeKey,
    /// ML-KEM-768 key, 1,184 bytes.
    pub ml_kem: Vec<u8>,
}

/// What a member said of themselves and signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Card {
    person: Person,
    signature: Signature,
}

impl Card {
    /// Signs what `person` says, as the owner of `key`, whose public half replaces the member key.
    ///
    /// # Errors
    ///
    /// [`CardError`] if nobody would accept the card.
    pub fn sign(mut person: Person, key: &SecretKey) -> Result<Self, CardError> {
        person.member = key.member_key();
        let fields = person.fields();
        let mut bytes = fields.clone();
        bytes.extend(key.sign(Domain::Card, &[&fields]).0);
        let mut reader = Reader::new(&bytes);
        let card = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(card)
    }

    /// Reads a card file and checks every signature in it.
    ///
    /// # Errors
    ///
    /// [`CardError`]: whoever passed it on changed it, or it is something else.
    pub fn decode(bytes: &[u8]) -> Result<Self, CardError> {
        let mut reader = after_magic(bytes, CARD_MAGIC, MAX_CARD_LEN).ok_or(CardError::Magic)?;
        let card = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(card)
    }

    /// The card as a file.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.raw(CARD_MAGIC);
        self.write(&mut out);
        out.finish()
    }

    /// What it says.
    pub fn person(&self) -> &Person {
        &self.person
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.raw(&self.person.fields()).raw(&self.signature.0);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CardError> {
        let person = Person {
            member: MemberKey(reader.array()?),
            name: read_name(reader)?,
            device: DeviceKey(reader.array()?),
            certificate: Signature(reader.array()?),
            cosignature: CosignatureKey(reader.array()?),
            log_line: LogLineKey(reader.array()?),
            seed_commitment: SeedCommitment(reader.array()?),
            exchange: ExchangeKey(reader.array()?),
            ml_kem: reader.bytes(ML_KEM_KEY_LEN)?.to_vec(),
        };
        let card = Self {
            person,
            signature: Signature(reader.array()?),
        };
        card.check()?;
        Ok(card)
    }

    fn check(&self) -> Result<(), CardError> {
        let person = &self.person;
        Verifier::new(person.member.as_bytes())
            .map_err(|_| CardError::Key("member key"))?
            .verify(Domain::Card, &[&person.fields()], &self.signature)?;
        verify_device(&person.member, &person.device, &person.certificate)
            .map_err(|_| CardError::Certificate)?;
        for (what, key) in [
            ("device key", person.device.as_bytes()),
            ("cosignature key", person.cosignature.as_bytes()),
            ("log-line key", person.log_line.as_bytes()),
        ] {
            Verifier::new(key).map_err(|_| CardError::Key(what))?;
        }
        if !is_ml_kem_key(&person.ml_kem) {
            return Err(CardError::Key("ML-KEM-768 key"));
        }
        Ok(())
    }
}

impl Person {
    fn fields(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(MAX_CARD_LEN);
        out.raw(self.member.as_bytes())
            .short_bytes(self.name.as_bytes())
            .raw(self.device.as_bytes())
            .raw(&self.certificate.0)
            .raw(self.cosignature.as_bytes())
            .raw(self.log_line.as_bytes())
            .raw(self.seed_commitment.as_bytes())
            .raw(self.exchange.as_bytes())
            .raw(&self.ml_kem);
        out.finish()
    }

    /// The four keys with which this member signs, by purpose.
    pub(super) fn signing_keys(&self) -> [(&'static str, [u8; 32]); 4] {
        [
            ("member key", self.member.0),
            ("device key", self.device.0),
            ("cosignature key", self.cosignature.0),
            ("log-line key", self.log_line.0),
        ]
    }
}

/// A candidate asks to be vouched for: their card, and their join entry for one network.
///
/// As a file: `commune-request/1` and a line feed, the fields of the card, the entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    card: Card,
    join: SignedEntry,
}

impl Request {
    /// Joins a card and the join entry of the same person.
    ///
    /// # Errors
    ///
    /// [`CardError::OtherPerson`] if they are not of one person.
    pub fn new(card: Card, join: SignedEntry) -> Result<Self, CardError> {
        let person = card.person();
        let Ok(Some(MemberFact::Join(fact))) = MemberFact::of(join.claim()) else {
            return Err(CardError::NoJoin);
        };
        let same = fact.member == person.member
            && join.author() == person.device
            && fact.name == person.name
            && fact.exchange == person.exchange
            && fact.ml_kem == BlobHash::of(&person.ml_kem);
        if !same {
            return Err(CardError::OtherPerson);
        }
        Ok(Self { card, join })
    }

    /// Reads a request file. The card in it is checked, the entry is not.
    ///
    /// # Errors
    ///
    /// [`CardError`] if it is something else, or was changed.
    pub fn decode(bytes: &[u8]) -> Result<Self, CardError> {
        let mut reader =
            after_magic(bytes, REQUEST_MAGIC, MAX_REQUEST_LEN).ok_or(CardError::Magic)?;
        let card = Card::read(&mut reader)?;
        let join = SignedEntry::decode(reader.rest())?;
        Self::new(card, join)
    }

    /// The request as a file.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(MAX_CARD_LEN.saturating_add(MAX_ENTRY_LEN));
        out.raw(REQUEST_MAGIC);
        self.card.write(&mut out);
        out.raw(self.join.as_bytes());
        out.finish()
    }

    /// Who asks.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The join entry, checked to be signed by the device and by the member for `network`.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] if it is for another network, or was changed.
    pub fn verify(&self, network: &NetworkId) -> Result<VerifiedEntry, VerifyError> {
        let join = self.join.clone().verify(network)?;
        match MemberFact::of(join.entry()) {
            Ok(Some(fact)) => fact.verify(network, &join.author())?,
            _ => return Err(VerifyError::Signature(SignatureError)),
        }
        Ok(join)
    }
}

/// The bytes behind `magic`, if there are at most `limit` in all.
pub(super) fn after_magic<'a>(bytes: &'a [u8], magic: &[u8], limit: usize) -> Option<Reader<'a>> {
    let rest = bytes.strip_prefix(magic)?;
    (bytes.len() <= limit).then(|| Reader::new(rest))
}

/// Bytes that are no card or request, or one that somebody changed.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CardError {
    /// The first line is another, or the file is far too long.
    #[error("it is not a file of this kind")]
    Magic,
    /// The bytes are not in the form of a card.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A key in it that nobody could use.
    #[error("its {0} is not valid")]
    Key(&'static str),
    /// The member did not certify the device.
    #[error("the member did not certify the device")]
    Certificate,
    /// The member did not sign the card.
    #[error("the member did not sign it")]
    Signature(#[from] SignatureError),
    /// A request whose entry asks for nothing.
    #[error("it holds no join entry")]
    NoJoin,
    /// A request whose entry is of another person than its card.
    #[error("its card and its join entry are of two people")]
    OtherPerson,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        entry::{Anchor, Entry, Tag},
        keys::SealingKeys,
        payload::{Join, certify_device},
        time::ClaimedMinutes,
    };

    #[test]
    fn a_card_comes_back_as_it_was_signed() {
        let card = card_of(1, "Zoé");
        let bytes = card.encode();
        assert!(bytes.len() <= MAX_CARD_LEN);
        assert_eq!(Card::decode(&bytes), Ok(card));
    }

    #[test]
    fn a_card_that_anybody_changed_or_cut_is_refused() {
        for bytes in [card_of(1, "Zoé").encode(), request().encode()] {
            let read = |bytes: &[u8]| {
                Card::decode(bytes).is_ok()
                    || Request::decode(bytes).is_ok_and(|it| it.verify(&network()).is_ok())
            };
            assert!(read(&bytes));
            for len in 0..bytes.len() {
                assert!(!read(&bytes[..len]), "cut at {len}");
            }
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(!read(&changed), "bit {bit} can change unnoticed");
            }
            let longer = [&bytes[..], b"\0"].concat();
            assert!(!read(&longer));
        }
    }

    #[test]
    fn a_name_that_would_harm_a_screen_is_not_signed() {
        let long = "a".repeat(65);
        for name in ["", " ", "two\nlines", "\u{1b}[2J", &long] {
            let person = Person {
                name: name.to_owned(),
                ..card_of(1, "Zoé").person().clone()
            };
            assert!(Card::sign(person, &member(1)).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_device_of_another_member_is_refused() {
        let person = Person {
            certificate: certify_device(&member(2), &device(1).device_key()),
            ..card_of(1, "Zoé").person().clone()
        };
        assert_eq!(Card::sign(person, &member(1)), Err(CardError::Certificate));
    }

    #[test]
    fn a_request_speaks_for_one_person_in_one_network() {
        let other = Request::new(card_of(2, "Karim"), request().join);
        assert_eq!(other, Err(CardError::OtherPerson));
        assert!(request().verify(&network()).is_ok());
        assert!(request().verify(&NetworkId([8; 32])).is_err());
    }

    fn request() -> Request {
        let card = card_of(1, "Zoé");
        let join = Join {
            member: card.person().member,
            name: "Zoé".to_owned(),
            charter: BlobHash([3; 32]),
            exchange: card.person().exchange,
            ml_kem: BlobHash::of(&card.person().ml_kem),
            imported: None,
            signature: Signature([0; 64]),
        };
        let device = device(1);
        let fact = MemberFact::Join(join.sign(&network(), &device.device_key(), &member(1)));
        let entry = Entry {
            kind: fact.kind(),
            tag: Tag::default(),
            seq: 0,
            previous: None,
            anchor: Anchor::genesis(&network()),
            claimed: ClaimedMinutes(29_400_000),
            parents: vec![],
            payload: fact.payload(),
        };
        let join = entry.sign(&network(), &device).unwrap();
        let join = SignedEntry::decode(join.as_bytes()).unwrap();
        Request::new(card, join).unwrap()
    }

    pub(crate) fn card_of(number: u8, name: &str) -> Card {
        let sealing = SealingKeys::of_member(&member(number).seed());
        let device = device(number).device_key();
        let person = Person {
            member: member(number).member_key(),
            name: name.to_owned(),
            device,
            certificate: certify_device(&member(number), &device),
            cosignature: CosignatureKey(key(number, 102).public()),
            log_line: LogLineKey(key(number, 103).public()),
            seed_commitment: SeedCommitment([number; 32]),
            exchange: sealing.exchange_key(),
            ml_kem: sealing.ml_kem_key(),
        };
        Card::sign(person, &member(number)).unwrap()
    }

    pub(crate) fn member(number: u8) -> SecretKey {
        SecretKey::from_seed(&[number; 32])
    }

    pub(crate) fn device(number: u8) -> SecretKey {
        key(number, 101)
    }

    fn key(number: u8, purpose: u8) -> SecretKey {
        let mut seed = [number; 32];
        seed[16..].fill(purpose);
        SecretKey::from_seed(&seed)
    }

    fn network() -> NetworkId {
        NetworkId([7; 32])
    }
}
