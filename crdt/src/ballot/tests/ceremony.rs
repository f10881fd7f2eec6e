//! Who makes the key, and who loses a seat.

use super::{world::*, *};

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
