//! An account as it is kept: what it held when it was last touched, and since when it earns.
//!
//! A member's dividends are not added day by day. The ledger keeps the sum of all dividends that
//! one member could have had since the founding; an account that earns notes what that sum was when
//! it was last touched, and the difference is what it earned since. An account that nobody touches
//! keeps its bytes for years.
//!
//! | bytes | of a leaf |
//! |------:|---|
//! |    16 | balance when last touched, in thousandths |
//! |     1 | 1 if it earns, else 0 |
//! | 0 or 16 | the sum of dividends then |

use crate::{
    codec::{CodecError, Reader, Writer},
    trust::PersonId,
};

/// Whose money it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum AccountId {
    /// A person's.
    Person(PersonId),
    /// A shared account's, by its number.
    Shared(u32),
}

/// The account of a person.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Account {
    settled: u128,
    /// The sum of dividends when it was last touched, while it earns.
    earns_from: Option<u128>,
}

impl Account {
    /// What it holds when the sum of dividends is `sum`, in thousandths.
    pub fn balance(&self, sum: u128) -> u128 {
        let earned = self.earns_from.map_or(0, |from| sum.saturating_sub(from));
        // Never beyond the mass, which is kept below the limit: `Dividend::close_day`.
        self.settled.saturating_add(earned)
    }

    /// Whether dividends come to it: exactly while its owner is a member.
    pub fn earns(&self) -> bool {
        self.earns_from.is_some()
    }

    /// Takes dividends in, up to `sum`.
    pub(super) fn settle(&mut self, sum: u128) {
        self.settled = self.balance(sum);
        self.earns_from = self.earns_from.map(|_| sum);
    }

    /// From here on it earns, or not.
    pub(super) fn set_earning(&mut self, earns: bool, sum: u128) {
        self.settle(sum);
        self.earns_from = earns.then_some(sum);
    }

    /// Takes `amount` out, if the balance covers it.
    pub(super) fn take(&mut self, amount: u64, sum: u128) -> bool {
        let Some(left) = self.balance(sum).checked_sub(amount.into()) else {
            return false;
        };
        self.settle(sum);
        self.settled = left;
        true
    }

    /// Puts `amount` in, which was taken from another account: their sum is below the mass.
    pub(super) fn put(&mut self, amount: u64, sum: u128) {
        self.settle(sum);
        self.settled = self.settled.saturating_add(amount.into());
    }

    /// Writes the leaf.
    pub fn write(&self, out: &mut Writer) {
        out.raw(&self.settled.to_be_bytes())
            .flag(self.earns_from.is_some());
        if let Some(from) = self.earns_from {
            out.raw(&from.to_be_bytes());
        }
    }

    /// Reads a leaf.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it is not of its form.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let settled = u128::from_be_bytes(reader.array()?);
        let earns_from = match reader.flag()? {
            true => Some(u128::from_be_bytes(reader.array()?)),
            false => None,
        };
        Ok(Self {
            settled,
            earns_from,
        })
    }

    /// The leaf.
    pub fn leaf(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(33);
        self.write(&mut out);
        out.finish()
    }
}
