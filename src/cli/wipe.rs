//! `commune wipe`: destroys the keys first and fast, then everything else.

use std::fs::{File, TryLockError};

use serde_json::json;

use super::Context;
use crate::{
    failure::{Exit, Failure},
    vault::folder,
};

/// Nothing but the general flags.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

impl Args {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let dir = ctx.data_dir()?.to_owned();
        if !dir.is_dir() {
            return Err(Failure::new(Exit::NotFound, "vault.absent").with("dir", &dir));
        }
        if !folder::is_data_folder(&dir) {
            return Err(Failure::new(Exit::Failed, "wipe.not_ours").with("dir", &dir));
        }
        let question = ctx.text("wipe-ask", &[("dir", (&dir).into())]);
        ctx.confirm(&question)?;
        let keys = folder::destroy_keys(&dir)?;
        // A node that still runs has the keys in its memory and writes to the store.
        if [folder::LOCK, "store.lock"]
            .iter()
            .any(|name| is_held(&dir.join(name)))
        {
            return Err(Failure::new(Exit::Store, "wipe.running").with("dir", &dir));
        }
        let rest = folder::destroy_rest(&dir);
        if let Some((path, cause)) = rest.stuck.first() {
            return Err(Failure::new(Exit::Failed, "wipe.stuck")
                .with("path", path)
                .because_io(cause));
        }
        let left: Vec<String> = rest
            .left
            .iter()
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        let text = ctx.text(
            "wipe-done",
            &[("keys", keys.into()), ("dir", (&dir).into())],
        );
        if !left.is_empty() {
            let note = ctx.text("wipe-left", &[("names", left.join(", ").into())]);
            ctx.note(&note);
        }
        let note = ctx.text("wipe-flash", &[]);
        ctx.note(&note);
        ctx.emit(
            json!({"keys": keys, "removed": rest.removed, "left": left}),
            &text,
        )
    }
}

fn is_held(path: &std::path::Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}
