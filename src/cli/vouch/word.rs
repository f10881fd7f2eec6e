//! `vouch withdraw`, `object`, `renew`: a word that everybody sees, after a look at the rules and a
//! question.

use commune_crdt::{
    keys::MemberKey,
    payload::{MAX_REASON_LEN, MemberFact, Objection, Renewal, Withdrawal},
    time::Seconds,
};
use serde_json::json;

use super::super::{
    Context,
    member::{find, short},
    rule,
};
use crate::{
    device::Device,
    failure::{Exit, Failure},
    trust::{Foreseen, Trust},
};

/// From whom.
#[derive(Debug, clap::Args)]
pub(in super::super) struct Withdraw {
    #[arg(value_name = "WHO")]
    who: String,
}

/// To whom, and why.
#[derive(Debug, clap::Args)]
pub(in super::super) struct Object {
    #[arg(value_name = "WHO")]
    who: String,
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// For another term.
#[derive(Debug, clap::Args)]
pub(in super::super) struct Renew {}

impl Withdraw {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let (subject, name) = match queued(ctx, &device, &self.who)? {
            Some(subject) => (subject, short(&subject)),
            None => person(ctx, &device, &self.who)?,
        };
        let fact = MemberFact::Withdrawal(Withdrawal { subject });
        allowed(ctx, &device, &fact, &name)?;
        let question = ctx.text("vouch-ask-withdraw", &[("name", (&name).into())]);
        ctx.confirm(&question)?;
        let done = ctx.text("vouch-withdrawn", &[("name", (&name).into())]);
        state(ctx, &device, &fact, Some(subject), &done)
    }
}

impl Object {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let reason = self.reason.trim();
        if reason.is_empty() || reason.len() > MAX_REASON_LEN {
            let limit = commune_crdt::codec::to_u64(MAX_REASON_LEN);
            return Err(Failure::new(Exit::Usage, "vouch.reason").with("limit", limit));
        }
        let device = ctx.device()?;
        let (subject, name) = person(ctx, &device, &self.who)?;
        let fact = MemberFact::Objection(Objection {
            subject,
            reason: reason.to_owned(),
        });
        allowed(ctx, &device, &fact, &name)?;
        let args = [("name", (&name).into()), ("reason", reason.into())];
        let question = ctx.text("vouch-ask-object", &args);
        ctx.confirm(&question)?;
        let done = ctx.text("vouch-objected", &[("name", (&name).into())]);
        state(ctx, &device, &fact, Some(subject), &done)
    }
}

impl Renew {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        let fact = MemberFact::Renewal(Renewal {
            charter: device.genesis().charter_hash(),
        });
        let name = device.vault().name.clone();
        allowed(ctx, &device, &fact, &name)?;
        let question = ctx.text("vouch-ask-renew", &[]);
        ctx.confirm(&question)?;
        let done = ctx.text("vouch-renewed", &[]);
        state(ctx, &device, &fact, None, &done)
    }
}

pub(super) fn person(
    ctx: &Context,
    device: &Device,
    who: &str,
) -> Result<(MemberKey, String), Failure> {
    let trust = ctx.trust(device)?;
    let (_, person) = find(&trust, who)?;
    Ok((person.key, trust.name(person)))
}

/// Whom the owner signed ahead for and nobody knows yet, named by the first 6 or more digits of the key.
fn queued(ctx: &Context, device: &Device, who: &str) -> Result<Option<MemberKey>, Failure> {
    let trust = ctx.trust(device)?;
    let (people, start) = (&trust.membership, who.to_lowercase());
    let own = people.find(&device.vault().member_key);
    let queue = own.and_then(|it| people.person(it)).map(|it| &it.queue);
    let strangers = queue.into_iter().flatten().map(|it| it.subject);
    let mut meant = strangers.filter(|key| {
        start.len() >= 6 && key.to_string().starts_with(&start) && people.find(key).is_none()
    });
    Ok(meant.next().filter(|_| meant.next().is_none()))
}

/// Looks at the rules before anything is asked or signed.
pub(in super::super) fn allowed(
    ctx: &Context,
    device: &Device,
    fact: &MemberFact,
    name: &str,
) -> Result<(), Failure> {
    if device.standing()?.is_none() {
        return Err(Failure::new(Exit::Refused, "rule.not_known"));
    }
    let at = ctx.at_time.map(|it| Seconds(it.unix_seconds));
    match Trust::foresee(device, at, fact.clone())? {
        (_, Foreseen::Refused(refusal)) => Err(rule::failure(ctx, refusal, name)),
        _ => Ok(()),
    }
}

pub(super) fn state(
    ctx: &mut Context,
    device: &Device,
    fact: &MemberFact,
    subject: Option<MemberKey>,
    done: &str,
) -> Result<(), Failure> {
    let (id, _) = device.state(fact, ctx.claimed_now())?;
    let mut object = json!({"entry": id.to_string(), "status": "pending"});
    if let (Some(fields), Some(subject)) = (object.as_object_mut(), subject) {
        fields.insert("subject".to_owned(), subject.to_string().into());
    }
    ctx.emit(object, done)
}
