//! The cost of secret ballots, step by step: cast, verify, add, share, open.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use commune_cipher::{
    Ballot, Context, ElectionKey, KeySeed, Layout, Public, Reference, Seed, Share, Sum, Use, cheat,
    open, pieces_of,
    reference::{self, Transcript},
};

/// Trustees, and how many of them open.
pub const QUORUM: (u8, u8) = (5, 3);

/// Choices of the ballot that is measured beside others.
pub const SLOTS: usize = 16;

const CONTEXT: Context = Context {
    vote: [7; 32],
    key: 0,
};

const LOCK: [u8; 32] = [9; 32];

/// A vote whose trustees have made its key.
#[derive(Debug)]
pub struct Election {
    ballots: Reference,
    shares: Reference,
    layout: Layout,
    pieces: Vec<(KeySeed, Public)>,
    key: ElectionKey,
}

/// How long one step took; the middle of several.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// To encrypt and to prove a ballot.
    pub cast: Duration,
    /// To verify it.
    pub verify: Duration,
    /// Its bytes.
    pub ballot_len: usize,
    /// Bytes of a ballot of 256 slots.
    pub large_len: usize,
    /// A share without its proof.
    pub share: Duration,
    /// A share with it.
    pub proven: Duration,
    /// To verify the shares of all pieces and to open the sum.
    pub opened: Duration,
}

/// What a ward of so many ballots costs.
#[derive(Clone, Copy, Debug)]
pub struct Ward {
    /// Ballots.
    pub ballots: u32,
    /// To add them, in all.
    pub added: Duration,
    /// To open the sum, its shares verified before.
    pub opened: Duration,
}

/// The reference string for tests.
fn string(wanted: Use) -> Result<Reference> {
    let bytes = reference::for_tests(wanted);
    let verified = Transcript::trusted(bytes, &reference::id_of(bytes))?;
    Ok(verified.into_reference()?)
}

impl Election {
    /// A vote of that many slots.
    ///
    /// # Errors
    /// When a reference string does not load.
    pub fn new(slots: usize) -> Result<Self> {
        let layout = Layout::new(slots, Vec::new())?;
        let (n, t) = QUORUM;
        let pieces: Vec<_> = (0_u8..)
            .zip(pieces_of(n, t))
            .map(|(index, _)| {
                let seed = Seed::new([index; 32]).for_key(0);
                let public = seed.public(&CONTEXT);
                (seed, public)
            })
            .collect();
        let key = ElectionKey::new(&CONTEXT, pieces.iter().map(|(_, public)| public));
        Ok(Self {
            ballots: string(layout.use_())?,
            shares: string(Use::Shares)?,
            layout,
            pieces,
            key,
        })
    }

    fn slots(&self, voter: u32) -> Vec<bool> {
        let slots = (0..self.layout.slots()).zip((voter % 7..).map(|it| it % 3 == 0));
        slots.map(|(_, it)| it).collect()
    }

    fn cast(&self, voter: u32) -> Result<Ballot> {
        let chance = *blake3::hash(&voter.to_be_bytes()).as_bytes();
        let (slots, binding) = (self.slots(voter), voter.to_be_bytes());
        let layout = &self.layout;
        Ok(Ballot::cast(
            &self.ballots,
            &self.key,
            layout,
            &slots,
            &binding,
            &chance,
        )?)
    }

    fn holds(&self, voter: u32, ballot: &Ballot) -> bool {
        let binding = voter.to_be_bytes();
        let verified = ballot.verify(&self.ballots, &self.key, &self.layout, &binding);
        verified.is_ok()
    }

    /// Measures each step this many times, on the cores that the process has.
    ///
    /// # Errors
    /// When a proof does not hold.
    pub fn steps(&self, times: u32) -> Result<Steps> {
        let (mut casts, mut verified, mut ballots) = (vec![], vec![], vec![]);
        for voter in 0..times {
            let (time, ballot) = timed(|| self.cast(voter));
            casts.push(time);
            let ballot = ballot?;
            let (time, holds) = timed(|| self.holds(voter, &ballot));
            ensure!(holds, "the proof of ballot {voter} does not hold");
            verified.push(time);
            ballots.push(ballot);
        }
        let mut sum = Sum::new(&self.layout);
        for ballot in &ballots {
            sum.add(ballot)?;
        }
        let (mut bare, mut proven, mut shares) = (vec![], vec![], vec![]);
        for (seed, _) in &self.pieces {
            bare.push(timed(|| seed.share_values(&CONTEXT, &sum, &LOCK)).0);
            let (time, share) = timed(|| seed.share(&self.shares, &CONTEXT, &sum, &LOCK));
            proven.push(time);
            shares.push(share?);
        }
        let mut opened = Vec::new();
        for _ in 0..times.min(3) {
            let (time, counts) = timed(|| self.verify_and_open(&sum, &shares));
            opened.push(time);
            let expected: u32 = (0..times)
                .map(|it| u32::from(self.slots(it).first() == Some(&true)))
                .sum();
            ensure!(counts?.first() == Some(&expected), "the sum is wrong");
        }
        Ok(Steps {
            cast: middle(casts),
            verify: middle(verified),
            ballot_len: self.layout.ballot_len(),
            large_len: Layout::new(256, Vec::new())?.ballot_len(),
            share: middle(bare),
            proven: middle(proven),
            opened: middle(opened),
        })
    }

    fn verify_and_open(&self, sum: &Sum, shares: &[Share]) -> Result<Vec<u32>> {
        for ((_, public), share) in self.pieces.iter().zip(shares) {
            share.verify(&self.shares, &CONTEXT, public, sum, &LOCK)?;
        }
        Ok(open(&self.layout, sum, &shares.iter().collect::<Vec<_>>())?.counts)
    }

    /// Ballots verified a second on all cores.
    ///
    /// # Errors
    /// When a proof does not hold.
    pub fn verified_a_second(&self, ballots: u32) -> Result<f64> {
        let cast: Vec<_> = (0..4).map(|it| self.cast(it)).collect::<Result<_>>()?;
        let voters: Vec<u32> = (0..ballots).collect();
        let start = Instant::now();
        let verdicts = commune::cores::map(&voters, |_, voter| {
            let voter = voter % 4;
            let at = usize::try_from(voter).unwrap_or(0);
            cast.get(at).is_some_and(|ballot| self.holds(voter, ballot))
        });
        let time = start.elapsed();
        ensure!(verdicts.into_iter().all(|it| it), "a proof does not hold");
        Ok(f64::from(ballots) / time.as_secs_f64())
    }

    /// Adds and opens a ward of that many ballots, whose proofs are left out.
    ///
    /// # Errors
    /// When the sum is not theirs.
    pub fn ward(&self, ballots: u32) -> Result<Ward> {
        // A few hundred different ones, again and again: what is measured is the addition.
        let different: Vec<Ballot> = (0..ballots.min(256))
            .map(|voter| {
                let values: Vec<u64> = self.slots(voter).into_iter().map(u64::from).collect();
                cheat::unproven(
                    &self.key,
                    &values,
                    blake3::hash(&voter.to_be_bytes()).as_bytes(),
                )
            })
            .collect();
        let mut sum = Sum::new(&self.layout);
        let start = Instant::now();
        let every = (0..ballots).zip(different.iter().cycle());
        for (_, ballot) in every {
            sum.add(ballot)?;
        }
        let added = start.elapsed();
        let first = |it: u32| u32::from(self.slots(it % 256).first() == Some(&true));
        let expected: u32 = (0..ballots).map(first).sum();
        // Only the values: shares are proven and verified once a ward, whatever its size.
        let shares: Vec<Share> = self
            .pieces
            .iter()
            .map(|(seed, _)| cheat::unproven_share(seed, &CONTEXT, &sum, &LOCK))
            .collect();
        let start = Instant::now();
        let tally = open(&self.layout, &sum, &shares.iter().collect::<Vec<_>>())?;
        let opened = start.elapsed();
        ensure!(
            tally.counts.first() == Some(&expected),
            "the sum of {ballots} is wrong"
        );
        Ok(Ward {
            ballots,
            added,
            opened,
        })
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed(), done)
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Runs `work` in a process with one thread for proofs, and gives what it printed.
///
/// # Errors
/// When the process fails.
pub fn on_one_core(section: &str) -> Result<String> {
    let output = std::process::Command::new(std::env::current_exe()?)
        .arg(section)
        .env("RAYON_NUM_THREADS", "1")
        .output()?;
    ensure!(output.status.success(), "the measuring process failed");
    String::from_utf8(output.stdout).context("its output")
}
