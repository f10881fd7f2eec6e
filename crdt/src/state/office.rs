//! Who signs the next record, and what they have yet to reveal.
//!
//! The office of a signer is a place in a [`SignerSet`] and the end of a seed chain. It changes by
//! entries of the signer stream that a record has in:
//!
//! - an enrolment by the device of a member: new signing keys, for who signs already from the next
//!   record on, for others if they are ever appointed;
//! - an appointment, on test networks until laws exist: the members who are to sign. Once every
//!   signer's newest appointment names the same members, they sign from the next record on;
//! - a contradiction: a signer said two things where one is allowed. Their keys are struck, and they sign
//!   no record from the next one on, until they are enrolled and chosen anew.
//!
//! Its leaf: the set 4 + n, chain ends n × 32 in order of the set, enrolments var n × (member 32,
//! cosignature 32, log line 32, commitment 32, version 4) ascending, appointments var n × (signer's
//! member key 32, var n × member 32) ascending, whether appointments count 1.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    checkpoint::{Enrolment, SeedPreimage, SignerSet, SignersError},
    codec::{CodecError, Reader, Writer},
    entry::{Stream, VerifiedEntry},
    genesis::{CosignatureKey, Genesis, LogLineKey, MAX_SIGNERS, SeedCommitment},
    keys::{MemberKey, Verifier},
    payload::{Contradiction, Keys, SignerFact},
    trust::{Membership, State as Standing},
};

/// Most members who can be enrolled at a time.
const MAX_ENROLLED: usize = 100_000;

/// Who signs, and the ends of their seed chains.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Office {
    set: SignerSet,
    /// What the next value of each chain leads to, in order of the set.
    ends: Vec<[u8; 32]>,
    /// Signing keys of members, and how many they had before.
    enrolled: BTreeMap<MemberKey, (Keys, u32)>,
    /// Whom each signer wants.
    wanted: BTreeMap<MemberKey, BTreeSet<MemberKey>>,
    /// Whether a word of all signers is enough.
    is_test: bool,
}

impl Office {
    /// The office that a genesis fixes.
    ///
    /// # Errors
    ///
    /// [`SignersError`] for keys that no genesis of ours lets pass.
    pub fn of_genesis(genesis: &Genesis) -> Result<Self, SignersError> {
        let set = SignerSet::of_genesis(genesis)?;
        let mut office = Self {
            ends: ends(&set),
            set,
            enrolled: BTreeMap::new(),
            wanted: BTreeMap::new(),
            is_test: genesis.body().test_network,
        };
        for card in &genesis.body().founders {
            let person = card.person();
            let keys = Keys {
                cosignature: person.cosignature.0,
                log_line: person.log_line.0,
                seed_commitment: person.seed_commitment.0,
            };
            office.enrolled.insert(person.member, (keys, 0));
        }
        Ok(office)
    }

    /// Who signs the next record.
    pub fn set(&self) -> &SignerSet {
        &self.set
    }

    /// What the next value of the chain of the signer at `index` leads to.
    pub fn end(&self, index: usize) -> Option<&[u8; 32]> {
        self.ends.get(index)
    }

    /// The newest keys that a record enrolled for `member`.
    pub fn enrolled(&self, member: &MemberKey) -> Option<&Keys> {
        self.enrolled.get(member).map(|(keys, _)| keys)
    }

    /// Whom each signer wants to sign, of those who said so since the last change.
    pub fn wanted(&self) -> impl Iterator<Item = (&MemberKey, &BTreeSet<MemberKey>)> {
        self.wanted.iter()
    }

    /// Whether signers are appointed by the word of all signers, as on test networks.
    pub fn is_test(&self) -> bool {
        self.is_test
    }

    /// The office after somebody revealed `preimage`; `None` if it is the next of nobody's chain.
    #[must_use]
    pub fn reveal(&self, preimage: &SeedPreimage) -> Option<Self> {
        let end = preimage.proves();
        let index = self.ends.iter().position(|it| *it == end)?;
        let mut office = self.clone();
        *office.ends.get_mut(index)? = *preimage.as_bytes();
        Some(office)
    }

    /// Takes in what a record has in of the signer stream, as `membership` is after it.
    pub(super) fn close(&mut self, membership: &Membership, included: &[VerifiedEntry]) {
        let (mut renewed, mut struck) = (BTreeSet::new(), BTreeSet::new());
        let of_signers = included
            .iter()
            .filter(|it| it.log().stream == Stream::SIGNER);
        for entry in of_signers {
            let Some(author) = member_of(membership, entry) else {
                continue;
            };
            match SignerFact::of(entry.entry()) {
                Ok(Some(SignerFact::Enrolment(fact)))
                    if fact.member == author
                        && fact.verify(&self.set.network()).is_ok()
                        && self.is_free(&author, &fact.keys) =>
                {
                    let version = self
                        .enrolled
                        .get(&author)
                        .map_or(0, |(_, version)| version.saturating_add(1));
                    if self.enrolled.len() < MAX_ENROLLED || self.enrolled.contains_key(&author) {
                        self.enrolled.insert(author, (fact.keys, version));
                        renewed.insert(author);
                    }
                }
                Ok(Some(SignerFact::Appointment(fact)))
                    if self.is_test && self.set.index_of(&author).is_some() =>
                {
                    self.wanted.insert(author, fact.members);
                }
                Ok(Some(SignerFact::Contradiction(fact))) if self.is_proven(&fact) => {
                    struck.insert(fact.member);
                }
                _ => {}
            }
        }
        // Last: new keys in the same record save nobody.
        self.enrolled.retain(|member, _| !struck.contains(member));
        self.appoint(membership, &renewed, !struck.is_empty());
    }

    /// Whether a member said two things with the keys that they sign with, or are to sign with.
    fn is_proven(&self, fact: &Contradiction) -> bool {
        let signer = self.set.index_of(&fact.member);
        let signer = signer.and_then(|it| self.set.signers().get(it));
        let enrolled = self.enrolled(&fact.member).map(|it| it.cosignature);
        let mut keys = signer
            .map(|it| it.cosignature.0)
            .into_iter()
            .chain(enrolled);
        keys.any(|key| fact.proves(&self.set.network(), &key))
    }

    /// Whether `member` can sign with these keys: they are keys, and nobody uses one for anything. One
    /// signer's unusable key would keep every other from ever changing theirs.
    fn is_free(&self, member: &MemberKey, keys: &Keys) -> bool {
        let mut own = BTreeSet::from(keys.signing());
        let is_usable = |it: &[u8; 32]| *it != member.0 && Verifier::new(it).is_ok();
        own.len() == 2
            && own.iter().all(is_usable)
            && self
                .enrolled
                .values()
                .all(|(it, _)| it.signing().iter().all(|key| own.insert(*key)))
    }

    fn appoint(&mut self, membership: &Membership, renewed: &BTreeSet<MemberKey>, is_struck: bool) {
        let signers = || self.set.signers().iter().map(|it| it.member);
        let all: Option<Vec<_>> = signers().map(|it| self.wanted.get(&it)).collect();
        let agreed = all.filter(|all| all.windows(2).all(|pair| pair.first() == pair.last()));
        let agreed = agreed.and_then(|all| all.first().copied().cloned());
        let is_change = agreed.is_some();
        if !is_change && !is_struck && !signers().any(|it| renewed.contains(&it)) {
            return;
        }
        let members = agreed.unwrap_or_else(|| {
            let left = signers().filter(|it| self.enrolled.contains_key(it));
            left.collect()
        });
        let next: Option<Vec<_>> = members
            .iter()
            .map(|it| self.enrolment(membership, it))
            .collect();
        let next = next.filter(|it| (1..=MAX_SIGNERS).contains(&it.len()));
        let next = next.and_then(|it| self.set.followed_by(it).ok());
        if is_change {
            self.wanted.clear();
        }
        if let Some(next) = next {
            // Who keeps their keys goes on with their chain.
            let ends = next.signers().iter().map(|new| {
                let old = self.set.index_of(&new.member);
                let old =
                    old.and_then(|it| Some((self.set.signers().get(it)?, self.ends.get(it)?)));
                let kept = old.filter(|(old, _)| old.seed_commitment == new.seed_commitment);
                kept.map_or(new.seed_commitment.0, |(_, end)| *end)
            });
            self.ends = ends.collect();
            self.set = next;
        }
    }

    fn enrolment(&self, membership: &Membership, member: &MemberKey) -> Option<Enrolment> {
        let (keys, version) = self.enrolled.get(member)?;
        let person = membership.person(membership.find(member)?)?;
        Some(Enrolment {
            member: *member,
            name: person.name.clone(),
            cosignature: CosignatureKey(keys.cosignature),
            log_line: LogLineKey(keys.log_line),
            seed_commitment: SeedCommitment(keys.seed_commitment),
            key_version: *version,
        })
    }

    /// Its leaf in the state.
    pub fn leaf(&self) -> Vec<u8> {
        let mut out = Writer::new();
        let set = self.set.encode();
        out.u32(u32::try_from(set.len()).unwrap_or(u32::MAX))
            .raw(&set);
        for end in &self.ends {
            out.raw(end);
        }
        out.var_len(self.enrolled.len());
        for (member, (keys, version)) in &self.enrolled {
            out.raw(member.as_bytes())
                .raw(&keys.cosignature)
                .raw(&keys.log_line)
                .raw(&keys.seed_commitment)
                .u32(*version);
        }
        out.var_len(self.wanted.len());
        for (signer, members) in &self.wanted {
            out.raw(signer.as_bytes()).var_len(members.len());
            for member in members {
                out.raw(member.as_bytes());
            }
        }
        out.flag(self.is_test);
        out.finish()
    }

    /// The office of a leaf.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it is not of its form.
    pub fn read(leaf: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(leaf);
        let len = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
        let set = SignerSet::decode(reader.bytes(len)?);
        let set = set.map_err(|_| CodecError::NotCanonical("set of signers"))?;
        let mut office = Self {
            ends: Vec::new(),
            enrolled: BTreeMap::new(),
            wanted: BTreeMap::new(),
            is_test: false,
            set,
        };
        for _ in office.set.signers() {
            office.ends.push(reader.array()?);
        }
        for _ in 0..reader.var_max("enrolled members", MAX_ENROLLED)? {
            let member = MemberKey(reader.array()?);
            let keys = Keys {
                cosignature: reader.array()?,
                log_line: reader.array()?,
                seed_commitment: reader.array()?,
            };
            office.enrolled.insert(member, (keys, reader.u32()?));
        }
        for _ in 0..reader.var_max("appointments", MAX_SIGNERS)? {
            let signer = MemberKey(reader.array()?);
            let wanted = office.wanted.entry(signer).or_default();
            for _ in 0..reader.var_max("appointed members", MAX_SIGNERS)? {
                wanted.insert(MemberKey(reader.array()?));
            }
        }
        office.is_test = reader.flag()?;
        reader.finish()?;
        Ok(office)
    }
}

/// The ends of chains of which nothing is revealed.
fn ends(set: &SignerSet) -> Vec<[u8; 32]> {
    set.signers()
        .iter()
        .map(|it| it.seed_commitment.0)
        .collect()
}

/// The member who wrote `entry`, if they are one.
fn member_of(membership: &Membership, entry: &VerifiedEntry) -> Option<MemberKey> {
    let person = membership.person(membership.owner(&entry.author())?)?;
    (person.state == Standing::Member).then_some(person.key)
}
