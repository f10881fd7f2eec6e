//! People who certify each other while records close on demand.

use crate::{
    hash::{BlobHash, EntryId, NetworkId},
    keys::{DeviceKey, ExchangeKey, MemberKey, SecretKey, Signature},
    params::{Param, Params},
    payload::{
        Certification, Device, DeviceRevocation, Imported, Join, KeyChange, LastGood, MeetingId,
        MemberFact, Objection, Recovery, Renewal, Residence, Revocation, Statements, Withdrawal,
        certify_device,
    },
    time::{ClaimedMinutes, Height, Seconds},
    trust::{Refusal, membership::*},
};

pub(super) const DAY: u64 = 86_400;
pub(super) const FOUNDED: Seconds = Seconds(1_700_000_000);
pub(super) const CHARTER: BlobHash = BlobHash([3; 32]);
pub(super) const NETWORK: NetworkId = NetworkId([7; 32]);
/// From this number on people have keys that sign nothing.
pub(super) const UNSIGNED: u16 = 500;

/// A network with founders 1 to n.
#[derive(Clone)]
pub(super) struct World {
    pub(super) state: Membership,
    /// Entries not yet included.
    pub(super) pending: Vec<Included>,
    pub(super) written: BTreeMap<DeviceKey, u32>,
    /// The anchor of what is written; the newest record if none.
    pub(super) anchor: Option<Height>,
}

fn seed(person: u16, purpose: u8) -> [u8; 32] {
    let mut seed = [purpose; 32];
    seed[..2].copy_from_slice(&person.to_be_bytes());
    seed
}

pub(super) fn secret(person: u16) -> SecretKey {
    SecretKey::from_seed(&seed(person, 1))
}

pub(super) fn key(person: u16) -> MemberKey {
    if person < UNSIGNED {
        secret(person).member_key()
    } else {
        MemberKey(seed(person, 1))
    }
}

pub(super) fn device(person: u16) -> DeviceKey {
    further(person, 0)
}

/// The device `number` of `person`; the first is 0.
pub(super) fn further(person: u16, number: u8) -> DeviceKey {
    DeviceKey(seed(person, 100 + number))
}

pub(super) fn renewal() -> MemberFact {
    MemberFact::Renewal(Renewal { charter: CHARTER })
}

pub(super) fn certification(subject: u16, meeting: u8) -> MemberFact {
    MemberFact::Certification(Certification {
        subject: key(subject),
        statements: Statements::ALL,
        met: ClaimedMinutes(0),
        meeting: [meeting; 16],
    })
}

pub(super) fn withdrawal(subject: u16) -> MemberFact {
    MemberFact::Withdrawal(Withdrawal {
        subject: key(subject),
    })
}

pub(super) fn objection(subject: u16) -> MemberFact {
    MemberFact::Objection(Objection {
        subject: key(subject),
        reason: "nobody of that name lives here".to_owned(),
    })
}

pub(super) fn residence(commune: u8) -> MemberFact {
    MemberFact::Residence(Residence {
        commune: [commune; 16],
    })
}

pub(super) fn join(person: u16, device: DeviceKey, imported: Option<Imported>) -> Join {
    let join = Join {
        member: key(person),
        name: format!("person {person}"),
        charter: CHARTER,
        exchange: ExchangeKey::default(),
        ml_kem: BlobHash::default(),
        imported,
        signature: Signature([0; 64]),
    };
    if person < UNSIGNED {
        join.sign(&NETWORK, &device, &secret(person))
    } else {
        join
    }
}

pub(super) fn certificate(person: u16, device: DeviceKey) -> MemberFact {
    MemberFact::Device(Device {
        member: key(person),
        label: "second".to_owned(),
        certificate: certify_device(&secret(person), &device),
    })
}

pub(super) fn key_change(old: u16, new: u16) -> MemberFact {
    MemberFact::KeyChange(KeyChange::sign(&NETWORK, &secret(old), &secret(new)))
}

pub(super) fn recovery(old: u16, new: u16) -> MemberFact {
    MemberFact::Recovery(Recovery::sign(&NETWORK, key(old), &secret(new)))
}

pub(super) fn revocation(person: u16) -> MemberFact {
    MemberFact::Revocation(Revocation::sign(&secret(person)))
}

/// Ends `device` in the name of `by`, after its entry `last`.
pub(super) fn device_revocation(by: u16, device: DeviceKey, last: Option<u32>) -> MemberFact {
    let heads = last.map(|seq| LastGood {
        stream: crate::entry::Stream::MEMBER,
        tag: crate::entry::Tag::default(),
        seq,
        head: EntryId([0; 32]),
    });
    let heads = heads.into_iter().collect();
    MemberFact::DeviceRevocation(DeviceRevocation::sign(&NETWORK, device, heads, &secret(by)))
}

/// Parameters of which one is not the default.
pub(super) fn params(changed: &[(Param, u64)]) -> Params {
    let mut params = Params::default();
    for (param, value) in changed {
        params.set(*param, *value).unwrap();
    }
    params
}

impl World {
    pub(super) fn new(founders: u16) -> Self {
        Self::with(founders, Params::default())
    }

    pub(super) fn with(founders: u16, params: Params) -> Self {
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
            anchor: None,
        }
    }

    pub(super) fn writes(&mut self, author: DeviceKey, fact: MemberFact) -> EntryId {
        let next = self.written.entry(author).or_default();
        let seq = *next;
        *next += 1;
        let mut id = [0; 32];
        id[..28].copy_from_slice(&author.as_bytes()[..28]);
        id[27] = author.as_bytes()[31];
        id[28..].copy_from_slice(&seq.to_be_bytes());
        let id = EntryId(id);
        self.pending.push(Included {
            id,
            author,
            seq,
            anchor: self.anchor.unwrap_or(self.state.closed.height),
            fact,
        });
        id
    }

    /// `person` states something on their first device.
    pub(super) fn says(&mut self, person: u16, fact: MemberFact) -> EntryId {
        self.writes(device(person), fact)
    }

    pub(super) fn joins(&mut self, person: u16) -> EntryId {
        let join = join(person, device(person), None);
        self.says(person, MemberFact::Join(join))
    }

    pub(super) fn vouches(&mut self, issuer: u16, subject: u16) -> EntryId {
        self.says(issuer, certification(subject, 0))
    }

    /// Asks, and gets the word of `sponsors` in the same record.
    pub(super) fn joins_with(&mut self, person: u16, sponsors: impl IntoIterator<Item = u16>) {
        self.joins(person);
        for sponsor in sponsors {
            self.vouches(sponsor, person);
        }
    }

    /// Makes `person` a member since the last record, certified by `sponsors` then: for graphs that
    /// would take years.
    pub(super) fn settles(&mut self, person: u16, sponsors: impl IntoIterator<Item = u16>) {
        let now = self.state.closed.time;
        let name = format!("person {person}");
        let mut new = Person::new(key(person), name, State::Member, now);
        new.until = now.after(self.state.get(Param::MembershipValidity));
        let id = self.state.add_person(new);
        self.state.own_device(device(person), id);
        self.certified(person, sponsors);
    }

    /// Adds certifications that were taken at the last record.
    pub(super) fn certified(&mut self, person: u16, sponsors: impl IntoIterator<Item = u16>) {
        let emission = self.state.closed.time;
        let end = emission.after(self.state.get(Param::SigValidity));
        for sponsor in sponsors {
            let received = Received {
                issuer: self.id(sponsor),
                emission,
                end,
                meeting: MeetingId::default(),
            };
            let id = self.id(person);
            self.state.people[index(id)].received.push(received);
        }
    }

    /// Closes a record `days` after the founding.
    pub(super) fn close(&mut self, days: u64) -> Outcome {
        self.close_at(FOUNDED.after(days * DAY))
    }

    pub(super) fn close_at(&mut self, time: Seconds) -> Outcome {
        let closed = self.next(time);
        self.state.close(closed, std::mem::take(&mut self.pending))
    }

    pub(super) fn next(&self, time: Seconds) -> Closed {
        Closed {
            height: Height(self.state.closed.height.0 + 1),
            time,
            hash: [0; 32],
            seed: [u8::try_from(time.0 % 251).unwrap(); 32],
            members: self.state.members(),
        }
    }

    /// Closes a record each day, the first day excluded.
    pub(super) fn days(&mut self, days: std::ops::RangeInclusive<u64>) {
        for day in days {
            self.close(day);
        }
    }

    pub(super) fn id(&self, person: u16) -> PersonId {
        self.state.find(&key(person)).unwrap()
    }

    pub(super) fn person(&self, person: u16) -> &Person {
        self.state.person(self.id(person)).unwrap()
    }

    pub(super) fn is(&self, person: u16) -> State {
        self.person(person).state
    }

    /// Live certifications that `person` received.
    pub(super) fn live(&self, person: u16) -> usize {
        self.person(person).live(self.state.closed.time).count()
    }

    /// Whether a certification of `issuer` for `subject` counts now.
    pub(super) fn stands_by(&self, issuer: u16, subject: u16) -> bool {
        let issuer = self.id(issuer);
        let mut live = self.person(subject).live(self.state.closed.time);
        live.any(|it| it.issuer == issuer)
    }
}

/// Why `id` had no effect.
pub(super) fn why(outcome: &Outcome, id: EntryId) -> Option<Refusal> {
    let mut refused = outcome.refused.iter().filter(|it| it.0 == id);
    let first = refused.next().map(|it| it.1);
    assert_eq!(refused.next(), None, "one reason is enough");
    first
}
