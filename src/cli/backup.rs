//! `commune backup`: what brings a person back after the loss of every device.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use commune_crdt::genesis::Genesis;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Access, Context, init, shown, value};
use crate::{
    failure::{Exit, Failure},
    identity,
    vault::{
        Vault,
        backup::{Backup, MAX_LEN},
        folder,
        seal::{SealError, Sealed},
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Words(Words),
    Create(Create),
    Restore(Restore),
    Verify(Verify),
}

/// Nothing but the general flags.
#[derive(Debug, clap::Args)]
pub(super) struct Words {}

/// Where the backup goes.
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Where the backup is, and how the new vault is kept.
#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long)]
    no_passphrase: bool,
}

/// Where the backup is.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Command {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Words(_) => words(ctx),
            Self::Create(args) => args.run(ctx),
            Self::Restore(args) => args.run(ctx),
            Self::Verify(args) => args.run(ctx),
        }
    }
}

/// Shows the words to whoever has the passphrase; without one, to whoever says yes.
fn words(ctx: &mut Context) -> Result<(), Failure> {
    let protected = Vault::read(ctx.data_dir()?)?.needs_passphrase();
    let vault = identity::open(ctx)?;
    let seed = member_seed(&vault)?;
    if !protected {
        let question = ctx.text("backup-words-ask", &[]);
        ctx.confirm(&question)?;
    }
    let words = init::words_of(ctx, seed)?;
    let about = ctx.text("backup-words-shown", &[("name", (&vault.name).into())]);
    ctx.note(&about);
    let object = json!({"words": words.iter().collect::<Vec<_>>(), "lang": ctx.lang().code()});
    ctx.emit(object, &words.table())
}

fn member_seed(vault: &Vault) -> Result<&[u8; 32], Failure> {
    vault
        .member_seed()
        .ok_or_else(|| Failure::new(Exit::Failed, "identity.no_member_key"))
}

impl Create {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        // Before anybody is asked for a passphrase in vain.
        if ctx.resolve(&self.file).exists() {
            return Err(Failure::writing(
                &self.file,
                &std::io::ErrorKind::AlreadyExists.into(),
            ));
        }
        let closed = Vault::read(ctx.data_dir()?)?;
        // The passphrase of the folder is that of the backup; a folder without one needs a new one,
        // since a backup is made to lie around.
        let (vault, passphrase) = if closed.needs_passphrase() {
            let passphrase = ctx.passphrase()?;
            (closed.open(Some(&passphrase))?, passphrase)
        } else {
            (closed.open(None)?, ctx.new_passphrase()?)
        };
        let vault = identity::settled(ctx.data_dir()?, vault)?;
        let backup = Backup {
            seed: Zeroizing::new(*member_seed(&vault)?),
            name: vault.name.clone(),
            created: ctx.claimed_now(),
            genesis: identity::genesis(ctx.data_dir()?)?,
        };
        let bytes = backup
            .seal(init::under(Some(&passphrase)))
            .map_err(|error| identity::given_file(&self.file, &error))?;
        ctx.save(&self.file, &bytes, Access::Owner)?;
        let args = [
            ("path", (&self.file).into()),
            ("member", backup.member_key().to_string().into()),
        ];
        let text = ctx.text("backup-created", &args);
        ctx.emit(object(&self.file, &backup), &text)
    }
}

impl Restore {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        folder::check_free(ctx.data_dir()?)?;
        let (backup, passphrase) = opened(ctx, &self.file)?;
        let passphrase = if self.no_passphrase {
            init::new_passphrase(ctx, true)?
        } else {
            passphrase
                .map_or_else(|| ctx.new_passphrase(), Ok)
                .map(Some)?
        };
        let vault = Vault::generate(&backup.name, &backup.seed, ctx.claimed_now())?;
        let genesis = backup.genesis.as_ref().map(|it| it.as_slice());
        init::create(ctx, &vault, passphrase.as_ref(), genesis)?;
        if genesis.is_some() {
            identity::introduce(ctx.data_dir()?, &vault, ctx.claimed_now())?;
        }
        let note = ctx.text("backup-restored", &[("name", (&vault.name).into())]);
        ctx.note(&note);
        init::report(ctx, &vault, true)
    }
}

impl Verify {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let (backup, _) = opened(ctx, &self.file)?;
        let object = object(&self.file, &backup);
        let network = network(&backup).unwrap_or_else(|| "none".to_owned());
        let text = ctx.text(
            "backup-verified",
            &[
                ("path", (&self.file).into()),
                ("name", (&backup.name).into()),
                ("member", backup.member_key().to_string().into()),
                ("network", network.into()),
                ("created", moment(&backup).into()),
            ],
        );
        ctx.emit(object, &text)
    }
}

/// Opens a backup, with the passphrase where it needs one, and checks what is in it.
fn opened(ctx: &mut Context, given: &Path) -> Result<(Backup, Option<Zeroizing<String>>), Failure> {
    let failed = |error: &SealError| identity::given_file(given, error);
    let bytes = ctx.read(given, MAX_LEN)?;
    let sealed: Sealed<'_> = Backup::read(&bytes).map_err(|error| failed(&error))?;
    let passphrase = if sealed.needs_passphrase() {
        Some(ctx.passphrase()?)
    } else {
        None
    };
    let backup = Backup::open(&sealed, passphrase.as_ref().map(|it| it.as_str()))
        .map_err(|error| failed(&error))?;
    if let Some(genesis) = &backup.genesis {
        Genesis::decode(genesis)
            .map_err(|cause| Failure::new(Exit::Damaged, "backup.genesis").because(&cause))?;
    }
    Ok((backup, passphrase))
}

fn network(backup: &Backup) -> Option<String> {
    let genesis = Genesis::decode(backup.genesis.as_ref()?).ok()?;
    Some(genesis.network().to_string())
}

fn object(path: &Path, backup: &Backup) -> serde_json::Value {
    json!({
        "file": shown(path),
        "member": backup.member_key().to_string(),
        "name": backup.name,
        "network": network(backup),
        "created": moment(backup),
    })
}

fn moment(backup: &Backup) -> String {
    let unix_seconds = backup.created.unix_seconds();
    value::Moment { unix_seconds }.to_string()
}
