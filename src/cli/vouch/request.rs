//! `vouch request`: a card file on a test network, or a code for a sponsor in front of one.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use commune_crdt::{
    entry::SignedEntry,
    genesis::{Genesis, MAX_GENESIS_LEN, MeetAnswer, MeetNonce, MeetRequest, Request, meet_text},
    hash::{BlobHash, NetworkId},
    history::Standing,
    params::Param,
    payload::{Join, MemberFact},
};
use serde_json::json;

use super::{
    super::{Access, Context, shown, value},
    code::{self, Shown},
    live, recover,
};
use crate::{
    device::{Device, DeviceError, read_genesis},
    failure::{Exit, Failure},
    identity,
    store::{Batch, Durability},
    vault::{
        Vault,
        exchange::{Asked, Exchange},
        random,
    },
};

/// How one asks.
#[derive(Debug, clap::Args)]
#[group(id = "way", required = true)]
pub(in super::super) struct Ask {
    #[arg(long, value_name = "FILE", group = "way")]
    card: Option<PathBuf>,
    #[arg(long, group = "way")]
    qr: bool,
    #[arg(long, value_name = "CODE", group = "way")]
    answer: Option<PathBuf>,
    #[arg(long, value_name = "WHO", num_args = 0..=1, group = "way",
        conflicts_with_all = ["card", "qr", "answer"])]
    live: Option<Option<String>>,
    #[arg(long, requires = "live")]
    both: bool,
    #[arg(long, value_name = "TIME", requires = "live", value_parser = value::duration)]
    wait: Option<Duration>,
    #[arg(long, value_name = "OLDKEY", requires = "card")]
    recover: Option<String>,
    #[arg(long, value_name = "FILE", conflicts_with_all = ["card", "live"])]
    genesis: Option<PathBuf>,
    #[command(flatten)]
    shown: Shown,
}

pub(super) fn test_network_only(device: &Device) -> Result<(), Failure> {
    if device.genesis().body().test_network {
        return Ok(());
    }
    Err(Failure::new(Exit::Refused, "rule.met_in_person"))
}

impl Ask {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        if let (Some(old), Some(card)) = (&self.recover, &self.card) {
            return recover::ask(ctx, old, card);
        }
        if let Some(who) = &self.live {
            let wait = self.wait.unwrap_or(live::WAIT);
            return live::request(ctx, who.as_deref(), self.both, wait);
        }
        match (&self.card, &self.answer) {
            (Some(card), _) => to_file(ctx, card),
            (None, Some(answer)) => self.take_answer(ctx, answer),
            (None, None) => self.show(ctx),
        }
    }

    /// Shows a new request; the one before is over.
    fn show(&self, ctx: &mut Context) -> Result<(), Failure> {
        let (vault, genesis) = self.network(ctx)?;
        // Only who holds the member key can be vouched for by it.
        identity::member(&vault)?;
        let network = genesis.network();
        let drawn = random::unique().map_err(no_randomness)?;
        let nonce = MeetNonce::new(drawn);
        let request = MeetRequest::new(&network, vault.member_key, &nonce);
        let now = ctx.claimed_now();
        let (dir, key) = (ctx.data_dir()?.to_owned(), vault.store_key.bytes());
        let mut exchange = Exchange::read(&dir, key, now)?;
        exchange.asked = Some(Asked {
            request,
            nonce,
            since: now,
        });
        exchange.write(&dir, key)?;
        let bytes = request.encode();
        let title = ctx.text("vouch-request-title", &[("name", (&vault.name).into())]);
        let code = self.shown.draw(ctx, &bytes, &title)?;
        let needed = genesis.body().params.get(Param::SigQty);
        ctx.emit(
            json!({
                "request": meet_text(&bytes),
                "network": network.to_string(),
                "status": "pending",
                "needed": needed,
            }),
            &code,
        )
    }

    /// Takes the answer of a sponsor: the six words, once.
    fn take_answer(&self, ctx: &mut Context, from: &Path) -> Result<(), Failure> {
        let codes = code::read(ctx, from)?;
        let answer = code::first(from, &codes, MeetAnswer::decode)?;
        let (vault, genesis) = self.network(ctx)?;
        let now = ctx.claimed_now();
        let (dir, key) = (ctx.data_dir()?.to_owned(), vault.store_key.bytes());
        let mut exchange = Exchange::read(&dir, key, now)?;
        let Some(asked) = exchange.asked.take() else {
            return Err(Failure::new(Exit::NotFound, "vouch.nothing_asked"));
        };
        let network = genesis.network();
        let other_secret = genesis.secret().is_some_and(|it| *it != answer.secret);
        if !asked.request.is_for(&network) || !answer.is_for(&network) || other_secret {
            return Err(Failure::new(Exit::Refused, "vouch.other_answer"));
        }
        // Whoever stands by hears the words: they serve once.
        exchange.write(&dir, key)?;
        let words = asked.request.words(&answer, &asked.nonce);

        let device = match (&ctx.caller.node, genesis.secret()) {
            (None, None) => {
                let genesis = genesis.with_secret(answer.secret.clone());
                std::sync::Arc::new(Device::join(&dir, vault, &genesis)?)
            }
            _ => ctx.device()?,
        };
        ctx.check_clock(device.genesis().body().test_network)?;
        let entry = join(ctx, &device)?;
        let words = code::words_of(ctx, &words);
        let sponsor: String = super::super::member::short(&answer.sponsor);
        let text = ctx.text(
            "vouch-say-words",
            &[("words", (&words).into()), ("sponsor", sponsor.into())],
        );
        ctx.emit(
            json!({
                "words": words,
                "sponsor": answer.sponsor.to_string(),
                "network": device.network().to_string(),
                "entry": entry.map(|it| it.id().to_string()),
                "status": "pending",
            }),
            &text,
        )
    }

    /// The network of the data folder; for a newcomer without one, that of a public genesis.
    fn network(&self, ctx: &mut Context) -> Result<(Vault, Genesis), Failure> {
        if let Some(node) = &ctx.caller.node {
            let device = node.device();
            return Ok((device.vault().clone(), device.genesis().clone()));
        }
        let vault = identity::open(ctx)?;
        let genesis = match (read_genesis(ctx.data_dir()?), &self.genesis) {
            (Err(DeviceError::NotJoined(_)), Some(path)) => {
                let bytes = ctx.read(path, MAX_GENESIS_LEN)?;
                Genesis::decode(&bytes).map_err(|cause| {
                    Failure::new(Exit::Damaged, "genesis.unreadable")
                        .with("path", path)
                        .because(&cause)
                })?
            }
            (own, _) => own?,
        };
        ctx.check_clock(genesis.body().test_network)?;
        Ok((vault, genesis))
    }
}

/// A request file for members of a test network.
fn to_file(ctx: &mut Context, path: &Path) -> Result<(), Failure> {
    let device = ctx.device()?;
    test_network_only(&device)?;
    if let Some(Standing::Founder | Standing::Imported) = device.standing()? {
        return Err(Failure::new(Exit::Refused, "rule.member_already"));
    }
    let card = identity::card(device.dir(), device.vault())?;
    let failed = || Failure::new(Exit::Failed, "vouch.request");
    let entry = join(ctx, &device)?.ok_or_else(failed)?;
    let id = entry.id().to_string();
    let request = Request::new(card, entry).map_err(|cause| failed().because(&cause))?;
    ctx.replace(path, &request.encode(), Access::Everyone)?;
    let needed = device.genesis().body().params.get(Param::SigQty);
    let text = ctx.text(
        "vouch-requested",
        &[("path", path.into()), ("needed", needed.into())],
    );
    ctx.emit(
        json!({"entry": id, "card": shown(path), "status": "pending", "needed": needed}),
        &text,
    )
}

/// The join of this device's member: written now unless it was, or somebody is known already.
pub(super) fn join(ctx: &Context, device: &Device) -> Result<Option<SignedEntry>, Failure> {
    let written = own_join(device)?;
    if written.is_some() || device.standing()?.is_some() {
        return Ok(written);
    }
    let vault = device.vault();
    let member = identity::member(vault)?;
    let join = Join {
        member: vault.member_key,
        name: vault.name.clone(),
        charter: device.genesis().charter_hash(),
        exchange: vault.sealing.exchange_key(),
        ml_kem: BlobHash::of(&vault.sealing.ml_kem_key()),
        imported: None,
        signature: vault.certificate,
    };
    let network: &NetworkId = device.network();
    let join = join.sign(network, &vault.device.device_key(), &member);
    let mut batch = Batch::new();
    batch.put_blob(&vault.sealing.ml_kem_key());
    device.store().commit(batch, Durability::All)?;
    device.state(&MemberFact::Join(join), ctx.claimed_now())?;
    own_join(device)
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
        .and_then(|it| it.id_at(0));
    drop(history);
    let Some(first) = first else { return Ok(None) };
    let bytes = device.store().entry(&first)?;
    let entry = bytes.and_then(|it| SignedEntry::decode(&it).ok());
    let is_join =
        |it: &SignedEntry| matches!(MemberFact::of(it.claim()), Ok(Some(MemberFact::Join(_))));
    Ok(entry.filter(is_join))
}

pub(super) fn no_randomness(cause: random::RandomError) -> Failure {
    Failure::new(Exit::Failed, "vault.random").because(&cause)
}
