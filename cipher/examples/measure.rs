//! What the scheme costs on this device: `cargo run --release -p commune-cipher --features cheat
//! --example measure`.

use std::time::{Duration, Instant};

use commune_cipher::{
    Ballot, Context, ElectionKey, Layout, Reference, Seed, Sum, Use, cheat, open, smudging_bits,
};

/// The fastest of some runs, which is the one that nothing else disturbed.
#[expect(
    clippy::disallowed_methods,
    reason = "time is what is measured, and nothing follows from it"
)]
fn fastest<T>(runs: u32, mut run: impl FnMut() -> T) -> (Duration, Option<T>) {
    let mut best = (Duration::MAX, None);
    for _ in 0..runs {
        let start = Instant::now();
        let made = run();
        best = (best.0.min(start.elapsed()), Some(made));
    }
    best
}

fn main() {
    if measure().is_none() {
        println!("something was refused");
    }
}

fn measure() -> Option<()> {
    let context = Context {
        vote: [1; 32],
        key: 0,
    };
    let pieces: Vec<_> = (0..10_u8)
        .map(|piece| Seed::new([piece; 32]).for_key(0))
        .collect();
    let publics: Vec<_> = pieces.iter().map(|piece| piece.public(&context)).collect();
    let key = ElectionKey::new(&context, &publics);
    let shares = Reference::for_tests(Use::Shares, 1)?;

    for (slots, use_) in [(16, Use::Ballots16), (256, Use::Ballots256)] {
        let reference = Reference::for_tests(use_, 1)?;
        for groups in [vec![], std::iter::once(0..slots).collect()] {
            let layout = Layout::new(slots, groups).ok()?;
            let chosen: Vec<bool> = (0..slots).map(|slot| slot == 5).collect();
            let (cast, ballot) = fastest(2, || {
                Ballot::cast(&reference, &key, &layout, &chosen, b"me", &[1; 32]).ok()
            });
            let ballot = ballot??;
            let (verify, right) = fastest(3, || {
                ballot.verify(&reference, &key, &layout, b"me").is_ok()
            });
            println!(
                "{slots} slots, {} groups: cast {cast:?}, verify {verify:?}, {} bytes, right {right:?}",
                layout.groups().len(),
                layout.ballot_len(),
            );
        }
    }

    let layout = Layout::new(16, vec![]).ok()?;
    let ballot = cheat::unproven(&key, &[1; 16], &[1; 32]);
    let mut sum = Sum::new(&layout);
    let (add, _) = fastest(1_000, || sum.add(&ballot));
    println!("a ballot added: {add:?}");
    let (public, _) = fastest(5, || pieces.first().map(|piece| piece.public(&context)));
    println!("a public value: {public:?}");
    let lock = [2; 32];
    let first = pieces.first()?;
    let (values, _) = fastest(10, || first.share_values(&context, &sum, &lock));
    let (proven, _) = fastest(2, || first.share(&shares, &context, &sum, &lock).ok());
    println!("a share: {values:?}, with its proof {proven:?}");
    let made: Option<Vec<_>> = pieces
        .iter()
        .map(|piece| piece.share(&shares, &context, &sum, &lock).ok())
        .collect();
    let made = made?;
    let (opened, tally) = fastest(2, || {
        for (share, public) in made.iter().zip(&publics) {
            share.verify(&shares, &context, public, &sum, &lock).ok()?;
        }
        open(&layout, &sum, &made.iter().collect::<Vec<_>>()).ok()
    });
    println!(
        "ten shares verified and {} ballots opened: {opened:?}, hidden by {:.1} bits",
        tally??.counts.first()?,
        smudging_bits(10, sum.count()),
    );
    Some(())
}
