//! `commune man DIR`: one page a command, in the language of the person.
//!
//! The flags that every command takes are described once, in `commune(1)`, with the exit codes,
//! variables and files.

use std::{fs, io, path::PathBuf};

use clap::Command;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};
use serde_json::json;

use super::{Context, help};
use crate::{
    failure::{Exit, Failure},
    messages::{Messages, key},
};

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
        render(&command, None, &ctx.messages, &mut pages)
            .map_err(|cause| Failure::writing(&self.dir, &cause))?;
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
fn render(
    command: &Command,
    parent: Option<&str>,
    messages: &Messages,
    pages: &mut Vec<(String, Vec<u8>)>,
) -> io::Result<()> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    pages.push((format!("{name}.1"), page(command, &name, parent, messages)?));
    command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
        .try_for_each(|inner| render(inner, Some(&name), messages, pages))
}

fn page(
    command: &Command,
    name: &str,
    parent: Option<&str>,
    messages: &Messages,
) -> io::Result<Vec<u8>> {
    let about = command.clone().mut_args(|arg| {
        let hidden = parent.is_some() && arg.is_global_set();
        match arg
            .get_help_heading()
            .map(|heading| heading.trim().to_owned())
        {
            Some(heading) => arg.hide(hidden).help_heading(heading),
            None => arg.hide(hidden),
        }
    });
    let about = about
        .name(name.to_owned())
        .subcommand_help_heading(messages.text("man-heading-commands", &[]));
    let has_arguments = about.get_arguments().any(|arg| !arg.is_hide_set());
    let man = Man::new(about)
        .source(concat!("commune ", env!("CARGO_PKG_VERSION")))
        .manual("commune");

    let mut page = Vec::new();
    man.render_title(&mut page)?;
    let mut named = Vec::new();
    man.render_name_section(&mut named)?;
    let heading = format!(".SH {}\n", messages.text("man-heading-name", &[]));
    page.extend(
        String::from_utf8_lossy(&named)
            .replace(".SH NAME\n", &heading)
            .bytes(),
    );
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if has_arguments {
        man.render_options_section(&mut page)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut rest = Roff::new();
    match parent {
        None => of_all(&mut rest, messages),
        Some(parent) => {
            rest.control("SH", [messages.text("man-heading-see", &[]).as_str()]);
            rest.text([bold(parent), roman("(1)")]);
            if parent != "commune" {
                rest.text([bold("commune"), roman("(1)")]);
            }
        }
    }
    rest.to_writer(&mut page)?;
    Ok(page)
}

/// The sections that hold for every command.
fn of_all(roff: &mut Roff, messages: &Messages) {
    roff.control("SH", [messages.text("man-heading-exit", &[]).as_str()]);
    for exit in Exit::ALL {
        entry(
            roff,
            &exit.number().to_string(),
            &messages.text(exit.meaning(), &[]),
        );
    }
    roff.control(
        "SH",
        [messages.text("man-heading-environment", &[]).as_str()],
    );
    for (name, text) in [
        ("COMMUNE_DATA_DIR", key("man-env-data-dir")),
        (
            "COMMUNE_LANG, LC_ALL, LC_MESSAGES, LANG",
            key("man-env-lang"),
        ),
        ("COMMUNE_LOG", key("man-env-log")),
        ("COMMUNE_PASSPHRASE_FILE", key("man-env-passphrase-file")),
        ("CI", key("man-env-ci")),
        ("NO_COLOR", key("man-env-no-color")),
    ] {
        entry(roff, name, &messages.text(text, &[]));
    }
    roff.control("SH", [messages.text("man-heading-files", &[]).as_str()]);
    entry(
        roff,
        "~/.local/share/commune",
        &messages.text("man-file-data", &[]),
    );
    entry(
        roff,
        "~/.config/commune/config",
        &messages.text("man-file-config", &[]),
    );
}

fn entry(roff: &mut Roff, term: &str, text: &str) {
    roff.control("TP", []);
    roff.text([bold(term)]);
    roff.text([roman(text)]);
}
