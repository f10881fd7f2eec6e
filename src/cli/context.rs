//! What a command has in its hands: the caller's streams and wishes, and nothing global.
//!
//! A command never prints, asks or exits by itself. It goes through its [`Context`], so that it runs
//! the same for a person at a terminal, for a script, and inside a node on behalf of either.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use commune_crdt::time::ClaimedMinutes;

use super::{interrupt::Interrupt, progress::Progress, prompt::Prompter, value::Moment};
use crate::{
    clock,
    failure::{Exit, Failure},
    messages::{Lang, Messages, Value, YELLOW, is_hidden, printable_lines},
    node::Node,
};

/// The name of the shape of everything that `--json` prints.
pub const SCHEMA: &str = "commune/1";

/// Who calls a command, and from where: streams, working folder, variables, terminal.
#[derive(Debug)]
pub struct Caller {
    /// Results.
    pub out: Stream,
    /// Messages and progress.
    pub err: Stream,
    /// What `-` reads.
    pub input: Input,
    /// Environment variables of the caller.
    pub env: BTreeMap<OsString, OsString>,
    /// The folder that relative paths start from.
    pub cwd: PathBuf,
    /// Which streams are terminals.
    pub terminal: Terminal,
    /// Who can be asked; none if nobody can.
    pub prompter: Option<Box<dyn Prompter>>,
    /// Whether the caller has had enough.
    pub interrupt: Interrupt,
    /// The node on whose device the command works; none for a process of its own.
    pub node: Option<Arc<Node>>,
}

impl Caller {
    /// An environment variable, unless it is unset, empty or not UTF-8.
    pub fn var(&self, name: &str) -> Option<String> {
        self.env
            .get(OsStr::new(name))?
            .to_str()
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    }

    /// An environment variable that names a path, unless it is unset or empty.
    pub fn var_path(&self, name: &str) -> Option<PathBuf> {
        self.env
            .get(OsStr::new(name))
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    /// `path` as seen from the folder of the caller.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.cwd.join(path)
    }
}

/// Which streams of the caller are terminals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal {
    /// Standard output is one.
    pub out: bool,
    /// Standard error is one, and it is this process that draws on it.
    pub err: bool,
}

/// The input of a command, read through [`Context::input`].
pub struct Input(pub Box<dyn BufRead + Send>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Input")
    }
}

/// A stream that several hands may write to: the command, its progress, its threads.
#[derive(Clone)]
pub struct Stream(Arc<Mutex<Box<dyn Write + Send>>>);

impl Stream {
    /// A stream into `writer`.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Box::new(writer))))
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .flush()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

/// What a command has in its hands.
#[derive(Debug)]
pub struct Context {
    /// The caller's side.
    pub caller: Caller,
    /// The texts, in the language of the person.
    pub messages: Messages,
    /// Print one object for scripts instead of text for people.
    pub json: bool,
    /// Never ask.
    pub no_input: bool,
    /// Every question of yes or no is answered with yes.
    pub yes: bool,
    /// No progress and no remarks.
    pub quiet: bool,
    /// Colours are welcome on standard error.
    pub color: bool,
    /// The data folder, absolute, if anything names one.
    pub(super) data_dir: Option<PathBuf>,
    /// The file that holds the passphrase; `-` is the input.
    pub passphrase_file: Option<PathBuf>,
    /// The time of this command, where its clock is simulated.
    pub at_time: Option<Moment>,
    /// Standard output carries a file, so that the result goes elsewhere.
    pub(super) output_taken: bool,
}

impl Context {
    /// The language of the person.
    pub const fn lang(&self) -> Lang {
        self.messages.lang()
    }

    /// The text named `key`; see [`Messages::text`].
    pub fn text(&self, key: &str, args: &[(&str, Value)]) -> String {
        self.messages.text(key, args)
    }

    /// `path` as seen from the folder of the caller.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.caller.resolve(path)
    }

    /// The data folder, absolute.
    ///
    /// # Errors
    /// Usage when nothing names one and there is no home.
    pub fn data_dir(&self) -> Result<&Path, Failure> {
        self.data_dir
            .as_deref()
            .ok_or(Failure::new(Exit::Usage, "data_dir.unknown"))
    }

    /// Prints the result: with `--json` the object, marked with its schema, else the text.
    ///
    /// Call it once a command, after everything is done and saved.
    ///
    /// # Errors
    /// When the stream is closed or full.
    pub fn emit(&mut self, object: serde_json::Value, text: &str) -> Result<(), Failure> {
        if !self.json {
            if self.output_taken {
                self.note(text);
                return Ok(());
            }
            return self.print(text);
        }
        let mut marked = serde_json::Map::new();
        marked.insert("schema".to_owned(), SCHEMA.into());
        match object {
            serde_json::Value::Object(fields) => marked.extend(fields),
            other => {
                marked.insert("value".to_owned(), other);
            }
        }
        let line = one_line(&serde_json::Value::Object(marked));
        if self.output_taken {
            self.tell(line.trim_end());
            return Ok(());
        }
        self.write(line.as_bytes())
    }

    /// Prints `text` as it is meant for people, with a line end, made printable.
    ///
    /// # Errors
    /// When the stream is closed or full.
    pub fn print(&mut self, text: &str) -> Result<(), Failure> {
        let text = printable_lines(text.trim_end_matches('\n'));
        if text.is_empty() {
            return Ok(());
        }
        self.write(format!("{text}\n").as_bytes())
    }

    /// Writes bytes that are not text. A terminal gets none.
    ///
    /// # Errors
    /// Usage when standard output is a terminal; else when the stream is closed or full.
    pub fn write_binary(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.refuse_terminal()?;
        self.write(bytes)
    }

    /// Refuses to go on if standard output is a terminal, for commands about to write bytes there.
    ///
    /// # Errors
    /// Usage when standard output is a terminal.
    pub const fn refuse_terminal(&self) -> Result<(), Failure> {
        if self.caller.terminal.out {
            return Err(Failure::new(Exit::Usage, "output.binary_on_terminal"));
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let out = &mut self.caller.out;
        out.write_all(bytes)
            .and_then(|()| out.flush())
            .map_err(|cause| output_failure(&cause))
    }

    /// Tells the person something beside the result, on standard error. Silent with `-q`.
    pub fn note(&mut self, text: &str) {
        if !self.quiet {
            self.tell(text);
        }
    }

    /// Warns the person on standard error, also with `-q`.
    pub fn warn(&mut self, text: &str) {
        let label = self.text("warning", &[]);
        let text = printable_lines(text);
        // Nobody is left to be told when standard error is closed.
        let _ = writeln!(
            self.caller.err,
            "{} {text}",
            YELLOW.paint(&label, self.color)
        );
    }

    /// Tells the person what they cannot go on without, on standard error, also with `-q`.
    pub(super) fn tell(&mut self, text: &str) {
        // Nobody is left to be told when standard error is closed.
        let _ = writeln!(self.caller.err, "{}", printable_lines(text));
    }

    /// The minute that this command claims for what it writes.
    pub fn claimed_now(&self) -> ClaimedMinutes {
        let simulated = |it: Moment| ClaimedMinutes::from_unix_seconds(it.unix_seconds);
        self.at_time.map_or_else(clock::claimed_now, simulated)
    }

    /// What `-` reads.
    pub fn input(&mut self) -> &mut dyn BufRead {
        &mut self.caller.input.0
    }

    /// A bar or lines that show how far a long work is; `total` of 0 when nobody knows.
    pub fn progress(&self, label: &str, total: u64, unit: super::progress::Unit) -> Progress {
        if self.quiet {
            Progress::silent()
        } else if self.caller.terminal.err {
            Progress::bar(label, total, unit)
        } else {
            Progress::lines(self.caller.err.clone(), label, total, unit)
        }
    }

    /// Ends a long work when the person interrupted it. Call it between steps that are each whole.
    ///
    /// # Errors
    /// Interrupted when so.
    pub fn check_interrupt(&self) -> Result<(), Failure> {
        if self.caller.interrupt.requested() {
            return Err(Failure::new(Exit::Interrupted, "run.interrupted"));
        }
        Ok(())
    }
}

/// An object on one line, with what could steer a terminal written as `\u….`.
pub(super) fn one_line(object: &serde_json::Value) -> String {
    let mut line = String::new();
    for c in object.to_string().chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line
}

pub(super) fn output_failure(cause: &io::Error) -> Failure {
    match cause.kind() {
        io::ErrorKind::BrokenPipe => Failure::new(Exit::Ok, "output.closed"),
        io::ErrorKind::StorageFull => Failure::new(Exit::Medium, "output.full").because_io(cause),
        _ => Failure::new(Exit::Failed, "output.unusable").because_io(cause),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// What was written to a stream.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Page(Arc<Mutex<Vec<u8>>>);

    impl Page {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A script that calls from `/tmp` with `input`; its output and its messages.
    pub(crate) fn script(input: &'static str) -> (Context, Page, Page) {
        let (out, err) = (Page::default(), Page::default());
        let caller = Caller {
            out: Stream::new(out.clone()),
            err: Stream::new(err.clone()),
            input: Input(Box::new(input.as_bytes())),
            env: BTreeMap::new(),
            cwd: "/tmp".into(),
            terminal: Terminal::default(),
            prompter: None,
            interrupt: Interrupt::new(),
            node: None,
        };
        let context = Context {
            caller,
            messages: Messages::new(Lang::En),
            json: false,
            no_input: false,
            yes: false,
            quiet: false,
            color: false,
            data_dir: None,
            passphrase_file: None,
            output_taken: false,
            at_time: None,
        };
        (context, out, err)
    }

    #[test]
    fn a_result_is_text_for_people_and_one_marked_object_for_scripts() {
        let (mut ctx, out, _) = script("");
        ctx.emit(json!({"name": "x"}), "two\nlines\n").unwrap();
        assert_eq!(out.text(), "two\nlines\n");

        let (mut ctx, out, _) = script("");
        ctx.json = true;
        ctx.emit(json!({"name": "x", "entries": 3}), "two\nlines\n")
            .unwrap();
        assert_eq!(
            out.text(),
            "{\"schema\":\"commune/1\",\"name\":\"x\",\"entries\":3}\n"
        );
    }

    #[test]
    fn names_of_strangers_are_escaped_in_text_and_objects() {
        let hostile = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\u{e0041}\r";
        for as_json in [false, true] {
            let (mut ctx, out, err) = script("");
            ctx.json = as_json;
            ctx.emit(json!({"name": hostile}), hostile).unwrap();
            ctx.note(hostile);
            ctx.warn(hostile);
            for text in [out.text(), err.text()] {
                assert!(!text.chars().any(is_hidden), "{text:?}");
            }
            if as_json {
                let object: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
                assert_eq!(object["name"], hostile);
            }
        }
    }

    #[test]
    fn bytes_do_not_reach_a_terminal() {
        let (mut ctx, out, _) = script("");
        ctx.write_binary(&[0, 255]).unwrap();
        ctx.caller.terminal.out = true;
        let failure = ctx.write_binary(&[7]).unwrap_err();
        assert_eq!(
            (failure.code(), failure.exit()),
            ("output.binary_on_terminal", Exit::Usage)
        );
        assert_eq!(out.0.lock().unwrap().as_slice(), &[0, 255]);
    }

    #[test]
    fn a_reader_that_left_ends_a_command_quietly() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (mut ctx, ..) = script("");
        ctx.caller.out = Stream::new(Gone);
        assert_eq!(ctx.print("text").unwrap_err().exit(), Exit::Ok);
        ctx.caller.err = Stream::new(Gone);
        ctx.warn("nobody hears");
    }

    #[test]
    fn an_interruption_is_seen_between_steps() {
        let (ctx, ..) = script("");
        let interrupt = ctx.caller.interrupt.clone();
        ctx.check_interrupt().unwrap();
        let guard = interrupt.guard();
        assert!(interrupt.guarded());
        drop(guard);
        assert!(!interrupt.guarded());
        interrupt.raise();
        assert_eq!(ctx.check_interrupt().unwrap_err().exit(), Exit::Interrupted);
    }
}
