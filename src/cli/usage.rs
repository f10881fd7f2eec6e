//! What clap says about a command line, in our form and the language of the person.

use std::error::Error;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Caller, Manner, help, tell, value::ValueError};
use crate::{
    failure::{Exit, Failure},
    messages::{Messages, Value},
};

/// Prints the help, the version or the mistake that parsing ended with.
pub(super) fn report(
    error: &clap::Error,
    caller: &mut Caller,
    messages: &Messages,
    manner: Manner,
) -> Exit {
    use std::io::Write;
    let text = match error.kind() {
        ErrorKind::DisplayHelp => help::with_headings(
            &error.render().to_string(),
            messages,
            manner.color && caller.terminal.out,
        ),
        // A group of commands without one of them: show them, and let scripts see that it failed.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !manner.json => {
            let text = help::with_headings(&error.render().to_string(), messages, manner.color);
            // Nobody is left to be told when standard error is closed.
            let _ = caller.err.write_all(text.as_bytes());
            return Exit::Usage;
        }
        ErrorKind::DisplayVersion => error.render().to_string(),
        _ => return tell(&failure(error, messages), &mut caller.err, messages, manner),
    };
    match caller
        .out
        .write_all(text.as_bytes())
        .and_then(|()| caller.out.flush())
    {
        Ok(()) => Exit::Ok,
        Err(cause) => tell(
            &super::context::output_failure(&cause),
            &mut caller.err,
            messages,
            manner,
        ),
    }
}

/// The mistake as a failure of ours.
fn failure(error: &clap::Error, messages: &Messages) -> Failure {
    let usage = |code| Failure::new(Exit::Usage, code);
    let arg = || of(error, ContextKind::InvalidArg);
    let value = || of(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidSubcommand => usage("usage.unknown_command")
            .with("command", of(error, ContextKind::InvalidSubcommand))
            .with(
                "suggestion",
                suggested(error, ContextKind::SuggestedSubcommand),
            ),
        ErrorKind::UnknownArgument => usage("usage.unknown_argument")
            .with("argument", arg())
            .with("suggestion", suggested(error, ContextKind::SuggestedArg)),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            usage("usage.missing_command")
        }
        ErrorKind::MissingRequiredArgument => {
            usage("usage.missing_argument").with("argument", arg())
        }
        ErrorKind::ArgumentConflict => usage("usage.conflict")
            .with("argument", arg())
            .with("other", of(error, ContextKind::PriorArg)),
        ErrorKind::InvalidValue if value().is_empty() => {
            usage("usage.missing_value").with("argument", arg())
        }
        ErrorKind::InvalidValue => usage("usage.invalid_choice")
            .with("value", value())
            .with("argument", arg())
            .with("valid", of(error, ContextKind::ValidValue)),
        ErrorKind::TooManyValues
        | ErrorKind::TooFewValues
        | ErrorKind::WrongNumberOfValues
        | ErrorKind::NoEquals => usage("usage.wrong_number").with("argument", arg()),
        ErrorKind::InvalidUtf8 => usage("usage.not_text"),
        _ => {
            let failure = usage("usage.invalid_value")
                .with("value", value())
                .with("argument", arg());
            match error.source() {
                Some(cause) => failure.because_words(reason(cause, messages)),
                None => failure,
            }
        }
    }
}

/// Why a value was refused: in our words if it is one of our parsers that refused it.
fn reason(cause: &(dyn Error + 'static), messages: &Messages) -> Value {
    let number = cause
        .is::<std::num::ParseIntError>()
        .then_some(&ValueError::Number);
    match cause.downcast_ref::<ValueError>().or(number) {
        Some(error) => messages.text(error.key(), &[]).into(),
        None => Value::of(cause),
    }
}

fn of(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The nearest thing that exists, or the variant `none` of the text.
fn suggested(error: &clap::Error, kind: ContextKind) -> String {
    let text = of(error, kind);
    if text.is_empty() {
        "none".to_owned()
    } else {
        text
    }
}
