//! Durable intake: signed bytes from outside, through the gate, into the store, onto the disk.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use commune::{
    device::Device,
    import::{Graph, Import},
    intake::ahead,
    store::Durability,
    vault::Vault,
};
use commune_crdt::{entry::SignedEntry, time::ClaimedMinutes};

use crate::folder::Folder;

/// Entries that are on their way to the disk together.
const BATCH: usize = 1_000;

/// Certifications that each person gives.
const GIVEN: u32 = 10;

/// A network of imported people, and all its entries as they come from outside.
#[derive(Debug)]
pub struct Network {
    import: Import,
    entries: Vec<Vec<u8>>,
}

/// What an empty device needed to take a whole network in.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Entries, all of them placed.
    pub entries: usize,
    /// From the first byte decoded until the disk had the last entry.
    pub time: Duration,
}

impl Network {
    /// People who each certify the next ten: 11 entries a person.
    ///
    /// # Errors
    /// When there are too few people for that, or too many for a network.
    pub fn of(people: u32) -> Result<Self> {
        let mut graph = String::from("issuer,receiver\n");
        for issuer in 0..people {
            for step in 1..=GIVEN {
                let receiver = issuer
                    .saturating_add(step)
                    .checked_rem(people)
                    .context("nobody")?;
                writeln!(graph, "{issuer},{receiver}")?;
            }
        }
        let import = Import::new(Graph::read(graph.as_bytes(), None::<&[u8]>)?)?;
        let entries = import
            .batches()
            .flatten()
            .map(|entry| entry.as_bytes().to_vec())
            .collect();
        Ok(Self { import, entries })
    }

    /// Takes all entries into a new device, in batches of 1,000.
    ///
    /// # Errors
    /// When the device fails, or has not placed every entry.
    pub fn take_in(&self) -> Result<Taken> {
        let folder = Folder::new("intake")?;
        let vault = || Vault::generate("bench", &[1; 32].into(), ClaimedMinutes(29_400_000));
        let device = Device::join(folder.path(), vault()?, self.import.genesis())?;

        let start = Instant::now();
        let mut receipts = Vec::new();
        let checked = self.entries.chunks(BATCH).map(|batch| {
            let batch = batch.iter().map(|bytes| SignedEntry::decode(bytes));
            anyhow::Ok(device.check(batch.collect::<Result<_, _>>()?)?)
        });
        // As the gate does: one batch is placed while the next is checked.
        ahead(checked, |batch| {
            let (taken, receipt) = device.place(batch, Durability::Data)?;
            ensure!(taken.counts().refused == 0, "an entry was refused");
            receipts.push(receipt);
            Ok(())
        })?;
        for receipt in receipts {
            receipt.wait()?;
        }
        let time = start.elapsed();

        let placed = device.history()?.len();
        ensure!(
            placed == self.entries.len(),
            "{placed} entries of {} have a place",
            self.entries.len()
        );
        Ok(Taken {
            entries: placed,
            time,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_taken_in() {
        let taken = Network::of(30).unwrap().take_in().unwrap();
        assert_eq!(taken.entries, 30 * 11);
    }
}
