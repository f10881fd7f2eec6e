//! In which unit people read and write amounts: units of the currency, or dividends of the day.

use clap::ValueEnum;
use commune_crdt::ledger::Ledger;

use crate::{
    failure::{Exit, Failure},
    money::{Amount, shown},
};

/// Decimals of an amount in dividends: at the first dividend, of a tenth of a unit each.
const DECIMALS: u32 = 3;

/// The unit of what is shown to people, and of a number that they write without one. Scripts read
/// thousandths whatever it is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(in crate::cli) enum Unit {
    /// Of the currency.
    #[default]
    Quantity,
    /// The dividend of the newest record.
    Dividend,
}

impl Unit {
    /// An amount as people read it. In dividends it is rounded down: nobody is shown more than they
    /// have.
    pub(super) fn shown(self, ledger: &Ledger, thousandths: u128) -> String {
        match self {
            Self::Quantity => shown(thousandths),
            Self::Dividend => format!("{} d", ledger.relative(thousandths).decimal(DECIMALS)),
        }
    }

    /// What somebody wrote, in this unit if they named none.
    pub(super) fn amount(self, text: &str) -> Result<Amount, Failure> {
        let amount = text.parse().map_err(|()| not_one(text))?;
        Ok(match (self, amount) {
            (Self::Dividend, Amount::Units(bare)) => Amount::Dividends(bare),
            (_, amount) => amount,
        })
    }

    /// What somebody wrote, in thousandths at today's dividend.
    pub(super) fn thousandths(self, text: &str, ledger: &Ledger) -> Result<u64, Failure> {
        let amount = self.amount(text)?;
        amount.thousandths(ledger).ok_or_else(|| not_one(text))
    }
}

fn not_one(text: &str) -> Failure {
    Failure::new(Exit::Usage, "money.amount").with("text", text)
}
