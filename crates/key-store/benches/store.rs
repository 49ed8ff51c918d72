//! Reads, and durable commits alone and together.

#![allow(
    missing_docs,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench is a program for its developers"
)]

#[path = "../tests/store/postgres.rs"]
#[allow(dead_code, reason = "the bench needs some of the helpers only")]
mod postgres;
#[path = "../tests/store/support.rs"]
#[allow(dead_code, reason = "the bench needs some of the helpers only")]
mod support;

use std::fs;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use export_api::ports::{KeyReference, KeyStore, Write};
use key_store::Store;

use crate::support::*;

const KEYS: usize = 100_000;

fn reads(criterion: &mut Criterion) {
    let place = Place::new();
    let store = place.open();
    for first in (0..KEYS).step_by(1000) {
        store.write((first..first + 1000).map(create).collect()).unwrap();
    }
    store.write(vec![Write::PutAlias { alias: alias(1, Some(arn(1))) }]).unwrap();
    drop(store);
    let size = fs::metadata(place.database()).unwrap().len();
    let record = serde_json::to_string(&key(1)).unwrap().len();
    println!("{} bytes a key, {record} of them its record in JSON", size / KEYS as u64);

    let store = place.open();
    let next = AtomicUsize::new(0);
    // Steps through all keys without an order that caches could use.
    let any = || arn(next.fetch_add(61_803, Ordering::Relaxed) % KEYS);

    let mut group = criterion.benchmark_group("100,000 keys");
    group.bench_function("get", |bencher| {
        bencher.iter_batched(
            || KeyReference::Arn(any()),
            |reference| wait(store.key(&reference)).unwrap().unwrap(),
            criterion::BatchSize::SmallInput,
        );
    });
    group.bench_function("get, by alias", |bencher| {
        let reference = KeyReference::Alias(name(1));
        bencher.iter(|| wait(store.key(black_box(&reference))).unwrap().unwrap());
    });
    group.bench_function("get, not there", |bencher| {
        let reference = KeyReference::Arn(arn(KEYS));
        bencher.iter(|| wait(store.key(black_box(&reference))).unwrap());
    });
    group.bench_function("open_keys<2>", |bencher| {
        bencher.iter_batched(
            || [any(), any()].map(KeyReference::Arn),
            |[one, other]| wait(store.open_keys([&one, &other])).unwrap(),
            criterion::BatchSize::SmallInput,
        );
    });
    group.bench_function("list a page of 100", |bencher| {
        let mut page = key_page(100);
        page.after = Some(arn(KEYS / 2));
        bencher.iter(|| store.list(black_box(&page)).unwrap());
    });
    group.sample_size(20);
    group.bench_function("open the store and get", |bencher| {
        bencher.iter(|| place.open().get(&arn(7)).unwrap().unwrap());
    });
    group.finish();
}

/// The time a number of commits takes when so many writers share them.
fn commits(store: &Store, next: &AtomicUsize, count: u64, writers: u64) -> Duration {
    let left = AtomicUsize::new(count as usize);
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..writers {
            scope.spawn(|| {
                let take = |left: usize| left.checked_sub(1);
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    store.write(vec![create(number)]).unwrap();
                }
            });
        }
    });
    began.elapsed()
}

fn writes(criterion: &mut Criterion) {
    measure_writes(criterion, "durable commit", &Place::new());
}

/// The same in a PostgreSQL database, if the environment names one.
fn shared(criterion: &mut Criterion) {
    if !postgres::is_there() {
        return;
    }
    let place = Kind::Postgres.place();
    let store = place.open();
    store.write((1_000_000..1_001_000).map(create).collect()).unwrap();
    let mut group = criterion.benchmark_group("PostgreSQL");
    group.bench_function("get", |bencher| {
        bencher.iter(|| store.get(black_box(&arn(1_000_500))).unwrap().unwrap());
    });
    group.bench_function("open_keys<2>", |bencher| {
        let [one, other] = [1_000_001, 1_000_900].map(|number| KeyReference::Arn(arn(number)));
        bencher.iter(|| wait(store.open_keys([&one, &other])).unwrap());
    });
    group.bench_function("list a page of 100", |bencher| {
        let page = key_page(100);
        bencher.iter(|| store.list(black_box(&page)).unwrap());
    });
    group.bench_function("durable update", |bencher| {
        bencher.iter(|| {
            let key = store.get(&arn(1_000_007)).unwrap().unwrap();
            store.write(vec![Write::UpdateKey { key }]).unwrap();
        });
    });
    group.finish();
    measure_writes(criterion, "PostgreSQL, durable commit", &place);
}

fn measure_writes(criterion: &mut Criterion, name: &str, place: &Place) {
    let store = place.open();
    let next = AtomicUsize::new(0);
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for writers in [1, 16, 64] {
        let before = store.statistics();
        group.bench_function(format!("{writers} writers"), |bencher| {
            bencher.iter_custom(|count| commits(&store, &next, count, writers));
        });
        let after = store.statistics();
        let (batches, commits) = (after.batches - before.batches, after.commits - before.commits);
        println!("{batches} batches in {commits} commits");
    }
    group.finish();
}

criterion_group!(benches, reads, writes, shared);
criterion_main!(benches);
