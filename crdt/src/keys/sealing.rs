//! Sealing to a member or a device: X25519 and ML-KEM-768 together, so that what is recorded today
//! stays closed even if one of the two is broken later.
//!
//! | bytes | of a capsule |
//! |------:|--------------|
//! |    32 | X25519 key, made for this capsule |
//! | 1,088 | ML-KEM-768 ciphertext |
//!
//! A box is a capsule and, sealed under its key, 32 secret bytes: [`close_box`].
//!
//! The key that both sides get is a hash of both shared secrets, the capsule and the X25519 key of
//! the receiver (ML-KEM binds its own). A capsule says nothing of who made it.

use std::fmt;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use ml_kem::{EncapsulateDeterministic, EncodedSizeUser, KemCore, MlKem768, kem::Decapsulate};
use x25519_dalek::{PublicKey, SharedSecret, StaticSecret};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::ExchangeKey;
use crate::hash::derive_key;

/// Bytes of an ML-KEM-768 encapsulation key.
pub const ML_KEM_KEY_LEN: usize = 1_184;

/// Bytes of a capsule.
pub const CAPSULE_LEN: usize = 32 + 1_088;

/// Bytes of a box: a capsule, a secret, and what notices a change of it.
pub const SEALED_SEED_LEN: usize = CAPSULE_LEN + 32 + 16;

/// The keys to which others seal what only this member may read: X25519 and ML-KEM-768 together,
/// so that breaking one is not enough.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SealingKeys {
    seed: [u8; 32],
}

impl SealingKeys {
    /// The keys of the member whose secret seed is `member_seed`: the 24 words restore them.
    pub fn of_member(member_seed: &[u8; 32]) -> Self {
        Self {
            seed: derive_key("commune sealing keys v1", &[member_seed]),
        }
    }

    /// The keys of `seed`, drawn at random for one device or kept from [`Self::seed`].
    pub const fn from_seed(seed: [u8; 32]) -> Self {
        Self { seed }
    }

    /// The seed, to be sealed and stored.
    pub const fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The X25519 public key.
    pub fn exchange_key(&self) -> ExchangeKey {
        ExchangeKey(PublicKey::from(&self.exchange_secret()).to_bytes())
    }

    /// The ML-KEM-768 public key, [`ML_KEM_KEY_LEN`] bytes.
    pub fn ml_kem_key(&self) -> Vec<u8> {
        let (_, public) = self.ml_kem_pair();
        public.as_bytes().to_vec()
    }
}

impl SealingKeys {
    /// The key that [`agree`] made with these keys, from its public half; `None` for one that would
    /// make it known to all.
    pub fn agreed(&self, ephemeral: &ExchangeKey) -> Option<Zeroizing<[u8; 32]>> {
        let secret = self.exchange_secret();
        let shared = secret.diffie_hellman(&PublicKey::from(ephemeral.0));
        agreed(&shared, ephemeral, &self.exchange_key())
    }

    /// The key in a capsule that [`encapsulate`] made for these keys. A changed capsule gives another
    /// key; `None` only for one that nobody makes by chance.
    pub fn open(&self, capsule: &[u8; CAPSULE_LEN]) -> Option<Zeroizing<[u8; 32]>> {
        let (ephemeral, ciphertext) = capsule.split_first_chunk::<32>()?;
        let secret = self.exchange_secret();
        let shared = secret.diffie_hellman(&PublicKey::from(*ephemeral));
        let (ml_kem, _) = self.ml_kem_pair();
        let ciphertext = ml_kem::Ciphertext::<MlKem768>::try_from(ciphertext).ok()?;
        let second = ml_kem.decapsulate(&ciphertext).ok()?;
        combined(&shared, second.as_ref(), capsule, &self.exchange_key())
    }

    /// The secret in a box that [`close_box`] made for these keys and for `binding`; `None` if the box
    /// is for others, changed, or bound to something else.
    pub fn open_box(&self, sealed: &[u8], binding: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let (capsule, sealed) = sealed.split_first_chunk::<CAPSULE_LEN>()?;
        let key = self.open(capsule)?;
        let payload = Payload {
            msg: sealed,
            aad: binding,
        };
        let cipher = XChaCha20Poly1305::new((&*key).into());
        // The key serves once: it is that of a capsule.
        let opened = cipher.decrypt(&XNonce::default(), payload).ok()?;
        let opened = Zeroizing::new(opened);
        let secret = <[u8; 32]>::try_from(opened.as_slice()).ok()?;
        Some(Zeroizing::new(secret))
    }

    fn exchange_secret(&self) -> StaticSecret {
        StaticSecret::from(derive_key("commune x25519 v1", &[&self.seed]))
    }

    fn ml_kem_pair(
        &self,
    ) -> (
        <MlKem768 as KemCore>::DecapsulationKey,
        <MlKem768 as KemCore>::EncapsulationKey,
    ) {
        let d = derive_key("commune ml-kem d v1", &[&self.seed]);
        let z = derive_key("commune ml-kem z v1", &[&self.seed]);
        MlKem768::generate_deterministic(&d.into(), &z.into())
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKeys(of {})", self.exchange_key())
    }
}

/// Whether `bytes` are an ML-KEM-768 encapsulation key: the modulus check of FIPS 203, 7.2.
pub fn is_ml_kem_key(bytes: &[u8]) -> bool {
    type Public = <MlKem768 as KemCore>::EncapsulationKey;
    ml_kem::Encoded::<Public>::try_from(bytes)
        .is_ok_and(|encoded| Public::from_bytes(&encoded).as_bytes() == encoded)
}

/// A fresh key for the owner of `exchange`, by X25519 alone, and the public half that gives it to
/// them: for small things where a capsule would be many times what it protects. It stays closed
/// only as long as X25519 does.
///
/// `chance` is 32 secret random bytes, used once; who keeps it has the key again. `None` if
/// `exchange` would make the key known to all.
pub fn agree(
    exchange: &ExchangeKey,
    chance: &[u8; 32],
) -> Option<(ExchangeKey, Zeroizing<[u8; 32]>)> {
    let secret = StaticSecret::from(*chance);
    let ephemeral = ExchangeKey(PublicKey::from(&secret).to_bytes());
    let shared = secret.diffie_hellman(&PublicKey::from(exchange.0));
    let key = agreed(&shared, &ephemeral, exchange)?;
    Some((ephemeral, key))
}

fn agreed(
    shared: &SharedSecret,
    ephemeral: &ExchangeKey,
    receiver: &ExchangeKey,
) -> Option<Zeroizing<[u8; 32]>> {
    let parts = [
        &shared.as_bytes()[..],
        ephemeral.as_bytes(),
        receiver.as_bytes(),
    ];
    shared
        .was_contributory()
        .then(|| Zeroizing::new(derive_key("commune agreed key v1", &parts)))
}

/// A fresh key for the owner of `exchange` and `ml_kem`, and the capsule that gives it to them alone.
///
/// `chance` is 64 secret random bytes, used once. `None` if a key is none, or one that would make
/// the result known to all.
pub fn encapsulate(
    exchange: &ExchangeKey,
    ml_kem: &[u8],
    chance: &[u8; 64],
) -> Option<([u8; CAPSULE_LEN], Zeroizing<[u8; 32]>)> {
    type Public = <MlKem768 as KemCore>::EncapsulationKey;
    let encoded = ml_kem::Encoded::<Public>::try_from(ml_kem).ok()?;
    if !is_ml_kem_key(ml_kem) {
        return None;
    }
    let (first, second) = chance.split_first_chunk::<32>()?;
    let ephemeral = StaticSecret::from(*first);
    let shared = ephemeral.diffie_hellman(&PublicKey::from(exchange.0));
    let message = <[u8; 32]>::try_from(second).ok()?.into();
    let (ciphertext, second) = Public::from_bytes(&encoded)
        .encapsulate_deterministic(&message)
        .ok()?;

    let mut capsule = [0; CAPSULE_LEN];
    let (front, back) = capsule.split_first_chunk_mut::<32>()?;
    *front = PublicKey::from(&ephemeral).to_bytes();
    back.copy_from_slice(&ciphertext);
    let key = combined(&shared, second.as_ref(), &capsule, exchange)?;
    Some((capsule, key))
}

/// A box for the owner of `exchange` and `ml_kem`, [`SEALED_SEED_LEN`] bytes, that holds `secret` and
/// opens for `binding` only.
///
/// `chance` is 64 secret random bytes, used once. `None` as for [`encapsulate`].
pub fn close_box(
    exchange: &ExchangeKey,
    ml_kem: &[u8],
    secret: &[u8; 32],
    binding: &[u8],
    chance: &[u8; 64],
) -> Option<Vec<u8>> {
    let (capsule, key) = encapsulate(exchange, ml_kem, chance)?;
    let payload = Payload {
        msg: secret,
        aad: binding,
    };
    let cipher = XChaCha20Poly1305::new((&*key).into());
    let sealed = cipher.encrypt(&XNonce::default(), payload).ok()?;
    Some([capsule.as_slice(), &sealed].concat())
}

fn combined(
    shared: &SharedSecret,
    second: &[u8],
    capsule: &[u8; CAPSULE_LEN],
    receiver: &ExchangeKey,
) -> Option<Zeroizing<[u8; 32]>> {
    let parts = [shared.as_bytes(), second, capsule, receiver.as_bytes()];
    shared
        .was_contributory()
        .then(|| Zeroizing::new(derive_key("commune capsule v1", &parts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealing_keys_come_back_from_the_member_seed() {
        let keys = SealingKeys::of_member(&[7; 32]);
        assert_eq!(keys.ml_kem_key().len(), ML_KEM_KEY_LEN);
        assert_eq!(
            keys.exchange_key(),
            SealingKeys::of_member(&[7; 32]).exchange_key()
        );
        assert_ne!(
            keys.exchange_key(),
            SealingKeys::of_member(&[8; 32]).exchange_key()
        );
    }

    #[test]
    fn only_the_receiver_gets_the_key_out_of_a_capsule() {
        let keys = SealingKeys::from_seed([1; 32]);
        let (capsule, key) =
            encapsulate(&keys.exchange_key(), &keys.ml_kem_key(), &[9; 64]).unwrap();
        assert_eq!(keys.open(&capsule), Some(key.clone()));
        assert_ne!(SealingKeys::from_seed([2; 32]).open(&capsule), Some(key));
    }

    #[test]
    fn both_sides_agree_on_a_key_and_nobody_else() {
        let keys = SealingKeys::from_seed([1; 32]);
        let (ephemeral, key) = agree(&keys.exchange_key(), &[9; 32]).unwrap();
        assert_eq!(keys.agreed(&ephemeral), Some(key.clone()));
        let other = SealingKeys::from_seed([2; 32]);
        assert_ne!(other.agreed(&ephemeral), Some(key.clone()));
        assert_ne!(keys.agreed(&other.exchange_key()), Some(key));
        // Points of small order give everybody the same.
        assert_eq!(agree(&ExchangeKey([0; 32]), &[9; 32]), None);
        assert_eq!(keys.agreed(&ExchangeKey([0; 32])), None);
    }

    #[test]
    fn a_changed_capsule_gives_another_key() {
        let keys = SealingKeys::from_seed([1; 32]);
        let (capsule, key) =
            encapsulate(&keys.exchange_key(), &keys.ml_kem_key(), &[9; 64]).unwrap();
        for at in [0, 31, 32, 500, CAPSULE_LEN - 1] {
            let mut changed = capsule;
            changed[at] ^= 1;
            assert_ne!(keys.open(&changed).as_ref(), Some(&key), "{at}");
        }
    }

    #[test]
    fn a_box_opens_for_its_receiver_and_its_purpose_only() {
        let keys = SealingKeys::from_seed([1; 32]);
        let (exchange, ml_kem) = (keys.exchange_key(), keys.ml_kem_key());
        let sealed = close_box(&exchange, &ml_kem, &[7; 32], b"piece 3", &[9; 64]).unwrap();
        assert_eq!(sealed.len(), SEALED_SEED_LEN);
        assert_eq!(
            keys.open_box(&sealed, b"piece 3").as_deref(),
            Some(&[7; 32])
        );
        assert_eq!(keys.open_box(&sealed, b"piece 4"), None);
        assert_eq!(
            SealingKeys::from_seed([2; 32]).open_box(&sealed, b"piece 3"),
            None
        );
        for at in [0, 40, CAPSULE_LEN, SEALED_SEED_LEN - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(keys.open_box(&changed, b"piece 3"), None, "{at}");
            assert_eq!(keys.open_box(&sealed[..at], b"piece 3"), None, "{at}");
        }
    }

    #[test]
    fn no_capsule_is_made_for_keys_that_are_none() {
        let keys = SealingKeys::from_seed([1; 32]);
        let (exchange, ml_kem) = (keys.exchange_key(), keys.ml_kem_key());
        assert!(encapsulate(&ExchangeKey([0; 32]), &ml_kem, &[9; 64]).is_none());
        assert!(encapsulate(&exchange, &ml_kem[1..], &[9; 64]).is_none());
        assert!(encapsulate(&exchange, &[0xff; ML_KEM_KEY_LEN], &[9; 64]).is_none());
    }
}
