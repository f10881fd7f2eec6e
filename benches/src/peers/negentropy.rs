//! Range-based reconciliation: the `negentropy` crate, frames without limit.

use std::time::Instant;

use anyhow::{Result, ensure};
use negentropy::{Id, Negentropy, NegentropyStorageVector};

use crate::sets::{Case, Cost, Holder, id};

/// Reconciles until the left side knows what it has and what it needs.
///
/// # Errors
/// When the protocol fails, or finds not exactly the differences.
pub fn reconcile(case: &Case) -> Result<Cost> {
    let (left, right) = (storage(case, Holder::Left)?, storage(case, Holder::Right)?);
    let start = Instant::now();
    let mut client = Negentropy::borrowed(&left, 0)?;
    let mut server = Negentropy::borrowed(&right, 0)?;
    let (mut have, mut need) = (Vec::new(), Vec::new());
    let (mut bytes, mut round_trips) = (0_usize, 0_u32);

    let mut question = Some(client.initiate()?);
    while let Some(asked) = question {
        let answer = server.reconcile(&asked)?;
        bytes = bytes
            .saturating_add(asked.len())
            .saturating_add(answer.len());
        round_trips = round_trips.saturating_add(1);
        question = client.reconcile_with_ids(&answer, &mut have, &mut need)?;
    }
    let time = start.elapsed();

    let found = have.len().saturating_add(need.len());
    ensure!(
        found == usize::try_from(case.differences)?,
        "negentropy found {found} differences of {}",
        case.differences
    );
    Ok(Cost {
        bytes: bytes.try_into()?,
        round_trips: round_trips.into(),
        time,
    })
}

fn storage(case: &Case, side: Holder) -> Result<NegentropyStorageVector> {
    let mut storage = NegentropyStorageVector::new();
    for number in case.held_by(side) {
        storage.insert(number.into(), Id::from_byte_array(id(number)))?;
    }
    storage.seal()?;
    Ok(storage)
}
