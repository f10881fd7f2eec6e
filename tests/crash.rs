//! Power goes at any moment: what was said to be saved is there, and the next start works.
//!
//! `kill -9` at seeded moments of the first start, an import, a sync and a signature. The short form
//! kills a few dozen times; `COMMUNE_LONG=1` kills 500 times.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_commune");

#[test]
fn a_killed_first_start_leaves_nothing_or_a_whole_folder() {
    let mut random = Random::new(1);
    let room = tempfile::tempdir().unwrap();
    for round in 0..kills(12) {
        let dir = room.path().join(format!("{round}"));
        let mut child = start(&dir, &["init", "--name", "Zoé", "--no-passphrase"]);
        thread::sleep(Duration::from_micros(random.below(60_000)));
        kill(&mut child);
        let again = run(&dir, &["init", "--name", "Zoé", "--no-passphrase"]);
        let whole = run(&dir, &["identity", "show", "--json"]);
        assert_eq!(
            whole.0, 0,
            "round {round}: init again {}, {}",
            again.0, whole.2
        );
    }
}

#[test]
fn a_killed_import_and_a_killed_sync_go_on_where_they_were() {
    let mut random = Random::new(2);
    let room = tempfile::tempdir().unwrap();
    let (a, b) = (room.path().join("a"), room.path().join("b"));
    let (graph, genesis) = (room.path().join("graph.csv"), room.path().join("genesis"));
    let mut edges = "issuer,receiver\n".to_owned();
    for issuer in 0..2_000_u64 {
        for step in 1..=5 {
            writeln!(edges, "{issuer},{}", (issuer * 7 + step * 131) % 2_000).unwrap();
        }
    }
    fs::write(&graph, edges).unwrap();
    for dir in [&a, &b] {
        assert_eq!(run(dir, &["init", "--name", "Zoé", "--no-passphrase"]).0, 0);
    }
    let import = [
        "import",
        "duniter",
        graph.to_str().unwrap(),
        "--genesis",
        genesis.to_str().unwrap(),
        "--json",
    ];
    let mut held = 0;
    for round in 0..kills(6) {
        let mut child = start(&a, &import);
        thread::sleep(Duration::from_micros(random.below(1_500_000)));
        kill(&mut child);
        let (code, out, said) = run(&a, &["status", "--json"]);
        // Before it adopted the network there is nothing to ask.
        if code == 4 {
            continue;
        }
        assert_eq!(code, 0, "round {round}: {said}");
        let now = json(&out)["entries"].as_u64().unwrap();
        assert!(
            now >= held,
            "round {round}: {held} entries were saved, {now} are here"
        );
        held = now;
    }
    let (code, out, said) = run(&a, &import);
    assert_eq!(code, 0, "{said}");
    let all = json(&out)["entries"].as_u64().unwrap();

    assert_eq!(run(&b, &["join", genesis.to_str().unwrap()]).0, 0);
    let mut node = start(&a, &["up", "--no-lan", "--listen", "127.0.0.1:0", "--json"]);
    let mut line = String::new();
    BufReader::new(node.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = format!("127.0.0.1:{}", json(&line)["port"]);
    let sync = ["sync", "--no-lan", "--peer", &address, "--json"];
    let mut held = 0;
    for round in 0..kills(6) {
        let mut child = start(&b, &sync);
        thread::sleep(Duration::from_micros(random.below(1_500_000)));
        kill(&mut child);
        let (code, out, said) = run(&b, &["status", "--json"]);
        assert_eq!(code, 0, "round {round}: {said}");
        let now = json(&out)["entries"].as_u64().unwrap();
        assert!(
            now >= held,
            "round {round}: {held} entries were saved, {now} are here"
        );
        held = now;
    }
    let (code, _, said) = run(&b, &sync);
    assert_eq!(code, 0, "{said}");
    // The node too goes without a word.
    kill(&mut node);
    let state = |dir: &Path| json(&run(dir, &["status", "--json"]).1);
    assert_eq!(state(&a)["entries"], all);
    assert_eq!(state(&a)["state_hash"], state(&b)["state_hash"]);
}

#[test]
fn what_a_killed_signature_reported_is_there() {
    let mut random = Random::new(3);
    let room = tempfile::tempdir().unwrap();
    let dir = |who: usize| room.path().join(format!("{who}"));
    let path = |name: &str| room.path().join(name).to_str().unwrap().to_owned();
    let mut draft = vec!["found".to_owned(), "draft".to_owned(), path("draft")];
    draft.extend(["--test-network".to_owned(), "--member".to_owned()]);
    for who in 0..6 {
        let name = format!("founder {who}");
        assert_eq!(
            run(&dir(who), &["init", "--name", &name, "--no-passphrase"]).0,
            0
        );
        let card = path(&format!("{who}.card"));
        assert_eq!(run(&dir(who), &["identity", "show", "--card", &card]).0, 0);
        draft.push(card);
    }
    let draft: Vec<_> = draft.iter().map(String::as_str).collect();
    assert_eq!(run(&dir(0), &draft).0, 0);
    for who in 0..6 {
        assert_eq!(run(&dir(who), &["found", "sign", &path("draft")]).0, 0);
    }
    let close = [
        "found",
        "close",
        &path("draft"),
        "--genesis",
        &path("genesis"),
    ];
    assert_eq!(run(&dir(0), &close).0, 0);
    assert_eq!(run(&dir(0), &["join", &path("genesis")]).0, 0);

    let mut reported = 0;
    for round in 0..kills(8) {
        let newcomer = room.path().join(format!("newcomer{round}"));
        let name = format!("newcomer {round}");
        assert_eq!(
            run(&newcomer, &["init", "--name", &name, "--no-passphrase"]).0,
            0
        );
        assert_eq!(run(&newcomer, &["join", &path("genesis")]).0, 0);
        let request = path(&format!("request{round}"));
        assert_eq!(
            run(&newcomer, &["vouch", "request", "--card", &request]).0,
            0
        );
        let mut child = start(&dir(0), &["vouch", "give", &request, "-y", "--json"]);
        thread::sleep(Duration::from_micros(random.below(30_000)));
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        let (code, log, said) = run(&dir(0), &["log", "-n", "100000", "--json"]);
        assert_eq!(code, 0, "round {round}: {said}");
        if let Ok(given) = serde_json::from_slice::<Value>(&output.stdout) {
            reported += 1;
            let id = given["entry"].as_str().unwrap();
            assert!(
                log.contains(id),
                "round {round}: {id} was reported and is gone"
            );
        }
    }
    println!(
        "{reported} of {} signatures were reported before the end",
        kills(8)
    );
}

fn kills(short: u64) -> u64 {
    if std::env::var_os("COMMUNE_LONG").is_some() {
        500
    } else {
        short
    }
}

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .env("COMMUNE_DATA_DIR", dir)
        .env("COMMUNE_LANG", "en")
        .env("CI", "true")
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn start(dir: &Path, args: &[&str]) -> Child {
    command(dir, args).spawn().unwrap()
}

fn kill(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().unwrap();
}

fn run(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let output = command(dir, args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A `SplitMix64` generator.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        println!("seed {seed}");
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}
