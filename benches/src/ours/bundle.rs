//! Bundles of long payloads: `commune bundle create` as people run it, so with opening the store,
//! sealing, the wait for the disk and reading back what was written.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result, ensure};
use commune::{
    device::Device,
    founding::{Proposal, card},
    store::Durability,
    vault::{Vault, VaultError, signer::SignerKeys},
};
use commune_crdt::{
    codec::to_u64,
    entry::{Anchor, BlobRef, Entry, Kind, Payload, SignedEntry, Stream, Tag},
    genesis::{Genesis, NetworkSecret},
    time::ClaimedMinutes,
};

use crate::{process::Room, yardstick::rate};

/// Bytes of a payload.
const PAYLOAD_LEN: usize = 16 * 1_024;

/// Founders who write them.
const FOUNDERS: u8 = 8;

/// Payloads that go to the disk together.
const BATCH: u32 = 256;

/// Kind of the entries: one that this version does not know, kept and passed on all the same.
const KIND: u8 = 31;

const NOW: ClaimedMinutes = ClaimedMinutes(29_400_000);

pub(super) const DEVICE: &str = "writer";

/// A device that holds payloads.
#[derive(Debug)]
pub struct World {
    room: Room,
    payloads: u64,
}

/// A bundle that was written.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// Bytes of all its files.
    pub bytes: u64,
    /// From the start of the process to its end.
    pub time: Duration,
}

impl Written {
    /// Millions of bytes a second.
    #[must_use]
    pub fn mb_a_second(&self) -> f64 {
        rate(usize::try_from(self.bytes).unwrap_or(usize::MAX), self.time) / 1e6
    }
}

impl World {
    /// A device that holds `batches` × 256 payloads of each of eight founders.
    ///
    /// # Errors
    /// When the network cannot be founded or the device fails.
    pub fn of(batches: u32) -> Result<Self> {
        let founders: Vec<_> = (0..FOUNDERS)
            .map(|it| Vault::generate(&format!("founder {it}"), &[it; 32].into(), NOW))
            .collect::<Result<_, _>>()?;
        let genesis = found(&founders)?;
        let room = Room::new("bundle")?;
        fs::write(room.genesis(), genesis.encode())?;
        room.device(DEVICE)?;
        room.join(DEVICE)?;
        let folder = room.path(DEVICE);
        let no_passphrase = || Err::<_, anyhow::Error>(VaultError::Absent(folder.clone()).into());
        let device = Device::open(&folder, Vault::open(&folder, no_passphrase)?)?;
        for founder in &founders {
            fill(&device, founder, batches)?;
        }
        let payloads = batches
            .saturating_mul(BATCH)
            .saturating_mul(FOUNDERS.into());
        Ok(Self {
            room,
            payloads: payloads.into(),
        })
    }

    pub(super) fn room(&self) -> &Room {
        &self.room
    }

    /// Writes all of it to a file.
    ///
    /// # Errors
    /// When the command fails, or leaves a payload out.
    pub fn create(&self) -> Result<Written> {
        let file = self.room.path("all.bundle");
        let words = ["bundle", "create", &file.to_string_lossy()];
        let (said, time) = self.room.timed(DEVICE, &words)?;
        let number = |name| said.get(name).and_then(|it| it.as_u64()).context(name);
        ensure!(number("blobs")? == self.payloads, "not all is in: {said}");
        fs::remove_file(file)?;
        Ok(Written {
            bytes: number("bytes")?,
            time,
        })
    }
}

fn found(founders: &[Vault]) -> Result<Genesis> {
    let cards = founders
        .iter()
        .map(|it| anyhow::Ok(card(it, &SignerKeys::generate()?)?));
    let proposal = Proposal {
        members: cards.collect::<Result<_>>()?,
        test_network: true,
        now: NOW,
        ..Proposal::default()
    };
    let mut draft = proposal.draft()?;
    for founder in founders {
        draft.sign(&founder.member().context("no member key")?)?;
    }
    Ok(draft.close(NetworkSecret::new([9; 32]))?)
}

/// Lets `device` take in what `founder` wrote.
fn fill(device: &Device, founder: &Vault, batches: u32) -> Result<()> {
    let mut previous = None;
    let mut next = |seq: u32| {
        let mut bytes = vec![0; PAYLOAD_LEN];
        blake3::Hasher::new_keyed(founder.member_key.as_bytes())
            .update(&seq.to_be_bytes())
            .finalize_xof()
            .fill(&mut bytes);
        let entry = Entry {
            kind: Kind::new(Stream::TEXT, KIND),
            tag: Tag([1; 16]),
            seq,
            previous,
            anchor: Anchor::genesis(device.network()),
            claimed: NOW,
            parents: vec![],
            payload: Payload::of(bytes.clone()),
        };
        let entry = entry.sign(device.network(), &founder.device)?;
        previous = Some(entry.id());
        anyhow::Ok((
            SignedEntry::decode(entry.as_bytes())?,
            (BlobRef::of(&bytes), bytes),
        ))
    };
    for batch in 0..batches {
        let start = batch.saturating_mul(BATCH);
        let made: Vec<_> = (start..start.saturating_add(BATCH))
            .map(&mut next)
            .collect::<Result<_>>()?;
        let (entries, blobs): (Vec<_>, Vec<_>) = made.into_iter().unzip();
        let count = entries.len();
        let (taken, receipt) = device.take(entries, Durability::Data)?;
        ensure!(
            to_u64(count) == to_u64(taken.placed.len()),
            "an entry has no place"
        );
        device.take_blobs(blobs)?;
        receipt.wait()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_of_the_network_takes_what_founders_wrote() {
        let founders: Vec<_> = (0..FOUNDERS)
            .map(|it| Vault::generate("founder", &[it; 32].into(), NOW).unwrap())
            .collect();
        let genesis = found(&founders).unwrap();
        let room = Room::new("bundle-test").unwrap();
        let own = Vault::generate("writer", &[99; 32].into(), NOW).unwrap();
        let device = Device::join(&room.path("."), own, &genesis).unwrap();
        fill(&device, &founders[0], 1).unwrap();
        let missing =
            commune_crdt::sync::holdings::Holdings::missing_blobs(&device.view().unwrap());
        assert!(missing.is_empty());
    }
}
