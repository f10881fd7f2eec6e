//! People who write whatever comes to their minds, and records over it.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::{
    checkpoint::ForkProof,
    entry::{Kind as EntryKind, Payload},
    genesis::Genesis,
    hash::BlobHash,
    keys::{DeviceKey, ExchangeKey, SecretKey, Signature},
    payload::{
        AccountFact, Approval, Certification, Comment, Device, DeviceRevocation, Join, KeyChange,
        LastGood, MemberFact, Objection, OpenShared, Receiver, Recovery, Renewal, Residence,
        Revocation, Roster, SharedId, SharedTransfer, Statements, Transfer, Withdrawal,
        certify_device,
    },
};

const PEOPLE: u8 = 10;

/// Records that the seed chains of four founders allow.
pub(super) const MOST_RECORDS: u32 = 28;

pub(super) struct Crowd {
    pub(super) genesis: Genesis,
    pub(super) tip: Tip,
    pub(super) entries: Vec<VerifiedEntry>,
    logs: BTreeMap<LogId, Vec<EntryId>>,
    seed: u64,
    time: u64,
    opened: Vec<EntryId>,
    proposed: Vec<EntryId>,
    /// What the run met, so that a test can tell that it was worth its time.
    pub(super) seen: BTreeSet<&'static str>,
}

fn device(person: u8, number: u8) -> SecretKey {
    key(person, 100, number)
}

impl Crowd {
    pub(super) fn new(seed: u64) -> Self {
        let commitment = |number| SeedCommitment(preimage(number, 0).proves());
        let genesis = genesis_of(&["zoe", "karim", "ana", "jo"], commitment, true);
        Self {
            tip: Tip::genesis(&genesis).unwrap(),
            genesis,
            entries: Vec::new(),
            logs: BTreeMap::new(),
            seed,
            time: FOUNDED,
            opened: Vec::new(),
            proposed: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    pub(super) fn draw(&mut self, below: u64) -> u64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % below
    }

    fn person(&mut self) -> u8 {
        u8::try_from(self.draw(PEOPLE.into())).unwrap()
    }

    fn writes(&mut self, author: &SecretKey, kind: EntryKind, payload: Payload) -> EntryId {
        let log = LogId {
            author: author.device_key(),
            stream: kind.stream(),
            tag: Tag::default(),
        };
        let network = self.genesis.network();
        let ids = self.logs.entry(log).or_default();
        let entry = Entry {
            kind,
            tag: Tag::default(),
            seq: u32::try_from(ids.len()).unwrap(),
            previous: ids.last().copied(),
            anchor: Anchor {
                height: self.tip.height,
                prefix: self.tip.hash.short(),
            },
            claimed: ClaimedMinutes(29_400_000),
            parents: Vec::new(),
            payload,
        };
        let entry = entry.sign(&network, author).unwrap();
        ids.push(entry.id());
        let id = entry.id();
        self.entries.push(entry);
        id
    }

    fn says(&mut self, author: &SecretKey, fact: &MemberFact) {
        self.writes(author, fact.kind(), fact.payload());
    }

    fn joins(&mut self, person: u8) {
        let author = device(person, 0);
        let join = Join {
            member: member(person),
            name: format!("person {person}"),
            charter: self.genesis.charter_hash(),
            exchange: ExchangeKey::default(),
            ml_kem: BlobHash::default(),
            imported: None,
            signature: Signature([0; 64]),
        };
        let network = self.genesis.network();
        let join = join.sign(&network, &author.device_key(), &key(person, 0, 0));
        self.says(&author, &MemberFact::Join(join));
    }

    /// Somebody writes something.
    pub(super) fn acts(&mut self) {
        let (who, whom) = (self.person(), self.person());
        let number = u8::from(self.draw(5) == 0);
        let author = device(who, number);
        let network = self.genesis.network();
        let (own, other) = (key(who, 0, 0), member(whom));
        let bits = u8::try_from(self.draw(256)).unwrap();
        let fact = match self.draw(30) {
            0 | 1 => return self.joins(whom),
            2 => MemberFact::Device(Device {
                member: own.member_key(),
                label: "second".to_owned(),
                certificate: certify_device(&own, &author.device_key()),
            }),
            3..=12 => MemberFact::Certification(Certification {
                subject: other,
                statements: Statements::ALL,
                met: ClaimedMinutes(1),
                meeting: [bits; 16],
            }),
            13 if bits < 60 => MemberFact::Withdrawal(Withdrawal { subject: other }),
            13 => MemberFact::Objection(Objection {
                subject: other,
                reason: "nobody knows them".to_owned(),
            }),
            14 if bits < 40 => MemberFact::Revocation(Revocation::sign(&key(whom, 0, bits & 1))),
            14 if bits < 60 => MemberFact::Leave,
            14 | 15 => MemberFact::Renewal(Renewal {
                charter: self.genesis.charter_hash(),
            }),
            16 => {
                let heads = LastGood {
                    stream: Stream::ACCOUNT,
                    tag: Tag::default(),
                    seq: u32::from(bits & 3),
                    head: EntryId([0; 32]),
                };
                let ended = device(whom, bits & 1).device_key();
                let by = key(if bits < 30 { whom } else { who }, 0, 0);
                MemberFact::DeviceRevocation(DeviceRevocation::sign(
                    &network,
                    ended,
                    vec![heads],
                    &by,
                ))
            }
            17 => MemberFact::KeyChange(KeyChange::sign(&network, &own, &key(who, 0, 1))),
            18 => MemberFact::Recovery(Recovery::sign(&network, other, &key(whom, 0, 1))),
            19 => MemberFact::Residence(Residence {
                commune: [bits; 16],
            }),
            20 => MemberFact::Roster(Roster::of([bits; 16], [own.member_key(), other])),
            // Kinds that this program does not know.
            21 => {
                self.writes(
                    &author,
                    EntryKind::new(Stream::MEMBER, 31),
                    Payload::of(vec![bits]),
                );
                return;
            }
            22 => {
                self.writes(
                    &author,
                    EntryKind::new(Stream::ACCOUNT, 31),
                    Payload::of(vec![bits]),
                );
                return;
            }
            _ => return self.spends(&author, whom, bits),
        };
        self.says(&author, &fact);
    }

    fn spends(&mut self, author: &SecretKey, whom: u8, bits: u8) {
        let to = Receiver::Member(member(whom));
        let amount = 1 + u64::from(bits) * 50;
        let comment = Comment::None;
        let pick = |ids: &[EntryId]| ids.get(usize::from(bits) % ids.len().max(1)).copied();
        let fact = match (bits % 8, pick(&self.opened), pick(&self.proposed)) {
            (0, ..) => {
                let mut holders: Vec<_> = (0..3).map(member).collect();
                holders.sort_unstable();
                AccountFact::OpenShared(OpenShared {
                    holders,
                    threshold: 2,
                    name: "strike fund".to_owned(),
                })
            }
            (1, Some(fund), _) => AccountFact::Transfer(Transfer {
                to: Receiver::Shared(SharedId::of(&fund)),
                amount,
                comment,
            }),
            (2 | 3, Some(fund), _) => AccountFact::SharedTransfer(SharedTransfer {
                from: SharedId::of(&fund),
                to,
                amount,
                comment,
            }),
            (4, _, Some(proposal)) => AccountFact::Approval(Approval { proposal }),
            _ => AccountFact::Transfer(Transfer {
                to,
                amount,
                comment,
            }),
        };
        let id = self.writes(author, fact.kind(), fact.payload());
        match fact {
            AccountFact::OpenShared(_) => self.opened.push(id),
            AccountFact::SharedTransfer(_) => self.proposed.push(id),
            _ => {}
        }
    }

    /// One of the signers wants other keys, or another set.
    pub(super) fn governs(&mut self) {
        let author = device(3, 0);
        let network = self.genesis.network();
        let version = u8::try_from(self.draw(3)).unwrap();
        let fact = match self.draw(2) {
            0 => SignerFact::Enrolment(Enrolment::sign(&network, keys(3, version), &key(3, 0, 0))),
            _ => SignerFact::Appointment(Appointment {
                members: [0, 1, 2, 3].map(member).into_iter().collect(),
            }),
        };
        self.writes(&author, fact.kind(), fact.payload());
    }

    /// What the next record has in: nearly everything that is new.
    pub(super) fn draft(&mut self) -> Draft {
        let hours = 1 + self.draw(24 * 12);
        self.time += hours * 3_600;
        let logs: Vec<_> = self
            .logs
            .iter()
            .map(|(log, ids)| (*log, ids.clone()))
            .collect();
        let mut moves = Vec::new();
        for (log, ids) in logs {
            let before = self.tip.state.logs().next(&log);
            let left = u64::try_from(ids.len()).unwrap() - u64::from(before);
            if left > 0 && self.draw(8) > 0 {
                let next = before + 1 + u32::try_from(self.draw(left).max(left - 1)).unwrap();
                let head = ids[usize::try_from(next - 1).unwrap()];
                moves.push(Reach { log, next, head });
            }
        }
        let stamp = |signer| Stamp {
            signer,
            time: Seconds(self.time),
        };
        let stamps = (0..3).map(stamp).collect();
        let round = usize::try_from(self.tip.height.0).unwrap();
        Draft {
            stamps,
            // The fourth changes keys, and never proposes.
            preimage: preimage(u8::try_from(round % 3).unwrap(), round / 3),
            moves: Moves::new(moves),
            forks: self.fork().into_iter().collect(),
        }
    }

    fn fork(&mut self) -> Option<ForkProof> {
        let author: DeviceKey = device(4 + self.person() % 6, 0).device_key();
        let is_due = self.draw(6) == 0 && !self.tip.state.is_refused(&author);
        is_due.then(|| ForkProof {
            log: LogId {
                author,
                stream: Stream::MEMBER,
                tag: Tag::default(),
            },
            seq: 0,
            ids: [EntryId([1; 32]), EntryId([2; 32])],
        })
    }

    pub(super) fn note_seen(&mut self) {
        let state = &self.tip.state;
        let people = state.membership().people();
        let shared = state.ledger().shared();
        let met = [
            ("newcomer", people.len() > 4),
            ("queue", people.iter().any(|it| !it.queue.is_empty())),
            ("ask", people.iter().any(|it| it.ask.is_some())),
            (
                "member",
                people.iter().skip(4).any(|it| it.since.0 > FOUNDED),
            ),
            ("former", people.iter().any(|it| !it.former.is_empty())),
            ("device", state.membership().devices().len() > people.len()),
            (
                "cut",
                state
                    .membership()
                    .devices()
                    .values()
                    .any(|it| it.cut.is_some()),
            ),
            ("fund", !shared.is_empty()),
            ("proposal", shared.iter().any(|it| !it.proposals.is_empty())),
            ("funded", shared.iter().any(|it| it.balance > 0)),
            ("money", state.ledger().dividend().mass > 0),
            ("payment", !self.tip.done.money.applied.is_empty()),
            (
                "keys",
                self.tip
                    .office
                    .set()
                    .signers()
                    .iter()
                    .any(|it| it.key_version > 0),
            ),
            (
                "refused",
                people.len() > 4 && (4..10).any(|it| state.is_refused(&device(it, 0).device_key())),
            ),
        ];
        self.seen
            .extend(met.iter().filter(|it| it.1).map(|it| it.0));
    }
}
