//! The ledger as leaves: what a checkpoint certifies, and from which alone the next record can be
//! folded.
//!
//! A leaf for each person ([`Account`]), one for each shared account ([`Shared`]),
//! one for the [`Dividend`]. How far each account log is in stands among the leaves of the logs, and
//! is handed in.

use std::collections::BTreeMap;

use super::{Account, AccountId, Dividend, Ledger, Shared, index, number};
use crate::codec::{CodecError, Reader};

/// What a ledger is made of again.
#[derive(Clone, Debug, Default)]
pub struct Leaves {
    /// A leaf for each person, by number.
    pub accounts: Vec<Vec<u8>>,
    /// A leaf for each shared account, by number.
    pub shared: Vec<Vec<u8>>,
    /// The leaf of the dividend.
    pub dividend: Vec<u8>,
    /// The first place of each device's account log that no record included, by the number of the
    /// device; those of whom nothing was included may be left out.
    pub places: Vec<(u32, u32)>,
}

impl Ledger {
    /// The leaf of an account; `None` if there is none.
    pub fn leaf(&self, account: AccountId) -> Option<Vec<u8>> {
        match account {
            AccountId::Person(id) => self.account(id).map(Account::leaf),
            AccountId::Shared(number) => self.shared.get(index(number)).map(Shared::leaf),
        }
    }

    /// All leaves.
    pub fn leaves(&self) -> Leaves {
        let places = (0..).zip(&self.places);
        Leaves {
            accounts: self.accounts.iter().map(Account::leaf).collect(),
            shared: self.shared.iter().map(Shared::leaf).collect(),
            dividend: self.dividend.leaf(),
            places: places
                .filter(|(_, next)| **next > 0)
                .map(|(device, next)| (device, *next))
                .collect(),
        }
    }

    /// The ledger that these leaves describe. It folds on as the one that wrote them.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if a leaf is not of its form.
    pub fn from_leaves(leaves: &Leaves) -> Result<Self, CodecError> {
        let mut state = Self::begin(&leaves.dividend)?;
        for leaf in &leaves.accounts {
            state.read_account(leaf)?;
        }
        for leaf in &leaves.shared {
            state.read_shared(leaf)?;
        }
        for (device, next) in &leaves.places {
            state.pass(*device, *next);
        }
        Ok(state)
    }

    /// The ledger of the leaf of a dividend, without accounts: they come one by one.
    pub(crate) fn begin(dividend: &[u8]) -> Result<Self, CodecError> {
        Ok(Self {
            accounts: Vec::new(),
            shared: Vec::new(),
            by_id: BTreeMap::new(),
            waiting: BTreeMap::new(),
            dividend: whole(dividend, Dividend::read)?,
            places: Vec::new(),
        })
    }

    /// Reads the leaf of the next person's account.
    pub(crate) fn read_account(&mut self, leaf: &[u8]) -> Result<(), CodecError> {
        self.accounts.push(whole(leaf, Account::read)?);
        Ok(())
    }

    /// Reads the leaf of the next shared account.
    pub(crate) fn read_shared(&mut self, leaf: &[u8]) -> Result<(), CodecError> {
        let shared = whole(leaf, Shared::read)?;
        let own = number(self.shared.len());
        let waiting = shared.proposals.iter().map(|it| (it.id, own));
        self.waiting.extend(waiting);
        self.by_id.insert(shared.id, own);
        self.shared.push(shared);
        Ok(())
    }
}

/// Reads a leaf of which nothing may be left.
fn whole<T>(
    leaf: &[u8],
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, CodecError>,
) -> Result<T, CodecError> {
    let mut reader = Reader::new(leaf);
    let value = read(&mut reader)?;
    reader.finish()?;
    Ok(value)
}
