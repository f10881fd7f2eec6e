//! `commune vouch`: ask members who met you to vouch for you, and vouch for whom you met.
//!
//! Over card files, on test networks: who hands over a file has not been met by the program.

use std::path::PathBuf;

use clap::Subcommand;
use commune_crdt::{
    entry::SignedEntry,
    genesis::{MAX_REQUEST_LEN, Request},
    hash::BlobHash,
    history::Standing,
    keys::MemberKey,
    params::Param,
    payload::{Certification, Join, MemberFact, Statements},
};
use serde_json::json;

use super::{Access, Context, shown};
use crate::{
    device::Device,
    failure::{Exit, Failure},
    identity,
    intake::Fate,
    store::{Batch, Durability},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Request(Ask),
    Give(Give),
}

/// Where the request goes.
#[derive(Debug, clap::Args)]
pub(super) struct Ask {
    #[arg(long, value_name = "FILE")]
    card: PathBuf,
}

/// Whom to vouch for.
#[derive(Debug, clap::Args)]
pub(super) struct Give {
    #[arg(value_name = "CARD")]
    card: PathBuf,
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Request(args) => args.run(ctx),
            Self::Give(args) => args.run(ctx),
        }
    }
}

fn test_network_only(device: &Device) -> Result<(), Failure> {
    if device.genesis().body().test_network {
        return Ok(());
    }
    Err(Failure::new(Exit::Refused, "rule.met_in_person"))
}

impl Ask {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let device = ctx.device()?;
        test_network_only(&device)?;
        let vault = device.vault();
        if let Some(Standing::Founder | Standing::Imported) = device.standing()? {
            return Err(Failure::new(Exit::Refused, "rule.member_already"));
        }
        let card = identity::card(device.dir(), vault)?;
        let own_join = own_join(&device)?;
        let entry = match own_join {
            Some(entry) => entry,
            None => {
                let member = identity::member(vault)?;
                let join = Join {
                    member: vault.member_key,
                    name: vault.name.clone(),
                    charter: device.genesis().charter_hash(),
                    exchange: vault.sealing.exchange_key(),
                    ml_kem: BlobHash::of(&vault.sealing.ml_kem_key()),
                    imported: None,
                    signature: card.person().certificate,
                };
                let join = join.sign(device.network(), &vault.device.device_key(), &member);
                let mut batch = Batch::new();
                batch.put_blob(&vault.sealing.ml_kem_key());
                device.store().commit(batch, Durability::All)?;
                device.state(&MemberFact::Join(join), ctx.claimed_now())?;
                own_join_or_fail(&device)?
            }
        };
        let id = entry.id().to_string();
        let request = Request::new(card, entry)
            .map_err(|cause| Failure::new(Exit::Failed, "vouch.request").because(&cause))?;
        ctx.replace(&self.card, &request.encode(), Access::Everyone)?;
        let needed = device.genesis().body().params.get(Param::SigQty);
        let text = ctx.text(
            "vouch-requested",
            &[("path", (&self.card).into()), ("needed", needed.into())],
        );
        ctx.emit(
            json!({"entry": id, "card": shown(&self.card), "status": "pending", "needed": needed}),
            &text,
        )
    }
}

/// This device's own join, placed or waiting for the first who vouches.
fn own_join(device: &Device) -> Result<Option<SignedEntry>, Failure> {
    let own = device.vault().device.device_key();
    let history = device.history()?;
    let waiting = history
        .pending()
        .find(|it| it.entry.author() == own && it.entry.entry().seq == 0);
    if let Some(waiting) = waiting {
        return Ok(SignedEntry::decode(waiting.entry.as_bytes()).ok());
    }
    let first = history
        .logs()
        .find(|it| it.id().author == own)
        .and_then(|it| it.ids().first().copied());
    drop(history);
    let Some(first) = first else { return Ok(None) };
    let bytes = device.store().entry(&first)?;
    let entry = bytes.and_then(|it| SignedEntry::decode(&it).ok());
    let is_join =
        |it: &SignedEntry| matches!(MemberFact::of(it.claim()), Ok(Some(MemberFact::Join(_))));
    Ok(entry.filter(is_join))
}

fn own_join_or_fail(device: &Device) -> Result<SignedEntry, Failure> {
    own_join(device)?.ok_or(Failure::new(Exit::Failed, "vouch.request"))
}

impl Give {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let bytes = ctx.read(&self.card, MAX_REQUEST_LEN)?;
        let request = Request::decode(&bytes).map_err(|cause| {
            Failure::new(Exit::Damaged, "vouch.card")
                .with("path", &self.card)
                .because(&cause)
        })?;
        let device = ctx.device()?;
        test_network_only(&device)?;
        let join = request
            .verify(device.network())
            .map_err(|cause| Failure::new(Exit::Refused, "vouch.other_network").because(&cause))?;
        let person = request.card().person();
        if person.member == device.vault().member_key {
            return Err(Failure::new(Exit::Refused, "rule.certify_self"));
        }
        if device.standing()?.is_none() {
            return Err(Failure::new(Exit::Refused, "rule.not_known"));
        }
        let name = person.name.clone();
        if vouches_for(&device, &person.member)? {
            return Err(Failure::new(Exit::Refused, "rule.certified_already").with("name", name));
        }
        let question = ctx.text("vouch-ask", &[("name", (&name).into())]);
        ctx.note(&question);
        for key in ["vouch-ask-identity", "vouch-ask-age", "vouch-ask-charter"] {
            let question = ctx.text(key, &[("name", (&name).into())]);
            if !ctx.agrees(&question)? {
                return Err(Failure::new(Exit::Failed, "vouch.not_affirmed"));
            }
        }

        let mut batch = Batch::new();
        batch.put_blob(&person.ml_kem);
        device.store().commit(batch, Durability::Data)?;
        let waits = SignedEntry::decode(join.as_bytes())
            .map_err(|cause| Failure::new(Exit::Damaged, "vouch.card").because(&cause))?;
        let (taken, receipt) = device.take(vec![waits], Durability::Data)?;
        receipt.wait()?;
        if let Some((_, Fate::Judged(commune_crdt::history::Verdict::Invalid(cause)))) =
            taken.verdicts.first()
        {
            return Err(Failure::new(Exit::Damaged, "vouch.card")
                .with("path", &self.card)
                .because(cause));
        }
        let (id, _) = device.state(
            &MemberFact::Certification(Certification {
                subject: person.member,
                statements: Statements::ALL,
                met: ctx.claimed_now(),
                meeting: [0; 16],
            }),
            ctx.claimed_now(),
        )?;
        let text = ctx.text("vouch-given", &[("name", (&name).into())]);
        ctx.emit(
            json!({
                "entry": id.to_string(),
                "subject": person.member.to_string(),
                "name": name,
                "status": "pending",
            }),
            &text,
        )
    }
}

/// Whether the newest word of this device's member on `subject` is a certification.
fn vouches_for(device: &Device, subject: &MemberKey) -> Result<bool, Failure> {
    let own = device.vault().device.device_key();
    let ids = {
        let history = device.history()?;
        let log = history.logs().find(|it| it.id().author == own);
        log.map(|it| it.ids().to_vec()).unwrap_or_default()
    };
    let mut vouches = false;
    for id in ids {
        let Some(bytes) = device.store().entry(&id)? else {
            continue;
        };
        let fact = SignedEntry::decode(&bytes)
            .ok()
            .and_then(|it| MemberFact::of(it.claim()).ok().flatten());
        match fact {
            Some(MemberFact::Certification(it)) if it.subject == *subject => vouches = true,
            Some(MemberFact::Withdrawal(it)) if it.subject == *subject => vouches = false,
            _ => {}
        }
    }
    Ok(vouches)
}
