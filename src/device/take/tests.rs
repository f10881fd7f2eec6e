use commune_crdt::{codec::to_u64, history::Known, time::ClaimedMinutes};
use tempfile::TempDir;
use tokio::sync::mpsc::unbounded_channel;

use super::*;
use crate::{
    exchange::gate::Gate,
    import::{Graph, Import},
    intake::ahead,
    vault::Vault,
};

const EDGES: &str = include_str!("../../../tests/data/g1_genesis_edges.csv");

/// A log may have as many entries that wait.
const WAITING: usize = commune_crdt::history::MAX_PENDING_PER_LOG;

#[test]
fn batches_checked_ahead_get_the_verdicts_of_batches_taken_in_turn() {
    let import = network(EDGES);
    let mut entries: Vec<_> = import.batches().flatten().collect();
    // Some come twice, near and far; some are false.
    for place in [10, 200, 600] {
        entries.insert(place, entries[place - 10].clone());
        entries.insert(place, forged(&entries[place + 5]));
    }
    entries.push(entries[3].clone());
    let batches: Vec<_> = entries.chunks(50).map(<[_]>::to_vec).collect();

    let (_home, in_turn) = device(&import);
    let expected: Vec<_> = batches
        .iter()
        .cloned()
        .map(|it| verdicts(&in_turn, in_turn.check(it)))
        .collect();
    let (_home, at_once) = device(&import);
    let checked: Vec<_> = batches.into_iter().map(|it| at_once.check(it)).collect();
    let found: Vec<_> = checked
        .into_iter()
        .map(|it| verdicts(&at_once, it))
        .collect();
    assert_eq!(found, expected);
    let fates = || found.iter().flatten().map(|(_, fate)| fate);
    assert_eq!(fates().filter(|it| matches!(it, Fate::False(_))).count(), 3);
    let again = Fate::Judged(Verdict::Known(Known::Placed));
    assert_eq!(fates().filter(|it| **it == again).count(), 4);
    assert_eq!(in_turn.summary().unwrap().entries, 610);
    assert_eq!(in_turn.state_hash().unwrap(), at_once.state_hash().unwrap());
}

#[test]
fn an_entry_without_room_is_looked_at_again_in_its_turn() {
    let (import, log) = long_log();
    let (_home, device) = device(&import);
    let take = |entries: &[SignedEntry]| verdicts(&device, device.check(entries.to_vec()));
    take(&log[..1]);
    take(&log[2..2 + WAITING]);
    let late = device.check(log[2 + WAITING..].to_vec());
    take(&log[1..2]);
    let late = verdicts(&device, late);
    assert!(
        late.iter()
            .all(|(_, fate)| *fate == Fate::Judged(Verdict::Placed)),
        "{late:?}"
    );
    assert_eq!(device.summary().unwrap().entries, to_u64(log.len()));
}

#[test]
fn an_entry_without_room_in_its_turn_is_not_taken_and_a_false_one_neither() {
    let (import, log) = long_log();
    let (_home, device) = device(&import);
    let take = |entries: &[SignedEntry]| verdicts(&device, device.check(entries.to_vec()));
    take(&log[..1]);
    take(&log[2..2 + WAITING]);
    let last = &log[log.len() - 1..];
    assert_eq!(take(last)[0].1, Fate::Judged(Verdict::NoRoom));
    let late = device.check(vec![forged(&last[0])]);
    take(&log[1..2]);
    assert!(matches!(verdicts(&device, late)[0].1, Fate::False(_)));
    assert_eq!(device.summary().unwrap().entries, to_u64(2 + WAITING));
}

#[test]
fn the_gate_answers_each_arrival_in_order_and_with_what_was_saved() {
    let import = network(EDGES);
    let (_home, device) = device(&import);
    let device = std::sync::Arc::new(device);
    let gate = Gate::open(std::sync::Arc::clone(&device));
    let (to_us, mut done) = unbounded_channel();
    let mut entries: Vec<_> = import.batches().flatten().collect();
    // Of one that is not held: a copy of what is held is known before anybody looks at it.
    let lacking = entries.pop().unwrap();
    for (bytes, part) in entries.chunks(7).enumerate() {
        gate.entries(part.to_vec(), bytes, to_us.clone());
    }
    gate.entries(vec![forged(&lacking)], 1_000, to_us);
    let mut placed = 0;
    for (bytes, part) in entries.chunks(7).enumerate() {
        let done = done.blocking_recv().unwrap();
        assert_eq!(
            (done.bytes, done.placed, done.false_signatures),
            (bytes, to_u64(part.len()), 0)
        );
        for entry in part {
            assert!(device.store().has_entry(&entry.id()).unwrap());
        }
        placed += part.len();
    }
    let last = done.blocking_recv().unwrap();
    assert_eq!(
        (last.bytes, last.placed, last.false_signatures),
        (1_000, 0, 1)
    );
    assert_eq!(placed, 609);
}

#[test]
fn what_is_made_ahead_is_handled_in_order_until_one_side_fails() {
    let mut seen = Vec::new();
    ahead((0..100).map(Ok::<_, u32>), |it| {
        seen.push(it);
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, (0..100).collect::<Vec<_>>());

    let mut seen = Vec::new();
    let made = (0..100).map(|it| if it == 40 { Err(it) } else { Ok(it) });
    let failed = ahead(made, |it| {
        seen.push(it);
        Ok(())
    });
    assert_eq!((failed, seen.len()), (Err(40), 40));

    let mut made = 0;
    let endless = (0..).map(|it| {
        made = it;
        Ok(it)
    });
    assert_eq!(
        ahead(endless, |it| if it == 7 { Err(it) } else { Ok(()) }),
        Err(7)
    );
    assert!(made < 12, "{made} made in vain");
}

/// A person who certifies more than may wait, and all entries of that log.
fn long_log() -> (Import, Vec<SignedEntry>) {
    let rows: String = (1..100).map(|it| format!("0,{it}\n")).collect();
    let import = network(&format!("issuer,receiver\n{rows}"));
    let entries: Vec<_> = import.batches().flatten().collect();
    let author = entries
        .iter()
        .find(|it| it.claim().seq > 0)
        .map(SignedEntry::author);
    let log = entries.into_iter().filter(|it| Some(it.author()) == author);
    (import, log.collect())
}

/// The same entry with a false signature: its id is the same.
fn forged(entry: &SignedEntry) -> SignedEntry {
    let mut bytes = entry.as_bytes().to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    SignedEntry::decode(&bytes).unwrap()
}

fn verdicts(device: &Device, checked: Result<Checked, StoreError>) -> Vec<(EntryId, Fate)> {
    let (taken, receipt) = device.place(checked.unwrap(), Durability::Data).unwrap();
    receipt.wait().unwrap();
    taken.verdicts
}

fn network(edges: &str) -> Import {
    Import::new(Graph::read(edges.as_bytes(), None::<&[u8]>).unwrap()).unwrap()
}

fn device(import: &Import) -> (TempDir, Device) {
    let home = tempfile::tempdir().unwrap();
    let vault = Vault::generate("test", &[1; 32].into(), ClaimedMinutes(29_400_000)).unwrap();
    let device = Device::join(home.path(), vault, import.genesis()).unwrap();
    (home, device)
}
