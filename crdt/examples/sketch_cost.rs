//! Bytes and milliseconds of reconciliation by sketch: `cargo run --release --example sketch_cost`.
//!
//! All differences are on the sending side, so that each of them is asked for.
#![expect(clippy::disallowed_methods, reason = "it measures time")]
#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "figures for people"
)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "no stranger's bytes here"
)]

use std::time::Instant;

use commune_crdt::sync::sketch::{
    Decoder, Encoder, Progress, Salt, ShortId, Want, next_batch, opening,
};

fn main() {
    println!(
        "entries   differ  symbols/d  B/d symbols  B/d want  B/d total (worst of n)  ms hash  ms encode  ms decode"
    );
    for entries in [100_000, 1_000_000] {
        for (differ, rounds) in [(10, 20), (100, 20), (1_000, 10), (10_000, 3), (45_000, 2)] {
            measure(entries, differ, rounds);
        }
    }
}

fn measure(entries: u64, differ: u64, rounds: u8) {
    let (mut symbol_bytes, mut want_bytes, mut worst) = (0, 0, 0);
    let (mut hash_ms, mut encode_ms, mut decode_ms) = (0.0, 0.0, 0.0);
    let (width, first) = opening(entries, differ, differ);
    let symbol_len = usize::from(width.symbol_len());
    for round in 0..rounds {
        let salt = Salt::new([round; 32]);
        let start = Instant::now();
        let ids = short_ids(&salt, 0..entries);
        hash_ms += ms(start);

        let mut ours = Encoder::new(&salt, width, ids.iter().skip(differ as usize).copied());
        let mut symbols = Vec::new();
        // The decoder's own symbols are made beforehand: what is measured is the peeling.
        while ours.next_symbols(4_096, &mut symbols) > 0 && ours.sent() < 2 * differ as usize {}
        let mut decoder = Decoder::new(ours);

        let start = Instant::now();
        let mut theirs = Encoder::new(&salt, width, ids);
        encode_ms += ms(start);
        loop {
            let start = Instant::now();
            symbols.clear();
            let count = match theirs.sent() {
                0 => first,
                sent => next_batch(sent),
            };
            theirs.next_symbols(count, &mut symbols);
            encode_ms += ms(start);
            let start = Instant::now();
            let progress = decoder.push_symbols(&symbols).unwrap();
            decode_ms += ms(start);
            if progress == Progress::Done {
                break;
            }
        }
        let found = decoder.difference().theirs;
        assert_eq!(found.len() as u64, differ);
        let want: usize = Want::split(found, entries)
            .iter()
            .map(|want| want.encode().len())
            .sum();
        symbol_bytes += theirs.sent() * symbol_len;
        want_bytes += want;
        worst = worst.max(theirs.sent() * symbol_len + want);
    }
    let each = |total: usize| total as f64 / f64::from(rounds) / differ as f64;
    println!(
        "{entries:7}  {differ:7}  {:9.3}  {:11.2}  {:8.2}  {:9.2} ({:5.2} of {rounds:2})      {:7.0}  {:9.0}  {:9.2}",
        each(symbol_bytes) / symbol_len as f64,
        each(symbol_bytes),
        each(want_bytes),
        each(symbol_bytes + want_bytes),
        worst as f64 / differ as f64,
        hash_ms / f64::from(rounds),
        encode_ms / f64::from(rounds),
        decode_ms / f64::from(rounds),
    );
}

fn short_ids(salt: &Salt, numbers: std::ops::Range<u64>) -> Vec<ShortId> {
    let id = |number: u64| {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_be_bytes());
        id
    };
    numbers.map(|number| salt.short_id(&id(number))).collect()
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0
}
