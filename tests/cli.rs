//! The command line, run as people run it. The cases are data: the transcripts in `tests/cli/*.md`.
//!
//! ```text
//! # A wrong flag names the nearest one          a heading starts a case in a folder of its own
//!
//! Words between are for the reader.
//!
//!     $ commune man --jsn                       run by sh; files, variables and pipes are the shell's
//!     > a further line of the same command
//!     what is written to standard output        as it is, or with [..] for anything in a line
//!     ...                                       any number of lines
//!     ! what is written to standard error       the same, after `! `
//!     [2]                                       the exit code, unless it is 0
//! ```
//!
//! Nothing may print `panicked`. A case has its folder as `HOME` and working folder, and nothing else
//! of the environment but `PATH` (with `commune` in it) and `LANG=C.UTF-8`. Its path reads `~`, an
//! escape character `^[`.
//!
//! Files named `*.simulated.md` need a build with the feature `simulated-clock`.
//!
//! What `--json` prints is held to the schema of its command in `docs/json`.
//!
//! `COMMUNE_CASES=name` runs those whose file or heading contains the name. `COMMUNE_CASES_WRITE=1`
//! writes what came out into the cases that fail; read the difference before you keep it.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests may do does not reach helpers"
)]

#[path = "cli/schema.rs"]
mod schema;
#[expect(dead_code, reason = "a part of it is used here")]
#[path = "lab/skip.rs"]
mod skip;

use std::{
    collections::BTreeSet,
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
};

use schema::Schemas;
use skip::Skip;

/// No command of a case may take longer than this many seconds.
const PATIENCE: &str = "120";

#[test]
fn every_transcript_holds() {
    let files = fs::read_dir("tests/cli")
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|ext| ext == "md"))
        .collect();
    files.sort();
    let days_pass = cfg!(feature = "simulated-clock");
    if !days_pass {
        files.retain(|path| !path.to_string_lossy().ends_with(".simulated.md"));
        println!("skipped: cases in which days pass need the feature simulated-clock");
    }
    let run = Run {
        schemas: Schemas::read(Path::new("docs/json")),
        only: env::var("COMMUNE_CASES").unwrap_or_default(),
        write: env::var_os("COMMUNE_CASES_WRITE").is_some(),
        seen: Mutex::default(),
    };
    let files = Mutex::new(files.into_iter());
    let next = || files.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(path) = next() {
                    run.file(&path)
                }
            });
        }
    });
    let seen = run.seen.into_inner().unwrap();
    assert!(seen.complaints.is_empty(), "{}", seen.complaints);
    println!("{} cases", seen.cases);
    assert!(seen.cases > 0, "no case is named {}", run.only);
    if run.only.is_empty() && days_pass {
        let unseen: Vec<&str> = run
            .schemas
            .names()
            .filter(|name| *name != "common" && !seen.schemas.contains(*name))
            .collect();
        assert!(
            unseen.is_empty(),
            "no case prints what docs/json describes: {unseen:?}"
        );
    }
}

/// What can go wrong at the command line is shown, case by case.
#[test]
fn there_are_sixty_cases_of_errors_or_more() {
    let files = fs::read_dir("tests/cli").unwrap();
    let texts = files.filter_map(|it| fs::read_to_string(it.unwrap().path()).ok());
    let says_error = |line: &str| {
        let said = line.strip_prefix("    ! ").unwrap_or_default();
        ["error: ", "erreur : ", "{\"error\""]
            .iter()
            .any(|start| said.starts_with(start))
    };
    let count = |text: String| {
        cases(&text)
            .iter()
            .filter(|it| it.starts_with("# ") && it.lines().any(says_error))
            .count()
    };
    let count: usize = texts.map(count).sum();
    println!("{count} cases with errors");
    assert!(count >= 60, "{count} cases with errors");
}

/// Mounting a disk for a case needs a namespace.
fn can_mount() -> Result<(), Skip> {
    let probe = "unshare -rm sh -c 'mount -t tmpfs none /mnt'";
    skip::run(Command::new("sh").args(["-c", probe]))
        .map(drop)
        .map_err(|why| Skip::new(format!("no disk can be mounted: {why}")))
}

/// A run over all cases.
struct Run {
    schemas: Schemas,
    only: String,
    write: bool,
    seen: Mutex<Seen>,
}

/// What the run has seen so far.
#[derive(Default)]
struct Seen {
    cases: usize,
    complaints: String,
    schemas: BTreeSet<String>,
}

impl Run {
    fn file(&self, path: &Path) {
        let text = fs::read_to_string(path).unwrap();
        let mut after = String::new();
        for case in cases(&text) {
            let named = format!(
                "{} {}",
                path.display(),
                case.lines().next().unwrap_or_default()
            );
            if !case.starts_with("# ") || !named.contains(&self.only) {
                after.push_str(case);
                continue;
            }
            if case.contains("unshare -rm") && Skip::or(can_mount()).is_none() {
                after.push_str(case);
                continue;
            }
            let (played, complaints) = self.play(case);
            after.push_str(&played);
            let mut seen = self.seen.lock().unwrap();
            seen.cases += 1;
            if !complaints.is_empty() {
                write!(seen.complaints, "\n{named}\n{complaints}").unwrap();
            }
        }
        if self.write && after != text {
            fs::write(path, after).unwrap();
        }
    }

    /// What is wrong with the objects that `command` printed.
    fn wrong_objects(&self, command: &str, lines: &[&str]) -> Vec<String> {
        if ["cut -", "head -c", "tail -c"]
            .iter()
            .any(|cut| command.contains(cut))
        {
            return Vec::new();
        }
        let words = words(command);
        let checks = lines.iter().filter_map(|line| {
            let error = line
                .strip_prefix("! ")
                .filter(|line| line.starts_with("{\"error\""));
            match error {
                Some(line) => Some(self.schemas.check_line(&[vec!["error"]], line)),
                None if line.starts_with("{\"schema\":\"commune/") => {
                    Some(self.schemas.check_line(&words, line))
                }
                None => None,
            }
        });
        checks
            .filter_map(|check| {
                check
                    .map(|name| self.seen.lock().unwrap().schemas.insert(name))
                    .err()
            })
            .collect()
    }

    /// Plays a case: the transcript as it came out, and where that differs from what was expected.
    fn play(&self, case: &str) -> (String, String) {
        let folder = tempfile::tempdir().unwrap();
        let (mut seen, mut complaints) = (String::new(), String::new());
        let lines: Vec<&str> = case.lines().collect();
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += 1;
            writeln!(seen, "{line}").unwrap();
            let Some(command) = line.strip_prefix("    $ ") else {
                continue;
            };
            let mut command = command.to_owned();
            while let Some(more) = lines.get(at).and_then(|line| line.strip_prefix("    > ")) {
                at += 1;
                writeln!(seen, "    > {more}").unwrap();
                write!(command, "\n{more}").unwrap();
            }
            let expected = output_lines(&lines[at..]);
            at += expected.len();
            let actual = outcome(&command, folder.path());
            let actual: Vec<&str> = actual.lines().map(str::trim_end).collect();
            let holds =
                matches(&expected, &actual) && !actual.iter().any(|line| line.contains("panicked"));
            for line in if holds { &expected } else { &actual } {
                writeln!(seen, "{}", format!("    {line}").trim_end()).unwrap();
            }
            for why in self.wrong_objects(&command, &actual) {
                writeln!(complaints, "  $ {command}\n  {why}").unwrap();
            }
            if !holds {
                writeln!(complaints, "  $ {command}\n  expected:").unwrap();
                expected
                    .iter()
                    .for_each(|line| writeln!(complaints, "    {line}").unwrap());
                complaints.push_str("  came out:\n");
                actual
                    .iter()
                    .for_each(|line| writeln!(complaints, "    {line}").unwrap());
            }
        }
        (seen, complaints)
    }
}

/// The cases of a file, each from its heading to the next.
fn cases(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = text.match_indices("\n# ").map(|(at, _)| at + 1).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &text[*start..end])
        .collect()
}

/// The words of those commands in a line of the shell that print objects.
fn words(line: &str) -> Vec<Vec<&str>> {
    line.split([';', '|', '&', '\n'])
        .map(|part| {
            part.split_whitespace()
                .map(|word| word.trim_matches(['(', ')']))
        })
        .map(|words| {
            words
                .skip_while(|word| *word != "commune")
                .skip(1)
                .collect::<Vec<_>>()
        })
        .filter(|words| words.contains(&"--json"))
        .collect()
}

/// What a command is expected to print: the indented lines up to the next command, empty ones between
/// them included.
fn output_lines<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let inside =
        |line: &&&str| line.is_empty() || (line.starts_with("    ") && !line.starts_with("    $ "));
    let mut block: Vec<&str> = lines.iter().take_while(inside).copied().collect();
    while block.pop_if(|line| line.is_empty()).is_some() {}
    block
        .iter()
        .map(|line| line.strip_prefix("    ").unwrap_or_default())
        .collect()
}

/// Runs a command: its output, its messages after `! `, its exit code unless 0.
fn outcome(command: &str, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_commune"));
    let output = Command::new("timeout")
        .args([PATIENCE, "sh", "-c", command])
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env(
            "PATH",
            format!(
                "{}:/usr/local/bin:/usr/bin:/bin",
                program.parent().unwrap().display()
            ),
        )
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let clean = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes)
            .replace(folder.to_str().unwrap(), "~")
            .replace('\u{1b}', "^[")
    };
    let mut text = String::new();
    for line in clean(&output.stdout).lines() {
        writeln!(text, "{line}").unwrap();
    }
    for line in clean(&output.stderr).lines() {
        writeln!(text, "! {line}").unwrap();
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => writeln!(text, "[{code}]").unwrap(),
        None => writeln!(text, "[killed]").unwrap(),
    }
    text
}

/// Whether all lines match, `...` standing for any number of them.
fn matches(expected: &[&str], actual: &[&str]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((&"...", rest)) => (0..=actual.len()).any(|skip| matches(rest, &actual[skip..])),
        Some((line, rest)) => actual
            .split_first()
            .is_some_and(|(first, others)| line_matches(line, first) && matches(rest, others)),
    }
}

/// Whether a line matches, `[..]` standing for anything. An empty line is written without its indent.
fn line_matches(expected: &str, actual: &str) -> bool {
    let Some((before, rest)) = expected.split_once("[..]") else {
        return expected == actual;
    };
    let Some(mut left) = actual.strip_prefix(before) else {
        return false;
    };
    let parts: Vec<&str> = rest.split("[..]").collect();
    let (last, middle) = parts.split_last().unwrap();
    for part in middle {
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[test]
fn patterns_stand_for_anything_in_a_line_or_between() {
    assert!(matches(
        &["a [..] c", "...", "z"],
        &["a b c", "x", "y", "z"]
    ));
    assert!(matches(&["...", "z"], &["z"]));
    assert!(line_matches("[..]", "") && line_matches("a[..]b[..]c", "a--b++c"));
    assert!(!line_matches("a[..]b", "a--c") && !line_matches("ab[..]", "a"));
    assert!(!matches(&["a"], &["a", "b"]) && !matches(&["a", "..."], &[]));
}
