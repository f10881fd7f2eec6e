//! `commune money history`: a statement that adds up, what waits, and what had no effect.

use std::collections::BTreeMap;

use clap::ValueEnum;
use commune_crdt::{
    hash::EntryId,
    ledger::{AccountId, Line, Statement, What, earned_days},
};
use serde_json::{Value as Json, json};

use super::{
    account, freshness,
    look::number,
    money, own_account, shared,
    unit::Unit,
    word::{effect_word, effect_words, quoted},
};
use crate::{
    cli::{Context, member},
    failure::Failure,
    messages::key,
    money::{Effect, Money, Past, Payment, Payments, comment_of, shown},
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
    #[arg(long, value_name = "ACCOUNT")]
    shared: Option<String>,
}

impl History {
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let own = match &self.shared {
            Some(who) => AccountId::Shared(shared(&money, who)?.0),
            None => own_account(&device, &money)?,
        };
        let past = Past::of(&device, false)?;
        let statement = statement(&money, &past, own);
        let payments = Payments::of(&device, &money, &past, own)?;
        let mut comments = BTreeMap::new();
        for it in payments.about(own) {
            comments.extend(comment_of(&device, &it.id, &it.comment)?.map(|text| (it.id, text)));
        }
        let with = With {
            ctx,
            money: &money,
            unit,
            comments: &comments,
        };
        let rows: Vec<Row> = (0..)
            .zip(statement.lines())
            .map(|(at, line)| with.row(line, at < statement.settled()))
            .collect();
        if matches!(self.format, Form::Csv) && !ctx.json {
            let mut text = "time,what,with,amount,balance,status,comment\n".to_owned();
            for it in &rows {
                text.push_str(&it.csv());
            }
            return ctx.print(&text);
        }
        let idle = |it: &&Payment| it.effect != Effect::Paid;
        let idle: Vec<_> = payments.about(own).filter(idle).collect();
        let object = json!({
            "lines": rows.iter().map(Row::object).collect::<Vec<_>>(),
            "without_effect": idle.iter().map(|it| with.idle_object(it, own)).collect::<Vec<_>>(),
            "height": money.height.0,
            "balance": number(statement.balance()),
        });
        let mut lines: Vec<_> = rows.iter().map(|it| it.text.clone()).collect();
        lines.extend(idle.iter().map(|it| with.idle_text(it, own)));
        lines.push(freshness(ctx, &money));
        ctx.emit(object, &lines.join("\n"))
    }
}

/// The statement of an account: what is final, and what would follow if a record closed now.
fn statement(money: &Money, past: &Past, own: AccountId) -> Statement {
    let mut statement = Statement::new(own);
    let earned = |before, days| match own {
        AccountId::Person(id) => earned_days(before, id, days),
        AccountId::Shared(_) => 0,
    };
    for it in &past.closings {
        statement.add(it.time, &it.outcome, earned(&it.before, &it.outcome.days));
    }
    statement.settle();
    let now = money.trust.membership.newest().time;
    let days = earned(&money.people, &money.outcome.days);
    statement.add(now, &money.outcome, days);
    statement
}

/// What lines are made with.
struct With<'a> {
    ctx: &'a Context,
    money: &'a Money,
    unit: Unit,
    comments: &'a BTreeMap<EntryId, String>,
}

/// One line of the statement.
struct Row {
    entry: Option<EntryId>,
    time: String,
    what: &'static str,
    with: String,
    amount: String,
    /// Amount and balance in the unit of the person.
    columns: [String; 2],
    balance: u128,
    status: &'static str,
    comment: Option<String>,
    text: String,
}

impl With<'_> {
    fn row(&self, line: &Line, is_final: bool) -> Row {
        let name = |it: AccountId| account(self.money, it);
        let (what, key, with, sign, amount, entry) = match line.what {
            What::Dividends { from, to, amount } => {
                let days = u128::from(to.saturating_sub(from).saturating_add(1));
                let all = days.saturating_mul(amount.into());
                let key = key("money-line-dividends");
                ("dividends", key, days.to_string(), "", all, None)
            }
            What::Sent { id, to, amount } => {
                let key = key("money-line-sent");
                ("sent", key, name(to), "-", amount.into(), Some(id))
            }
            What::Received { id, from, amount } => {
                let key = key("money-line-received");
                ("received", key, name(from), "", amount.into(), Some(id))
            }
        };
        let in_unit = |it: u128| self.unit.shown(&self.money.ledger, it);
        let columns = [format!("{sign}{}", in_unit(amount)), in_unit(line.balance)];
        let [amount_shown, balance_shown] = &columns;
        let status = member::standing(is_final);
        let word = match is_final {
            true => self.ctx.text("money-final", &[]),
            false => self.ctx.text("money-pending", &[]),
        };
        let mut text = self.ctx.text(
            key,
            &[
                ("day", member::day(line.time).into()),
                ("with", (&with).into()),
                ("amount", amount_shown.into()),
                ("balance", balance_shown.into()),
                ("status", word.into()),
            ],
        );
        let comment = entry.and_then(|it| self.comments.get(&it)).cloned();
        text.push_str(&quoted(self.ctx, comment.as_deref()));
        Row {
            entry,
            time: member::time(line.time),
            what,
            with,
            amount: format!("{sign}{}", shown(amount)),
            columns,
            balance: line.balance,
            status,
            comment,
            text,
        }
    }

    /// Whether `own` was to pay, and the name of the other side.
    fn sides(&self, it: &Payment, own: AccountId) -> (bool, String) {
        let is_own = it.from == own;
        let other = if is_own { it.to } else { Some(it.from) };
        let name = other.map(|it| account(self.money, it));
        (is_own, name.unwrap_or_default())
    }

    fn idle_text(&self, it: &Payment, own: AccountId) -> String {
        let (is_own, name) = self.sides(it, own);
        let key = match is_own {
            true => key("money-idle-sent"),
            false => key("money-idle-received"),
        };
        let newest = self.money.trust.membership.newest().time;
        let mut text = self.ctx.text(
            key,
            &[
                ("day", member::day(it.settled.unwrap_or(newest)).into()),
                ("with", (&name).into()),
                (
                    "amount",
                    self.unit.shown(&self.money.ledger, it.amount.into()).into(),
                ),
                ("what", effect_words(self.ctx, it, &name, is_own).into()),
            ],
        );
        let comment = self.comments.get(&it.id).map(String::as_str);
        text.push_str(&quoted(self.ctx, comment));
        text
    }

    fn idle_object(&self, it: &Payment, own: AccountId) -> Json {
        let (is_own, name) = self.sides(it, own);
        let reason = match it.effect {
            Effect::Refused(refusal) => Some(refusal.code()),
            _ => None,
        };
        json!({
            "entry": it.id.to_string(),
            "what": if is_own { "sent" } else { "received" },
            "with": name,
            "amount": it.amount,
            "effect": effect_word(it.effect),
            "reason": reason,
            "comment": self.comments.get(&it.id),
            "time": it.settled.map(member::time),
            "status": member::standing(it.settled.is_some()),
        })
    }
}

impl Row {
    fn object(&self) -> Json {
        json!({
            "entry": self.entry.map(|it| it.to_string()),
            "time": self.time,
            "what": self.what,
            "with": self.with,
            "amount": self.amount,
            "balance": number(self.balance),
            "status": self.status,
            "comment": self.comment,
        })
    }

    fn csv(&self) -> String {
        let [amount, balance] = &self.columns;
        let (time, what, status) = (&self.time, self.what, self.status);
        let (with, comment) = (
            cell(&self.with),
            cell(self.comment.as_deref().unwrap_or("")),
        );
        format!("{time},{what},{with},{amount},{balance},{status},{comment}\n")
    }
}

/// What a stranger wrote, as a cell of a table. Programs that calculate take what begins like a
/// formula for one.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@']);
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_one_cell_and_no_formula() {
        for (text, written) in [
            ("bob", "\"bob\""),
            ("say \"a,b\"", "\"say \"\"a,b\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("", "\"\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
