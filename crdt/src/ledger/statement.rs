//! The statement of an account: every line that moved it, and they add up.
//!
//! Dividends stand in it as lines of their own, one for all days of one amount that follow each
//! other without another line between.

use super::{AccountId, Applied, Day, Outcome};
use crate::{hash::EntryId, time::Seconds};

/// What moved an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum What {
    /// The member had so many dividends.
    Dividends {
        /// The first day.
        from: u32,
        /// The last day.
        to: u32,
        /// The dividend of each.
        amount: u64,
    },
    /// A payment went out.
    Sent {
        /// The entry.
        id: EntryId,
        /// To whom.
        to: AccountId,
        /// How much.
        amount: u64,
    },
    /// A payment came in.
    Received {
        /// The entry.
        id: EntryId,
        /// From whom.
        from: AccountId,
        /// How much.
        amount: u64,
    },
}

/// A line of a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Line {
    /// When: of dividends the last day's, of payments that of the record that made them final.
    pub time: Seconds,
    /// What.
    pub what: What,
    /// What the account held after it, in thousandths.
    pub balance: u128,
}

/// The statement of one account, from its first line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    account: AccountId,
    lines: Vec<Line>,
    /// How many of the lines stay as they are.
    settled: usize,
}

impl Statement {
    /// An empty statement, of an account that holds nothing yet.
    pub fn new(account: AccountId) -> Self {
        Self {
            account,
            lines: Vec::new(),
            settled: 0,
        }
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Ends what is final: days that are added from here on stand in lines of their own.
    pub fn settle(&mut self) {
        self.settled = self.lines.len();
    }

    /// The lines up to which [`settle`](Self::settle) was called.
    pub fn settled(&self) -> usize {
        self.settled
    }

    /// What the account holds by its lines.
    pub fn balance(&self) -> u128 {
        self.lines.last().map_or(0, |it| it.balance)
    }

    /// Adds what the record closed at `time` did. `earned` are the first days of `outcome` on
    /// which the owner was a member: of a shared account none.
    pub fn add(&mut self, time: Seconds, outcome: &Outcome, earned: usize) {
        for day in outcome.days.iter().take(earned) {
            self.add_day(day);
        }
        // What came in first: of what one record made final none is before another, and a
        // statement that goes below zero on paper frightens people.
        let own = |it: &&Applied| it.from == self.account || it.to == self.account;
        let mut own: Vec<_> = outcome.applied.iter().filter(own).collect();
        own.sort_by_key(|it| it.from == self.account);
        for it in own {
            self.add_payment(time, it);
        }
    }

    fn add_day(&mut self, day: &Day) {
        if day.amount == 0 {
            return;
        }
        let balance = self.balance().saturating_add(day.amount.into());
        if self.lines.len() > self.settled
            && let Some(line) = self.lines.last_mut()
            && let What::Dividends { to, amount, .. } = &mut line.what
            && *amount == day.amount
            && to.checked_add(1) == Some(day.day)
        {
            *to = day.day;
            line.time = day.due;
            line.balance = balance;
            return;
        }
        self.lines.push(Line {
            time: day.due,
            what: What::Dividends {
                from: day.day,
                to: day.day,
                amount: day.amount,
            },
            balance,
        });
    }

    fn add_payment(&mut self, time: Seconds, it: &Applied) {
        let before = self.balance();
        let amount = u128::from(it.amount);
        let (what, balance) = if it.from == self.account {
            let what = What::Sent {
                id: it.id,
                to: it.to,
                amount: it.amount,
            };
            (what, before.saturating_sub(amount))
        } else {
            let what = What::Received {
                id: it.id,
                from: it.from,
                amount: it.amount,
            };
            (what, before.saturating_add(amount))
        };
        self.lines.push(Line {
            time,
            what,
            balance,
        });
    }
}
