#![expect(
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    reason = "tests count small things"
)]

use std::collections::BTreeSet;

use proptest::{prelude::*, test_runner::RngSeed};

use super::*;

fn salt() -> Salt {
    Salt::new([7; 32])
}

fn entry(number: u64) -> [u8; 32] {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    id
}

/// Bytes of the widest symbols, which most tests use.
const SYMBOL_LEN: usize = 9;

fn encoder(salt: &Salt, numbers: impl IntoIterator<Item = u64>) -> Encoder {
    encoder_of(salt, Width::MAX, numbers)
}

fn encoder_of(salt: &Salt, width: Width, numbers: impl IntoIterator<Item = u64>) -> Encoder {
    Encoder::new(
        salt,
        width,
        numbers.into_iter().map(|n| salt.short_id(&entry(n))),
    )
}

fn summary(salt: &Salt, numbers: impl IntoIterator<Item = u64>) -> Summary {
    let mut counters = Counters::default();
    for number in numbers {
        counters.insert(salt.hash(&entry(number)).1);
    }
    counters.summary()
}

/// Sends batches until the decoder has all, as two devices do that know by their counts
/// how much differs, were it all on one side.
fn reconcile(theirs: &mut Encoder, ours: Encoder) -> Result<(Difference, usize), SketchError> {
    let symbol_len = usize::from(theirs.width().symbol_len());
    let known = theirs.len().abs_diff(ours.len());
    let mut batch = (known * 34 / 25 + known.isqrt() * 3 / 2).max(32);
    let mut decoder = Decoder::new(ours);
    loop {
        let mut progress = Progress::NeedMore;
        let end = theirs.sent() + batch;
        while theirs.sent() < end && progress == Progress::NeedMore {
            let mut frame = Vec::new();
            let sent = theirs.next_symbols(end - theirs.sent(), &mut frame);
            assert_eq!(frame.len(), sent * symbol_len);
            progress = decoder.push_symbols(&frame)?;
        }
        if progress == Progress::Done {
            return Ok((decoder.difference(), theirs.sent()));
        }
        batch = next_batch(theirs.sent());
    }
}

fn short_ids(salt: &Salt, numbers: impl IntoIterator<Item = u64>) -> Vec<ShortId> {
    let mut ids: Vec<_> = numbers
        .into_iter()
        .map(|n| salt.short_id(&entry(n)))
        .collect();
    ids.sort_unstable();
    ids
}

#[test]
fn short_ids_and_symbols_are_these_on_every_machine() {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let ids: Vec<_> = (0..3)
        .map(|n| hex(&salt().short_id(&entry(n)).to_bytes()))
        .collect();
    assert_eq!(ids, ["c04ed6ab4dfb", "965e5692594b", "1e1b754496e7"]);

    let mut symbols = Vec::new();
    encoder(&salt(), 0..100).next_symbols(4, &mut symbols);
    assert_eq!(
        hex(&symbols),
        concat!(
            "abd4059bf9956c4724",
            "4d3947234903923efd",
            "4879c554bd3f77191f",
            "98ebed8a4e0622bf39"
        )
    );
    assert_eq!(
        hex(&summary(&salt(), 0..100).counters[..8]),
        "0c0d0e0c0c0b0b0f"
    );
}

#[test]
fn equal_sets_are_done_at_the_first_symbol() {
    let mut theirs = encoder(&salt(), 0..1_000);
    let mut symbol = Vec::new();
    theirs.next_symbols(1, &mut symbol);
    let mut decoder = Decoder::new(encoder(&salt(), (0..1_000).rev()));
    assert_eq!(decoder.push_symbols(&symbol), Ok(Progress::Done));
    assert_eq!(decoder.difference(), Difference::default());
}

#[test]
fn symbols_one_by_one_decode_as_well_as_in_batches() {
    let mut theirs = encoder(&salt(), 0..1_000);
    let mut decoder = Decoder::new(encoder(&salt(), 300..1_100));
    loop {
        let mut symbol = Vec::new();
        theirs.next_symbols(1, &mut symbol);
        if decoder.push_symbols(&symbol).unwrap() == Progress::Done {
            break;
        }
    }
    assert!(
        decoder.received() < 700,
        "{} symbols for 400 differences",
        decoder.received()
    );
    let found = Difference {
        ours: short_ids(&salt(), 1_000..1_100),
        theirs: short_ids(&salt(), 0..300),
    };
    assert_eq!(decoder.difference(), found);
    assert_eq!(
        decoder.push_symbols(&[0; SYMBOL_LEN]),
        Ok(Progress::Done),
        "too late to matter"
    );
}

#[test]
fn an_id_given_twice_counts_once() {
    let (difference, _) = reconcile(
        &mut encoder(&salt(), [1, 2, 2, 3]),
        encoder(&salt(), [1, 3]),
    )
    .unwrap();
    assert_eq!(difference.theirs, short_ids(&salt(), [2]));
}

#[test]
fn batches_of_any_size_give_the_same_symbols() {
    let mut whole = Vec::new();
    encoder(&salt(), 0..500).next_symbols(4_000, &mut whole);
    let (mut parts, mut source) = (Vec::new(), encoder(&salt(), 0..500));
    for size in (1..).take_while(|n| n * (n + 1) / 2 <= 4_000) {
        assert_eq!(source.next_symbols(size, &mut parts), size);
    }
    assert_eq!(parts, whole[..parts.len()]);
}

#[test]
fn a_session_gives_no_more_than_its_symbols() {
    let mut source = encoder(&salt(), 0..10);
    let mut out = Vec::new();
    assert_eq!(
        source.next_symbols(usize::MAX, &mut out),
        MAX_SYMBOLS_A_FRAME
    );
    while source.next_symbols(MAX_SYMBOLS_A_FRAME, &mut out) > 0 {}
    assert_eq!(out.len(), MAX_SYMBOLS_A_SESSION * SYMBOL_LEN);
    assert_eq!(next_batch(MAX_SYMBOLS_A_SESSION), 0);
}

#[test]
fn another_salt_gives_other_symbols_and_no_decoding() {
    let other = Salt::new([8; 32]);
    let result = reconcile(&mut encoder(&other, 0..60_000), encoder(&salt(), 0..60_000));
    assert_eq!(result, Err(SketchError::Exhausted));
}

#[test]
fn the_cost_of_a_difference_is_at_most_20_bytes() {
    for (differences, most) in [(100, 19.0), (1_000, 17.5), (10_000, 16.5)] {
        let rounds = if differences < 10_000 { 10 } else { 2 };
        let mut total = 0;
        for round in 0..rounds {
            let salt = Salt::new([round; 32]);
            let width = opening(100_000, differences, differences).0;
            let mut theirs = encoder_of(&salt, width, 0..100_000);
            let ours = encoder_of(&salt, width, differences..100_000);
            let (difference, symbols) = reconcile(&mut theirs, ours).unwrap();
            let mut expected = short_ids(&salt, 0..differences);
            expected.iter_mut().for_each(|id| *id = width.cut(*id));
            assert_eq!(difference.ours, []);
            assert_eq!(difference.theirs, expected);
            let wants = Want::split(difference.theirs, 100_000);
            total += symbols * usize::from(width.symbol_len())
                + wants.iter().map(|want| want.encode().len()).sum::<usize>();
        }
        let each = total as f64 / f64::from(rounds) / differences as f64;
        println!("10⁵ entries, {differences} differ: {each:.2} B a difference");
        assert!(each <= most, "{each:.2} B a difference");
    }
}

#[test]
fn the_first_batch_nearly_always_suffices() {
    for (items, differences, runs, least) in [
        (100_000, 1, 200, 0.99),
        (100_000, 10, 200, 0.98),
        (100_000, 100, 200, 0.98),
        (1_000_000, 100, 200, 0.95),
        (1_000_000, 1_000, 20, 1.0),
    ] {
        let mut done = 0;
        for run in 0..runs {
            let salt = Salt::new([run; 32]);
            let common = 1_000_000..1_002_000;
            let ours = common.clone().chain(0..differences / 2);
            let theirs = common.chain(differences / 2..differences);
            let estimate =
                summary(&salt, ours.clone()).differences(&summary(&salt, theirs.clone()));
            let (width, batch) = opening(items, 0, estimate);
            let mut decoder = Decoder::new(encoder_of(&salt, width, ours));
            let mut symbols = Vec::new();
            encoder_of(&salt, width, theirs).next_symbols(batch, &mut symbols);
            done += u32::from(decoder.push_symbols(&symbols) == Ok(Progress::Done));
        }
        let share = f64::from(done) / f64::from(runs);
        println!("{differences} of {items}: {share:.3} of the first batches suffice");
        assert!(share >= least, "{differences} of {items}: {share}");
    }
}

#[test]
fn thousands_of_small_differences_decode_right_without_counts() {
    for seed in 0..3_000_u64 {
        let salt = Salt::new([(seed % 251) as u8; 32]);
        let (only_theirs, only_ours) = (seed % 13, seed % 7);
        let base = seed * 1_000;
        let mut theirs = encoder(&salt, base..base + 50 + only_theirs);
        let ours = encoder(
            &salt,
            (base..base + 50).chain(base + 500..base + 500 + only_ours),
        );
        let (difference, _) = reconcile(&mut theirs, ours).unwrap();
        assert_eq!(
            difference.theirs,
            short_ids(&salt, base + 50..base + 50 + only_theirs)
        );
        assert_eq!(
            difference.ours,
            short_ids(&salt, base + 500..base + 500 + only_ours)
        );
    }
}

/// Symbols made of cells that each claim one item, which they would have in no set.
fn single_items_everywhere(count: u64) -> Vec<u8> {
    (0..count)
        .flat_map(|n| {
            let mut symbol = Vec::new();
            let mut item = mapping::Mapping::new(&salt(), Width::MAX).item(ShortId(n));
            while item.index() < n as usize {
                item.advance();
            }
            let mut cell = mapping::Cell::default();
            cell.toggle(&item);
            cell.write(Width::MAX, &mut symbol);
            symbol
        })
        .collect()
}

#[test]
fn a_cell_that_is_filled_again_and_again_ends_the_session() {
    // One more item in symbol 0 and in no other, though its indices say that it is in more.
    let mut symbols = Vec::new();
    encoder(&salt(), 0..10).next_symbols(200, &mut symbols);
    let (first, _) = symbols.split_first_chunk_mut::<SYMBOL_LEN>().unwrap();
    let mut cell = mapping::Cell::read(first, Width::MAX);
    cell.toggle(&mapping::Mapping::new(&salt(), Width::MAX).item(salt().short_id(&entry(99))));
    let mut lie = Vec::new();
    cell.write(Width::MAX, &mut lie);
    first.copy_from_slice(&lie);

    let mut decoder = Decoder::new(encoder(&salt(), 0..10));
    assert_eq!(
        decoder.push_symbols(&symbols),
        Err(SketchError::Inconsistent)
    );
    assert!(decoder.difference().theirs.len() <= decoder.received());
    assert_eq!(
        decoder.push_symbols(&symbols),
        Err(SketchError::Inconsistent),
        "it stays so"
    );
}

#[test]
fn hostile_symbols_end_in_bounded_work() {
    let frame = single_items_everywhere(MAX_SYMBOLS_A_FRAME as u64);
    let mut decoder = Decoder::new(encoder(&salt(), []));
    while decoder
        .push_symbols(&frame)
        .is_ok_and(|progress| progress == Progress::NeedMore)
    {}
    assert!(decoder.difference().theirs.len() <= decoder.received());
    assert!(decoder.received() <= MAX_SYMBOLS_A_SESSION);
}

#[test]
fn symbols_out_of_form_are_refused() {
    let refused = |len: usize| Decoder::new(encoder(&salt(), 0..10)).push_symbols(&vec![1; len]);
    assert_eq!(
        refused(10),
        Err(SketchError::Length {
            len: 10,
            symbol_len: 9
        })
    );
    let too_many = MAX_SYMBOLS_A_FRAME + 1;
    assert_eq!(
        refused(too_many * SYMBOL_LEN),
        Err(SketchError::Frame(too_many))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_is_decoded_is_the_symmetric_difference(
        a in prop::collection::btree_set(0..2_000_u64, 0..600),
        b in prop::collection::btree_set(0..2_000_u64, 0..600),
        bytes: [u8; 32],
    ) {
        let salt = Salt::new(bytes);
        let (difference, symbols) = reconcile(&mut encoder(&salt, a.clone()), encoder(&salt, b.clone())).unwrap();
        prop_assert_eq!(&difference.theirs, &short_ids(&salt, a.difference(&b).copied()));
        prop_assert_eq!(&difference.ours, &short_ids(&salt, b.difference(&a).copied()));
        let found = difference.theirs.len() + difference.ours.len();
        prop_assert!(symbols <= 3 * found + 64, "{} symbols for {} differences", symbols, found);
    }

    #[test]
    fn any_bytes_leave_the_decoder_whole(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..6),
    ) {
        let mut decoder = Decoder::new(encoder(&salt(), 0..20));
        for frame in frames {
            let _ = decoder.push_symbols(&frame[..frame.len() / SYMBOL_LEN * SYMBOL_LEN]);
        }
        prop_assert!(decoder.difference().theirs.len() <= decoder.received());
    }

    #[test]
    fn one_flipped_bit_never_decodes_to_a_wrong_difference(bit in 0..32 * SYMBOL_LEN * 8) {
        let mut frame = Vec::new();
        encoder(&salt(), 0..60).next_symbols(32, &mut frame);
        frame[bit / 8] ^= 1 << (bit % 8);
        let mut decoder = Decoder::new(encoder(&salt(), 5..60));
        if decoder.push_symbols(&frame) == Ok(Progress::Done) {
            let found: BTreeSet<_> = decoder.difference().theirs.into_iter().collect();
            prop_assert_eq!(found, short_ids(&salt(), 0..5).into_iter().collect::<BTreeSet<_>>());
        }
    }
}
