//! Ballots, true and false.

use super::{Election, layout, reference, slots};
use crate::{
    Ballot, BallotError, CastError, ElectionKey, Layout, PROOF_LEN, Reference, Share, Sum, Use,
    cheat, open,
};

#[test]
fn ballots_are_cast_verified_added_shared_and_opened() {
    let (election, layout) = (Election::new(3, 2), layout());
    let (ballots, shares) = (reference(Use::Ballots16), reference(Use::Shares));
    let chosen = slots(16, &[0, 5, 15]);
    let ballot = Ballot::cast(ballots, &election.key, &layout, &chosen, b"voter", &[1; 32]);
    let ballot = ballot.unwrap();
    let bytes = ballot.encode();
    assert_eq!(bytes.len(), layout.ballot_len());
    let read = Ballot::decode(&layout, &bytes).unwrap();
    assert_eq!(read, ballot);
    let verified = read.verify(ballots, &election.key, &layout, b"voter");
    assert_eq!(verified, Ok(()));

    let mut sum = Sum::new(&layout);
    sum.add(&read).unwrap();
    let values: Vec<u64> = slots(16, &[0, 4]).into_iter().map(u64::from).collect();
    sum.add(&cheat::unproven(&election.key, &values, &[2; 32]))
        .unwrap();
    assert_eq!(Sum::decode(&layout, &sum.encode()), Ok(sum.clone()));
    assert!(Sum::decode(&layout, &bytes).is_err());

    let (context, lock) = (&election.context, [9; 32]);
    let [first, second, third] = [0, 1, 2].map(|piece| &election.seeds[piece]);
    let proven = first.share(shares, context, &sum, &lock).unwrap();
    let proven = Share::decode(&layout, &proven.encode()).unwrap();
    let verified = proven.verify(shares, context, &election.publics[0], &sum, &lock);
    assert_eq!(verified, Ok(()));
    let [second, third] = [second, third].map(|seed| Share {
        values: seed.share_values(context, &sum, &lock),
        proofs: vec![],
    });
    let tally = open(&layout, &sum, &[&proven, &second, &third]).unwrap();
    assert_eq!(
        tally.counts,
        [2, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    );
}

#[test]
fn one_chance_makes_one_ballot_and_no_copy_passes_for_another() {
    let (election, layout) = (Election::new(3, 2), Layout::new(2, vec![]).unwrap());
    let reference = reference(Use::Ballots16);
    let cast = |chosen: &[bool], chance| {
        Ballot::cast(
            reference,
            &election.key,
            &layout,
            chosen,
            b"ada",
            &[chance; 32],
        )
        .unwrap()
    };
    let ballot = cast(&[true, false], 1);
    assert_eq!(cast(&[true, false], 1).encode(), ballot.encode());
    // The same chance for another choice draws anew: two ballots of one mask tell their difference.
    assert_ne!(cast(&[false, false], 1).mask, ballot.mask);

    let check = |ballot: &Ballot, layout: &Layout, binding: &[u8]| {
        ballot.verify(reference, &election.key, layout, binding)
    };
    assert_eq!(check(&ballot, &layout, b"ada"), Ok(()));
    assert_eq!(check(&ballot, &layout, b"bob"), Err(BallotError::Slots));
    assert_eq!(
        check(&cheat::stuffed(&ballot), &layout, b"ada"),
        Err(BallotError::Slots)
    );
    let mut flipped = ballot.clone();
    flipped.mask[3] ^= 1;
    assert_eq!(check(&flipped, &layout, b"ada"), Err(BallotError::Slots));

    let other = Layout::new(2, std::iter::once(0..2).collect()).unwrap();
    let size = BallotError::Length {
        len: layout.ballot_len(),
        expected: other.ballot_len(),
    };
    assert_eq!(check(&ballot, &other, b"ada"), Err(size));
    let mut doubled = ballot.clone();
    doubled.proofs.push(ballot.proofs[0].clone());
    assert_eq!(check(&doubled, &other, b"ada"), Err(BallotError::Slots));

    let election_of_others = Election::new(5, 3);
    assert_eq!(
        ballot.verify(reference, &election_of_others.key, &layout, b"ada"),
        Err(BallotError::Slots)
    );
    let reference_of_others = Reference::for_tests(Use::Ballots16, 8).unwrap();
    assert_ne!(reference_of_others.id(), reference.id());
    assert_eq!(
        ballot.verify(&reference_of_others, &election.key, &layout, b"ada"),
        Err(BallotError::Slots)
    );
    let of_shares = &reference.relabelled(Use::Shares);
    assert_eq!(
        ballot.verify(of_shares, &election.key, &layout, b"ada"),
        Err(BallotError::Reference(Use::Shares))
    );
    nothing_is_cast_that_would_be_refused(&election, reference);
}

fn nothing_is_cast_that_would_be_refused(election: &Election, reference: &Reference) {
    let layout = layout();
    let cast = |reference: &Reference, slots: &[bool]| {
        Ballot::cast(reference, &election.key, &layout, slots, b"ada", &[1; 32]).map(|_| ())
    };
    let slots_15 = Err(CastError::Slots {
        slots: 15,
        expected: 16,
    });
    assert_eq!(cast(reference, &slots(15, &[])), slots_15);
    let two = Err(CastError::Group { group: 1, set: 2 });
    assert_eq!(cast(reference, &slots(16, &[4, 7])), two);
    let of_shares = reference.relabelled(Use::Shares);
    let shares = Err(CastError::Reference(Use::Shares));
    assert_eq!(cast(&of_shares, &slots(16, &[4])), shares);
}

#[test]
fn slots_that_are_not_0_or_1_are_refused_and_two_of_a_group() {
    let (election, layout) = (Election::new(3, 2), Layout::new(3, vec![]).unwrap());
    let reference = reference(Use::Ballots16);
    for value in [2, 255, u64::MAX] {
        let values = [0, value, 1];
        let ballot =
            cheat::ballot(reference, &election.key, &layout, &values, b"eve", &[1; 32]).unwrap();
        let read = Ballot::decode(&layout, &ballot.encode()).unwrap();
        assert_eq!(
            read.verify(reference, &election.key, &layout, b"eve"),
            Err(BallotError::Slots),
            "{value}"
        );
    }

    let layout = Layout::new(6, vec![0..3, 3..6]).unwrap();
    let cheat = |values: &[u64]| {
        cheat::ballot(reference, &election.key, &layout, values, b"eve", &[1; 32]).unwrap()
    };
    let verify = |ballot: &Ballot| ballot.verify(reference, &election.key, &layout, b"eve");
    let mut twice = cheat(&[0, 1, 0, 1, 0, 1]);
    assert_eq!(verify(&twice), Err(BallotError::Group(1)));
    // The proofs of a ballot say which of its claims they prove.
    twice.proofs[2] = twice.proofs[1].clone();
    assert_eq!(verify(&twice), Err(BallotError::Group(1)));
}

#[test]
fn a_ballot_of_256_slots_has_its_own_reference() {
    let (election, layout) = (
        Election::new(3, 2),
        Layout::new(256, std::iter::once(10..256).collect()).unwrap(),
    );
    let reference = reference(Use::Ballots256);
    let chosen = slots(256, &[3, 200]);
    let cast = |chance| {
        Ballot::cast(
            reference,
            &election.key,
            &layout,
            &chosen,
            b"ada",
            &[chance; 32],
        )
        .unwrap()
    };
    let ballot = cast(1);
    assert_eq!(ballot.encode().len(), 16_384 + 2_048 + 2 * PROOF_LEN);
    assert_eq!(
        ballot.verify(reference, &election.key, &layout, b"ada"),
        Ok(())
    );
    let mut sum = Sum::new(&layout);
    sum.add(&ballot).unwrap();
    assert!(Sum::new(&super::layout()).add(&ballot).is_err());
    let key = ElectionKey::new(&election.context, election.publics.iter().rev());
    assert_eq!(key, election.key);
}
