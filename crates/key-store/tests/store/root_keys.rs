//! Root keys from passphrases and files, and starts with the wrong one.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use key_store::{Error, Occasion, RootKeyError, RootKeySource, SqliteStore};
use key_types::SecretKey;

use crate::support::*;

/// Says a passphrase and counts how often it was asked.
fn saying(passphrase: &'static str, asked: &'static AtomicU32) -> RootKeySource {
    RootKeySource::Passphrase(Box::new(move |_| {
        asked.fetch_add(1, Ordering::Relaxed);
        SecretKey::copied_from(passphrase.as_bytes()).map_err(io::Error::other)
    }))
}

fn open(place: &Place, source: RootKeySource) -> Result<SqliteStore, Error> {
    SqliteStore::open_from(&place.data(), source, Seeded::new(7))
}

#[test]
fn a_passphrase_opens_what_it_was_set_for() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let place = Place::new();
    let store = open(&place, saying("correct horse battery", &ASKED)).unwrap();
    store.write(vec![create(1)]).unwrap();
    // As a crash leaves it: with a log that has not been folded in.
    let crashed = Place::copy_of(&place);
    drop(store);
    assert!(!place.root_key().exists());

    for place in [&place, &crashed] {
        let before = (read(&place.database()), read(&place.log()));
        let refused = open(place, saying("correct horse batterz", &ASKED)).unwrap_err();
        assert!(matches!(refused, Error::WrongRootKey), "{refused:?}");
        assert_eq!(
            refused.to_string(),
            "the root key is not the one of this store; nothing was changed"
        );
        assert_eq!((read(&place.database()), read(&place.log())), before);
        let store = open(place, saying("correct horse battery", &ASKED)).unwrap();
        assert!(is_material(&store.open_one(&arn(1)).unwrap().unwrap().material, 1));
    }
    assert_eq!(ASKED.load(Ordering::Relaxed), 5);
}

#[test]
fn nobody_is_asked_for_the_passphrase_of_a_store_that_has_none() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let place = Place::new();
    drop(place.open());
    let refused = open(&place, saying("correct horse battery", &ASKED)).unwrap_err();
    assert!(matches!(refused, Error::WrongRootKey), "{refused:?}");
    assert_eq!(ASKED.load(Ordering::Relaxed), 0);
}

#[test]
fn the_occasion_is_told() {
    let place = Place::new();
    let on = |expected| {
        RootKeySource::Passphrase(Box::new(move |occasion| {
            assert_eq!(occasion, expected);
            SecretKey::copied_from(b"correct horse battery").map_err(io::Error::other)
        }))
    };
    drop(open(&place, on(Occasion::Set)).unwrap());
    drop(open(&place, on(Occasion::Open)).unwrap());
}

#[test]
fn a_short_or_missing_passphrase_makes_no_store() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let place = Place::new();
    let refused = open(&place, saying("short", &ASKED)).unwrap_err();
    assert!(
        matches!(refused, Error::RootKey(RootKeyError::ShortPassphrase { found: 5, .. })),
        "{refused:?}"
    );
    let silent = RootKeySource::Passphrase(Box::new(|_| Err(io::ErrorKind::UnexpectedEof.into())));
    let refused = open(&place, silent).unwrap_err();
    assert!(matches!(refused, Error::RootKey(RootKeyError::Passphrase { .. })), "{refused:?}");
    assert!(!place.database().exists());
}

#[test]
fn parameters_and_names_of_root_keys_are_authenticated() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let place = Place::new();
    drop(open(&place, saying("correct horse battery", &ASKED)).unwrap());
    let id: Vec<u8> =
        place.raw().query_row("SELECT root_key_id FROM store_keys", (), |row| row.get(0)).unwrap();
    let id = String::from_utf8(id).unwrap();
    for (from, to) in [("m=65536", "m=1024"), ("t=3", "t=1"), ("p=4", "p=1"), ("v=19", "v=16")] {
        let altered = id.replacen(from, to, 1);
        assert_ne!(altered, id);
        let altered = altered.as_bytes();
        place.raw().execute("UPDATE store_keys SET root_key_id = ?1", [altered]).unwrap();
        let refused = open(&place, saying("correct horse battery", &ASKED)).unwrap_err();
        assert!(matches!(refused, Error::WrongRootKey), "{to}: {refused:?}");
    }
    place.raw().execute("UPDATE store_keys SET root_key_id = ?1", [id.as_bytes()]).unwrap();
    open(&place, saying("correct horse battery", &ASKED)).unwrap();
}
