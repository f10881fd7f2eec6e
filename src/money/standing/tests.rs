use commune_crdt::keys::MemberKey;

use super::*;

const DAY: u64 = 86_400;

/// A device that is cut off after so many steps.
struct Fragile {
    orders: Orders,
    log: Vec<Vec<u8>>,
    purse: u64,
    chance: u8,
    steps: usize,
}

impl Fragile {
    fn step(&mut self) -> Result<(), StandingError> {
        let cut = || StoreError::damaged("the power is off");
        self.steps = self.steps.checked_sub(1).ok_or_else(cut)?;
        Ok(())
    }
}

impl Hands for Fragile {
    fn orders(&self) -> Result<Orders, StandingError> {
        Ok(Orders::decode(&self.orders.encode()).unwrap())
    }

    fn keep(&mut self, orders: &Orders) -> Result<(), StandingError> {
        self.step()?;
        self.orders = orders.clone();
        // The power may go as well when it is on the disk and nobody was told.
        self.step()
    }

    fn prepare(&mut self, order: &Order) -> Result<(u64, Result<Promise, Unpaid>), StandingError> {
        let Amount::Units(amount) = order.amount else {
            panic!("these orders are in units")
        };
        if amount > self.purse {
            let refusal = Refusal::InsufficientBalance;
            return Ok((amount, Err(Unpaid::Refused(refusal))));
        }
        self.chance = self.chance.wrapping_add(1);
        let promise = Promise {
            order: order.number,
            due: order.due,
            seq: u32::try_from(self.log.len()).unwrap(),
            claimed: ClaimedMinutes(0),
            payload: vec![
                self.chance,
                small(order.number.into()),
                small(order.due.0 / DAY),
            ],
        };
        Ok((amount, Ok(promise)))
    }

    fn find(&self, promise: &Promise) -> Result<Option<EntryId>, StandingError> {
        let above = &self.log[usize::try_from(promise.seq).unwrap()..];
        let found = above.contains(&promise.payload);
        Ok(found.then_some(EntryId([1; 32])))
    }

    fn write(&mut self, promise: &Promise) -> Result<EntryId, StandingError> {
        self.step()?;
        self.log.push(promise.payload.clone());
        self.purse = self.purse.checked_sub(1).unwrap();
        self.step()?;
        Ok(EntryId([1; 32]))
    }
}

#[test]
fn an_order_is_paid_once_a_period_wherever_a_run_ends() {
    // Three periods of one order and two of another, five payments of six steps each.
    for cut in 0..40 {
        for again in [0, 1, 3, 5, usize::MAX] {
            let mut device = fragile();
            device.steps = cut;
            let ended = run(&mut device, Seconds(3 * DAY)).is_err();
            assert_eq!(ended, cut < 30, "cut at {cut}");
            device.steps = again;
            let _ = run(&mut device, Seconds(3 * DAY));
            device.steps = usize::MAX;
            run(&mut device, Seconds(3 * DAY)).unwrap();
            let mut paid: Vec<_> = device.log.iter().map(|it| (it[1], it[2])).collect();
            paid.sort_unstable();
            let each = [(1, 1), (1, 2), (1, 3), (2, 2), (2, 3)];
            assert_eq!(paid, each, "cut at {cut}, then at {again}");
            assert_eq!(device.orders.promise, None);
        }
    }
}

#[test]
fn what_cannot_be_paid_stays_due_and_holds_up_no_other_order() {
    let mut device = fragile();
    device.purse = 1;
    device.steps = usize::MAX;
    device.orders.all[0].amount = Amount::Units(5);
    let done = run(&mut device, Seconds(3 * DAY)).unwrap();
    let results: Vec<_> = done
        .iter()
        .map(|it| (it.order, it.result.is_ok()))
        .collect();
    assert_eq!(results, [(1, false), (2, true), (2, false)]);
    assert_eq!(device.orders.all[0].due, Seconds(DAY));
    device.purse = 10;
    assert_eq!(run(&mut device, Seconds(3 * DAY)).unwrap().len(), 4);
    assert_eq!(run(&mut device, Seconds(3 * DAY)).unwrap(), []);
}

#[test]
fn an_order_ends_after_its_last_time_and_a_run_makes_up_for_some_periods_only() {
    let mut device = fragile();
    (device.steps, device.purse) = (usize::MAX, 100);
    device.orders.all[1].left = Some(1);
    let done = run(&mut device, Seconds(100 * DAY)).unwrap();
    assert_eq!(done.len(), MAX_CATCH_UP + 1);
    assert_eq!(device.orders.all.len(), 1);
    assert_eq!(device.orders.all[0].due, Seconds(DAY * 13));
}

#[test]
fn orders_come_back_and_every_truncation_is_refused() {
    let mut orders = fragile().orders;
    orders.all[0].amount = Amount::Dividends(350);
    orders.all[1].left = Some(7);
    orders.promise = Some(Promise {
        order: 1,
        due: Seconds(DAY),
        seq: 3,
        claimed: ClaimedMinutes(9),
        payload: vec![5; 300],
    });
    let bytes = orders.encode();
    assert_eq!(Orders::decode(&bytes), Ok(orders.clone()));
    for len in 0..bytes.len() {
        assert!(Orders::decode(&bytes[..len]).is_err(), "cut at {len}");
    }
    for _ in 2..MAX_ORDERS {
        orders.add(orders.all[0].clone()).unwrap();
    }
    assert_eq!(orders.add(orders.all[0].clone()), Err(TooManyOrders));
    assert!(Orders::decode(&orders.encode()).is_ok());
}

fn small(number: u64) -> u8 {
    u8::try_from(number).unwrap()
}

fn fragile() -> Fragile {
    let mut orders = Orders::default();
    for due in [DAY, 2 * DAY] {
        let order = Order {
            number: 0,
            to: Receiver::Member(MemberKey([7; 32])),
            amount: Amount::Units(1),
            period: DAY,
            due: Seconds(due),
            left: None,
            comment: "rent".to_owned(),
        };
        orders.add(order).unwrap();
    }
    Fragile {
        orders,
        log: Vec::new(),
        purse: 10,
        chance: 0,
        steps: 0,
    }
}
