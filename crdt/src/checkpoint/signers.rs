//! Who signs: members with keys of their own for it, in order of their member keys.
//!
//! | bytes | field |
//! |------:|-------|
//! |     1 | format version, [`VERSION`] |
//! |    32 | network |
//! |     1 | number of signers, at most 22 |
//! |       | each, member keys ascending: |
//! |    32 | member key |
//! | 2 + n | label, at most 129 bytes of `a-z0-9-`, no two alike |
//! |    32 | cosignature key |
//! |    32 | log-line key |
//! |    32 | commitment of the seed chain |
//! |     4 | key version: 0 first, one more with each new set of keys |
//!
//! No key stands here twice: a cosignature does not bind a name, so who had another's key under
//! their own name would count twice.

mod label;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use thiserror::Error;

use crate::{
    codec::{CodecError, Reader, Writer, to_u64},
    genesis::{CosignatureKey, Genesis, LogLineKey, MAX_SIGNERS, SeedCommitment},
    hash::{NameError, NetworkId, derive_key, from_hex, name, to_hex},
    keys::{MemberKey, Verifier},
    params::signer_quorum,
};

use self::label::{MAX_LABEL_LEN, is_label, labels};

/// The one format of a set that this build reads and writes.
const VERSION: u8 = 1;

/// Longest set, in bytes: 22 signers with the longest labels.
pub const MAX_SIGNERS_LEN: usize = 34 + MAX_SIGNERS * (32 * 4 + 2 + MAX_LABEL_LEN + 4);

name! {
    /// Hash of a signer set.
    SignersHash
}

/// First line of every note of `network`, and the name under which its log lines are signed:
/// `commune/` and 16 hexadecimal digits.
pub fn origin(network: &NetworkId) -> String {
    format!("commune/{}", to_hex(&network.short()))
}

/// A member who is to sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Enrolment {
    /// The member.
    pub member: MemberKey,
    /// Their name, as people see it.
    pub name: String,
    /// Cosigns checkpoints.
    pub cosignature: CosignatureKey,
    /// Signs the log line.
    pub log_line: LogLineKey,
    /// Fixes their seed chain.
    pub seed_commitment: SeedCommitment,
    /// How many sets of keys they had before this one.
    pub key_version: u32,
}

/// A member who signs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signer {
    /// The member.
    pub member: MemberKey,
    /// Their name in note lines, without the origin; fixed while they sign.
    pub label: String,
    /// Cosigns checkpoints.
    pub cosignature: CosignatureKey,
    /// Signs the log line.
    pub log_line: LogLineKey,
    /// Fixes their seed chain.
    pub seed_commitment: SeedCommitment,
    /// How many sets of keys they had before this one.
    pub key_version: u32,
}

/// All who sign a height.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignerSet {
    network: NetworkId,
    signers: Vec<Signer>,
}

impl SignerSet {
    /// The signers that the founders chose. An imported test network has none.
    ///
    /// # Errors
    ///
    /// [`SignersError`] for keys that no genesis of ours lets pass.
    pub fn of_genesis(genesis: &Genesis) -> Result<Self, SignersError> {
        let enrolled = genesis.body().signers().map(|card| {
            let person = card.person();
            Enrolment {
                member: person.member,
                name: person.name.clone(),
                cosignature: person.cosignature,
                log_line: person.log_line,
                seed_commitment: person.seed_commitment,
                key_version: 0,
            }
        });
        let none = Self {
            network: genesis.network(),
            signers: vec![],
        };
        none.followed_by(enrolled.collect())
    }

    /// The set of `enrolled` that comes after this one: who is in both keeps their label.
    ///
    /// # Errors
    ///
    /// [`SignersError`] if they cannot be a set: too many, or one key for two purposes.
    pub fn followed_by(&self, mut enrolled: Vec<Enrolment>) -> Result<Self, SignersError> {
        enrolled.sort_by_key(|it| it.member);
        let kept = self.signers.iter().filter_map(|signer| {
            let stays = enrolled.iter().any(|it| it.member == signer.member);
            stays.then(|| (signer.member, signer.label.clone()))
        });
        let kept: BTreeMap<_, _> = kept.collect();
        let people = enrolled.iter().map(|it| (it.member, it.name.as_str()));
        let mut labels = labels(people, &kept);
        let signers = enrolled.into_iter().map(|it| Signer {
            label: labels.remove(&it.member).unwrap_or_default(),
            member: it.member,
            cosignature: it.cosignature,
            log_line: it.log_line,
            seed_commitment: it.seed_commitment,
            key_version: it.key_version,
        });
        Self::new(self.network, signers.collect())
    }

    fn new(network: NetworkId, signers: Vec<Signer>) -> Result<Self, SignersError> {
        if signers.len() > MAX_SIGNERS {
            return Err(over(signers.len()).into());
        }
        if !signers.is_sorted_by(|a, b| a.member < b.member) {
            return Err(SignersError::Order);
        }
        let (mut labels, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for signer in &signers {
            let label = &signer.label;
            if !is_label(label) || !labels.insert(label) {
                return Err(SignersError::Label);
            }
            for key in [signer.cosignature.0, signer.log_line.0] {
                let is_usable = Verifier::new(&key).is_ok();
                if !is_usable || !keys.insert(key) || key == signer.member.0 {
                    return Err(SignersError::Key(label.clone()));
                }
            }
        }
        Ok(Self { network, signers })
    }

    /// Reads the bytes of a set.
    ///
    /// # Errors
    ///
    /// [`SignersError`] if they are not the one form of one.
    pub fn decode(bytes: &[u8]) -> Result<Self, SignersError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(SignersError::Codec(CodecError::Unknown {
                what: "format of the signers",
                value: version.into(),
            }));
        }
        let network = NetworkId(reader.array()?);
        let count = usize::from(reader.u8()?);
        if count > MAX_SIGNERS {
            return Err(over(count).into());
        }
        let signers = (0..count)
            .map(|_| {
                Ok(Signer {
                    member: MemberKey(reader.array()?),
                    label: reader.text("label of a signer", MAX_LABEL_LEN)?,
                    cosignature: CosignatureKey(reader.array()?),
                    log_line: LogLineKey(reader.array()?),
                    seed_commitment: SeedCommitment(reader.array()?),
                    key_version: reader.u32()?,
                })
            })
            .collect::<Result<Vec<_>, CodecError>>()?;
        reader.finish()?;
        Self::new(network, signers)
    }

    /// Its canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.u8(VERSION)
            .raw(self.network.as_bytes())
            .u8(u8::try_from(self.signers.len()).unwrap_or(u8::MAX));
        for signer in &self.signers {
            out.raw(signer.member.as_bytes())
                .short_bytes(signer.label.as_bytes())
                .raw(signer.cosignature.as_bytes())
                .raw(signer.log_line.as_bytes())
                .raw(signer.seed_commitment.as_bytes())
                .u32(signer.key_version);
        }
        out.finish()
    }

    /// What a record names it by.
    pub fn hash(&self) -> SignersHash {
        SignersHash(derive_key("commune signers v1", &[&self.encode()]))
    }

    /// Whose log they sign.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// First line of the notes they sign.
    pub fn origin(&self) -> String {
        origin(&self.network)
    }

    /// How many of them make a checkpoint final.
    pub fn quorum(&self) -> usize {
        signer_quorum(self.signers.len())
    }

    /// The signers; their place here is their index.
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// Name of the signer at `index` in note lines: label, full stop, origin.
    pub fn name(&self, index: usize) -> Option<String> {
        let signer = self.signers.get(index)?;
        Some(format!("{}.{}", signer.label, self.origin()))
    }

    /// Place of a member.
    pub fn index_of(&self, member: &MemberKey) -> Option<usize> {
        self.signers
            .binary_search_by_key(member, |it| it.member)
            .ok()
    }
}

fn over(value: usize) -> CodecError {
    CodecError::OverLimit {
        what: "number of signers",
        value: to_u64(value),
        limit: to_u64(MAX_SIGNERS),
    }
}

/// Signers who cannot be a set.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SignersError {
    /// The bytes are not in the form of a set.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// One is named twice, or the order is another.
    #[error("the signers are not in order of their member keys")]
    Order,
    /// Two would sign under one name, or one under none.
    #[error("the labels of the signers are not all different, of a-z, 0-9 and -")]
    Label,
    /// A key that is none, or that serves twice.
    #[error("a key of the signer {0} is not usable, or serves twice")]
    Key(String),
}

#[cfg(test)]
mod tests {
    use super::super::world::{enrolled, genesis, set_of};
    use super::*;

    #[test]
    fn the_founders_signers_are_a_set() {
        let genesis = genesis(&["Zoé", "Karim", "Ana", "Jo"]);
        let set = SignerSet::of_genesis(&genesis).unwrap();
        assert_eq!((set.signers().len(), set.quorum()), (4, 3));
        let mut labels: Vec<_> = set.signers().iter().map(|it| it.label.as_str()).collect();
        labels.sort_unstable();
        assert_eq!(labels, ["ana", "jo", "karim", "zoe"]);
        let name = set.name(0).unwrap();
        assert_eq!(name, format!("{}.{}", set.signers()[0].label, set.origin()));
        assert!(set.origin().len() == 24 && set.origin().starts_with("commune/"));
        assert!(set.signers().is_sorted_by_key(|it| it.member));
    }

    #[test]
    fn a_set_has_one_form() {
        for set in [set_of(0), set_of(4), set_of(22)] {
            let bytes = set.encode();
            assert!(bytes.len() <= MAX_SIGNERS_LEN);
            assert_eq!(SignerSet::decode(&bytes), Ok(set));
            for len in 0..bytes.len() {
                assert!(SignerSet::decode(&bytes[..len]).is_err());
            }
            for bit in (0..bytes.len() * 8).step_by(7) {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                if let Ok(other) = SignerSet::decode(&changed) {
                    assert_eq!(other.encode(), changed);
                }
            }
        }
    }

    #[test]
    fn one_key_never_signs_twice() {
        let whole = set_of(4);
        let with = |change: &dyn Fn(&mut Vec<Signer>)| {
            let mut signers = whole.signers.clone();
            change(&mut signers);
            SignerSet::new(whole.network, signers)
        };
        assert_eq!(with(&|_| {}).as_ref(), Ok(&whole));
        assert!(with(&|it| it[1].cosignature = it[0].cosignature).is_err());
        assert!(with(&|it| it[1].log_line.0 = it[0].cosignature.0).is_err());
        assert!(with(&|it| it[1].cosignature.0 = it[1].member.0).is_err());
        assert!(with(&|it| it[1].cosignature.0 = [0; 32]).is_err());
        assert!(with(&|it| it[1].label = it[0].label.clone()).is_err());
        assert!(with(&|it| it[1].label = "Zo".to_owned()).is_err());
        assert!(with(&|it| it[1].label = String::new()).is_err());
        assert!(with(&|it| it.swap(0, 1)).is_err());
        assert!(with(&|it| it[1].member = it[0].member).is_err());
        let many = (0..23).map(|it| enrolled(it, "Zoé")).collect();
        assert!(set_of(0).followed_by(many).is_err());
    }

    #[test]
    fn who_stays_keeps_the_label_and_who_comes_gives_way() {
        let first = set_of(0).followed_by(vec![enrolled(1, "Zoé")]).unwrap();
        assert_eq!(first.signers()[0].label, "zoe");
        let next = first
            .followed_by(vec![enrolled(1, "Zoé"), enrolled(2, "zoe")])
            .unwrap();
        let label = |set: &SignerSet, number| {
            let index = set.index_of(&enrolled(number, "").member).unwrap();
            set.signers()[index].label.clone()
        };
        assert_eq!(label(&next, 1), "zoe");
        let key = to_hex(&enrolled(2, "").member.0[..3]);
        assert_eq!(label(&next, 2), format!("zoe-{key}"));
        // A new name changes nothing while she signs.
        let renamed = next
            .followed_by(vec![enrolled(1, "Zora"), enrolled(2, "zoe")])
            .unwrap();
        assert_eq!(renamed, next);
        assert_ne!(first.hash(), next.hash());
    }
}
