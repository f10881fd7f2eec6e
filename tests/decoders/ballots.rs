//! What voters, trustees and devices write about votes. That a proof holds is another question.

use commune::votes::{Handed, read_challenge};
use commune_cipher::{
    Ballot, Context, ElectionKey, Layout, Reference, Seed, Share, Sum, Use,
    reference::{Transcript, for_tests, id_of},
};
use commune_crdt::{
    ballot::{Roll, Scope, Sums},
    codec::Writer,
    entry::{Anchor, BlobRef, Entry, Kind, Payload, Stream, Tag},
    hash::{BlobHash, EntryId},
    keys::{MemberKey, SEALED_SEED_LEN},
    params::TallyQuorum,
    payload::{
        Acknowledgement, Cast, Complaint, Lock, Opening, PUBLIC_LEN, Piece, Question, QuestionKind,
        Seals, Shares, VoteFact, VoteId,
    },
};
use zeroize::Zeroizing;

use crate::{
    bounds::{Reader, alone, change},
    world::NOW,
};

/// One of each kind: its number, and then its bytes.
fn facts() -> Vec<Vec<u8>> {
    let key = |it| MemberKey([it; 32]);
    let facts = [
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
        VoteFact::Receipt((1..20).map(|it| EntryId([it; 32])).collect()),
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
    ];
    let numbered = (1..).zip(facts);
    let numbered = numbered.map(|(number, fact): (u8, _)| {
        assert_eq!(fact.kind(), Kind::new(Stream::VOTE, number));
        [&[number], fact.bytes().as_slice()].concat()
    });
    numbered.collect()
}

fn seals() -> Seals {
    Seals(vec![
        (1, vec![8; SEALED_SEED_LEN]),
        (2, vec![7; SEALED_SEED_LEN]),
    ])
}

#[test]
fn facts_of_votes() {
    let _alone = alone();
    let stating = |number: u8, payload| Entry {
        kind: Kind::new(Stream::VOTE, number),
        tag: Tag([7; 16]),
        seq: 0,
        previous: None,
        anchor: Anchor::default(),
        claimed: NOW,
        parents: vec![],
        payload,
    };
    Reader {
        name: "fact of a vote",
        seeds: facts(),
        change: &change,
        read: &|bytes| {
            let Some((number, bytes)) = bytes.split_first() else {
                return false;
            };
            let inline = stating(*number, Payload::Inline(bytes.to_vec()));
            let apart = stating(*number, Payload::Detached(BlobRef::of(bytes)));
            let read = VoteFact::of(&inline, None);
            let read_apart = VoteFact::of(&apart, Some(bytes));
            for fact in [&read, &read_apart].into_iter().flatten().flatten() {
                assert_eq!(fact.bytes(), bytes);
            }
            matches!(read, Ok(Some(_)))
        },
    }
    .holds();
}

/// What travels beside entries: a ballot, a sum and a share as they were made, for one slot.
#[test]
fn ballots_sums_and_shares() {
    let _alone = alone();
    let reference = |wanted| -> Reference {
        let bytes = for_tests(wanted);
        let verified = Transcript::trusted(bytes, &id_of(bytes)).unwrap();
        verified.into_reference().unwrap()
    };
    let context = Context {
        vote: [1; 32],
        key: 0,
    };
    let piece = Seed::new([1; 32]).for_key(0);
    let public = piece.public(&context);
    let election = ElectionKey::new(&context, [&public]);
    let layout = Layout::new(1, Vec::new()).unwrap();
    let cast = Ballot::cast(
        &reference(Use::Ballots16),
        &election,
        &layout,
        &[true],
        b"who",
        &[2; 32],
    );
    let ballot = cast.unwrap();
    let mut sum = Sum::new(&layout);
    sum.add(&ballot).unwrap();
    let share = piece.share(&reference(Use::Shares), &context, &sum, &[3; 32]);
    let seeds = [ballot.encode(), sum.encode(), share.unwrap().encode()];
    let again = [
        (|layout, bytes| Ballot::decode(layout, bytes).ok().map(|it| it.encode()))
            as fn(&Layout, &[u8]) -> Option<Vec<u8>>,
        |layout, bytes| Sum::decode(layout, bytes).ok().map(|it| it.encode()),
        |layout, bytes| Share::decode(layout, bytes).ok().map(|it| it.encode()),
    ];
    for (name, (seed, again)) in ["ballot", "sum", "share"]
        .iter()
        .zip(seeds.iter().zip(again))
    {
        Reader {
            name,
            seeds: vec![seed.clone()],
            change: &change,
            read: &|bytes| again(&layout, bytes).is_some_and(|it| it == bytes),
        }
        .holds();
    }
}

/// Seeds that go from hand to hand, and a ballot that its voter gave up to be checked.
#[test]
fn seals_handed_seeds_and_challenges() {
    let _alone = alone();
    Reader {
        name: "seals",
        seeds: vec![Vec::new(), seals().encode()],
        change: &change,
        read: &|bytes| Seals::decode(bytes).is_ok_and(|it| it.encode() == bytes),
    }
    .holds();
    let handed = Handed {
        vote: VoteId([3; 16]),
        round: 1,
        seeds: (0..20).map(|it| (it, Zeroizing::new([it; 32]))).collect(),
    };
    Reader {
        name: "handed seeds",
        seeds: vec![handed.encode().to_vec()],
        change: &change,
        read: &|bytes| Handed::decode(bytes).is_ok_and(|it| **it.encode() == *bytes),
    }
    .holds();
    let mut challenge = Writer::new();
    challenge
        .raw(b"commune-challenge/1\n")
        .raw(&[3; 16])
        .u16(4)
        .raw(&[5; 32])
        .u32(6)
        .raw(&[7; 32])
        .var_len(3)
        .raw(&[0, 1, 0])
        .raw(&[8; 32]);
    Reader {
        name: "challenge",
        seeds: vec![challenge.finish()],
        change: &change,
        read: &|bytes| read_challenge(bytes).is_ok_and(|it| it.slots().len() <= 256),
    }
    .holds();
}

/// What a device keeps for itself: a disk may tell it anything.
#[test]
fn rolls_and_scopes() {
    let _alone = alone();
    let sums = Sums {
        most: 50,
        fewest: 10,
    };
    let electors = (0..120).map(|it| (it * 3, None)).collect();
    let scope = |all, key: Option<u16>, accused: u8| Scope {
        all,
        key,
        secret: [7; 32],
        others: 60,
        accused: (0..accused).map(|it| BlobHash([it; 32])).collect(),
    };
    let scopes = [
        scope(true, None, 0),
        scope(false, Some(3), 40),
        scope(false, None, 1),
    ];
    Reader {
        name: "roll",
        seeds: vec![Roll::draw(electors, &[1; 32], sums).encode()],
        change: &change,
        read: &|bytes| Roll::decode(bytes).is_ok_and(|it| it.encode() == bytes),
    }
    .holds();
    Reader {
        name: "scope",
        seeds: scopes.iter().map(Scope::encode).collect(),
        change: &change,
        read: &|bytes| Scope::decode(bytes).is_ok_and(|it| it.encode() == bytes),
    }
    .holds();
}
