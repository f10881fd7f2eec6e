//! The keyed rateless sketch alone: what sums, symbols and wants cost.

use std::time::Instant;

use anyhow::{Result, ensure};
use commune_crdt::sync::{
    message::Message,
    sketch::{
        Counters, Decoder, Encoder, Progress, Salt, ShortId, Summary, Want, next_batch, opening,
    },
};

use crate::sets::{Case, Cost, Holder, id};

/// Length and type of a frame.
const FRAME_HEADER_LEN: usize = 4;

/// Reconciles as a session does: a summary, symbols until they suffice, then what is wanted.
/// Hashing both sets under the session's salt is part of the time.
///
/// # Errors
/// When the sketch fails, or finds not exactly the differences.
pub fn reconcile(case: &Case) -> Result<Cost> {
    let ids = |side| case.held_by(side).map(id).collect::<Vec<_>>();
    let (left_ids, right_ids) = (ids(Holder::Left), ids(Holder::Right));

    let start = Instant::now();
    let salt = Salt::new(id(0));
    let (left, left_summary) = hashed(&salt, &left_ids);
    let (right, right_summary) = hashed(&salt, &right_ids);
    let items = left_summary.items.max(right_summary.items);
    let surplus = left_summary.items.abs_diff(right_summary.items);
    let (width, mut batch) = opening(items, surplus, left_summary.differences(&right_summary));
    let sum = Message::Sum {
        round: 0,
        summary: left_summary,
    };
    let mut bytes = FRAME_HEADER_LEN.saturating_add(sum.encode().len());

    let mut left = Encoder::new(&salt, width, left);
    let mut decoder = Decoder::new(Encoder::new(&salt, width, right));
    let (mut progress, mut round_trips) = (Progress::NeedMore, 0_u32);
    while progress == Progress::NeedMore {
        round_trips = round_trips.saturating_add(1);
        let mut rest = batch;
        while rest > 0 {
            let mut frame = Vec::new();
            rest = rest.saturating_sub(left.next_symbols(rest, &mut frame));
            bytes = bytes
                .saturating_add(FRAME_HEADER_LEN)
                .saturating_add(frame.len());
            progress = decoder.push_symbols(&frame)?;
        }
        batch = next_batch(left.sent());
    }
    let found = decoder.difference();
    for want in Want::split(found.theirs.iter().copied(), left_summary.items) {
        bytes = bytes
            .saturating_add(FRAME_HEADER_LEN)
            .saturating_add(want.encode().len());
    }
    let time = start.elapsed();

    let count = found.ours.len().saturating_add(found.theirs.len());
    ensure!(
        count == usize::try_from(case.differences)?,
        "the sketch found {count} differences of {}",
        case.differences
    );
    Ok(Cost {
        bytes: bytes.try_into()?,
        round_trips: round_trips.into(),
        time,
    })
}

fn hashed(salt: &Salt, ids: &[[u8; 32]]) -> (Vec<ShortId>, Summary) {
    let mut counters = Counters::default();
    let mut short_ids = Vec::with_capacity(ids.len());
    for id in ids {
        let (short_id, coins) = salt.hash(id);
        counters.insert(coins);
        short_ids.push(short_id);
    }
    (short_ids, counters.summary())
}
