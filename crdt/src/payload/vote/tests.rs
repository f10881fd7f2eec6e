//! Every fact comes back as it was written; every cut is an error; what a question cannot be is refused.

use super::*;
use crate::{
    entry::Anchor,
    hash::BlobHash,
    keys::{MemberKey, SEALED_SEED_LEN},
    payload::{MemberFact, blobs},
    time::ClaimedMinutes,
};

#[test]
fn every_fact_comes_back_as_it_was_written() {
    for fact in facts() {
        let entry = stating(&fact);
        let bytes = fact.bytes();
        assert_eq!(VoteFact::of(&entry, Some(&bytes)), Ok(Some(fact.clone())));
        assert_ne!(MemberFact::kind_name(entry.kind), "unknown", "{fact:?}");
    }
}

#[test]
fn shares_that_travel_apart_are_asked_for_by_name() {
    let VoteFact::Shares(mut shares) = facts().remove(8) else {
        panic!("the ninth fact is of shares");
    };
    shares.shares = vec![(0, vec![1; 1_136])];
    let entry = stating(&VoteFact::Shares(shares));
    let Payload::Detached(blob) = entry.payload else {
        panic!("shares do not fit their entry");
    };
    assert_eq!(
        VoteFact::of(&entry, None),
        Err(VoteFactError::Missing(blob))
    );
    assert_eq!(blobs(&entry), [blob]);
}

/// Else who keeps bytes back would leave each device with another vote.
#[test]
fn what_decides_what_counts_stands_in_its_entry() {
    for fact in facts() {
        let may_be_long = matches!(fact, VoteFact::Opening(_) | VoteFact::Shares(_));
        let mut entry = stating(&fact);
        entry.payload = Payload::Detached(BlobRef::of(&fact.bytes()));
        let read = VoteFact::of(&entry, Some(&fact.bytes()));
        assert_eq!(read.is_ok(), may_be_long, "{fact:?}");
        assert!(VoteFact::of(&entry, None).is_err());
    }
    let many = (0..32).map(|it| EntryId([it; 32])).collect();
    let fact = VoteFact::Receipt(many);
    assert!(read(&stating(&fact), &fact.bytes()).is_err());
}

#[test]
fn pieces_ballots_and_locks_name_what_travels_apart() {
    let named: Vec<_> = facts().iter().map(|it| blobs(&stating(it)).len()).collect();
    assert_eq!(named, [0, 2, 0, 0, 1, 0, 0, 1, 1, 0]);
}

#[test]
fn seals_come_back_as_they_were_written() {
    let bytes = seals().encode();
    assert_eq!(Seals::decode(&bytes), Ok(seals()));
    assert_eq!(Seals::decode(&[]), Ok(Seals::default()));
    assert_eq!(seals().seats(), [1, 2]);
    for len in [1, 2, SEALED_SEED_LEN, SEALED_SEED_LEN + 2, bytes.len() - 1] {
        assert!(Seals::decode(&bytes[..len]).is_err(), "{len}");
    }
    let (one, other) = bytes.split_at(SEALED_SEED_LEN + 1);
    assert!(Seals::decode(&[other, one].concat()).is_err());
    assert!(Seals::decode(&bytes.repeat(4)).is_err());
}

#[test]
fn every_truncation_and_every_byte_more_is_an_error() {
    for fact in facts() {
        let bytes = fact.bytes();
        if fact == VoteFact::Erased {
            continue;
        }
        let entry = stating(&fact);
        let step = (bytes.len() / 300).max(1);
        for len in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
            let read = read(&entry, &bytes[..len]);
            assert!(read.is_err(), "{} at {len}", entry.kind.0);
        }
        assert!(read(&entry, &[&bytes[..], &[0]].concat()).is_err());
    }
}

#[test]
fn a_flipped_bit_is_an_error_or_another_fact() {
    for fact in facts() {
        let bytes = fact.bytes();
        let entry = stating(&fact);
        let step = (bytes.len() / 200).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            assert_ne!(read(&entry, &changed), Ok(Some(fact.clone())));
        }
    }
}

#[test]
fn the_name_of_a_vote_is_of_its_opener_and_its_words() {
    let bytes = facts().remove(0).bytes();
    let id = VoteId::of(&DeviceKey([1; 32]), &bytes);
    assert_ne!(id, VoteId::of(&DeviceKey([2; 32]), &bytes));
    assert_ne!(id, VoteId::of(&DeviceKey([1; 32]), &bytes[1..]));
    assert_eq!(id.to_string().parse(), Ok(id));
    assert!("12".parse::<VoteId>().is_err());
}

#[test]
fn trustees_are_three_five_or_seven_different_people() {
    let VoteFact::Opening(opening) = facts().remove(0) else {
        panic!("the first fact is an opening");
    };
    let refused = |change: fn(&mut Opening)| {
        let mut it = opening.clone();
        change(&mut it);
        let fact = VoteFact::Opening(it.clone());
        assert!(read(&stating(&fact), &fact.bytes()).is_err(), "{fact:?}");
        it.check()
    };
    assert_eq!(refused(|it| it.trustees.truncate(2)), Ok(()));
    let twice = Err(OpeningError::Twice);
    assert_eq!(refused(|it| it.trustees[1] = it.trustees[0]), twice);
    assert_eq!(refused(|it| it.substitutes[0] = it.trustees[0]), twice);
    let many = |it: &mut Opening| it.substitutes = (60..68).map(|at| MemberKey([at; 32])).collect();
    assert_eq!(refused(many), Err(OpeningError::Substitutes { found: 8 }));
    let none = Err(OpeningError::Period { secs: 0 });
    assert_eq!(refused(|it| it.acknowledge_secs = 0), none);
    assert_eq!(refused(|it| it.vote_secs = 0), none);
    assert_eq!(refused(|it| it.receipt_secs = 0), none);
    let secs = MAX_PERIOD_SECS + 1;
    let long = Err(OpeningError::Period { secs });
    assert_eq!(refused(|it| it.vote_secs = MAX_PERIOD_SECS + 1), long);
    assert_eq!(opening.check(), Ok(()));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let ask = |kind, options: &[&str]| Question {
        kind,
        text: "Which?".to_owned(),
        options: options.iter().map(ToString::to_string).collect(),
    };
    let many: Vec<String> = (0..60).map(|it| it.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (question, right) in [
        (ask(QuestionKind::YesNo, &[]), true),
        (ask(QuestionKind::YesNo, &["a"]), false),
        (ask(QuestionKind::ChooseOne, &["a"]), false),
        (ask(QuestionKind::ChooseOne, &["a", "a"]), false),
        (ask(QuestionKind::Approval, &["a"]), true),
        (ask(QuestionKind::Score { max: 0 }, &["a", "b"]), false),
        (ask(QuestionKind::Score { max: 9 }, &many), false),
        (ask(QuestionKind::Median, &many), true),
        (ask(QuestionKind::Approval, &["a\nb"]), false),
    ] {
        assert_eq!(question.check().is_ok(), right, "{question:?}");
    }
}

#[test]
fn answers_lie_in_their_slots() {
    let ask = |kind| Question {
        kind,
        text: "Which?".to_owned(),
        options: vec!["a".to_owned(), "b".to_owned()],
    };
    let set = |kind, choice| {
        let slots = ask(kind).slots_of(&choice)?;
        Ok(slots.iter().map(|it| u8::from(*it)).collect::<Vec<_>>())
    };
    let kind = QuestionKind::Score { max: 2 };
    let marks = vec![Some(2), None];
    assert_eq!(set(kind, Choice::Scores(marks)), Ok(vec![0, 0, 1, 0, 0, 0]));
    assert_eq!(
        set(kind, Choice::Scores(vec![Some(3), None])),
        Err(ChoiceError::Mark)
    );
    assert_eq!(ask(kind).groups(), [0..3, 3..6]);
    let grades = Choice::Grades(vec![Some(6), Some(0)]);
    let slots = set(QuestionKind::Majority, grades).unwrap();
    assert_eq!((slots.len(), slots[6], slots.iter().sum()), (12, 1, 1));
    let kind = QuestionKind::Median;
    assert_eq!(set(kind, Choice::Value(Some(1))), Ok(vec![1, 1]));
    assert_eq!(
        set(kind, Choice::Value(Some(2))),
        Err(ChoiceError::Option(2))
    );
    let kind = QuestionKind::ChooseOne;
    assert_eq!(set(kind, Choice::One(None)), Ok(vec![0, 0]));
    assert_eq!(set(kind, Choice::One(Some(2))), Err(ChoiceError::Option(2)));
    assert_eq!(set(kind, Choice::Yes), Err(ChoiceError::Kind));
}

fn seals() -> Seals {
    let seal = |it| vec![it; SEALED_SEED_LEN];
    Seals(vec![(1, seal(8)), (2, seal(7))])
}

fn facts() -> Vec<VoteFact> {
    let key = |it| MemberKey([it; 32]);
    vec![
        VoteFact::Opening(Opening {
            question: Question {
                kind: QuestionKind::Score { max: 5 },
                text: "Quel jour ?".to_owned(),
                options: vec!["samedi".to_owned(), "dimanche".to_owned()],
            },
            quorum: TallyQuorum {
                trustees: 3,
                quorum: 2,
            },
            trustees: vec![key(1), key(2), key(3)],
            substitutes: vec![key(4)],
            references: [[5; 32], [6; 32]],
            acknowledge_secs: 3_600,
            vote_secs: 7_200,
            receipt_secs: 60,
        }),
        VoteFact::Piece(Piece {
            round: 1,
            key: 0,
            index: 2,
            public: BlobRef::of(&[9; PUBLIC_LEN]),
            seats: vec![1, 2],
            seals: Some(BlobRef::of(&seals().encode())),
        }),
        VoteFact::Acknowledgement(Acknowledgement {
            round: 1,
            pieces: [4; 32],
        }),
        VoteFact::Complaint(Complaint {
            round: 1,
            key: 3,
            index: 34,
        }),
        VoteFact::Ballot(Cast {
            ward: 3,
            blob: BlobRef {
                hash: BlobHash([3; 32]),
                len: 17_520,
            },
        }),
        VoteFact::Receipt(vec![EntryId([1; 32]), EntryId([2; 32])]),
        VoteFact::Falsity(EntryId([5; 32])),
        VoteFact::Lock(Lock {
            ward: 2,
            wards: 2,
            ballots: 24,
            set: [1; 32],
            sum: BlobRef::of(b"sum"),
        }),
        VoteFact::Shares(Shares {
            ward: 2,
            lock: [3; 32],
            shares: vec![(0, vec![1; 1_136]), (9, vec![2; 1_136])],
        }),
        VoteFact::Erased,
    ]
}

fn read(entry: &Entry, bytes: &[u8]) -> Result<Option<VoteFact>, VoteFactError> {
    let mut entry = entry.clone();
    if let Payload::Inline(_) = entry.payload {
        entry.payload = Payload::Inline(bytes.to_vec());
    }
    VoteFact::of(&entry, Some(bytes))
}

fn stating(fact: &VoteFact) -> Entry {
    Entry {
        kind: fact.kind(),
        tag: Tag([7; 16]),
        seq: 0,
        previous: None,
        anchor: Anchor::default(),
        claimed: ClaimedMinutes(29_400_000),
        parents: vec![],
        payload: fact.payload(),
    }
}
