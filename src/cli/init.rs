//! `commune init`: the member key, the first device, the revocation file.

use std::path::{Path, PathBuf};

use serde_json::json;
use zeroize::Zeroizing;

use super::{Access, Context};
use crate::{
    failure::{Exit, Failure},
    identity,
    vault::{
        NewIdentity, Seed, Vault, VaultError, checked_name, folder, random,
        seal::{Cost, Under},
        words::{Words, fingerprint},
    },
};

/// The longest file of words that is read, in bytes.
const WORDS_MAX: usize = 16 * 1024;

/// Whose key, and under what.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[arg(long, value_name = "FILE")]
    words: Option<PathBuf>,
    #[arg(long)]
    no_passphrase: bool,
}

/// Where the member key comes from.
pub(super) enum Origin {
    /// It is new, and its words are shown.
    Shown,
    /// It is new, and its words are in a file.
    Written(PathBuf),
    /// It comes from words that existed.
    Restored,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        // Before anybody thinks of a passphrase in vain.
        folder::check_free(ctx.data_dir()?)?;
        if let Some(name) = &self.name {
            checked_name(name)?;
        }
        let (seed, mut origin) = self.seed(ctx)?;
        let name = self.name(ctx, &seed)?;
        let vault = Vault::generate(&name, &seed, ctx.claimed_now())?;
        let passphrase = new_passphrase(ctx, self.no_passphrase)?;
        if let Some(path) = self
            .words
            .as_ref()
            .filter(|_| matches!(origin, Origin::Shown))
        {
            write_words(ctx, path, &seed)?;
            origin = Origin::Written(path.clone());
        }
        create(ctx, &vault, passphrase.as_ref(), None)?;
        show_words(ctx, &seed, &origin)?;
        report(ctx, &vault, matches!(origin, Origin::Restored))
    }

    /// The member seed: from the words in the file if it is there, else new.
    fn seed(&self, ctx: &mut Context) -> Result<(Seed, Origin), Failure> {
        let Some(path) = &self.words else {
            return Ok((random::secret().map_err(VaultError::from)?, Origin::Shown));
        };
        match read_words(ctx, path)? {
            Some(text) => Ok((identity::words(ctx, &text)?.seed(), Origin::Restored)),
            None => Ok((random::secret().map_err(VaultError::from)?, Origin::Shown)),
        }
    }

    /// The name from the flag, else as answered, else two words that say nothing about the person.
    fn name(&self, ctx: &mut Context, seed: &Seed) -> Result<String, Failure> {
        if let Some(name) = &self.name {
            return Ok(name.clone());
        }
        let member = commune_crdt::keys::SecretKey::from_seed(seed).member_key();
        let words = fingerprint(member.as_bytes(), ctx.lang());
        let proposed = words.split(' ').take(2).collect::<Vec<_>>().join(" ");
        if ctx.no_input || ctx.yes || ctx.caller.prompter.is_none() {
            return Ok(proposed);
        }
        let question = ctx.text("init-ask-name", &[("proposed", (&proposed).into())]);
        let answer = ctx.ask(&question, "--name")?;
        Ok(if answer.is_empty() {
            proposed
        } else {
            checked_name(&answer)?
        })
    }
}

/// Writes the words of a new key to `path`, for their owner's eyes only.
pub(super) fn write_words(ctx: &mut Context, path: &Path, seed: &Seed) -> Result<(), Failure> {
    let words = words_of(ctx, seed)?;
    let about = ctx.text("init-words-file", &[]);
    let text = Zeroizing::new(format!("# {about}\n{}\n", words.table().as_str()));
    ctx.save(path, text.as_bytes(), Access::Owner)
}

/// The words in `path`, or on the input if it is `-`; `None` if there is no such file.
pub(super) fn read_words(
    ctx: &mut Context,
    path: &Path,
) -> Result<Option<Zeroizing<String>>, Failure> {
    match ctx.read_text(path, WORDS_MAX) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(failure) if failure.exit() == Exit::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A passphrase to set, or none with the warning of what that gives up.
pub(super) fn new_passphrase(
    ctx: &mut Context,
    none: bool,
) -> Result<Option<Zeroizing<String>>, Failure> {
    if none {
        let text = ctx.text("vault-open-warning", &[]);
        ctx.warn(&text);
        return Ok(None);
    }
    ctx.new_passphrase().map(Some)
}

/// Under what to seal with that passphrase, or none.
pub(super) fn under(passphrase: Option<&Zeroizing<String>>) -> Under<'_> {
    passphrase.map_or(Under::Nothing, |it| Under::Passphrase(it, Cost::STANDARD))
}

/// Makes the data folder of `ctx`.
pub(super) fn create(
    ctx: &Context,
    vault: &Vault,
    passphrase: Option<&Zeroizing<String>>,
    genesis: Option<&[u8]>,
) -> Result<(), Failure> {
    let about_revocation = about_revocation(ctx, vault);
    let under = under(passphrase);
    let new = NewIdentity {
        vault,
        under,
        genesis,
        about_revocation: &about_revocation,
    };
    Ok(new.create(ctx.data_dir()?)?)
}

/// What a revocation file says of itself.
pub(super) fn about_revocation(ctx: &Context, vault: &Vault) -> String {
    ctx.text("revocation-about", &[("name", (&vault.name).into())])
}

/// A seed as words of the language of the person.
pub(super) fn words_of(ctx: &Context, seed: &[u8; 32]) -> Result<Words, Failure> {
    // 32 bytes always have words.
    Words::of(seed, ctx.lang()).ok_or_else(|| Failure::new(Exit::Failed, "words.checksum"))
}

/// Shows new words to a person. A script gets none: they stay in the vault, for `backup words`.
pub(super) fn show_words(
    ctx: &mut Context,
    seed: &[u8; 32],
    origin: &Origin,
) -> Result<(), Failure> {
    let text = match origin {
        Origin::Shown if ctx.json || ctx.quiet => {
            let text = ctx.text("init-words-unseen", &[]);
            ctx.warn(&text);
            return Ok(());
        }
        Origin::Shown => {
            let table = words_of(ctx, seed)?.table();
            let intro = ctx.text("init-words-shown", &[]);
            let after = ctx.text("init-words-keep", &[]);
            Zeroizing::new(format!("{intro}\n\n{}\n\n{after}\n", table.as_str()))
        }
        Origin::Written(path) => {
            Zeroizing::new(ctx.text("init-words-written", &[("path", path.into())]))
        }
        Origin::Restored => Zeroizing::new(ctx.text("init-restored", &[])),
    };
    ctx.note(&text);
    Ok(())
}

/// The result, for this command and others that make a data folder.
pub(super) fn report(ctx: &mut Context, vault: &Vault, restored: bool) -> Result<(), Failure> {
    let (member, device) = (
        vault.member_key.to_string(),
        vault.device.device_key().to_string(),
    );
    let dir = ctx.data_dir()?.to_owned();
    let revocation = dir.join(folder::REVOCATION);
    let text = ctx.text(
        "init-done",
        &[
            ("name", (&vault.name).into()),
            ("member", (&member).into()),
            ("device", (&device).into()),
            ("dir", (&dir).into()),
            ("revocation", (&revocation).into()),
        ],
    );
    let object =
        json!({"member": member, "device": device, "name": vault.name, "restored": restored});
    ctx.emit(object, &text)
}
