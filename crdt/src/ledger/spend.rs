//! Payments of one record: a least fixed point.
//!
//! Each account has one queue, in order of (device, place in its log). Its head is paid as soon as
//! the balance covers it, until no head moves; nothing overtakes a blocked head. What is left is
//! refused for good.
//!
//! Paying one head never takes anything from another queue, so which account is visited first
//! does not matter: the same payments are made in any order.

use std::{collections::BTreeMap, ops::Range};

use super::{AccountId, Applied, Ledger, Outcome, Refusal, index};
use crate::{
    hash::EntryId,
    params::Param,
    payload::Receiver,
    trust::{Membership, State},
};

/// A payment that is in order but for its balance.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Payment {
    pub(super) from: AccountId,
    pub(super) device: u32,
    pub(super) seq: u32,
    pub(super) id: EntryId,
    pub(super) to: AccountId,
    pub(super) amount: u64,
}

impl Ledger {
    /// Whose account `to` is, if `from` may pay it `amount`.
    pub(super) fn receiver(
        &self,
        after: &Membership,
        from: AccountId,
        to: &Receiver,
        amount: u64,
    ) -> Result<AccountId, Refusal> {
        if amount == 0 {
            return Err(Refusal::ZeroAmount);
        }
        if amount < after.params().get(Param::Dust) {
            return Err(Refusal::BelowDust);
        }
        let to = match to {
            Receiver::Member(key) => {
                let person = after.find(key).ok_or(Refusal::UnknownReceiver)?;
                let state = after.person(person).map(|it| it.state);
                match state.ok_or(Refusal::UnknownReceiver)? {
                    State::Revoked => return Err(Refusal::ReceiverRevoked),
                    _ => AccountId::Person(person),
                }
            }
            Receiver::Shared(id) => {
                let number = self.by_id.get(id).copied();
                AccountId::Shared(number.ok_or(Refusal::UnknownReceiver)?)
            }
        };
        if to == from {
            return Err(Refusal::SelfPayment);
        }
        Ok(to)
    }

    /// Pays what balances cover, and refuses the rest.
    pub(super) fn pay(&mut self, mut payments: Vec<Payment>, outcome: &mut Outcome) {
        payments.sort_unstable();
        let mut queues = queues(&payments);
        let mut blocked: BTreeMap<AccountId, usize> = BTreeMap::new();
        let mut ready = Vec::new();
        for queue in 0..queues.len() {
            ready.push(queue);
            while let Some(at) = ready.pop() {
                let Some(queue) = queues.get_mut(at) else {
                    continue;
                };
                while let Some(payment) = queue.clone().next().and_then(|it| payments.get(it)) {
                    if !self.take(payment.from, payment.amount) {
                        blocked.insert(payment.from, at);
                        break;
                    }
                    self.put(payment.to, payment.amount);
                    queue.next();
                    ready.extend(blocked.remove(&payment.to));
                }
            }
        }
        // A queue now starts where it is blocked, and at its end if it is not.
        let mut starts = queues.iter().map(|it| (it.start, it.end)).peekable();
        for (at, payment) in payments.iter().enumerate() {
            while starts.next_if(|(_, end)| *end <= at).is_some() {}
            let is_paid = starts.peek().is_some_and(|(start, _)| at < *start);
            if is_paid {
                outcome.applied.push(Applied {
                    id: payment.id,
                    from: payment.from,
                    to: payment.to,
                    amount: payment.amount,
                });
                outcome.changed.extend([payment.from, payment.to]);
            } else {
                let refusal = Refusal::InsufficientBalance;
                outcome.refused.push((payment.id, refusal));
            }
        }
    }

    fn take(&mut self, from: AccountId, amount: u64) -> bool {
        let sum = self.dividend.sum;
        match from {
            AccountId::Person(id) => {
                let account = self.accounts.get_mut(index(id));
                account.is_some_and(|it| it.take(amount, sum))
            }
            AccountId::Shared(number) => {
                let shared = self.shared.get_mut(index(number));
                let left = shared
                    .as_ref()
                    .and_then(|it| it.balance.checked_sub(amount.into()));
                if let Some((shared, left)) = shared.zip(left) {
                    shared.balance = left;
                }
                left.is_some()
            }
        }
    }

    fn put(&mut self, to: AccountId, amount: u64) {
        let sum = self.dividend.sum;
        match to {
            AccountId::Person(id) => {
                if let Some(account) = self.accounts.get_mut(index(id)) {
                    account.put(amount, sum);
                }
            }
            AccountId::Shared(number) => {
                if let Some(shared) = self.shared.get_mut(index(number)) {
                    shared.balance = shared.balance.saturating_add(amount.into());
                }
            }
        }
    }
}

/// Where the queue of each account lies in `payments`, which are sorted by account.
fn queues(payments: &[Payment]) -> Vec<Range<usize>> {
    let mut queues = Vec::new();
    let mut start = 0_usize;
    for queue in payments.chunk_by(|a, b| a.from == b.from) {
        let end = start.saturating_add(queue.len());
        queues.push(start..end);
        start = end;
    }
    queues
}
