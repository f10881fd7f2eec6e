//! A founded network whose signers close heights: records, signed notes, proofs, chains.

use commune_crdt::{
    checkpoint::{
        Enrolment, LawsHash, Link, Note, Record, RecordLog, SeedPreimage, SignerSet, Stamp, export,
    },
    genesis::{
        Body, Card, CosignatureKey, Draft, Genesis, LogLineKey, NetworkSecret, Person,
        SeedCommitment,
    },
    keys::{SealingKeys, SecretKey},
    params::Params,
    payload::certify_device,
    time::{ClaimedMinutes, Height, Seconds},
};

const START: u64 = 1_800_000_000;

fn key(number: u8, purpose: u8) -> SecretKey {
    let mut seed = [number; 32];
    seed[31] = purpose;
    SecretKey::from_seed(&seed)
}

fn enrolled(number: u8) -> Enrolment {
    Enrolment {
        member: key(number, 0).member_key(),
        name: format!("Membre n° {number}"),
        cosignature: CosignatureKey(key(number, 1).public()),
        log_line: LogLineKey(key(number, 2).public()),
        seed_commitment: SeedCommitment([number; 32]),
        key_version: 0,
    }
}

fn card(number: u8) -> Card {
    let (own, member, device) = (
        enrolled(number),
        key(number, 0),
        key(number, 3).device_key(),
    );
    let sealing = SealingKeys::of_member(&member.seed());
    let person = Person {
        member: own.member,
        name: own.name,
        device,
        certificate: certify_device(&member, &device),
        cosignature: own.cosignature,
        log_line: own.log_line,
        seed_commitment: own.seed_commitment,
        exchange: sealing.exchange_key(),
        ml_kem: sealing.ml_kem_key(),
    };
    Card::sign(person, &member).unwrap()
}

/// What a network with a log of records has.
pub(crate) struct World {
    pub(crate) genesis: Genesis,
    pub(crate) log: RecordLog,
    pub(crate) records: Vec<Record>,
    /// Who signs after each height, from the genesis on.
    pub(crate) sets: Vec<SignerSet>,
}

impl World {
    /// So many founders, all signers, and so many records; after each `every` heights one signer
    /// gives way to another, with 0 never.
    pub(crate) fn new(founders: u8, records: u32, every: u32) -> Self {
        let mut params = Params::default();
        params.assign("sig_qty=3").unwrap();
        params.assign("trustees=3,2").unwrap();
        let body = Body {
            test_network: true,
            name: String::new(),
            created: ClaimedMinutes(30_000_000),
            charter: "One member, one vote.\n".to_owned(),
            params,
            founders: (0..founders).map(card).collect(),
            signers: (0..founders.into()).collect(),
            trustees: vec![0, 1, 2],
            import: None,
        };
        let mut draft = Draft::new(body).unwrap();
        (0..founders).for_each(|it| draft.sign(&key(it, 0)).unwrap());
        let genesis = draft.close(NetworkSecret::new([9; 32])).unwrap();
        let mut world = Self {
            log: RecordLog::new(genesis.network()),
            records: vec![],
            sets: vec![SignerSet::of_genesis(&genesis).unwrap()],
            genesis,
        };
        for height in 1..=records {
            let is_change = every > 0 && height % every == 0;
            let first = height.checked_div(every).unwrap_or(0) as u8;
            let people = (first..first + founders).map(enrolled);
            world.close(height, is_change.then(|| people.collect()));
        }
        world
    }

    fn close(&mut self, height: u32, next: Option<Vec<Enrolment>>) {
        let own = self.sets.last().unwrap();
        let next = next.map_or_else(|| own.clone(), |it| own.followed_by(it).unwrap());
        let time = Seconds(START + u64::from(height) * 86_400);
        let record = Record {
            height: Height(height),
            previous: self.log.hash(Height(height - 1)).unwrap(),
            rules: 1,
            time,
            stamps: (0..own.quorum() as u8)
                .map(|signer| Stamp { signer, time })
                .collect(),
            seed: SeedPreimage([1; 32]),
            frontier: [2; 32],
            state: [3; 32],
            members: 5,
            mass: 5_000,
            dividend: 1_000,
            growth: 488,
            laws: LawsHash([4; 32]),
            next_signers: next.hash(),
            forks: vec![],
        };
        self.log.push(&record.encode());
        self.records.push(record);
        self.sets.push(next);
    }

    pub(crate) fn record(&self, height: u32) -> &Record {
        &self.records[height as usize - 1]
    }

    /// Who signs `height`.
    pub(crate) fn signers(&self, height: u32) -> &SignerSet {
        &self.sets[height as usize - 1]
    }

    pub(crate) fn unsigned(&self, height: u32) -> Note {
        self.log.note(Height(height)).unwrap()
    }

    /// A log line, and a quorum of those in force and of those who follow.
    pub(crate) fn note(&self, height: u32) -> Note {
        let mut note = self.unsigned(height);
        note.sign_as_log(&keys_of(self.signers(height), 0).1);
        let (old, new) = (self.signers(height), &self.sets[height as usize]);
        (0..old.quorum()).for_each(|it| cosign(&mut note, old, it));
        if old != new {
            (0..new.quorum()).for_each(|it| cosign(&mut note, new, it));
        }
        note
    }

    pub(crate) fn chain(&self, heights: &[u32]) -> String {
        let notes: Vec<_> = heights.iter().map(|it| self.note(*it)).collect();
        let links = heights.iter().zip(&notes).map(|(height, note)| {
            let next = &self.sets[*height as usize];
            Link {
                record: self.record(*height),
                note,
                next: (next != self.signers(*height)).then_some(next),
            }
        });
        export(&self.log, &links.collect::<Vec<_>>()).unwrap()
    }
}

pub(crate) fn cosign(note: &mut Note, set: &SignerSet, index: usize) {
    let time = Seconds(START + index as u64);
    note.cosign(&set.name(index).unwrap(), &keys_of(set, index).0, time);
}

/// Cosignature key and log-line key.
pub(crate) fn keys_of(set: &SignerSet, index: usize) -> (SecretKey, SecretKey) {
    // Every seed commitment is its owner's number.
    let SeedCommitment([number, ..]) = set.signers()[index].seed_commitment;
    (key(number, 1), key(number, 2))
}
