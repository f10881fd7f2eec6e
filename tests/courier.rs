//! Signers who never meet, and one courier who visits them in a ring with a stick.
//!
//! Each visit takes six hours of simulated time: the bundle on the stick is read, the signer takes every
//! step that is possible, and a new bundle is written.

#![cfg(feature = "simulated-clock")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use commune::{
    cli::value::rfc3339,
    clock,
    device::Device,
    vault::{Vault, signer::SignerKeys},
};
use commune_crdt::{
    entry::BlobRef,
    keys::Signature,
    payload::{Proposal, SignerFact},
    time::ClaimedMinutes,
};
use serde_json::Value;

const VISIT_SECONDS: u64 = 6 * 3_600;

#[test]
fn a_courier_makes_a_height_final_within_five_laps() {
    for signers in [5, 7] {
        let mut ring = Ring::found(signers);
        ring.propose(0);
        let laps = ring.laps_until_final(1, &[], 5);
        println!("{signers} signers: {laps} laps, {} carries", ring.carries);
        ring.all_agree();
    }
}

/// With five signers four are a quorum: whoever is away is waited for, and then no more.
#[test]
fn with_one_signer_away_the_rest_go_on() {
    let mut ring = Ring::found(5);
    for height in 1..=5 {
        // Whose turn it is goes round, so at one of these heights it is theirs.
        ring.propose(0);
        let laps = ring.laps_until_final(height, &[4], 30);
        println!("height {height}: {laps} laps");
    }
}

/// The hash of a record binds its frontier, and nothing binds the list of moves beside it.
#[test]
fn false_moves_beside_a_record_stop_nobody() {
    let mut ring = Ring::found(4);
    ring.propose(0);
    let is_proposer = |who: usize| {
        let device = ring.device(who);
        let index = device.with_finality(|it| {
            let set = it.tip().office.set();
            Ok(set.index_of(&device.vault().member_key))
        });
        index.unwrap() == Some(1)
    };
    // The signer whose words are read first.
    let others = (0..4).filter(|who| !is_proposer(*who));
    let liar = others.min_by_key(|who| ring.device(*who).vault().device.device_key());
    let liar = liar.unwrap();
    // Until the liar has the record to put false moves beside.
    let mut visits = (0..4).cycle().take(40);
    let right = loop {
        ring.visit(visits.next().unwrap());
        let proposal = ring
            .device(liar)
            .with_finality(|it| Ok(it.pool().proposals().map(|(_, it)| it.clone()).next()));
        if let Some(right) = proposal.unwrap() {
            break right;
        }
    };
    {
        let device = ring.device(liar);
        let keys = SignerKeys::read(&ring.dir(liar), device.vault().store_key.bytes()).unwrap();
        let false_one = Proposal {
            moves: BlobRef::of(b"nothing that anybody has"),
            round: right.round + 1,
            signature: Signature([0; 64]),
            ..right
        };
        let fact = SignerFact::Proposal(false_one.sign(device.network(), &keys.cosignature));
        let now = ClaimedMinutes::from_unix_seconds(ring.now);
        device.state_in(fact.kind(), fact.payload(), now).unwrap();
    }
    let stick = ring.path("stick");
    ring.run(liar, &["bundle", "import", &stick]);
    fs::remove_file(&stick).unwrap();
    ring.run(liar, &["bundle", "create", &stick]);
    ring.laps_until_final(1, &[liar], 20);
}

/// A store from yesterday and a key of today: the key never says anything else than it said.
#[test]
fn a_key_on_a_store_older_than_itself_says_nothing_new() {
    let mut ring = Ring::found(4);
    let (store, kept) = (
        ring.dir(1).join("store"),
        ring.room.path().join("yesterday"),
    );
    copy(&store, &kept);
    ring.propose(0);
    ring.laps_until_final(1, &[], 5);
    fs::remove_dir_all(&store).unwrap();
    copy(&kept, &store);
    // Of the same height it says again what it said, to the second.
    let device = ring.device(1);
    let keys = SignerKeys::read_all(&ring.dir(1), device.vault().store_key.bytes()).unwrap();
    let stamped = keys.1.stamp.unwrap();
    drop(device);
    ring.now += 86_400;
    ring.run(1, &["checkpoint", "propose"]);
    let device = ring.device(1);
    let seconds = device.with_finality(|it| {
        let all = it.pool().stamps().map(|(_, it)| it.seconds);
        Ok(all.collect::<Vec<_>>())
    });
    assert_eq!(seconds.unwrap(), [stamped.0]);
    // Of a height beyond the store it says nothing.
    let mut journal = keys.1;
    journal.height.0 += 1;
    keys.0
        .save(&ring.dir(1), device.vault().store_key.bytes(), &journal)
        .unwrap();
    drop(device);
    let said = ring.run(1, &["checkpoint", "propose"]);
    assert_eq!(said["height"], 1);
    assert_eq!(said["said"], Value::Array(vec![]), "{said}");
}

struct Ring {
    room: tempfile::TempDir,
    signers: usize,
    now: u64,
    carries: u32,
}

impl Ring {
    fn found(signers: usize) -> Self {
        let ring = Self {
            room: tempfile::tempdir().unwrap(),
            signers,
            now: clock::unix_seconds(),
            carries: 0,
        };
        let card = |who: usize| ring.path(&format!("{who}.card"));
        let mut draft = ["found", "draft", &ring.path("draft"), "--test-network"]
            .map(str::to_owned)
            .to_vec();
        for who in 0..signers {
            let (name, words) = (format!("p{who}"), ring.path(&format!("{who}.words")));
            ring.run(
                who,
                &[
                    "init",
                    "--name",
                    &name,
                    "--no-passphrase",
                    "--words",
                    &words,
                ],
            );
            ring.run(who, &["identity", "show", "--card", &card(who)]);
            draft.extend([
                "--member".to_owned(),
                card(who),
                "--signer".to_owned(),
                card(who),
            ]);
        }
        draft.extend(["--param", "sig_qty=3"].map(str::to_owned));
        let draft: Vec<_> = draft.iter().map(String::as_str).collect();
        ring.run(0, &draft);
        for who in 0..signers {
            ring.run(who, &["found", "sign", &ring.path("draft")]);
        }
        let genesis = ring.path("genesis");
        ring.run(
            0,
            &["found", "close", &ring.path("draft"), "--genesis", &genesis],
        );
        for who in 0..signers {
            ring.run(who, &["join", &genesis]);
        }
        ring
    }

    fn path(&self, name: &str) -> String {
        self.room.path().join(name).display().to_string()
    }

    fn dir(&self, who: usize) -> PathBuf {
        self.room.path().join(format!("folder-{who}"))
    }

    fn device(&self, who: usize) -> Device {
        let vault = Vault::read(&self.dir(who)).unwrap().open(None).unwrap();
        Device::open(&self.dir(who), vault).unwrap()
    }

    /// What a command answers.
    fn run(&self, who: usize, args: &[&str]) -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_commune"))
            .arg("--data-dir")
            .arg(self.dir(who))
            .args(args)
            .args(["--json", "-q", "-y"])
            .args(if args[0] == "checkpoint" {
                vec!["--at-time".to_owned(), rfc3339(self.now)]
            } else {
                vec![]
            })
            .env("CI", "true")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{who} {args:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn propose(&self, who: usize) {
        self.run(who, &["checkpoint", "propose"]);
    }

    /// The courier comes by.
    fn visit(&mut self, who: usize) {
        self.now += VISIT_SECONDS;
        let stick = self.path("stick");
        if Path::new(&stick).exists() {
            self.run(who, &["bundle", "import", &stick]);
            fs::remove_file(&stick).unwrap();
        }
        self.run(who, &["checkpoint", "sign"]);
        self.run(who, &["bundle", "create", &stick]);
        self.carries += 1;
    }

    /// Whether `who` knows `height` as final.
    fn is_final(&self, who: usize, height: u64) -> bool {
        let list = self.run(who, &["checkpoint", "list"]);
        let list = list["checkpoints"].as_array().unwrap();
        list.iter()
            .any(|it| it["height"] == height && it["status"] == "final")
    }

    /// Laps until all but those `away` know `height` as final.
    fn laps_until_final(&mut self, height: u64, away: &[usize], most: u32) -> u32 {
        let here: Vec<_> = (0..self.signers).filter(|it| !away.contains(it)).collect();
        for lap in 1..=most {
            here.iter().for_each(|who| self.visit(*who));
            if here.iter().all(|who| self.is_final(*who, height)) {
                return lap;
            }
        }
        let seen = here
            .iter()
            .map(|who| self.run(*who, &["checkpoint", "quorum"]));
        let seen: Vec<_> = seen.map(|it| it.to_string()).collect();
        panic!("height {height} is not final after {most} laps: {seen:#?}");
    }

    /// Nobody said two things, and all have the same records.
    fn all_agree(&self) {
        let tip = |who| {
            let device = self.device(who);
            device
                .with_finality(|it| {
                    assert_eq!(it.pool().double().count(), 0);
                    Ok((it.tip().height, it.tip().hash))
                })
                .unwrap()
        };
        let first = tip(0);
        assert!((1..self.signers).all(|who| tip(who) == first));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
