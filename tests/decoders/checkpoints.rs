//! Records, checkpoints, proofs and chains of them.

use commune_crdt::checkpoint::{
    Checker, Known, MAX_CHAIN_LEN, Note, Proof, Record, SignerSet, prove, verify,
};

use crate::{
    bounds::{Chance, Reader, alone, change, measured},
    outside,
};

#[test]
fn records_and_signers() {
    let _alone = alone();
    let world = outside::World::new(7, 3, 2);
    let records = world.records.iter().map(Record::encode);
    let sets = world.sets.iter().map(SignerSet::encode);
    Reader {
        name: "record",
        seeds: records.chain(sets).collect(),
        change: &change,
        read: &|bytes| {
            let record = Record::decode(bytes).map(|it| it.encode());
            let set = SignerSet::decode(bytes).map(|it| it.encode());
            let read = record.ok().or_else(|| set.ok());
            assert!(read.as_ref().is_none_or(|it| it == bytes));
            read.is_some()
        },
    }
    .holds();
}

/// Whatever becomes of a note, a proof or a chain: where it is final, it says what was final.
#[test]
fn checkpoints() {
    let _alone = alone();
    let world = outside::World::new(7, 30, 10);
    let proof = prove(&world.log, world.record(4), &world.note(9)).unwrap();
    let changed = |chance: &mut Chance, input: &[u8]| match chance.below(3) {
        // A line doubled, dropped or moved: what a courier can do and stay in form.
        0 => {
            let mut lines: Vec<_> = input.split_inclusive(|it| *it == b'\n').collect();
            let (from, to) = (chance.index(lines.len()), chance.index(lines.len()));
            let line = lines[from];
            match chance.below(3) {
                0 => drop(lines.remove(from)),
                1 => lines.insert(to, line),
                _ => lines.swap(from, to),
            }
            lines.concat()
        }
        _ => change(chance, input),
    };
    let checker = Checker::new(world.signers(9).clone());
    Reader {
        name: "checkpoint",
        seeds: vec![
            world.note(9).text().into_bytes(),
            proof.text().into_bytes(),
            world.chain(&[10, 15]).into_bytes(),
        ],
        change: &changed,
        read: &|bytes| {
            if let Ok(note) = Note::parse(bytes) {
                assert_eq!(note.text().as_bytes(), bytes);
                let _ = checker.strip(&note);
            }
            let proof = str::from_utf8(bytes).map(Proof::parse);
            if let Ok(Ok(proof)) = proof {
                assert_eq!(proof.text().as_bytes(), bytes);
            }
            let Ok(found) = verify(bytes, &world.genesis, &Known::default()) else {
                return false;
            };
            assert_eq!(world.log.root(found.height), Some(found.root));
            let hash = |height| world.log.hash(height).unwrap();
            assert!(found.records.iter().all(|it| hash(it.0) == it.1));
            assert!(found.examined.is_final());
            true
        },
    }
    .holds();
}

/// Files of many megabytes that are made to cost their reader time: they are refused in half
/// a second, within twice their length.
#[test]
fn checkpoint_bombs() {
    let _alone = alone();
    let world = outside::World::new(7, 3, 0);
    let good = world.note(3).text();
    let (body, lines) = good.split_once("\n\n").unwrap();
    let known = lines.lines().last().unwrap();
    let false_line = known.replace("AAA", "AAB");
    let proof = world.chain(&[3]);
    let head = proof.split("\n\n").next().unwrap();
    let bombs = [
        format!("{good}{}", format!("{false_line}\n").repeat(10_000)),
        format!("{good}{}", "— a AAAAAAA=\n".repeat(10_000)),
        // As many as are read, each to be verified, in each of as many proofs as there is room for.
        format!(
            "{head}\n\n{body}\n\n{}",
            format!("{false_line}\n").repeat(100)
        )
        .repeat(400),
        "c2sp.org/tlog-proof@v1\n".repeat(400_000),
        format!("{head}\n").repeat(10_000),
        "c2sp.org/tlog-proof@v1\nextra ".to_owned() + &"A".repeat(8 << 20),
        "c2sp.org/tlog-proof@v1 ".repeat(400_000),
        "\n".repeat(8 << 20),
        "— ".repeat(4 << 20),
        "x".repeat(MAX_CHAIN_LEN + 1),
    ];
    for (number, bomb) in bombs.iter().enumerate() {
        let (peak, time) = measured(|| {
            let verdict = verify(bomb.as_bytes(), &world.genesis, &Known::default());
            assert!(verdict.is_err(), "bomb {number}");
        });
        println!(
            "bomb {number}: {} bytes, {peak} bytes of memory, {time:?}",
            bomb.len()
        );
        assert!(peak <= 2 * bomb.len() + (1 << 20), "bomb {number}: {peak}");
        assert!(time.as_millis() < 500, "bomb {number}: {time:?}");
    }
}
