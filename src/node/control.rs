//! The control socket: commands of other processes, run on the device of the node.
//!
//! A command sends its arguments and where it was called; the node runs it as if it had opened the
//! data folder itself and sends back what it prints. Messages both ways: type 1, length u32, bytes.
//!
//! | type | from | body |
//! |---|---|---|
//! | `R` | command | JSON: `args`, `cwd`, `env`, `terminal`, `asks` |
//! | `I` | command | input; empty at its end |
//! | `O` `E` | node | output, errors |
//! | `Q` `S` | node | a question for the person, one whose answer is not shown; only with `asks` |
//! | `A` | command | the answer |
//! | `X` | node | exit code, 1 byte |
//!
//! A command that is interrupted hangs up, and the node ends what it did for it.
//!
//! The socket lies in the data folder, which only its owner may enter.

use std::{
    ffi::OsString,
    fs,
    io::{self, BufReader, Read, Write},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Node;
use crate::{
    cli::{Caller, Input, Interrupt, Prompter, Stream, Terminal},
    failure::Exit,
};

/// Name of the socket in the data folder.
pub const SOCKET: &str = "node.sock";

/// Longest message: a request with a large environment, or a piece of input.
const MAX_MESSAGE_LEN: usize = 1_024 * 1_024;

/// Commands at work at once.
const MAX_COMMANDS: usize = 16;

/// Environment variables that a command may look at.
const ENV: [&str; 8] = [
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_MESSAGES",
    "COMMUNE_LANG",
    "COMMUNE_PASSPHRASE_FILE",
    "NO_COLOR",
    "CI",
];

/// A socket in use. Dropping it removes the socket.
#[derive(Debug)]
pub struct Control {
    path: PathBuf,
}

impl Control {
    /// Opens the socket in `dir` and runs commands on `node`.
    ///
    /// # Errors
    ///
    /// If the socket cannot be made.
    pub fn open(dir: &Path, node: &Arc<Node>) -> io::Result<Self> {
        let path = dir.join(SOCKET);
        match fs::remove_file(&path) {
            // A node that was killed left it; the lock of the folder says that it is gone.
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let listener = short(&path, |it| UnixListener::bind(it))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let node = Arc::downgrade(node);
        thread::spawn(move || {
            let busy = Arc::new(());
            for stream in listener.incoming() {
                let (Ok(stream), Some(node)) = (stream, node.upgrade()) else {
                    return;
                };
                if Arc::strong_count(&busy) > MAX_COMMANDS {
                    continue;
                }
                let place = Arc::clone(&busy);
                thread::spawn(move || {
                    // A command that went away hears nothing more.
                    let _ = serve(stream, node);
                    drop(place);
                });
            }
        });
        Ok(Self { path })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // A socket that stays is removed by the next node.
        let _ = fs::remove_file(&self.path);
    }
}

/// Calls `with` with `path`, or with a short name of it where it is too long for a socket.
fn short<T>(path: &Path, with: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if path.as_os_str().len() < 100 {
        return with(path);
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return with(path);
    };
    use std::os::fd::AsRawFd;
    let folder = fs::File::open(folder)?;
    let by_descriptor = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
    with(&by_descriptor.join(name))
}

fn serve(stream: UnixStream, node: Arc<Node>) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (kind, body) = read_message(&mut reader)?;
    let request: Value = match kind {
        b'R' => serde_json::from_slice(&body)?,
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    let args = strings(request.get("args"));
    let env = request
        .get("env")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.into(), value.as_str()?.into())))
        .collect();
    let cwd = request.get("cwd").and_then(Value::as_str).unwrap_or("/");
    let has_terminal = request.get("terminal").and_then(Value::as_bool);
    let asks = request.get("asks").and_then(Value::as_bool);

    let interrupt = Interrupt::new();
    let (chunks, input) = mpsc::channel();
    let (answers, answered) = mpsc::channel();
    let asked = interrupt.clone();
    thread::spawn(move || {
        while let Ok((kind, body)) = read_message(&mut reader) {
            match kind {
                b'I' => {
                    if chunks.send(body).is_err() {
                        return;
                    }
                }
                b'A' => {
                    // A command that asked and ended meanwhile hears nothing more.
                    let _ = answers.send(Zeroizing::new(body));
                }
                _ => return,
            }
        }
        // The command is gone: nobody waits for the result.
        asked.raise();
    });
    let writer = Arc::new(Mutex::new(stream));
    let to = |kind| {
        Stream::new(Sender {
            kind,
            to: Arc::clone(&writer),
        })
    };
    let prompter: Option<Box<dyn Prompter>> = match asks {
        Some(true) => Some(Box::new(Elsewhere {
            to: Arc::clone(&writer),
            answered,
        })),
        _ => None,
    };
    let caller = Caller {
        out: to(b'O'),
        err: to(b'E'),
        input: Input(Box::new(BufReader::new(Chunks {
            from: input,
            rest: Vec::new(),
        }))),
        env,
        cwd: cwd.into(),
        terminal: Terminal {
            out: has_terminal.unwrap_or(false),
            err: false,
        },
        prompter,
        interrupt,
        node: Some(node),
    };
    let exit = crate::cli::run(args, caller);
    Sender {
        kind: b'X',
        to: writer,
    }
    .write_all(&[exit.number()])
}

fn strings(value: Option<&Value>) -> Vec<OsString> {
    // Arguments are bytes, not text: they travel as arrays of numbers.
    let bytes = |it: &Value| -> Option<OsString> {
        let numbers = it.as_array()?.iter();
        let bytes: Option<Vec<u8>> = numbers
            .map(|it| it.as_u64().and_then(|it| u8::try_from(it).ok()))
            .collect();
        Some(OsString::from_vec(bytes?))
    };
    let all = value.and_then(Value::as_array).into_iter().flatten();
    all.filter_map(bytes).collect()
}

/// Runs the command `args` on the node of `dir`, if one runs there. `None` if not.
pub fn forward(dir: &Path, args: &[OsString], caller: &mut Caller) -> Option<Exit> {
    let path = dir.join(SOCKET);
    let stream = short(&path, |it| UnixStream::connect(it)).ok()?;
    Some(converse(stream, args, caller).unwrap_or(Exit::Failed))
}

fn converse(stream: UnixStream, args: &[OsString], caller: &mut Caller) -> io::Result<Exit> {
    let env: serde_json::Map<_, _> = ENV
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), caller.var(name)?.into())))
        .collect();
    let request = json!({
        "args": args.iter().map(|it| it.as_bytes().to_vec()).collect::<Vec<_>>(),
        "cwd": caller.cwd.to_string_lossy(),
        "env": env,
        "terminal": caller.terminal.out,
        "asks": caller.prompter.is_some(),
    });
    let to = Arc::new(Mutex::new(stream.try_clone()?));
    let sender = |kind| Sender {
        kind,
        to: Arc::clone(&to),
    };
    sender(b'R').write_all(request.to_string().as_bytes())?;

    // The node reads the input only if the command does.
    if args.iter().any(|it| it == "-") {
        let mut input = std::mem::replace(&mut caller.input, Input(Box::new(io::empty())));
        let to = sender(b'I');
        thread::spawn(move || -> io::Result<()> {
            let mut chunk = vec![0; 64 * 1_024];
            loop {
                let len = input.0.read(&mut chunk)?;
                to.send(chunk.get(..len).unwrap_or_default())?;
                if len == 0 {
                    return Ok(());
                }
            }
        });
    }
    let mut reader = BufReader::new(stream);
    loop {
        let (kind, body) = read_message(&mut reader)?;
        match kind {
            b'O' => caller
                .out
                .write_all(&body)
                .and_then(|()| caller.out.flush())?,
            b'E' => caller.err.write_all(&body)?,
            b'Q' | b'S' => {
                let question = String::from_utf8_lossy(&body);
                let prompter = caller.prompter.as_deref_mut();
                let prompter = prompter.ok_or(io::ErrorKind::InvalidData)?;
                let answer = match kind {
                    b'Q' => Zeroizing::new(prompter.ask(&question)?),
                    _ => prompter.secret(&question)?,
                };
                sender(b'A').send(answer.as_bytes())?;
            }
            b'X' => return Ok(exit_of(body.first().copied())),
            _ => {}
        }
    }
}

fn exit_of(number: Option<u8>) -> Exit {
    [
        Exit::Ok,
        Exit::Usage,
        Exit::Damaged,
        Exit::NotFound,
        Exit::Refused,
        Exit::Store,
        Exit::Unreachable,
        Exit::Medium,
        Exit::Fork,
        Exit::Interrupted,
    ]
    .into_iter()
    .find(|exit| Some(exit.number()) == number)
    .unwrap_or(Exit::Failed)
}

fn read_message(reader: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    reader.read_exact(&mut head)?;
    let [kind, len @ ..] = head;
    let len = usize::try_from(u32::from_be_bytes(len)).unwrap_or(usize::MAX);
    if len > MAX_MESSAGE_LEN {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; len];
    reader.read_exact(&mut body)?;
    Ok((kind, body))
}

/// Sends what is written to it as messages of one type.
#[derive(Debug)]
struct Sender {
    kind: u8,
    to: Arc<Mutex<UnixStream>>,
}

impl Sender {
    fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let len = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut message = vec![self.kind];
        message.extend(len.to_be_bytes());
        message.extend_from_slice(bytes);
        self.to
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(&message)
    }
}

impl Write for Sender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = bytes.get(..MAX_MESSAGE_LEN).unwrap_or(bytes);
        self.send(piece)?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The person at the terminal of the command.
#[derive(Debug)]
struct Elsewhere {
    to: Arc<Mutex<UnixStream>>,
    answered: mpsc::Receiver<Zeroizing<Vec<u8>>>,
}

impl Elsewhere {
    fn put(&self, kind: u8, question: &str) -> io::Result<Zeroizing<String>> {
        let to = Arc::clone(&self.to);
        Sender { kind, to }.send(question.as_bytes())?;
        // Nothing comes from a command that hung up.
        let answer = self.answered.recv();
        let answer = answer.map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let text = std::str::from_utf8(&answer).map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

impl Prompter for Elsewhere {
    fn ask(&mut self, question: &str) -> io::Result<String> {
        self.put(b'Q', question).map(|it| it.as_str().to_owned())
    }

    fn secret(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
        self.put(b'S', question)
    }
}

/// Reads the pieces of a forwarded input, one after the other.
#[derive(Debug)]
struct Chunks {
    from: mpsc::Receiver<Vec<u8>>,
    rest: Vec<u8>,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            self.rest = self.from.recv().unwrap_or_default();
        }
        let len = self.rest.len().min(buffer.len());
        let mut piece = self.rest.drain(..len);
        for byte in buffer.iter_mut().take(len) {
            *byte = piece.next().unwrap_or_default();
        }
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says what it was asked, and whether it may be seen.
    #[derive(Debug)]
    struct Echo;

    impl Prompter for Echo {
        fn ask(&mut self, question: &str) -> io::Result<String> {
            Ok(format!("seen {question}"))
        }

        fn secret(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
            Ok(format!("hidden {question}").into())
        }
    }

    /// A command at `stream`, called by somebody who can be asked or not.
    fn command(stream: UnixStream, prompter: Option<Box<dyn Prompter>>) -> io::Result<Exit> {
        let mut caller = Caller {
            out: Stream::new(io::sink()),
            err: Stream::new(io::sink()),
            input: Input(Box::new(io::empty())),
            env: std::collections::BTreeMap::new(),
            cwd: "/".into(),
            terminal: Terminal::default(),
            prompter,
            interrupt: Interrupt::new(),
            node: None,
        };
        converse(stream, &["commune".into()], &mut caller)
    }

    fn asks(node: &mut UnixStream) -> bool {
        let (kind, body) = read_message(node).unwrap();
        assert_eq!(kind, b'R');
        let request: Value = serde_json::from_slice(&body).unwrap();
        request["asks"].as_bool().unwrap()
    }

    #[test]
    fn questions_of_the_node_reach_the_person_at_the_command() {
        let (mut node, theirs) = UnixStream::pair().unwrap();
        let at_command = thread::spawn(move || command(theirs, Some(Box::new(Echo))));
        assert!(asks(&mut node));
        let (answers, answered) = mpsc::channel();
        let mut reader = node.try_clone().unwrap();
        let to = Arc::new(Mutex::new(node));
        let reading = thread::spawn(move || {
            for _ in 0..2 {
                let (kind, body) = read_message(&mut reader).unwrap();
                assert_eq!(kind, b'A');
                answers.send(Zeroizing::new(body)).unwrap();
            }
        });
        let sender = |kind| Sender {
            kind,
            to: Arc::clone(&to),
        };
        let mut person = Elsewhere {
            to: Arc::clone(&to),
            answered,
        };
        assert_eq!(person.ask("why?").unwrap(), "seen why?");
        assert_eq!(*person.secret("what?").unwrap(), "hidden what?");
        reading.join().unwrap();
        // Whoever hung up answers nothing.
        assert!(person.ask("there?").is_err());
        sender(b'X').send(&[Exit::Refused.number()]).unwrap();
        assert_eq!(at_command.join().unwrap().unwrap(), Exit::Refused);
    }

    #[test]
    fn a_command_without_a_person_says_so_and_answers_nothing() {
        let (mut node, theirs) = UnixStream::pair().unwrap();
        let at_command = thread::spawn(move || command(theirs, None));
        assert!(!asks(&mut node));
        let to = Arc::new(Mutex::new(node));
        Sender { kind: b'Q', to }.send(b"why?").unwrap();
        assert!(at_command.join().unwrap().is_err());
    }
}
