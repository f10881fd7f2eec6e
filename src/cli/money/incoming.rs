//! `commune money incoming`: what others pay to oneself, and what may be lost of it.

use std::collections::BTreeSet;

use commune_crdt::{codec::to_u64, ledger::AccountId, time::Seconds};
use serde_json::{Value as Json, json};

use super::{
    account, age, freshness,
    look::number,
    money, own_account,
    unit::Unit,
    word::{effect_word, effect_words, quoted},
};
use crate::{
    cli::{Context, member},
    device::Device,
    failure::Failure,
    messages::key,
    money::{Effect, Money, Past, Payment, Payments, Risk, comment_of},
};

/// How long what is final is listed without `--all`.
const RECENT_SECONDS: u64 = 30 * 86_400;

/// Which.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Incoming {
    #[arg(long)]
    all: bool,
}

/// What there is to say of all of them together.
#[derive(Default)]
struct Sum {
    pending: u64,
    /// Payers who went beyond their cap, with what people are warned of.
    beyond: BTreeSet<(AccountId, String)>,
}

impl Incoming {
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let own = own_account(&device, &money)?;
        let past = Past::of(&device, false)?;
        let payments = Payments::of(&device, &money, &past, own)?;
        let recent = Seconds(money.time.0.saturating_sub(RECENT_SECONDS));
        let (mut objects, mut lines, mut sum) = (Vec::new(), Vec::new(), Sum::default());
        for it in payments.to(own) {
            if self.all || it.settled.is_none_or(|time| time >= recent) {
                let risk = match it.settled {
                    None => payments.risk(&money, it),
                    Some(_) => None,
                };
                let (object, text) = one(ctx, &device, &money, it, risk, unit, &mut sum)?;
                objects.push(object);
                lines.push(text);
            }
        }
        for (_, warning) in &sum.beyond {
            ctx.warn(warning);
        }
        if lines.is_empty() {
            lines.push(ctx.text("money-incoming-none", &[]));
        }
        if sum.pending > 0 {
            lines.push(ctx.text("money-incoming-risk", &[]));
        }
        lines.push(freshness(ctx, &money));
        let object = json!({
            "payments": objects,
            "pending": sum.pending,
            "beyond_cap": to_u64(sum.beyond.len()),
            "height": money.height.0,
            "age_seconds": age(ctx, &money),
        });
        ctx.emit(object, &lines.join("\n"))
    }
}

/// What scripts and people read of one.
fn one(
    ctx: &Context,
    device: &Device,
    money: &Money,
    it: &Payment,
    risk: Option<Risk>,
    unit: Unit,
    sum: &mut Sum,
) -> Result<(Json, String), Failure> {
    let comment = comment_of(device, &it.id, &it.comment)?;
    let name = account(money, it.from);
    let shown = |it: u128| unit.shown(&money.ledger, it);
    let mut text = ctx.text(
        "money-incoming",
        &[
            ("name", (&name).into()),
            ("amount", shown(it.amount.into()).into()),
            ("what", effect_words(ctx, it, &name, false).into()),
        ],
    );
    text.push_str(&quoted(ctx, comment.as_deref()));
    if it.settled.is_none() {
        sum.pending = sum.pending.saturating_add(1);
    }
    if let Some(risk) = risk {
        let args = [
            ("name", (&name).into()),
            ("final", shown(risk.balance).into()),
            ("spent", shown(risk.spent).into()),
            ("cap", shown(risk.cap).into()),
            ("device", shown(risk.device_cap).into()),
            ("device_spent", shown(risk.device_spent).into()),
        ];
        let line = match risk.cap == risk.device_cap {
            true => key("money-incoming-payer"),
            false => key("money-incoming-payer-device"),
        };
        text.push_str("\n    ");
        text.push_str(&ctx.text(line, &args));
        if risk.is_beyond() {
            let key = match risk.spent > risk.cap {
                true => key("money-incoming-beyond"),
                false => key("money-incoming-beyond-device"),
            };
            let warning = ctx.text(key, &args);
            sum.beyond.insert((it.from, warning));
        }
    }
    let from = match it.from {
        AccountId::Person(id) => money.trust.membership.person(id).map(|it| it.key),
        AccountId::Shared(_) => None,
    };
    let reason = match it.effect {
        Effect::Refused(refusal) => Some(refusal.code()),
        _ => None,
    };
    let object = json!({
        "entry": it.id.to_string(),
        "from": from.map(|it| it.to_string()),
        "name": name,
        "amount": it.amount,
        "comment": comment,
        "effect": effect_word(it.effect),
        "reason": reason,
        "time": it.settled.map(member::time),
        "status": member::standing(it.settled.is_some()),
        "payer": risk.map(|it| json!({
            "final": number(it.balance),
            "spent": number(it.spent),
            "device_spent": number(it.device_spent),
            "cap": number(it.cap),
            "device_cap": number(it.device_cap),
            "beyond_cap": it.is_beyond(),
        })),
    });
    Ok((object, text))
}
