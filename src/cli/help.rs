//! The help in the language of the person.
//!
//! The texts are walked onto the tree of commands: `help-commune` for the program, `help-init` for a
//! command, `help-init-name` for its argument `name`, `help-device-pair` for a command in a command,
//! `help-global-json` for a flag of all. The attribute `.long` is what `--help` says beyond `-h`.

use std::ffi::OsString;

use clap::{Arg, Command, CommandFactory, FromArgMatches};

use super::Cli;
use crate::messages::{BOLD, Messages, Value, key};

/// Wider lines are hard to read.
const WIDTH_MAX: usize = 100;
/// Where the help is not printed on a terminal, it fits the usual one.
const WIDTH: usize = 80;

/// Reads a command line, with help and headings in the language of `messages`.
///
/// `commune help WORDS…` is read as `commune WORDS… --help`.
pub(super) fn parse(
    mut args: Vec<OsString>,
    messages: &Messages,
    on_terminal: bool,
) -> Result<Cli, clap::Error> {
    let mut command = command(messages);
    if let Some(place) = place_of_help(&args, &command) {
        args.remove(place);
        args.push("--help".into());
    }
    if !on_terminal {
        command = command.term_width(WIDTH);
    }
    // What every command takes is for the help of the program, and for `--help`.
    command.build();
    command = command.mut_subcommands(without_globals);
    let mut matches = command.try_get_matches_from_mut(args)?;
    Cli::from_arg_matches_mut(&mut matches)
}

/// Where the word `help` stands in the place of a command: first, or after flags of all commands.
fn place_of_help(args: &[OsString], command: &Command) -> Option<usize> {
    let takes_value = |flag: &str| {
        let long = flag.strip_prefix("--");
        let mut args = command.get_arguments();
        args.any(|it| long.is_some() && it.get_long() == long && it.get_action().takes_values())
    };
    let mut words = args.iter().enumerate().skip(1);
    while let Some((place, word)) = words.next() {
        let word = word.to_str()?;
        if word == "help" {
            return Some(place);
        }
        if !word.starts_with('-') || word == "--" {
            return None;
        }
        if takes_value(word) {
            words.next();
        }
    }
    None
}

fn without_globals(command: Command) -> Command {
    command
        .mut_args(|arg| {
            let hidden = arg.is_global_set();
            arg.hide_short_help(hidden)
        })
        .mut_subcommands(without_globals)
}

/// The tree of commands, told in the language of `messages`.
pub(super) fn command(messages: &Messages) -> Command {
    let globals = messages.text("help-heading-global", &[]);
    let root = Cli::command()
        .max_term_width(WIDTH_MAX)
        .mut_args(|arg| arg.help_heading(globals.clone()));
    told(root, messages, "help-commune", "help-global").after_help(messages.text("help-after", &[]))
}

/// Fills in the texts of `command` (its own under `own`), its arguments and all commands in it.
fn told(command: Command, messages: &Messages, own: &str, args: &str) -> Command {
    let template = format!(
        "{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}",
        messages.text("help-heading-usage", &[])
    );
    let mut command = command
        .help_template(template)
        .mut_args(|arg| told_arg(arg, messages, &format!("{args}-")))
        .mut_subcommands(|inner| {
            let parent = if own == "help-commune" { "help" } else { own };
            let own = format!("{parent}-{}", inner.get_name());
            told(inner, messages, &own, &own)
        });
    if own != "help-commune" {
        command = command
            .after_help(messages.text("help-after-command", &[]))
            .after_long_help("");
    }
    if let Some(about) = messages.find(own, &[]) {
        if let Some(long) = messages.find(&format!("{own}.long"), &[]) {
            command = command.long_about(format!("{about}\n\n{long}"));
        }
        command = command.about(about);
    }
    command
}

fn told_arg(mut arg: Arg, messages: &Messages, prefix: &str) -> Arg {
    let own = format!("{prefix}{}", arg.get_id().as_str().replace('_', "-"));
    let Some(mut help) = messages.find(&own, &[]) else {
        return arg;
    };
    if arg.get_action().takes_values() {
        let possible: Vec<String> = arg
            .get_possible_values()
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect();
        let default: Vec<String> = arg
            .get_default_values()
            .iter()
            .map(|value| value.to_string_lossy().into_owned())
            .filter(|value| !value.is_empty())
            .collect();
        for (key, values) in [
            (key("help-values"), possible),
            (key("help-default"), default),
        ] {
            if !values.is_empty() {
                let values = Value::from(values.join(", "));
                help = format!("{help} {}", messages.text(key, &[("values", values)]));
            }
        }
        arg = arg
            .hide_possible_values(true)
            .hide_default_value(true)
            .hide_env(true);
    }
    match messages.find(&format!("{own}.long"), &[]) {
        Some(long) => arg.long_help(format!("{help}\n\n{long}")).help(help),
        None => arg.help(help),
    }
}

/// `help` as clap wrote it, with its headings in the language of `messages`, bold if `color`.
pub(super) fn with_headings(help: &str, messages: &Messages, color: bool) -> String {
    let usage = messages.text("help-heading-usage", &[]);
    let mut text = String::with_capacity(help.len());
    for line in help.lines() {
        let line = match line {
            "Commands:" => messages.text("help-heading-commands", &[]),
            "Arguments:" => messages.text("help-heading-arguments", &[]),
            "Options:" => messages.text("help-heading-options", &[]),
            line => line.trim_end().to_owned(),
        };
        match line.strip_prefix(&usage) {
            Some(rest) => text.push_str(&format!("{}{rest}", BOLD.paint(&usage, color))),
            None if line.ends_with(':') && !line.starts_with(' ') => {
                text.push_str(&BOLD.paint(&line, color));
            }
            None => text.push_str(&line),
        }
        text.push('\n');
    }
    text
}

/// The keys of all help texts, each with whose help it is.
#[cfg(test)]
pub(crate) fn keys() -> Vec<(String, String)> {
    fn walk(command: &Command, own: &str, args: &str, keys: &mut Vec<(String, String)>) {
        let name = command.get_name();
        keys.push((own.to_owned(), format!("the command {name}")));
        for arg in command.get_arguments() {
            let id = arg.get_id().as_str();
            keys.push((
                format!("{args}-{}", id.replace('_', "-")),
                format!("{id} of {name}"),
            ));
        }
        for inner in command.get_subcommands() {
            let parent = if own == "help-commune" { "help" } else { own };
            let own = format!("{parent}-{}", inner.get_name());
            walk(inner, &own, &own, keys);
        }
    }
    let mut keys = Vec::new();
    walk(&Cli::command(), "help-commune", "help-global", &mut keys);
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Lang;

    #[test]
    fn the_tree_of_commands_is_sound_in_each_language() {
        for lang in Lang::ALL {
            command(&Messages::new(lang)).debug_assert();
        }
    }

    #[test]
    fn help_is_asked_for_before_or_after_the_flags_of_all_commands() {
        let place = |line: &str| {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            place_of_help(&args, &Cli::command())
        };
        assert_eq!(place("commune help trust"), Some(1));
        assert_eq!(place("commune --lang fr help trust graph"), Some(3));
        assert_eq!(place("commune --lang=fr --json help"), Some(3));
        assert_eq!(place("commune --data-dir help status"), None);
        assert_eq!(place("commune init --name help"), None);
        assert_eq!(place("commune -- help"), None);
    }

    #[test]
    fn every_command_with_a_result_has_a_schema_of_it() {
        fn leaves(command: &Command, name: &str, names: &mut Vec<String>) {
            for inner in command.get_subcommands() {
                let name = format!("{name}-{}", inner.get_name());
                leaves(inner, &name, names);
            }
            if !command.has_subcommands() {
                names.push(name.trim_start_matches('-').to_owned());
            }
        }
        let mut names = Vec::new();
        leaves(&Cli::command(), "", &mut names);
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json");
        let without: Vec<_> = names
            .into_iter()
            .filter(|name| !WITHOUT_RESULT.contains(&name.as_str()))
            .filter(|name| !folder.join(format!("{name}.json")).exists())
            .collect();
        assert!(
            without.is_empty(),
            "describe in docs/json what these print: {without:?}"
        );
    }

    /// They print a text that is not for `--json`.
    const WITHOUT_RESULT: [&str; 1] = ["completions"];
}
