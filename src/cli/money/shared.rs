//! `commune money shared`: accounts that several people hold together.
//!
//! ```text
//! open ─► record ─► propose, by a holder ─► approve, by as many as it needs ─► record ─► paid
//! ```
//!
//! What a rule would give no effect is refused before it is signed, by closing a made-up record.

use std::collections::BTreeSet;

use clap::Subcommand;
use commune_crdt::{
    codec::is_clean,
    entry::SignedEntry,
    hash::EntryId,
    keys::MemberKey,
    ledger::{AccountId, Outcome, Proposal, Refusal, Shared},
    payload::{
        AccountFact, Approval, MAX_HOLDERS, MAX_SHARED_NAME_LEN, OpenShared, SharedTransfer,
    },
    trust::PersonId,
};
use serde_json::{Value as Json, json};

use super::{
    account, age, freshness,
    look::number,
    money, name_of,
    pay::comment,
    receiver, refused, shared,
    unit::Unit,
    word::{quoted, why},
};
use crate::{
    cli::{Context, member},
    device::Device,
    failure::{Exit, Failure},
    money::{Money, comment_of},
};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    Approve(Approve),
    List(List),
    Open(Open),
    Propose(Propose),
    Show(Show),
}

/// Who, and how many.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Open {
    #[arg(value_name = "NAME")]
    name: String,
    #[arg(long, value_name = "WHO")]
    holder: Vec<String>,
    #[arg(long, value_name = "N")]
    threshold: Option<u8>,
}

/// Whose.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct List {
    #[arg(long)]
    all: bool,
}

/// Which.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Show {
    #[arg(value_name = "ACCOUNT")]
    account: String,
}

/// From where, to whom, how much, what for.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Propose {
    #[arg(value_name = "ACCOUNT")]
    account: String,
    #[arg(value_name = "WHO")]
    who: String,
    #[arg(value_name = "AMOUNT")]
    amount: String,
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

/// What.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Approve {
    #[arg(value_name = "PROPOSAL")]
    proposal: String,
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        match self {
            Self::Approve(args) => args.run(ctx, unit),
            Self::List(args) => args.run(ctx, unit),
            Self::Open(args) => args.run(ctx),
            Self::Propose(args) => args.run(ctx, unit),
            Self::Show(args) => args.run(ctx, unit),
        }
    }
}

impl Open {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let name = self.name.trim();
        let is_name = !name.is_empty() && is_clean(name) && !name.contains('\n');
        if !is_name || name.len() > MAX_SHARED_NAME_LEN {
            return Err(Failure::new(Exit::Usage, "shared.name").with("name", name));
        }
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let mut holders = BTreeSet::from([device.vault().member_key]);
        for who in &self.holder {
            holders.insert(member::find(&money.trust, who)?.1.key);
        }
        let holders: Vec<MemberKey> = holders.into_iter().collect();
        if holders.len() > MAX_HOLDERS {
            return Err(refused(ctx, Refusal::TooManyHolders));
        }
        let count = u8::try_from(holders.len()).unwrap_or(u8::MAX);
        let majority = (count / 2).saturating_add(1);
        let threshold = self.threshold.unwrap_or(majority);
        if threshold == 0 || threshold > count {
            return Err(Failure::new(Exit::Usage, "shared.threshold")
                .with("threshold", u64::from(threshold))
                .with("count", u64::from(count)));
        }
        let names = holders.iter().map(|key| {
            let person = money.trust.membership.find(key);
            person.map_or_else(String::new, |it| account(&money, AccountId::Person(it)))
        });
        let args = [
            ("name", name.into()),
            ("holders", names.collect::<Vec<_>>().join(", ").into()),
            ("threshold", u64::from(threshold).into()),
            ("count", u64::from(count).into()),
        ];
        let keys: Vec<_> = holders.iter().map(ToString::to_string).collect();
        let fact = AccountFact::OpenShared(OpenShared {
            holders,
            threshold,
            name: name.to_owned(),
        });
        foreseen(ctx, &device, &money, &fact)?;
        let question = ctx.text("shared-ask-open", &args);
        ctx.confirm(&question)?;
        let (id, _) = device.state_in(fact.kind(), fact.payload(), ctx.claimed_now())?;
        let object = json!({
            "entry": id.to_string(),
            "account": commune_crdt::payload::SharedId::of(&id).to_string(),
            "name": name,
            "holders": keys,
            "threshold": threshold,
            "status": "pending",
        });
        let text = ctx.text("shared-opened", &args);
        ctx.emit(object, &text)
    }
}

impl List {
    fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let own = money.trust.membership.find(&device.vault().member_key);
        let holds = |it: &Shared| own.is_some_and(|own| it.holders.contains(&own));
        let listed = (0..).zip(money.then.shared());
        let listed: Vec<_> = listed.filter(|(_, it)| self.all || holds(it)).collect();
        let mut objects = Vec::new();
        let mut lines = Vec::new();
        for (number, shared) in listed {
            let seen = Seen {
                device: &device,
                money: &money,
                number,
                shared,
            };
            objects.push(seen.object()?);
            lines.push(seen.line(ctx, unit));
        }
        if lines.is_empty() {
            lines.push(ctx.text("shared-none", &[]));
        }
        lines.push(freshness(ctx, &money));
        let object = json!({
            "accounts": objects,
            "height": money.height.0,
            "age_seconds": age(ctx, &money),
        });
        ctx.emit(object, &lines.join("\n"))
    }
}

impl Show {
    fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let (number, shared) = shared(&money, &self.account)?;
        let seen = Seen {
            device: &device,
            money: &money,
            number,
            shared,
        };
        let mut lines = vec![seen.line(ctx, unit)];
        let id = shared.id.to_string();
        lines.push(ctx.text("shared-id", &[("id", id.into())]));
        for it in &shared.proposals {
            lines.push(seen.proposal_line(ctx, unit, it)?);
        }
        lines.push(freshness(ctx, &money));
        let mut object = seen.object()?;
        if let Some(fields) = object.as_object_mut() {
            fields.insert("height".to_owned(), money.height.0.into());
            fields.insert("age_seconds".to_owned(), age(ctx, &money).into());
        }
        ctx.emit(object, &lines.join("\n"))
    }
}

impl Propose {
    fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        unit.amount(&self.amount)?;
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let (number, shared) = shared(&money, &self.account)?;
        let (to, name) = receiver(&money, &self.who)?;
        let amount = unit.thousandths(&self.amount, &money.ledger)?;
        let fact = AccountFact::SharedTransfer(SharedTransfer {
            from: shared.id,
            to,
            amount,
            // The other holders have to know what they approve.
            comment: comment(&device, &to, self.comment.as_deref(), true)?,
        });
        let outcome = foreseen(ctx, &device, &money, &fact)?;
        let args = [
            ("account", account(&money, AccountId::Shared(number)).into()),
            ("name", name.into()),
            ("amount", unit.shown(&money.ledger, amount.into()).into()),
            ("comment", quoted(ctx, self.comment.as_deref()).into()),
            ("left", u64::from(shared.threshold.saturating_sub(1)).into()),
        ];
        let question = ctx.text("shared-ask-propose", &args);
        ctx.confirm(&question)?;
        let (id, _) = device.state_in(fact.kind(), fact.payload(), ctx.claimed_now())?;
        let text = ctx.text("shared-proposed", &args);
        let text = format!("{text}\n{id}");
        let object = json!({
            "entry": id.to_string(),
            "account": shared.id.to_string(),
            "amount": amount,
            "comment": self.comment,
            "approvals": 1,
            "threshold": shared.threshold,
            "pays": !outcome.applied.is_empty() && shared.threshold == 1,
            "status": "pending",
        });
        ctx.emit(object, &text)
    }
}

impl Approve {
    fn run(&self, ctx: &mut Context, unit: Unit) -> Result<(), Failure> {
        let device = ctx.device()?;
        let money = money(ctx, &device)?;
        let (number, shared, proposal) = find_proposal(&money, &self.proposal)?;
        let fact = AccountFact::Approval(Approval {
            proposal: proposal.id,
        });
        let outcome = foreseen(ctx, &device, &money, &fact)?;
        // Enough approve now, and the account does not hold enough: it would be refused for good.
        let fails = outcome.refused.iter().find(|(id, _)| *id == proposal.id);
        if let Some((_, refusal)) = fails {
            let balance = money.then.balance(AccountId::Shared(number));
            let balance = unit.shown(&money.ledger, balance);
            return Err(refused(ctx, *refusal).with("spendable", balance));
        }
        let pays = outcome.applied.iter().any(|it| it.id == proposal.id);
        let approvals = proposal.approved.len().saturating_add(1);
        let left = usize::from(shared.threshold).saturating_sub(approvals);
        let text = comment_of_proposal(&device, &proposal.id)?;
        let args = [
            ("account", account(&money, AccountId::Shared(number)).into()),
            (
                "name",
                name_of(&money, &proposal.to).unwrap_or_default().into(),
            ),
            (
                "amount",
                unit.shown(&money.ledger, proposal.amount.into()).into(),
            ),
            ("comment", quoted(ctx, text.as_deref()).into()),
            ("left", left.into()),
        ];
        let question = ctx.text("shared-ask-approve", &args);
        ctx.confirm(&question)?;
        let (id, _) = device.state_in(fact.kind(), fact.payload(), ctx.claimed_now())?;
        let object = json!({
            "entry": id.to_string(),
            "proposal": proposal.id.to_string(),
            "account": shared.id.to_string(),
            "amount": proposal.amount,
            "comment": text,
            "approvals": approvals,
            "threshold": shared.threshold,
            "pays": pays,
            "status": "pending",
        });
        let text = ctx.text("shared-approved", &args);
        ctx.emit(object, &text)
    }
}

/// What the next record would do if this device stated `fact`.
fn foreseen(
    ctx: &Context,
    device: &Device,
    money: &Money,
    fact: &AccountFact,
) -> Result<Outcome, Failure> {
    let own = device.vault().device.device_key();
    let (id, outcome) = money.foresee(&own, fact);
    let refusal = outcome.refused.iter().find(|(it, _)| *it == id);
    match refusal {
        None => Ok(outcome),
        Some((_, refusal @ Refusal::SelfPayment)) => {
            let why = ctx.text(why(*refusal), &[]);
            Err(Failure::new(Exit::Refused, "rule.payment").because_words(why))
        }
        Some((_, refusal)) => {
            let from = match fact {
                AccountFact::SharedTransfer(it) => money.then.find_shared(&it.from),
                _ => None,
            };
            let balance = from.map_or(0, |it| money.then.balance(AccountId::Shared(it)));
            let balance = crate::money::shown(balance);
            let name = device.vault().name.clone();
            Err(refused(ctx, *refusal)
                .with("spendable", balance)
                .with("name", name))
        }
    }
}

/// The proposal that people mean by the first 6 or more digits of its id.
fn find_proposal<'a>(
    money: &'a Money,
    text: &str,
) -> Result<(u32, &'a Shared, &'a Proposal), Failure> {
    let lower = text.to_lowercase();
    let is_id = lower.len() >= 6 && lower.bytes().all(|it| it.is_ascii_hexdigit());
    let all = (0..).zip(money.then.shared()).flat_map(|(number, shared)| {
        let proposals = shared.proposals.iter();
        proposals.map(move |it| (number, shared, it))
    });
    let mut found = all.filter(|(.., it)| is_id && it.id.to_string().starts_with(&lower));
    let one = found.next().filter(|_| found.next().is_none());
    one.ok_or_else(|| Failure::new(Exit::NotFound, "shared.proposal").with("text", text))
}

fn comment_of_proposal(device: &Device, id: &EntryId) -> Result<Option<String>, Failure> {
    let bytes = device.store().entry(id)?;
    let entry = bytes.and_then(|it| SignedEntry::decode(&it).ok());
    match entry.and_then(|it| AccountFact::of(it.claim()).ok()?) {
        Some(AccountFact::SharedTransfer(it)) => Ok(comment_of(device, id, &it.comment)?),
        _ => Ok(None),
    }
}

/// A shared account as it is shown.
struct Seen<'a> {
    device: &'a Device,
    money: &'a Money,
    number: u32,
    shared: &'a Shared,
}

impl Seen<'_> {
    fn is_final(&self) -> bool {
        self.money.ledger.find_shared(&self.shared.id).is_some()
    }

    fn name(&self, id: PersonId) -> String {
        account(self.money, AccountId::Person(id))
    }

    /// As people look for them: in the order of the alphabet.
    fn names<'a>(&self, people: impl IntoIterator<Item = &'a PersonId>) -> Vec<String> {
        let mut names: Vec<_> = people.into_iter().map(|it| self.name(*it)).collect();
        names.sort_by_key(|it| it.to_lowercase());
        names
    }

    fn line(&self, ctx: &Context, unit: Unit) -> String {
        let money = self.money;
        let holders = self.names(&self.shared.holders);
        let id = AccountId::Shared(self.number);
        let now = if self.is_final() {
            money.ledger.balance(id)
        } else {
            0
        };
        let args = [
            ("name", account(money, id).into()),
            ("final", unit.shown(&money.ledger, now).into()),
            (
                "pending",
                unit.shown(&money.ledger, money.then.balance(id)).into(),
            ),
            ("threshold", u64::from(self.shared.threshold).into()),
            ("count", holders.len().into()),
            ("holders", holders.join(", ").into()),
        ];
        match self.is_final() {
            true => ctx.text("shared-line", &args),
            false => ctx.text("shared-line-pending", &args),
        }
    }

    fn proposal_line(&self, ctx: &Context, unit: Unit, it: &Proposal) -> Result<String, Failure> {
        let approved = self.names(&it.approved);
        let comment = comment_of_proposal(self.device, &it.id)?;
        let id: String = it.id.to_string().chars().take(12).collect();
        let mut text = ctx.text(
            "shared-proposal",
            &[
                ("id", id.into()),
                (
                    "name",
                    name_of(self.money, &it.to).unwrap_or_default().into(),
                ),
                (
                    "amount",
                    unit.shown(&self.money.ledger, it.amount.into()).into(),
                ),
                ("approved", approved.join(", ").into()),
                ("count", approved.len().into()),
                ("threshold", u64::from(self.shared.threshold).into()),
            ],
        );
        text.push_str(&quoted(ctx, comment.as_deref()));
        Ok(text)
    }

    fn object(&self) -> Result<Json, Failure> {
        let person = |it: &PersonId| {
            let key = self.money.trust.membership.person(*it).map(|it| it.key);
            json!({"member": key.map(|it| it.to_string()), "name": self.name(*it)})
        };
        let mut proposals = Vec::new();
        for it in &self.shared.proposals {
            proposals.push(json!({
                "entry": it.id.to_string(),
                "to": name_of(self.money, &it.to),
                "amount": it.amount,
                "comment": comment_of_proposal(self.device, &it.id)?,
                "approved": it.approved.iter().map(person).collect::<Vec<_>>(),
            }));
        }
        let id = AccountId::Shared(self.number);
        let now = if self.is_final() {
            self.money.ledger.balance(id)
        } else {
            0
        };
        Ok(json!({
            "account": self.shared.id.to_string(),
            "number": self.is_final().then_some(self.number),
            "name": self.shared.name,
            "holders": self.shared.holders.iter().map(person).collect::<Vec<_>>(),
            "threshold": self.shared.threshold,
            "final": number(now),
            "pending": number(self.money.then.balance(id)),
            "proposals": proposals,
            "status": member::standing(self.is_final()),
        }))
    }
}
