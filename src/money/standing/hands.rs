//! What a run of standing orders does to a device, and what it only would.

use commune_crdt::{
    entry::{Entry, LogId, Payload, Stream, Tag},
    hash::EntryId,
    ledger::Refusal,
    payload::{AccountFact, Comment, Receiver, Transfer},
    time::{ClaimedMinutes, Seconds},
};

use super::{Hands, Order, Orders, Promise, StandingError, Unpaid};
use crate::{
    cli::value::Moment,
    device::Device,
    money::{Money, keep_comment},
    vault::{VaultError, random},
};

/// Works on a device.
pub(super) struct OfDevice<'a> {
    device: &'a Device,
    claimed: ClaimedMinutes,
}

impl<'a> OfDevice<'a> {
    pub(super) fn new(device: &'a Device, claimed: ClaimedMinutes) -> Self {
        Self { device, claimed }
    }

    fn own_log(&self) -> LogId {
        LogId {
            author: self.device.vault().device.device_key(),
            stream: Stream::ACCOUNT,
            tag: Tag::default(),
        }
    }

    /// As [`Hands::prepare`], when so much of what can be spent is spoken for.
    fn prepare_after(
        &self,
        order: &Order,
        spoken_for: u128,
    ) -> Result<(u64, Result<Promise, Unpaid>), StandingError> {
        let money = Money::of(self.device, None)?;
        let Some(amount) = order.amount.thousandths(&money.ledger) else {
            return Ok((0, Err(Unpaid::Refused(Refusal::InsufficientBalance))));
        };
        let Some(comment) = self.comment(order)? else {
            return Ok((amount, Err(Unpaid::NoSealingKey)));
        };
        let transfer = Transfer {
            to: order.to,
            amount,
            comment,
        };
        let own = self.device.vault().device.device_key();
        let payer = money.trust.membership.owner(&own);
        let spendable = payer.map_or(0, |it| money.spendable(it));
        let needed = spoken_for.saturating_add(amount.into());
        let refusal = money.refuse(&own, &transfer);
        let too_much = (needed > spendable).then_some(Refusal::InsufficientBalance);
        if let Some(refusal) = refusal.or(too_much) {
            return Ok((amount, Err(Unpaid::Refused(refusal))));
        }
        let Payload::Inline(payload) = AccountFact::Transfer(transfer).payload() else {
            return Ok((amount, Err(Unpaid::NoSealingKey)));
        };
        let history = self.device.history()?;
        let placed = history.log(&self.own_log()).map_or(0, |it| it.ids().len());
        let promise = Promise {
            order: order.number,
            due: order.due,
            seq: u32::try_from(placed).unwrap_or(u32::MAX),
            claimed: self.claimed,
            payload,
        };
        Ok((amount, Ok(promise)))
    }

    /// What the receiver reads: what for, and for which day. No key opens what would be sealed to a
    /// shared account.
    fn comment(&self, order: &Order) -> Result<Option<Comment>, StandingError> {
        let text = text(&order.comment, order.due);
        let Receiver::Member(key) = &order.to else {
            return Ok(Some(Comment::Clear(text)));
        };
        let Some(exchange) = Money::exchange_key(self.device, key)? else {
            return Ok(None);
        };
        let chance = random::secret::<32>().map_err(VaultError::from)?;
        Ok(Comment::seal(&text, &exchange, &chance))
    }
}

/// A comment and the day of a period.
fn text(comment: &str, due: Seconds) -> String {
    let moment = Moment {
        unix_seconds: due.0,
    };
    let day: String = moment.to_string().chars().take(10).collect();
    format!("{comment} {day}").trim_start().to_owned()
}

impl Hands for OfDevice<'_> {
    fn orders(&self) -> Result<Orders, StandingError> {
        Ok(Orders::of(self.device)?)
    }

    fn keep(&mut self, orders: &Orders) -> Result<(), StandingError> {
        Ok(orders.save(self.device)?)
    }

    fn prepare(&mut self, order: &Order) -> Result<(u64, Result<Promise, Unpaid>), StandingError> {
        self.prepare_after(order, 0)
    }

    fn find(&self, promise: &Promise) -> Result<Option<EntryId>, StandingError> {
        let log = self.own_log();
        let history = self.device.history()?;
        let from = usize::try_from(promise.seq).unwrap_or(usize::MAX);
        let placed = history.log(&log).and_then(|it| it.ids().get(from..));
        for id in placed.unwrap_or_default() {
            let bytes = self.device.store().entry(id)?;
            let entry = bytes.and_then(|it| commune_crdt::entry::SignedEntry::decode(&it).ok());
            if entry.is_some_and(|it| keeps(it.claim(), promise)) {
                return Ok(Some(*id));
            }
        }
        let mut waiting = history.pending().filter(|it| it.entry.log() == log);
        let kept = waiting.find(|it| keeps(it.entry.entry(), promise));
        Ok(kept.map(|it| it.entry.id()))
    }

    fn write(&mut self, promise: &Promise) -> Result<EntryId, StandingError> {
        let kind = AccountFact::TRANSFER;
        let payload = Payload::Inline(promise.payload.clone());
        let (id, _) = self.device.state_in(kind, payload, promise.claimed)?;
        let orders = self.orders()?;
        let order = orders.iter().find(|it| it.number == promise.order);
        if let Some(order) = order {
            // For the own statement alone: the payment stands without it.
            let _ = keep_comment(self.device, &id, &text(&order.comment, promise.due));
        }
        Ok(id)
    }
}

fn keeps(entry: &Entry, promise: &Promise) -> bool {
    let is_payment = entry.kind == AccountFact::TRANSFER && entry.claimed == promise.claimed;
    is_payment && matches!(&entry.payload, Payload::Inline(it) if *it == promise.payload)
}

/// Says what would be done.
pub(super) struct Dry<'a> {
    device: OfDevice<'a>,
    orders: Orders,
    amount: u64,
    spoken_for: u128,
}

impl<'a> Dry<'a> {
    pub(super) fn new(device: &'a Device, claimed: ClaimedMinutes) -> Result<Self, StandingError> {
        Ok(Self {
            orders: Orders::of(device)?,
            device: OfDevice::new(device, claimed),
            amount: 0,
            spoken_for: 0,
        })
    }
}

impl Hands for Dry<'_> {
    fn orders(&self) -> Result<Orders, StandingError> {
        Ok(self.orders.clone())
    }

    fn keep(&mut self, orders: &Orders) -> Result<(), StandingError> {
        self.orders = orders.clone();
        Ok(())
    }

    fn prepare(&mut self, order: &Order) -> Result<(u64, Result<Promise, Unpaid>), StandingError> {
        let (amount, prepared) = self.device.prepare_after(order, self.spoken_for)?;
        self.amount = amount;
        Ok((amount, prepared))
    }

    fn find(&self, promise: &Promise) -> Result<Option<EntryId>, StandingError> {
        self.device.find(promise)
    }

    fn write(&mut self, _: &Promise) -> Result<EntryId, StandingError> {
        self.spoken_for = self.spoken_for.saturating_add(self.amount.into());
        Ok(EntryId([0; 32]))
    }
}
