//! Checkpoints in the hands of programs that share no line with ours: `docs/verify.py` (Python's
//! `cryptography`) and `docs/verify.go` (Go's `sumdb/note` and `tlog`), with a policy that we wrote.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "lab/skip.rs"]
mod skip;
#[expect(dead_code, reason = "a part of it is used here")]
#[path = "outside/world.rs"]
mod world;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use commune_crdt::checkpoint::{Checker, Note, policy, prove};
use skip::{Skip, run};
use world::{World, cosign, keys_of};

/// Python's verifier, with an interpreter that has `cryptography`.
fn python() -> Result<Verifier, Skip> {
    for program in ["python3", "/usr/bin/python3"] {
        let has = run(Command::new(program).args(["-c", "import cryptography"]));
        if has.is_ok() {
            return Ok(Verifier {
                program: vec![program.into(), "docs/verify.py".into()],
                _folder: None,
            });
        }
    }
    let reason = "python3-cryptography is not installed (packaging/setup.sh)";
    Err(Skip::new(reason))
}

/// Go's verifier, built from Debian's sources.
fn go() -> Result<Verifier, Skip> {
    skip::needs(&["go"])?;
    if !Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb/note").is_dir() {
        let reason = "golang-golang-x-mod-dev is not installed (packaging/setup.sh)";
        return Err(Skip::new(reason));
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("verify");
    let build = run(Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg("docs/verify.go")
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOCACHE", folder.path().join("cache"))
        .env("GOFLAGS", ""));
    build.map_err(|why| Skip::new(format!("go does not build here: {why}")))?;
    Ok(Verifier {
        program: vec![program],
        _folder: Some(folder),
    })
}

struct Verifier {
    program: Vec<PathBuf>,
    _folder: Option<tempfile::TempDir>,
}

impl Verifier {
    /// Whether it says that `text` is final by `policy`.
    fn accepts(&self, policy: &str, text: &str) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let [policy_file, file] = ["policy", "file"].map(|it| folder.path().join(it));
        fs::write(&policy_file, policy).unwrap();
        fs::write(&file, text).unwrap();
        let output = Command::new(&self.program[0])
            .args(&self.program[1..])
            .args([&policy_file, &file])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let says = String::from_utf8_lossy(&output.stdout).starts_with("final: ");
        assert_eq!(output.status.success(), says, "{output:?}");
        says
    }

    /// What must hold with any verifier.
    fn holds(&self) {
        let world = World::new(7, 30, 0);
        let set = world.signers(1);
        let policy = policy(set).unwrap();
        let accepts = |text: &str| self.accepts(&policy, text);
        let good = world.note(12).text();
        assert!(accepts(&good), "{policy}{good}");

        let proof = prove(&world.log, world.record(5), &world.note(30)).unwrap();
        let proof = proof.text();
        assert!(accepts(&proof), "{proof}");
        let first = world.chain(&[1]);
        assert!(accepts(&first), "{first}");

        // Another size, another root, another network.
        assert!(!accepts(&good.replacen("\n12\n", "\n13\n", 1)));
        let root = good.lines().nth(2).unwrap();
        let other = world.note(13).text();
        let other_root = other.lines().nth(2).unwrap();
        assert!(!accepts(&good.replacen(root, other_root, 1)));
        let other = World::new(4, 12, 0);
        assert!(!accepts(&other.note(12).text()));
        assert!(!self.accepts(&policy_of(&other), &good));

        // A flipped bit in each line, which is false then, malformed, or of nobody.
        for number in 0..good.lines().count() {
            let mut lines: Vec<_> = good.lines().map(str::to_owned).collect();
            let at = lines[number].len().saturating_sub(7);
            if let Some(byte) = lines[number].as_bytes().get(at) {
                let changed = char::from(byte ^ 1).to_string();
                lines[number].replace_range(at..=at, &changed);
                assert!(!accepts(&(lines.join("\n") + "\n")), "line {number}");
            }
        }

        // One who signs twice counts once; without a log line nobody speaks for the log.
        let mut few = world.unsigned(12);
        few.sign_as_log(&keys_of(set, 3).1);
        (0..4).for_each(|it| cosign(&mut few, set, it));
        let text = few.text();
        let last = text.lines().last().unwrap();
        assert!(!accepts(&text));
        assert!(!accepts(&format!("{text}{last}\n")));
        let mut later = few.clone();
        let time = commune_crdt::time::Seconds(5);
        later.cosign(&set.name(3).unwrap(), &keys_of(set, 3).0, time);
        assert!(!accepts(&later.text()));
        let mut unlogged = world.unsigned(12);
        (0..5).for_each(|it| cosign(&mut unlogged, set, it));
        assert!(!accepts(&unlogged.text()));

        // A key of nobody's, under a signer's name, is no signer's; and it does not disturb.
        let mut foreign = few.clone();
        foreign.cosign(&set.name(5).unwrap(), &keys_of(set, 3).1, time);
        assert!(!accepts(&foreign.text()));
        cosign(&mut foreign, set, 4);
        assert!(accepts(&foreign.text()));

        // What a courier added is stripped, and then even they take it.
        let mut false_line = last.to_owned();
        false_line.replace_range(false_line.len() - 20..false_line.len() - 19, "A");
        let disturbed = format!("{good}{false_line}\n");
        let note = Note::parse(disturbed.as_bytes()).unwrap();
        let stripped = Checker::new(set.clone()).strip(&note).unwrap();
        assert!(accepts(&stripped.text()));

        // A record that is another, or elsewhere.
        assert!(!accepts(&proof.replacen("\nindex 4\n", "\nindex 5\n", 1)));
        let lines: Vec<_> = proof.lines().collect();
        let wrong = [lines[0], lines[1], lines[2], lines[4], lines[3]].join("\n");
        let right = lines[..5].join("\n");
        assert!(!accepts(&proof.replacen(&right, &wrong, 1)));
        let mut extra = lines[1].to_owned();
        extra.replace_range(60..61, if &extra[60..61] == "A" { "B" } else { "A" });
        assert!(!accepts(&proof.replacen(lines[1], &extra, 1)));

        // 22 signers: a shortened note has the 16 lines that every verifier takes.
        let large = World::new(22, 2, 0);
        let mut note = large.note(2);
        (0..22).for_each(|it| cosign(&mut note, large.signers(2), it));
        let short = Checker::new(large.sets[0].clone()).shorten(&note).unwrap();
        assert_eq!(short.lines().len(), 16);
        assert!(self.accepts(&policy_of(&large), &short.text()));
    }
}

fn policy_of(world: &World) -> String {
    policy(&world.sets[0]).unwrap()
}

#[test]
fn python_verifies_our_checkpoints() {
    if let Some(python) = Skip::or(python()) {
        python.holds();
    }
}

#[test]
fn go_verifies_our_checkpoints() {
    if let Some(go) = Skip::or(go()) {
        go.holds();
    }
}
