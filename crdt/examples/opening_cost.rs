//! What a comparison costs on average, and how often its first batch of symbols does not suffice:
//! `cargo run --release --example opening_cost`.
//!
//! Only what differs is sketched, and little of what both hold: that cancels out anyway.
#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "figures for people"
)]
#![expect(clippy::arithmetic_side_effects, reason = "no stranger's bytes here")]

use commune_crdt::sync::sketch::{
    Coins, Counters, Decoder, Encoder, Progress, Salt, ShortId, Want, next_batch, opening,
};

/// Items that both hold, so that counters are blurred by what they leave out.
const COMMON: u64 = 2_000;

/// What a session says beside symbols and wants: hellos, one sum, ends and states.
const SESSION: usize = 558;

const SESSIONS: u16 = 400;

fn main() {
    println!(" entries  differ  of them surplus  B/d   worst  over 20 B  second batch");
    for entries in [100_000, 1_000_000] {
        for differ in [100, 200, 400, 1_000] {
            for tenths in [0, 5, 7, 8, 9, 10] {
                measure(entries, differ, differ * tenths / 10);
            }
        }
    }
}

fn measure(entries: u64, differ: u64, surplus: u64) {
    let (mut total, mut worst, mut over, mut again) = (0, 0, 0_u32, 0_u32);
    for session in 0..SESSIONS {
        let (bytes, batches) = compare(session, entries, differ, surplus);
        total += bytes;
        worst = worst.max(bytes);
        over += u32::from(bytes as u64 > 20 * differ);
        again += u32::from(batches > 1);
    }
    let percent = |count| 100.0 * f64::from(count) / f64::from(SESSIONS);
    println!(
        "{entries:8}  {differ:6}  {surplus:15}  {:4.1}  {:5.1}  {:7.1} %  {:9.1} %",
        total as f64 / f64::from(SESSIONS) / differ as f64,
        worst as f64 / differ as f64,
        percent(over),
        percent(again),
    );
}

/// Bytes and batches; a comparison that has to be repeated counts as a second batch.
fn compare(session: u16, entries: u64, differ: u64, surplus: u64) -> (usize, u32) {
    let mut seed = [7; 32];
    seed[..2].copy_from_slice(&session.to_be_bytes());
    let salt = Salt::new(seed);
    let left = COMMON + u64::midpoint(differ, surplus);
    let (left_ids, left_counters) = hashed(&salt, 0..left);
    let (right_ids, right_counters) = hashed(&salt, (0..COMMON).chain(left..COMMON + differ));
    let (left, right) = (left_counters.summary(), right_counters.summary());

    let (width, mut batch) = opening(entries, surplus, left.differences(&right));
    let mut encoder = Encoder::new(&salt, width, left_ids);
    let mut decoder = Decoder::new(Encoder::new(&salt, width, right_ids));
    let mut batches = 0;
    let found_all = loop {
        batches += 1;
        let mut symbols = Vec::new();
        while batch > 0 {
            batch -= encoder.next_symbols(batch, &mut symbols);
        }
        match decoder.push_symbols(&symbols) {
            Ok(Progress::NeedMore) => batch = next_batch(encoder.sent()),
            Ok(Progress::Done) => break true,
            Err(_) => break false,
        }
    };
    let wants = Want::split(decoder.difference().theirs, entries);
    let want: usize = wants.iter().map(|it| it.encode().len()).sum();
    let symbols = encoder.sent() * usize::from(width.symbol_len());
    (SESSION + symbols + want, batches + u32::from(!found_all))
}

fn hashed(salt: &Salt, numbers: impl Iterator<Item = u64>) -> (Vec<ShortId>, Counters) {
    let mut counters = Counters::default();
    let item = |number: u64| -> (ShortId, Coins) {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_be_bytes());
        salt.hash(&id)
    };
    let ids = numbers.map(|number| {
        let (id, coins) = item(number);
        counters.insert(coins);
        id
    });
    (ids.collect(), counters)
}
