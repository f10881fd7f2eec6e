//! The command line: a file a noun, nothing but parsing, calling and printing.
//!
//! ```text
//! arguments ─► usage (clap, localised) ─► Command ─► run(&mut Context) ─► emit │ Failure ─► exit
//! ```
//!
//! To add a command: a file `cli/<noun>.rs` with `Args` (or an enum of sub-commands) and
//! `run(&self, ctx: &mut Context) -> Result<(), Failure>`, a line in `Command` and one in its `run`,
//! the texts in `messages/{en,fr}/<noun>.ftl` with `help-<noun>` and `help-<noun>-<argument>`, the
//! schema of its result in `docs/json/<noun>.json`, and cases in `tests/cli/<noun>.md`.

mod audit;
mod backup;
mod bundle;
mod carry;
mod checkpoint;
mod completions;
mod context;
mod device;
mod doctor;
mod files;
mod found;
mod help;
mod identity;
mod import;
mod init;
mod interrupt;
mod join;
mod log;
mod man;
mod meetup;
mod member;
mod money;
mod open;
mod peer;
mod progress;
mod prompt;
mod quarantine;
mod radio;
mod reference;
mod rule;
mod status;
mod storage;
mod sync;
mod table;
mod trace;
mod trust;
mod trustee;
mod up;
mod usage;
pub mod value;
mod vote;
mod vouch;
mod wipe;

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

#[cfg(test)]
pub(crate) use self::help::keys as help_keys;
pub use self::{
    context::{Caller, Context, Input, SCHEMA, Stream, Terminal},
    files::{Access, shown},
    interrupt::{Guard, Interrupt},
    progress::{Progress, Unit},
    prompt::Prompter,
};
use crate::{
    config,
    failure::{Exit, Failure},
    messages::{Lang, Messages},
    node::control,
};

/// A network of people that governs itself.
#[derive(Debug, Parser)]
#[command(
    name = "commune",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_required = true
)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

// One command a line, in alphabetical order.
#[derive(Debug, Subcommand)]
enum Command {
    Audit(audit::Args),
    #[command(subcommand)]
    Backup(backup::Command),
    #[command(subcommand)]
    Bundle(bundle::Command),
    Carry(carry::Args),
    #[command(subcommand)]
    Checkpoint(checkpoint::Command),
    Completions(completions::Args),
    #[command(subcommand)]
    Device(device::Command),
    Doctor(doctor::Args),
    #[command(subcommand)]
    Found(found::Command),
    #[command(subcommand)]
    Identity(identity::Command),
    #[command(subcommand)]
    Import(import::Command),
    Init(init::Args),
    Join(join::Args),
    Log(log::Args),
    Man(man::Args),
    #[command(subcommand)]
    Meetup(meetup::Command),
    #[command(subcommand)]
    Member(member::Command),
    Money(money::Args),
    #[command(subcommand)]
    Peer(peer::Command),
    #[command(subcommand)]
    Quarantine(quarantine::Command),
    #[command(subcommand)]
    Reference(reference::Command),
    Status(status::Args),
    #[command(subcommand)]
    Storage(storage::Command),
    Sync(sync::Args),
    #[command(subcommand)]
    Trust(trust::Command),
    #[command(subcommand)]
    Trustee(trustee::Command),
    Up(up::Args),
    #[command(subcommand)]
    Vote(vote::Command),
    #[command(subcommand)]
    Vouch(vouch::Command),
    Wipe(wipe::Args),
}

impl Command {
    fn run(&self, ctx: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Audit(args) => args.run(ctx),
            Self::Backup(command) => command.run(ctx),
            Self::Bundle(command) => command.run(ctx),
            Self::Carry(args) => args.run(ctx),
            Self::Checkpoint(command) => command.run(ctx),
            Self::Completions(args) => args.run(ctx),
            Self::Device(command) => command.run(ctx),
            Self::Doctor(args) => args.run(ctx),
            Self::Found(command) => command.run(ctx),
            Self::Identity(command) => command.run(ctx),
            Self::Import(command) => command.run(ctx),
            Self::Init(args) => args.run(ctx),
            Self::Join(args) => args.run(ctx),
            Self::Log(args) => args.run(ctx),
            Self::Man(args) => args.run(ctx),
            Self::Meetup(command) => command.run(ctx),
            Self::Member(command) => command.run(ctx),
            Self::Money(args) => args.run(ctx),
            Self::Peer(command) => command.run(ctx),
            Self::Quarantine(command) => command.run(ctx),
            Self::Reference(command) => command.run(ctx),
            Self::Status(args) => args.run(ctx),
            Self::Storage(command) => command.run(ctx),
            Self::Sync(args) => args.run(ctx),
            Self::Trust(command) => command.run(ctx),
            Self::Trustee(command) => command.run(ctx),
            Self::Up(args) => args.run(ctx),
            Self::Vote(command) => command.run(ctx),
            Self::Vouch(command) => command.run(ctx),
            Self::Wipe(args) => args.run(ctx),
        }
    }

    /// Whether a running node of the data folder does it: whatever needs the opened device.
    fn goes_through_node(&self) -> bool {
        match self {
            Self::Device(command) => command.goes_through_node(),
            Self::Identity(command) => command.goes_through_node(),
            Self::Bundle(command) => command.needs_device(),
            Self::Checkpoint(command) => command.needs_device(),
            Self::Trust(command) => command.needs_device(),
            Self::Reference(command) => command.needs_device(),
            Self::Vote(command) => command.needs_device(),
            Self::Audit(args) => args.needs_device(),
            Self::Carry(_)
            | Self::Doctor(_)
            | Self::Log(_)
            | Self::Meetup(_)
            | Self::Member(_)
            | Self::Money(_)
            | Self::Peer(_)
            | Self::Quarantine(_)
            | Self::Status(_)
            | Self::Sync(_)
            | Self::Trustee(_)
            | Self::Up(_)
            | Self::Vouch(_) => true,
            _ => false,
        }
    }
}

/// Flags that every command takes.
#[derive(Clone, Debug, clap::Args)]
struct Globals {
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[arg(long, global = true)]
    json: bool,
    #[arg(long, global = true, value_enum)]
    lang: Option<LangName>,
    #[arg(long, global = true)]
    no_input: bool,
    #[arg(short, long, global = true)]
    yes: bool,
    #[arg(long, global = true, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[cfg(feature = "simulated-clock")]
    #[arg(long, global = true, value_name = "RFC3339", hide = true)]
    at_time: Option<value::Moment>,
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    color: When,
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    #[arg(short, long, global = true)]
    quiet: bool,
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LangName {
    En,
    Fr,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl When {
    /// What the words of a command line say that may turn out to be wrong elsewhere.
    fn before_parsing<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut words = words.skip_while(|word| !word.starts_with("--color"));
        let value = match words.next().and_then(|word| word.strip_prefix("--color")) {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        match value {
            Some("always") => Self::Always,
            Some("never") => Self::Never,
            _ => Self::Auto,
        }
    }

    fn colors(self, caller: &Caller) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => caller.terminal.err && caller.var("NO_COLOR").is_none(),
        }
    }
}

/// Runs the command of this process.
pub fn main() -> ExitCode {
    main_of(env::args_os().collect())
}

/// Runs the command that `args` (its first is the name of the program) asks for as this process.
pub fn main_of(args: Vec<OsString>) -> ExitCode {
    let caller = Caller {
        out: Stream::new(io::stdout()),
        err: Stream::new(io::stderr()),
        input: Input(Box::new(io::BufReader::new(io::stdin()))),
        env: env::vars_os().collect(),
        cwd: env::current_dir().unwrap_or_default(),
        terminal: Terminal {
            out: io::stdout().is_terminal(),
            err: io::stderr().is_terminal(),
        },
        prompter: prompt::at_terminal(),
        interrupt: Interrupt::new(),
        node: None,
    };
    interrupt::listen(caller.interrupt.clone(), leave);
    run(args, caller).into()
}

/// Ends the process at once, with the terminal as it was.
fn leave(number: u8) {
    prompt::restore_terminal();
    std::process::exit(number.into());
}

/// Runs the command that `args` (its first is the name of the program) asks for on behalf of
/// `caller`, and says how it ended. Everything that is to be said has been said then.
pub fn run(args: Vec<OsString>, mut caller: Caller) -> Exit {
    let words: Vec<String> = args
        .iter()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let before_dashes = || {
        words
            .iter()
            .map(String::as_str)
            .take_while(|word| *word != "--")
    };
    let lang = Lang::choose(words.iter().map(String::as_str), |name| caller.var(name));
    let messages = Messages::new(lang);
    let mut manner = Manner {
        json: before_dashes().any(|word| word == "--json"),
        color: When::before_parsing(before_dashes()).colors(&caller),
    };

    let all = args.clone();
    let cli = match help::parse(args, &messages, caller.terminal.out) {
        Ok(cli) => cli,
        Err(error) => return usage::report(&error, &mut caller, &messages, manner),
    };
    manner.color = cli.globals.color.colors(&caller);
    trace::start(caller.var("COMMUNE_LOG").as_deref(), cli.globals.verbose);
    let (mut out, mut err) = (caller.out.clone(), caller.err.clone());
    let mut ctx = match context_of(&cli.globals, caller, lang) {
        Ok(ctx) => ctx,
        Err(failure) => return tell(&failure, &mut err, &messages, manner),
    };
    if ctx.caller.node.is_none()
        && cli.command.goes_through_node()
        && let Some(dir) = ctx.data_dir.clone()
        && let Some(exit) = control::forward(&dir, &all, &mut ctx.caller)
    {
        return exit;
    }
    match cli.command.run(&mut ctx).and_then(|()| finish(&mut out)) {
        Ok(()) => Exit::Ok,
        Err(failure) => tell(&failure, &mut err, &messages, manner),
    }
}

/// Prints a failure where people or scripts look for it.
fn tell(failure: &Failure, err: &mut Stream, messages: &Messages, manner: Manner) -> Exit {
    // Whoever closed our output has what they wanted, as `head` does.
    if failure.exit() != Exit::Ok {
        let text = if manner.json {
            context::one_line(&failure.json(messages))
        } else {
            failure.lines(messages, manner.color)
        };
        // Nobody is left to be told when standard error is closed.
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }
    failure.exit()
}

/// How to speak, as far as it is known before and after the command line is understood.
#[derive(Clone, Copy, Debug)]
struct Manner {
    json: bool,
    color: bool,
}

/// What is still on its way to the output gets there, or the failure is told.
fn finish(out: &mut Stream) -> Result<(), Failure> {
    out.flush().map_err(|cause| context::output_failure(&cause))
}

fn context_of(globals: &Globals, caller: Caller, lang: Lang) -> Result<Context, Failure> {
    let settings = config::Settings::load(globals.config.as_deref(), &caller)?;
    let data_dir = globals
        .data_dir
        .clone()
        .or_else(|| caller.var_path("COMMUNE_DATA_DIR"))
        .or(settings.data_dir)
        .or_else(|| config::default_data_dir(&caller))
        .map(|path| caller.resolve(&path));
    let passphrase_file = globals
        .passphrase_file
        .clone()
        .or_else(|| caller.var_path("COMMUNE_PASSPHRASE_FILE"))
        .or(settings.passphrase_file);
    Ok(Context {
        messages: Messages::new(lang),
        json: globals.json,
        no_input: globals.no_input || caller.var("CI").is_some(),
        yes: globals.yes,
        quiet: globals.quiet,
        color: globals.color.colors(&caller),
        data_dir,
        passphrase_file,
        output_taken: false,
        #[cfg(feature = "simulated-clock")]
        at_time: globals.at_time,
        #[cfg(not(feature = "simulated-clock"))]
        at_time: None,
        caller,
    })
}
