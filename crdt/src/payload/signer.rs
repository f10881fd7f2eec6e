//! What the entries of the signer stream state: how signers agree on a record, and sign it.
//!
//! | kind | name | fields, in order | signed inside |
//! |---:|---|---|---|
//! | 1 | [`Enrolment`] | member 32, cosignature key 32, log line key 32, seed commitment 32, signature 64 | by the member key |
//! | 2 | [`Stamp`] | height 4, hash of the record before 32, seconds 8, signature 64 | by the cosignature key |
//! | 3 | [`Proposal`] | height 4, round 4, hash of the record 32, round of the quorum that it rests on 4 (all ones: none), signature 64, moves (length 4, hash 32), record short bytes | by the cosignature key, over all before the moves |
//! | 4 | [`Vote`] | height 4, round 4, step 1 (0 prevote, 1 precommit), hash of a record 1 + 32, signature 64 | by the cosignature key |
//! | 5 | [`Cosignature`] | height 4, seconds 8, signature 64, signature of the log line 64 | in the form of the note |
//! | 6 | [`Appointment`] | members 1 + n × 32, ascending | |
//! | 7 | [`Contradiction`] | member 32, kind of the words 1, then each as above up to its signature, in ascending order of these | by the cosignature key, both |
//!
//! The entry itself is signed by its device, as all are. Whose signing key it is says the set of
//! signers of that height.

mod word;

use std::collections::BTreeSet;

use crate::{
    codec::{CodecError, Reader, Writer},
    entry::{Entry, Kind, Payload, Stream},
    hash::NetworkId,
    keys::{Domain, MemberKey, SecretKey, Signature, SignatureError, verify},
};

pub use self::word::{Contradiction, Proposal, Stamp, Vote, VoteStep};

/// Longest record that a proposal carries, in bytes.
pub const MAX_PROPOSED_LEN: usize = 840;

/// Most members of an appointment.
pub const MAX_APPOINTED: usize = 22;

/// The public keys of a signer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Keys {
    /// Signs stamps, proposals, votes and cosignatures.
    pub cosignature: [u8; 32],
    /// Signs the log line of notes.
    pub log_line: [u8; 32],
    /// The end of the seed chain.
    pub seed_commitment: [u8; 32],
}

impl Keys {
    /// The two that sign.
    pub fn signing(&self) -> [[u8; 32]; 2] {
        [self.cosignature, self.log_line]
    }

    fn write(&self, out: &mut Writer) {
        out.raw(&self.cosignature)
            .raw(&self.log_line)
            .raw(&self.seed_commitment);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            cosignature: reader.array()?,
            log_line: reader.array()?,
            seed_commitment: reader.array()?,
        })
    }
}

/// A member says with which keys they sign from now on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Enrolment {
    /// The member.
    pub member: MemberKey,
    /// The keys.
    pub keys: Keys,
    /// By the member key.
    pub signature: Signature,
}

impl Enrolment {
    /// Enrols `keys` in `network`, as the owner of `member`.
    pub fn sign(network: &NetworkId, keys: Keys, member: &SecretKey) -> Self {
        let mut fields = Writer::new();
        fields.raw(member.member_key().as_bytes());
        keys.write(&mut fields);
        Self {
            member: member.member_key(),
            keys,
            signature: member.sign(Domain::Enrolment, &[network.as_bytes(), fields.as_bytes()]),
        }
    }

    /// Checks the member's signature.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] if it is false.
    pub fn verify(&self, network: &NetworkId) -> Result<(), SignatureError> {
        let mut fields = Writer::new();
        fields.raw(self.member.as_bytes());
        self.keys.write(&mut fields);
        verify(
            self.member.as_bytes(),
            Domain::Enrolment,
            &[network.as_bytes(), fields.as_bytes()],
            &self.signature,
        )
    }
}

/// A signer cosigns the note of a height that it saw decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cosignature {
    /// The height.
    pub height: u32,
    /// Seconds since 1970, as the note's line says.
    pub seconds: u64,
    /// The signature of the line.
    pub signature: Signature,
    /// The log line's, by the other key.
    pub log_line: Signature,
}

/// On a test network, a signer says who is to sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Appointment {
    /// The members.
    pub members: BTreeSet<MemberKey>,
}

/// What an entry of the signer stream states.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignerFact {
    /// New signing keys.
    Enrolment(Enrolment),
    /// What time it is.
    Stamp(Stamp),
    /// A record is proposed.
    Proposal(Proposal),
    /// A vote.
    Vote(Vote),
    /// A note is cosigned.
    Cosignature(Cosignature),
    /// Who is to sign.
    Appointment(Appointment),
    /// A signer said two things where one is allowed.
    Contradiction(Contradiction),
}

impl SignerFact {
    /// The kind under which it is written.
    pub fn kind(&self) -> Kind {
        let number = match self {
            Self::Enrolment(_) => 1,
            Self::Stamp(_) => 2,
            Self::Proposal(_) => 3,
            Self::Vote(_) => 4,
            Self::Cosignature(_) => 5,
            Self::Appointment(_) => 6,
            Self::Contradiction(_) => 7,
        };
        Kind::new(Stream::SIGNER, number)
    }

    /// The field's word for an entry of `kind` in the signer stream.
    pub fn kind_name(kind: Kind) -> Option<&'static str> {
        const NAMES: [&str; 7] = [
            "enrolment",
            "stamp",
            "proposal",
            "agreement_vote",
            "cosignature",
            "appointment",
            "contradiction",
        ];
        let number = usize::from(kind.0 & 0x1f).checked_sub(1)?;
        let name = NAMES.get(number).copied();
        name.filter(|_| kind.stream() == Stream::SIGNER)
    }

    /// The payload of an entry that states it.
    pub fn payload(&self) -> Payload {
        let mut out = Writer::new();
        match self {
            Self::Enrolment(it) => {
                out.raw(it.member.as_bytes());
                it.keys.write(&mut out);
                out.raw(&it.signature.0);
            }
            Self::Stamp(it) => it.write(&mut out),
            Self::Proposal(it) => it.write(&mut out),
            Self::Vote(it) => it.write(&mut out),
            Self::Cosignature(it) => {
                out.u32(it.height)
                    .u64(it.seconds)
                    .raw(&it.signature.0)
                    .raw(&it.log_line.0);
            }
            Self::Appointment(it) => {
                out.u8(u8::try_from(it.members.len()).unwrap_or(u8::MAX));
                for member in &it.members {
                    out.raw(member.as_bytes());
                }
            }
            Self::Contradiction(it) => it.write(&mut out),
        }
        Payload::of(out.finish())
    }

    /// Reads what `entry` states; `None` for a kind or a stream that this build does not know.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the kind is known and the payload is not of its form.
    pub fn of(entry: &Entry) -> Result<Option<Self>, CodecError> {
        if Self::kind_name(entry.kind).is_none() {
            return Ok(None);
        }
        let Payload::Inline(bytes) = &entry.payload else {
            return Err(CodecError::NotCanonical("payload"));
        };
        let mut reader = Reader::new(bytes);
        let fact = match entry.kind.0 & 0x1f {
            1 => Self::Enrolment(Enrolment {
                member: MemberKey(reader.array()?),
                keys: Keys::read(&mut reader)?,
                signature: Signature(reader.array()?),
            }),
            2 => Self::Stamp(Stamp::read(&mut reader)?),
            3 => Self::Proposal(Proposal::read(&mut reader)?),
            4 => Self::Vote(Vote::read(&mut reader)?),
            5 => Self::Cosignature(Cosignature {
                height: reader.u32()?,
                seconds: reader.u64()?,
                signature: Signature(reader.array()?),
                log_line: Signature(reader.array()?),
            }),
            6 => Self::Appointment(Appointment {
                members: read_members(&mut reader)?,
            }),
            _ => Self::Contradiction(Contradiction::read(&mut reader)?),
        };
        reader.finish()?;
        Ok(Some(fact))
    }
}

fn read_members(reader: &mut Reader<'_>) -> Result<BTreeSet<MemberKey>, CodecError> {
    let count = super::read_count(reader, "appointed members", MAX_APPOINTED)?;
    let mut members = Vec::new();
    for _ in 0..count {
        members.push(MemberKey(reader.array()?));
    }
    if !members.is_sorted_by(|a, b| a < b) {
        return Err(CodecError::NotCanonical("order of members"));
    }
    Ok(members.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::{Anchor, BlobRef, Tag},
        hash::EntryId,
        time::ClaimedMinutes,
    };

    const NETWORK: NetworkId = NetworkId([7; 32]);
    const MEMBER: MemberKey = MemberKey([6; 32]);

    fn key() -> SecretKey {
        SecretKey::from_seed(&[1; 32])
    }

    fn facts() -> Vec<SignerFact> {
        let none = Signature([0; 64]);
        let keys = Keys {
            cosignature: [1; 32],
            log_line: [2; 32],
            seed_commitment: [3; 32],
        };
        let vote = Vote {
            height: 3,
            round: 1,
            step: VoteStep::Precommit,
            value: Some([5; 32]),
            signature: none,
        };
        let proposal = Proposal {
            height: 3,
            round: 1,
            value: [4; 32],
            pol_round: Some(0),
            signature: none,
            moves: BlobRef::of(b"moves"),
            record: vec![9; MAX_PROPOSED_LEN],
        };
        let stamp = Stamp {
            height: 3,
            previous: [4; 32],
            seconds: 1_700_000_000,
            signature: none,
        };
        vec![
            SignerFact::Enrolment(Enrolment::sign(&NETWORK, keys, &key())),
            SignerFact::Stamp(stamp.sign(&NETWORK, &key())),
            SignerFact::Proposal(proposal.clone().sign(&NETWORK, &key())),
            SignerFact::Proposal(Proposal {
                pol_round: None,
                ..proposal.clone()
            }),
            SignerFact::Vote(vote.sign(&NETWORK, &key())),
            SignerFact::Vote(Vote {
                value: None,
                step: VoteStep::Prevote,
                ..vote
            }),
            SignerFact::Cosignature(Cosignature {
                height: 3,
                seconds: 5,
                signature: none,
                log_line: none,
            }),
            SignerFact::Appointment(Appointment {
                members: (1..=4).map(|it| MemberKey([it; 32])).collect(),
            }),
            contradiction(
                SignerFact::Stamp(stamp),
                SignerFact::Stamp(Stamp {
                    seconds: 7,
                    ..stamp
                }),
            ),
            contradiction(
                SignerFact::Vote(vote),
                SignerFact::Vote(Vote {
                    value: None,
                    ..vote
                }),
            ),
            contradiction(
                SignerFact::Proposal(proposal.clone()),
                SignerFact::Proposal(Proposal {
                    value: [7; 32],
                    ..proposal
                }),
            ),
        ]
    }

    fn contradiction(a: SignerFact, b: SignerFact) -> SignerFact {
        let [a, b] = [a, b].map(|fact| match fact {
            SignerFact::Stamp(it) => SignerFact::Stamp(it.sign(&NETWORK, &key())),
            SignerFact::Vote(it) => SignerFact::Vote(it.sign(&NETWORK, &key())),
            SignerFact::Proposal(it) => SignerFact::Proposal(it.sign(&NETWORK, &key())),
            other => other,
        });
        let one = Contradiction::of(MEMBER, &a, &b).unwrap();
        assert_eq!(
            Contradiction::of(MEMBER, &b, &a),
            Some(one.clone()),
            "one form"
        );
        SignerFact::Contradiction(one)
    }

    fn stating(kind: Kind, payload: Payload) -> Entry {
        Entry {
            kind,
            tag: Tag::default(),
            seq: 1,
            previous: Some(EntryId([2; 32])),
            anchor: Anchor::genesis(&NETWORK),
            claimed: ClaimedMinutes(1),
            parents: vec![],
            payload,
        }
    }

    #[test]
    fn every_fact_comes_back_as_it_was_written_and_fits_its_entry() {
        for fact in facts() {
            let Payload::Inline(bytes) = fact.payload() else {
                panic!("{fact:?} does not fit");
            };
            let read = |bytes: &[u8]| {
                SignerFact::of(&stating(fact.kind(), Payload::Inline(bytes.to_vec())))
            };
            assert_eq!(read(&bytes), Ok(Some(fact.clone())));
            for len in 0..bytes.len() {
                assert!(read(&bytes[..len]).is_err(), "{fact:?} at {len}");
            }
            assert!(read(&[&bytes[..], b"\0"].concat()).is_err());
        }
    }

    #[test]
    fn any_other_field_network_or_key_is_another_signature() {
        let (other, key) = (NetworkId([8; 32]), key().public());
        for fact in facts() {
            match fact {
                SignerFact::Stamp(it) => {
                    assert!(it.verify(&NETWORK, &key).is_ok());
                    assert!(it.verify(&other, &key).is_err());
                    let later = Stamp {
                        seconds: it.seconds + 1,
                        ..it
                    };
                    assert!(later.verify(&NETWORK, &key).is_err());
                }
                SignerFact::Vote(it) if it.value.is_some() => {
                    assert!(it.verify(&NETWORK, &key).is_ok());
                    assert!(it.verify(&other, &key).is_err());
                    for changed in [
                        Vote { round: 2, ..it },
                        Vote { height: 2, ..it },
                        Vote { value: None, ..it },
                        Vote {
                            step: VoteStep::Prevote,
                            ..it
                        },
                    ] {
                        assert!(changed.verify(&NETWORK, &key).is_err());
                    }
                }
                SignerFact::Proposal(it) if it.pol_round.is_some() => {
                    assert!(it.verify(&NETWORK, &key).is_ok());
                    assert!(it.verify(&other, &key).is_err());
                    let changed = Proposal {
                        pol_round: None,
                        ..it
                    };
                    assert!(changed.verify(&NETWORK, &key).is_err());
                }
                SignerFact::Enrolment(it) => {
                    assert!(it.verify(&NETWORK).is_ok());
                    assert!(it.verify(&other).is_err());
                    let mut changed = it;
                    changed.keys.log_line = [9; 32];
                    assert!(changed.verify(&NETWORK).is_err());
                }
                SignerFact::Contradiction(it) => {
                    assert!(it.proves(&NETWORK, &key));
                    assert!(!it.proves(&other, &key));
                    assert!(!it.proves(&NETWORK, &[1; 32]));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn what_one_signer_may_say_contradicts_nothing() {
        let vote = Vote {
            height: 3,
            round: 1,
            step: VoteStep::Precommit,
            value: Some([5; 32]),
            signature: Signature([0; 64]),
        };
        let stamp = Stamp {
            height: 3,
            previous: [4; 32],
            seconds: 5,
            signature: Signature([0; 64]),
        };
        let of_vote = |it| SignerFact::Vote(it);
        let pairs = [
            (of_vote(vote), of_vote(vote)),
            (of_vote(vote), of_vote(Vote { round: 2, ..vote })),
            (of_vote(vote), of_vote(Vote { height: 4, ..vote })),
            (
                of_vote(vote),
                of_vote(Vote {
                    step: VoteStep::Prevote,
                    value: None,
                    ..vote
                }),
            ),
            (SignerFact::Stamp(stamp), SignerFact::Stamp(stamp)),
            (
                SignerFact::Stamp(stamp),
                SignerFact::Stamp(Stamp { height: 4, ..stamp }),
            ),
            (SignerFact::Stamp(stamp), of_vote(vote)),
        ];
        for (a, b) in pairs {
            assert_eq!(Contradiction::of(MEMBER, &a, &b), None, "{a:?} {b:?}");
        }
    }

    #[test]
    fn other_kinds_and_streams_state_nothing_here() {
        let payload = Payload::Inline(vec![1, 2, 3]);
        for kind in [
            Kind::new(Stream::SIGNER, 0),
            Kind::new(Stream::SIGNER, 8),
            Kind::new(Stream::MEMBER, 2),
        ] {
            assert_eq!(SignerFact::of(&stating(kind, payload.clone())), Ok(None));
        }
    }
}
