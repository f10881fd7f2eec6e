//! The keyed rateless sketch alone: what sums, symbols and wants cost.

use std::time::Instant;

use anyhow::{Result, ensure};
use commune_crdt::sync::sketch::{Decoder, Encoder, Progress, Salt, SetSum, Want, next_batch};

use crate::sets::{Case, Cost, Holder, id};

/// Length and type of a frame.
const FRAME_HEADER_LEN: usize = 4;

/// Reconciles as a session does: sums both ways, symbols until they suffice, then what is wanted.
/// Hashing both sets under the session's salt is part of the time.
///
/// # Errors
/// When the sketch fails, or finds not exactly the differences.
pub fn reconcile(case: &Case) -> Result<Cost> {
    let ids = |side| case.held_by(side).map(id).collect::<Vec<_>>();
    let (left_ids, right_ids) = (ids(Holder::Left), ids(Holder::Right));

    let start = Instant::now();
    let salt = Salt::new(id(0));
    let (mut left, left_sum) = hashed(&salt, &left_ids);
    let (right, right_sum) = hashed(&salt, &right_ids);
    let mut bytes = 2 * (FRAME_HEADER_LEN + SetSum::LEN);

    let count_difference = left_sum.count().abs_diff(right_sum.count());
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
    for want in Want::split(found.theirs.iter().copied(), left_sum.count()) {
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

fn hashed(salt: &Salt, ids: &[[u8; 32]]) -> (Encoder, SetSum) {
    let mut sum = SetSum::default();
    let mut short_ids = Vec::with_capacity(ids.len());
    for id in ids {
        let (short_id, weight) = salt.hash(id);
        sum.insert(weight);
        short_ids.push(short_id);
    }
    (Encoder::new(salt, short_ids), sum)
}
