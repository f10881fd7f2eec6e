//! `commune money pay`.

use commune_crdt::{
    codec::to_u64,
    ledger::{PaymentRequest, RequestError},
    payload::{AccountFact, Comment, MAX_COMMENT_LEN, Receiver, Transfer},
};
use serde_json::json;

use super::{ask, freshness, money, name_of, receiver, refused, unit::Unit, word::quoted};
use crate::{
    cli::Context,
    device::Device,
    failure::{Exit, Failure},
    money::{Money, keep_comment},
    vault::random,
};

/// To whom, how much, what for.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Pay {
    #[arg(value_name = "WHO", required_unless_present = "request")]
    who: Option<String>,
    #[arg(value_name = "AMOUNT", required_unless_present = "request")]
    amount: Option<String>,
    #[arg(long, value_name = "TEXT|@FILE", conflicts_with_all = ["who", "amount"])]
    request: Option<String>,
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    #[arg(long)]
    clear: bool,
    #[arg(long)]
    dry_run: bool,
}

/// What is to be paid.
struct Wanted {
    to: Receiver,
    name: String,
    amount: u64,
    comment: Option<String>,
}

impl Pay {
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        // What was typed is looked at before a folder is opened for it.
        if let Some(amount) = &self.amount {
            unit.amount(amount)?;
        }
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let wanted = self.wanted(ctx, &device, &money, unit)?;
        let shown = |it: u128| unit.shown(&money.ledger, it);
        let transfer = Transfer {
            to: wanted.to,
            amount: wanted.amount,
            comment: comment(&device, &wanted.to, wanted.comment.as_deref(), self.clear)?,
        };
        let own = device.vault().device.device_key();
        if let Some(refusal) = money.refuse(&own, &transfer) {
            let spendable = money.trust.membership.owner(&own);
            let spendable = spendable.map_or(0, |it| money.spendable(it));
            let failure = refused(ctx, refusal).with("spendable", shown(spendable));
            return Err(failure.with("name", wanted.name));
        }
        let args = [
            ("name", (&wanted.name).into()),
            ("amount", shown(wanted.amount.into()).into()),
            ("comment", quoted(ctx, wanted.comment.as_deref()).into()),
            ("fresh", freshness(ctx, &money).into()),
        ];
        let to = match wanted.to {
            Receiver::Member(key) => key.to_string(),
            Receiver::Shared(id) => id.to_string(),
        };
        let mut object = json!({
            "entry": serde_json::Value::Null,
            "to": to,
            "amount": wanted.amount,
            "comment": wanted.comment,
            "status": "pending",
        });
        if self.dry_run {
            let text = ctx.text("money-would-pay", &args);
            return ctx.emit(object, &text);
        }
        let question = ctx.text("money-ask-pay", &args);
        ctx.confirm(&question)?;
        let is_sealed = matches!(transfer.comment, Comment::Sealed(_));
        let fact = AccountFact::Transfer(transfer);
        let (id, _) = device.state_in(fact.kind(), fact.payload(), ctx.claimed_now())?;
        if let Some(text) = wanted.comment.filter(|_| is_sealed) {
            // For the own statement alone: the payment stands without it.
            let _ = keep_comment(&device, &id, &text);
        }
        if let Some(fields) = object.as_object_mut() {
            fields.insert("entry".to_owned(), id.to_string().into());
        }
        let text = ctx.text("money-paid", &args);
        ctx.emit(object, &text)
    }

    fn wanted(
        &self,
        ctx: &mut Context,
        device: &Device,
        money: &Money,
        unit: Unit,
    ) -> Result<Wanted, Failure> {
        let Some(request) = &self.request else {
            let (to, name) = receiver(money, self.who.as_deref().unwrap_or_default())?;
            let amount = self.amount.as_deref().unwrap_or_default();
            return Ok(Wanted {
                to,
                name,
                amount: unit.thousandths(amount, &money.ledger)?,
                comment: self.comment.clone(),
            });
        };
        let request = match request.strip_prefix('@') {
            Some(path) => ask::read(ctx, path.as_ref())?,
            None => request.parse().map_err(|it| unusable(&it))?,
        };
        self.requested(device, money, &request)
    }

    /// What somebody asks for, if they are known here and ask in this network.
    fn requested(
        &self,
        device: &Device,
        money: &Money,
        request: &PaymentRequest,
    ) -> Result<Wanted, Failure> {
        if !request.is_for(device.network()) {
            return Err(Failure::new(Exit::Refused, "money.request_network"));
        }
        let name = name_of(money, request.to());
        let name = name.ok_or(Failure::new(Exit::Refused, "rule.unknown_receiver"))?;
        let asked = request.comment().map(str::to_owned);
        Ok(Wanted {
            to: *request.to(),
            name,
            amount: request.amount(),
            comment: self.comment.clone().or(asked),
        })
    }
}

/// A code or a text that asks for no payment.
pub(super) fn unusable(cause: &RequestError) -> Failure {
    Failure::new(Exit::Damaged, "money.request").because(cause)
}

/// A comment for `to`: sealed, unless it is to be `clear`.
pub(super) fn comment(
    device: &Device,
    to: &Receiver,
    text: Option<&str>,
    clear: bool,
) -> Result<Comment, Failure> {
    let Some(text) = text else {
        return Ok(Comment::None);
    };
    let wrong = || Failure::new(Exit::Usage, "money.comment").with("len", to_u64(text.len()));
    if text.is_empty() || text.len() > MAX_COMMENT_LEN || !commune_crdt::codec::is_clean(text) {
        return Err(wrong());
    }
    if clear {
        return Ok(Comment::Clear(text.to_owned()));
    }
    let Receiver::Member(key) = to else {
        return Err(Failure::new(Exit::Refused, "money.shared_comment"));
    };
    let exchange = Money::exchange_key(device, key)?;
    let exchange = exchange.ok_or(Failure::new(Exit::Refused, "money.no_sealing_key"))?;
    let chance = random::secret::<32>().map_err(crate::vault::VaultError::from)?;
    Comment::seal(text, &exchange, &chance).ok_or_else(wrong)
}
