//! What strangers send: no bytes make a panic, and no changed bytes pass for the true ones.

use super::{Election, reference, seeded};
use crate::{Ballot, BallotError, Layout, PUBLIC_LEN, Public, PublicError, Share, Sum, Use, cheat};

/// Changes a bit, in the proof more often than elsewhere, where it takes a whole check to see.
fn flipped(bytes: &[u8], proof_at: usize, chance: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let at = match chance(4) {
        0 => chance(proof_at),
        _ => proof_at.wrapping_add(chance(bytes.len().wrapping_sub(proof_at))),
    };
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1 << chance(8);
    bytes
}

#[test]
fn a_ballot_with_any_change_is_refused() {
    let (election, layout) = (Election::new(3, 2), Layout::new(2, vec![]).unwrap());
    let reference = reference(Use::Ballots16);
    let chosen = [true, false];
    let ballot =
        Ballot::cast(reference, &election.key, &layout, &chosen, b"ada", &[1; 32]).unwrap();
    let bytes = ballot.encode();
    for len in 0..bytes.len() {
        assert!(Ballot::decode(&layout, &bytes[..len]).is_err());
    }
    assert!(Ballot::decode(&layout, &[&bytes[..], &[0]].concat()).is_err());
    let check = |bytes: &[u8]| {
        let read = Ballot::decode(&layout, bytes)?;
        assert_eq!(read.encode(), bytes);
        read.verify(reference, &election.key, &layout, b"ada")
    };
    assert_eq!(check(&bytes), Ok(()));
    let mut chance = seeded(1);
    for _ in 0..200 {
        let bytes = flipped(&bytes, 16_400, &mut chance);
        assert!(check(&bytes).is_err());
    }
    // Points that are neutral, zero or no points at all.
    for fill in [0, 1, 0x80, 0xff] {
        let mut bytes = bytes.clone();
        bytes[16_400..].fill(fill);
        assert!(check(&bytes).is_err(), "{fill}");
    }
    let mut neutral = bytes.clone();
    neutral[16_400..].fill(0);
    for end in [
        112, 168, 224, 280, 392, 448, 504, 560, 672, 728, 784, 896, 1_008,
    ] {
        neutral[16_400 + end - 1] = 0x80;
    }
    assert!(Ballot::decode(&layout, &neutral).is_ok());
    assert_eq!(check(&neutral), Err(BallotError::Slots));
}

#[test]
fn a_share_with_any_change_is_refused() {
    let (election, layout) = (Election::new(3, 2), Layout::new(2, vec![]).unwrap());
    let (reference, context) = (reference(Use::Shares), &election.context);
    let mut sum = Sum::new(&layout);
    sum.add(&cheat::unproven(&election.key, &[1, 0], &[1; 32]))
        .unwrap();
    let share = election.seeds[0]
        .share(reference, context, &sum, &[9; 32])
        .unwrap();
    let bytes = share.encode();
    for len in 0..bytes.len() {
        assert!(Share::decode(&layout, &bytes[..len]).is_err());
    }
    let mut chance = seeded(2);
    for _ in 0..200 {
        let bytes = flipped(&bytes, 16, &mut chance);
        let checked = Share::decode(&layout, &bytes).and_then(|read| {
            assert_eq!(read.encode(), bytes);
            read.verify(reference, context, &election.publics[0], &sum, &[9; 32])
        });
        assert!(checked.is_err());
    }
}

#[test]
fn a_public_value_with_any_change_is_another() {
    let public = Election::new(3, 2).publics[0].clone();
    let bytes = public.encode();
    assert_eq!(bytes.len(), PUBLIC_LEN);
    assert_eq!(Public::decode(&bytes), Ok(public.clone()));
    for len in 0..PUBLIC_LEN {
        assert_eq!(Public::decode(&bytes[..len]), Err(PublicError::Length(len)));
    }
    let mut chance = seeded(3);
    for _ in 0..200 {
        let mut changed = bytes.clone();
        changed[chance(PUBLIC_LEN)] ^= 1 << chance(8);
        assert_ne!(Public::decode(&changed).unwrap(), public);
        assert_eq!(Public::decode(&changed).unwrap().encode(), changed);
    }
}
