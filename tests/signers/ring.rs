//! A ring of signers.
//!
//! Each visit takes six hours of simulated time: the bundle on the stick is read, the signer takes every
//! step that is possible, and a new bundle is written.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use commune::{cli::value::rfc3339, clock, device::Device, vault::Vault};
use serde_json::Value;

const VISIT_SECONDS: u64 = 6 * 3_600;

/// Signers, each with a data folder, and the courier's stick.
pub(crate) struct Ring {
    pub(crate) room: tempfile::TempDir,
    pub(crate) signers: usize,
    pub(crate) now: u64,
    pub(crate) carries: u32,
}

impl Ring {
    pub(crate) fn found(signers: usize) -> Self {
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

    pub(crate) fn path(&self, name: &str) -> String {
        self.room.path().join(name).display().to_string()
    }

    pub(crate) fn dir(&self, who: usize) -> PathBuf {
        self.room.path().join(format!("folder-{who}"))
    }

    pub(crate) fn device(&self, who: usize) -> Device {
        let vault = Vault::read(&self.dir(who)).unwrap().open(None).unwrap();
        Device::open(&self.dir(who), vault).unwrap()
    }

    /// What a command answers.
    pub(crate) fn run(&self, who: usize, args: &[&str]) -> Value {
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

    pub(crate) fn propose(&self, who: usize) {
        self.run(who, &["checkpoint", "propose"]);
    }

    /// The courier comes by.
    pub(crate) fn visit(&mut self, who: usize) {
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
    pub(crate) fn is_final(&self, who: usize, height: u64) -> bool {
        let list = self.run(who, &["checkpoint", "list"]);
        let list = list["checkpoints"].as_array().unwrap();
        list.iter()
            .any(|it| it["height"] == height && it["status"] == "final")
    }

    /// Laps until all but those `away` know `height` as final.
    pub(crate) fn laps_until_final(&mut self, height: u64, away: &[usize], most: u32) -> u32 {
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
    pub(crate) fn all_agree(&self) {
        let all: Vec<_> = (0..self.signers).collect();
        self.agree(&all);
    }

    /// The same of some.
    pub(crate) fn agree(&self, some: &[usize]) {
        let tip = |who| {
            let device = self.device(who);
            device
                .with_finality(|it| {
                    assert_eq!(it.pool().double().count(), 0);
                    Ok((it.tip().height, it.tip().hash))
                })
                .unwrap()
        };
        let tips: Vec<_> = some.iter().map(|who| tip(*who)).collect();
        assert!(tips.windows(2).all(|pair| pair[0] == pair[1]), "{tips:?}");
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
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
