//! People who write entries.

use std::collections::BTreeMap;

use crate::{
    entry::{Anchor, Entry, Kind, LogId, Payload, Stream, Tag, VerifiedEntry},
    genesis::ImportRoot,
    hash::{BlobHash, EntryId, NetworkId},
    history::{History, Roots},
    keys::{DeviceKey, ExchangeKey, MemberKey, SecretKey, Signature},
    merkle::Tree,
    payload::{
        Certification, Device, Imported, Join, KeyChange, MemberFact, Statements, certify_device,
        import_leaf,
    },
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
    logs: BTreeMap<LogId, Vec<EntryId>>,
    pub(crate) anchor: Height,
    /// Entries written so far.
    pub(crate) written: u32,
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
            logs: BTreeMap::new(),
            anchor: Height(0),
            written: 0,
        }
    }

    /// The same person with another, empty device.
    pub(crate) fn with_device(&self, number: u8) -> Self {
        Self {
            device: SecretKey::from_seed(&[number; 32]),
            logs: BTreeMap::new(),
            ..self.clone()
        }
    }

    /// The device of this person, in the name of another.
    pub(crate) fn as_member(&self, other: &Self) -> Self {
        Self {
            member: other.member.clone(),
            ..self.clone()
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
        let join = self.join(imported);
        self.states(&MemberFact::Join(join))
    }

    /// A join that somebody else signed.
    pub(crate) fn joins_with(&mut self, forger: &Self) -> VerifiedEntry {
        let join = Join {
            member: self.member(),
            ..self.as_member(forger).join(None)
        };
        self.states(&MemberFact::Join(join))
    }

    fn join(&self, imported: Option<Imported>) -> Join {
        let join = Join {
            member: self.member(),
            name: "Zoé".to_owned(),
            charter: BlobHash([3; 32]),
            exchange: ExchangeKey([4; 32]),
            ml_kem: BlobHash([5; 32]),
            imported,
            signature: Signature([0; 64]),
        };
        join.sign(&NETWORK, &self.device(), &self.member)
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

    /// Hands over to the key of `heir`.
    pub(crate) fn becomes(&mut self, heir: &Self) -> VerifiedEntry {
        self.carries_change(&self.clone(), heir)
    }

    /// Passes on that somebody hands over to the key of `heir`.
    pub(crate) fn carries_change(&mut self, old: &Self, heir: &Self) -> VerifiedEntry {
        let change = KeyChange::sign(&NETWORK, &old.member, &heir.member);
        self.states(&MemberFact::KeyChange(change))
    }

    /// The same with a signature of the new key that is false.
    pub(crate) fn forges_a_change_to(&mut self, heir: &Self) -> VerifiedEntry {
        let mut change = KeyChange::sign(&NETWORK, &self.member, &heir.member);
        change.new_signature.0[0] ^= 1;
        self.states(&MemberFact::KeyChange(change))
    }

    pub(crate) fn states(&mut self, fact: &MemberFact) -> VerifiedEntry {
        self.signs(fact.kind(), fact.payload())
    }

    /// Writes something of a kind that nobody knows.
    pub(crate) fn writes(&mut self, stream: Stream, content: u8) -> VerifiedEntry {
        self.writes_bytes(stream, vec![content])
    }

    pub(crate) fn writes_bytes(&mut self, stream: Stream, bytes: Vec<u8>) -> VerifiedEntry {
        self.signs(Kind::new(stream, 31), Payload::of(bytes))
    }

    /// Forgets all but the first `len` entries of a log: what comes next forks it.
    pub(crate) fn rewinds(&mut self, stream: Stream, len: usize) {
        let log = self.log(stream);
        self.logs.entry(log).or_default().truncate(len);
    }

    /// How many entries of a log they remember.
    pub(crate) fn len(&self, stream: Stream) -> usize {
        self.logs.get(&self.log(stream)).map_or(0, Vec::len)
    }

    pub(crate) fn log(&self, stream: Stream) -> LogId {
        let is_tagged = matches!(stream, Stream::VOTE | Stream::TEXT | Stream::ACTION);
        LogId {
            author: self.device(),
            stream,
            tag: Tag(if is_tagged { [9; 16] } else { [0; 16] }),
        }
    }

    pub(crate) fn signs(&mut self, kind: Kind, payload: Payload) -> VerifiedEntry {
        let log = self.log(kind.stream());
        let ids = self.logs.entry(log).or_default();
        // So that an entry written anew after a rewind is another one.
        self.written = self.written.wrapping_add(1);
        let entry = Entry {
            kind,
            tag: log.tag,
            seq: u32::try_from(ids.len()).unwrap(),
            previous: ids.last().copied(),
            anchor: Anchor {
                height: self.anchor,
                prefix: NETWORK.short(),
            },
            claimed: ClaimedMinutes(self.written),
            parents: vec![],
            payload,
        };
        let entry = entry.sign(&NETWORK, &self.device).unwrap();
        ids.push(entry.id());
        entry
    }
}

/// A network whose founders are known.
#[derive(Clone)]
pub(crate) struct Founded {
    pub(crate) founders: Vec<Person>,
    pub(crate) import: Option<ImportRoot>,
}

impl Founded {
    pub(crate) fn new(founders: u16) -> Self {
        Self {
            founders: (0..founders).map(Person::new).collect(),
            import: None,
        }
    }

    /// Takes over `people` from another network. Gives back what each shows in their join.
    pub(crate) fn imports(&mut self, people: &[Person]) -> Vec<Imported> {
        let leaves = (0..)
            .zip(people)
            .map(|(index, it)| import_leaf(index, &it.member(), &it.device(), true));
        let tree = Tree::new(leaves.collect());
        let size = u32::try_from(people.len()).unwrap();
        self.import = Some(ImportRoot {
            root: tree.root(),
            size,
            members: size,
            graph: [0; 32],
        });
        (0..size)
            .map(|index| Imported {
                index,
                was_member: true,
                proof: tree.proof(usize::try_from(index).unwrap()).unwrap(),
            })
            .collect()
    }

    pub(crate) fn roots(&self) -> Roots {
        Roots {
            network: NETWORK,
            founders: self
                .founders
                .iter()
                .map(|it| (it.member(), it.device()))
                .collect(),
            import: self.import,
        }
    }

    pub(crate) fn history(&self) -> History {
        History::new(self.roots())
    }
}
