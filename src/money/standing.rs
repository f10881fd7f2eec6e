//! Standing orders: payments that this device makes by itself when they fall due.
//!
//! ```text
//! keep the promise ─► write the payment ─► keep the order, due a period later, without the promise
//!        └── after a crash: is the promised payment in the own log? then only the last step
//! ```
//!
//! An order is paid once a period, wherever a run ends. Before a payment is written, its very bytes
//! are kept as a promise; the next run first looks whether an entry with these bytes stands in this
//! device's log. They are like no others: a comment names the period, and is sealed with randomness
//! of its own.
//!
//! They are rows of the store of one device, and nobody else's: no entry tells of them. Another
//! device of the same member knows nothing of them, and so pays nothing twice.
//!
//! | bytes | of the row `standing` |
//! |------:|---|
//! |     4 | number of the next order |
//! | var n × … | orders: number 4, receiver 1 + 32, unit 1, amount 8, period 8, due 8, flag and times left 4, comment text |
//! | flag and … | the promise: order 4, due 8, place in the log 4, minute claimed 4, payload text of bytes |

mod hands;

use commune_crdt::{
    codec::{CodecError, Reader, Writer},
    entry::MAX_INLINE_LEN,
    hash::EntryId,
    ledger::Refusal,
    payload::{MAX_COMMENT_LEN, Receiver},
    time::{ClaimedMinutes, Seconds},
};

use std::sync::{Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use super::Amount;
use crate::{
    device::{Device, WriteError},
    store::{Batch, Durability, StoreError},
    vault::VaultError,
};

/// Most orders of a device.
pub const MAX_ORDERS: usize = 64;

/// Shortest period, in seconds: a day.
pub const MIN_PERIOD: u64 = 86_400;

/// Longest comment: the day of the period follows it.
pub const MAX_ORDER_COMMENT_LEN: usize = MAX_COMMENT_LEN - " 2026-12-01".len();

/// Most periods of one order that a run makes up for. The next one goes on.
const MAX_CATCH_UP: usize = 12;

const ROW: &str = "standing";

/// One run at a time, or one change: two would start from one row.
static TURN: Mutex<()> = Mutex::new(());

/// A payment that comes again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Order {
    /// Its number on this device.
    pub number: u32,
    /// Whom.
    pub to: Receiver,
    /// How much; in dividends, those of the day of the payment.
    pub amount: Amount,
    /// How long a period is, in seconds.
    pub period: u64,
    /// When it is to be paid next.
    pub due: Seconds,
    /// How many times more, if not for ever.
    pub left: Option<u32>,
    /// What for; may be empty.
    pub comment: String,
}

/// A payment that is about to be written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Promise {
    /// The order.
    order: u32,
    /// Its period.
    due: Seconds,
    /// The first place in the own log where it can stand.
    seq: u32,
    /// When it is claimed to be written.
    claimed: ClaimedMinutes,
    /// What is written.
    payload: Vec<u8>,
}

/// All standing orders of a device.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Orders {
    next: u32,
    all: Vec<Order>,
    promise: Option<Promise>,
}

/// Why an order that is due is not paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unpaid {
    /// A rule would give it no effect.
    Refused(Refusal),
    /// Nobody here has the receiver's sealing key.
    NoSealingKey,
}

/// What a run did with one period of an order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Done {
    /// The number of the order.
    pub order: u32,
    /// Whom.
    pub to: Receiver,
    /// How much, in thousandths; 0 where it could not be told.
    pub amount: u64,
    /// When it was due.
    pub due: Seconds,
    /// The payment, or why there is none yet.
    pub result: Result<EntryId, Unpaid>,
}

/// What ends a run. What was paid is kept.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StandingError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// As many orders as may be are there.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a device has at most {MAX_ORDERS} standing orders")]
pub struct TooManyOrders;

impl Orders {
    /// Those of `device`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn of(device: &Device) -> Result<Self, StoreError> {
        let bytes = device.store().meta(ROW)?;
        let read = bytes.map(|it| Self::decode(&it)).transpose();
        Ok(read
            .map_err(|_| StoreError::damaged("the row of standing orders"))?
            .unwrap_or_default())
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Order> {
        self.all.iter()
    }

    /// Adds `order`, and gives its number.
    ///
    /// # Errors
    ///
    /// [`TooManyOrders`].
    pub fn add(&mut self, order: Order) -> Result<u32, TooManyOrders> {
        if self.all.len() >= MAX_ORDERS {
            return Err(TooManyOrders);
        }
        self.next = self.next.saturating_add(1);
        let number = self.next;
        self.all.push(Order { number, ..order });
        Ok(number)
    }

    /// Takes an order out.
    pub fn remove(&mut self, number: u32) -> Option<Order> {
        let at = self.all.iter().position(|it| it.number == number)?;
        Some(self.all.remove(at))
    }

    fn save(&self, device: &Device) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        batch.put_meta(ROW, &self.encode());
        device.store().commit(batch, Durability::All)
    }

    /// Notes that the period of `promise` is paid.
    fn settle(&mut self, promise: &Promise) {
        self.promise = None;
        let is_it = |it: &&mut Order| it.number == promise.order && it.due == promise.due;
        let Some(order) = self.all.iter_mut().find(is_it) else {
            return;
        };
        order.due = order.due.after(order.period);
        order.left = order.left.map(|it| it.saturating_sub(1));
        if order.left == Some(0) {
            self.remove(promise.order);
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.u32(self.next).var_len(self.all.len());
        for it in &self.all {
            out.u32(it.number);
            it.to.write(&mut out);
            let (unit, amount) = match it.amount {
                Amount::Units(it) => (0, it),
                Amount::Dividends(it) => (1, it),
            };
            out.u8(unit).u64(amount).u64(it.period).u64(it.due.0);
            out.flag(it.left.is_some());
            if let Some(left) = it.left {
                out.u32(left);
            }
            out.short_bytes(it.comment.as_bytes());
        }
        out.flag(self.promise.is_some());
        if let Some(it) = &self.promise {
            out.u32(it.order)
                .u64(it.due.0)
                .u32(it.seq)
                .u32(it.claimed.0);
            out.short_bytes(&it.payload);
        }
        out.finish()
    }

    fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let next = reader.u32()?;
        let count = reader.var_max("orders", MAX_ORDERS)?;
        let all = (0..count)
            .map(|_| read_order(&mut reader))
            .collect::<Result<_, _>>()?;
        let promise = match reader.flag()? {
            false => None,
            true => Some(Promise {
                order: reader.u32()?,
                due: Seconds(reader.u64()?),
                seq: reader.u32()?,
                claimed: ClaimedMinutes(reader.u32()?),
                payload: reader.short_bytes("payload", MAX_INLINE_LEN)?.to_vec(),
            }),
        };
        reader.finish()?;
        Ok(Self { next, all, promise })
    }
}

fn read_order(reader: &mut Reader<'_>) -> Result<Order, CodecError> {
    Ok(Order {
        number: reader.u32()?,
        to: Receiver::read(reader)?,
        amount: match (reader.u8()?, reader.u64()?) {
            (0, it) => Amount::Units(it),
            (1, it) => Amount::Dividends(it),
            _ => return Err(CodecError::NotCanonical("unit of an order")),
        },
        period: reader.u64()?,
        due: Seconds(reader.u64()?),
        left: match reader.flag()? {
            true => Some(reader.u32()?),
            false => None,
        },
        comment: reader.text("comment", MAX_ORDER_COMMENT_LEN)?,
    })
}

/// Changes the orders of `device`, and returns when that is on the disk.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read or written.
pub fn change_orders<T>(
    device: &Device,
    change: impl FnOnce(&mut Orders) -> T,
) -> Result<T, StoreError> {
    let _turn = turn();
    let mut orders = Orders::of(device)?;
    let changed = change(&mut orders);
    orders.save(device)?;
    Ok(changed)
}

/// Pays what is due at `now`, claiming to do so at `claimed`: each period of each order once, the
/// oldest first. An order that cannot be paid stays due, and the next run tries again.
///
/// # Errors
///
/// [`StandingError`]; what was paid before is kept.
pub fn pay_due(
    device: &Device,
    now: Seconds,
    claimed: ClaimedMinutes,
) -> Result<Vec<Done>, StandingError> {
    let _turn = turn();
    run(&mut hands::OfDevice::new(device, claimed), now)
}

/// What [`pay_due`] would do; nothing is written.
///
/// # Errors
///
/// [`StandingError`] if the store cannot be read.
pub fn would_pay(
    device: &Device,
    now: Seconds,
    claimed: ClaimedMinutes,
) -> Result<Vec<Done>, StandingError> {
    let _turn = turn();
    run(&mut hands::Dry::new(device, claimed)?, now)
}

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a run does to the world, so that a test can end it anywhere.
trait Hands {
    /// The orders as they are kept.
    fn orders(&self) -> Result<Orders, StandingError>;
    /// Keeps them, and returns when that is on the disk.
    fn keep(&mut self, orders: &Orders) -> Result<(), StandingError>;
    /// The payment of a period, ready to be written, and its amount in thousandths.
    fn prepare(&mut self, order: &Order) -> Result<(u64, Result<Promise, Unpaid>), StandingError>;
    /// The entry that keeps `promise`, if it stands in the own log.
    fn find(&self, promise: &Promise) -> Result<Option<EntryId>, StandingError>;
    /// Writes the payment, and returns when that is on the disk.
    fn write(&mut self, promise: &Promise) -> Result<EntryId, StandingError>;
}

fn run(hands: &mut impl Hands, now: Seconds) -> Result<Vec<Done>, StandingError> {
    let mut orders = hands.orders()?;
    if let Some(promise) = orders.promise.clone() {
        // A run ended between a promise and the order: was it kept?
        match hands.find(&promise)? {
            Some(_) => orders.settle(&promise),
            None => orders.promise = None,
        }
        hands.keep(&orders)?;
    }
    let mut done = Vec::new();
    let numbers: Vec<u32> = orders.iter().map(|it| it.number).collect();
    for number in numbers {
        for _ in 0..MAX_CATCH_UP {
            let due = orders
                .iter()
                .find(|it| it.number == number && it.due <= now);
            let Some(order) = due.cloned() else {
                break;
            };
            let (amount, prepared) = hands.prepare(&order)?;
            let result = match prepared {
                Ok(promise) => {
                    orders.promise = Some(promise.clone());
                    hands.keep(&orders)?;
                    let id = hands.write(&promise)?;
                    orders.settle(&promise);
                    hands.keep(&orders)?;
                    Ok(id)
                }
                Err(why) => Err(why),
            };
            let is_stuck = result.is_err();
            done.push(Done {
                order: number,
                to: order.to,
                amount,
                due: order.due,
                result,
            });
            if is_stuck {
                break;
            }
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests;
