//! `commune identity rotate`: the member goes on under another key.

use std::path::PathBuf;

use commune_crdt::{
    keys::SecretKey,
    params::Param,
    payload::{KeyChange, MemberFact},
};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    cli::{Context, init, vouch::word},
    device::Device,
    failure::Failure,
    identity,
    vault::{Seed, Vault, VaultError, file, folder, random, revocation},
};

/// Where the words of the new key go.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[arg(long, value_name = "FILE")]
    words: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let (vault, passphrase) = identity::open_with_passphrase(ctx)?;
        let device = Device::open(ctx.data_dir()?, vault.clone())?;
        ctx.check_clock(device.genesis().body().test_network)?;
        let key = passphrase.as_ref();
        if device.vault().member_key != vault.member_key {
            // The entry was saved, and then the program ended: what is left is ours to do.
            return finish(ctx, &vault, &init::Origin::Shown, key, None);
        }
        let member = identity::member(&vault)?;
        let (seed, mut origin) = self.seed(ctx, &vault)?;
        let new = SecretKey::from_seed(&seed);
        let fact = KeyChange::sign(device.network(), &member, &new);
        let fact = MemberFact::KeyChange(fact);
        word::allowed(ctx, &device, &fact, &vault.name)?;
        let period = device.genesis().body().params.get(Param::KeyChangePeriod);
        let args = [
            ("name", (&vault.name).into()),
            ("member", new.member_key().to_string().into()),
            ("days", period.checked_div(86_400).unwrap_or(0).into()),
        ];
        let question = ctx.text("identity-rotate-ask", &args);
        ctx.confirm(&question)?;
        if let (Some(path), init::Origin::Shown) = (&self.words, &origin) {
            init::write_words(ctx, path, &seed)?;
            origin = init::Origin::Written(path.clone());
        }
        // The new key is on the disk before the entry is: a crash leaves the one or the other.
        let vault = vault.preparing(&seed);
        vault.reseal(ctx.data_dir()?, init::under(key))?;
        let (id, _) = device.state(&fact, ctx.claimed_now())?;
        finish(ctx, &vault, &origin, key, Some(id.to_string()))
    }

    /// The seed of the new key: from the words in the file if it is there, else the one that an
    /// interrupted change drew, else a new one.
    fn seed(&self, ctx: &mut Context, vault: &Vault) -> Result<(Seed, init::Origin), Failure> {
        let kept = match &self.words {
            Some(path) => init::read_words(ctx, path)?,
            None => None,
        };
        if let Some(text) = kept {
            return Ok((identity::words(ctx, &text)?.seed(), init::Origin::Restored));
        }
        let seed = match vault.next_seed() {
            Some(seed) => seed,
            None => random::secret().map_err(VaultError::from)?,
        };
        Ok((seed, init::Origin::Shown))
    }
}

/// Puts the new key in the place of the old one, with a revocation file of its own.
fn finish(
    ctx: &mut Context,
    vault: &Vault,
    origin: &init::Origin,
    passphrase: Option<&Zeroizing<String>>,
    entry: Option<String>,
) -> Result<(), Failure> {
    let old = vault.member_key.to_string();
    let vault = vault.rotated();
    let member = identity::member(&vault)?;
    let dir = ctx.data_dir()?.to_owned();
    // The file of the old key ends the new one too, so nothing is lost if we end before.
    let about = init::about_revocation(ctx, &vault);
    let text = revocation::write(&member, &vault.name, &about);
    let path = dir.join(folder::REVOCATION);
    file::replace(&path, text.as_bytes()).map_err(|cause| Failure::writing(&path, &cause))?;
    vault.reseal(&dir, init::under(passphrase))?;
    if let Some(seed) = vault.member_seed()
        && !matches!(origin, init::Origin::Restored)
    {
        init::show_words(ctx, seed, origin)?;
    }
    let key = vault.member_key.to_string();
    let args = [
        ("old", (&old).into()),
        ("member", (&key).into()),
        ("revocation", (&path).into()),
    ];
    let text = ctx.text("identity-rotated", &args);
    let object = json!({
        "entry": entry,
        "old": old,
        "member": key,
        "revocation": crate::cli::shown(&path),
        "status": "pending",
    });
    ctx.emit(object, &text)
}
