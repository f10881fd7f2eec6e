//! Payments as they were written, and what became of each: what a statement, which holds only
//! what was paid, is silent about.
//!
//! ```text
//! entries of the store ─┬─ in a record: paid, or refused for good
//!                       ├─ beside a record that judged a fork: void
//!                       ├─ above a fork that no record judged: contested
//!                       └─ placed: as the next record would; else waiting for what is before it
//! ```

use std::collections::BTreeMap;

use commune_crdt::{
    entry::{LogId, SignedEntry, Stream, Tag},
    hash::EntryId,
    history::History,
    keys::DeviceKey,
    ledger::{AccountId, Outcome, Refusal},
    payload::{AccountFact, Comment, Receiver},
    time::{ClaimedMinutes, Seconds},
};

use super::{Money, Past};
use crate::{
    device::Device,
    store::{Batch, Durability, StoreError},
};

/// What became of a payment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effect {
    /// It is paid.
    Paid,
    /// A rule gives it no effect.
    Refused(Refusal),
    /// Its device said something else at the same place, and the record did not take this: a double spend.
    Void,
    /// Its device said something else at the same place, and no record judged it.
    Contested,
    /// What its device wrote before it is not here.
    Waits,
}

/// A payment as it was written.
#[derive(Clone, Debug)]
pub struct Payment {
    /// The entry.
    pub id: EntryId,
    /// The device that wrote it.
    pub device: DeviceKey,
    /// Its place in the log of that.
    pub seq: u32,
    /// When, by the clock of that. No more than an order to show things in.
    pub claimed: ClaimedMinutes,
    /// Whose money.
    pub from: AccountId,
    /// Whom, if that is known here.
    pub to: Option<AccountId>,
    /// How much, in thousandths.
    pub amount: u64,
    /// What for.
    pub comment: Comment,
    /// What became of it, or would at the next record.
    pub effect: Effect,
    /// The time of the record that settled it; none while it is pending.
    pub settled: Option<Seconds>,
}

/// What may be lost to a payer before the next record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Risk {
    /// What the payer has, by the newest record, in thousandths.
    pub balance: u128,
    /// What of it is pending, as far as is known here.
    pub spent: u128,
    /// What of that is from this device.
    pub device_spent: u128,
    /// What may be pending from all devices of the payer.
    pub cap: u128,
    /// What may be from this one.
    pub device_cap: u128,
}

impl Risk {
    /// Whether more is pending than a receiver should accept.
    pub fn is_beyond(&self) -> bool {
        self.spent > self.cap || self.device_spent > self.device_cap
    }
}

/// Payments that concern an account, and all that are pending.
#[derive(Debug)]
pub struct Payments {
    all: Vec<Payment>,
}

impl Payments {
    /// Looks through the store of `device` for what concerns `account`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn of(
        device: &Device,
        money: &Money,
        past: &Past,
        account: AccountId,
    ) -> Result<Self, StoreError> {
        let mut settled = BTreeMap::new();
        for it in &past.closings {
            note(&it.outcome, |id, effect| {
                settled.insert(id, (it.time, effect));
            });
        }
        let mut next = BTreeMap::new();
        note(&money.outcome, |id, effect| {
            next.insert(id, effect);
        });
        let mut all = Vec::new();
        let history = device.history()?;
        for bytes in device.store().entries().chain(device.store().pending()) {
            let Some(mut payment) = read(money, &bytes?) else {
                continue;
            };
            match settled.get(&payment.id) {
                Some((time, effect)) => {
                    payment.settled = Some(*time);
                    payment.effect = *effect;
                }
                // A proposal that lacks approvals is no payment yet.
                None if is_proposed(&payment) && !next.contains_key(&payment.id) => continue,
                None if past.tip.state.is_refused(&payment.device) => {
                    payment.settled = Some(past.tip.time);
                    payment.effect = Effect::Void;
                }
                None => payment.effect = effect_of(&history, &next, &payment),
            }
            let concerns = payment.from == account || payment.to == Some(account);
            if concerns || payment.settled.is_none() {
                all.push(payment);
            }
        }
        let last = Seconds(u64::MAX);
        all.sort_by_key(|it: &Payment| {
            let time = it.settled.unwrap_or(last);
            (time, it.claimed, it.device, it.seq, it.id)
        });
        all.dedup_by_key(|it| it.id);
        Ok(Self { all })
    }

    /// What came in or is to come in to `account`, oldest first.
    pub fn to(&self, account: AccountId) -> impl Iterator<Item = &Payment> {
        let is_to = move |it: &&Payment| it.to == Some(account) && it.from != account;
        self.all.iter().filter(is_to)
    }

    /// What `account` has to do with, oldest first.
    pub fn about(&self, account: AccountId) -> impl Iterator<Item = &Payment> {
        let is_about = move |it: &&Payment| it.to == Some(account) || it.from == account;
        self.all.iter().filter(is_about)
    }

    /// What accepting `payment` risks; none of a shared account, which owns no dividends to come.
    pub fn risk(&self, money: &Money, payment: &Payment) -> Option<Risk> {
        let AccountId::Person(_) = payment.from else {
            return None;
        };
        let pending = self.all.iter().filter(|it| {
            // Which of two that do not both fit is refused can change until a record is made.
            let counts = match it.effect {
                Effect::Refused(why) => why == Refusal::InsufficientBalance,
                _ => true,
            };
            it.from == payment.from && it.settled.is_none() && counts
        });
        let (mut spent, mut device_spent) = (0_u128, 0_u128);
        for it in pending {
            let amount = u128::from(it.amount);
            spent = spent.saturating_add(amount);
            if it.device == payment.device {
                device_spent = device_spent.saturating_add(amount);
            }
        }
        let cap = money.ledger.offline_cap(&money.people, &payment.device);
        Some(Risk {
            balance: money.ledger.balance(payment.from),
            spent,
            device_spent,
            cap: cap.member,
            device_cap: cap.device,
        })
    }
}

/// What `device` may read of the comment of the payment `id`: one in clear, one that is sealed to
/// its member, or one that it wrote itself.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub fn comment_of(
    device: &Device,
    id: &EntryId,
    comment: &Comment,
) -> Result<Option<String>, StoreError> {
    if let Some(text) = comment.open(&device.vault().sealing) {
        return Ok(Some(text));
    }
    let own = device.store().meta(&row(id))?;
    Ok(own.and_then(|it| String::from_utf8(it).ok()))
}

/// Keeps what the owner of `device` wrote under the payment `id`: sealed to the receiver, it could
/// not be read here again.
///
/// # Errors
///
/// [`StoreError`] if it cannot be written; the payment stands.
pub fn keep_comment(device: &Device, id: &EntryId, text: &str) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    batch.put_meta(&row(id), text.as_bytes());
    device.store().commit(batch, Durability::All)
}

fn row(id: &EntryId) -> String {
    format!("comment.{id}")
}

/// Tells what a record made of each payment in it.
fn note(outcome: &Outcome, mut tell: impl FnMut(EntryId, Effect)) {
    for it in &outcome.applied {
        tell(it.id, Effect::Paid);
    }
    for (id, refusal) in &outcome.refused {
        tell(*id, Effect::Refused(*refusal));
    }
}

fn effect_of(history: &History, next: &BTreeMap<EntryId, Effect>, payment: &Payment) -> Effect {
    if let Some(effect) = next.get(&payment.id) {
        return *effect;
    }
    let log = LogId {
        author: payment.device,
        stream: Stream::ACCOUNT,
        tag: Tag::default(),
    };
    match history.log(&log).and_then(|it| it.fork()) {
        Some(_) => Effect::Contested,
        None => Effect::Waits,
    }
}

fn is_proposed(payment: &Payment) -> bool {
    matches!(payment.from, AccountId::Shared(_))
}

/// The payment that stored bytes state, if they do.
fn read(money: &Money, bytes: &[u8]) -> Option<Payment> {
    let entry = SignedEntry::decode(bytes).ok()?;
    let claim = entry.claim();
    let person = money.trust.membership.owner(&entry.author());
    let (from, to, amount, comment) = match AccountFact::of(claim).ok()?? {
        AccountFact::Transfer(it) => (AccountId::Person(person?), it.to, it.amount, it.comment),
        AccountFact::SharedTransfer(it) => {
            let number = money.then.find_shared(&it.from)?;
            (AccountId::Shared(number), it.to, it.amount, it.comment)
        }
        _ => return None,
    };
    Some(Payment {
        id: entry.id(),
        device: entry.author(),
        seq: claim.seq,
        claimed: claim.claimed,
        from,
        to: receiver(money, &to),
        amount,
        comment,
        effect: Effect::Waits,
        settled: None,
    })
}

/// Whose account a receiver is, as far as is known here.
pub fn receiver(money: &Money, to: &Receiver) -> Option<AccountId> {
    match to {
        Receiver::Member(key) => money.account(key),
        Receiver::Shared(id) => money.then.find_shared(id).map(AccountId::Shared),
    }
}
