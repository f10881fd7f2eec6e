//! Social recovery: who lost their key asks, sponsors who meet them confirm.
//!
//! Six words stand for the whole request file, so that nobody slips in another key on the way.

use std::path::{Path, PathBuf};

use commune_crdt::{
    genesis::WORDS_LEN,
    hash::blake3,
    keys::MemberKey,
    params::Param,
    payload::{Device as DeviceFact, MemberFact, Recovery},
};
use serde_json::json;

use super::{
    super::{Access, Context, shown},
    code, word,
};
use crate::{
    failure::{Exit, Failure},
    identity,
    vault::words,
};

/// Longest request file, in bytes.
const MAX_LEN: usize = 256;

/// Whose request.
#[derive(Debug, clap::Args)]
pub(in super::super) struct Recover {
    #[arg(value_name = "CARD")]
    card: PathBuf,
    #[arg(long, value_name = "WORDS")]
    words: Option<String>,
}

/// The owner of this device asks to go on as the owner of `old`, whose key they lost.
pub(super) fn ask(ctx: &mut Context, old: &str, path: &Path) -> Result<(), Failure> {
    let device = ctx.device()?;
    let old: MemberKey = match old.to_lowercase().parse() {
        Ok(key) => key,
        Err(_) => word::person(ctx, &device, old)?.0,
    };
    let vault = device.vault();
    let fact = Recovery::sign(device.network(), old, &identity::member(vault)?);
    if device.standing()?.is_none() {
        // Its first entry says whose it is, and waits until sponsors stand behind the new key.
        let whose = MemberFact::Device(DeviceFact {
            member: vault.member_key,
            label: vault.label.clone(),
            certificate: vault.certificate,
        });
        let own = vault.device.device_key();
        let waits = device
            .history()?
            .pending()
            .any(|it| it.entry.author() == own);
        if !waits {
            device.state(&whose, ctx.claimed_now())?;
        }
    }
    let file = fact.to_file();
    ctx.replace(path, &file, Access::Everyone)?;
    let words = code::words_of(ctx, &bits(&file));
    let needed = device.genesis().body().params.get(Param::SigQty);
    let args = [
        ("path", path.into()),
        ("words", (&words).into()),
        ("needed", needed.into()),
    ];
    let text = ctx.text("vouch-recovery-asked", &args);
    ctx.emit(
        json!({
            "old": old.to_string(),
            "new": fact.new.to_string(),
            "words": words,
            "card": shown(path),
            "status": "pending",
            "needed": needed,
        }),
        &text,
    )
}

impl Recover {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let file = ctx.read(&self.card, MAX_LEN)?;
        let device = ctx.device()?;
        let fact = Recovery::from_file(&file, device.network())
            .map_err(|cause| code::unusable(&self.card, &cause))?;
        let (old, name) = word::person(ctx, &device, &fact.old.to_string())?;
        let fact = MemberFact::Recovery(fact);
        word::allowed(ctx, &device, &fact, &name)?;
        let said = match &self.words {
            Some(words) => words.clone(),
            None => {
                let question = ctx.text("vouch-ask-words", &[]);
                ctx.ask(&question, "--words")?
            }
        };
        if !words::heard(&said).contains(&bits(&file)) {
            return Err(Failure::new(Exit::Damaged, "vouch.words"));
        }
        let question = ctx.text("vouch-ask-recovery", &[("name", (&name).into())]);
        ctx.confirm(&question)?;
        let done = ctx.text("vouch-recovery-given", &[("name", (&name).into())]);
        word::state(ctx, &device, &fact, Some(old), &done)
    }
}

/// The 66 bits of six words that stand for `file`.
fn bits(file: &[u8]) -> [u8; WORDS_LEN] {
    let hash = blake3(&[file]);
    let mut bits: [u8; WORDS_LEN] = hash.first_chunk().copied().unwrap_or_default();
    if let Some(last) = bits.last_mut() {
        *last &= 0b1100_0000;
    }
    bits
}
