//! Signers with their keys, what they sign, and the records that they sign about.

use commune_crdt::{
    checkpoint::{Enrolment, RecordHash, SignerSet, agreement::Word},
    entry::BlobRef,
    genesis::{CosignatureKey, LogLineKey, SeedCommitment},
    hash::NetworkId,
    keys::{MemberKey, SecretKey, Signature},
    payload::{Proposal, SignerFact, Vote, VoteStep},
};

pub(crate) const NETWORK: NetworkId = NetworkId([7; 32]);

fn key(signer: u8, purpose: u8) -> SecretKey {
    let mut seed = [purpose; 32];
    seed[0] = signer;
    SecretKey::from_seed(&seed)
}

/// So many signers; their place in the set is their number.
pub(crate) fn set_of(count: u8) -> SignerSet {
    let nobody = [&[1][..], NETWORK.as_bytes(), &[0]].concat();
    let nobody = SignerSet::decode(&nobody).expect("a set of nobody");
    let people = (0..count).map(|it| Enrolment {
        member: MemberKey([it + 1; 32]),
        name: format!("member {it}"),
        cosignature: CosignatureKey(key(it, 100).public()),
        log_line: LogLineKey(key(it, 101).public()),
        seed_commitment: SeedCommitment([it; 32]),
        key_version: 0,
    });
    nobody.followed_by(people.collect()).expect("a set")
}

/// What stands for a record: who proposes it first, in which round, which of their several, and
/// whether it lies about the state.
pub(crate) fn record(height: u32, by: u8, round: u32, variant: u8, is_lie: bool) -> Vec<u8> {
    let mut bytes = vec![u8::from(is_lie), by, variant];
    bytes.extend(height.to_be_bytes());
    bytes.extend(round.to_be_bytes());
    bytes
}

/// Whether a host that computes the state finds it right.
pub(crate) fn is_true(record: &[u8]) -> bool {
    record.first() == Some(&0)
}

pub(crate) fn hash_of(record: &[u8]) -> [u8; 32] {
    RecordHash::of(record).0
}

/// The signed form of a word. `record` is that of a proposal.
pub(crate) fn signed(by: u8, height: u32, word: Word, record: &[u8]) -> SignerFact {
    let signature = Signature([0; 64]);
    let key = key(by, 100);
    match word {
        Word::Proposal {
            round,
            value,
            pol_round,
        } => {
            let unsigned = Proposal {
                height,
                round,
                value,
                pol_round,
                signature,
                moves: BlobRef::of(b""),
                record: record.to_vec(),
            };
            SignerFact::Proposal(unsigned.sign(&NETWORK, &key))
        }
        Word::Vote {
            round,
            is_precommit,
            value,
        } => {
            let step = if is_precommit {
                VoteStep::Precommit
            } else {
                VoteStep::Prevote
            };
            let unsigned = Vote {
                height,
                round,
                step,
                value,
                signature,
            };
            SignerFact::Vote(unsigned.sign(&NETWORK, &key))
        }
    }
}

/// The word that a signed proposal or vote says.
pub(crate) fn word_of(fact: &SignerFact) -> Option<Word> {
    match fact {
        SignerFact::Proposal(it) => Some(it.into()),
        SignerFact::Vote(it) => Some(it.into()),
        _ => None,
    }
}

/// A signed word on its way.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) by: u8,
    pub(crate) height: u32,
    pub(crate) word: Word,
    pub(crate) fact: SignerFact,
    /// When it was first said, in seconds of true time.
    pub(crate) at: u64,
}
