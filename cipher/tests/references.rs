//! The ceremony of reference strings, and each way to cheat in it.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests may do does not reach helpers"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use commune_cipher::{
    Use,
    reference::{
        Fault, MAX_FILE_LEN, Part, Place, ReferenceError, TEST_LABEL, Transcript, for_tests, id_of,
        of_tests,
    },
};

/// Bytes before the first contribution: magic, version, use, label, count.
const HEAD: usize = 8 + 2 + 1 + TEST_LABEL.len() + 2;
/// Bytes of a contribution by a name of three letters.
const CONTRIBUTION: usize = 1 + 3 + 56 + 32 + 40;
/// Where the first group starts in a file of two such contributions.
const POINTS: usize = HEAD + 2 * CONTRIBUTION;

const IDS: [(Use, &str); 3] = [
    (
        Use::Ballots16,
        "4c7a787a3780fd6e25477688a85e388dfec7222bdb8431b68c979e9050a3d1cf",
    ),
    (
        Use::Ballots256,
        "6f13e997a18dc9bf9ac805af01f51fddd8c523deb74be1786b9a1d8cb42cc5ac",
    ),
    (
        Use::Shares,
        "00a5a7dc4c5c61b42ac2d623a60a2c525a5303936e0de2c04dda862e39a4efc7",
    ),
];

fn bytes() -> Vec<u8> {
    for_tests(Use::Ballots16).to_vec()
}

/// n of a file: what is left after the contributions is 56 × (2n − 1) + 112 × n.
fn powers(bytes: &[u8]) -> usize {
    (bytes.len() - POINTS + 56) / 224
}

/// Bytes of point `at`, from zero, of the first group.
fn first(at: usize) -> std::ops::Range<usize> {
    POINTS + at * 56..POINTS + (at + 1) * 56
}

/// Bytes of point `at`, from zero, of the second group.
fn second(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let start = POINTS + (2 * powers(bytes) - 1) * 56;
    start + at * 112..start + (at + 1) * 112
}

fn swap(bytes: &mut [u8], one: std::ops::Range<usize>, other: std::ops::Range<usize>) {
    let kept = bytes[one.clone()].to_vec();
    bytes.copy_within(other.clone(), one.start);
    bytes[other].copy_from_slice(&kept);
}

fn refused(bytes: &[u8]) -> ReferenceError {
    match Transcript::decode(bytes).and_then(|file| file.verify(&|_| {})) {
        Ok(_) => panic!("a false file passed"),
        Err(error) => error,
    }
}

/// A point of the curve of the first group that is not in the group of prime order.
fn stray() -> [u8; 56] {
    // The coordinate 0 is that of a point of order three.
    [0; 56]
}

/// A coordinate that no point of the first curve has.
fn nowhere() -> [u8; 56] {
    let mut bytes = bytes();
    for x in 1..=u8::MAX {
        let mut point = [0; 56];
        point[0] = x;
        bytes[HEAD + 4..HEAD + 60].copy_from_slice(&point);
        bytes.truncate(POINTS);
        let place = Place::Contribution(1);
        let fault = Fault::NotOnCurve;
        if Transcript::decode(&bytes).unwrap_err() == (ReferenceError::Point { place, fault }) {
            return point;
        }
    }
    panic!("each coordinate is on the curve");
}

#[test]
fn the_references_for_tests_are_whole_and_keep_their_ids() {
    for (use_, id) in IDS {
        let bytes = for_tests(use_);
        assert!(bytes.len() < MAX_FILE_LEN);
        assert_eq!(blake3::hash(bytes).to_string(), id);
        let file = Transcript::decode(bytes).unwrap();
        assert_eq!(file.encode(), bytes);
        assert!(file.is_for_tests() && file.use_() == use_);
        let names: Vec<&str> = file.contributions().iter().map(|it| it.name()).collect();
        assert_eq!(names, ["Ada", "Bob"]);
        let other = IDS.into_iter().find(|(other, _)| *other != use_).unwrap().0;
        let file = file.verify(&|_| {}).unwrap().for_use(use_).unwrap();
        let wrong = file.clone().for_use(other).unwrap_err();
        assert!(
            matches!(wrong, ReferenceError::WrongUse { found, wanted } if found == use_ && wanted == other)
        );
        let reference = file.into_reference().unwrap();
        assert_eq!((reference.use_(), reference.id()), (use_, id_of(bytes)));
        assert_eq!(of_tests(&reference.id()), Some(bytes));
    }
}

#[test]
fn another_may_contribute_and_everybody_can_check_it() {
    let old = Transcript::decode(&bytes()).unwrap();
    let (done, steps) = (AtomicU64::new(0), old.steps());
    let count = |more| {
        done.fetch_add(more, Ordering::Relaxed);
    };
    let old = old.verify(&count).unwrap();
    assert_eq!(done.swap(0, Ordering::Relaxed), steps);
    let new = old.contribute(&[3; 64], "Cleo", &count).unwrap();
    assert_eq!(done.load(Ordering::Relaxed), steps);
    let id = new.transcript().id();
    assert_ne!(id, old.transcript().id());
    let bytes = new.transcript().encode();
    let read = Transcript::decode(&bytes).unwrap();
    assert_eq!(read.id(), id);
    let read = read.verify(&|_| {}).unwrap();
    assert_eq!(read.transcript().contributions()[2].name(), "Cleo");

    // A device that checked it takes it again by its hash.
    assert!(Transcript::trusted(&bytes, &id).is_ok());
    let other = Transcript::trusted(&bytes, &[0; 32]).unwrap_err();
    assert_eq!(other, ReferenceError::OtherId);
}

#[test]
fn what_nobody_contributed_to_is_no_reference() {
    let start = Transcript::start(Use::Shares, "Orchard").unwrap();
    assert!(!start.is_for_tests());
    let mut bytes = start.encode();
    let read = Transcript::decode(&bytes).unwrap();
    let verified = read.verify(&|_| {}).unwrap();
    let useless = verified.into_reference().unwrap_err();
    assert_eq!(useless, ReferenceError::NoContribution);
    let last = bytes.len() - 1;
    bytes[last] ^= 0x40;
    assert_eq!(refused(&bytes), ReferenceError::NotStart);
}

#[test]
fn a_contribution_without_knowledge_or_out_of_its_chain_is_refused() {
    let whole = bytes();
    let (one, two) = (HEAD, HEAD + CONTRIBUTION);
    // Another challenge, another response, another name: no proof.
    for at in [one + 1, one + 60, one + 92] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        assert_eq!(refused(&bytes), ReferenceError::Proof(1));
    }
    // A point that the contributor did not make from the one before.
    let mut bytes = whole.clone();
    bytes[two + 59] ^= 0x40;
    assert_eq!(refused(&bytes), ReferenceError::Proof(2));
    // Another label.
    let mut bytes = whole.clone();
    bytes[12] ^= 1;
    assert_eq!(refused(&bytes), ReferenceError::Proof(1));
    // The first contribution taken out, then the last.
    let mut bytes = whole.clone();
    bytes[HEAD - 1] = 1;
    bytes.drain(one..two);
    assert_eq!(refused(&bytes), ReferenceError::Proof(1));
    let mut bytes = whole.clone();
    bytes[HEAD - 1] = 1;
    bytes.drain(two..two + CONTRIBUTION);
    assert_eq!(refused(&bytes), ReferenceError::Unlinked);
    // A response that is not below the order of the group.
    let mut bytes = whole;
    bytes[one + CONTRIBUTION - 1] = 0xff;
    assert_eq!(refused(&bytes), ReferenceError::Response(1));
}

#[test]
fn a_point_that_is_zero_or_off_its_curve_or_group_is_refused() {
    let whole = bytes();
    let put = |at: usize, point: &[u8]| {
        let mut bytes = whole.clone();
        bytes[at..at + point.len()].copy_from_slice(point);
        refused(&bytes)
    };
    let mut zero = [0; 56];
    zero[55] = 0x80;
    let point = |place, fault| ReferenceError::Point { place, fault };
    let contribution = HEAD + CONTRIBUTION + 4;
    let place = Place::Contribution(2);
    assert_eq!(put(contribution, &zero), point(place, Fault::Zero));
    assert_eq!(
        put(contribution, &nowhere()),
        point(place, Fault::NotOnCurve)
    );
    assert_eq!(put(contribution, &stray()), point(place, Fault::NotInGroup));
    assert_eq!(
        put(contribution, &[0x3f; 56]),
        point(place, Fault::NotCanonical)
    );
    let (at, place) = (first(6).start, Place::First(7));
    assert_eq!(put(at, &zero), point(place, Fault::Zero));
    assert_eq!(put(at, &nowhere()), point(place, Fault::NotOnCurve));
    assert_eq!(put(at, &stray()), point(place, Fault::NotInGroup));
    // In the second group a coordinate by chance is on the curve or not, and never in the group.
    let at = second(&whole, 4);
    let mut faults = Vec::new();
    for x in 1..=8 {
        let mut bytes = whole[at.clone()].to_vec();
        bytes[0] = bytes[0].wrapping_add(x);
        let ReferenceError::Point { place, fault } = put(at.start, &bytes) else {
            panic!("a false point passed");
        };
        assert_eq!(place, Place::Second(5));
        faults.push(fault);
        if faults.contains(&Fault::NotInGroup) && faults.contains(&Fault::NotOnCurve) {
            return;
        }
    }
    panic!("{faults:?}");
}

#[test]
fn points_that_are_not_the_powers_of_one_number_are_refused() {
    let whole = bytes();
    let n = powers(&whole);
    let mut bytes = whole.clone();
    swap(&mut bytes, first(8), first(9));
    assert_eq!(refused(&bytes), ReferenceError::NotConsecutive(Part::First));

    let mut bytes = whole.clone();
    let (one, other) = (second(&bytes, 8), second(&bytes, 9));
    swap(&mut bytes, one, other);
    assert_eq!(
        refused(&bytes),
        ReferenceError::NotConsecutive(Part::Second)
    );

    let mut bytes = whole.clone();
    let (one, other) = (second(&bytes, 0), second(&bytes, 1));
    swap(&mut bytes, one, other);
    assert_eq!(
        refused(&bytes),
        ReferenceError::NotConsecutive(Part::Groups)
    );

    // Powers of tau beyond the hole, but not the right ones.
    let mut bytes = whole;
    bytes.copy_within(first(0).start..first(n - 2).end, first(n).start);
    assert_eq!(refused(&bytes), ReferenceError::NotConsecutive(Part::Hole));
}

#[test]
fn a_file_has_its_one_length() {
    let whole = bytes();
    for len in (0..POINTS + 60).chain([whole.len() - 1]) {
        let error = Transcript::decode(&whole[..len]).unwrap_err();
        let magic = len < 8;
        let expected = [ReferenceError::Truncated, ReferenceError::NotAReference];
        assert_eq!(error, expected[usize::from(magic)]);
    }
    let mut bytes = whole.clone();
    bytes.push(0);
    assert_eq!(refused(&bytes), ReferenceError::Trailing(1));
    // A file of one use is none of another.
    let mut bytes = whole.clone();
    bytes[9] = 2;
    assert_eq!(refused(&bytes), ReferenceError::Truncated);
    bytes[9] = 3;
    assert_eq!(refused(&bytes), ReferenceError::UnknownUse(3));
    bytes[8] = 2;
    assert_eq!(refused(&bytes), ReferenceError::Version(2));
    let mut bytes = whole;
    bytes[HEAD - 2] = 0xff;
    assert_eq!(refused(&bytes), ReferenceError::TooMany(0xff02));
}

#[test]
fn flipped_bits_are_refused_without_panic() {
    let whole = bytes();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    // The head and the contributions, cut off before the points so that it is quick.
    for _ in 0..1_000 {
        let mut bytes = whole[..POINTS].to_vec();
        bytes[draw(POINTS)] ^= 1 << draw(8);
        assert!(Transcript::decode(&bytes).is_err());
    }
    for _ in 0..4 {
        let mut bytes = whole.clone();
        bytes[draw(whole.len())] ^= 1 << draw(8);
        refused(&bytes);
    }
}

#[test]
fn a_text_is_short_and_in_one_line() {
    let text = |label: &str| Transcript::start(Use::Shares, label).err();
    for label in ["", "two\nlines", &"x".repeat(129)] {
        let (what, limit) = ("label", 128);
        assert_eq!(text(label), Some(ReferenceError::Text { what, limit }));
    }
    assert_eq!(text(&"x".repeat(128)), None);
}
