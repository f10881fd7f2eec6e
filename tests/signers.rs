//! Signers as whole devices: some who never meet and one courier who visits them in a ring with a stick,
//! and seven whose nodes run in one room.

#![cfg(feature = "simulated-clock")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "signers/ring.rs"]
mod ring;
#[path = "signers/room.rs"]
mod room;

use std::fs;

use commune::vault::signer::SignerKeys;
use commune_crdt::{
    entry::BlobRef,
    keys::Signature,
    payload::{Proposal, SignerFact, Vote, VoteStep},
    time::ClaimedMinutes,
};
use serde_json::Value;

use self::ring::{Ring, copy};

#[test]
fn a_courier_makes_a_height_final_within_five_laps() {
    for signers in [5, 7] {
        let mut ring = Ring::found(signers);
        ring.propose(0);
        let laps = ring.laps_until_final(1, &[], 5);
        println!("{signers} signers: {laps} laps, {} carries", ring.carries);
        ring.all_agree();
    }
}

/// With five signers four are a quorum: whoever is away is waited for, and then no more.
#[test]
fn with_one_signer_away_the_rest_go_on() {
    let mut ring = Ring::found(5);
    for height in 1..=5 {
        // Whose turn it is goes round, so at one of these heights it is theirs.
        ring.propose(0);
        let laps = ring.laps_until_final(height, &[4], 80);
        println!("height {height}: {laps} laps");
    }
    ring.agree(&[0, 1, 2, 3]);
}

/// The hash of a record binds its frontier, and nothing binds the list of moves beside it.
#[test]
fn false_moves_beside_a_record_stop_nobody() {
    let mut ring = Ring::found(4);
    ring.propose(0);
    let is_proposer = |who: usize| {
        let device = ring.device(who);
        let index = device.with_finality(|it| {
            let set = it.tip().office.set();
            Ok(set.index_of(&device.vault().member_key))
        });
        index.unwrap() == Some(1)
    };
    // The signer whose words are read first.
    let others = (0..4).filter(|who| !is_proposer(*who));
    let liar = others.min_by_key(|who| ring.device(*who).vault().device.device_key());
    let liar = liar.unwrap();
    // Until the liar has the record to put false moves beside.
    let mut visits = (0..4).cycle().take(40);
    let right = loop {
        ring.visit(visits.next().unwrap());
        let proposal = ring
            .device(liar)
            .with_finality(|it| Ok(it.pool().proposals().map(|(_, it)| it.clone()).next()));
        if let Some(right) = proposal.unwrap() {
            break right;
        }
    };
    {
        let device = ring.device(liar);
        let keys = SignerKeys::read(&ring.dir(liar), device.vault().store_key.bytes()).unwrap();
        let false_one = Proposal {
            moves: BlobRef::of(b"nothing that anybody has"),
            round: right.round + 1,
            signature: Signature([0; 64]),
            ..right
        };
        let fact = SignerFact::Proposal(false_one.sign(device.network(), &keys.cosignature));
        let now = ClaimedMinutes::from_unix_seconds(ring.now);
        device.state_in(fact.kind(), fact.payload(), now).unwrap();
    }
    let stick = ring.path("stick");
    ring.run(liar, &["bundle", "import", &stick]);
    fs::remove_file(&stick).unwrap();
    ring.run(liar, &["bundle", "create", &stick]);
    ring.laps_until_final(1, &[liar], 80);
}

/// A store from yesterday and a key of today: the key never says anything else than it said.
#[test]
fn a_key_on_a_store_older_than_itself_says_nothing_new() {
    let mut ring = Ring::found(4);
    let (store, kept) = (
        ring.dir(1).join("store"),
        ring.room.path().join("yesterday"),
    );
    copy(&store, &kept);
    ring.propose(0);
    ring.laps_until_final(1, &[], 5);
    fs::remove_dir_all(&store).unwrap();
    copy(&kept, &store);
    // Of the same height it says again what it said, to the second.
    let device = ring.device(1);
    let keys = SignerKeys::read_all(&ring.dir(1), device.vault().store_key.bytes()).unwrap();
    let stamped = keys.1.stamp.unwrap();
    drop(device);
    ring.now += 86_400;
    ring.run(1, &["checkpoint", "propose"]);
    let device = ring.device(1);
    let seconds = device.with_finality(|it| {
        let all = it.pool().stamps().map(|(_, it)| it.seconds);
        Ok(all.collect::<Vec<_>>())
    });
    assert_eq!(seconds.unwrap(), [stamped.0]);
    // Of a height beyond the store it says nothing.
    let mut journal = keys.1;
    journal.height.0 += 1;
    keys.0
        .save(&ring.dir(1), device.vault().store_key.bytes(), &journal)
        .unwrap();
    drop(device);
    let said = ring.run(1, &["checkpoint", "propose"]);
    assert_eq!(said["height"], 1);
    assert_eq!(said["said"], Value::Array(vec![]), "{said}");
}

/// Two votes where one is allowed: whoever sees both proves it, and the next signers are the others.
#[test]
fn who_votes_twice_signs_no_more() {
    let mut ring = Ring::found(5);
    let liar = 4;
    ring.propose(0);
    {
        let device = ring.device(liar);
        let keys = SignerKeys::read(&ring.dir(liar), device.vault().store_key.bytes()).unwrap();
        for value in [Some([1; 32]), Some([2; 32])] {
            let vote = Vote {
                height: 1,
                round: 0,
                step: VoteStep::Prevote,
                value,
                signature: Signature([0; 64]),
            };
            let fact = SignerFact::Vote(vote.sign(device.network(), &keys.cosignature));
            let now = ClaimedMinutes::from_unix_seconds(ring.now);
            device.state_in(fact.kind(), fact.payload(), now).unwrap();
        }
    }
    let stick = ring.path("stick");
    ring.run(liar, &["bundle", "create", &stick]);
    // Four of the five are a quorum, so a round in which one of them has heard too little is over without
    // a record, and each round takes longer than the one before: 20 laps are not always enough. The proof
    // is in the first record, or waits for the second.
    let laps = ring.laps_until_final(1, &[liar], 80);
    println!("{laps} laps beside a liar");
    let mut next = ring.run(0, &["checkpoint", "quorum"]);
    if next["signers"].as_array().unwrap().len() == 5 {
        ring.laps_until_final(2, &[liar], 80);
        next = ring.run(0, &["checkpoint", "quorum"]);
    }
    assert_eq!(next["signers"].as_array().unwrap().len(), 4, "{next}");
    let gone = ring.device(liar).vault().member_key.to_string();
    let signers = next["signers"].as_array().unwrap();
    assert!(signers.iter().all(|it| it["member"] != gone), "{next}");
}
