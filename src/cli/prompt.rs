//! Questions to the person, and the passphrase.
//!
//! Whoever cannot be asked (no terminal, `--no-input`, `CI`) gets exit 2 and a hint that names the
//! flag which answers.

use std::{
    fmt, fs,
    io::{self, BufRead, IsTerminal, Read, Write},
    path::Path,
    sync::OnceLock,
};

use zeroize::Zeroizing;

use super::context::Context;
use crate::failure::{Exit, Failure};

/// A passphrase file longer than this many bytes is a mistake.
const PASSPHRASE_MAX: u64 = 4096;

/// Somebody who can be asked.
pub trait Prompter: fmt::Debug + Send {
    /// Shows `question` and reads a line.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    fn ask(&mut self, question: &str) -> io::Result<String>;

    /// As [`ask`](Self::ask), without showing what is typed.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    fn secret(&mut self, question: &str) -> io::Result<Zeroizing<String>>;
}

/// The person at the terminal of this process.
#[derive(Debug)]
struct AtTerminal;

impl Prompter for AtTerminal {
    fn ask(&mut self, question: &str) -> io::Result<String> {
        let mut err = io::stderr();
        write!(err, "{question} ")?;
        err.flush()?;
        let mut line = String::new();
        io::BufReader::new(fs::File::open("/dev/tty")?)
            .take(PASSPHRASE_MAX)
            .read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn secret(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
        rpassword::prompt_password(format!("{question} ")).map(Zeroizing::new)
    }
}

impl Context {
    /// Asks a question of yes or no; `-y` answers it with yes.
    ///
    /// # Errors
    /// Usage when nobody can be asked. A no is not an error here; see [`confirm`](Self::confirm).
    pub fn agrees(&mut self, question: &str) -> Result<bool, Failure> {
        if self.yes {
            return Ok(true);
        }
        self.agrees_in_person(question, "--yes")
    }

    /// Asks a question of yes or no that `-y` does not answer; `flag` is what does.
    ///
    /// # Errors
    /// Usage when nobody can be asked. A no is not an error here.
    pub fn agrees_in_person(
        &mut self,
        question: &str,
        flag: &'static str,
    ) -> Result<bool, Failure> {
        let prompt = self.text("ask-yes-no", &[("question", question.into())]);
        let yes = self.text("ask-yes", &[]);
        let answer = self.prompter("answer.needed", flag)?.ask(&prompt);
        let answer = answer.map_err(|cause| unreadable(&cause))?.to_lowercase();
        Ok(yes.split_whitespace().any(|word| word == answer))
    }

    /// Asks a question of yes or no and goes on only with a yes.
    ///
    /// # Errors
    /// Usage when nobody can be asked; failed when the answer is no.
    pub fn confirm(&mut self, question: &str) -> Result<(), Failure> {
        if self.agrees(question)? {
            Ok(())
        } else {
            Err(Failure::new(Exit::Failed, "answer.no"))
        }
    }

    /// Asks for a line of text; `flag` is what answers it without asking, as `--name`.
    ///
    /// # Errors
    /// Usage when nobody can be asked.
    pub fn ask(&mut self, question: &str, flag: &'static str) -> Result<String, Failure> {
        let question = crate::messages::printable_lines(question).into_owned();
        self.prompter("answer.needed", flag)?
            .ask(&question)
            .map_err(|cause| unreadable(&cause))
    }

    /// Asks for something secret, such as words or a piece of a key; `flag` answers without asking.
    ///
    /// # Errors
    /// Usage when nobody can be asked.
    pub fn secret(
        &mut self,
        question: &str,
        flag: &'static str,
    ) -> Result<Zeroizing<String>, Failure> {
        let question = crate::messages::printable_lines(question).into_owned();
        self.prompter("answer.needed", flag)?
            .secret(&question)
            .map_err(|cause| unreadable(&cause))
    }

    /// The passphrase that opens this folder: from `--passphrase-file`, else asked for.
    ///
    /// # Errors
    /// Usage when there is no file and nobody can be asked; or the file cannot be read.
    pub fn passphrase(&mut self) -> Result<Zeroizing<String>, Failure> {
        if let Some(path) = self.passphrase_file.clone() {
            return self.read_passphrase(&path);
        }
        let question = self.text("ask-passphrase", &[]);
        self.secret(&question, "--passphrase-file")
    }

    /// A passphrase to set: from `--passphrase-file`, else asked for twice.
    ///
    /// # Errors
    /// Usage when there is no file and nobody can be asked, when the two answers differ or are
    /// empty; or the file cannot be read.
    pub fn new_passphrase(&mut self) -> Result<Zeroizing<String>, Failure> {
        if let Some(path) = self.passphrase_file.clone() {
            return self.read_passphrase(&path);
        }
        let question = self.text("ask-new-passphrase", &[]);
        let first = self.secret(&question, "--passphrase-file")?;
        if first.is_empty() {
            return Err(Failure::new(Exit::Usage, "passphrase.empty"));
        }
        let question = self.text("ask-passphrase-again", &[]);
        if *self.secret(&question, "--passphrase-file")? != *first {
            return Err(Failure::new(Exit::Usage, "passphrase.differs"));
        }
        Ok(first)
    }

    /// The first line of `path`, or of the input if it is `-`.
    fn read_passphrase(&mut self, path: &Path) -> Result<Zeroizing<String>, Failure> {
        let mut text = Zeroizing::new(String::new());
        let limit = PASSPHRASE_MAX.saturating_add(1);
        let read = if path == Path::new("-") {
            self.input().take(limit).read_line(&mut text)
        } else {
            fs::File::open(self.resolve(path))
                .and_then(|file| io::BufReader::new(file.take(limit)).read_line(&mut text))
        };
        let len = read.map_err(|cause| Failure::reading(path, &cause))?;
        if u64::try_from(len).is_ok_and(|len| len > PASSPHRASE_MAX) {
            return Err(Failure::new(Exit::Usage, "passphrase.too_long")
                .with("path", path)
                .with("limit", PASSPHRASE_MAX));
        }
        let line = Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned());
        if line.is_empty() {
            return Err(Failure::new(Exit::Usage, "passphrase.empty"));
        }
        Ok(line)
    }

    fn prompter(
        &mut self,
        code: &'static str,
        flag: &'static str,
    ) -> Result<&mut dyn Prompter, Failure> {
        match self.caller.prompter.as_deref_mut() {
            Some(prompter) if !self.no_input => Ok(prompter),
            _ => Err(Failure::new(Exit::Usage, code).with("flag", flag)),
        }
    }
}

fn unreadable(cause: &io::Error) -> Failure {
    Failure::new(Exit::Usage, "answer.unreadable").because_io(cause)
}

/// The person at the terminal, if this process has one to read from.
pub(super) fn at_terminal() -> Option<Box<dyn Prompter>> {
    let tty = fs::File::open("/dev/tty").ok()?;
    if !io::stdin().is_terminal() && !io::stderr().is_terminal() {
        return None;
    }
    if let Ok(state) = rustix::termios::tcgetattr(&tty) {
        // A second call keeps the first state, which is the one to go back to.
        let _ = BEFORE.set(state);
    }
    Some(Box::new(AtTerminal))
}

/// The terminal as it was found, to be put back when a hidden answer is interrupted.
static BEFORE: OnceLock<rustix::termios::Termios> = OnceLock::new();

/// Shows again what is typed, in case an interruption came between.
pub(super) fn restore_terminal() {
    if let (Some(state), Ok(tty)) = (BEFORE.get(), fs::File::open("/dev/tty")) {
        let _ = rustix::termios::tcsetattr(tty, rustix::termios::OptionalActions::Now, state);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::context::tests::{Page, script},
        *,
    };
    use crate::messages::{Lang, Messages};

    /// A person who answers in turn; the questions asked are on the page.
    #[derive(Debug)]
    struct Person(Vec<&'static str>, Page);

    impl Prompter for Person {
        fn ask(&mut self, question: &str) -> io::Result<String> {
            writeln!(self.1, "{question}")?;
            Ok(self.0.remove(0).to_owned())
        }

        fn secret(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
            self.ask(question).map(Zeroizing::new)
        }
    }

    fn person(answers: &[&'static str]) -> (Context, Page) {
        let (mut ctx, ..) = script("");
        let page = Page::default();
        ctx.caller.prompter = Some(Box::new(Person(answers.to_vec(), page.clone())));
        (ctx, page)
    }

    #[test]
    fn a_question_is_answered_in_the_language_of_the_person() {
        let (mut ctx, page) = person(&["y", "YES", "", "o"]);
        assert!(ctx.agrees("Go on?").unwrap());
        assert!(ctx.agrees("Go on?").unwrap());
        assert!(!ctx.agrees("Go on?").unwrap());
        assert_eq!(ctx.confirm("Go on?").unwrap_err().code(), "answer.no");
        assert!(page.text().starts_with("Go on? [y/N]\n"));

        let (mut ctx, _) = person(&["Oui", "yes"]);
        ctx.messages = Messages::new(Lang::Fr);
        assert!(ctx.agrees("On continue ?").unwrap());
        assert!(!ctx.agrees("On continue ?").unwrap());
    }

    #[test]
    fn who_cannot_be_asked_is_told_the_flag_that_answers() {
        let (mut ctx, ..) = script("");
        let failure = ctx.confirm("Go on?").unwrap_err();
        assert_eq!(
            (failure.code(), failure.exit()),
            ("answer.needed", Exit::Usage)
        );
        assert!(failure.hint(&ctx.messages).contains("--yes"));
        let failure = ctx.passphrase().unwrap_err();
        assert!(failure.hint(&ctx.messages).contains("--passphrase-file"));
        ctx.yes = true;
        ctx.confirm("Go on?").unwrap();

        let (mut ctx, page) = person(&[]);
        ctx.no_input = true;
        assert_eq!(
            ctx.ask("Name?", "--name").unwrap_err().code(),
            "answer.needed"
        );
        assert_eq!(page.text(), "");
    }

    #[test]
    fn a_new_passphrase_is_typed_twice() {
        let (mut ctx, _) = person(&["two words", "two words", "one", "other", ""]);
        assert_eq!(*ctx.new_passphrase().unwrap(), "two words");
        assert_eq!(
            ctx.new_passphrase().unwrap_err().code(),
            "passphrase.differs"
        );
        assert_eq!(ctx.new_passphrase().unwrap_err().code(), "passphrase.empty");
    }

    #[test]
    fn a_passphrase_file_gives_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("phrase");
        let read = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            let (mut ctx, ..) = script("");
            ctx.passphrase_file = Some(path.clone());
            ctx.passphrase()
                .map(|phrase| phrase.to_string())
                .map_err(|failure| failure.code())
        };
        assert_eq!(read("é à\r\nrest".as_bytes()), Ok("é à".to_owned()));
        assert_eq!(read(b" spaces stay \n"), Ok(" spaces stay ".to_owned()));
        assert_eq!(read(b""), Err("passphrase.empty"));
        assert_eq!(read(b"\nsecond"), Err("passphrase.empty"));
        assert_eq!(read(&[b'x'; 5_000]), Err("passphrase.too_long"));
        assert_eq!(read(&[0xff, b'\n']), Err("file.not_text"));

        let (mut ctx, ..) = script("from the input\n");
        ctx.passphrase_file = Some("-".into());
        assert_eq!(*ctx.passphrase().unwrap(), "from the input");
    }

    #[test]
    fn yes_to_everything_does_not_answer_for_what_only_a_person_sees() {
        let (mut ctx, _) = person(&["no"]);
        ctx.yes = true;
        assert!(ctx.agrees("Sure?").unwrap());
        assert!(!ctx.agrees_in_person("The same words?", "--words").unwrap());
        ctx.no_input = true;
        let nobody = ctx.agrees_in_person("The same words?", "--words");
        assert_eq!(nobody.unwrap_err().exit(), Exit::Usage);
    }
}
