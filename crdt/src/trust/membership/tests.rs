//! People who certify each other while records close, one a day.

use super::*;
use crate::{
    hash::EntryId,
    keys::{ExchangeKey, SecretKey, Signature},
    payload::{Certification, Join, Statements},
    time::ClaimedMinutes,
};

const DAY: u64 = 86_400;
const FOUNDED: Seconds = Seconds(1_700_000_000);
const CHARTER: BlobHash = BlobHash([3; 32]);
const NETWORK: NetworkId = NetworkId([7; 32]);

/// A network with founders 1 to n, and records that close on demand.
#[derive(Clone)]
struct World {
    state: Membership,
    /// Entries not yet included.
    pending: Vec<Included>,
    written: BTreeMap<DeviceKey, u32>,
}

fn secret(person: u8) -> SecretKey {
    SecretKey::from_seed(&[person; 32])
}

fn key(person: u8) -> MemberKey {
    secret(person).member_key()
}

fn device(person: u8) -> DeviceKey {
    SecretKey::from_seed(&[person ^ 0x80; 32]).device_key()
}

impl World {
    fn new(founders: u8) -> Self {
        Self::with(founders, Params::default())
    }

    fn with(founders: u8, params: Params) -> Self {
        let founders = (1..=founders).map(|it| Founder {
            member: key(it),
            name: format!("founder {it}"),
            device: device(it),
        });
        Self {
            state: Membership::founded(Founding {
                network: NETWORK,
                charter: CHARTER,
                params,
                time: FOUNDED,
                founders: founders.collect(),
            }),
            pending: Vec::new(),
            written: BTreeMap::new(),
        }
    }

    fn writes(&mut self, author: DeviceKey, fact: MemberFact) -> EntryId {
        let next = self.written.entry(author).or_default();
        let seq = *next;
        *next += 1;
        let mut id = [0; 32];
        id[..28].copy_from_slice(&author.as_bytes()[..28]);
        id[28..].copy_from_slice(&seq.to_be_bytes());
        let id = EntryId(id);
        self.pending.push(Included {
            id,
            author,
            seq,
            anchor: self.state.closed.height,
            fact,
        });
        id
    }

    fn joins(&mut self, person: u8) -> EntryId {
        let join = Join {
            member: key(person),
            name: format!("person {person}"),
            charter: CHARTER,
            exchange: ExchangeKey::default(),
            ml_kem: BlobHash::default(),
            imported: None,
            signature: Signature([0; 64]),
        };
        let join = join.sign(&NETWORK, &device(person), &secret(person));
        self.writes(device(person), MemberFact::Join(join))
    }

    fn vouches(&mut self, issuer: u8, subject: u8) -> EntryId {
        self.writes(
            device(issuer),
            MemberFact::Certification(Certification {
                subject: key(subject),
                statements: Statements::ALL,
                met: ClaimedMinutes(0),
                meeting: [0; 16],
            }),
        )
    }

    /// Closes a record `days` after the founding.
    fn close(&mut self, days: u64) -> Outcome {
        let closed = Closed {
            height: Height(self.state.closed.height.0 + 1),
            time: FOUNDED.after(days * DAY),
            hash: [0; 32],
            seed: [u8::try_from(days % 251).unwrap(); 32],
            members: self.state.members(),
        };
        self.state.close(closed, std::mem::take(&mut self.pending))
    }

    fn is(&self, person: u8) -> State {
        self.state
            .person(self.state.find(&key(person)).unwrap())
            .unwrap()
            .state
    }
}

#[test]
fn five_who_met_somebody_make_a_member_after_the_time_for_objections() {
    let mut world = World::new(6);
    world.joins(9);
    for issuer in 1..=5 {
        world.vouches(issuer, 9);
    }
    let outcome = world.close(1);
    assert_eq!((outcome.taken.len(), outcome.refused.len()), (5, 0));
    for day in 2..15 {
        world.close(day);
        assert_eq!(world.is(9), State::Candidate, "day {day}");
    }
    world.close(15);
    assert_eq!(world.is(9), State::Member);
    assert_eq!(world.state.members(), 7);
}
