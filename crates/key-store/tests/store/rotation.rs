//! Rotation of root keys and store keys, while the store is in use.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use export_api::ports::{CommitError, StoreError, Write};
use key_store::{Error, Resealing, RootKeySource, Store};
use key_types::SecretKey;

use crate::support::*;

on_both!(
    another_root_key_opens_the_store_and_the_old_one_no_more,
    a_root_key_is_not_rotated_with_the_wrong_one_or_without_a_store,
    a_rotation_that_ended_before_its_commit_is_repeated,
    records_are_sealed_under_a_new_store_key_and_the_old_one_goes,
    records_that_are_written_meanwhile_are_left_to_their_writers,
    a_damaged_record_is_counted_and_keeps_the_old_store_key,
    a_process_with_the_old_root_key_refuses_to_write_under_an_old_store_key,
);

/// A file beside the usual one.
fn other_file(place: &Place) -> RootKeySource {
    RootKeySource::File(place.data().join("other.key"))
}

fn file(place: &Place) -> RootKeySource {
    RootKeySource::File(place.root_key())
}

fn passphrase() -> RootKeySource {
    RootKeySource::Passphrase(Box::new(|_| {
        SecretKey::copied_from(b"correct horse battery").map_err(io::Error::other)
    }))
}

fn rotate(place: &Place, old: &RootKeySource, new: &RootKeySource) -> Result<(), Error> {
    Store::rotate_root_key(&place.location(), &place.data(), old, new, Seeded::new(77))
}

fn open(place: &Place, source: RootKeySource) -> Result<Store, Error> {
    Store::open_from(&place.location(), &place.data(), source, Seeded::new(78))
}

fn another_root_key_opens_the_store_and_the_old_one_no_more(kind: Kind) {
    let place = kind.place();
    let running = place.open();
    running.write(vec![create(1)]).unwrap();

    rotate(&place, &file(&place), &other_file(&place)).unwrap();
    assert!(matches!(place.try_open().unwrap_err(), Error::WrongRootKey));
    let store = open(&place, other_file(&place)).unwrap();
    assert!(is_material(&store.open_one(&arn(1)).unwrap().unwrap().material, 1));
    // Who had it open before goes on.
    running.write(vec![create(2)]).unwrap();
    assert!(running.open_one(&arn(1)).unwrap().is_some());
    assert!(store.open_one(&arn(2)).unwrap().is_some());

    rotate(&place, &other_file(&place), &passphrase()).unwrap();
    assert!(matches!(open(&place, other_file(&place)).unwrap_err(), Error::WrongRootKey));
    drop(open(&place, passphrase()).unwrap());
    rotate(&place, &passphrase(), &file(&place)).unwrap();
    assert!(place.open().open_one(&arn(2)).unwrap().is_some());
}

fn a_root_key_is_not_rotated_with_the_wrong_one_or_without_a_store(kind: Kind) {
    let place = kind.place();
    let refused = rotate(&place, &file(&place), &other_file(&place)).unwrap_err();
    assert!(matches!(refused, Error::NoStore), "{refused:?}");
    assert!(!place.data().exists());

    drop(place.open());
    let before = read(&place.database());
    let missing = RootKeySource::File(place.data().join("nothing.key"));
    let refused = rotate(&place, &missing, &other_file(&place)).unwrap_err();
    assert!(matches!(refused, Error::RootKeyMissing { .. }), "{refused:?}");
    let wrong = place.data().join("wrong.key");
    drop(key_store::RootKey::create_file(&wrong, &Seeded::new(5)).unwrap());
    let refused = rotate(&place, &RootKeySource::File(wrong), &other_file(&place)).unwrap_err();
    assert!(matches!(refused, Error::WrongRootKey), "{refused:?}");
    let refused = rotate(&place, &passphrase(), &other_file(&place)).unwrap_err();
    assert!(matches!(refused, Error::WrongRootKey), "{refused:?}");
    assert!(!place.data().join("other.key").exists());
    assert_eq!(read(&place.database()), before);

    place.alter("UPDATE store_keys SET wrapped = zeroblob(60)");
    let refused = rotate(&place, &file(&place), &other_file(&place)).unwrap_err();
    assert!(matches!(refused, Error::Damaged), "{refused:?}");
}

fn a_rotation_that_ended_before_its_commit_is_repeated(kind: Kind) {
    let place = kind.place();
    drop(place.open());
    // The new file was made, and the process ended.
    drop(
        key_store::RootKey::create_file(&place.data().join("other.key"), &Seeded::new(5)).unwrap(),
    );
    drop(place.open());
    rotate(&place, &file(&place), &other_file(&place)).unwrap();
    drop(open(&place, other_file(&place)).unwrap());
}

/// Seals everything anew, in steps of a few records.
pub(crate) fn reseal_all(store: &Store) -> Resealing {
    let mut walk = Resealing::default();
    while wait(store.reseal_next(&mut walk, 3)).unwrap() {}
    walk
}

fn records_are_sealed_under_a_new_store_key_and_the_old_one_goes(kind: Kind) {
    let place = kind.place();
    let (running, rotating) = (place.open(), place.open());
    for number in 0..10 {
        let alias = Write::PutAlias { alias: alias(number, Some(arn(number))) };
        running.write(vec![create(number), alias]).unwrap();
    }
    assert_eq!(wait(rotating.store_keys()).unwrap(), [1]);
    assert_eq!(reseal_all(&rotating).found(), 0);

    wait(rotating.add_store_key()).unwrap();
    assert_eq!(wait(rotating.add_store_key()), Err(CommitError::Conflict));
    assert_eq!(wait(rotating.store_keys()).unwrap(), [1, 2]);
    assert_eq!(wait(rotating.delete_old_store_keys()), Err(CommitError::Conflict));
    // Another process seals under the new one from now on, and reads both.
    running.write(vec![create(10)]).unwrap();
    let walk = reseal_all(&rotating);
    assert_eq!((walk.found(), walk.damaged()), (20, 0));
    assert_eq!(reseal_all(&rotating).found(), 0);
    let before = running.get(&arn(3)).unwrap().unwrap();
    assert_eq!(before.version(), 1);
    wait(rotating.delete_old_store_keys()).unwrap();
    assert_eq!(wait(running.store_keys()).unwrap(), [2]);

    for store in [&running, &rotating, &place.open()] {
        for number in 0..=10 {
            let key = store.open_one(&arn(number)).unwrap().unwrap();
            assert!(is_material(&key.material, number));
        }
        assert_eq!(store.list_aliases(&alias_page(100)).unwrap().len(), 10);
    }
    running.write(vec![Write::UpdateKey { key: tagged(&before, "after") }]).unwrap();
    let log = read(&place.log());
    wait(rotating.add_store_key()).unwrap();
    reseal_all(&rotating);
    wait(rotating.delete_old_store_keys()).unwrap();
    assert_eq!(wait(place.open().store_keys()).unwrap(), [3]);
    assert!(log.len() < 1 << 20);
}

fn records_that_are_written_meanwhile_are_left_to_their_writers(kind: Kind) {
    /// Of each of the two writers.
    const KEYS: usize = 60;
    let place = kind.place();
    let stores = [place.open(), place.open()];
    let rotating = place.open();
    (0..2 * KEYS).for_each(|number| rotating.write(vec![create(number)]).unwrap());
    let is_done = AtomicBool::new(false);
    let write = |store: &Store, writer: usize| {
        let (mut writes, mut number) = (0_u64, 0);
        while !is_done.load(Ordering::Relaxed) {
            let arn = arn(writer * KEYS + number);
            let key = store.get(&arn).unwrap().unwrap();
            store.write(vec![Write::UpdateKey { key: tagged(&key, "x") }]).unwrap();
            // A name that is deleted and given again has version 1 twice.
            let put = Write::PutAlias { alias: alias(writer, Some(arn.clone())) };
            store.write(vec![put]).unwrap();
            let alias = store.get_alias(&name(writer)).unwrap().unwrap();
            let key = store.get(&arn).unwrap().unwrap();
            let update = Write::UpdateKey { key: tagged(&key, "y") };
            store.write(vec![Write::DeleteAlias { alias }, update]).unwrap();
            writes += 2;
            number = (number + 7) % KEYS;
        }
        writes
    };
    let writes: u64 = thread::scope(|scope| {
        let write = &write;
        let writers: Vec<_> = stores
            .iter()
            .enumerate()
            .map(|(writer, store)| scope.spawn(move || write(store, writer)))
            .collect();
        for _ in 0..3 {
            wait(rotating.add_store_key()).unwrap();
            loop {
                reseal_all(&rotating);
                match wait(rotating.delete_old_store_keys()) {
                    Ok(()) => break,
                    // What somebody had begun to write under the old one before.
                    Err(CommitError::Conflict) => (),
                    Err(error) => panic!("{error}"),
                }
            }
        }
        is_done.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    assert_eq!(wait(rotating.store_keys()).unwrap(), [4]);
    let store = place.open();
    let versions = (0..2 * KEYS).map(|number| {
        let key = store.open_one(&arn(number)).unwrap().unwrap();
        assert!(is_material(&key.material, number));
        key.key.version() - 1
    });
    assert_eq!(versions.sum::<u64>(), writes, "no write is lost");
    assert!(writes > 0);
}

fn a_damaged_record_is_counted_and_keeps_the_old_store_key(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    (0..5).for_each(|number| store.write(vec![create(number)]).unwrap());
    let damage = "UPDATE keys SET sealed = zeroblob(60) WHERE arn =";
    place.alter(&format!("{damage} '{}'", arn(2).as_str()));
    wait(store.add_store_key()).unwrap();
    let walk = reseal_all(&store);
    assert_eq!((walk.found(), walk.damaged()), (5, 1));
    assert_eq!(wait(store.delete_old_store_keys()), Err(CommitError::Conflict));
    assert_eq!(store.get(&arn(2)), Err(StoreError::Damaged));
    assert!(store.open_one(&arn(3)).unwrap().is_some());
}

fn a_process_with_the_old_root_key_refuses_to_write_under_an_old_store_key(kind: Kind) {
    let place = kind.place();
    let running = place.open();
    running.write(vec![create(1)]).unwrap();
    rotate(&place, &file(&place), &other_file(&place)).unwrap();
    // Its own root key does not wrap a new store key any more.
    let rotating = open(&place, other_file(&place)).unwrap();
    assert_eq!(wait(running.add_store_key()), Err(StoreError::Unavailable.into()));
    assert_eq!(wait(rotating.store_keys()).unwrap(), [1]);

    wait(rotating.add_store_key()).unwrap();
    assert_eq!(running.write(vec![create(2)]), Err(StoreError::Unavailable.into()));
    assert!(running.open_one(&arn(1)).unwrap().is_some(), "what it can open it reads");
    reseal_all(&rotating);
    assert!(running.get(&arn(1)).is_err());
    // Once the new root key is where the old one was, it needs no other start.
    fs::rename(place.data().join("other.key"), place.root_key()).unwrap();
    running.write(vec![create(2)]).unwrap();
    assert!(running.open_one(&arn(1)).unwrap().is_some());
    wait(running.delete_old_store_keys()).unwrap();
    assert_eq!(wait(running.store_keys()).unwrap(), [2]);
}
