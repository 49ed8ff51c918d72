//! Root keys, rights, and stores that do not open.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use key_store::{Error, RootKey, RootKeyError, SqliteStore};

use crate::support::*;

on_both!(a_damaged_store_key_is_not_taken_for_a_wrong_root_key, two_processes_may_start_at_once,);

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_made_is_for_the_owner_only() {
    let place = Place::new();
    let store = place.open();
    store.write(vec![create(1)]).unwrap();
    assert_eq!(mode(&place.data()), 0o700);
    for entry in fs::read_dir(place.data()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert_eq!(fs::read(place.root_key()).unwrap().len(), RootKey::LENGTH);
}

#[test]
fn a_root_key_that_others_can_read_is_refused() {
    let place = Place::new();
    drop(place.open());
    for open_to in [0o640, 0o604, 0o620, 0o601, 0o666] {
        fs::set_permissions(place.root_key(), Permissions::from_mode(open_to)).unwrap();
        let refused = place.try_open().unwrap_err();
        assert!(matches!(refused, Error::RootKey(RootKeyError::NotPrivate { .. })), "{refused:?}");
        assert!(refused.to_string().contains("0600"));
    }
    fs::set_permissions(place.root_key(), Permissions::from_mode(0o400)).unwrap();
    place.open();
}

#[test]
fn a_root_key_of_another_length_is_refused() {
    let place = Place::new();
    drop(place.open());
    for length in [0, 31, 33] {
        fs::write(place.root_key(), vec![7; length]).unwrap();
        let refused = place.try_open().unwrap_err();
        let Error::RootKey(RootKeyError::Length { found }) = refused else { panic!("{refused:?}") };
        assert_eq!(found, length as u64);
    }
    fs::remove_file(place.root_key()).unwrap();
    fs::create_dir(place.root_key()).unwrap();
    fs::set_permissions(place.root_key(), Permissions::from_mode(0o700)).unwrap();
    let refused = place.try_open().unwrap_err();
    assert!(matches!(refused, Error::RootKey(RootKeyError::File { .. })), "{refused:?}");
}

#[test]
fn a_root_key_is_not_replaced_and_not_made_for_a_store_that_has_one() {
    let place = Place::new();
    drop(place.open());
    let before = read(&place.root_key());
    let refused = RootKey::create_file(&place.root_key(), &Seeded::new(5)).unwrap_err();
    assert!(matches!(refused, RootKeyError::File { .. }), "{refused:?}");
    assert_eq!(read(&place.root_key()), before);
    assert_eq!(fs::read_dir(place.data()).unwrap().count(), 2, "no draft is left behind");

    fs::remove_file(place.root_key()).unwrap();
    let refused = place.try_open().unwrap_err();
    assert!(matches!(refused, Error::RootKeyMissing { .. }), "{refused:?}");
    assert!(!place.root_key().exists());
}

#[test]
fn another_root_key_is_told_and_touches_nothing() {
    let place = Place::new();
    let store = place.open();
    store.write(vec![create(1)]).unwrap();
    // As a crash leaves it: with a log that has not been folded in.
    let crashed = Place::copy_of(&place);
    drop(store);

    for place in [&place, &crashed] {
        let before = (read(&place.database()), read(&place.log()));
        let refused = SqliteStore::open(&place.data(), &root_key(99), Seeded::new(1)).unwrap_err();
        assert!(matches!(refused, Error::WrongRootKey), "{refused:?}");
        assert_eq!((read(&place.database()), read(&place.log())), before);
        assert!(place.open().open_one(&arn(1)).unwrap().is_some());
    }
}

fn a_damaged_store_key_is_not_taken_for_a_wrong_root_key(kind: Kind) {
    let place = kind.place();
    drop(place.open());
    place.alter("UPDATE store_keys SET wrapped = zeroblob(60)");
    assert!(matches!(place.try_open().unwrap_err(), Error::Damaged));
    place.alter("DELETE FROM store_keys");
    assert!(matches!(place.try_open().unwrap_err(), Error::Damaged));
}

#[test]
fn a_newer_schema_is_refused_untouched() {
    let place = Place::new();
    drop(place.open());
    place.raw().pragma_update(None, "user_version", 4).unwrap();
    let before = read(&place.database());
    let refused = place.try_open().unwrap_err();
    assert!(matches!(refused, Error::Newer { found: 4, known: 3, .. }), "{refused:?}");
    assert_eq!(read(&place.database()), before);
}

#[test]
fn what_is_no_database_is_refused() {
    let place = Place::new();
    drop(place.open());
    fs::write(place.database(), vec![0x5A; 8192]).unwrap();
    assert!(matches!(place.try_open().unwrap_err(), Error::Damaged));
}

fn two_processes_may_start_at_once(kind: Kind) {
    for _ in 0..10 {
        let place = kind.place();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|number| {
                    let place = &place;
                    scope.spawn(move || place.open().write(vec![create(number)]).unwrap())
                })
                .collect();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
        let store = place.open();
        assert!((0..4).all(|number| store.open_one(&arn(number)).unwrap().is_some()));
    }
}
