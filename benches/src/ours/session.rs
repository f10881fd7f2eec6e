//! Whole sessions between two devices in memory, from hello to equal states.
//!
//! The entries are those of the [`Case`]: every device's log grows by one entry in turn, so what
//! differs is the end of logs, as in any network of logs.

use std::{collections::HashMap, thread, time::Instant};

use anyhow::{Context as _, Result, bail, ensure};
use commune_crdt::{
    entry::{
        Anchor, BlobRef, Entry, Kind, LogId, Payload, SignedEntry, Stream, Tag, VerifiedEntry,
    },
    hash::{EntryId, NetworkId},
    history::{History, Roots},
    keys::{DeviceKey, MemberKey, SecretKey},
    payload::certify_device,
    state::state_hash,
    sync::{
        holdings::Holdings,
        message::LinkClass,
        session::{Event, Role, Session, Setup},
    },
    time::{ClaimedMinutes, Millis},
};

use crate::sets::{Case, Cost, Holder, logs};

/// The network of all entries here.
pub const NETWORK: NetworkId = NetworkId([7; 32]);

/// Kind of the entries: one that this version does not know, kept and passed on all the same.
const KIND: u8 = 31;

/// Bytes of a payload.
const PAYLOAD_LEN: usize = 40;

/// Keys that write no log.
const DIALLER: u32 = u32::MAX;
const LISTENER: u32 = u32::MAX - 1;
const MEMBER: u32 = u32::MAX - 2;

/// A clock that stands still: links here take no time.
const NOW: Millis = Millis(0);

/// All entries of a size of network, made once for several cases, in order of number.
#[derive(Debug)]
pub struct Entries(Vec<VerifiedEntry>);

impl Entries {
    /// Signs `count` entries on all cores.
    ///
    /// # Errors
    /// When an entry cannot be signed.
    pub fn of(count: u32) -> Result<Self> {
        let cores = u32::try_from(thread::available_parallelism()?.get())?;
        let logs: Vec<Vec<VerifiedEntry>> = thread::scope(|scope| {
            let start = |core| {
                scope.spawn(move || {
                    (core..logs(count))
                        .step_by(usize::try_from(cores)?)
                        .map(|log| sign_log(log, count))
                        .collect()
                })
            };
            let workers: Vec<_> = (0..cores).map(start).collect();
            let parts = workers
                .into_iter()
                .map(|it| it.join().ok().context("a signing thread panicked")?);
            Ok::<_, anyhow::Error>(interleave(parts.collect::<Result<Vec<Vec<_>>>>()?))
        })?;
        Ok(Self(interleave(logs)))
    }

    /// All of them, in order of number.
    #[must_use]
    pub fn all(&self) -> &[VerifiedEntry] {
        &self.0
    }

    /// Who writes the entries of a set of `count`.
    #[must_use]
    pub fn founders(count: u32) -> Vec<(MemberKey, DeviceKey)> {
        let person = |key: SecretKey| (key.member_key(), key.device_key());
        (0..logs(count)).map(|log| person(key(log))).collect()
    }

    fn device(&self, case: &Case, side: Holder) -> Result<Memory> {
        let mut device = Memory {
            history: History::new(Roots {
                network: NETWORK,
                founders: Self::founders(case.entries),
                import: None,
            }),
            bytes: HashMap::new(),
            digest: [0; 32],
        };
        for number in case.held_by(side) {
            let entry = self
                .0
                .get(usize::try_from(number)?)
                .context("there is no such entry")?;
            device.place(entry.clone());
        }
        device.seal();
        Ok(device)
    }
}

/// Takes the first of each list, then the second of each.
fn interleave<T>(lists: Vec<Vec<T>>) -> Vec<T> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(lists.iter_mut().filter_map(Iterator::next));
        if all.len() == before {
            return all;
        }
    }
}

fn sign_log(log: u32, count: u32) -> Result<Vec<VerifiedEntry>> {
    let len = count.saturating_sub(log).div_ceil(logs(count));
    let (key, mut previous) = (key(log), None);
    let sign = |seq| {
        let entry = Entry {
            kind: Kind::new(Stream::MEMBER, KIND),
            tag: Tag::default(),
            seq,
            previous,
            anchor: Anchor::genesis(&NETWORK),
            claimed: ClaimedMinutes(29_400_000),
            parents: vec![],
            payload: Payload::Inline(vec![5; PAYLOAD_LEN]),
        };
        let entry = entry.sign(&NETWORK, &key)?;
        previous = Some(entry.id());
        Ok(entry)
    };
    (0..len).map(sign).collect()
}

fn key(log: u32) -> SecretKey {
    SecretKey::from_seed(blake3::hash(&log.to_be_bytes()).as_bytes())
}

/// Lets two devices meet until they hold the same. The bytes are all that the session said but
/// the entries themselves; the round trips, those on a link of unlimited width until both hold all
/// entries.
///
/// # Errors
/// When the session closes, or ends out of sync.
pub fn reconcile(case: &Case, entries: &Entries) -> Result<Cost> {
    let mut left = entries.device(case, Holder::Left)?;
    let mut right = entries.device(case, Holder::Right)?;
    let start = Instant::now();
    let mut dialler = Session::new(setup(Role::Dialler), NOW, &left);
    let mut listener = Session::new(setup(Role::Listener), NOW, &right);
    let all = usize::try_from(case.entries)?;
    let holds_all = |device: &Memory| device.history.len() == all;
    let (mut trips, mut are_equal_after) = (0_u32, None);
    let mut to_listener = said(&mut dialler, &left);
    let mut to_dialler = Vec::new();
    while !to_listener.is_empty() || !to_dialler.is_empty() {
        // Half a round trip: what each side said reaches the other at the same time.
        hear(&mut listener, &mut right, &to_listener)?;
        hear(&mut dialler, &mut left, &to_dialler)?;
        trips = trips.saturating_add(1);
        if are_equal_after.is_none() && holds_all(&left) && holds_all(&right) {
            are_equal_after = Some(trips);
        }
        to_listener = said(&mut dialler, &left);
        to_dialler = said(&mut listener, &right);
    }
    let time = start.elapsed();
    ensure!(
        dialler.is_in_sync() && listener.is_in_sync(),
        "the session ended out of sync"
    );
    let trips = match case.differences {
        0 => trips,
        _ => are_equal_after.context("an entry was lost")?,
    };
    Ok(Cost {
        bytes: dialler.stats().overhead,
        round_trips: f64::from(trips) / 2.0,
        time,
    })
}

/// All that one side has to say now.
fn said(session: &mut Session, own: &Memory) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| session.poll_send(NOW, own)).collect()
}

/// Lets one side hear, and take in what it heard.
fn hear(session: &mut Session, own: &mut Memory, frames: &[Vec<u8>]) -> Result<()> {
    for frame in frames {
        session.handle(NOW, frame, own);
        own.work(session)?;
    }
    Ok(())
}

fn setup(role: Role) -> Setup {
    let (own, other) = match role {
        Role::Dialler => (DIALLER, LISTENER),
        Role::Listener => (LISTENER, DIALLER),
    };
    let member = key(MEMBER);
    Setup {
        role,
        network: NETWORK,
        hello_keys: vec![[1; 32]],
        device: key(own),
        certificate: Some((
            member.member_key(),
            certify_device(&member, &key(own).device_key()),
        )),
        peer: key(other).device_key(),
        binding: [3; 32],
        salt: [u8::from(role == Role::Dialler); 8],
        link: LinkClass::Fast,
    }
}

/// A device in memory.
#[derive(Debug)]
struct Memory {
    history: History,
    bytes: HashMap<EntryId, Vec<u8>>,
    digest: [u8; 32],
}

impl Memory {
    fn place(&mut self, entry: VerifiedEntry) {
        self.bytes.insert(entry.id(), entry.as_bytes().to_vec());
        self.history.place(entry);
    }

    fn seal(&mut self) {
        self.digest = state_hash(&self.history).0;
    }

    fn work(&mut self, session: &mut Session) -> Result<()> {
        while let Some(event) = session.poll_event() {
            match event {
                Event::Entries { entries, bytes } => {
                    for entry in entries {
                        let entry = entry
                            .verify(&NETWORK)
                            .map_err(|_| anyhow::anyhow!("a false signature"))?;
                        self.place(entry);
                    }
                    self.seal();
                    session.taken(NOW, bytes, 0, self);
                }
                Event::Closed(reason) => bail!("the session closed: {reason}"),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Holdings for Memory {
    fn history(&self) -> &History {
        &self.history
    }

    fn digest(&self) -> [u8; 32] {
        self.digest
    }

    fn entry(&self, id: &EntryId) -> Option<SignedEntry> {
        SignedEntry::decode(self.bytes.get(id)?).ok()
    }

    fn fork(&self, _: &LogId) -> Option<[Vec<u8>; 2]> {
        None
    }

    fn blob_part(&self, _: &BlobRef, _: u32, _: usize) -> Option<Vec<u8>> {
        None
    }

    fn missing_blobs(&self) -> Vec<(BlobRef, u32)> {
        vec![]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sets::{Lack, Place};

    #[test]
    fn two_devices_end_with_the_same_entries_in_time_and_at_their_price() {
        let entries = Entries::of(3_000).unwrap();
        for differences in [0, 1, 10, 100, 200, 400, 2_000] {
            for lack in [Lack::Both, Lack::Right] {
                let case = Case {
                    entries: 3_000,
                    differences,
                    lack,
                    place: Place::Newest,
                };
                let cost = reconcile(&case, &entries).unwrap();
                println!("{case:?}: {cost:?}");
                match differences {
                    0 => assert!(cost.bytes <= 500 && cost.round_trips <= 1.0),
                    _ => assert!(cost.round_trips <= 2.5),
                }
                assert!(differences < 100 || cost.per_difference(&case) <= 20.0);
            }
        }
    }
}
