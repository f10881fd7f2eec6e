//! A further device of a member, over two files.
//!
//! ```text
//! new device                              device that holds the member key
//! Waiting ──► DIR/pairing
//!    └─request──────── six words ────────► certify (and, if wished, the member seed)
//!  Vault ◄──────────── six words ─────────────────answer, sealed to the new device
//! ```
//!
//! The words on both screens are those of the whole request, so that nobody slips in a device of
//! their own; the answer names its request, and only the new device can open it.
//!
//! | bytes | request | | bytes | answer | | bytes | sealed in the answer |
//! |------:|---------|-|------:|--------|-|------:|----------------------|
//! |    18 | `commune-pairing/1` and a line feed | | 17 | `commune-answer/1` and a line feed | | 32 | member key |
//! |    32 | device key | | 32 | hash of the request | | 2 + n | name |
//! |    32 | X25519 key | | 1,120 | capsule | | 64 | certificate of the device key |
//! | 1,184 | ML-KEM-768 key | | n | [sealed](super::seal) | | 1 (+ 32) | member seed |
//! | 2 + n | label | | | | | 1 (+ 4 + n) | genesis file |

use commune_crdt::{
    codec::{CodecError, Reader, Writer},
    genesis::MAX_GENESIS_LEN,
    hash::blake3,
    keys::{
        CAPSULE_LEN, DeviceKey, ExchangeKey, ML_KEM_KEY_LEN, MemberKey, SealingKeys, SecretKey,
        Signature, encapsulate,
    },
    payload::{MAX_LABEL_LEN, MAX_NAME_LEN, certify_device, verify_device},
    time::ClaimedMinutes,
};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    LABEL, NAME, Seed, Vault, VaultError, random,
    seal::{self, Magic, SealError, Sealed, Under},
};

const REQUEST_MAGIC: &[u8; 18] = b"commune-pairing/1\n";
const ANSWER_MAGIC: &[u8; 17] = b"commune-answer/1\n";
const WAITING: Magic = *b"cmnpairs";
const SEALED: Magic = *b"cmnanswr";

/// The longest request that is read, in bytes.
pub const MAX_REQUEST_LEN: usize = 2 * 1024;

/// The longest answer that is read, in bytes: a genesis, and room for the rest.
pub const MAX_ANSWER_LEN: usize = MAX_GENESIS_LEN.saturating_add(8 * 1024);

/// The keys of a device that waits for its member: what `DIR/pairing` seals.
#[derive(Clone, Debug)]
pub struct Waiting {
    device: SecretKey,
    sealing: SealingKeys,
    label: String,
}

impl Waiting {
    /// Draws the keys of a new device; `label` is its name for its owner.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when the label is too long, or the system has no randomness.
    pub fn generate(label: &str) -> Result<Self, VaultError> {
        Ok(Self {
            device: SecretKey::from_seed(&*random::secret()?),
            sealing: SealingKeys::from_seed(*random::secret()?),
            label: super::checked_label(label)?,
        })
    }

    /// What the other device is asked.
    pub fn request(&self) -> Request {
        Request {
            device: self.device.device_key(),
            exchange: self.sealing.exchange_key(),
            ml_kem: self.sealing.ml_kem_key(),
            label: self.label.clone(),
        }
    }

    pub(super) fn seal(&self, under: Under<'_>) -> Result<Vec<u8>, SealError> {
        let mut out = Writer::with_capacity(256);
        out.raw(Zeroizing::new(self.device.seed()).as_ref())
            .raw(self.sealing.seed())
            .short_bytes(self.label.as_bytes());
        seal::seal(&WAITING, under, &Zeroizing::new(out.finish()))
    }

    /// Reads a pairing file that is still closed.
    ///
    /// # Errors
    ///
    /// [`SealError`] if it is none, or damaged.
    pub fn read(bytes: &[u8]) -> Result<Sealed<'_>, SealError> {
        Sealed::decode(&WAITING, bytes)
    }

    /// Opens one.
    ///
    /// # Errors
    ///
    /// [`SealError`] if the passphrase is not the right one.
    pub fn open(sealed: &Sealed<'_>, passphrase: Option<&str>) -> Result<Self, SealError> {
        Self::decode(&sealed.open(passphrase)?).map_err(SealError::Format)
    }

    fn decode(content: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(content);
        let waiting = Self {
            device: SecretKey::from_seed(&Zeroizing::new(reader.array()?)),
            sealing: SealingKeys::from_seed(reader.array()?),
            label: reader.text(LABEL, MAX_LABEL_LEN)?,
        };
        reader.finish()?;
        Ok(waiting)
    }

    /// Opens the answer to this device's request.
    ///
    /// # Errors
    ///
    /// [`PairingError`] if it answers another request, or somebody changed it.
    pub fn accept(&self, bytes: &[u8], now: ClaimedMinutes) -> Result<Accepted, PairingError> {
        let mut reader = Reader::new(bytes);
        if reader.array() != Ok(*ANSWER_MAGIC) {
            return Err(PairingError::Kind);
        }
        let request: [u8; 32] = reader.array()?;
        if request != self.request().hash() {
            return Err(PairingError::OtherRequest);
        }
        let capsule: [u8; CAPSULE_LEN] = reader.array()?;
        let key = self.sealing.open(&capsule).ok_or(PairingError::Capsule)?;
        let content = Sealed::decode(&SEALED, reader.rest())?.open_with(&key)?;
        let mut reader = Reader::new(&content);
        let member_key = MemberKey(reader.array()?);
        let name = reader.text(NAME, MAX_NAME_LEN)?;
        let certificate = Signature(reader.array()?);
        let seed: Option<Seed> = match reader.flag()? {
            true => Some(Zeroizing::new(reader.array()?)),
            false => None,
        };
        let genesis = read_genesis(&mut reader)?;
        reader.finish()?;
        verify_device(&member_key, &self.device.device_key(), &certificate)
            .map_err(|_| PairingError::Certificate)?;
        let sealing = match &seed {
            Some(seed) if SecretKey::from_seed(seed).member_key() != member_key => {
                return Err(PairingError::Certificate);
            }
            Some(seed) => SealingKeys::of_member(seed),
            None => self.sealing.clone(),
        };
        let vault = Vault {
            name: super::checked_name(&name)?,
            label: self.label.clone(),
            member_key,
            device: self.device.clone(),
            certificate,
            store_key: random::secret().map_err(VaultError::from)?.into(),
            sealing,
            created: now,
            member: seed.map(Into::into),
            next: None,
        };
        Ok(Accepted { vault, genesis })
    }
}

/// What the answer makes of a waiting device.
#[derive(Debug)]
pub struct Accepted {
    /// Its vault.
    pub vault: Vault,
    /// The genesis file of its member's network, if there is one.
    pub genesis: Option<Zeroizing<Vec<u8>>>,
}

/// A device asks the device that holds the member key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    device: DeviceKey,
    exchange: ExchangeKey,
    ml_kem: Vec<u8>,
    label: String,
}

/// What the member gives to a further device.
#[derive(Debug)]
pub struct Grant<'a> {
    /// The vault that holds the member key.
    pub vault: &'a Vault,
    /// Whether the new device gets the member key as well.
    pub with_member_key: bool,
    /// The genesis file of the network, if there is one.
    pub genesis: Option<&'a [u8]>,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// [`PairingError`] if it is none, or damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, PairingError> {
        let mut reader = Reader::new(bytes);
        if reader.array() != Ok(*REQUEST_MAGIC) {
            return Err(PairingError::Kind);
        }
        let request = Self {
            device: DeviceKey(reader.array()?),
            exchange: ExchangeKey(reader.array()?),
            ml_kem: reader.bytes(ML_KEM_KEY_LEN)?.to_vec(),
            label: reader.text(LABEL, MAX_LABEL_LEN)?,
        };
        reader.finish()?;
        Ok(request)
    }

    /// The request as a file.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.raw(REQUEST_MAGIC)
            .raw(self.device.as_bytes())
            .raw(self.exchange.as_bytes())
            .raw(&self.ml_kem)
            .short_bytes(self.label.as_bytes());
        out.finish()
    }

    /// The device that asks.
    pub fn device(&self) -> DeviceKey {
        self.device
    }

    /// What its owner calls it.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What both screens show as words.
    pub fn hash(&self) -> [u8; 32] {
        blake3(&[&self.encode()])
    }

    /// The answer that makes the device one of the member's.
    ///
    /// # Errors
    ///
    /// [`PairingError`] if this vault does not hold the member key, or the request has no usable key.
    pub fn answer(&self, grant: &Grant<'_>) -> Result<Vec<u8>, PairingError> {
        let seed = grant.vault.member_seed().ok_or(PairingError::NoMemberKey)?;
        let member = SecretKey::from_seed(seed);
        let mut content = Writer::with_capacity(MAX_ANSWER_LEN);
        content
            .raw(member.member_key().as_bytes())
            .short_bytes(grant.vault.name.as_bytes())
            .raw(&certify_device(&member, &self.device).0)
            .flag(grant.with_member_key);
        if grant.with_member_key {
            content.raw(seed);
        }
        content.flag(grant.genesis.is_some());
        if let Some(genesis) = grant.genesis {
            content
                .u32(u32::try_from(genesis.len()).map_err(|_| SealError::TooLong)?)
                .raw(genesis);
        }
        let content = Zeroizing::new(content.finish());
        let chance = random::secret().map_err(VaultError::from)?;
        let (capsule, key) =
            encapsulate(&self.exchange, &self.ml_kem, &chance).ok_or(PairingError::Capsule)?;
        let mut out = Writer::new();
        out.raw(ANSWER_MAGIC)
            .raw(&self.hash())
            .raw(&capsule)
            .raw(&seal::seal(&SEALED, Under::Key(&key), &content)?);
        Ok(out.finish())
    }
}

fn read_genesis(reader: &mut Reader<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, CodecError> {
    if !reader.flag()? {
        return Ok(None);
    }
    let len = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
    Ok(Some(Zeroizing::new(reader.bytes(len)?.to_vec())))
}

/// Why a device cannot be paired.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PairingError {
    /// The file does not begin as one of pairing.
    #[error("it is another kind of file")]
    Kind,
    /// It is not of its form.
    #[error("it is damaged")]
    Format(#[from] CodecError),
    /// The answer is not whole.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The answer is for another request.
    #[error("it answers another request")]
    OtherRequest,
    /// A key in it is none.
    #[error("a key in it is not usable")]
    Capsule,
    /// The member did not certify this device.
    #[error("the member named in it did not certify this device")]
    Certificate,
    /// The vault that is to answer does not hold the member key.
    #[error("the member key is not on this device")]
    NoMemberKey,
    /// What the vault says.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: ClaimedMinutes = ClaimedMinutes(29_400_000);

    #[test]
    fn a_device_becomes_one_of_its_members() {
        let (zoe, waiting) = (zoe(), Waiting::generate("phone").unwrap());
        for (with_member_key, genesis) in [(false, None), (true, Some(&b"genesis"[..]))] {
            let grant = Grant {
                vault: &zoe,
                with_member_key,
                genesis,
            };
            let answer = waiting.request().answer(&grant).unwrap();
            let accepted = waiting.accept(&answer, NOW).unwrap();
            assert_eq!(accepted.vault.member_key, zoe.member_key);
            assert_eq!(accepted.vault.label, "phone");
            assert_eq!(accepted.vault.device.public(), waiting.device.public());
            assert_eq!(accepted.vault.member_seed().is_some(), with_member_key);
            assert_eq!(accepted.genesis.as_ref().map(|it| it.as_slice()), genesis);
            let same_sealing = accepted.vault.sealing.seed() == zoe.sealing.seed();
            assert_eq!(same_sealing, with_member_key);
            assert_eq!(
                Vault::decode(&accepted.vault.encode()).unwrap().encode(),
                accepted.vault.encode()
            );
            let again = Grant {
                vault: &accepted.vault,
                ..grant
            };
            assert_eq!(waiting.request().answer(&again).is_ok(), with_member_key);
        }
    }

    #[test]
    fn nobody_else_opens_an_answer() {
        let (zoe, waiting) = (zoe(), Waiting::generate("").unwrap());
        let grant = Grant {
            vault: &zoe,
            with_member_key: true,
            genesis: None,
        };
        let answer = waiting.request().answer(&grant).unwrap();
        let other = Waiting::generate("").unwrap();
        assert!(matches!(
            other.accept(&answer, NOW),
            Err(PairingError::OtherRequest)
        ));
        let mut renamed = answer;
        renamed[17..49].copy_from_slice(&other.request().hash());
        assert!(other.accept(&renamed, NOW).is_err());
    }

    #[test]
    fn every_truncation_and_flipped_bit_of_a_file_is_noticed() {
        let (zoe, waiting) = (zoe(), Waiting::generate("phone").unwrap());
        let request = waiting.request();
        let bytes = request.encode();
        assert_eq!(Request::decode(&bytes).unwrap(), request);
        for len in 0..bytes.len() {
            assert!(Request::decode(&bytes[..len]).is_err(), "{len}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let same_words = Request::decode(&changed).is_ok_and(|it| it.hash() == request.hash());
            assert!(!same_words, "bit {bit}");
        }
        let grant = Grant {
            vault: &zoe,
            with_member_key: false,
            genesis: None,
        };
        let answer = request.answer(&grant).unwrap();
        for len in 0..answer.len() {
            assert!(waiting.accept(&answer[..len], NOW).is_err(), "{len}");
        }
        for bit in (0..answer.len() * 8).step_by(7) {
            let mut changed = answer.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(waiting.accept(&changed, NOW).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn waiting_keys_come_back() {
        let waiting = Waiting::generate("phone").unwrap();
        let file = waiting.seal(Under::Nothing).unwrap();
        let sealed = Waiting::read(&file).unwrap();
        assert_eq!(
            Waiting::open(&sealed, None).unwrap().request(),
            waiting.request()
        );
        assert!(Waiting::generate(&"é".repeat(17)).is_err());
    }

    fn zoe() -> Vault {
        Vault::generate("Zoé", &random::secret().unwrap(), NOW).unwrap()
    }
}
