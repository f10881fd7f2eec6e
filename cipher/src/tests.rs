//! The scheme as a whole, on references whose secret is known. Proofs take seconds and a reference
//! some more, which each process makes for itself, so what one of them can show is in one test.

use std::sync::OnceLock;

use crate::{Context, ElectionKey, KeySeed, Layout, Public, Reference, Seed, Use, pieces_of};

mod ballots;
mod bytes;
mod noise;
mod quorums;
mod shares;

/// The reference of a use, made once for all tests.
fn reference(use_: Use) -> &'static Reference {
    static MADE: [OnceLock<Reference>; 3] = [const { OnceLock::new() }; 3];
    let at = match use_ {
        Use::Ballots16 => 0,
        Use::Ballots256 => 1,
        Use::Shares => 2,
    };
    MADE[at].get_or_init(|| Reference::for_tests(use_, 7).unwrap())
}

/// A key of one vote, with the secrets of its pieces.
struct Election {
    context: Context,
    seeds: Vec<KeySeed>,
    publics: Vec<Public>,
    key: ElectionKey,
}

impl Election {
    fn new(n: u8, t: u8) -> Self {
        let context = Context {
            vote: [42; 32],
            key: 3,
        };
        let pieces = 0..u8::try_from(pieces_of(n, t).len()).unwrap();
        let seeds: Vec<KeySeed> = pieces
            .map(|piece| Seed::new([piece; 32]).for_key(3))
            .collect();
        let publics: Vec<Public> = seeds.iter().map(|seed| seed.public(&context)).collect();
        let key = ElectionKey::new(&context, &publics);
        Self {
            context,
            seeds,
            publics,
            key,
        }
    }
}

/// Sixteen slots, of which one of the first four and one of the next four may be set.
fn layout() -> Layout {
    Layout::new(16, vec![0..4, 4..8]).unwrap()
}

/// Slots of which some are set.
fn slots(len: usize, set: &[usize]) -> Vec<bool> {
    (0..len).map(|slot| set.contains(&slot)).collect()
}

/// Numbers that look like chance and are the same in each run.
fn seeded(mut state: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let below = u64::try_from(below).unwrap();
        usize::try_from(state.checked_rem(below).unwrap()).unwrap()
    }
}
