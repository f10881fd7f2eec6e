//! Records over signed entries of four founders, all of them signers.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "a test may stop at an overflow"
)]

mod crowd;
mod leaves;

use super::*;
use crate::{
    checkpoint::{
        Record, SeedPreimage, Stamp,
        world::{cosignature, genesis_of, key, log_line},
    },
    entry::{Anchor, Entry, LogId, Stream, Tag, VerifiedEntry},
    genesis::SeedCommitment,
    hash::{EntryId, NetworkId},
    keys::{MemberKey, Signature},
    payload::{Appointment, Contradiction, Enrolment, Keys, SignerFact, Vote, VoteStep},
    time::{ClaimedMinutes, Height, Seconds},
};

/// When the genesis of these tests was made.
const FOUNDED: u64 = 29_400_000 * 60;

/// Values of each seed chain before its commitment.
const CHAIN: usize = 8;

/// The value of a signer's chain that the `used`-th record by that signer reveals, from 0.
fn preimage(number: u8, used: usize) -> SeedPreimage {
    let mut value = [number + 100; 32];
    for _ in 0..CHAIN - 1 - used {
        value = SeedPreimage(value).proves();
    }
    SeedPreimage(value)
}

struct Net {
    network: NetworkId,
    tip: Tip,
    /// All entries, each author's in order.
    entries: Vec<VerifiedEntry>,
}

impl Net {
    fn new(is_test: bool) -> Self {
        let commitment = |number| SeedCommitment(preimage(number, 0).proves());
        let genesis = genesis_of(&["zoe", "karim", "ana", "jo"], commitment, is_test);
        Self {
            network: genesis.network(),
            tip: Tip::genesis(&genesis).unwrap(),
            entries: Vec::new(),
        }
    }

    fn log(number: u8) -> LogId {
        LogId {
            author: key(number, 100, 0).device_key(),
            stream: Stream::SIGNER,
            tag: Tag::default(),
        }
    }

    fn last(&self, log: &LogId) -> Option<&VerifiedEntry> {
        self.entries.iter().rev().find(|it| it.log() == *log)
    }

    /// The founder with that number states `fact`.
    fn says(&mut self, number: u8, fact: &SignerFact) -> VerifiedEntry {
        let last = self.last(&Self::log(number));
        let entry = Entry {
            kind: fact.kind(),
            tag: Tag::default(),
            seq: last.map_or(0, |it| it.entry().seq + 1),
            previous: last.map(VerifiedEntry::id),
            anchor: Anchor::genesis(&self.network),
            claimed: ClaimedMinutes(29_400_000),
            parents: Vec::new(),
            payload: fact.payload(),
        };
        let entry = entry.sign(&self.network, &key(number, 100, 0)).unwrap();
        self.entries.push(entry.clone());
        entry
    }

    fn appoints(&mut self, number: u8, members: &[u8]) {
        let members = members.iter().map(|it| member(*it)).collect();
        self.says(number, &SignerFact::Appointment(Appointment { members }));
    }

    fn enrols(&mut self, number: u8, keys: Keys) {
        let fact = Enrolment::sign(&self.network, keys, &key(number, 0, 0));
        self.says(number, &SignerFact::Enrolment(fact));
    }

    /// Everything that is new, by the stamps of the first three and the chain of `proposer`.
    fn draft(&self, proposer: u8, used: usize) -> Draft {
        let mut moves = Vec::new();
        for number in 0..4 {
            let log = Self::log(number);
            moves.extend(self.last(&log).map(|it| Reach {
                log,
                next: it.entry().seq + 1,
                head: it.id(),
            }));
        }
        moves.retain(|it| it.next > self.tip.state.logs().next(&it.log));
        let stamp = |signer| Stamp {
            signer,
            time: Seconds(FOUNDED + 3_600 * u64::from(self.tip.height.0) + 3_600),
        };
        Draft {
            stamps: (0..3).map(stamp).collect(),
            preimage: preimage(proposer, used),
            moves: Moves::new(moves),
            forks: Vec::new(),
        }
    }

    fn closes(&mut self, proposer: u8, used: usize) -> Record {
        let draft = self.draft(proposer, used);
        let (record, tip) = self.tip.next(&draft, &self.entries).unwrap();
        self.tip = tip;
        record
    }

    fn signers(&self) -> Vec<MemberKey> {
        let set = self.tip.office.set();
        set.signers().iter().map(|it| it.member).collect()
    }
}

fn member(number: u8) -> MemberKey {
    key(number, 0, 0).member_key()
}

fn keys(number: u8, version: u8) -> Keys {
    Keys {
        cosignature: cosignature(number, version).public(),
        log_line: log_line(number, version).public(),
        seed_commitment: preimage(number + 50, 0).proves(),
    }
}

/// One word of each, so that a record has something in.
fn busy() -> Net {
    let mut net = Net::new(true);
    net.enrols(0, keys(0, 1));
    net.appoints(1, &[0, 1, 2]);
    net.appoints(1, &[0, 1, 3]);
    net.appoints(2, &[0, 1, 2]);
    net
}

#[test]
fn entries_in_any_order_give_the_same_record_and_leaves() {
    let net = busy();
    let draft = net.draft(0, 0);
    let (record, tip) = net.tip.next(&draft, &net.entries).unwrap();
    for turn in 0..net.entries.len() {
        let mut entries = net.entries.clone();
        entries.rotate_left(turn);
        entries.reverse();
        let (again, other) = net.tip.next(&draft, &entries).unwrap();
        assert_eq!(again.encode(), record.encode());
        assert_eq!(other.office.leaf(), tip.office.leaf());
        let taken = net.tip.check(&record, &draft.moves, &entries).unwrap();
        assert_eq!(taken.hash, tip.hash);
        let taken = net.tip.adopt(&record, &draft.moves, &entries).unwrap();
        assert_eq!((taken.hash, taken.office), (tip.hash, tip.office.clone()));
    }
}

#[test]
fn a_record_with_one_field_changed_is_refused_by_its_name() {
    let net = busy();
    let draft = net.draft(0, 0);
    let (record, _) = net.tip.next(&draft, &net.entries).unwrap();
    type Change = fn(&mut Record);
    let changes: [(&str, Change); 9] = [
        ("time", |it| it.time.0 += 1),
        ("frontier root", |it| it.frontier[0] ^= 1),
        ("number of members", |it| it.members += 1),
        ("mass", |it| it.mass += 1),
        ("dividend", |it| it.dividend += 1),
        ("growth", |it| it.growth += 1),
        ("hash of the laws", |it| it.laws.0[0] ^= 1),
        ("set of signers", |it| it.next_signers.0[0] ^= 1),
        ("state root", |it| it.state[31] ^= 1),
    ];
    for (name, change) in changes {
        let mut lie = record.clone();
        change(&mut lie);
        let fault = net.tip.check(&lie, &draft.moves, &net.entries);
        assert_eq!(fault.unwrap_err(), Fault::Differs(name));
    }
    let elsewhere = Fault::Elsewhere { height: Height(0) };
    let others: [(Fault, Change); 4] = [
        (elsewhere.clone(), |it| it.height.0 += 1),
        (elsewhere, |it| it.previous.0[0] ^= 1),
        (Fault::Rules { found: 2 }, |it| it.rules += 1),
        (Fault::Preimage, |it| it.seed = SeedPreimage([9; 32])),
    ];
    for (expected, change) in others {
        let mut lie = record.clone();
        change(&mut lie);
        let fault = net.tip.check(&lie, &draft.moves, &net.entries);
        assert_eq!(fault.unwrap_err(), expected);
    }
}

#[test]
fn stamps_are_those_of_exactly_a_quorum_of_known_signers() {
    let net = Net::new(true);
    let good = net.draft(0, 0);
    for signers in [
        &[0, 1][..],
        &[0, 1, 2, 3],
        &[0, 1, 1],
        &[1, 0, 2],
        &[0, 1, 4],
    ] {
        let stamp = |signer: &u8| Stamp {
            signer: *signer,
            ..good.stamps[0]
        };
        let draft = Draft {
            stamps: signers.iter().map(stamp).collect(),
            ..good.clone()
        };
        let fault = net.tip.next(&draft, &[]).unwrap_err();
        let (found, quorum) = (signers.len(), 3);
        assert_eq!(fault, Fault::Stamps { found, quorum }, "{signers:?}");
    }
    assert!(net.tip.next(&good, &[]).is_ok());
}

#[test]
fn a_value_of_a_seed_chain_is_revealed_once_and_in_order() {
    let mut net = Net::new(true);
    let early = net.tip.next(&net.draft(0, 1), &[]).unwrap_err();
    assert_eq!(early, Fault::Preimage);
    net.closes(0, 0);
    let again = net.tip.next(&net.draft(0, 0), &[]).unwrap_err();
    assert_eq!(again, Fault::Preimage);
    net.closes(0, 1);
    net.closes(3, 0);
}

#[test]
fn a_frontier_goes_forward_over_entries_of_one_branch_that_are_here() {
    let mut net = busy();
    let draft = net.draft(0, 0);
    let log = Net::log(1);
    let without: Vec<_> = net
        .entries
        .iter()
        .filter(|it| it.entry().seq != 0)
        .cloned()
        .collect();
    let missing = net.tip.next(&draft, &without);
    let missing = missing.unwrap_err();
    assert!(
        matches!(missing, Fault::Missing { seq: 0, .. }),
        "{missing}"
    );
    net.closes(0, 0);
    let with = |net: &Net, reach: Reach| Draft {
        moves: Moves::new(vec![reach]),
        ..net.draft(1, 0)
    };
    let head = net.last(&log).unwrap().id();
    let back = with(&net, Reach { log, next: 1, head });
    let back = net.tip.next(&back, &net.entries).unwrap_err();
    assert!(
        matches!(back, Fault::GoesBack(it) if it.before == 2),
        "{back}"
    );

    // A fork at the place after the head that is in.
    let mut other = busy();
    other.entries.retain(|it| it.log() != log);
    other.appoints(1, &[1]);
    other.appoints(1, &[2]);
    other.appoints(1, &[3]);
    let head = other.last(&log).unwrap().id();
    let branch = with(&net, Reach { log, next: 3, head });
    let branch = net.tip.next(&branch, &other.entries).unwrap_err();
    assert_eq!(branch, Fault::Branch { log, seq: 2 });
    let unknown = with(
        &net,
        Reach {
            log,
            next: 3,
            head: EntryId([7; 32]),
        },
    );
    let unknown = net.tip.next(&unknown, &other.entries).unwrap_err();
    assert_eq!(unknown, Fault::Missing { log, seq: 2 });
}

#[test]
fn new_keys_sign_from_the_next_record_on() {
    let mut net = Net::new(true);
    let before = net.tip.office.set().clone();
    net.enrols(2, keys(2, 1));
    let record = net.closes(0, 0);
    let set = net.tip.office.set().clone();
    assert_ne!(set, before);
    assert_eq!(record.next_signers, set.hash());
    let index = set.index_of(&member(2)).unwrap();
    let signer = &set.signers()[index];
    assert_eq!(signer.cosignature.0, cosignature(2, 1).public());
    assert_eq!(signer.key_version, 1);
    let fresh = preimage(52, 0).proves();
    assert_eq!(net.tip.office.end(index), Some(&fresh));
    // Who keeps their keys goes on with their chain.
    let zoe = set.index_of(&member(0)).unwrap();
    assert_eq!(net.tip.office.end(zoe), Some(preimage(0, 0).as_bytes()));
    // Keys that somebody uses are nobody else's.
    net.enrols(3, keys(2, 1));
    net.closes(0, 1);
    assert_eq!(net.tip.office.set(), &set);
    // What is no key has no effect, and keeps nobody else from changing theirs.
    let mut none = keys(1, 1);
    none.cosignature = [0; 32];
    net.enrols(1, none);
    net.enrols(3, keys(3, 1));
    net.closes(0, 2);
    let next = net.tip.office.set();
    let of = |number| {
        next.signers()[next.index_of(&member(number)).unwrap()]
            .cosignature
            .0
    };
    assert_eq!(of(3), cosignature(3, 1).public());
    assert_eq!(of(1), cosignature(1, 0).public());
}

/// Two votes of the founder with that number, signed by their keys of that version.
fn votes(number: u8, version: u8, rounds: [u32; 2], net: &Net) -> Option<SignerFact> {
    let [a, b] = [(rounds[0], 1), (rounds[1], 2)].map(|(round, value)| {
        let vote = Vote {
            height: 9,
            round,
            step: VoteStep::Prevote,
            value: Some([value; 32]),
            signature: Signature([0; 64]),
        };
        SignerFact::Vote(vote.sign(&net.network, &cosignature(number, version)))
    });
    Contradiction::of(member(number), &a, &b).map(SignerFact::Contradiction)
}

#[test]
fn who_says_two_things_signs_no_more() {
    let mut net = Net::new(true);
    assert_eq!(votes(2, 0, [0, 1], &net), None, "one vote a round");
    // Somebody else's votes prove nothing against a signer.
    let Some(SignerFact::Contradiction(of_others)) = votes(2, 1, [0, 0], &net) else {
        panic!("two votes of one round");
    };
    net.says(0, &SignerFact::Contradiction(of_others));
    net.closes(0, 0);
    assert_eq!(net.tip.office.set().signers().len(), 4);
    // New keys in the same record do not save them.
    net.enrols(2, keys(2, 1));
    let proof = votes(2, 0, [0, 0], &net).unwrap();
    net.says(3, &proof);
    let record = net.closes(0, 1);
    let set = net.tip.office.set().clone();
    assert_eq!(record.next_signers, set.hash());
    assert_eq!(set.index_of(&member(2)), None);
    assert_eq!(set.signers().len(), 3);
    assert_eq!(net.tip.office.enrolled(&member(2)), None);
    // Enrolled anew they can be chosen, and the old proof is spent.
    net.enrols(2, keys(2, 2));
    net.says(3, &proof);
    net.closes(0, 2);
    assert_eq!(net.tip.office.set().signers().len(), 3);
    (0..4)
        .filter(|it| *it != 2)
        .for_each(|it| net.appoints(it, &[0, 1, 2, 3]));
    net.closes(0, 3);
    assert_eq!(net.tip.office.set().signers().len(), 4);
}

#[test]
fn an_appointment_needs_every_signer_and_a_network_for_tests() {
    let mut net = Net::new(true);
    let all = net.signers();
    for number in 0..3 {
        net.appoints(number, &[0, 1]);
    }
    net.closes(0, 0);
    assert_eq!(net.signers(), all);
    net.appoints(3, &[0, 2]);
    net.closes(0, 1);
    assert_eq!(net.signers(), all);
    net.appoints(3, &[0, 1]);
    net.closes(0, 2);
    let mut two = vec![member(0), member(1)];
    two.sort_unstable();
    let mut signers = net.signers();
    signers.sort_unstable();
    assert_eq!(signers, two);

    let mut real = Net::new(false);
    (0..4).for_each(|it| real.appoints(it, &[0, 1]));
    real.closes(0, 0);
    assert_eq!(real.signers().len(), 4);
}

#[test]
fn an_office_is_read_from_its_leaf_and_from_nothing_else() {
    let mut net = busy();
    net.closes(0, 0);
    let leaf = net.tip.office.leaf();
    assert_eq!(Office::read(&leaf), Ok(net.tip.office.clone()));
    for len in 0..leaf.len() {
        assert!(Office::read(&leaf[..len]).is_err(), "{len} bytes");
    }
    for place in 0..leaf.len() {
        let mut turned = leaf.clone();
        turned[place] ^= 1;
        if let Ok(office) = Office::read(&turned) {
            assert_eq!(office.leaf(), turned, "byte {place}");
        }
    }
}
