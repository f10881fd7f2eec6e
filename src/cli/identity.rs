//! `commune identity`: who this device speaks for.

mod rotate;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use commune_crdt::payload::{MemberFact, Revocation};
use serde_json::json;

use super::{Access, Context, init, shown};
use crate::{
    failure::{Exit, Failure},
    identity, qr,
    vault::{Vault, revocation},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Passphrase(Passphrase),
    Revoke(Revoke),
    Rotate(rotate::Args),
    Show(Show),
}

/// How a QR code is drawn.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Drawn {
    /// With blocks of a terminal.
    Terminal,
    /// As a picture.
    Svg,
}

/// What to show, and where.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, default_missing_value = "terminal")]
    qr: Option<Drawn>,
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
}

/// The new passphrase.
#[derive(Debug, clap::Args)]
pub(super) struct Passphrase {
    #[arg(long, value_name = "FILE", conflicts_with = "no_passphrase")]
    new_passphrase_file: Option<PathBuf>,
    #[arg(long)]
    no_passphrase: bool,
}

/// Whose key, if not that of this device's member.
#[derive(Debug, clap::Args)]
pub(super) struct Revoke {
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Passphrase(args) => args.run(ctx),
            Self::Revoke(args) => args.run(ctx),
            Self::Rotate(args) => args.run(ctx),
            Self::Show(args) => args.run(ctx),
        }
    }

    /// Whether it needs the opened device, which a node may hold. A node has the old key at hand and
    /// no passphrase, so the key changes while none runs.
    pub(super) const fn goes_through_node(&self) -> bool {
        matches!(self, Self::Revoke(_))
    }
}

impl Show {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let vault = identity::open(ctx)?;
        if let Some(path) = &self.card {
            let card = identity::card(ctx.data_dir()?, &vault)?.encode();
            ctx.replace(path, &card, Access::Everyone)?;
        }
        let code = self.qr.map(|drawn| draw(ctx, &vault, drawn)).transpose()?;
        let (member, device) = (
            vault.member_key.to_string(),
            vault.device.device_key().to_string(),
        );
        let object = json!({
            "member": member,
            "device": device,
            "name": vault.name,
            "holds_member_key": vault.member_seed().is_some(),
            "card": self.card.as_deref().map(shown),
            "qr": code,
        });
        let text = match (code, self.qr) {
            // A picture goes into a file as it is; below a code there is just room for its title.
            (Some(code), Some(Drawn::Svg)) => code,
            (Some(code), _) => {
                format!(
                    "{code}{}",
                    ctx.text("identity-qr-title", &[("name", (&vault.name).into())])
                )
            }
            (None, _) => {
                let mut text = ctx.text(
                    "identity-shown",
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
                if let Some(path) = &self.card {
                    let line = ctx.text("identity-card-written", &[("path", path.into())]);
                    text = format!("{text}\n{line}");
                }
                text
            }
        };
        ctx.emit(object, &text)
    }
}

/// The member key in capitals: a QR code packs them tightest.
fn draw(ctx: &Context, vault: &Vault, drawn: Drawn) -> Result<String, Failure> {
    let content = format!("COMMUNE:{}", vault.member_key.to_string().to_uppercase());
    let title = ctx.text("identity-qr-title", &[("name", (&vault.name).into())]);
    match drawn {
        Drawn::Terminal => qr::terminal(content.as_bytes()),
        Drawn::Svg => qr::svg(content.as_bytes(), &title),
    }
    .map_err(|cause| Failure::new(Exit::Failed, "qr.too_long").because(&cause))
}

impl Passphrase {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let dir = ctx.data_dir()?.to_owned();
        let closed = Vault::read(&dir)?;
        let vault = if closed.needs_passphrase() {
            let old = ctx.passphrase()?;
            // The file that opened the vault does not hold the new passphrase.
            ctx.passphrase_file = None;
            closed.open(Some(&old))?
        } else {
            closed.open(None)?
        };
        if let Some(path) = &self.new_passphrase_file {
            ctx.passphrase_file = Some(path.clone());
        }
        let nobody = ctx.no_input || ctx.caller.prompter.is_none();
        if !self.no_passphrase && ctx.passphrase_file.is_none() && nobody {
            return Err(
                Failure::new(Exit::Usage, "answer.needed").with("flag", "--new-passphrase-file")
            );
        }
        let new = init::new_passphrase(ctx, self.no_passphrase)?;
        vault.reseal(&dir, init::under(new.as_ref()))?;
        let text = ctx.text("identity-passphrase-changed", &[]);
        ctx.emit(json!({"passphrase": new.is_some()}), &text)
    }
}

impl Revoke {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let given = match &self.file {
            Some(path) => {
                let text = ctx.read_text(path, revocation::MAX_LEN)?;
                Some(revocation::read(&text).map_err(|_| {
                    Failure::new(Exit::Damaged, "revocation.damaged").with("path", path)
                })?)
            }
            None => None,
        };
        let device = ctx.device()?;
        if device.standing()?.is_none() {
            return Err(Failure::new(Exit::Refused, "rule.not_known"));
        }
        let fact = match given {
            Some(fact) => fact,
            None => Revocation::sign(&identity::member(device.vault())?),
        };
        let member = fact.member.to_string();
        let whose = if fact.member == device.vault().member_key {
            "own"
        } else {
            "other"
        };
        let question = ctx.text(
            "identity-revoke-ask",
            &[
                ("whose", whose.into()),
                ("name", (&device.vault().name).into()),
                ("member", (&member).into()),
            ],
        );
        ctx.confirm(&question)?;
        let (id, _) = device.state(&MemberFact::Revocation(fact), ctx.claimed_now())?;
        let text = ctx.text("identity-revoked", &[("member", (&member).into())]);
        let object = json!({"entry": id.to_string(), "member": member, "status": "pending"});
        ctx.emit(object, &text)
    }
}
