#![expect(
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    reason = "tests count small things"
)]

use super::*;
use crate::{
    entry::{Anchor, Entry, Kind, Payload, Stream},
    keys::SecretKey,
    time::{ClaimedMinutes, Height},
};

#[test]
fn entries_come_back_byte_for_byte() {
    let entries = logs(80);
    let bodies = written(&entries);
    let back: Vec<_> = bodies
        .iter()
        .map(|body| Section::read(body, &network()))
        .inspect(|section| assert!(section.is_whole))
        .flat_map(|section| section.entries)
        .collect();
    assert_eq!(back, entries);
}

#[test]
fn bodies_are_full_and_within_their_limit() {
    let entries = logs(1_500);
    let bodies = written(&entries);
    assert!(bodies.len() > 2);
    assert!(bodies.iter().all(|body| body.len() <= MAX_BODY_LEN));
    let (_, full) = bodies.split_last().unwrap();
    assert!(full.iter().all(|body| body.len() > MAX_BODY_LEN - 1_800));
}

#[test]
fn an_entry_costs_few_bytes_more_than_its_signature_and_payload() {
    let entries: Vec<_> = (0..100).flat_map(|seed| log(seed, 10)).collect();
    let least: usize = entries
        .iter()
        .map(|it| match &it.claim().payload {
            Payload::Inline(bytes) => SIGNATURE_LEN + bytes.len(),
            Payload::Detached(_) => SIGNATURE_LEN + 32,
        })
        .sum();
    let written: usize = written(&entries).iter().map(Vec::len).sum();
    let ratio = written as f64 / least as f64;
    assert!(ratio < 1.13, "{ratio}");
}

#[test]
fn one_wrong_bit_costs_at_most_one_group() {
    let entries = logs(100);
    let [body] = &written(&entries)[..] else {
        panic!("one body")
    };
    let mut worst = 0;
    for bit in (0..body.len() * 8).step_by(211) {
        let mut changed = body.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let section = Section::salvage(&changed, &network());
        let found = section.entries.iter();
        let intact = found.filter(|it| entries.contains(it));
        worst = worst.max(entries.len() - intact.count());
    }
    assert!((1..=RESTART_EVERY as usize).contains(&worst), "{worst}");
}

#[test]
fn every_cut_leaves_what_came_before_it() {
    let entries = logs(40);
    let [body] = &written(&entries)[..] else {
        panic!("one body")
    };
    let mut before = 0;
    for len in (0..body.len()).step_by(13) {
        let section = Section::salvage(&body[..len], &network());
        assert_eq!(section.entries[..], entries[..section.entries.len()]);
        assert!(section.entries.len() >= before && !section.is_whole);
        before = section.entries.len();
        assert!(!Section::read(&body[..len], &network()).is_whole);
    }
    assert!(before >= entries.len() - 2);
}

#[test]
fn a_body_of_markers_costs_no_more_than_its_length() {
    let entries = logs(200);
    let [body, ..] = &written(&entries)[..] else {
        panic!("a body")
    };
    let group = &body[2..2_000];
    let mut bomb = vec![0, 1];
    // Each marker is followed by what looks like the head of a group with a long payload.
    while bomb.len() + 100 < MAX_BODY_LEN {
        bomb.extend(&MARKER);
        bomb.extend(&group[3..60]);
    }
    let section = Section::salvage(&bomb, &network());
    assert!(section.entries.len() <= SALVAGE_FACTOR * MAX_BODY_LEN / SIGNATURE_LEN);
}

fn written(entries: &[SignedEntry]) -> Vec<Vec<u8>> {
    let mut writer = SectionWriter::new(network());
    let mut bodies: Vec<_> = entries.iter().filter_map(|it| writer.push(it)).collect();
    bodies.extend(writer.finish());
    assert_eq!(writer.finish(), None);
    bodies
}

fn logs(len: u32) -> Vec<SignedEntry> {
    (1..4).flat_map(|seed| log(seed, len)).collect()
}

/// Entries of a member log or, for an odd seed, of a text log.
fn log(seed: u8, len: u32) -> Vec<SignedEntry> {
    let (kind, tag) = match seed % 2 {
        0 => (Kind(4), Tag::default()),
        _ => (Kind::new(Stream::TEXT, 1), Tag([seed; 16])),
    };
    let mut previous = None;
    (0..len)
        .map(|seq| {
            let entry = Entry {
                kind,
                tag,
                seq,
                previous,
                anchor: Anchor {
                    height: Height(seq / 40),
                    ..Anchor::genesis(&network())
                },
                claimed: ClaimedMinutes(29_400_000 + seq * 31 % 500),
                parents: vec![EntryId([1; 32]); usize::from(seq == 35)],
                payload: Payload::of(vec![seed; if seq == 45 { 3_000 } else { 76 }]),
            };
            let key = SecretKey::from_seed(&[seed; 32]);
            let signed = entry.sign(&network(), &key).unwrap();
            previous = Some(signed.id());
            SignedEntry::decode(signed.as_bytes()).unwrap()
        })
        .collect()
}

fn network() -> NetworkId {
    NetworkId([7; 32])
}
