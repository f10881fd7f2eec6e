//! The parts that a sync is made of, one by one: `cargo bench -p commune-benches --features criterion`.

use std::hint::black_box;

use commune_benches::{
    ours::session::{Entries, NETWORK},
    sets::id,
};
use commune_crdt::{
    entry::SignedEntry,
    history::{History, Roots},
    state::state_hash,
    sync::sketch::{Decoder, Encoder, Salt, Width},
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// Entries in the sets here.
const ENTRIES: u32 = 10_000;

fn entry(criterion: &mut Criterion) {
    let Ok(entries) = Entries::of(1) else { return };
    let Some(entry) = entries.all().first() else {
        return;
    };
    let bytes = entry.as_bytes();
    let mut group = criterion.benchmark_group("entry");
    group.throughput(Throughput::Bytes(u64::try_from(bytes.len()).unwrap_or(0)));
    group.bench_function("decode", |bencher| {
        bencher.iter(|| SignedEntry::decode(black_box(bytes)))
    });
    group.bench_function("verify", |bencher| {
        bencher.iter_batched(
            || SignedEntry::decode(bytes),
            |entry| entry.map(|entry| entry.verify(&NETWORK)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn history(criterion: &mut Criterion) {
    let Ok(entries) = Entries::of(ENTRIES) else {
        return;
    };
    let empty = || {
        History::new(Roots {
            network: NETWORK,
            founders: Entries::founders(ENTRIES),
            import: None,
        })
    };
    let mut group = criterion.benchmark_group("history");
    group
        .sample_size(20)
        .throughput(Throughput::Elements(ENTRIES.into()));
    group.bench_function("place", |bencher| {
        bencher.iter_batched(
            || (empty(), entries.all().to_vec()),
            |(mut history, entries)| {
                for entry in entries {
                    history.place(entry);
                }
                history
            },
            BatchSize::LargeInput,
        );
    });
    let mut full = empty();
    for entry in entries.all() {
        full.place(entry.clone());
    }
    group.bench_function("state_hash", |bencher| {
        bencher.iter(|| state_hash(black_box(&full)))
    });
    group.finish();
}

fn sketch(criterion: &mut Criterion) {
    let salt = Salt::new(id(0));
    let encoder = |from: u32, to: u32| {
        let ids = (from..to).map(|number| salt.short_id(&id(number)));
        Encoder::new(&salt, Width::MAX, ids)
    };
    let mut group = criterion.benchmark_group("sketch");
    group
        .sample_size(20)
        .throughput(Throughput::Elements(ENTRIES.into()));
    group.bench_function("hash and encode 1,500 symbols", |bencher| {
        bencher.iter(|| {
            let mut symbols = Vec::new();
            encoder(0, ENTRIES).next_symbols(1_500, &mut symbols);
            symbols
        });
    });
    let mut symbols = Vec::new();
    encoder(0, ENTRIES).next_symbols(1_500, &mut symbols);
    let own = encoder(1_000, ENTRIES);
    group.bench_function("decode 1,000 differences", |bencher| {
        bencher.iter_batched(
            || Decoder::new(own.clone()),
            |mut decoder| decoder.push_symbols(&symbols),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(parts, entry, history, sketch);
criterion_main!(parts);
