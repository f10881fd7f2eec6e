//! People who pay each other while records close on demand.
//!
//! At every record the mass is audited, and a ledger made again from leaves alone has to do the
//! same as the one that was never put away.

use std::collections::BTreeMap;

use crate::{
    entry::{Stream, Tag},
    hash::{BlobHash, EntryId, NetworkId, blake3},
    keys::{DeviceKey, ExchangeKey, MemberKey, SecretKey, Signature},
    ledger::*,
    params::{Param, Params},
    payload::{
        Comment, Device, DeviceRevocation, Join, LastGood, MemberFact, OpenShared, Receiver,
        Revocation, SharedTransfer, Transfer, certify_device,
    },
    time::Seconds,
    trust::{self, Founder, Founding, Membership},
};

pub(super) const DAY: u64 = 86_400;
pub(super) const FOUNDED: Seconds = Seconds(1_700_000_000);
pub(super) const NETWORK: NetworkId = NetworkId([7; 32]);
const CHARTER: BlobHash = BlobHash([3; 32]);

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) people: Membership,
    pub(super) ledger: Ledger,
    /// Entries not yet included.
    pub(super) pending: Vec<Included>,
    pub(super) said: Vec<trust::Included>,
    written: BTreeMap<(DeviceKey, Stream), u32>,
}

pub(super) fn secret(person: u8) -> SecretKey {
    SecretKey::from_seed(&[person; 32])
}

pub(super) fn key(person: u8) -> MemberKey {
    secret(person).member_key()
}

/// The device `number` of `person`; the first is 0.
pub(super) fn device(person: u8, number: u8) -> DeviceKey {
    DeviceKey(blake3(&[&[person, number]]))
}

pub(super) fn params(changed: &[(Param, u64)]) -> Params {
    let mut params = Params::default();
    // Founders stay members for years without a word.
    for (param, value) in [
        (Param::SigQty, 3),
        (Param::SigValidity, 157_788_000),
        (Param::MembershipValidity, 94_672_800),
    ]
    .iter()
    .chain(changed)
    {
        params.set(*param, *value).unwrap();
    }
    params
}

pub(super) fn transfer(to: Receiver, amount: u64) -> AccountFact {
    AccountFact::Transfer(Transfer {
        to,
        amount,
        comment: Comment::None,
    })
}

pub(super) fn open(holders: &[u8], threshold: u8) -> AccountFact {
    let mut holders: Vec<_> = holders.iter().map(|it| key(*it)).collect();
    holders.sort_unstable();
    AccountFact::OpenShared(OpenShared {
        holders,
        threshold,
        name: "strike fund".to_owned(),
    })
}

pub(super) fn proposal(from: SharedId, to: Receiver, amount: u64) -> AccountFact {
    AccountFact::SharedTransfer(SharedTransfer {
        from,
        to,
        amount,
        comment: Comment::None,
    })
}

impl World {
    /// A network with founders 1 to n.
    pub(super) fn new(founders: u8) -> Self {
        Self::with(founders, params(&[]))
    }

    pub(super) fn with(founders: u8, params: Params) -> Self {
        let founders = (1..=founders).map(|it| Founder {
            member: key(it),
            name: format!("founder {it}"),
            device: device(it, 0),
        });
        let people = Membership::founded(Founding {
            network: NETWORK,
            charter: CHARTER,
            params,
            time: FOUNDED,
            founders: founders.collect(),
        });
        Self {
            ledger: Ledger::founded(&people),
            people,
            pending: Vec::new(),
            said: Vec::new(),
            written: BTreeMap::new(),
        }
    }

    fn next_place(&mut self, author: DeviceKey, stream: Stream) -> (u32, EntryId) {
        let next = self.written.entry((author, stream)).or_default();
        let seq = *next;
        *next += 1;
        let place = [&[stream.number()][..], &seq.to_be_bytes()].concat();
        (seq, EntryId(blake3(&[author.as_bytes(), &place])))
    }

    /// A device writes something about money.
    pub(super) fn writes(&mut self, author: DeviceKey, fact: AccountFact) -> EntryId {
        let (seq, id) = self.next_place(author, Stream::ACCOUNT);
        self.pending.push(Included {
            id,
            author,
            seq,
            anchor: self.people.newest().height,
            fact,
        });
        id
    }

    /// `from` pays `to` by their first device.
    pub(super) fn pays(&mut self, from: u8, to: u8, amount: u64) -> EntryId {
        let to = Receiver::Member(key(to));
        self.writes(device(from, 0), transfer(to, amount))
    }

    /// A device states something about people.
    pub(super) fn says(&mut self, author: DeviceKey, fact: MemberFact) {
        let (seq, id) = self.next_place(author, Stream::MEMBER);
        self.said.push(trust::Included {
            id,
            author,
            seq,
            anchor: self.people.newest().height,
            fact,
        });
    }

    pub(super) fn joins(&mut self, person: u8) {
        let join = Join {
            member: key(person),
            name: format!("person {person}"),
            charter: CHARTER,
            exchange: ExchangeKey::default(),
            ml_kem: BlobHash::default(),
            imported: None,
            signature: Signature([0; 64]),
        };
        let join = join.sign(&NETWORK, &device(person, 0), &secret(person));
        self.says(device(person, 0), MemberFact::Join(join));
    }

    pub(super) fn adds_device(&mut self, person: u8, number: u8) {
        let device = device(person, number);
        let fact = Device {
            member: key(person),
            label: "second".to_owned(),
            certificate: certify_device(&secret(person), &device),
        };
        self.says(device, MemberFact::Device(fact));
    }

    /// Ends the first device of `person` after its entry `last` of the account log.
    pub(super) fn ends_device(&mut self, person: u8, last: u32) {
        let head = LastGood {
            stream: Stream::ACCOUNT,
            tag: Tag::default(),
            seq: last,
            head: EntryId([0; 32]),
        };
        let gone = device(person, 0);
        let word = DeviceRevocation::sign(&NETWORK, gone, vec![head], &secret(person));
        self.says(device(1, 0), MemberFact::DeviceRevocation(word));
    }

    pub(super) fn revokes(&mut self, person: u8) {
        let word = Revocation::sign(&secret(person));
        self.says(device(1, 0), MemberFact::Revocation(word));
    }

    /// Closes a record `days` after the founding.
    pub(super) fn close(&mut self, days: u64) -> Outcome {
        self.close_at(FOUNDED.after(days * DAY))
    }

    pub(super) fn close_at(&mut self, time: Seconds) -> Outcome {
        let before = self.people.clone();
        let newest = before.newest();
        let closed = Closed {
            height: Height(newest.height.0 + 1),
            time,
            members: before.members(),
            ..Closed::default()
        };
        self.people.close(closed, std::mem::take(&mut self.said));
        let entries = std::mem::take(&mut self.pending);
        let old = self.ledger.leaves();
        let mut twin = Ledger::from_leaves(&old).unwrap();
        let outcome = self.ledger.close(&before, &self.people, &closed, &entries);
        assert_eq!(
            twin.close(&before, &self.people, &closed, &entries),
            outcome
        );
        assert_eq!(twin, self.ledger, "from leaves another state follows");
        assert_eq!(self.ledger.audit(), Ok(()));
        self.changes_are_told(&old, &outcome);
        outcome
    }

    fn changes_are_told(&self, old: &Leaves, outcome: &Outcome) {
        let new = self.ledger.leaves();
        let told = |id| outcome.changed.contains(&id);
        for (id, leaf) in (0..).zip(&new.accounts) {
            let same = old.accounts.get(usize::try_from(id).unwrap()) == Some(leaf);
            assert!(same || told(AccountId::Person(id)), "person {id}");
        }
        for (number, leaf) in (0..).zip(&new.shared) {
            let same = old.shared.get(usize::try_from(number).unwrap()) == Some(leaf);
            assert!(same || told(AccountId::Shared(number)), "shared {number}");
        }
    }

    pub(super) fn account(&self, person: u8) -> AccountId {
        AccountId::Person(self.people.find(&key(person)).unwrap())
    }

    pub(super) fn has(&self, person: u8) -> u128 {
        self.ledger.balance(self.account(person))
    }

    pub(super) fn mass(&self) -> u128 {
        self.ledger.dividend().mass
    }
}

/// Why `id` had no effect.
pub(super) fn why(outcome: &Outcome, id: EntryId) -> Option<&'static str> {
    let mut refused = outcome.refused.iter().filter(|it| it.0 == id);
    let first = refused.next().map(|it| it.1.code());
    assert_eq!(refused.next(), None, "one reason is enough");
    first
}
