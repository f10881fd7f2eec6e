//! Devices in memory: founders who write, and neighbours who take what they are given.

use std::collections::{BTreeMap, BTreeSet};

use commune::{
    bundle::{
        BundleError, BundleKey, Created, Import, Options, Output, Report, Sink, create, ticket_of,
    },
    finality::NewcomerError,
    intake::{Fate, Taken, verify_all},
    store::StoreError,
};
use commune_crdt::{
    entry::{Anchor, BlobRef, Entry, Kind, LogId, Payload, SignedEntry, Stream, Tag},
    genesis::NetworkSecret,
    hash::{BlobHash, EntryId, NetworkId, blake3},
    history::{Check, History, Roots, Verdict},
    keys::SecretKey,
    payload::blobs,
    state::state_hash,
    sync::{holdings::Holdings, oneway::Ticket},
    time::{ClaimedMinutes, Height},
};

pub(crate) const NETWORK: NetworkId = NetworkId([7; 32]);

pub(crate) const NOW: ClaimedMinutes = ClaimedMinutes(29_400_000);

pub(crate) fn secret() -> NetworkSecret {
    NetworkSecret::new([9; 32])
}

pub(crate) fn key() -> BundleKey {
    BundleKey::new(&secret(), 0)
}

pub(crate) fn person(number: u16) -> SecretKey {
    SecretKey::from_seed(&blake3(&[b"device", &number.to_be_bytes()]))
}

/// The next entry of a log.
pub(crate) fn write(
    key: &SecretKey,
    stream: Stream,
    tag: Tag,
    at: Option<(u32, EntryId)>,
    payload: Vec<u8>,
) -> SignedEntry {
    let seq = at.map_or(0, |(seq, _)| seq + 1);
    let entry = Entry {
        kind: Kind::new(stream, 31),
        tag,
        seq,
        previous: at.map(|(_, id)| id),
        anchor: Anchor {
            height: Height(0),
            ..Anchor::genesis(&NETWORK)
        },
        claimed: ClaimedMinutes(NOW.0 + seq * 7),
        parents: vec![],
        payload: Payload::of(payload),
    };
    let signed = entry.sign(&NETWORK, key).unwrap();
    SignedEntry::decode(signed.as_bytes()).unwrap()
}

/// A device that keeps everything in memory.
#[derive(Debug)]
pub(crate) struct Neighbour {
    pub(crate) device: SecretKey,
    pub(crate) history: History,
    pub(crate) entries: BTreeMap<EntryId, Vec<u8>>,
    pub(crate) blobs: BTreeMap<BlobHash, Vec<u8>>,
    missing: BTreeMap<BlobHash, BlobRef>,
}

impl Neighbour {
    /// One of `founders` founders who knows nothing but the genesis.
    pub(crate) fn new(number: u16, founders: u16) -> Self {
        let roots = Roots {
            network: NETWORK,
            founders: (0..founders)
                .map(|it| (person(1_000 + it).member_key(), person(it).device_key()))
                .collect(),
            import: None,
        };
        Self {
            device: person(number),
            history: History::new(roots),
            entries: BTreeMap::new(),
            blobs: BTreeMap::new(),
            missing: BTreeMap::new(),
        }
    }

    /// Writes `count` entries of `len` bytes as founder `who`, and takes them.
    pub(crate) fn writes(&mut self, who: u16, stream: Stream, count: u32, len: usize) {
        let key = person(who);
        let tag = match stream {
            Stream::MEMBER | Stream::ACCOUNT | Stream::SIGNER => Tag::default(),
            _ => Tag([1; 16]),
        };
        let log = LogId {
            author: key.device_key(),
            stream,
            tag,
        };
        for _ in 0..count {
            let ids = self.history.log(&log).map(|it| it.ids());
            let at = ids.and_then(|ids| Some((ids.len() as u32 - 1, *ids.last()?)));
            let seed = blake3(&[
                key.seed().as_slice(),
                &at.map_or(0, |it| it.0 + 1).to_be_bytes(),
            ]);
            let payload: Vec<u8> = seed.iter().copied().cycle().take(len).collect();
            if len > 1_024 {
                self.blobs.insert(BlobHash::of(&payload), payload.clone());
            }
            let entry = write(&key, stream, tag, at, payload);
            let taken = Sink::take(&mut &mut *self, vec![entry]).unwrap();
            assert_eq!(taken.verdicts[0].1, Fate::Judged(Verdict::Placed));
        }
    }

    pub(crate) fn state(&self) -> [u8; 32] {
        state_hash(&self.history).0
    }

    pub(crate) fn ticket(&self) -> Ticket {
        ticket_of(self, &self.device, NOW).unwrap()
    }

    pub(crate) fn options(&self) -> Options<'_> {
        Options {
            device: &self.device,
            key: None,
            targets: &[],
            present: None,
            room: None,
            ticket: None,
            claimed: NOW,
            carried: None,
            max_part_len: 1 << 30,
        }
    }

    /// A bundle as one run of bytes.
    pub(crate) fn bundle(&self, options: &Options<'_>) -> (Vec<u8>, Created) {
        let mut bytes = Vec::new();
        let output = Output::Stream(&mut bytes);
        let created = create(self, options, output, &mut |_| true).unwrap();
        assert_eq!(created.bytes, bytes.len() as u64);
        (bytes, created)
    }

    pub(crate) fn sealed(&self) -> Vec<u8> {
        let key = key();
        let ticket = self.ticket();
        let options = Options {
            key: Some(&key),
            ticket: Some(&ticket),
            ..self.options()
        };
        self.bundle(&options).0
    }

    pub(crate) fn import(&mut self, bytes: &[u8]) -> Result<Report, BundleError> {
        import(self, bytes)
    }
}

pub(crate) fn import(sink: impl Sink, bytes: &[u8]) -> Result<Report, BundleError> {
    let mut import = Import::new(sink, vec![key()])?;
    let result = import.file(bytes, &mut |_| true);
    let report = import.finish()?;
    result.map(|()| report)
}

impl Holdings for Neighbour {
    fn history(&self) -> &History {
        &self.history
    }

    fn digest(&self) -> [u8; 32] {
        self.state()
    }

    fn entry(&self, id: &EntryId) -> Option<SignedEntry> {
        SignedEntry::decode(self.entries.get(id)?).ok()
    }

    fn fork(&self, log: &LogId) -> Option<[Vec<u8>; 2]> {
        let [a, b] = self.history.log(log)?.fork()?.proof;
        Some([self.entries.get(&a)?.clone(), self.entries.get(&b)?.clone()])
    }

    fn blob_part(&self, blob: &BlobRef, offset: u32, max_len: usize) -> Option<Vec<u8>> {
        let rest = self.blobs.get(&blob.hash)?.get(offset as usize..)?;
        Some(rest[..rest.len().min(max_len)].to_vec())
    }

    fn missing_blobs(&self) -> Vec<(BlobRef, u32)> {
        self.missing.values().map(|it| (*it, 0)).collect()
    }
}

impl Sink for &mut Neighbour {
    fn network(&self) -> &NetworkId {
        &NETWORK
    }

    fn take(&mut self, entries: Vec<SignedEntry>) -> Result<Taken, StoreError> {
        let mut taken = Taken::default();
        let mut fresh = Vec::new();
        for entry in entries {
            match self.history.check(&entry) {
                Check::New => fresh.push(entry),
                Check::Known(known) => {
                    let fate = Fate::Judged(Verdict::Known(known));
                    taken.verdicts.push((entry.id(), fate));
                }
                other => panic!("{other:?}"),
            }
        }
        for result in verify_all(&NETWORK, fresh) {
            match result {
                Ok(entry) => {
                    let id = entry.id();
                    self.entries.insert(id, entry.as_bytes().to_vec());
                    for blob in blobs(entry.entry()) {
                        if !self.blobs.contains_key(&blob.hash) {
                            self.missing.insert(blob.hash, blob);
                        }
                    }
                    let verdict = self.history.place(entry).verdict;
                    taken.verdicts.push((id, Fate::Judged(verdict)));
                }
                Err((id, error)) => taken.verdicts.push((id, Fate::False(error))),
            }
        }
        Ok(taken)
    }

    fn wants(&mut self, blob: &BlobHash) -> bool {
        self.missing.contains_key(blob)
    }

    fn take_blob(&mut self, blob: BlobRef, bytes: Vec<u8>) -> Result<(), StoreError> {
        assert_eq!(BlobRef::of(&bytes), blob);
        self.missing.remove(&blob.hash);
        self.blobs.insert(blob.hash, bytes);
        Ok(())
    }

    fn wants_carried(&mut self, _: Height) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn take_carried(&mut self, _: &[u8]) -> Result<bool, NewcomerError> {
        Ok(false)
    }

    fn pending(&self) -> Result<usize, StoreError> {
        Ok(self.history.pending_len())
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Tells genuine entries from others by knowing them all, a thousand times faster than by their
/// signatures.
#[derive(Debug)]
pub(crate) struct Expert<'a> {
    pub(crate) genuine: &'a BTreeMap<EntryId, Vec<u8>>,
    pub(crate) found: BTreeSet<EntryId>,
}

impl Sink for &mut Expert<'_> {
    fn network(&self) -> &NetworkId {
        &NETWORK
    }

    fn take(&mut self, entries: Vec<SignedEntry>) -> Result<Taken, StoreError> {
        let mut taken = Taken::default();
        for entry in entries {
            let genuine = self.genuine.get(&entry.id()).map(|it| &it[..]);
            let fate = if genuine == Some(entry.as_bytes()) {
                self.found.insert(entry.id());
                Fate::Judged(Verdict::Placed)
            } else {
                Fate::False(commune_crdt::entry::VerifyError::Author)
            };
            taken.verdicts.push((entry.id(), fate));
        }
        Ok(taken)
    }

    fn wants(&mut self, _: &BlobHash) -> bool {
        false
    }

    fn take_blob(&mut self, _: BlobRef, _: Vec<u8>) -> Result<(), StoreError> {
        Ok(())
    }

    fn wants_carried(&mut self, _: Height) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn take_carried(&mut self, _: &[u8]) -> Result<bool, NewcomerError> {
        Ok(false)
    }

    fn pending(&self) -> Result<usize, StoreError> {
        Ok(0)
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}
