//! Many who write at once.

use std::sync::Barrier;
use std::thread;

use export_api::KeyState;
use export_api::ports::{CommitError, Write};

use crate::support::*;

#[test]
fn of_sixteen_who_race_for_an_alias_one_wins() {
    let place = Place::new();
    // Two handles on one file, as two servers would have.
    let stores = [place.open(), place.open()];
    for round in 0..20 {
        let start = Barrier::new(16);
        let outcomes: Vec<_> = thread::scope(|scope| {
            let race = |number: usize| {
                let (store, start) = (&stores[number % 2], &start);
                scope.spawn(move || {
                    start.wait();
                    let alias = Write::PutAlias { alias: alias(round, None) };
                    let own = create(round * 100 + number);
                    store.write(vec![own, alias])
                })
            };
            let threads: Vec<_> = (0..16).map(race).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        for (number, outcome) in outcomes.into_iter().enumerate() {
            let is_there = stores[0].get(&arn(round * 100 + number)).unwrap().is_some();
            assert_eq!(is_there, outcome.is_ok(), "a batch is written whole or not at all");
            assert!(matches!(outcome, Ok(()) | Err(CommitError::Conflict)));
        }
    }
}

#[test]
fn no_update_is_lost() {
    const THREADS: usize = 8;
    const UPDATES: usize = 25;

    let place = Place::new();
    let stores = [place.open(), place.open()];
    stores[0].write(vec![create(1)]).unwrap();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let store = &stores[number % 2];
            scope.spawn(move || {
                let mut done = 0;
                while done < UPDATES {
                    let current = store.get(&arn(1)).unwrap().unwrap();
                    match store.write(vec![Write::UpdateKey { key: current }]) {
                        Ok(()) => done += 1,
                        Err(CommitError::Conflict) => (),
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    let version = stores[1].get(&arn(1)).unwrap().unwrap().version();
    assert_eq!(version, 1 + (THREADS * UPDATES) as u64);
}

#[test]
fn writers_at_the_same_time_share_commits() {
    const WRITERS: usize = 32;
    const EACH: usize = 20;

    let place = Place::new();
    let store = place.open();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || {
                for number in 0..EACH {
                    store.write(vec![create(writer * 1000 + number)]).unwrap();
                    // A conflict in the group hurts nobody else.
                    let taken = store.write(vec![create(writer * 1000)]);
                    assert_eq!(taken, Err(CommitError::Conflict));
                }
            });
        }
    });
    let statistics = store.statistics();
    assert_eq!(statistics.batches, (WRITERS * EACH) as u64);
    assert!(statistics.commits * 2 < statistics.batches, "{statistics:?}");
    assert!(!statistics.commit_time.is_zero());
    let all = (KeyState::CreateComplete, (WRITERS * EACH) as u64);
    assert_eq!(store.key_counts().unwrap(), [all]);
    for writer in 0..WRITERS {
        assert!((0..EACH).all(|n| store.get(&arn(writer * 1000 + n)).unwrap().is_some()));
    }
}

#[test]
fn what_was_sent_is_written_when_nobody_waits_and_the_store_closes() {
    let place = Place::new();
    let store = place.open();
    {
        use export_api::ports::KeyStore;
        use std::task::{Context, Waker};

        let mut pending = Box::pin(store.commit(vec![create(1)]));
        let _ = pending.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    drop(store);
    assert!(place.open().get(&arn(1)).unwrap().is_some());
    assert!(!place.log().exists(), "the last to close tidies up the log");
}
