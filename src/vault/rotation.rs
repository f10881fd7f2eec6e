//! The member key changes: the seed of the new one lies in the vault before the entry is written,
//! and takes the place of the old one after.
//!
//! ```text
//! vault: old ─preparing─► vault: old, next ─(entry is saved)─► vault: old, next ─rotated─► vault: new
//!                            the old key is in force               the new key is in force
//! ```
//!
//! Whoever opens a vault with a next key looks whether the entry that changes it was saved: that
//! alone says which key is in force, so a crash at any moment leaves the old one or the new one.
//!
//! What others seal to the member they seal to what the join published: those keys stay.

use commune_crdt::{
    keys::{MemberKey, SecretKey},
    payload::certify_device,
};

use super::{Seed, Vault};

impl Vault {
    /// This vault with the seed of the key that is to follow.
    #[must_use]
    pub fn preparing(&self, next: &Seed) -> Self {
        Self {
            next: Some(next.clone().into()),
            ..self.clone()
        }
    }

    /// The seed of the key that is to follow, if one is.
    pub fn next_seed(&self) -> Option<Seed> {
        self.next.as_ref().map(|it| it.0.clone())
    }

    /// The key that is to follow, if one is.
    pub fn next_key(&self) -> Option<MemberKey> {
        Some(SecretKey::from_seed(self.next.as_ref()?.bytes()).member_key())
    }

    /// This vault once the next key is in force; as it is where none is to follow.
    #[must_use]
    pub fn rotated(&self) -> Self {
        let Some(next) = self.next.clone() else {
            return self.clone();
        };
        let member = SecretKey::from_seed(next.bytes());
        Self {
            member_key: member.member_key(),
            certificate: certify_device(&member, &self.device.device_key()),
            member: Some(next),
            next: None,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use commune_crdt::time::ClaimedMinutes;
    use zeroize::Zeroizing;

    use super::*;
    use crate::vault::seal::Under;

    #[test]
    fn the_next_key_waits_in_the_vault_and_takes_the_place_of_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let seed = |byte| Zeroizing::new([byte; 32]);
        let old = Vault::generate("Zoé", &seed(1), ClaimedMinutes(5)).unwrap();
        let again = |vault: &Vault| {
            vault.reseal(folder.path(), Under::Nothing).unwrap();
            let closed = Vault::read(folder.path()).unwrap();
            closed.open(None).unwrap()
        };
        assert_eq!(again(&old).next_key(), None);
        let waits = again(&old.preparing(&seed(2)));
        assert_eq!(waits.member_key, old.member_key);
        let new = SecretKey::from_seed(&[2; 32]).member_key();
        assert_eq!(waits.next_key(), Some(new));
        let done = again(&waits.rotated());
        assert_eq!((done.member_key, done.next_key()), (new, None));
        assert_eq!(done.member_seed(), Some(&[2; 32]));
        // The device, its store and what was sealed to the member stay.
        assert_eq!(done.device.device_key(), old.device.device_key());
        assert_eq!(done.store_key.bytes(), old.store_key.bytes());
        assert_eq!(done.sealing.exchange_key(), old.sealing.exchange_key());
        assert_eq!(done.rotated().member_key, new);
    }
}
