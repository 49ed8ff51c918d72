//! The number of the last commit, and files that lost it.

use export_api::ports::CommitError;
use key_store::SqliteStore;

use crate::support::*;

fn held(place: &Place) -> u64 {
    SqliteStore::commits_in(&place.data()).unwrap()
}

#[test]
fn each_transaction_is_counted_once_it_is_durable() {
    let place = Place::new();
    assert_eq!(held(&place), 0);
    let store = place.open_file();
    let commits = store.commits();
    assert_eq!((commits.last(), held(&place)), (0, 0));
    for number in 1..=3 {
        store.write(vec![create(number)]).unwrap();
        assert_eq!(commits.last(), u64::try_from(number).unwrap());
        assert_eq!(held(&place), commits.last());
    }
    // A conflict leaves no transaction.
    assert_eq!(store.write(vec![create(1)]), Err(CommitError::Conflict));
    assert_eq!((commits.last(), held(&place)), (3, 3));
    drop(store);
    assert_eq!((place.open_file().commits().last(), held(&place)), (3, 3));
}

#[test]
fn a_damaged_end_of_the_log_is_told_by_the_number_and_left_as_it_is() {
    let place = Place::new();
    let store = place.open_file();
    (1..=20).for_each(|number| store.write(vec![create(number)]).unwrap());
    let last = store.commits().last();
    let damaged = Place::copy_of(&place);
    let mut log = read(&place.log());
    let end = log.len() - 2000;
    log[end] ^= 1;
    std::fs::write(damaged.log(), &log).unwrap();
    assert_eq!(held(&damaged), last - 1);
    assert_eq!(read(&damaged.log()), log, "to look is not to change");
    // The store itself opens, because SQLite takes the log for one that a crash cut off.
    let opened = damaged.open_file();
    assert_eq!(opened.commits().last(), last - 1);
    assert_eq!(opened.get(&arn(20)), Ok(None));
    assert!(opened.get(&arn(19)).unwrap().is_some());
}

#[test]
fn the_number_can_be_raised_and_never_falls() {
    let place = Place::new();
    let store = place.open_file();
    store.write(vec![create(1)]).unwrap();
    wait(store.raise_commits(1000)).unwrap();
    assert_eq!((store.commits().last(), held(&place)), (1000, 1000));
    wait(store.raise_commits(5)).unwrap();
    store.write(vec![create(2)]).unwrap();
    assert_eq!((store.commits().last(), held(&place)), (1001, 1001));
}

#[test]
fn a_number_that_is_gone_is_damage() {
    let place = Place::new();
    drop(place.open());
    place.alter("DELETE FROM commits");
    assert!(SqliteStore::commits_in(&place.data()).is_err());
    assert!(place.try_open().is_err());
}
