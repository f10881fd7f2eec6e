//! What the program says, in English and French.
//!
//! The texts are Fluent files (`messages/en.ftl` and `messages/en/NOUN.ftl`, the same for `fr`)
//! built into the program. Code
//! names a text by its key and hands over what fills the places:
//!
//! ```
//! use commune::messages::{Lang, Messages};
//! let messages = Messages::new(Lang::Fr);
//! let text = messages.text("error-file-unusable", &[("path", "a\tb".into()), ("doing", "read".into())]);
//! assert_eq!(text, "impossible de lire a\\tb");
//! ```
//!
//! Whatever fills a place is made printable first ([`printable`]), so that no name, path or comment
//! of a stranger reaches the terminal with its control characters.

use std::{borrow::Cow, fmt};

use fluent_bundle::{
    FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle, types::FluentNumber,
};
use unic_langid::LanguageIdentifier;

/// Names the files of each language: the shared one, and one a noun.
macro_rules! files {
    ($($noun:literal)*) => {
        const EN: &[&str] = &[
            include_str!("messages/en.ftl"),
            $(include_str!(concat!("messages/en/", $noun, ".ftl"))),*
        ];
        const FR: &[&str] = &[
            include_str!("messages/fr.ftl"),
            $(include_str!(concat!("messages/fr/", $noun, ".ftl"))),*
        ];
    };
}

// One noun a line, in alphabetical order.
files! {
    "backup"
    "bundle"
    "carry"
    "checkpoint"
    "device"
    "doctor"
    "found"
    "identity"
    "import"
    "init"
    "join"
    "man"
    "meetup"
    "member"
    "money"
    "node"
    "reference"
    "rule"
    "status"
    "storage"
    "table"
    "trust"
    "trustee"
    "vote"
    "vouch"
    "wipe"
}

/// A language that the program speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl Lang {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::En, Self::Fr];

    /// The language of a locale name such as `fr`, `fr_FR.UTF-8` or `en-GB`.
    pub fn of_locale(name: &str) -> Option<Self> {
        match name.split(['_', '-', '.', '@']).next()? {
            "en" | "EN" | "C" | "POSIX" => Some(Self::En),
            "fr" | "FR" => Some(Self::Fr),
            _ => None,
        }
    }

    /// Chooses by `--lang` among `args`, then `COMMUNE_LANG`, `LC_ALL`, `LC_MESSAGES` and `LANG`.
    ///
    /// A variable that is unset or empty is passed over, the first other one decides, and a
    /// language that is not spoken here gives English.
    pub fn choose<'a>(
        args: impl IntoIterator<Item = &'a str>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let mut args = args.into_iter().take_while(|arg| *arg != "--");
        while let Some(arg) = args.next() {
            let value = match arg.strip_prefix("--lang") {
                Some("") => args.next(),
                Some(rest) => rest.strip_prefix('='),
                None => None,
            };
            if let Some(lang) = value.and_then(Self::of_locale) {
                return lang;
            }
        }
        ["COMMUNE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| env(name).filter(|value| !value.is_empty()))
            .and_then(|value| Self::of_locale(&value))
            .unwrap_or_default()
    }

    /// The short name: `en` or `fr`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }

    /// The files of this language, the shared one first.
    const fn sources(self) -> &'static [&'static str] {
        match self {
            Self::En => EN,
            Self::Fr => FR,
        }
    }

    fn id(self) -> LanguageIdentifier {
        // The names above are well formed; if not, plural rules would be those of the root language.
        self.code().parse().unwrap_or_default()
    }
}

/// All texts of one language.
pub struct Messages {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Messages {
    /// The texts of `lang`.
    pub fn new(lang: Lang) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![lang.id()]);
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match lang {
            Lang::En => |value, _| grouped(value, ','),
            Lang::Fr => |value, _| grouped(value, '\u{202f}'),
        }));
        for source in lang.sources() {
            // A file with a mistake still gives its other texts; a test refuses such files.
            let resource = FluentResource::try_new((*source).to_owned())
                .unwrap_or_else(|(resource, _errors)| resource);
            bundle.add_resource_overriding(resource);
        }
        Self { lang, bundle }
    }

    /// The language of these texts.
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// The text named `key`, its places filled from `args`.
    ///
    /// A test holds that every key written in the sources exists, so a missing one shows as itself.
    pub fn text(&self, key: &str, args: &[(&str, Value)]) -> String {
        self.find(key, args).unwrap_or_else(|| key.to_owned())
    }

    /// As [`text`](Self::text), but tells when there is none. `key.long` names the attribute `long`.
    pub fn find(&self, key: &str, args: &[(&str, Value)]) -> Option<String> {
        let (key, attribute) = match key.split_once('.') {
            Some((key, attribute)) => (key, Some(attribute)),
            None => (key, None),
        };
        let message = self.bundle.get_message(key)?;
        let pattern = match attribute {
            Some(attribute) => message.get_attribute(attribute)?.value(),
            None => message.value()?,
        };
        let args: FluentArgs<'_> = args
            .iter()
            .map(|(name, value)| (*name, value.0.clone()))
            .collect();
        let mut errors = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, Some(&args), &mut errors);
        debug_assert!(
            errors.is_empty(),
            "the text {key} misses an argument: {errors:?}"
        );
        Some(text.into_owned())
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages")
            .field("lang", &self.lang)
            .finish_non_exhaustive()
    }
}

/// Marks a literal as the key of a text where it is not handed to [`Messages::text`] at once, so
/// that the test of the keys finds it.
pub const fn key(name: &'static str) -> &'static str {
    name
}

/// What fills a place in a text: words, made printable, or a number, grouped as the language does.
#[derive(Clone, Debug, PartialEq)]
pub struct Value(FluentValue<'static>);

impl Value {
    /// Whatever displays, as words.
    pub fn of(value: impl fmt::Display) -> Self {
        Self::from(value.to_string())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(FluentValue::String(Cow::Owned(
            printable(text).into_owned(),
        )))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&std::path::Path> for Value {
    fn from(path: &std::path::Path) -> Self {
        Self::of(path.display())
    }
}

impl From<&std::path::PathBuf> for Value {
    fn from(path: &std::path::PathBuf) -> Self {
        Self::of(path.display())
    }
}

macro_rules! value_from_number {
    ($($number:ty)*) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self(FluentValue::Number(FluentNumber::from(number)))
            }
        }
    )*};
}

value_from_number!(u8 u16 u32 u64 usize i32 i64);

/// A number from 10,000 on with its thousands set apart; others as they are, since years and short
/// counts read better whole.
fn grouped(value: &FluentValue<'_>, separator: char) -> Option<String> {
    let FluentValue::Number(number) = value else {
        return None;
    };
    let plain = number.as_string();
    let digits = plain.strip_prefix('-').unwrap_or(&plain);
    if digits.len() < 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(plain.into_owned());
    }
    let mut text = String::from(if plain.starts_with('-') { "-" } else { "" });
    for (place, digit) in (0..digits.len()).rev().zip(digits.chars()) {
        text.push(digit);
        if place > 0 && place.is_multiple_of(3) {
            text.push(separator);
        }
    }
    Some(text)
}

/// `text` with everything escaped that could steer a terminal or hide what is written: control
/// characters (line ends among them), marks that turn the direction of writing, line separators.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_hidden(c) || c == '\n' || c == '\t')
}

/// As [`printable`], but line ends and tabs pass: for a whole answer of several lines.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

/// Whether `c` has no business in a terminal. Line ends and tabs are left to the caller.
pub fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A way to make a word stand out on a terminal. It never carries meaning that the word lacks.
#[derive(Clone, Copy, Debug)]
pub struct Ink(&'static str);

/// For what went wrong.
pub const RED: Ink = Ink("1;31");
/// For what deserves care.
pub const YELLOW: Ink = Ink("1;33");
/// For what helps.
pub const CYAN: Ink = Ink("1;36");
/// For headings.
pub const BOLD: Ink = Ink("1");

impl Ink {
    /// `text` in this ink if `color` is wanted.
    pub fn paint(self, text: &str, color: bool) -> String {
        if color {
            format!("\u{1b}[{}m{text}\u{1b}[0m", self.0)
        } else {
            text.to_owned()
        }
    }
}

fn escaped(text: &str, hide: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hide) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if hide(c) => clean.push_str("\\n"),
            '\t' if hide(c) => clean.push_str("\\t"),
            c if hide(c) => clean.extend(c.escape_unicode()),
            c => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests;
