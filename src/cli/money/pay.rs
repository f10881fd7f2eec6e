//! `commune money pay`.

use commune_crdt::{
    codec::to_u64,
    payload::{AccountFact, Comment, Receiver, Transfer},
};
use serde_json::json;

use super::{freshness, money, refused, unit::Unit};
use crate::{
    cli::{Context, member},
    failure::{Exit, Failure},
    money::{Money, keep_comment},
    vault::random,
};

/// To whom, how much, what for.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Pay {
    #[arg(value_name = "WHO")]
    who: String,
    #[arg(value_name = "AMOUNT")]
    amount: String,
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    #[arg(long)]
    clear: bool,
    #[arg(long)]
    dry_run: bool,
}

impl Pay {
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        unit.amount(&self.amount)?;
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let (_, person) = member::find(&money.trust, &self.who)?;
        let (key, name) = (person.key, money.trust.name(person));
        let amount = unit.thousandths(&self.amount, &money.ledger)?;
        let shown = |it: u128| unit.shown(&money.ledger, it);
        let transfer = Transfer {
            to: Receiver::Member(key),
            amount,
            comment: self.comment(&device, &key)?,
        };
        let own = device.vault().device.device_key();
        if let Some(refusal) = money.refuse(&own, &transfer) {
            let spendable = money.trust.membership.owner(&own);
            let spendable = spendable.map_or(0, |it| money.spendable(it));
            let failure = refused(refusal).with("spendable", shown(spendable));
            return Err(failure.with("name", &*name));
        }
        let args = [
            ("name", (&name).into()),
            ("amount", shown(amount.into()).into()),
            ("fresh", freshness(ctx, &money).into()),
        ];
        let mut object = json!({
            "entry": serde_json::Value::Null,
            "to": key.to_string(),
            "amount": amount,
            "status": "pending",
        });
        if self.dry_run {
            let text = ctx.text("money-would-pay", &args);
            return ctx.emit(object, &text);
        }
        let question = ctx.text("money-ask-pay", &args);
        ctx.confirm(&question)?;
        let fact = AccountFact::Transfer(transfer);
        let (id, _) = device.state_in(fact.kind(), fact.payload(), ctx.claimed_now())?;
        if let (Some(text), false) = (&self.comment, self.clear) {
            // For the own statement alone: the payment stands without it.
            let _ = keep_comment(&device, &id, text);
        }
        if let Some(fields) = object.as_object_mut() {
            fields.insert("entry".to_owned(), id.to_string().into());
        }
        let text = ctx.text("money-paid", &args);
        ctx.emit(object, &text)
    }

    fn comment(
        &self,
        device: &crate::device::Device,
        key: &commune_crdt::keys::MemberKey,
    ) -> Result<Comment, Failure> {
        let Some(text) = &self.comment else {
            return Ok(Comment::None);
        };
        let wrong = || Failure::new(Exit::Usage, "money.comment").with("len", to_u64(text.len()));
        if text.is_empty() || text.len() > commune_crdt::payload::MAX_COMMENT_LEN {
            return Err(wrong());
        }
        if self.clear {
            return Ok(Comment::Clear(text.clone()));
        }
        let exchange = Money::exchange_key(device, key)?;
        let exchange = exchange.ok_or(Failure::new(Exit::Refused, "money.no_sealing_key"))?;
        let chance = random::secret::<32>().map_err(crate::vault::VaultError::from)?;
        Comment::seal(text, &exchange, &chance).ok_or_else(wrong)
    }
}
