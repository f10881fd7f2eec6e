//! `commune money balance` and `dividend`.

use commune_crdt::{
    ledger::{AccountId, dividend::reevaluation_days},
    params::Param,
};
use serde_json::json;

use super::{age, freshness, money, unit::Unit};
use crate::{
    cli::{Context, member},
    failure::Failure,
};

/// Whose.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Balance {
    #[arg(value_name = "WHO")]
    who: Option<String>,
}

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Dividend {}

impl Balance {
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let own = device.vault().member_key.to_string();
        let who = self.who.as_deref().unwrap_or(&own);
        let (id, person) = member::find(&money.trust, who)?;
        let account = AccountId::Person(id);
        let (now, then) = (money.ledger.balance(account), money.then.balance(account));
        let spendable = money.spendable(id);
        let object = json!({
            "member": person.key.to_string(),
            "name": money.trust.name(person),
            "final": number(now),
            "pending": number(then),
            "spendable": number(spendable),
            "dividend": money.ledger.dividend().amount,
            "height": money.height.0,
            "age_seconds": age(ctx, &money),
        });
        let shown = |it: u128| unit.shown(&money.ledger, it);
        let relative = money.ledger.relative(now).decimal(2);
        let text = ctx.text(
            "money-balance",
            &[
                ("name", money.trust.name(person).into()),
                ("final", shown(now).into()),
                ("relative", relative.into()),
                ("pending", shown(then).into()),
                ("spendable", shown(spendable).into()),
                ("fresh", freshness(ctx, &money).into()),
            ],
        );
        ctx.emit(object, &text)
    }
}

/// A sum for scripts: a number where it is one to all of them, else its digits.
pub(super) fn number(thousandths: u128) -> serde_json::Value {
    u64::try_from(thousandths).map_or_else(|_| thousandths.to_string().into(), Into::into)
}

impl Dividend {
    #[expect(clippy::unused_self, reason = "every command runs alike")]
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let dividend = *money.ledger.dividend();
        let params = money.people.params();
        let days = reevaluation_days(params);
        let since = u64::from(dividend.day.saturating_sub(dividend.reevaluated));
        let left = days.saturating_sub(since);
        let growth = params.get(Param::Growth);
        let object = json!({
            "dividend": dividend.amount,
            "day": dividend.day,
            "members": dividend.members,
            "mass": number(dividend.mass),
            "growth": growth,
            "reevaluation_days": left,
            "height": money.height.0,
            "age_seconds": age(ctx, &money),
        });
        let shown = |it: u128| unit.shown(&money.ledger, it);
        let text = ctx.text(
            "money-dividend",
            &[
                ("dividend", shown(dividend.amount.into()).into()),
                ("mass", shown(dividend.mass).into()),
                ("members", dividend.members.into()),
                (
                    "growth",
                    format!("{}.{:02}", growth / 100, growth % 100).into(),
                ),
                ("days", left.into()),
                ("fresh", freshness(ctx, &money).into()),
            ],
        );
        ctx.emit(object, &text)
    }
}
