//! `commune money standing`: payments that come again, made by this device when they fall due.

use std::time::Duration;

use clap::Subcommand;
use commune_crdt::{
    codec::{is_clean, to_u64},
    payload::Receiver,
    time::Seconds,
};
use serde_json::{Value as Json, json};

use super::{
    money, name_of, receiver,
    unit::Unit,
    word::{quoted, why},
};
use crate::{
    cli::{
        Context, member,
        value::{self, Moment},
    },
    clock,
    failure::{Exit, Failure},
    money::{
        Amount, Money, shown,
        standing::{
            Done, MAX_ORDER_COMMENT_LEN, MAX_ORDERS, MIN_PERIOD, Order, Orders, StandingError,
            Unpaid, change_orders, pay_due, would_pay,
        },
    },
};

/// Longest period, in days: longer than anybody plans.
const MAX_DAYS: u64 = 36_500;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    Add(Add),
    List(List),
    Remove(Remove),
    Run(Run),
}

/// To whom, how much, how often, what for.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Add {
    #[arg(value_name = "WHO")]
    who: String,
    #[arg(value_name = "AMOUNT")]
    amount: String,
    #[arg(long, value_name = "DURATION", value_parser = value::duration)]
    every: Duration,
    #[arg(long, value_name = "DATE")]
    first: Option<Moment>,
    #[arg(long, value_name = "N")]
    times: Option<u32>,
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct List {}

/// Which.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Remove {
    #[arg(value_name = "NUMBER")]
    number: u32,
}

/// Whether for good.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Run {
    #[arg(long)]
    dry_run: bool,
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        match self {
            Self::Add(args) => args.run(ctx, unit),
            Self::List(_) => list(ctx),
            Self::Remove(args) => args.run(ctx),
            Self::Run(args) => args.run(ctx, unit),
        }
    }
}

impl Add {
    fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let amount = unit.amount(&self.amount)?;
        let period = self.every.as_secs();
        if period < MIN_PERIOD || period / 86_400 > MAX_DAYS {
            return Err(Failure::new(Exit::Usage, "standing.period").with("limit", MAX_DAYS));
        }
        if self.times == Some(0) {
            return Err(Failure::new(Exit::Usage, "standing.times"));
        }
        let comment = self.comment.clone().unwrap_or_default();
        if comment.len() > MAX_ORDER_COMMENT_LEN || !is_clean(&comment) {
            return Err(Failure::new(Exit::Usage, "standing.comment")
                .with("len", to_u64(comment.len()))
                .with("limit", to_u64(MAX_ORDER_COMMENT_LEN)));
        }
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let (to, _) = receiver(&money, &self.who)?;
        if to == Receiver::Member(device.vault().member_key) {
            let name = device.vault().name.clone();
            return Err(Failure::new(Exit::Refused, "rule.self_payment").with("name", name));
        }
        if matches!(amount, Amount::Units(0) | Amount::Dividends(0)) {
            return Err(Failure::new(Exit::Refused, "rule.zero_amount"));
        }
        let order = Order {
            number: 0,
            to,
            amount,
            period,
            due: self
                .first
                .map_or_else(|| now(ctx), |it| Seconds(it.unix_seconds)),
            left: self.times,
            comment,
        };
        let added = change_orders(&device, |it| it.add(order.clone()))?;
        let number = added.map_err(|_| {
            let limit = to_u64(MAX_ORDERS);
            Failure::new(Exit::Refused, "standing.too_many").with("limit", limit)
        })?;
        let order = Order { number, ..order };
        let text = line(ctx, &money, &order);
        ctx.emit(object(&money, &order), &text)
    }
}

fn list(ctx: &mut Context) -> Result<(), Failure> {
    let device = ctx.device()?;
    let money = money(ctx, &device)?;
    let orders = Orders::of(&device)?;
    let objects: Vec<Json> = orders.iter().map(|it| object(&money, it)).collect();
    let mut lines: Vec<String> = orders.iter().map(|it| line(ctx, &money, it)).collect();
    if lines.is_empty() {
        lines.push(ctx.text("standing-none", &[]));
    }
    ctx.emit(json!({"orders": objects}), &lines.join("\n"))
}

impl Remove {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let removed = change_orders(&device, |it| it.remove(self.number))?;
        let unknown = || {
            let number = u64::from(self.number);
            Failure::new(Exit::NotFound, "standing.unknown").with("number", number)
        };
        let order = removed.ok_or_else(unknown)?;
        let args = [("order", line(ctx, &money, &order).into())];
        let text = ctx.text("standing-removed", &args);
        ctx.emit(object(&money, &order), &text)
    }
}

impl Run {
    fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let device = ctx.device()?;
        let (now, claimed) = (now(ctx), ctx.claimed_now());
        let done = match self.dry_run {
            true => would_pay(&device, now, claimed),
            false => pay_due(&device, now, claimed),
        };
        let done = done.map_err(failure)?;
        let money = money(ctx, &device)?;
        let (mut objects, mut lines) = (Vec::new(), Vec::new());
        for it in &done {
            let (object, text) = self.told(ctx, &money, it, unit);
            objects.push(object);
            lines.push(text);
        }
        if lines.is_empty() {
            lines.push(ctx.text("standing-nothing-due", &[]));
        }
        ctx.emit(
            json!({"payments": objects, "dry_run": self.dry_run}),
            &lines.join("\n"),
        )?;
        let unpaid = done.iter().filter(|it| it.result.is_err()).count();
        if unpaid == 0 {
            return Ok(());
        }
        Err(Failure::new(Exit::Refused, "standing.unpaid").with("count", to_u64(unpaid)))
    }

    fn told(&self, ctx: &Context, money: &Money, it: &Done, unit: Unit) -> (Json, String) {
        let name = name_of(money, &it.to).unwrap_or_default();
        let (reason, words) = match it.result {
            Ok(_) => (None, String::new()),
            Err(Unpaid::Refused(refusal)) => (Some(refusal.code()), ctx.text(why(refusal), &[])),
            Err(Unpaid::NoSealingKey) => (
                Some("no_sealing_key"),
                ctx.text("error-money-no-sealing-key", &[]),
            ),
        };
        let args = [
            ("order", u64::from(it.order).into()),
            ("name", (&name).into()),
            ("amount", unit.shown(&money.ledger, it.amount.into()).into()),
            ("due", member::day(it.due).into()),
            ("why", words.into()),
        ];
        let text = match it.result {
            Ok(_) if self.dry_run => ctx.text("standing-would-pay", &args),
            Ok(_) => ctx.text("standing-paid", &args),
            Err(_) => ctx.text("standing-unpaid", &args),
        };
        let entry = it.result.ok().filter(|_| !self.dry_run);
        let object = json!({
            "order": it.order,
            "name": name,
            "amount": it.amount,
            "due": member::time(it.due),
            "entry": entry.map(|it| it.to_string()),
            "reason": reason,
            "status": "pending",
        });
        (object, text)
    }
}

fn now(ctx: &Context) -> Seconds {
    let simulated = ctx.at_time.map(|it| it.unix_seconds);
    Seconds(simulated.unwrap_or_else(clock::unix_seconds))
}

fn line(ctx: &Context, money: &Money, it: &Order) -> String {
    let (days, hours) = (it.period / 86_400, it.period % 86_400 / 3_600);
    let every = match hours {
        0 => format!("{days}d"),
        _ => format!("{days}d{hours}h"),
    };
    let amount = match it.amount {
        Amount::Units(it) => shown(it.into()),
        Amount::Dividends(it) => format!("{} d", shown(it.into())),
    };
    let args = [
        ("order", u64::from(it.number).into()),
        ("name", name_of(money, &it.to).unwrap_or_default().into()),
        ("amount", amount.into()),
        ("every", every.into()),
        ("due", member::day(it.due).into()),
        ("left", u64::from(it.left.unwrap_or_default()).into()),
    ];
    let mut text = match it.left {
        Some(_) => ctx.text("standing-line-times", &args),
        None => ctx.text("standing-line", &args),
    };
    let comment = Some(&*it.comment).filter(|it| !it.is_empty());
    text.push_str(&quoted(ctx, comment));
    text
}

fn object(money: &Money, it: &Order) -> Json {
    let (unit, amount) = match it.amount {
        Amount::Units(it) => ("quantity", it),
        Amount::Dividends(it) => ("dividend", it),
    };
    let to = match it.to {
        Receiver::Member(key) => key.to_string(),
        Receiver::Shared(id) => id.to_string(),
    };
    json!({
        "order": it.number,
        "to": to,
        "name": name_of(money, &it.to),
        "amount": amount,
        "unit": unit,
        "every_seconds": it.period,
        "due": member::time(it.due),
        "left": it.left,
        "comment": it.comment,
    })
}

fn failure(error: StandingError) -> Failure {
    match error {
        StandingError::Store(error) => error.into(),
        StandingError::Write(error) => error.into(),
        StandingError::Vault(error) => error.into(),
    }
}
