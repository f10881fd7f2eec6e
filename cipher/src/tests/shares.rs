//! Shares, true and false.

use super::{Election, reference};
use crate::{Context, Layout, Share, ShareError, Sum, Use, cheat};

fn sum(election: &Election, slots: usize, voter: u8) -> Sum {
    let mut sum = Sum::new(&Layout::new(slots, vec![]).unwrap());
    sum.add(&cheat::unproven(
        &election.key,
        &vec![1; slots],
        &[voter; 32],
    ))
    .unwrap();
    sum
}

#[test]
fn a_share_is_of_one_piece_one_sum_and_one_lock() {
    let (election, reference) = (Election::new(3, 2), reference(Use::Shares));
    let (context, seed) = (&election.context, &election.seeds[0]);
    let sum_20 = sum(&election, 20, 1);
    let share = seed.share(reference, context, &sum_20, &[9; 32]).unwrap();
    assert_eq!(share.values, seed.share_values(context, &sum_20, &[9; 32]));
    // Another holder of the piece publishes the same bytes, proofs and all.
    let other_holder = seed
        .clone()
        .share(reference, context, &sum_20, &[9; 32])
        .unwrap();
    assert_eq!(other_holder.encode(), share.encode());
    assert_eq!(
        share.encode().len(),
        Layout::new(20, vec![]).unwrap().share_len()
    );

    let check = |share: &Share, piece: usize, sum: &Sum, lock: u8| {
        share.verify(
            reference,
            context,
            &election.publics[piece],
            sum,
            &[lock; 32],
        )
    };
    assert_eq!(check(&share, 0, &sum_20, 9), Ok(()));
    assert_eq!(check(&share, 1, &sum_20, 9), Err(ShareError::Slots(0)));
    assert_eq!(check(&share, 0, &sum_20, 8), Err(ShareError::Slots(0)));
    assert_eq!(
        check(&share, 0, &sum(&election, 20, 2), 9),
        Err(ShareError::Slots(0))
    );
    assert_eq!(
        check(&cheat::shifted(&share), 0, &sum_20, 9),
        Err(ShareError::Slots(0))
    );
    let mut late = share.clone();
    late.values[19] = late.values[19].wrapping_add(1 << 52);
    assert_eq!(check(&late, 0, &sum_20, 9), Err(ShareError::Slots(16)));
    let size = ShareError::Length {
        len: share.encode().len(),
        expected: Layout::new(16, vec![]).unwrap().share_len(),
    };
    assert_eq!(check(&share, 0, &sum(&election, 16, 1), 9), Err(size));

    let other = Context { key: 4, ..*context };
    let public = &election.publics[0];
    assert_eq!(
        share.verify(reference, &other, public, &sum_20, &[9; 32]),
        Err(ShareError::Slots(0))
    );
    let of_ballots = &reference.relabelled(Use::Ballots16);
    let wrong = ShareError::Reference(Use::Ballots16);
    assert_eq!(
        share.verify(of_ballots, context, public, &sum_20, &[9; 32]),
        Err(wrong)
    );
    assert_eq!(
        seed.share(of_ballots, context, &sum_20, &[9; 32]),
        Err(wrong)
    );
}

#[test]
fn no_two_openings_hide_in_the_same_number() {
    let election = Election::new(3, 2);
    let (context, seed) = (&election.context, &election.seeds[0]);
    let sum = sum(&election, 4, 1);
    // A sum of one vote more has the same mask; under the same lock its shares differ all the same.
    let mut more = sum.clone();
    more.slots[0] = more.slots[0].wrapping_add(1 << 52);
    let values = seed.share_values(context, &sum, &[9; 32]);
    assert_ne!(seed.share_values(context, &more, &[9; 32]), values);
    assert_ne!(seed.share_values(context, &sum, &[8; 32]), values);
}
