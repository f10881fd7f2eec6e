//! A network with signers, records and notes, for tests.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "a test may stop at an overflow"
)]

use super::*;
use crate::{
    entry::Anchor,
    genesis::{
        Body, Card, CosignatureKey, Draft, Genesis, LogLineKey, NetworkSecret, Person,
        SeedCommitment,
    },
    hash::NetworkId,
    keys::{SealingKeys, SecretKey},
    params::{Param, Params},
    payload::certify_device,
    time::{ClaimedMinutes, Height, Seconds},
};

pub(crate) const START: u64 = 1_800_000_000;

pub(crate) fn key(number: u8, purpose: u8, version: u8) -> SecretKey {
    let mut seed = [number; 32];
    (seed[30], seed[31]) = (purpose, version);
    SecretKey::from_seed(&seed)
}

pub(crate) fn cosignature(number: u8, version: u8) -> SecretKey {
    key(number, 101, version)
}

pub(crate) fn log_line(number: u8, version: u8) -> SecretKey {
    key(number, 102, version)
}

pub(super) fn enrolled(number: u8, name: &str) -> Enrolment {
    Enrolment {
        member: key(number, 0, 0).member_key(),
        name: name.to_owned(),
        cosignature: CosignatureKey(cosignature(number, 0).public()),
        log_line: LogLineKey(log_line(number, 0).public()),
        seed_commitment: SeedCommitment([number; 32]),
        key_version: 0,
    }
}

/// The same person with their next keys.
pub(super) fn renewed(number: u8, name: &str, version: u8) -> Enrolment {
    Enrolment {
        cosignature: CosignatureKey(cosignature(number, version).public()),
        log_line: LogLineKey(log_line(number, version).public()),
        key_version: version.into(),
        ..enrolled(number, name)
    }
}

/// So many signers of a network without a genesis.
pub(super) fn set_of(count: u8) -> SignerSet {
    let network = NetworkId([7; 32]);
    let nobody = [&[1][..], network.as_bytes(), &[0]].concat();
    let nobody = SignerSet::decode(&nobody).unwrap();
    let people = (0..count).map(|it| enrolled(it, &format!("member {it}")));
    nobody.followed_by(people.collect()).unwrap()
}

pub(super) fn record(height: u32) -> Record {
    let stamp = |signer| Stamp {
        signer,
        time: Seconds(START + u64::from(height) * 86_400),
    };
    Record {
        height: Height(height),
        previous: RecordHash([1; 32]),
        rules: 1,
        time: Seconds(START + u64::from(height) * 86_400),
        stamps: (0..15).map(stamp).collect(),
        seed: SeedPreimage([2; 32]),
        frontier: [3; 32],
        state: [4; 32],
        members: 59,
        mass: 59_000,
        dividend: 1_000,
        growth: 488,
        laws: LawsHash([5; 32]),
        next_signers: SignersHash([6; 32]),
        forks: vec![],
    }
}

pub(super) fn genesis(names: &[&str]) -> Genesis {
    genesis_of(names, |number| SeedCommitment([number; 32]), true)
}

/// Founders with these seed chains, on a network for tests or not.
pub(crate) fn genesis_of(
    names: &[&str],
    commitment: impl Fn(u8) -> SeedCommitment,
    test_network: bool,
) -> Genesis {
    let founder = |number: u8, name: &str| {
        let (member, device) = (key(number, 0, 0), key(number, 100, 0).device_key());
        let sealing = SealingKeys::of_member(&member.seed());
        let own = enrolled(number, name);
        let person = Person {
            member: own.member,
            name: own.name,
            device,
            certificate: certify_device(&member, &device),
            cosignature: own.cosignature,
            log_line: own.log_line,
            seed_commitment: commitment(number),
            exchange: sealing.exchange_key(),
            ml_kem: sealing.ml_kem_key(),
        };
        Card::sign(person, &member).unwrap()
    };
    let count = u8::try_from(names.len()).unwrap();
    let mut params = Params::default();
    params.set(Param::SigQty, 3).unwrap();
    params.assign("trustees=3,2").unwrap();
    let body = Body {
        test_network,
        name: "Lou Mas".to_owned(),
        created: ClaimedMinutes(29_400_000),
        charter: "One member, one vote.\n".to_owned(),
        params,
        founders: (0..)
            .zip(names)
            .map(|(it, name)| founder(it, name))
            .collect(),
        signers: (0..count.into()).collect(),
        trustees: vec![0, 1, 2],
        import: None,
    };
    let mut draft = Draft::new(body).unwrap();
    for number in 0..count {
        draft.sign(&key(number, 0, 0)).unwrap();
    }
    draft.close(NetworkSecret::new([5; 32])).unwrap()
}

/// A network whose founders sign; records as they come.
pub(super) struct Net {
    pub(super) genesis: Genesis,
    pub(super) log: RecordLog,
    pub(super) records: Vec<Record>,
    /// Who signs after each height, from the genesis on.
    pub(super) sets: Vec<SignerSet>,
}

impl Net {
    /// So many founders, all signers, and 40 records.
    pub(super) fn new(founders: u8) -> Self {
        let mut net = Self::young(founders);
        (0..40).for_each(|_| net.close(None));
        net
    }

    /// Without any record.
    pub(super) fn young(founders: u8) -> Self {
        let names: Vec<_> = (0..founders).map(|it| format!("Member {it}")).collect();
        let genesis = genesis(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let network = genesis.network();
        // Anchors name the genesis as records do.
        assert_eq!(
            RecordHash::of_genesis(&network).short(),
            Anchor::genesis(&network).prefix
        );
        Self {
            log: RecordLog::new(network),
            records: vec![],
            sets: vec![SignerSet::of_genesis(&genesis).unwrap()],
            genesis,
        }
    }

    /// Closes the next height, after which `next` sign, if they are others.
    pub(super) fn close(&mut self, next: Option<Vec<Enrolment>>) {
        let own = self.sets.last().unwrap();
        let next = next.map_or_else(|| own.clone(), |it| own.followed_by(it).unwrap());
        let height = self.log.height();
        let record = Record {
            previous: self.log.hash(height).unwrap(),
            next_signers: next.hash(),
            ..record(height.0 + 1)
        };
        self.log.push(&record.encode());
        self.records.push(record);
        self.sets.push(next);
    }

    pub(super) fn record(&self, height: u32) -> &Record {
        &self.records[usize::try_from(height).unwrap() - 1]
    }

    /// Who signs `height`.
    pub(super) fn signers(&self, height: u32) -> &SignerSet {
        &self.sets[usize::try_from(height).unwrap() - 1]
    }

    /// A log line, and a quorum of those in force and of those who follow.
    pub(super) fn note(&self, height: u32) -> Note {
        let (old, new) = (
            self.signers(height),
            &self.sets[usize::try_from(height).unwrap()],
        );
        let mut note = self.log.note(Height(height)).unwrap();
        sign_as_log(&mut note, old, 0);
        (0..old.quorum()).for_each(|it| cosign(&mut note, old, it));
        (0..new.quorum()).for_each(|it| cosign(&mut note, new, it));
        note
    }

    pub(super) fn checker(&self) -> Checker {
        Checker::new(self.sets[0].clone())
    }

    /// A chain with proofs of `heights`.
    pub(super) fn chain(&self, heights: &[u32]) -> String {
        let notes: Vec<_> = heights.iter().map(|it| self.note(*it)).collect();
        let links: Vec<_> = heights
            .iter()
            .zip(&notes)
            .map(|(height, note)| {
                let next = &self.sets[usize::try_from(*height).unwrap()];
                Link {
                    record: self.record(*height),
                    note,
                    next: (next != self.signers(*height)).then_some(next),
                }
            })
            .collect();
        export(&self.log, &links).unwrap()
    }
}

/// When the signer at `index` cosigns.
pub(super) fn time_of(index: usize) -> Seconds {
    Seconds(START + u64::try_from(index).unwrap())
}

pub(super) fn cosign(note: &mut Note, set: &SignerSet, index: usize) {
    let (number, version) = keys_of(set, index);
    let name = set.name(index).unwrap();
    note.cosign(&name, &cosignature(number, version), time_of(index));
}

pub(super) fn sign_as_log(note: &mut Note, set: &SignerSet, index: usize) {
    let (number, version) = keys_of(set, index);
    note.sign_as_log(&log_line(number, version));
}

fn keys_of(set: &SignerSet, index: usize) -> (u8, u8) {
    let signer = &set.signers()[index];
    let is_theirs = |number: &u8| key(*number, 0, 0).member_key() == signer.member;
    let number = (0..60).find(is_theirs).unwrap();
    (number, u8::try_from(signer.key_version).unwrap())
}
