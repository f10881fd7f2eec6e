//! Signers as whole devices: in one room with their nodes running, and apart, with one courier.

use std::{
    fs, thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, Result, ensure};
use commune::cli::value::rfc3339;

use crate::process::{Node, Room};

/// How often it is asked whether a record is final.
const LOOK: Duration = Duration::from_millis(20);

/// When waiting makes no sense any more.
const MOST: Duration = Duration::from_secs(120);

/// Between two visits of a courier.
const VISIT_SECONDS: u64 = 6 * 3_600;

/// Laps after which a courier gives up.
const MOST_LAPS: u32 = 20;

/// A network of signers, each with a data folder.
#[derive(Debug)]
pub struct Network {
    room: Room,
    signers: usize,
    /// Who was vouched for so far.
    guests: u32,
}

/// What a courier needed.
#[derive(Clone, Copy, Debug)]
pub struct Road {
    /// Rounds through all signers until each of them knew the record as final.
    pub laps: u32,
    /// Visits.
    pub carries: u32,
    /// Bytes of all bundles.
    pub bytes: u64,
}

fn name(who: usize) -> String {
    format!("p{who}")
}

impl Network {
    /// Founds it.
    ///
    /// # Errors
    /// When a command fails.
    pub fn of(signers: usize) -> Result<Self> {
        let room = Room::new(&format!("signers{signers}"))?;
        let draft = room.path("draft").display().to_string();
        let mut words = ["found", "draft", &draft, "--test-network"]
            .map(str::to_owned)
            .to_vec();
        for who in 0..signers {
            let card = room.path(&format!("{who}.card")).display().to_string();
            room.device(&name(who))?;
            room.run(&name(who), &["identity", "show", "--card", &card])?;
            for flag in ["--member", "--signer"] {
                words.extend([flag.to_owned(), card.clone()]);
            }
        }
        words.extend(["--param", "sig_qty=3"].map(str::to_owned));
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        room.run(&name(0), &words)?;
        for who in 0..signers {
            room.run(&name(who), &["found", "sign", &draft])?;
        }
        let genesis = room.genesis().display().to_string();
        room.run(&name(0), &["found", "close", &draft, "--genesis", &genesis])?;
        for who in 0..signers {
            room.join(&name(who))?;
        }
        Ok(Self {
            room,
            signers,
            guests: 0,
        })
    }

    /// With all nodes running and linked, how long it takes from the end of the command that says
    /// something until all know it as final, for each of `times` records.
    ///
    /// # Errors
    /// When a command fails, or a record takes two minutes.
    pub fn in_one_room(&mut self, times: u32) -> Result<Vec<Duration>> {
        let mut nodes: Vec<Node> = Vec::new();
        for who in 0..self.signers {
            let peers = nodes
                .iter()
                .map(|it| format!("--peer=127.0.0.1:{}", it.port));
            let peers: Vec<_> = peers.collect();
            let mut words = vec!["--listen=127.0.0.1:0"];
            words.extend(peers.iter().map(String::as_str));
            nodes.push(Node::start_with(&self.room, &name(who), &words)?);
        }
        let mut all = Vec::new();
        for height in 1..=times {
            self.vouch_for_a_guest()?;
            let start = Instant::now();
            for who in 0..self.signers {
                while !self.is_final(who, height)? {
                    ensure!(start.elapsed() < MOST, "height {height} is not final");
                    thread::sleep(LOOK);
                }
            }
            all.push(start.elapsed());
            // The next record may be begun once the newest is old enough.
            let pause = u64::from(height).saturating_mul(height.into());
            thread::sleep(Duration::from_secs(pause.saturating_add(1)));
        }
        Ok(all)
    }

    fn vouch_for_a_guest(&mut self) -> Result<()> {
        let guest = format!("guest{}", self.guests);
        self.guests = self.guests.saturating_add(1);
        let card = self
            .room
            .path(&format!("{guest}.card"))
            .display()
            .to_string();
        self.room.device(&guest)?;
        self.room.join(&guest)?;
        self.room
            .run(&guest, &["vouch", "request", "--card", &card])?;
        self.room.run(&name(0), &["vouch", "give", &card, "-y"])?;
        Ok(())
    }

    fn is_final(&self, who: usize, height: u32) -> Result<bool> {
        let list = self.room.run(&name(who), &["checkpoint", "list"])?;
        let list = list.get("checkpoints").and_then(|it| it.as_array());
        Ok(list.context("no list")?.iter().any(|it| {
            it.get("height").and_then(serde_json::Value::as_u64) == Some(height.into())
                && it.get("status").and_then(|it| it.as_str()) == Some("final")
        }))
    }

    /// Nobody meets, and one courier visits all in a ring with a stick, every six hours of simulated
    /// time one of them.
    ///
    /// # Errors
    /// When a command fails, or the record is not final after 20 laps.
    pub fn by_courier(&self) -> Result<Road> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let mut now = since.as_secs();
        let stick = self.room.path("stick");
        let path = stick.display().to_string();
        let mut road = Road {
            laps: 0,
            carries: 0,
            bytes: 0,
        };
        let at = rfc3339(now);
        self.room
            .run(&name(0), &["checkpoint", "propose", "--at-time", &at])?;
        for lap in 1..=MOST_LAPS {
            road.laps = lap;
            for who in 0..self.signers {
                now = now.saturating_add(VISIT_SECONDS);
                if stick.exists() {
                    self.room.run(&name(who), &["bundle", "import", &path])?;
                    fs::remove_file(&stick)?;
                }
                let at = rfc3339(now);
                self.room
                    .run(&name(who), &["checkpoint", "sign", "--at-time", &at])?;
                self.room.run(&name(who), &["bundle", "create", &path])?;
                road.carries = road.carries.saturating_add(1);
                let len = fs::metadata(&stick)?.len();
                road.bytes = road.bytes.saturating_add(len);
            }
            let mut all = true;
            for who in 0..self.signers {
                all &= self.is_final(who, 1)?;
            }
            if all {
                return Ok(road);
            }
        }
        anyhow::bail!("not final after {MOST_LAPS} laps")
    }
}
