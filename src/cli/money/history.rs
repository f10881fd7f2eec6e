//! `commune money history`: a statement that adds up, and what waits.

use clap::ValueEnum;
use commune_crdt::ledger::{AccountId, Line, Statement, What, earned_days};
use serde_json::{Value as Json, json};

use super::{freshness, look::number, money, unit::Unit};
use crate::{
    cli::{Context, member},
    failure::{Exit, Failure},
    money::{Money, Past, shown},
};

/// In which form.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Form {
    Text,
    Csv,
}

/// The form.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct History {
    #[arg(long, value_enum, default_value = "text", hide_possible_values = true)]
    format: Form,
}

impl History {
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let own = device.vault().member_key;
        let unknown =
            || Failure::new(Exit::NotFound, "member.unknown").with("who", own.to_string());
        let id = money.trust.membership.find(&own).ok_or_else(unknown)?;
        let account = AccountId::Person(id);
        let past = Past::of(&device, false)?;
        let mut statement = Statement::new(account);
        for it in &past.closings {
            let earned = earned_days(&it.before, id, &it.outcome.days);
            statement.add(it.time, &it.outcome, earned);
        }
        let settled = statement.lines().len();
        let earned = earned_days(&money.people, id, &money.outcome.days);
        let now = money.trust.membership.newest().time;
        statement.add(now, &money.outcome, earned);
        let rows: Vec<Row> = (0..)
            .zip(statement.lines())
            .map(|(at, line)| Row::of(ctx, &money, line, at < settled, unit))
            .collect();
        let objects: Vec<Json> = rows.iter().map(Row::object).collect();
        let object = json!({
            "lines": objects,
            "height": money.height.0,
            "balance": number(statement.balance()),
        });
        if matches!(self.format, Form::Csv) && !ctx.json {
            let mut text = "time,what,with,amount,balance,status\n".to_owned();
            for it in &rows {
                text.push_str(&it.csv());
            }
            return ctx.print(&text);
        }
        let mut lines: Vec<_> = rows.iter().map(|it| it.text.clone()).collect();
        lines.push(freshness(ctx, &money));
        ctx.emit(object, &lines.join("\n"))
    }
}

/// One line of the statement.
struct Row {
    time: String,
    what: &'static str,
    with: String,
    amount: String,
    /// Amount and balance in the unit of the person.
    columns: [String; 2],
    balance: u128,
    status: &'static str,
    text: String,
}

impl Row {
    fn of(ctx: &Context, money: &Money, line: &Line, is_final: bool, unit: Unit) -> Self {
        let name = |account: AccountId| match account {
            AccountId::Person(id) => {
                let person = money.trust.membership.person(id);
                person.map(|it| money.trust.name(it)).unwrap_or_default()
            }
            AccountId::Shared(number) => format!("#{number}"),
        };
        let (what, key, with, sign, amount) = match line.what {
            What::Dividends { from, to, amount } => {
                let days = u128::from(to.saturating_sub(from).saturating_add(1));
                let all = days.saturating_mul(amount.into());
                let days = days.to_string();
                ("dividends", "money-line-dividends", days, "", all)
            }
            What::Sent { to, amount, .. } => {
                ("sent", "money-line-sent", name(to), "-", amount.into())
            }
            What::Received { from, amount, .. } => {
                let key = "money-line-received";
                ("received", key, name(from), "", amount.into())
            }
        };
        let in_unit = |it: u128| unit.shown(&money.ledger, it);
        let status = member::standing(is_final);
        let word = ctx.text(
            if is_final {
                "money-final"
            } else {
                "money-pending"
            },
            &[],
        );
        let text = ctx.text(
            key,
            &[
                ("day", member::day(line.time).into()),
                ("with", (&with).into()),
                ("amount", format!("{sign}{}", in_unit(amount)).into()),
                ("balance", in_unit(line.balance).into()),
                ("status", word.into()),
            ],
        );
        Self {
            time: member::time(line.time),
            what,
            with,
            amount: format!("{sign}{}", shown(amount)),
            columns: [format!("{sign}{}", in_unit(amount)), in_unit(line.balance)],
            balance: line.balance,
            status,
            text,
        }
    }

    fn object(&self) -> Json {
        json!({
            "time": self.time,
            "what": self.what,
            "with": self.with,
            "amount": self.amount,
            "balance": number(self.balance),
            "status": self.status,
        })
    }

    fn csv(&self) -> String {
        let quoted = self.with.replace('"', "\"\"");
        let [amount, balance] = &self.columns;
        let (time, what, status) = (&self.time, self.what, self.status);
        format!("{time},{what},\"{quoted}\",{amount},{balance},{status}\n")
    }
}
