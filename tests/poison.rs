//! A member signs what broke others: bytes on which automerge panics, allocates gigabytes, or keeps a
//! document that never loads again. Here they cost nobody anything.

#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use commune::{
    device::Device,
    import::{Graph, IMPORT_TIME, Import},
    intake::Fate,
    store::Durability,
    vault::{NewIdentity, Vault, random, seal::Under},
};
use commune_crdt::{
    entry::{Anchor, BlobRef, Entry, Kind, LogId, MAX_INLINE_LEN, Payload, SignedEntry},
    entry::{Stream, Tag},
    hash::{BlobHash, EntryId, derive_key},
    history::Verdict,
    keys::SecretKey,
    payload::blobs,
};

/// Each kind that this build reads in a member log, one that it does not know, and one of each other
/// stream. A person a kind: a log holds 256 entries.
fn kinds() -> impl Iterator<Item = Kind> {
    let member = [1, 2, 3, 4, 5, 6, 7, 8, 9, 31].map(|it| Kind::new(Stream::MEMBER, it));
    let others = Stream::ALL.into_iter().skip(1).map(|it| Kind::new(it, 0));
    member.into_iter().chain(others)
}

#[test]
fn poison_that_a_member_signs_costs_no_other_entry() {
    let import = import();
    let genuine: Vec<SignedEntry> = import.batches().flatten().collect();
    let payloads = payloads();
    let mut ends: BTreeMap<LogId, (u32, EntryId)> = BTreeMap::new();
    for entry in &genuine {
        ends.insert(entry.log(), (entry.claim().seq + 1, entry.id()));
    }
    let mut poison = Vec::new();
    for (person, kind) in kinds().enumerate() {
        let key = device_key(&import, person);
        for payload in &payloads {
            let entry = write(&import, &key, kind, &mut ends, payload);
            poison.push(entry);
        }
    }
    // Strangers who begin with it, where a certificate has to stand.
    let mut strange = Vec::new();
    for (number, payload) in payloads.iter().enumerate() {
        let key = SecretKey::from_seed(&derive_key("stranger", &[&number.to_be_bytes()]));
        for kind in [1, 2, 31] {
            let kind = Kind::new(Stream::MEMBER, kind);
            let entry = write(&import, &key, kind, &mut BTreeMap::new(), payload);
            strange.push(entry);
        }
    }

    // Side by side, so that every batch holds some of each.
    let mut all: Vec<_> = genuine.iter().chain(&poison).chain(&strange).collect();
    all.sort_by_key(|it| (it.claim().seq, it.id()));
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("device");
    let device = joined(&dir, &import);
    let mut fates = BTreeMap::new();
    for batch in all.chunks(100) {
        let batch = batch.iter().map(|it| (*it).clone()).collect();
        let (taken, receipt) = device.take(batch, Durability::Data).unwrap();
        receipt.wait().unwrap();
        fates.extend(taken.verdicts);
    }
    for entry in genuine.iter().chain(&poison) {
        // Some wait for what says whose device wrote them.
        let fate = &fates[&entry.id()];
        let taken = matches!(fate, Fate::Judged(Verdict::Placed | Verdict::Pending(_)));
        assert!(taken, "{fate:?}: {:?}", entry.claim());
    }
    for entry in &strange {
        let fate = &fates[&entry.id()];
        let refused = matches!(fate, Fate::Judged(Verdict::Invalid(_)));
        assert!(refused, "{fate:?}: {:?}", entry.claim());
    }
    let large: Vec<_> = payloads
        .iter()
        .filter(|it| it.len() > MAX_INLINE_LEN)
        .map(|it| (BlobRef::of(it), it.clone()))
        .collect();
    assert!(large.len() > 5 && payloads.len() - large.len() > 30);
    for (blob, bytes) in &large {
        assert!(device.wants_blob(&blob.hash));
        device.take_blob(blob, 0, bytes).unwrap();
        assert!(!device.wants_blob(&blob.hash));
    }
    let before = device.state_hash().unwrap();
    let vault = device.vault().clone();
    drop(device);

    let device = Device::open(&dir, vault).unwrap();
    let count = |device: &Device| {
        let history = device.history().unwrap();
        (history.len(), history.pending_len())
    };
    assert_eq!(count(&device), (genuine.len() + poison.len(), 0));
    assert_eq!(device.state_hash().unwrap(), before);
    for entry in genuine.iter().chain(&poison) {
        let kept = device.store().entry(&entry.id()).unwrap();
        assert_eq!(kept.as_deref(), Some(entry.as_bytes()));
        for blob in blobs(entry.claim()) {
            let whole = device.store().blob(&blob.hash).unwrap();
            assert_eq!(whole.map(|it| BlobHash::of(&it)), Some(blob.hash));
        }
    }
    drop(device);
    everything_can_be_shown(&dir, genuine.len() + poison.len());
}

/// Not signed and not wrapped: as the entry itself.
#[test]
fn poison_is_no_entry() {
    for payload in payloads() {
        assert!(SignedEntry::decode(&payload).is_err());
    }
}

/// What reads all entries for people goes through them to the end.
fn everything_can_be_shown(dir: &Path, entries: usize) {
    for args in [&["log", "-n", "100000", "--json"][..], &["status"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_commune"))
            .env("COMMUNE_DATA_DIR", dir)
            .args(args)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        if args[0] == "log" {
            let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(shown["entries"].as_array().unwrap().len(), entries);
        }
    }
}

fn payloads() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/automerge");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == "bin"))
        .collect();
    files.sort();
    files.iter().map(|it| fs::read(it).unwrap()).collect()
}

/// The next entry of a log.
fn write(
    import: &Import,
    key: &SecretKey,
    kind: Kind,
    ends: &mut BTreeMap<LogId, (u32, EntryId)>,
    payload: &[u8],
) -> SignedEntry {
    let network = import.genesis().network();
    let tagged = [Stream::VOTE, Stream::TEXT, Stream::ACTION].contains(&kind.stream());
    let tag = Tag([u8::from(tagged); 16]);
    let log = LogId {
        author: key.device_key(),
        stream: kind.stream(),
        tag,
    };
    let end = ends.get(&log);
    let entry = Entry {
        kind,
        tag,
        seq: end.map_or(0, |it| it.0),
        previous: end.map(|it| it.1),
        anchor: Anchor::genesis(&network),
        claimed: IMPORT_TIME,
        parents: vec![],
        payload: Payload::of(payload.to_vec()),
    };
    let signed = entry.sign(&network, key).unwrap();
    let entry = SignedEntry::decode(signed.as_bytes()).unwrap();
    ends.insert(log, (entry.claim().seq + 1, entry.id()));
    entry
}

/// The 59 people with whom a real network began.
fn import() -> Import {
    let graph = fs::read("tests/data/g1_genesis_edges.csv").unwrap();
    Import::new(Graph::read(&graph[..], None::<&[u8]>).unwrap()).unwrap()
}

/// The keys of imported people are public.
fn device_key(import: &Import, person: usize) -> SecretKey {
    let graph = import.graph();
    let context = "commune import test key of a device v1";
    let number = graph.nodes()[person].number.to_be_bytes();
    SecretKey::from_seed(&derive_key(context, &[graph.hash(), &number]))
}

/// A new device that adopted the network.
fn joined(dir: &Path, import: &Import) -> Device {
    let seed = random::secret().unwrap();
    let vault = Vault::generate("Zoé", &seed, IMPORT_TIME).unwrap();
    NewIdentity {
        vault: &vault,
        under: Under::Nothing,
        genesis: None,
        about_revocation: "",
    }
    .create(dir)
    .unwrap();
    Device::join(dir, vault, import.genesis()).unwrap()
}
