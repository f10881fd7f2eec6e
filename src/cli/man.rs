//! `commune man DIR`: one page a command, in the language of the person.

use std::{fs, io, path::PathBuf};

use clap::Command;
use clap_mangen::Man;
use serde_json::json;

use super::{Context, help};
use crate::failure::Failure;

/// Where the pages go.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

impl Args {
    pub(super) fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        let dir = ctx.resolve(&self.dir);
        fs::create_dir_all(&dir).map_err(|cause| Failure::writing(&self.dir, &cause))?;
        let mut command = help::command(&ctx.messages);
        command.build();
        let mut pages = Vec::new();
        render(&command, &mut pages).map_err(|cause| Failure::writing(&self.dir, &cause))?;
        let mut names = Vec::new();
        for (name, page) in pages {
            let path = dir.join(&name);
            fs::write(&path, page).map_err(|cause| Failure::writing(&path, &cause))?;
            names.push(name);
        }
        let text = ctx.text(
            "man-written",
            &[("count", names.len().into()), ("dir", (&self.dir).into())],
        );
        ctx.emit(
            json!({"dir": dir.display().to_string(), "pages": names}),
            &text,
        )
    }
}

/// Renders the page of `command` and, after it, those of the commands in it.
fn render(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let mut page = Vec::new();
    Man::new(command.clone().name(name.clone())).render(&mut page)?;
    pages.push((format!("{name}.1"), page));
    command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
        .try_for_each(|inner| render(inner, pages))
}
