//! Closing days: who was a member on which of them.
//!
//! A record closes each whole day that passed and is not closed, oldest first, with the members of
//! the record before. Of these, who lapses before a day is over has no dividend of it. What the
//! record itself decides acts from the day after, and never backwards.

use super::{AccountId, Ledger, Outcome};
use crate::{
    params::Param,
    time::Seconds,
    trust::{Membership, PersonId, State},
};

/// Most days that one record closes; the next goes on where it stopped. Some 270 years of days, or
/// 11 of hours: only a record with a false time leaves more.
pub const MAX_DAYS: u32 = 100_000;

impl Ledger {
    /// Closes the days until `time` with the members of `before`.
    pub(super) fn close_days(&mut self, before: &Membership, time: Seconds, outcome: &mut Outcome) {
        let params = before.params();
        let days = self.dividend.open_days(params, time, MAX_DAYS);
        if days == 0 {
            return;
        }
        let mut members = before.members();
        let mut leaving = self.leaving(before, days).into_iter().peekable();
        for passed in 0..days {
            while let Some((_, person)) = leaving.next_if(|(last, _)| *last == passed) {
                members = members.saturating_sub(1);
                self.set_earning(person, false, outcome);
            }
            let day = self.dividend.close_day(params, members);
            outcome.days.push(day);
        }
    }

    /// Who lapses before `days` days are over, each after how many: in order of these, then of
    /// their numbers.
    fn leaving(&self, before: &Membership, days: u32) -> Vec<(u32, PersonId)> {
        let params = before.params();
        let epoch = params.get(Param::Epoch);
        let end = self.dividend.due_in(days, params);
        let members = (0..).zip(before.people());
        let members = members.filter(|(_, it)| it.state == State::Member);
        let mut leaving: Vec<_> = members
            .map(|(id, person)| (id, before.lapse_time(person)))
            .filter(|(_, lapse)| *lapse <= end)
            // Who lapses exactly when a day falls due is no member on it.
            .map(|(id, lapse)| {
                let passed = lapse.since(self.dividend.due.after(1)).checked_div(epoch);
                let passed = passed.and_then(|it| u32::try_from(it).ok());
                (passed.unwrap_or(u32::MAX), id)
            })
            .collect();
        leaving.sort_unstable();
        leaving
    }

    /// Lets exactly the members of `after` earn from here on.
    pub(super) fn enrol(&mut self, after: &Membership, outcome: &mut Outcome) {
        let people = after.people();
        let known = self.accounts.len();
        self.accounts
            .resize(people.len().max(known), Default::default());
        for (id, person) in (0..).zip(people) {
            let is_member = person.state == State::Member;
            if super::index(id) >= known {
                outcome.changed.push(AccountId::Person(id));
            }
            if self.account(id).is_some_and(|it| it.earns() != is_member) {
                self.set_earning(id, is_member, outcome);
            }
        }
    }

    fn set_earning(&mut self, person: PersonId, earns: bool, outcome: &mut Outcome) {
        let sum = self.dividend.sum;
        if let Some(account) = self.accounts.get_mut(super::index(person)) {
            account.set_earning(earns, sum);
            outcome.changed.push(AccountId::Person(person));
        }
    }
}
