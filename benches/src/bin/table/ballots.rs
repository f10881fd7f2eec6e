//! The section about secret ballots, beside exponential `ElGamal`.

use anyhow::Result;
use commune_benches::ours::ballots::{Election, QUORUM, SLOTS, on_one_core};
#[cfg(feature = "peers")]
use commune_benches::peers::elgamal;

/// The word by which a process measures on one core.
pub(crate) const ONE_CORE: &str = "ballots-on-one-core";

/// Times that a step is measured, to take the middle one.
const TIMES: u32 = 7;

/// Ballots of a full ward.
const WARD: u32 = 4_095;

/// Ballots that a device samples of wards that are not its own.
const SAMPLE: f64 = 300.;

/// All of it.
pub(crate) fn print() -> Result<()> {
    let (n, t) = QUORUM;
    println!("Secret ballots of {SLOTS} choices, {t} of {n} trustees; one core unless said\n");
    print!("{}", on_one_core(ONE_CORE)?);
    let election = Election::new(SLOTS)?;
    let all = election.verified_a_second(24)?;
    let cores = commune::cores::count();
    println!("  verified a second on {cores} cores {all:>9.1}\n");
    Ok(())
}

/// What is measured in a process with one thread for proofs.
pub(crate) fn print_one_core() -> Result<()> {
    let election = Election::new(SLOTS)?;
    let steps = election.steps(TIMES)?;
    let ms = |it: std::time::Duration| it.as_secs_f64() * 1e3;
    let ward = election.ward(WARD)?;
    let added = f64::from(WARD) / ward.added.as_secs_f64();
    println!("  {:<26} {:>12} {:>14}    bar", "", "commune", "ElGamal");
    let peer = peer()?;
    let row = |name: &str, own: String, peer: &str, bar: &str| {
        println!("  {name:<26} {own:>12} {peer:>14}    {bar}");
    };
    row(
        "cast, ms",
        format!("{:.0}", ms(steps.cast)),
        &peer.cast,
        "≤ 2500",
    );
    let verified = 1. / steps.verify.as_secs_f64();
    row(
        "verified a second",
        format!("{verified:.1}"),
        &peer.verified,
        "≥ 6",
    );
    row(
        "added a second",
        format!("{added:.0}"),
        &peer.added,
        "≥ 100000",
    );
    row("share, ms", format!("{:.2}", ms(steps.share)), "", "≤ 1");
    row(
        "share with proof, ms",
        format!("{:.0}", ms(steps.proven)),
        "",
        "≤ 2500",
    );
    row(
        "10 shares and opening, ms",
        format!("{:.0}", ms(steps.opened)),
        "",
        "≤ 2000",
    );
    row(
        "bytes, 16 slots",
        steps.ballot_len.to_string(),
        &peer.small,
        "≤ 18000",
    );
    row(
        "bytes, 256 slots",
        steps.large_len.to_string(),
        &peer.large,
        "≤ 19500",
    );
    println!(
        "\n  {:>9} {:>12} {:>12} {:>14}",
        "ballots", "verify, s", "add, ms", "open sum, ms"
    );
    for ballots in [10, 100, 1_000, WARD] {
        let ward = election.ward(ballots)?;
        println!(
            "  {ballots:>9} {:>12.1} {:>12.2} {:>14.3}",
            f64::from(ballots) * steps.verify.as_secs_f64(),
            ms(ward.added),
            ms(ward.opened),
        );
    }
    let wards = (1e6 / f64::from(WARD / 2)).ceil();
    let own = f64::from(WARD / 2) * steps.verify.as_secs_f64();
    let sample = SAMPLE * steps.verify.as_secs_f64();
    let shares = wards * steps.opened.as_secs_f64();
    println!(
        "\n  a million voters: {wards:.0} wards of {}; one device verifies its own ward {own:.0} s + sample {sample:.0} s\n  \
         + shares of all wards {wards:.0} × {:.1} s = {shares:.0} s: {:.0} core-minutes, once ever",
        WARD / 2,
        steps.opened.as_secs_f64(),
        (own + sample + shares) / 60.,
    );
    Ok(())
}

#[derive(Default)]
struct Peer {
    cast: String,
    verified: String,
    added: String,
    small: String,
    large: String,
}

#[cfg(not(feature = "peers"))]
#[expect(clippy::unnecessary_wraps, reason = "the other one can fail")]
fn peer() -> Result<Peer> {
    Ok(Peer::default())
}

#[cfg(feature = "peers")]
fn peer() -> Result<Peer> {
    use std::time::Instant;

    use anyhow::{Context as _, ensure};

    let mut chance = elgamal::Chance::new(1);
    let key = elgamal::Key::new(&mut chance);
    let slots: Vec<bool> = (0..SLOTS).map(|it| it % 3 == 0).collect();
    let (mut casts, mut verified, mut last) = (vec![], vec![], None);
    for _ in 0..51 {
        let start = Instant::now();
        let ballot = key.cast(&slots, &mut chance)?;
        casts.push(start.elapsed());
        let start = Instant::now();
        ensure!(key.verify(&ballot), "a proof of the peer does not hold");
        verified.push(start.elapsed());
        last = Some(ballot);
    }
    casts.sort_unstable();
    verified.sort_unstable();
    let ballot = last.context("a ballot")?;
    let mut sums = [elgamal::Sum::default(); SLOTS];
    let start = Instant::now();
    for _ in 0..2_000 {
        elgamal::add(&mut sums, &ballot);
    }
    let added = 2_000. / start.elapsed().as_secs_f64();
    ensure!(
        sums.first().is_some_and(|it| key.open(it, 2_000).is_ok()),
        "the sum of the peer"
    );
    let at = |times: &[std::time::Duration]| times.get(25).map_or(0., |it| it.as_secs_f64());
    Ok(Peer {
        cast: format!("{:.1}", at(&casts) * 1e3),
        verified: format!("{:.0}", 1. / at(&verified)),
        added: format!("{added:.0}"),
        small: (SLOTS * elgamal::SLOT_LEN).to_string(),
        large: (256 * elgamal::SLOT_LEN).to_string(),
    })
}
