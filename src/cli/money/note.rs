//! `commune money note`: what people owe each other beside the money.

use clap::Subcommand;
use commune_crdt::{
    ledger::AccountId,
    payload::{AccountFact, NoteFact, NoteSettled, PromissoryNote, Receiver, Transfer},
    time::Seconds,
    trust::PersonId,
};
use serde_json::{Value as Json, json};

use super::{account, freshness, money, own_account, pay, refused, unit::Unit};
use crate::{
    cli::{Context, member, value::Moment},
    device::Device,
    failure::{Exit, Failure},
    money::{
        Money, Past, Payments,
        note::{Note, notes_of, settles},
    },
};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    Give(Give),
    List(List),
    Settle(Settle),
}

/// To whom, how much, until when.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Give {
    #[arg(value_name = "WHO")]
    who: String,
    #[arg(value_name = "AMOUNT")]
    amount: String,
    #[arg(long, value_name = "DATE")]
    due: Moment,
}

/// Nothing to say.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct List {}

/// Which, and by which payment.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Settle {
    #[arg(value_name = "NOTE")]
    note: String,
    #[arg(long, value_name = "ENTRY")]
    transfer: Option<String>,
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        match self {
            Self::Give(args) => args.run(ctx, unit),
            Self::List(_) => list(ctx, unit),
            Self::Settle(args) => args.run(ctx, unit),
        }
    }
}

impl Give {
    fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        unit.amount(&self.amount)?;
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let (_, person) = member::find(&money.trust, &self.who)?;
        let (creditor, name) = (person.key, money.trust.name(person));
        if creditor == device.vault().member_key {
            return Err(Failure::new(Exit::Refused, "rule.self_payment").with("name", name));
        }
        let amount = unit.thousandths(&self.amount, &money.ledger)?;
        if amount == 0 {
            return Err(Failure::new(Exit::Refused, "rule.zero_amount"));
        }
        let due = Seconds(self.due.unix_seconds);
        let args = [
            ("name", (&name).into()),
            ("amount", unit.shown(&money.ledger, amount.into()).into()),
            ("due", member::day(due).into()),
        ];
        let question = ctx.text("note-ask-give", &args);
        ctx.confirm(&question)?;
        let fact = NoteFact::Note(PromissoryNote {
            creditor,
            amount,
            due,
        });
        let (id, _) = device.state_in(fact.kind(), fact.payload(), ctx.claimed_now())?;
        let object = json!({
            "entry": id.to_string(),
            "creditor": creditor.to_string(),
            "name": name,
            "amount": amount,
            "due": member::time(due),
            "status": "pending",
        });
        let text = ctx.text("note-given", &args);
        ctx.emit(object, &format!("{text}\n{id}"))
    }
}

fn list(ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
    let device = ctx.device()?;
    let (money, own, notes, _) = notes(ctx, &device)?;
    let objects: Vec<Json> = notes.iter().map(|it| object(&money, it)).collect();
    let mut lines = Vec::new();
    for it in &notes {
        let is_own = it.debtor == own;
        let other = if is_own { it.creditor } else { it.debtor };
        let id: String = it.id.to_string().chars().take(12).collect();
        let state = match it.settled {
            Some((_, true)) => ctx.text("note-settled-final", &[]),
            Some((_, false)) => ctx.text("note-settled-pending", &[]),
            None if it.due < money.trust.membership.newest().time => ctx.text("note-overdue", &[]),
            None => ctx.text("note-open", &[]),
        };
        let args = [
            ("id", id.into()),
            ("name", account(&money, AccountId::Person(other)).into()),
            ("amount", unit.shown(&money.ledger, it.amount.into()).into()),
            ("due", member::day(it.due).into()),
            ("state", state.into()),
        ];
        lines.push(match is_own {
            true => ctx.text("note-line-owed", &args),
            false => ctx.text("note-line-due", &args),
        });
    }
    if lines.is_empty() {
        lines.push(ctx.text("note-none", &[]));
    }
    lines.push(freshness(ctx, &money));
    ctx.emit(
        json!({"notes": objects, "height": money.height.0}),
        &lines.join("\n"),
    )
}

impl Settle {
    fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let device = ctx.device()?;
        let (money, own, notes, payments) = notes(ctx, &device)?;
        let lower = self.note.to_lowercase();
        let is_id = lower.len() >= 6 && lower.bytes().all(|it| it.is_ascii_hexdigit());
        let mut found = notes
            .iter()
            .filter(|it| is_id && it.id.to_string().starts_with(&lower));
        let note = found.next().filter(|_| found.next().is_none());
        let unknown = || Failure::new(Exit::NotFound, "note.unknown").with("text", &*self.note);
        let note = note.ok_or_else(unknown)?;
        if note.settled.is_some() {
            return Err(Failure::new(Exit::Refused, "note.settled"));
        }
        let transfer = match &self.transfer {
            Some(text) => {
                let wrong = || Failure::new(Exit::Usage, "note.transfer").with("text", &**text);
                let transfer = text.parse().map_err(|_| wrong())?;
                if !settles(note, &notes, &payments, &transfer) {
                    return Err(Failure::new(Exit::Refused, "note.not_paid"));
                }
                transfer
            }
            None if note.debtor != own => {
                return Err(Failure::new(Exit::Refused, "note.not_debtor"));
            }
            None => pay_off(ctx, &device, &money, note, unit)?,
        };
        let fact = NoteFact::Settled(NoteSettled {
            note: note.id,
            transfer,
        });
        let (id, _) = device.state_in(fact.kind(), fact.payload(), ctx.claimed_now())?;
        let object = json!({
            "entry": id.to_string(),
            "note": note.id.to_string(),
            "transfer": transfer.to_string(),
            "status": "pending",
        });
        let text = ctx.text("note-settles", &[]);
        ctx.emit(object, &text)
    }
}

/// Pays what a note of one's own says. A run that ends before the settlement is stated leaves a
/// payment, which `--transfer` names the next time.
fn pay_off(
    ctx: &mut Context,
    device: &Device,
    money: &Money,
    note: &Note,
    unit: Unit,
) -> Result<commune_crdt::hash::EntryId, Failure> {
    let creditor = money.trust.membership.person(note.creditor);
    let creditor = creditor.ok_or(Failure::new(Exit::Refused, "rule.unknown_receiver"))?;
    let to = Receiver::Member(creditor.key);
    let transfer = Transfer {
        to,
        amount: note.amount,
        comment: pay::comment(device, &to, None, false)?,
    };
    let own = device.vault().device.device_key();
    let name = money.trust.name(creditor);
    let shown = |it: u128| unit.shown(&money.ledger, it);
    if let Some(refusal) = money.refuse(&own, &transfer) {
        let failure = refused(ctx, refusal).with("name", name);
        return Err(failure.with("spendable", shown(money.spendable(note.debtor))));
    }
    let args = [
        ("name", name.into()),
        ("amount", shown(note.amount.into()).into()),
        ("comment", "".into()),
        ("fresh", freshness(ctx, money).into()),
    ];
    let question = ctx.text("money-ask-pay", &args);
    ctx.confirm(&question)?;
    let fact = AccountFact::Transfer(transfer);
    let (id, _) = device.state_in(fact.kind(), fact.payload(), ctx.claimed_now())?;
    let text = ctx.text("note-paid", &[("id", id.to_string().into())]);
    ctx.note(&text);
    Ok(id)
}

fn notes(
    ctx: &Context,
    device: &Device,
) -> Result<(Money, PersonId, Vec<Note>, Payments), Failure> {
    let money = money(ctx, device)?;
    let AccountId::Person(own) = own_account(device, &money)? else {
        return Err(Failure::new(Exit::NotFound, "member.unknown").with("who", ""));
    };
    let past = Past::of(device, false)?;
    let (notes, payments) = notes_of(device, &money, &past, own)?;
    Ok((money, own, notes, payments))
}

fn object(money: &Money, it: &Note) -> Json {
    let person = |id: PersonId| {
        let key = money
            .trust
            .membership
            .person(id)
            .map(|it| it.key.to_string());
        json!({"member": key, "name": account(money, AccountId::Person(id))})
    };
    json!({
        "entry": it.id.to_string(),
        "debtor": person(it.debtor),
        "creditor": person(it.creditor),
        "amount": it.amount,
        "due": member::time(it.due),
        "transfer": it.settled.map(|(id, _)| id.to_string()),
        "settled": it.settled.map(|(_, is_final)| member::standing(is_final)),
        "status": member::standing(it.is_final),
    })
}
