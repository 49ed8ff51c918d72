//! A store that cannot be written for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use export_api::ports::{Randomness, RandomnessUnavailable, StoreError};
use key_store::{Error, RootKeyError};

use crate::support::*;

on_both!(without_randomness_nothing_is_sealed, a_panic_of_the_writer_costs_one_group,);

#[test]
fn a_locked_store_refuses_writes_answers_reads_and_recovers() {
    let place = Place::new();
    let store = place.open();
    store.write(vec![create(1)]).unwrap();

    let other = place.raw();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    thread::scope(|scope| {
        let writers: Vec<_> = (2..6)
            .map(|n| {
                scope.spawn({
                    let store = &store;
                    move || store.write(vec![create(n)])
                })
            })
            .collect();
        for _ in 0..100 {
            assert!(store.open_one(&arn(1)).unwrap().is_some());
            assert_eq!(store.list(&key_page(9)).unwrap().len(), 1);
        }
        for writer in writers {
            assert_eq!(writer.join().unwrap(), Err(StoreError::Unavailable.into()));
        }
    });
    assert_eq!(store.get(&arn(2)), Ok(None));

    other.execute_batch("ROLLBACK").unwrap();
    store.write(vec![create(2)]).unwrap();
    assert!(store.open_one(&arn(2)).unwrap().is_some());
}

#[test]
fn a_short_lock_is_waited_for() {
    let place = Place::new();
    let store = place.open();
    let other = place.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| store.write(vec![create(1)]));
        thread::sleep(Duration::from_millis(200));
        other.execute_batch("ROLLBACK").unwrap();
        writer.join().unwrap().unwrap();
    });
}

/// Fails while it is told to.
struct Failing {
    fails: Arc<AtomicBool>,
    randomness: Seeded,
}

impl Randomness for Failing {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(RandomnessUnavailable);
        }
        self.randomness.fill(bytes)
    }
}

fn without_randomness_nothing_is_sealed(kind: Kind) {
    let place = kind.place();
    let fails = Arc::new(AtomicBool::new(false));
    let failing = || Failing { fails: Arc::clone(&fails), randomness: Seeded::new(8) };
    let store = place.try_open_with(failing()).unwrap();
    store.write(vec![create(1)]).unwrap();

    fails.store(true, Ordering::Relaxed);
    assert_eq!(store.write(vec![create(2)]), Err(StoreError::Unavailable.into()));
    assert!(store.open_one(&arn(1)).unwrap().is_some());
    let new = kind.place();
    let refused = new.try_open_with(failing());
    assert!(matches!(refused.unwrap_err(), Error::RootKey(RootKeyError::Randomness(_))));
    assert!(!new.root_key().exists());

    fails.store(false, Ordering::Relaxed);
    store.write(vec![create(2)]).unwrap();
}

fn a_panic_of_the_writer_costs_one_group(kind: Kind) {
    struct Panics(Arc<AtomicBool>);
    impl Randomness for Panics {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
            assert!(!self.0.load(Ordering::Relaxed), "on purpose");
            Seeded::new(4).fill(bytes)
        }
    }
    let place = kind.place();
    let panics = Arc::new(AtomicBool::new(false));
    let store = place.try_open_with(Panics(Arc::clone(&panics))).unwrap();
    panics.store(true, Ordering::Relaxed);
    assert_eq!(store.write(vec![create(1)]), Err(StoreError::Unavailable.into()));
    panics.store(false, Ordering::Relaxed);
    assert_eq!(store.get(&arn(1)), Ok(None));
    store.write(vec![create(1)]).unwrap();
}
