//! People who write entries.

use std::collections::BTreeMap;

use crate::{
    entry::{Anchor, Entry, Kind, LogId, Payload, Stream, Tag, VerifiedEntry},
    hash::{BlobHash, EntryId, NetworkId},
    history::{History, Roots},
    keys::{DeviceKey, ExchangeKey, MemberKey, SecretKey, Signature},
    payload::{Certification, Device, Imported, Join, MemberFact, Statements, certify_device},
    time::{ClaimedMinutes, Height},
};

pub(crate) const NETWORK: NetworkId = NetworkId([7; 32]);

/// Somebody with one device, who remembers where their logs end.
///
/// A clone is the same device restored from a backup: what both write is a fork.
#[derive(Clone)]
pub(crate) struct Person {
    member: SecretKey,
    device: SecretKey,
    heads: BTreeMap<LogId, (u32, EntryId)>,
    pub(crate) anchor: Height,
}

impl Person {
    pub(crate) fn new(number: u16) -> Self {
        let seed = |purpose| {
            let mut seed = [purpose; 32];
            seed[..2].copy_from_slice(&number.to_be_bytes());
            SecretKey::from_seed(&seed)
        };
        Self {
            member: seed(1),
            device: seed(2),
            heads: BTreeMap::new(),
            anchor: Height(0),
        }
    }

    /// The same person with another, empty device.
    pub(crate) fn with_device(&self, number: u8) -> Self {
        Self {
            member: self.member.clone(),
            device: SecretKey::from_seed(&[number; 32]),
            heads: BTreeMap::new(),
            anchor: Height(0),
        }
    }

    pub(crate) fn member(&self) -> MemberKey {
        self.member.member_key()
    }

    pub(crate) fn device(&self) -> DeviceKey {
        self.device.device_key()
    }

    pub(crate) fn joins(&mut self) -> VerifiedEntry {
        self.joins_as(None)
    }

    pub(crate) fn joins_as(&mut self, imported: Option<Imported>) -> VerifiedEntry {
        let join = Join {
            member: self.member(),
            name: "Zoé".to_owned(),
            charter: BlobHash([3; 32]),
            exchange: ExchangeKey([4; 32]),
            ml_kem: BlobHash([5; 32]),
            imported,
            signature: Signature([0; 64]),
        };
        let join = join.sign(&NETWORK, &self.device(), &self.member);
        self.states(&MemberFact::Join(join))
    }

    pub(crate) fn adds_device(&mut self) -> VerifiedEntry {
        let fact = MemberFact::Device(Device {
            member: self.member(),
            label: "second".to_owned(),
            certificate: certify_device(&self.member, &self.device()),
        });
        self.states(&fact)
    }

    pub(crate) fn vouches_for(&mut self, other: &Self) -> VerifiedEntry {
        self.vouches_for_key(other.member())
    }

    pub(crate) fn vouches_for_key(&mut self, subject: MemberKey) -> VerifiedEntry {
        self.states(&MemberFact::Certification(Certification {
            subject,
            statements: Statements::ALL,
            met: ClaimedMinutes(29_400_000),
            meeting: [7; 16],
        }))
    }

    pub(crate) fn states(&mut self, fact: &MemberFact) -> VerifiedEntry {
        self.signs(fact.kind(), Tag::default(), fact.payload())
    }

    /// Writes `content` into the untagged or, with its own tag, tagged log of `stream`.
    pub(crate) fn writes(&mut self, stream: Stream, content: u8) -> VerifiedEntry {
        self.writes_bytes(stream, vec![content])
    }

    pub(crate) fn writes_bytes(&mut self, stream: Stream, bytes: Vec<u8>) -> VerifiedEntry {
        let tag = match stream {
            Stream::VOTE | Stream::TEXT | Stream::ACTION => Tag([9; 16]),
            _ => Tag::default(),
        };
        self.signs(Kind::new(stream, 31), tag, Payload::of(bytes))
    }

    /// Goes back to where the log of `entry` stood before it: the next entry there forks the log.
    pub(crate) fn forgets(&mut self, entry: &VerifiedEntry) {
        match entry.entry().previous {
            Some(previous) => {
                let seq = entry.entry().seq.saturating_sub(1);
                self.heads.insert(entry.log(), (seq, previous));
            }
            None => {
                self.heads.remove(&entry.log());
            }
        }
    }

    fn signs(&mut self, kind: Kind, tag: Tag, payload: Payload) -> VerifiedEntry {
        let log = LogId {
            author: self.device(),
            stream: kind.stream(),
            tag,
        };
        let head = self.heads.get(&log);
        let entry = Entry {
            kind,
            tag,
            seq: head.map_or(0, |(seq, _)| seq + 1),
            previous: head.map(|(_, id)| *id),
            anchor: Anchor {
                height: self.anchor,
                prefix: NETWORK.short(),
            },
            claimed: ClaimedMinutes(29_400_000),
            parents: vec![],
            payload,
        };
        let entry = entry.sign(&NETWORK, &self.device).unwrap();
        self.heads.insert(log, (entry.entry().seq, entry.id()));
        entry
    }
}

/// A network whose founders are known.
#[derive(Clone)]
pub(crate) struct Founded {
    pub(crate) founders: Vec<Person>,
}

impl Founded {
    pub(crate) fn new(founders: u16) -> Self {
        Self {
            founders: (0..founders).map(Person::new).collect(),
        }
    }

    pub(crate) fn roots(&self) -> Roots {
        Roots {
            network: NETWORK,
            founders: self
                .founders
                .iter()
                .map(|it| (it.member(), it.device()))
                .collect(),
            import: None,
        }
    }

    pub(crate) fn history(&self) -> History {
        History::new(self.roots())
    }
}
