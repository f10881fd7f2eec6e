//! Votes of made-up people, hour by hour. A record closes at each hour; its height is the hour.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "what tests may do does not reach helpers"
)]

mod outcomes;

use std::collections::BTreeSet;

use super::*;
use crate::{
    entry::BlobRef,
    hash::{BlobHash, blake3},
    merkle::{leaf_hash, proves},
    params::TallyQuorum,
    payload::{
        Acknowledgement, Cast, Complaint, Lock, PUBLIC_LEN, Piece, Question, QuestionKind, Shares,
    },
};

const HOUR: u64 = 3_600;
const BALLOT_LEN: u32 = 17_520;
/// Prepared at hour 3, ends at 13, closes at 15.
const KEY: u32 = 3;
const END: u32 = 13;
const CLOSE: u32 = 15;

/// A vote that somebody writes down.
struct World {
    quorum: TallyQuorum,
    substitutes: Vec<u8>,
    electors: u32,
    cap: u32,
    facts: Vec<Stated>,
    false_ballots: BTreeSet<EntryId>,
    hours: u32,
    next: u32,
}

fn quorum(trustees: u8, quorum: u8) -> TallyQuorum {
    TallyQuorum { trustees, quorum }
}

impl World {
    /// Opened at hour 1, with nothing prepared.
    fn opened() -> Self {
        let mut world = Self {
            quorum: quorum(3, 2),
            substitutes: vec![],
            electors: 30,
            cap: 4_095,
            facts: vec![],
            false_ballots: BTreeSet::new(),
            hours: 1,
            next: 0,
        };
        world.open();
        world
    }

    /// Opened, and prepared by the first trustees until [`KEY`].
    fn prepared() -> Self {
        let mut world = Self::opened();
        world.prepares(0, 2);
        world.hours = KEY;
        world
    }

    fn open(&mut self) {
        self.facts.clear();
        let opening = VoteFact::Opening(self.opening());
        self.says(0, 1, opening);
    }

    fn opening(&self) -> Opening {
        let key = |person: u8| MemberKey([person; 32]);
        Opening {
            question: Question {
                kind: QuestionKind::YesNo,
                text: "Saturday?".to_owned(),
                options: vec![],
            },
            quorum: self.quorum,
            trustees: (0..self.quorum.trustees).map(key).collect(),
            substitutes: self.substitutes.iter().copied().map(key).collect(),
            references: [[1; 32], [2; 32]],
            acknowledge_secs: 5 * 3_600,
            vote_secs: 10 * 3_600,
            receipt_secs: 2 * 3_600,
        }
    }

    fn id(&self) -> VoteId {
        let opening = VoteFact::Opening(self.opening()).bytes();
        VoteId::of(&device(0), &opening)
    }

    /// `person` says `fact`, and the record of `hour` has it in.
    fn says(&mut self, person: u32, hour: u32, fact: VoteFact) -> EntryId {
        self.next += 1;
        let id = EntryId(blake3(&[&self.next.to_be_bytes()]));
        self.facts.push(Stated {
            id,
            author: person,
            device: device(person),
            seq: self.next,
            included: (hour < 1_000).then_some((Height(hour), Seconds(u64::from(hour) * HOUR))),
            fact,
        });
        id
    }

    fn ballot(&mut self, person: u32, hour: u32) -> EntryId {
        let hash = BlobHash(blake3(&[b"ballot", &self.next.to_be_bytes()]));
        let len = BALLOT_LEN;
        let blob = BlobRef { hash, len };
        let ward = self.roll().ward_of(person).unwrap_or(0);
        self.says(person, hour, VoteFact::Ballot(Cast { ward, blob }))
    }

    fn receipts(&mut self, person: u32, hour: u32, ballots: &[EntryId]) {
        let mut ballots = ballots.to_vec();
        ballots.sort_unstable();
        self.says(person, hour, VoteFact::Receipt(ballots));
    }

    fn piece(&mut self, person: u32, hour: u32, round: u8, key: u16, index: u8) {
        let held = holders(&self.quorum).swap_remove(index.into());
        let others = held.into_iter().skip(1).filter(|_| key == 0);
        let piece = Piece {
            round,
            key,
            index,
            public: public(index),
            seats: others.collect(),
            seals: (key == 0).then(|| BlobRef::of(&[index])),
        };
        self.says(person, hour, VoteFact::Piece(piece));
    }

    /// Pieces of all seats at `hour`, acknowledgements an hour later.
    fn prepares(&mut self, round: u8, hour: u32) {
        let seats: Vec<u32> = (0..self.quorum.trustees.into()).collect();
        self.prepares_with(&seats, round, hour);
    }

    fn prepares_with(&mut self, seats: &[u32], round: u8, hour: u32) {
        let keys = self.roll().keys();
        for key in 0..keys {
            for (index, held) in (0..).zip(holders(&self.quorum)) {
                self.piece(seats[usize::from(held[0])], hour, round, key, index);
            }
        }
        for (seat, person) in (0..).zip(seats) {
            self.acknowledges(*person, seat, round, hour + 1);
        }
    }

    fn acknowledges(&mut self, person: u32, seat: u8, round: u8, hour: u32) {
        let held: Vec<u8> = (0..)
            .zip(holders(&self.quorum))
            .filter(|(_, it)| it.contains(&seat))
            .map(|(index, _)| index)
            .collect();
        let pieces = (0..self.roll().keys())
            .flat_map(|key| held.iter().map(move |it| (key, *it)))
            .map(|(key, it)| (key, it, public(it).hash));
        let pieces = pieces_hash(round, seat, pieces);
        let fact = VoteFact::Acknowledgement(Acknowledgement { round, pieces });
        self.says(person, hour, fact);
    }

    fn roll(&self) -> Roll {
        let electors = (0..self.electors).map(|it| (it, None)).collect();
        Roll::draw(electors, &[9; 32], self.cap)
    }

    fn fold(&self) -> Vote {
        self.fold_in_order(self.facts.clone())
    }

    fn fold_in_order(&self, facts: Vec<Stated>) -> Vote {
        self.folded(facts).unwrap()
    }

    fn folded(&self, facts: Vec<Stated>) -> Result<Vote, FoldError> {
        let records: Vec<_> = (1..=self.hours)
            .map(|it| (Height(it), Seconds(u64::from(it) * HOUR)))
            .collect();
        fold(Input {
            id: self.id(),
            records: &records,
            roll: &self.roll(),
            person: &|key| Some(u32::from(key.as_bytes()[0])),
            facts,
            false_ballots: &self.false_ballots,
            ballot_len: BALLOT_LEN,
        })
    }

    fn fate(&self, ballot: EntryId) -> Fate {
        let vote = self.fold();
        vote.ballots.iter().find(|it| it.id == ballot).unwrap().fate
    }

    /// Everybody votes, two trustees hold all, and the ballots are fixed.
    fn closed() -> Self {
        let mut world = Self::prepared();
        let ballots: Vec<_> = (0..world.electors).map(|it| world.ballot(it, 5)).collect();
        for trustee in [0, 1] {
            world.receipts(trustee, 6, &ballots);
        }
        world.hours = CLOSE;
        world
    }

    fn lock(&self, sum: u8) -> Lock {
        let unit = &self.fold().units[0];
        Lock {
            ward: unit.ward,
            wards: unit.wards,
            ballots: u32::try_from(unit.ballots.len()).unwrap(),
            set: unit.set,
            sum: BlobRef::of(&[sum]),
        }
    }

    fn shares(&self, lock: &Lock, indices: &[u8]) -> VoteFact {
        VoteFact::Shares(Shares {
            ward: lock.ward,
            lock: lock.hash(&self.id()),
            shares: indices.iter().map(|it| (*it, vec![*it; 10])).collect(),
        })
    }
}

fn public(index: u8) -> BlobRef {
    BlobRef::of(&vec![index; PUBLIC_LEN])
}

fn device(person: u32) -> DeviceKey {
    DeviceKey(blake3(&[b"device", &person.to_be_bytes()]))
}

#[test]
fn any_quorum_holds_every_piece_and_one_less_lacks_one() {
    for (n, t, pieces) in [(3, 2, 3), (5, 3, 10), (7, 4, 35)] {
        let holders = holders(&quorum(n, t));
        assert_eq!(holders.len(), pieces);
        for set in 0_u32..(1 << n) {
            let covered = |it: &&Vec<u8>| it.iter().any(|seat| set >> seat & 1 == 1);
            let covered = holders.iter().filter(covered).count();
            assert_eq!(
                covered == pieces,
                set.count_ones() >= u32::from(t),
                "{set:b}"
            );
        }
    }
}

#[test]
fn without_an_opening_by_a_member_in_a_record_there_is_no_vote() {
    let world = World::opened();
    for change in [
        |it: &mut Stated| it.included = None,
        |it: &mut Stated| it.author = 31,
        |it: &mut Stated| it.device = device(1),
    ] {
        let mut facts = world.facts.clone();
        change(&mut facts[0]);
        assert_eq!(world.folded(facts), Err(FoldError::NoOpening));
    }
}

#[test]
fn the_key_is_fixed_when_all_seats_recomputed_their_pieces() {
    let mut world = World::opened();
    world.prepares(0, 2);
    world.hours = 2;
    assert_eq!(world.fold().key, None);
    world.hours = 3;
    let vote = world.fold();
    assert_eq!(vote.key.map(|it| it.0), Some(Height(KEY)));
    assert_eq!((vote.phase, vote.pieces.len()), (Phase::Voting, 3));
    // An acknowledgement of other pieces is none.
    world.facts.pop();
    world.acknowledges(2, 1, 0, 3);
    assert_eq!(world.fold().key, None);
}

#[test]
fn who_is_silent_or_made_no_piece_loses_the_seat_to_a_substitute() {
    for (fault, gone) in [(Fault::Silent, 2_u32), (Fault::NoPiece, 0)] {
        let mut world = World::opened();
        world.substitutes = vec![8];
        world.open();
        world.prepares(0, 2);
        world
            .facts
            .retain(|it| it.author != gone || matches!(it.fact, VoteFact::Opening(_)));
        world.hours = 6;
        let vote = world.fold();
        assert_eq!((vote.round, vote.replaced), (1, vec![(gone, fault)]));
        assert_eq!((vote.key, vote.pieces.len()), (None, 0));
        let mut seats: Vec<u32> = vec![0, 1, 2];
        seats[usize::try_from(gone).unwrap()] = 8;
        assert_eq!(vote.seats, seats);
        world.prepares_with(&seats, 1, 7);
        world.hours = 8;
        assert_eq!(world.fold().key.map(|it| it.0), Some(Height(8)));
        // Nobody is left to take a place.
        world.substitutes.clear();
        world.open();
        world.hours = 6;
        assert_eq!(world.fold().phase, Phase::Failed);
    }
}

#[test]
fn a_complaint_costs_both_their_seats() {
    let mut world = World::opened();
    world.substitutes = vec![8, 9];
    world.open();
    for (index, held) in (0..).zip(holders(&world.quorum)) {
        world.piece(held[0].into(), 2, 0, 0, index);
    }
    // Piece 0 is held by 1 and 2, made by 1.
    let complaint = Complaint {
        round: 0,
        key: 0,
        index: 0,
    };
    world.says(2, 3, VoteFact::Complaint(complaint));
    // Who does not hold it has nothing to complain about.
    world.says(0, 3, VoteFact::Complaint(complaint));
    world.acknowledges(0, 0, 0, 3);
    world.hours = 6;
    let vote = world.fold();
    let faults = vec![(1, Fault::Complaint), (2, Fault::Complaint)];
    assert_eq!((vote.replaced, vote.seats), (faults, vec![0, 8, 9]));
}

#[test]
fn a_maker_who_seals_nothing_for_a_holder_does_not_cost_the_holder_alone_a_seat() {
    let mut world = World::opened();
    world.substitutes = vec![8, 9];
    world.open();
    world.prepares(0, 2);
    // Piece 0 is held by 1 and 2: 2 cannot recompute it, and keeps silent.
    for stated in &mut world.facts {
        if let VoteFact::Piece(piece) = &mut stated.fact
            && piece.index == 0
        {
            piece.seats.clear();
        }
    }
    world.facts.retain(|it| it.author != 2);
    let vote = world.fold_with(6);
    let faults = vec![(1, Fault::Complaint), (2, Fault::Complaint)];
    assert_eq!((vote.replaced, vote.seats), (faults, vec![0, 8, 9]));
}

#[test]
fn of_two_pieces_at_one_place_the_first_stands_and_only_its_maker_makes_it() {
    let mut world = World::opened();
    world.piece(2, 2, 0, 0, 0);
    assert!(world.fold_with(2).pieces.is_empty());
    world.piece(1, 2, 0, 0, 0);
    let first = world.facts.last().unwrap().id;
    world.piece(1, 3, 0, 0, 0);
    assert_eq!(world.fold_with(3).pieces[&(0, 0)].entry, first);
}

impl World {
    fn fold_with(&mut self, hours: u32) -> Vote {
        self.hours = hours;
        self.fold()
    }
}

#[test]
fn a_ballot_counts_between_key_and_end_for_electors_of_the_right_size() {
    let mut world = World::prepared();
    let early = world.ballot(4, KEY);
    let first = world.ballot(5, KEY + 1);
    let last = world.ballot(6, END);
    let late = world.ballot(7, END + 1);
    let stranger = world.ballot(31, 5);
    let cast = |ward, len| {
        let hash = BlobHash([1; 32]);
        VoteFact::Ballot(Cast {
            ward,
            blob: BlobRef { hash, len },
        })
    };
    let size = world.says(8, 5, cast(0, BALLOT_LEN + 1));
    let ward = world.says(9, 5, cast(1, BALLOT_LEN));
    let all = [early, first, last, late, stranger, size, ward];
    for trustee in [0, 2] {
        world.receipts(trustee, 14, &all);
    }
    world.hours = CLOSE;
    let fates = all.map(|it| world.fate(it));
    let refused = Fate::Refused;
    let expected = [
        refused(Reason::BeforeKey),
        Fate::Counts,
        Fate::Counts,
        refused(Reason::AfterEnd),
        refused(Reason::NotElector),
        refused(Reason::WrongSize),
        refused(Reason::WrongWard),
    ];
    assert_eq!(fates, expected);
}

#[test]
fn receipts_count_between_end_and_close_and_not_after() {
    let mut world = World::prepared();
    let ballot = world.ballot(4, 5);
    world.receipts(0, 6, &[ballot]);
    world.hours = END;
    assert_eq!(world.fate(ballot), Fate::Waiting);
    // Twice by one trustee, and by nobody's trustee, is no second receipt.
    world.receipts(0, 14, &[ballot]);
    world.receipts(20, 14, &[ballot]);
    world.hours = 14;
    assert_eq!(world.fate(ballot), Fate::Waiting);
    let mut late = World {
        facts: world.facts.clone(),
        ..World::prepared()
    };
    world.receipts(1, CLOSE, &[ballot]);
    world.hours = CLOSE;
    assert_eq!(world.fate(ballot), Fate::Counts);
    late.next = 100;
    late.receipts(1, CLOSE + 1, &[ballot]);
    late.hours = CLOSE + 1;
    assert_eq!(late.fate(ballot), Fate::Refused(Reason::NotReceipted));
}

#[test]
fn the_last_receipted_ballot_of_a_voter_counts() {
    let mut world = World::prepared();
    let ballots = [world.ballot(4, 5), world.ballot(4, 6), world.ballot(4, 7)];
    for trustee in [0, 1] {
        world.receipts(trustee, 8, &ballots[..2]);
    }
    world.hours = CLOSE;
    let expected = [
        Fate::Refused(Reason::Replaced),
        Fate::Counts,
        Fate::Refused(Reason::NotReceipted),
    ];
    assert_eq!(ballots.map(|it| world.fate(it)), expected);
}

#[test]
fn a_false_proof_drops_the_ballot_before_the_close_and_contests_the_vote_after() {
    let mut world = World::prepared();
    let (ballot, honest) = (world.ballot(4, 5), world.ballot(5, 5));
    for trustee in [0, 1] {
        world.receipts(trustee, 6, &[ballot, honest]);
    }
    world.hours = CLOSE;
    // A word against an honest ballot changes nothing.
    world.says(9, 7, VoteFact::Falsity(honest));
    world.false_ballots.insert(ballot);
    let before = world.facts.clone();
    world.says(9, 7, VoteFact::Falsity(ballot));
    assert_eq!(world.fate(ballot), Fate::Refused(Reason::False));
    assert_eq!(world.fate(honest), Fate::Counts);
    world.facts = before;
    world.says(9, CLOSE + 1, VoteFact::Falsity(ballot));
    world.hours = CLOSE + 1;
    assert_eq!(world.fold().contested, [(ballot, vec![0, 1])]);
}

#[test]
fn a_quorum_of_equal_locks_in_records_fixes_the_sum() {
    let mut world = World::closed();
    let (right, wrong) = (world.lock(1), world.lock(2));
    world.says(0, 16, VoteFact::Lock(wrong.clone()));
    // A second word of the same seat is not heard.
    world.says(0, 16, VoteFact::Lock(right.clone()));
    world.says(1, 16, VoteFact::Lock(right.clone()));
    world.hours = 16;
    assert_eq!(world.fold().units[0].lock, None);
    world.says(2, 1_000, VoteFact::Lock(right.clone()));
    assert_eq!(world.fold().phase, Phase::Locking);
    world.facts.last_mut().unwrap().included = Some((Height(17), Seconds(17 * HOUR)));
    world.hours = 17;
    let vote = world.fold();
    let unit = &vote.units[0];
    assert_eq!(unit.locked.map(|it| it.0), Some(Height(17)));
    assert_eq!(unit.lock.as_ref(), Some(&right));
    assert_eq!(unit.other_locks, [(0, wrong)]);
    assert_eq!(vote.phase, Phase::Opening);
}

#[test]
fn locks_of_other_ballots_fix_nothing() {
    let mut world = World::closed();
    for lock in [
        Lock {
            set: [7; 32],
            ..world.lock(1)
        },
        Lock {
            ballots: 29,
            ..world.lock(1)
        },
    ] {
        let mut world = World {
            facts: world.facts.clone(),
            ..World::closed()
        };
        world.next = 200;
        for trustee in [0, 1, 2] {
            world.says(trustee, 16, VoteFact::Lock(lock.clone()));
        }
        world.hours = 16;
        assert_eq!(world.fold().units[0].lock, None);
    }
    world.next += 1;
}

#[test]
fn shares_are_of_what_was_locked_and_of_pieces_that_one_holds() {
    let mut world = World::closed();
    let lock = world.lock(1);
    for trustee in [0, 1] {
        world.says(trustee, 16, VoteFact::Lock(lock.clone()));
    }
    world.hours = 16;
    let other = world.shares(&world.lock(2), &[1]);
    world.says(0, 17, other);
    // Seat 0 lacks piece 0, whose set it is.
    let all = world.shares(&lock, &[0, 1, 2]);
    world.says(0, 1_000, all.clone());
    world.says(20, 17, all);
    world.hours = 17;
    let vote = world.fold();
    let unit = &vote.units[0];
    assert_eq!(unit.shares.keys().copied().collect::<Vec<_>>(), [1, 2]);
    assert!(!unit.is_shared(3));
    let rest = world.shares(&lock, &[0]);
    world.says(1, 18, rest);
    assert!(world.fold_with(18).units[0].is_shared(3));
}

#[test]
fn a_ballot_in_the_set_is_proven_by_its_hashes() {
    let vote = World::closed().fold();
    let unit = &vote.units[0];
    assert_eq!(unit.ballots.len(), 30);
    for id in &unit.ballots {
        let (index, size, path) = unit.proof(id).unwrap();
        assert!(proves(
            &unit.set,
            size,
            index,
            &leaf_hash(id.as_bytes()),
            &path
        ));
    }
    assert_eq!(unit.proof(&EntryId([1; 32])), None);
}

#[test]
fn the_order_of_arrival_changes_nothing() {
    let mut world = World::closed();
    let lock = world.lock(1);
    for trustee in [0, 1, 2] {
        world.says(trustee, 16, VoteFact::Lock(lock.clone()));
    }
    let shares = world.shares(&lock, &[1, 2]);
    world.says(0, 17, shares);
    let twice = world.ballot(4, 7);
    world.receipts(2, 8, &[twice]);
    world.hours = 17;
    let vote = world.fold();
    for seed in 0..20_u32 {
        let mut facts = world.facts.clone();
        facts.sort_by_key(|it| blake3(&[&seed.to_be_bytes(), it.id.as_bytes()]));
        // Some of them twice.
        let again: Vec<_> = facts.iter().step_by(3).cloned().collect();
        facts.extend(again);
        assert_eq!(world.fold_in_order(facts), vote, "seed {seed}");
    }
}

#[test]
fn a_small_ward_is_counted_with_its_neighbour() {
    let mut world = World::opened();
    (world.electors, world.cap) = (200, 120);
    world.prepares(0, 2);
    let roll = world.roll();
    assert_eq!((roll.wards(), roll.keys()), (4, 2));
    let mut ballots = Vec::new();
    for person in 0..200 {
        // Few of the first ward, all of the others.
        if roll.ward_of(person) != Some(0) || person % 9 == 0 {
            ballots.push(world.ballot(person, 5));
        }
    }
    for trustee in [0, 1] {
        world.receipts(trustee, 6, &ballots);
    }
    world.hours = CLOSE;
    let units = world.fold().units;
    let shape: Vec<_> = units.iter().map(|it| (it.ward, it.wards, it.key)).collect();
    assert_eq!(shape, [(0, 2, 0), (2, 1, 1), (3, 1, 1)]);
    assert_eq!(
        units.iter().map(|it| it.ballots.len()).sum::<usize>(),
        ballots.len()
    );
}

#[test]
fn duties_follow_the_vote_and_end_when_they_are_done() {
    let duties = |world: &World, person: u32| {
        let own: Vec<_> = world
            .facts
            .iter()
            .filter(|it| it.author == person)
            .cloned()
            .collect();
        world.fold().duties(person, &own, 1)
    };
    let mut world = World::opened();
    // Seat 0 makes the two pieces that it holds, seat 2 none.
    assert_eq!(duties(&world, 0), [Duty::MakePieces(vec![(0, 1), (0, 2)])]);
    assert_eq!((duties(&world, 2), duties(&world, 9)), (vec![], vec![]));
    world.prepares(0, 2);
    world
        .facts
        .retain(|it| !matches!(it.fact, VoteFact::Acknowledgement(_)));
    world.hours = 2;
    assert_eq!(duties(&world, 2), [Duty::Acknowledge]);

    let mut world = World::prepared();
    assert_eq!(duties(&world, 0), []);
    let ballots = [world.ballot(4, 1_000), world.ballot(31, 5)];
    assert_eq!(duties(&world, 0), [Duty::Receipt(vec![ballots[0]])]);
    world.receipts(0, 1_000, &ballots[..1]);
    assert_eq!(duties(&world, 0), []);

    let mut world = World::closed();
    assert_eq!(duties(&world, 0), [Duty::Lock(vec![0])]);
    let lock = world.lock(1);
    for trustee in [0, 1] {
        world.says(trustee, 16, VoteFact::Lock(lock.clone()));
    }
    world.hours = 16;
    assert_eq!(duties(&world, 0), [Duty::Share(vec![0])]);
    // Who did not lock can share all the same.
    assert_eq!(duties(&world, 2), [Duty::Share(vec![0])]);
    let shares = [world.shares(&lock, &[1, 2]), world.shares(&lock, &[0, 2])];
    for (trustee, shares) in (0..).zip(shares) {
        world.says(trustee, 1_000, shares);
    }
    assert_eq!(duties(&world, 0), [Duty::Erase]);
    world.says(0, 1_000, VoteFact::Erased);
    assert_eq!(duties(&world, 0), []);
}

#[test]
fn every_elector_has_one_ward_and_no_ward_is_too_large() {
    for (electors, cap) in [
        (10, 4_095),
        (4_095, 4_095),
        (4_096, 4_095),
        (100_000, 2_047),
    ] {
        let commune = |it: u32| (it < 700).then_some([1; 16]);
        let list: Vec<_> = (0..electors).map(|it| (it, commune(it))).collect();
        let roll = Roll::draw(list.clone(), &[3; 32], cap);
        assert_eq!(roll.electors(), usize::try_from(electors).unwrap());
        assert_eq!(Roll::decode(&roll.encode()), Ok(roll.clone()));
        let limit = if roll.wards() == 1 { cap } else { cap / 2 };
        assert!(roll.wards() == 1 || roll.wards().is_multiple_of(2));
        for ward in 0..roll.wards() {
            assert!(roll.electors_in(ward) <= usize::try_from(limit).unwrap());
        }
        // A commune that fits is in one ward, or at worst in two neighbours.
        let of: BTreeSet<_> = (0..electors.min(700)).map(|it| roll.ward_of(it)).collect();
        assert!(of.len() <= 2, "{of:?}");
        let mut again = list;
        again.reverse();
        assert_eq!(Roll::draw(again, &[3; 32], cap), roll);
    }
    let bytes = Roll::draw(vec![(1, None), (2, None)], &[0; 32], 9).encode();
    for len in 0..bytes.len() {
        assert!(Roll::decode(&bytes[..len]).is_err());
    }
}
