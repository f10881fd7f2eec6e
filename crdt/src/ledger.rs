//! The ledger: who has how much, as the records closed so far say.
//!
//! ```text
//! founding ─► Ledger ─close(record 1)─► Ledger ─close(record 2)─► …
//!                        │
//!                        ├─ 1. days that passed: dividends of the members of the record before
//!                        ├─ 2. shared accounts opened, payments proposed and approved
//!                        └─ 3. payments: a least fixed point
//! ```
//!
//! Dividends are a right that follows from membership and days: nobody claims them, and no entry
//! creates money. Everything is counted in thousandths of the currency's unit; payments have 64
//! bits, sums 128. At every record the balances add up to the mass ([`Ledger::audit`]).
//!
//! What waits for a record is shown by closing a made-up one on a copy.

mod account;
mod days;
pub mod dividend;
mod leaves;
mod refusal;
mod relative;
mod request;
mod shared;
mod spend;
mod statement;
mod step;
#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a test may stop at an overflow"
)]
mod tests;
mod view;

use std::collections::BTreeMap;

pub use self::{
    account::{Account, AccountId},
    days::MAX_DAYS,
    dividend::{Day, Dividend},
    leaves::Leaves,
    refusal::Refusal,
    relative::Relative,
    request::{MAX_PAYMENT_REQUEST_LEN, PaymentRequest, RequestError},
    shared::{MAX_PROPOSALS, PROPOSAL_SECONDS, Proposal, Shared},
    statement::{Line, Statement, What},
    view::{OfflineCap, earned_days},
};

use thiserror::Error;

use crate::{
    hash::EntryId,
    keys::DeviceKey,
    payload::{AccountFact, SharedId},
    time::Height,
    trust::{Closed, Membership, PersonId},
};

/// An entry of the account stream that a record includes for the first time.
#[derive(Clone, Debug)]
pub struct Included {
    /// Its name.
    pub id: EntryId,
    /// The device that wrote it.
    pub author: DeviceKey,
    /// Its place in the log: the order in which the device spends.
    pub seq: u32,
    /// The newest checkpoint that its author knew.
    pub anchor: Height,
    /// What it states.
    pub fact: AccountFact,
}

/// A payment that was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Applied {
    /// The entry.
    pub id: EntryId,
    /// Who paid.
    pub from: AccountId,
    /// Who received.
    pub to: AccountId,
    /// How much, in thousandths.
    pub amount: u64,
}

/// What a record did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    /// Days that it closed, oldest first.
    pub days: Vec<Day>,
    /// Payments that were made, by payer, device and place.
    pub applied: Vec<Applied>,
    /// Shared accounts that opened, with their numbers.
    pub opened: Vec<(EntryId, u32)>,
    /// Entries without effect, with the reason, in order of their names.
    pub refused: Vec<(EntryId, Refusal)>,
    /// Accounts whose leaf is another than before, or new; each once, in order. Some may be the
    /// same again.
    pub changed: Vec<AccountId>,
}

impl Outcome {
    /// Tells of an entry that had no effect.
    fn tell(&mut self, id: EntryId, done: Result<(), Refusal>) {
        if let Err(refusal) = done {
            self.refused.push((id, refusal));
        }
    }
}

/// Who has how much.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ledger {
    /// By the number of the person.
    accounts: Vec<Account>,
    /// By number, in the order in which records opened them, within one record by device and place.
    shared: Vec<Shared>,
    by_id: BTreeMap<SharedId, u32>,
    /// The account of each proposal that waits.
    waiting: BTreeMap<EntryId, u32>,
    dividend: Dividend,
    /// The first place of each device's account log that no record included, by its number.
    places: Vec<u32>,
}

/// The balances do not add up to the mass: a fault of this program.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("balances add up to {balances} and the mass is {mass}")]
pub struct AuditError {
    /// Sum of all balances, if it fits.
    pub balances: u128,
    /// Money that dividends created.
    pub mass: u128,
}

impl Ledger {
    /// The ledger of a network just founded: no money, and every member earns.
    pub fn founded(founding: &Membership) -> Self {
        let mut state = Self {
            accounts: Vec::new(),
            shared: Vec::new(),
            by_id: BTreeMap::new(),
            waiting: BTreeMap::new(),
            dividend: Dividend::founded(founding.params(), founding.newest().time),
            places: Vec::new(),
        };
        state.enrol(founding, &mut Outcome::default());
        state
    }

    /// Closes a record: the newest after all before. `before` are the members of the record before
    /// it, `after` those that it leaves itself; `entries` those that it includes for the first
    /// time, in any order.
    pub fn close(
        &mut self,
        before: &Membership,
        after: &Membership,
        closed: &Closed,
        entries: &[Included],
    ) -> Outcome {
        let mut outcome = Outcome::default();
        // People of an import came after the founding, and before any record.
        self.enrol(before, &mut outcome);
        self.close_days(before, closed.time, &mut outcome);
        self.enrol(after, &mut outcome);
        self.take_entries(after, closed.time, entries, &mut outcome);
        outcome.refused.sort_unstable();
        outcome.refused.dedup();
        outcome.changed.sort_unstable();
        outcome.changed.dedup();
        outcome
    }

    /// The state of the dividend, and with it the mass.
    pub fn dividend(&self) -> &Dividend {
        &self.dividend
    }

    /// The account of a person, as it is kept.
    pub fn account(&self, person: PersonId) -> Option<&Account> {
        self.accounts.get(index(person))
    }

    /// How many people have an account: all that the membership knows.
    pub fn people(&self) -> u32 {
        number(self.accounts.len())
    }

    /// Shared accounts, by number.
    pub fn shared(&self) -> &[Shared] {
        &self.shared
    }

    /// The number of the shared account `id`.
    pub fn find_shared(&self, id: &SharedId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// What an account holds, in thousandths; nothing if there is none.
    pub fn balance(&self, account: AccountId) -> u128 {
        match account {
            AccountId::Person(id) => {
                let account = self.account(id);
                account.map_or(0, |it| it.balance(self.dividend.sum))
            }
            AccountId::Shared(number) => {
                let shared = self.shared.get(index(number));
                shared.map_or(0, |it| it.balance)
            }
        }
    }

    /// Checks that money is neither made nor lost.
    ///
    /// # Errors
    ///
    /// [`AuditError`] if the balances do not add up to the mass.
    pub fn audit(&self) -> Result<(), AuditError> {
        let sum = self.dividend.sum;
        let people = self.accounts.iter().map(|it| it.balance(sum));
        let all = people.chain(self.shared.iter().map(|it| it.balance));
        let mut balances = Some(0_u128);
        for balance in all {
            balances = balances.and_then(|it| it.checked_add(balance));
        }
        let mass = self.dividend.mass;
        if balances == Some(mass) {
            return Ok(());
        }
        Err(AuditError {
            balances: balances.unwrap_or(u128::MAX),
            mass,
        })
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
