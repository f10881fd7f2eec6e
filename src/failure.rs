//! Why a command did not do what was asked, as people and scripts read it.
//!
//! ```text
//! error: what happened: why                {"error":{"code":"store.locked","exit":6,
//! hint: what to do                                   "message":"…","hint":"…"}}
//! ```
//!
//! A failure has a code such as `store.locked`. The texts belong to the code: `error-store-locked`
//! says what happened and `hint-store-locked` what to do (dots and underscores become hyphens). A
//! test holds that each code written in the sources has both, in every language.

use std::{error::Error, fmt, io, path::Path, process::ExitCode};

use serde_json::json;

use crate::messages::{CYAN, Messages, RED, Value, key};

/// How a command ends, as the calling process sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Failed for a reason that has no number of its own.
    Failed = 1,
    /// The command line is wrong, or an answer was needed and nobody could be asked.
    Usage = 2,
    /// A verification failed or the input is damaged; intact parts were taken.
    Damaged = 3,
    /// What was named does not exist.
    NotFound = 4,
    /// A rule of the network refuses it; the message says which.
    Refused = 5,
    /// The store is busy, locked or damaged.
    Store = 6,
    /// No peer or stick was reached.
    Unreachable = 7,
    /// A medium is full or was removed.
    Medium = 8,
    /// A fork or double spend was seen; the evidence is kept.
    Fork = 9,
    /// Interrupted by the person.
    Interrupted = 130,
}

impl Exit {
    /// The number given to the calling process.
    #[expect(clippy::as_conversions, reason = "the discriminant of a repr(u8) enum")]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl Exit {
    /// Every way to end, in the order of the numbers.
    pub const ALL: [Self; 11] = [
        Self::Ok,
        Self::Failed,
        Self::Usage,
        Self::Damaged,
        Self::NotFound,
        Self::Refused,
        Self::Store,
        Self::Unreachable,
        Self::Medium,
        Self::Fork,
        Self::Interrupted,
    ];

    /// The key of the text that says what it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => key("exit-ok"),
            Self::Failed => key("exit-failed"),
            Self::Usage => key("exit-usage"),
            Self::Damaged => key("exit-damaged"),
            Self::NotFound => key("exit-not-found"),
            Self::Refused => key("exit-refused"),
            Self::Store => key("exit-store"),
            Self::Unreachable => key("exit-unreachable"),
            Self::Medium => key("exit-medium"),
            Self::Fork => key("exit-fork"),
            Self::Interrupted => key("exit-interrupted"),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    code: &'static str,
    exit: Exit,
    args: Vec<(&'static str, Value)>,
    why: Option<Box<Why>>,
}

/// The part after the second colon.
#[derive(Debug)]
enum Why {
    /// A text of ours, by its key.
    Text(&'static str),
    /// Words of a cause.
    Words(Value),
}

impl Failure {
    /// A failure whose texts are `error-CODE` and `hint-CODE`.
    pub const fn new(exit: Exit, code: &'static str) -> Self {
        Self {
            code,
            exit,
            args: Vec::new(),
            why: None,
        }
    }

    /// Fills the place `name` of both texts.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// Says why: the cause and its causes, in their own words.
    #[must_use]
    pub fn because(mut self, cause: &dyn Error) -> Self {
        let mut words = cause.to_string();
        let mut next = cause.source();
        while let Some(cause) = next {
            words.push_str(": ");
            words.push_str(&cause.to_string());
            next = cause.source();
        }
        self.why = Some(Box::new(Why::Words(words.into())));
        self
    }

    /// Says why in words that are already in the language of the person.
    #[must_use]
    pub fn because_words(mut self, words: impl Into<Value>) -> Self {
        self.why = Some(Box::new(Why::Words(words.into())));
        self
    }

    /// A file or folder that could not be read. Code, exit and hint follow the cause.
    pub fn reading(path: &Path, cause: &io::Error) -> Self {
        Self::file(path, cause, "read")
    }

    /// A file or folder that could not be written. Code, exit and hint follow the cause.
    pub fn writing(path: &Path, cause: &io::Error) -> Self {
        Self::file(path, cause, "write")
    }

    fn file(path: &Path, cause: &io::Error, doing: &'static str) -> Self {
        use io::ErrorKind as Kind;
        let failure = match cause.kind() {
            Kind::NotFound => Self::new(Exit::NotFound, "file.not_found"),
            Kind::PermissionDenied => Self::new(Exit::Failed, "file.permission"),
            Kind::ReadOnlyFilesystem => Self::new(Exit::Medium, "file.read_only"),
            Kind::StorageFull | Kind::QuotaExceeded => Self::new(Exit::Medium, "file.medium_full"),
            Kind::AlreadyExists => Self::new(Exit::Failed, "file.exists"),
            Kind::IsADirectory => Self::new(Exit::Failed, "file.is_folder"),
            Kind::NotADirectory => Self::new(Exit::Failed, "file.not_a_folder"),
            Kind::InvalidData => Self::new(Exit::Damaged, "file.not_text"),
            Kind::FileTooLarge => {
                return Self::new(Exit::Damaged, "file.too_large").with("path", path);
            }
            Kind::InvalidInput => {
                return Self::new(Exit::Failed, "file.not_regular").with("path", path);
            }
            _ => Self::new(Exit::Failed, "file.unusable"),
        };
        failure
            .with("path", path)
            .with("doing", doing)
            .because_io(cause)
    }

    /// Says why for a cause from the operating system, in the language of the person where it is a
    /// common one.
    #[must_use]
    pub fn because_io(mut self, cause: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        self.why = Some(Box::new(match cause.kind() {
            Kind::NotFound => Why::Text(key("why-not-found")),
            Kind::PermissionDenied => Why::Text(key("why-permission")),
            Kind::ReadOnlyFilesystem => Why::Text(key("why-read-only")),
            Kind::StorageFull | Kind::QuotaExceeded => Why::Text(key("why-medium-full")),
            Kind::AlreadyExists => Why::Text(key("why-exists")),
            Kind::IsADirectory => Why::Text(key("why-is-folder")),
            Kind::NotADirectory => Why::Text(key("why-not-a-folder")),
            Kind::InvalidData => Why::Text(key("why-not-text")),
            Kind::UnexpectedEof => Why::Text(key("why-cut-short")),
            Kind::ConnectionRefused => Why::Text(key("why-connection-refused")),
            Kind::TimedOut => Why::Text(key("why-timed-out")),
            _ => Why::Words(Value::of(cause)),
        }));
        self
    }

    /// The code, such as `store.locked`.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// How the process is to end.
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// What happened, and why.
    pub fn message(&self, messages: &Messages) -> String {
        let what = messages.text(&self.key("error"), &self.args);
        let why = match self.why.as_deref() {
            None => return what,
            Some(Why::Text(key)) => messages.text(key, &self.args).into(),
            Some(Why::Words(words)) => words.clone(),
        };
        messages.text("error-why", &[("what", what.into()), ("why", why)])
    }

    /// What to do about it.
    pub fn hint(&self, messages: &Messages) -> String {
        messages.text(&self.key("hint"), &self.args)
    }

    /// Two lines for people: `error: …` and `hint: …`, the labels coloured if wanted.
    pub fn lines(&self, messages: &Messages, color: bool) -> String {
        let error = RED.paint(&messages.text("error", &[]), color);
        let hint = CYAN.paint(&messages.text("hint", &[]), color);
        format!(
            "{error} {}\n{hint} {}\n",
            self.message(messages),
            self.hint(messages)
        )
    }

    /// One object for scripts.
    pub fn json(&self, messages: &Messages) -> serde_json::Value {
        json!({"error": {
            "code": self.code,
            "exit": self.exit.number(),
            "message": self.message(messages),
            "hint": self.hint(messages),
        }})
    }

    fn key(&self, kind: &str) -> String {
        format!("{kind}-{}", self.code.replace(['.', '_'], "-"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Lang;

    #[test]
    fn a_failure_reads_as_what_why_and_what_to_do() {
        let full = Failure::writing(Path::new("a\u{1b}b"), &io::ErrorKind::StorageFull.into());
        let en = Messages::new(Lang::En);
        assert_eq!(
            full.lines(&en, false),
            "error: cannot write a\\u{1b}b: no space is left\n\
             hint: free some space and run the command again; nothing saved before is lost\n"
        );
        assert_eq!(full.json(&en)["error"]["code"], "file.medium_full");
        assert_eq!(full.json(&en)["error"]["exit"], 8);
        let fr = Messages::new(Lang::Fr);
        assert_eq!(
            full.message(&fr),
            "impossible d’écrire a\\u{1b}b\u{a0}: il n’y a plus de place"
        );
    }

    #[test]
    fn causes_follow_each_other() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] io::Error);
        let failure = Failure::new(Exit::Failed, "file.unusable")
            .with("path", "x")
            .with("doing", "read")
            .because(&Outer(io::Error::other("inner\u{7}")));
        let text = failure.message(&Messages::new(Lang::En));
        assert_eq!(text, "cannot read x: outer: inner\\u{7}");
    }

    #[test]
    fn the_numbers_are_those_of_the_contract() {
        let numbers = Exit::ALL.map(Exit::number);
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130]);
    }
}
