//! What entries state: here those of the member stream, in [`AccountFact`] those of the account
//! stream, in [`VoteFact`] those of votes.
//!
//! | kind | name | fields, in order | member's signature inside |
//! |---:|---|---|---|
//! | 1 | [`Join`] | member 32, name text, charter 32, X25519 32, hash of the ML-KEM-768 key 32, imported 0/1 (index 4, was member 0/1, hashes 1 + 32 n), signature 64 | over network, device and the fields |
//! | 2 | [`Device`] | member 32, label text, signature 64 | over the device key, in any network |
//! | 3 | [`DeviceRevocation`] | member 32, device 32, last good heads 1 + n (stream 1, tag 16, seq 4, head 32), signature 64 | over network and the fields |
//! | 4 | [`Certification`] | subject 32, statements 1, met 4, meeting 16 | |
//! | 5 | [`Withdrawal`] | subject 32 | |
//! | 6 | [`Renewal`] | charter 32 | |
//! | 7 | [`KeyChange`] | old 32, new 32, signature of old 64, signature of new 64 | both, over network, old and new |
//! | 8 | [`Revocation`] | member 32, signature 64 | over the member key, in any network, made ahead |
//! | 9 | [`Leave`](MemberFact::Leave) | | |
//! | 10 | [`Objection`] | subject 32, reason text | |
//! | 11 | [`Roster`] | meeting 16, people 2, hash of their sorted keys 32 | |
//! | 12 | [`Recovery`] | old 32, new 32, signature of new 64 | by the new key, over network, old and new |
//! | 13 | [`Residence`] | commune 16 | |
//!
//! A kind that is not in the table is stored and relayed, and states nothing to this build.

mod account;
mod device;
mod join;
mod meeting;
mod note;
mod signer;
mod standing;
mod vote;

pub use self::{
    account::{
        AccountFact, Approval, Comment, MAX_COMMENT_LEN, MAX_HOLDERS, MAX_SHARED_NAME_LEN,
        OpenShared, Receiver, SEALED_LENS, SharedId, SharedTransfer, Transfer,
    },
    device::{
        Device, DeviceRevocation, LastGood, MAX_HEADS, MAX_LABEL_LEN, certify_device, verify_device,
    },
    join::{Imported, Join, MAX_NAME_LEN, import_leaf},
    meeting::{MAX_REASON_LEN, MeetingId, Objection, Residence, Roster},
    note::{NoteFact, NoteSettled, PromissoryNote},
    signer::{
        Appointment, Contradiction, Cosignature, Enrolment, Keys, MAX_APPOINTED, MAX_PROPOSED_LEN,
        Proposal, SignerFact, Stamp, Vote, VoteStep,
    },
    standing::{Certification, KeyChange, Recovery, Renewal, Revocation, Statements, Withdrawal},
    vote::{
        Acknowledgement, Cast, Choice, ChoiceError, Complaint, GRADES, Lock, MAX_OPTION_LEN,
        MAX_OPTIONS, MAX_PERIOD_SECS, MAX_QUESTION_LEN, MAX_RECEIPTS, MAX_SHARE_LEN, MAX_SHARES,
        MAX_SLOTS, MAX_SUBSTITUTES, Opening, OpeningError, PUBLIC_LEN, Piece, Question,
        QuestionError, QuestionKind, Seals, Shares, VoteFact, VoteFactError, VoteId, ward_cap,
    },
};

pub(crate) use self::join::read_name;
use crate::{
    codec::{CodecError, Reader, Writer},
    entry::{BlobRef, Entry, Kind, Payload, Stream},
    hash::{BlobHash, NetworkId},
    keys::{DeviceKey, MemberKey, SignatureError},
};

/// The highest kind of the table.
const LAST_KIND: u8 = 13;

/// What an entry of the member stream states.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MemberFact {
    /// A person asks to become a member, or was one in an imported list.
    Join(Join),
    /// A member adds the device that writes this.
    Device(Device),
    /// A member ends a device.
    DeviceRevocation(DeviceRevocation),
    /// A member vouches for a person after meeting.
    Certification(Certification),
    /// A member no longer vouches.
    Withdrawal(Withdrawal),
    /// A member stays for another term.
    Renewal(Renewal),
    /// A member goes on under another key.
    KeyChange(KeyChange),
    /// A key ends for ever.
    Revocation(Revocation),
    /// A member leaves.
    Leave,
    /// A member objects to a candidate.
    Objection(Objection),
    /// Somebody was at a meeting.
    Roster(Roster),
    /// A sponsor confirms that a person who lost their key goes on under another.
    Recovery(Recovery),
    /// A member lives in a commune.
    Residence(Residence),
}

impl MemberFact {
    /// The kind under which it is written.
    pub fn kind(&self) -> Kind {
        Kind::new(
            Stream::MEMBER,
            match self {
                Self::Join(_) => 1,
                Self::Device(_) => 2,
                Self::DeviceRevocation(_) => 3,
                Self::Certification(_) => 4,
                Self::Withdrawal(_) => 5,
                Self::Renewal(_) => 6,
                Self::KeyChange(_) => 7,
                Self::Revocation(_) => 8,
                Self::Leave => 9,
                Self::Objection(_) => 10,
                Self::Roster(_) => 11,
                Self::Recovery(_) => 12,
                Self::Residence(_) => 13,
            },
        )
    }

    /// The field's word for an entry of `kind`, for people and scripts.
    pub fn kind_name(kind: Kind) -> &'static str {
        if let Some(name) = SignerFact::kind_name(kind).or_else(|| VoteFact::kind_name(kind)) {
            return name;
        }
        const NAMES: [&str; 14] = [
            "unknown",
            "join",
            "device",
            "device_revocation",
            "certification",
            "withdrawal",
            "renewal",
            "key_change",
            "revocation",
            "leave",
            "objection",
            "roster",
            "recovery",
            "residence",
        ];
        if kind.stream() != Stream::MEMBER {
            return "unknown";
        }
        let number = usize::from(kind.0 & 0x1f);
        NAMES.get(number).copied().unwrap_or("unknown")
    }

    /// The payload of an entry that states it.
    pub fn payload(&self) -> Payload {
        let mut out = Writer::new();
        match self {
            Self::Join(fact) => fact.write(&mut out),
            Self::Device(fact) => fact.write(&mut out),
            Self::DeviceRevocation(fact) => fact.write(&mut out),
            Self::Certification(fact) => fact.write(&mut out),
            Self::Withdrawal(fact) => {
                out.raw(fact.subject.as_bytes());
            }
            Self::Renewal(fact) => {
                out.raw(fact.charter.as_bytes());
            }
            Self::KeyChange(fact) => fact.write(&mut out),
            Self::Revocation(fact) => fact.write(&mut out),
            Self::Objection(fact) => fact.write(&mut out),
            Self::Roster(fact) => fact.write(&mut out),
            Self::Recovery(fact) => fact.write(&mut out),
            Self::Residence(fact) => {
                out.raw(&fact.commune);
            }
            Self::Leave => {}
        }
        Payload::of(out.finish())
    }

    /// Reads what `entry` states; `None` for a kind or a stream that this build does not know.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the kind is known and the payload is not of its form.
    pub fn of(entry: &Entry) -> Result<Option<Self>, CodecError> {
        if entry.kind.stream() != Stream::MEMBER {
            return Ok(None);
        }
        let bytes = match &entry.payload {
            Payload::Inline(bytes) => bytes,
            Payload::Detached(_) if entry.kind.0 > LAST_KIND => return Ok(None),
            // Each known fact fits into its entry.
            Payload::Detached(_) => return Err(CodecError::NotCanonical("payload")),
        };
        let mut reader = Reader::new(bytes);
        let fact = match entry.kind.0 {
            1 => Self::Join(Join::read(&mut reader)?),
            2 => Self::Device(Device::read(&mut reader)?),
            3 => Self::DeviceRevocation(DeviceRevocation::read(&mut reader)?),
            4 => Self::Certification(Certification::read(&mut reader)?),
            5 => Self::Withdrawal(Withdrawal {
                subject: MemberKey(reader.array()?),
            }),
            6 => Self::Renewal(Renewal {
                charter: BlobHash(reader.array()?),
            }),
            7 => Self::KeyChange(KeyChange::read(&mut reader)?),
            8 => Self::Revocation(Revocation::read(&mut reader)?),
            9 => Self::Leave,
            10 => Self::Objection(Objection::read(&mut reader)?),
            11 => Self::Roster(Roster::read(&mut reader)?),
            12 => Self::Recovery(Recovery::read(&mut reader)?),
            13 => Self::Residence(Residence {
                commune: reader.array()?,
            }),
            _ => return Ok(None),
        };
        reader.finish()?;
        Ok(Some(fact))
    }

    /// Checks the members' signatures inside, for an entry that `author` wrote in `network`.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] if one is false.
    pub fn verify(&self, network: &NetworkId, author: &DeviceKey) -> Result<(), SignatureError> {
        match self {
            Self::Join(fact) => fact.verify(network, author),
            Self::Device(fact) => fact.verify(author),
            Self::DeviceRevocation(fact) => fact.verify(network),
            Self::KeyChange(fact) => fact.verify(network),
            Self::Revocation(fact) => fact.verify(),
            Self::Recovery(fact) => fact.verify(network),
            Self::Certification(_)
            | Self::Withdrawal(_)
            | Self::Renewal(_)
            | Self::Leave
            | Self::Objection(_)
            | Self::Roster(_)
            | Self::Residence(_) => Ok(()),
        }
    }
}

/// The detached bytes that belong to `entry`: its payload, and what a known fact names inside.
pub fn blobs(entry: &Entry) -> Vec<BlobRef> {
    blobs_named(entry, MemberFact::of(entry).ok().flatten().as_ref())
}

/// As [`blobs`], for who has read already which `fact` the entry states.
pub(crate) fn blobs_named(entry: &Entry, fact: Option<&MemberFact>) -> Vec<BlobRef> {
    match (&entry.payload, fact) {
        (Payload::Detached(blob), _) => vec![*blob],
        (_, Some(MemberFact::Join(join))) if join.imported.is_none() => vec![join.ml_kem_blob()],
        _ => match (SignerFact::of(entry), VoteFact::of(entry, None)) {
            (Ok(Some(SignerFact::Proposal(proposal))), _) => vec![proposal.moves],
            (_, Ok(Some(fact))) => fact.named(),
            _ => vec![],
        },
    }
}

fn read_count(
    reader: &mut Reader<'_>,
    what: &'static str,
    limit: usize,
) -> Result<usize, CodecError> {
    let count = reader.u8()?;
    if usize::from(count) > limit {
        return Err(CodecError::OverLimit {
            what,
            value: count.into(),
            limit: crate::codec::to_u64(limit),
        });
    }
    Ok(count.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::{Anchor, Tag},
        hash::EntryId,
        keys::{SealingKeys, SecretKey, Signature},
        time::ClaimedMinutes,
    };

    #[test]
    fn every_fact_comes_back_as_it_was_written() {
        for fact in facts() {
            let entry = stating(&fact);
            assert_eq!(MemberFact::of(&entry), Ok(Some(fact.clone())));
            assert_eq!(fact.verify(&network(), &device()), Ok(()));
        }
    }

    #[test]
    fn every_truncation_of_a_payload_is_an_error() {
        for fact in facts() {
            let Payload::Inline(bytes) = fact.payload() else {
                panic!("{fact:?} does not fit");
            };
            for len in 0..bytes.len() {
                let mut entry = stating(&fact);
                entry.payload = Payload::Inline(bytes[..len].to_vec());
                assert!(MemberFact::of(&entry).is_err(), "{fact:?} at {len}");
            }
        }
    }

    #[test]
    fn any_flipped_bit_of_a_signed_fact_is_noticed() {
        for fact in facts() {
            if matches!(
                fact,
                MemberFact::Certification(_)
                    | MemberFact::Withdrawal(_)
                    | MemberFact::Renewal(_)
                    | MemberFact::Objection(_)
                    | MemberFact::Roster(_)
                    | MemberFact::Residence(_)
            ) {
                continue;
            }
            let Payload::Inline(bytes) = fact.payload() else {
                panic!("{fact:?} does not fit");
            };
            // A device's label is for its owner alone and covered by the entry's signature only.
            let label = if matches!(fact, MemberFact::Device(_)) {
                32..42
            } else {
                0..0
            };
            for bit in (0..bytes.len() * 8).filter(|bit| !label.contains(&(bit / 8))) {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let mut entry = stating(&fact);
                entry.payload = Payload::Inline(changed);
                let accepted = MemberFact::of(&entry)
                    .is_ok_and(|it| it.is_some_and(|it| it.verify(&network(), &device()).is_ok()));
                assert!(!accepted, "{fact:?}: bit {bit} can change unnoticed");
            }
        }
    }

    #[test]
    fn a_join_is_for_one_device_and_one_network() {
        let join = facts().remove(0);
        assert!(join.verify(&NetworkId([8; 32]), &device()).is_err());
        assert!(join.verify(&network(), &DeviceKey([9; 32])).is_err());
    }

    #[test]
    fn a_name_is_one_clean_line() {
        for name in ["", "  ", "Zoé\nKarim", "a\u{1b}[2J"] {
            let MemberFact::Join(join) = facts().remove(0) else {
                panic!("the first fact is a join");
            };
            let join = Join {
                name: name.to_owned(),
                ..join
            };
            assert!(
                MemberFact::of(&stating(&MemberFact::Join(join))).is_err(),
                "{name:?}"
            );
        }
    }

    fn facts() -> Vec<MemberFact> {
        let member = SecretKey::from_seed(&[1; 32]);
        let sealing = SealingKeys::of_member(&[1; 32]);
        let join = Join {
            member: member.member_key(),
            name: "Zoé".to_owned(),
            charter: BlobHash([3; 32]),
            exchange: sealing.exchange_key(),
            ml_kem: BlobHash::of(&sealing.ml_kem_key()),
            imported: Some(Imported {
                index: 5,
                was_member: true,
                proof: vec![[4; 32]; 14],
            }),
            signature: Signature([0; 64]),
        };
        vec![
            MemberFact::Join(join.clone().sign(&network(), &device(), &member)),
            MemberFact::Join(
                Join {
                    imported: None,
                    ..join
                }
                .sign(&network(), &device(), &member),
            ),
            MemberFact::Device(Device {
                member: member.member_key(),
                label: "Zoé's 2".to_owned(),
                certificate: certify_device(&member, &device()),
            }),
            MemberFact::DeviceRevocation(DeviceRevocation::sign(
                &network(),
                DeviceKey([6; 32]),
                vec![LastGood {
                    stream: Stream::MEMBER,
                    tag: Tag::default(),
                    seq: 4,
                    head: EntryId([8; 32]),
                }],
                &member,
            )),
            MemberFact::Certification(Certification {
                subject: MemberKey([5; 32]),
                statements: Statements::ALL,
                met: ClaimedMinutes(29_400_000),
                meeting: [7; 16],
            }),
            MemberFact::Objection(Objection {
                subject: MemberKey([5; 32]),
                reason: "nobody of that name lives here".to_owned(),
            }),
            MemberFact::Roster(Roster::of(
                [7; 16],
                [MemberKey([5; 32]), MemberKey([4; 32])],
            )),
            MemberFact::Recovery(Recovery::sign(
                &network(),
                MemberKey([5; 32]),
                &SecretKey::from_seed(&[2; 32]),
            )),
            MemberFact::Residence(Residence { commune: [3; 16] }),
            MemberFact::Withdrawal(Withdrawal {
                subject: MemberKey([5; 32]),
            }),
            MemberFact::Renewal(Renewal {
                charter: BlobHash([3; 32]),
            }),
            MemberFact::KeyChange(KeyChange::sign(
                &network(),
                &member,
                &SecretKey::from_seed(&[2; 32]),
            )),
            MemberFact::Revocation(Revocation::sign(&member)),
        ]
    }

    fn stating(fact: &MemberFact) -> Entry {
        Entry {
            kind: fact.kind(),
            tag: Tag::default(),
            seq: 0,
            previous: None,
            anchor: Anchor::genesis(&network()),
            claimed: ClaimedMinutes(0),
            parents: vec![],
            payload: fact.payload(),
        }
    }

    fn network() -> NetworkId {
        NetworkId([7; 32])
    }

    fn device() -> DeviceKey {
        SecretKey::from_seed(&[9; 32]).device_key()
    }
}
