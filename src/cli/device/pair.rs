//! Adding a device over two files: `commune device pair` on the new one, `accept` on the other.
//!
//! ```text
//! new device                     device with the member key
//! device pair --request R ──R──► device accept R --out A
//! device pair --finish A  ◄──A──
//! ```

use std::path::{Path, PathBuf};

use commune_crdt::genesis::Genesis;
use serde_json::json;

use crate::{
    cli::{Access, Context, init, shown},
    failure::{Exit, Failure},
    identity,
    vault::{
        self, NewIdentity, Vault, folder,
        pairing::{
            Accepted, Grant, MAX_ANSWER_LEN, MAX_REQUEST_LEN, PairingError, Request, Waiting,
        },
        words::fingerprint,
    },
};

/// What the new device asks, and what it gets.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Accept {
    #[arg(value_name = "REQUEST")]
    request: PathBuf,
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[arg(long)]
    with_member_key: bool,
}

/// A step of the new device.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("step").required(true).args(["request", "finish"]))]
pub(in crate::cli) struct Pair {
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    #[arg(long, value_name = "FILE", conflicts_with_all = ["label", "no_passphrase"])]
    finish: Option<PathBuf>,
    #[arg(long, value_name = "NAME")]
    label: Option<String>,
    #[arg(long)]
    no_passphrase: bool,
}

impl Pair {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match (&self.request, &self.finish) {
            (Some(file), _) => self.ask(ctx, file),
            (None, Some(file)) => finish(ctx, file),
            (None, None) => Ok(()),
        }
    }

    /// Makes the keys of the new device, or finds them again, and writes what it asks.
    fn ask(&self, ctx: &mut Context, file: &Path) -> Result<(), Failure> {
        let dir = ctx.data_dir()?.to_owned();
        let waiting = if dir.join(folder::PAIRING).exists() {
            vault::open_waiting(&dir, || ctx.passphrase())?.0
        } else {
            folder::check_free(&dir)?;
            let waiting = Waiting::generate(self.label.as_deref().unwrap_or_default())?;
            let passphrase = init::new_passphrase(ctx, self.no_passphrase)?;
            vault::create_waiting(&dir, &waiting, init::under(passphrase.as_ref()))?;
            waiting
        };
        let request = waiting.request();
        ctx.replace(file, &request.encode(), Access::Everyone)?;
        let words = fingerprint(&request.hash(), ctx.lang());
        let text = ctx.text(
            "device-pair-asked",
            &[("path", file.into()), ("words", (&words).into())],
        );
        let object = json!({
            "device": request.device().to_string(),
            "request": shown(file),
            "words": words,
        });
        ctx.emit(object, &text)
    }
}

impl Accept {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let bytes = ctx.read(&self.request, MAX_REQUEST_LEN)?;
        let request = Request::decode(&bytes).map_err(|error| failure(&self.request, error))?;
        let vault = identity::open(ctx)?;
        identity::member(&vault)?;
        let words = fingerprint(&request.hash(), ctx.lang());
        let question = ctx.text(
            "device-accept-ask",
            &[
                ("label", super::named(ctx, request.label()).into()),
                ("words", (&words).into()),
                (
                    "key",
                    if self.with_member_key { "yes" } else { "no" }.into(),
                ),
            ],
        );
        ctx.confirm(&question)?;
        let genesis = identity::genesis(ctx.data_dir()?)?;
        let answer = request
            .answer(&Grant {
                vault: &vault,
                with_member_key: self.with_member_key,
                genesis: genesis.as_ref().map(|it| it.as_slice()),
            })
            .map_err(|error| failure(&self.request, error))?;
        ctx.replace(&self.out, &answer, Access::Everyone)?;
        let own_words = fingerprint(vault.member_key.as_bytes(), ctx.lang());
        let text = ctx.text(
            "device-accepted",
            &[("path", (&self.out).into()), ("words", (&own_words).into())],
        );
        let object = json!({
            "member": vault.member_key.to_string(),
            "device": request.device().to_string(),
            "answer": shown(&self.out),
            "words": own_words,
            "with_member_key": self.with_member_key,
        });
        ctx.emit(object, &text)
    }
}

/// Takes the answer: the device is one of the member's from now on.
fn finish(ctx: &mut Context, file: &Path) -> Result<(), Failure> {
    let dir = ctx.data_dir()?.to_owned();
    if dir.join(folder::VAULT).exists() {
        return Err(folder::FolderError::Taken(dir).into());
    }
    let bytes = ctx.read(file, MAX_ANSWER_LEN)?;
    let (waiting, passphrase) = vault::open_waiting(&dir, || ctx.passphrase())?;
    let Accepted { vault, genesis } = waiting
        .accept(&bytes, ctx.claimed_now())
        .map_err(|error| failure(file, error))?;
    let network = genesis
        .as_ref()
        .map(|bytes| Genesis::decode(bytes))
        .transpose()
        .map_err(|_| damaged(file))?
        .map(|it| it.network().to_string());
    let words = fingerprint(vault.member_key.as_bytes(), ctx.lang());
    let question = ctx.text(
        "device-finish-ask",
        &[("name", (&vault.name).into()), ("words", (&words).into())],
    );
    ctx.confirm(&question)?;
    let about_revocation = init::about_revocation(ctx, &vault);
    NewIdentity {
        vault: &vault,
        under: init::under(passphrase.as_ref()),
        genesis: genesis.as_ref().map(|it| it.as_slice()),
        about_revocation: &about_revocation,
    }
    .create_from_waiting(&dir)?;
    if network.is_some() {
        identity::introduce(&dir, &vault, ctx.claimed_now())?;
    }
    report(ctx, &vault, network)
}

fn report(ctx: &mut Context, vault: &Vault, network: Option<String>) -> Result<(), Failure> {
    let (member, device) = (
        vault.member_key.to_string(),
        vault.device.device_key().to_string(),
    );
    let mut text = ctx.text(
        "device-finished",
        &[
            ("name", (&vault.name).into()),
            ("member", (&member).into()),
            ("device", (&device).into()),
        ],
    );
    if vault.member_seed().is_none() {
        let line = ctx.text("identity-without-member-key", &[]);
        text = format!("{text}\n{line}");
    }
    let object = json!({
        "member": member,
        "device": device,
        "name": vault.name,
        "holds_member_key": vault.member_seed().is_some(),
        "network": network,
    });
    ctx.emit(object, &text)
}

fn failure(path: &Path, error: PairingError) -> Failure {
    match error {
        PairingError::OtherRequest => {
            Failure::new(Exit::Damaged, "pairing.other").with("path", path)
        }
        PairingError::NoMemberKey => Failure::new(Exit::Failed, "identity.no_member_key"),
        PairingError::Vault(error) => error.into(),
        PairingError::Kind => Failure::new(Exit::Damaged, "pairing.kind").with("path", path),
        _ => damaged(path),
    }
}

fn damaged(path: &Path) -> Failure {
    Failure::new(Exit::Damaged, "pairing.damaged").with("path", path)
}
