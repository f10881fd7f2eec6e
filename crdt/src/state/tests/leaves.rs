//! A state put away as leaves and taken out again.

use super::{
    crowd::{Crowd, MOST_RECORDS},
    *,
};

type Leaf = (Kind, Vec<u8>);

/// A network that closed one record after the other; `look` sees each.
fn lives(seed: u64, mut look: impl FnMut(&mut Crowd, &Record, &Draft)) -> Crowd {
    let mut crowd = Crowd::new(seed);
    for _ in 0..MOST_RECORDS - 8 {
        for _ in 0..crowd.draw(24) {
            crowd.acts();
        }
        if crowd.draw(3) == 0 {
            crowd.governs();
        }
        let draft = crowd.draft();
        let (record, tip) = crowd.tip.next(&draft, &crowd.entries).unwrap();
        crowd.tip = tip;
        crowd.note_seen();
        look(&mut crowd, &record, &draft);
    }
    crowd
}

#[test]
fn the_next_record_made_from_leaves_alone_has_the_same_bytes() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..12 {
        let crowd = lives(seed, |crowd, record, _| {
            let leaves: Vec<Leaf> = crowd.tip.leaves().collect();
            let mut again = Tip::from_leaves(&crowd.genesis, record, leaves.clone()).unwrap();
            assert!(again.leaves().eq(leaves), "seed {seed}");
            assert_eq!(again.office, crowd.tip.office);
            assert_eq!(
                (again.hash, again.time, again.seed),
                (crowd.tip.hash, crowd.tip.time, crowd.tip.seed)
            );
            assert_eq!(
                again.state.membership().newest(),
                crowd.tip.state.membership().newest()
            );
            assert!(again.take_changed().is_empty());
            for _ in 0..8 {
                crowd.acts();
            }
            let draft = crowd.draft();
            // Entries below the frontier are not needed any more.
            let logs = crowd.tip.state.logs();
            let above = crowd
                .entries
                .iter()
                .filter(|it| it.entry().seq >= logs.next(&it.log()));
            let above: Vec<_> = above.cloned().collect();
            let (straight, after) = crowd.tip.next(&draft, &crowd.entries).unwrap();
            let (other, twin) = again.next(&draft, &above).unwrap();
            assert_eq!(
                other.encode(),
                straight.encode(),
                "seed {seed}, height {}",
                record.height
            );
            assert_eq!(twin.done, after.done);
            // Nobody stays with what was never put away.
            crowd.tip = again;
        });
        seen.extend(crowd.seen);
    }
    assert_eq!(seen.len(), 14, "{seen:?}");
}

#[test]
fn who_keeps_only_the_leaves_that_changed_has_all_of_them() {
    for seed in 20..26 {
        let mut kept = std::collections::BTreeMap::new();
        let mut told = 0;
        lives(seed, |crowd, record, _| {
            let changed = crowd.tip.take_changed();
            told += changed.len();
            kept.extend(changed);
            let counts = crowd.tip.leaf_counts();
            let rows = Kind::READING.into_iter().zip(counts);
            let rows = rows.flat_map(|(kind, count)| (0..count).map(move |it| (kind, it)));
            let rows: Vec<Leaf> = rows.map(|it| (it.0, kept[&it].clone())).collect();
            assert!(crowd.tip.leaves().eq(rows.iter().cloned()), "seed {seed}");
            assert_eq!(kept.len(), rows.len());
            Tip::from_leaves(&crowd.genesis, record, rows).unwrap();
        });
        let all = kept.len() * usize::try_from(MOST_RECORDS - 8).unwrap();
        assert!(told * 3 < all, "{told} of {all}");
    }
}

#[test]
fn leaves_with_one_byte_turned_are_refused() {
    let mut tried = 0;
    lives(40, |crowd, record, _| {
        if record.height.0 % 5 != 0 {
            return;
        }
        let leaves: Vec<Leaf> = crowd.tip.leaves().collect();
        for at in 0..leaves.len() {
            let len = leaves[at].1.len();
            for place in (0..len).step_by(1 + len / 12) {
                let mut wrong = leaves.clone();
                wrong[at].1[place] ^= 1 << (place % 8);
                assert!(Tip::from_leaves(&crowd.genesis, record, wrong).is_err());
                tried += 1;
            }
        }
        let mut other = record.clone();
        other.state[0] ^= 1;
        let root = LeavesError::Root(record.height);
        let read = Tip::from_leaves(&crowd.genesis, &other, leaves.clone());
        assert_eq!(read.unwrap_err(), root);
        let rules = Record {
            rules: RULES + 1,
            ..record.clone()
        };
        let read = Tip::from_leaves(&crowd.genesis, &rules, leaves);
        assert_eq!(read.unwrap_err(), LeavesError::Rules { found: RULES + 1 });
    });
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn leaves_that_are_missing_too_many_or_out_of_order_are_refused() {
    lives(41, |crowd, record, _| {
        if record.height.0 != 20 {
            return;
        }
        let leaves: Vec<Leaf> = crowd.tip.leaves().collect();
        let read = |leaves: Vec<Leaf>| Tip::from_leaves(&crowd.genesis, record, leaves).map(drop);
        assert_eq!(read(leaves.clone()), Ok(()));
        for at in 0..leaves.len() {
            let mut without = leaves.clone();
            without.remove(at);
            assert!(read(without).is_err(), "without {at}");
            let mut twice = leaves.clone();
            twice.insert(at, leaves[at].clone());
            assert!(read(twice).is_err(), "twice {at}");
            assert!(read(leaves[..at].to_vec()).is_err(), "cut at {at}");
            let mut turned = leaves.clone();
            turned.swap(at, leaves.len() - 1);
            assert_eq!(read(turned).is_ok(), at == leaves.len() - 1);
            let mut short = leaves.clone();
            short[at].1.pop();
            assert!(read(short).is_err(), "short {at}");
        }
    });
}

/// A leaf that promises a million of everything takes no more memory than its bytes.
#[test]
fn a_leaf_that_promises_much_and_holds_little_is_refused() {
    lives(42, |crowd, record, _| {
        if record.height.0 != 3 {
            return;
        }
        let leaves: Vec<Leaf> = crowd.tip.leaves().collect();
        for at in 0..leaves.len() {
            for byte in [0x7f, 0x80, 0xbf, 0xff] {
                let mut wrong = leaves.clone();
                // Nobody is refused yet: that leaf is empty.
                wrong[at].1.resize(leaves[at].1.len().max(1), byte);
                wrong[at].1.fill(byte);
                assert!(Tip::from_leaves(&crowd.genesis, record, wrong).is_err());
                let mut wrong = leaves.clone();
                wrong[at].1.insert(0, byte);
                assert!(Tip::from_leaves(&crowd.genesis, record, wrong).is_err());
            }
        }
    });
}
