//! The keyed rateless sketch alone: what sums, symbols and wants cost.

use std::time::Instant;

use anyhow::{Result, ensure};
use commune_crdt::{
    codec::to_u64,
    sync::{
        message::{COUNTERS, Message},
        sketch::{Decoder, Encoder, Progress, Salt, Want, next_batch},
    },
};

use crate::sets::{Case, Cost, Holder, id};

/// Length and type of a frame.
const FRAME_HEADER_LEN: usize = 4;

/// Reconciles as a session does: how much one holds, symbols until they suffice, then what is wanted.
/// Hashing both sets under the session's salt is part of the time.
///
/// # Errors
/// When the sketch fails, or finds not exactly the differences.
pub fn reconcile(case: &Case) -> Result<Cost> {
    let ids = |side| case.held_by(side).map(id).collect::<Vec<_>>();
    let (left_ids, right_ids) = (ids(Holder::Left), ids(Holder::Right));

    let start = Instant::now();
    let salt = Salt::new(id(0));
    let encoder = |ids: &[[u8; 32]]| Encoder::new(&salt, ids.iter().map(|it| salt.short_id(it)));
    let (mut left, right) = (encoder(&left_ids), encoder(&right_ids));
    let (left_count, right_count) = (to_u64(left.len()), to_u64(right.len()));
    let sum = Message::Sum {
        round: 0,
        items: left_count,
        // What ±1 of each item comes to, about.
        counters: [i64::try_from(left_count.isqrt())?; COUNTERS],
    };
    let mut bytes = FRAME_HEADER_LEN.saturating_add(sum.encode().len());

    let count_difference = left_count.abs_diff(right_count);
    let mut decoder = Decoder::new(right);
    let mut progress = Progress::NeedMore;
    while progress == Progress::NeedMore {
        let mut frame = Vec::new();
        left.next_symbols(next_batch(left.sent(), count_difference), &mut frame);
        bytes = bytes
            .saturating_add(FRAME_HEADER_LEN)
            .saturating_add(frame.len());
        progress = decoder.push_symbols(&frame)?;
    }
    let found = decoder.difference();
    for want in Want::split(found.theirs.iter().copied(), left_count) {
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
        round_trips: 1,
        time,
    })
}
