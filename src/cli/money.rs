//! `commune money`: balances, payments, dividends. Whatever is shown is final or pending.

mod ask;
mod history;
mod incoming;
mod look;
mod note;
mod pay;
mod shared;
mod standing;
mod supply;
mod unit;
mod word;

use clap::Subcommand;
use commune_crdt::{
    ledger::{AccountId, Refusal, Shared},
    payload::Receiver,
    time::Seconds,
};

use super::{Context, member};
use crate::{
    clock,
    device::Device,
    failure::{Exit, Failure},
    messages::key,
    money::Money,
};

/// What to do, and in which unit.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(long, global = true, value_enum, default_value = "quantity")]
    unit: unit::Unit,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ask(ask::Ask),
    Balance(look::Balance),
    Dividend(look::Dividend),
    History(history::History),
    Incoming(incoming::Incoming),
    #[command(subcommand)]
    Note(note::Command),
    Pay(pay::Pay),
    #[command(subcommand)]
    Shared(shared::Command),
    #[command(subcommand)]
    Standing(standing::Command),
    Supply(supply::Supply),
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let unit = self.unit;
        match &self.command {
            Command::Ask(args) => args.run(ctx, unit),
            Command::Balance(args) => args.run(ctx, unit),
            Command::Dividend(args) => args.run(ctx, unit),
            Command::History(args) => args.run(ctx, unit),
            Command::Incoming(args) => args.run(ctx, unit),
            Command::Note(command) => command.run(ctx, unit),
            Command::Pay(args) => args.run(ctx, unit),
            Command::Shared(command) => command.run(ctx, unit),
            Command::Standing(command) => command.run(ctx, unit),
            Command::Supply(args) => args.run(ctx, unit),
        }
    }
}

fn money(ctx: &Context, device: &Device) -> Result<Money, Failure> {
    let at = ctx.at_time.map(|it| Seconds(it.unix_seconds));
    Ok(Money::of(device, at)?)
}

/// The account of the owner of `device`.
fn own_account(device: &Device, money: &Money) -> Result<AccountId, Failure> {
    let own = device.vault().member_key;
    let unknown = || Failure::new(Exit::NotFound, "member.unknown").with("who", own.to_string());
    money.account(&own).ok_or_else(unknown)
}

/// Whom people mean, a person or a shared account, and what they call them.
fn receiver(money: &Money, who: &str) -> Result<(Receiver, String), Failure> {
    if let Some((number, shared)) = find_shared(money, who) {
        let name = account(money, AccountId::Shared(number));
        return Ok((Receiver::Shared(shared.id), name));
    }
    let (_, person) = member::find(&money.trust, who)?;
    Ok((Receiver::Member(person.key), money.trust.name(person)))
}

/// The shared account that people mean by `#` and its number, the first 6 or more digits of its id,
/// or a name that nobody else here has.
fn find_shared<'a>(money: &'a Money, who: &str) -> Option<(u32, &'a Shared)> {
    let lower = who.to_lowercase();
    let number: Option<u32> = lower.strip_prefix('#').and_then(|it| it.parse().ok());
    let is_id = lower.len() >= 6 && lower.bytes().all(|it| it.is_ascii_hexdigit());
    let all = || (0..).zip(money.then.shared());
    let named = |it: &Shared| it.name.to_lowercase() == lower;
    let meant = |(at, it): &(u32, &Shared)| match number {
        Some(number) => number == *at,
        None => named(it) || (is_id && it.id.to_string().starts_with(&lower)),
    };
    let mut found = all().filter(meant);
    let one = found.next().filter(|_| found.next().is_none())?;
    let is_person = named(one.1) && member::find(&money.trust, who).is_ok();
    (!is_person).then_some(one)
}

/// As [`find_shared`]; not found if there is none.
fn shared<'a>(money: &'a Money, who: &str) -> Result<(u32, &'a Shared), Failure> {
    let none = || Failure::new(Exit::NotFound, "shared.unknown").with("who", who);
    find_shared(money, who).ok_or_else(none)
}

/// What people call who is to be paid, if they are known here.
fn name_of(money: &Money, to: &Receiver) -> Option<String> {
    crate::money::receiver(money, to).map(|it| account(money, it))
}

/// What people call an account.
fn account(money: &Money, account: AccountId) -> String {
    match account {
        AccountId::Person(id) => {
            let person = money.trust.membership.person(id);
            person.map(|it| money.trust.name(it)).unwrap_or_default()
        }
        AccountId::Shared(number) => {
            let at = usize::try_from(number).unwrap_or(usize::MAX);
            let shared = money.then.shared().get(at);
            let is_final = shared.is_some_and(|it| money.ledger.find_shared(&it.id).is_some());
            match shared {
                // Before a record has it in, its number may yet change.
                Some(it) if is_final => format!("{} (#{number})", it.name),
                it => it.map(|it| it.name.clone()).unwrap_or_default(),
            }
        }
    }
}

/// Seconds since the newest record; none before the first.
fn age(ctx: &Context, money: &Money) -> Option<u64> {
    let now = ctx
        .at_time
        .map_or_else(clock::unix_seconds, |it| it.unix_seconds);
    (money.height.0 > 0).then(|| now.saturating_sub(money.time.0))
}

/// How fresh what is final is, in words.
fn freshness(ctx: &Context, money: &Money) -> String {
    let age = age(ctx, money);
    let args = [
        ("height", u64::from(money.height.0).into()),
        ("days", age.map_or(0, |it| it / 86_400).into()),
        ("hours", age.map_or(0, |it| it / 3_600).into()),
    ];
    let key = match age {
        None => key("money-never-final"),
        Some(it) if it < 86_400 => key("money-fresh-hours"),
        Some(_) => key("money-fresh-days"),
    };
    ctx.text(key, &args)
}

/// A payment that a rule would give no effect.
fn refused(ctx: &Context, refusal: Refusal) -> Failure {
    match refusal {
        Refusal::InsufficientBalance => Failure::new(Exit::Refused, "rule.insufficient_balance"),
        Refusal::SelfPayment => Failure::new(Exit::Refused, "rule.self_payment"),
        Refusal::ReceiverRevoked => Failure::new(Exit::Refused, "rule.receiver_revoked"),
        Refusal::UnknownReceiver => Failure::new(Exit::Refused, "rule.unknown_receiver"),
        Refusal::ZeroAmount => Failure::new(Exit::Refused, "rule.zero_amount"),
        Refusal::BelowDust => Failure::new(Exit::Refused, "rule.below_dust"),
        other => {
            let why = ctx.text(word::why(other), &[]);
            Failure::new(Exit::Refused, "rule.payment").because_words(why)
        }
    }
}
