use super::super::{
    chain::{export, prove},
    record::Seed,
    world::{Net, cosign, enrolled, genesis, renewed, sign_as_log},
};
use super::*;
use crate::genesis::Genesis;

/// Signers 0 to 3; at height 10 signer 3 gives way to 8 and 9, at height 20 signer 0 has new keys.
fn changing() -> Net {
    let mut net = Net::young(4);
    let people = |numbers: &[u8]| -> Vec<_> {
        let one = |it: &u8| enrolled(*it, &format!("Member {it}"));
        numbers.iter().map(one).collect()
    };
    for height in 1..=30 {
        let next = match height {
            10 => Some(people(&[0, 1, 2, 8, 9])),
            20 => {
                let mut next = people(&[1, 2, 8, 9]);
                next.push(renewed(0, "Member 0", 1));
                Some(next)
            }
            _ => None,
        };
        net.close(next);
    }
    net
}

fn verified(net: &Net, text: &str) -> Result<Verified, Refusal> {
    verify(text.as_bytes(), &net.genesis, &Known::default())
}

fn kind(result: Result<Verified, Refusal>) -> RefusalKind {
    result.unwrap_err().kind()
}

#[test]
fn a_note_is_verified_with_a_genesis() {
    let net = Net::new(4);
    let found = verified(&net, &net.note(12).text()).unwrap();
    assert_eq!(found.height, Height(12));
    assert_eq!(Some(found.root), net.log.root(Height(12)));
    assert_eq!((found.examined.signed.len(), found.examined.of), (3, 4));
    assert_eq!((found.record, found.met), (None, None));
    // The export without the secret is as good.
    let public = Genesis::decode(&net.genesis.public().encode()).unwrap();
    assert!(verify(net.note(12).text().as_bytes(), &public, &Known::default()).is_ok());
}

#[test]
fn a_chain_jumps_from_change_to_change() {
    let net = changing();
    let found = verified(&net, &net.chain(&[10, 20, 30])).unwrap();
    assert_eq!(found.height, Height(30));
    assert_eq!(found.handovers, [Height(10), Height(20)]);
    assert_eq!(found.record.as_ref(), Some(net.record(30)));
    assert_eq!(&found.signers, net.signers(30));
    assert_eq!((found.examined.signed.len(), found.examined.quorum), (4, 4));
    let shown: Vec<_> = found.records.iter().map(|it| it.0.0).collect();
    assert_eq!(shown, [10, 20, 30]);
    // Any further record may be shown on the way, or all of them.
    let all: Vec<_> = (1..=30).collect();
    assert_eq!(verified(&net, &net.chain(&all)).unwrap().records.len(), 30);
    // The last may be a change itself: signed by those who go, and those who come.
    let last = verified(&net, &net.chain(&[10, 20])).unwrap();
    assert_eq!(&last.signers, net.signers(20));
    assert_eq!(last.handovers.len(), 2);
}

#[test]
fn a_missing_link_is_no_answer() {
    let net = changing();
    // At height 30 signers 0 (with new keys), 8 and 9 and others sign: the genesis knows 1 and 2.
    assert_eq!(
        kind(verified(&net, &net.chain(&[30]))),
        RefusalKind::Unknown
    );
    assert_eq!(
        kind(verified(&net, &net.note(30).text())),
        RefusalKind::Unknown
    );
    // The change is there, but not to whom.
    let note = net.note(10);
    let link = |next| Link {
        record: net.record(10),
        note: &note,
        next,
    };
    let cut = export(&net.log, &[link(None)]).unwrap();
    let refusal = verified(&net, &cut).unwrap_err();
    assert_eq!(refusal, Refusal::MissingLink(Height(10)));
    assert_eq!(refusal.kind(), RefusalKind::Unknown);
    // To others than the record names.
    let wrong = export(&net.log, &[link(Some(&net.sets[20]))]).unwrap();
    assert_eq!(kind(verified(&net, &wrong)), RefusalKind::Invalid);
}

#[test]
fn a_hand_over_needs_a_quorum_of_those_who_come() {
    let net = changing();
    let (old, new) = (net.signers(10), &net.sets[10]);
    let signed = |of_old: usize, of_new: usize| {
        let mut note = net.log.note(Height(10)).unwrap();
        (0..of_old).for_each(|it| cosign(&mut note, old, it));
        // From the end: they are in order of their keys, and who stays signs for both.
        let new_only = (0..new.signers().len())
            .filter(|it| old.index_of(&new.signers()[*it].member).is_none());
        new_only
            .take(of_new)
            .for_each(|it| cosign(&mut note, new, it));
        let link = Link {
            record: net.record(10),
            note: &note,
            next: Some(new),
        };
        verified(&net, &export(&net.log, &[link]).unwrap())
    };
    // Of the old 0, 1, 2 stay; all four of them, and one who comes, are four of the new five.
    assert!(signed(4, 1).is_ok());
    for (of_old, of_new, are_new) in [(2, 2, false), (4, 0, true)] {
        match signed(of_old, of_new) {
            Err(Refusal::Quorum { are_new: found, .. }) => assert_eq!(found, are_new),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn one_record_is_proven_in_a_later_checkpoint() {
    let net = changing();
    let proof = prove(&net.log, net.record(4), &net.note(9)).unwrap();
    assert!(proof.is_included() && proof.next.is_none());
    let found = verified(&net, &proof.text()).unwrap();
    assert_eq!(found.height, Height(9));
    assert_eq!(found.record.as_ref(), Some(net.record(4)));
    // At the end of a chain, and nowhere else.
    let later = prove(&net.log, net.record(4), &net.note(20))
        .unwrap()
        .text();
    let chain = net.chain(&[10, 20]);
    // The signers of height 20 are those before the change.
    let early = prove(&net.log, net.record(4), &net.note(19)).unwrap();
    assert!(verified(&net, &[net.chain(&[10, 19]), early.text()].concat()).is_ok());
    assert!(verified(&net, &[later, chain].concat()).is_err());
    // Of a note it has never been in.
    let early = prove(&net.log, net.record(30), &net.note(9));
    assert_eq!(early.unwrap_err(), ExportError::NotOfLog(Height(30)));
}

use super::super::chain::{ExportError, Link};

#[test]
fn another_order_or_history_is_no_chain() {
    let net = changing();
    let parts: Vec<_> = [10, 20, 30].map(|it| net.chain(&[it])).to_vec();
    // Each alone has no proof of consistency with the one before.
    assert_eq!(kind(verified(&net, &parts.concat())), RefusalKind::Invalid);
    let chain = net.chain(&[10, 20, 30]);
    let twice = [chain.as_str(), &chain].concat();
    assert_eq!(kind(verified(&net, &twice)), RefusalKind::Invalid);
    assert_eq!(kind(verified(&net, "")), RefusalKind::Invalid);
    assert_eq!(
        kind(verified(&net, "c2sp.org/tlog-proof@v1\n")),
        RefusalKind::Invalid
    );
    assert_eq!(
        kind(verified(&net, "c2sp.org/tlog-proof@v1")),
        RefusalKind::Invalid
    );
    let crlf = chain.replace('\n', "\r\n");
    assert_eq!(kind(verified(&net, &crlf)), RefusalKind::Invalid);
}

#[test]
fn another_network_is_not_known() {
    let (net, other) = (Net::new(4), genesis(&["Zoé", "Karim", "Ana", "Jo"]));
    for text in [net.note(12).text(), net.chain(&[12])] {
        let result = verify(text.as_bytes(), &other, &Known::default());
        assert_eq!(kind(result), RefusalKind::Unknown);
    }
}

#[test]
fn false_lines_that_leave_no_quorum_are_invalid_and_missing_ones_are_not() {
    let net = Net::new(4);
    let set = net.signers(12);
    let mut note = net.log.note(Height(12)).unwrap();
    sign_as_log(&mut note, set, 0);
    (0..2).for_each(|it| cosign(&mut note, set, it));
    let refusal = verified(&net, &note.text()).unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::Unknown);
    assert_eq!(
        refusal.to_string(),
        "height 12 is signed by 2 of 4 signers, 3 must"
    );
    // The third signed another root, or another size.
    for text in [
        net.note(12).text().replacen("\n12\n", "\n13\n", 1),
        net.note(12).text().replacen(
            note.text().lines().nth(2).unwrap(),
            net.note(13).text().lines().nth(2).unwrap(),
            1,
        ),
    ] {
        assert_eq!(kind(verified(&net, &text)), RefusalKind::Invalid);
    }
    // Only strangers.
    let (origin, text) = (set.origin(), net.note(12).text());
    let strangers = text.replace(&format!(".{origin} "), ".witness.example ");
    assert_eq!(kind(verified(&net, &strangers)), RefusalKind::Unknown);
}

#[test]
fn what_is_final_and_was_known_otherwise_contradicts() {
    let net = changing();
    let chain = net.chain(&[10, 20, 30]);
    let own = |height| (Height(height), net.log.hash(Height(height)).unwrap());
    let with = |records: &[(Height, RecordHash)]| {
        let known = Known { log: None, records };
        verify(chain.as_bytes(), &net.genesis, &known)
    };
    assert_eq!(with(&[own(20)]).unwrap().met, Some(Height(20)));
    // The record before one that is shown is named by it.
    assert_eq!(with(&[own(29), own(10)]).unwrap().met, Some(Height(29)));
    assert_eq!(with(&[own(15)]).unwrap().met, None);
    for height in [9, 10, 20, 30] {
        let other = (Height(height), RecordHash([9; 32]));
        let refusal = with(&[own(20), other]).unwrap_err();
        assert_eq!(refusal, Refusal::Contradicted(Height(height)));
        assert_eq!(refusal.kind(), RefusalKind::Contradicted);
    }
    // The log of one's own, up to where it goes.
    let mut log = RecordLog::new(net.genesis.network());
    net.records[..25]
        .iter()
        .for_each(|it| log.push(&it.encode()));
    let known = Known {
        log: Some(&log),
        records: &[],
    };
    let met = verify(chain.as_bytes(), &net.genesis, &known).unwrap().met;
    assert_eq!(met, Some(Height(20)));
    let mut other = RecordLog::new(net.genesis.network());
    net.records[..8]
        .iter()
        .for_each(|it| other.push(&it.encode()));
    (8..25).for_each(|_| other.push(&net.record(1).encode()));
    let known = Known {
        log: Some(&other),
        records: &[],
    };
    assert_eq!(
        kind(verify(chain.as_bytes(), &net.genesis, &known)),
        RefusalKind::Contradicted
    );
    let note = net.note(9).text();
    assert_eq!(
        kind(verify(note.as_bytes(), &net.genesis, &known)),
        RefusalKind::Contradicted
    );
    // A claim that nobody signed contradicts nothing.
    let unsigned = note.replacen("\n9\n", "\n8\n", 1);
    assert_eq!(
        kind(verify(unsigned.as_bytes(), &net.genesis, &known)),
        RefusalKind::Invalid
    );
}

/// Retired signers write another history: a genesis alone cannot tell, a recent record does.
#[test]
fn a_forgery_by_retired_signers_is_excluded_by_a_recent_record_only() {
    let (net, mut forged) = (changing(), Net::young(4));
    (0..12).for_each(|_| forged.close(None));
    assert_eq!(forged.genesis.network(), net.genesis.network());
    let text = forged.chain(&[12]);
    assert_eq!(verified(&net, &text).unwrap().met, None);
    let recent = [(Height(12), net.log.hash(Height(12)).unwrap())];
    let known = Known {
        log: None,
        records: &recent,
    };
    assert_eq!(
        kind(verify(text.as_bytes(), &net.genesis, &known)),
        RefusalKind::Contradicted
    );
    // And two chains of one genesis contradict each other.
    let first = verified(&net, &net.chain(&[10, 12])).unwrap();
    let known = Known {
        log: None,
        records: &first.records,
    };
    assert_eq!(
        kind(verify(text.as_bytes(), &net.genesis, &known)),
        RefusalKind::Contradicted
    );
}

#[test]
fn no_cut_makes_more_of_a_chain() {
    let net = changing();
    let chain = net.chain(&[10, 20, 30]);
    let ends: Vec<_> = [vec![10], vec![10, 20], vec![10, 20, 30]]
        .iter()
        .map(|it| net.chain(it).len())
        .collect();
    for len in 0..chain.len() {
        if let Ok(cut) = verify(&chain.as_bytes()[..len], &net.genesis, &Known::default()) {
            // Whole proofs at the start, or lines that a quorum can spare.
            let whole = ends.iter().filter(|end| **end <= len).count();
            let shown = cut.records.len();
            assert!(shown == whole || (shown == whole + 1), "cut at {len}");
            assert!(cut.examined.is_final());
            assert_eq!(
                net.log.hash(cut.height),
                Some(cut.records.last().unwrap().1)
            );
        }
    }
}

#[test]
fn no_flipped_bit_makes_another_chain() {
    let net = changing();
    let chain = net.chain(&[10, 20, 30]).into_bytes();
    // One bit of each byte, another one each time: some thousand signatures.
    for at in 0..chain.len() {
        let mut changed = chain.clone();
        changed[at] ^= 1 << (at % 7);
        if let Ok(found) = verify(&changed, &net.genesis, &Known::default()) {
            // Only lines that a quorum can spare have changed: the truth is the same.
            assert_eq!(found.height, Height(30), "byte {at}");
            assert_eq!(Some(found.root), net.log.root(Height(30)));
            assert_eq!(found.record.as_ref(), Some(net.record(30)));
            assert!(found.examined.is_final());
        }
    }
}

#[test]
fn seeds_go_on_from_the_genesis() {
    let net = Net::young(4);
    let first = Seed::of_genesis(&net.genesis.network());
    let [a, b] = [1, 2].map(|it| super::super::record::SeedPreimage([it; 32]));
    assert_ne!(first.next(&a), first.next(&b));
    assert_ne!(first.next(&a).next(&b), first.next(&b).next(&a));
}
