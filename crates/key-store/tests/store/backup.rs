//! Copies of a store as it is at one moment.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use export_api::ports::Write;
use key_store::{Error, Resealing, Store};

use crate::support::*;

on_both!(
    a_copy_opens_with_the_same_root_key_and_holds_everything,
    a_copy_is_of_one_moment_while_others_write,
);
/// Copies a store into the directory of another place, with the root key.
pub(crate) fn copied(place: &Place) -> Place {
    let copy = Place::new();
    fs::create_dir_all(copy.data()).unwrap();
    Store::back_up(&place.location(), &place.data(), &copy.database()).unwrap();
    fs::copy(place.root_key(), copy.root_key()).unwrap();
    copy
}

pub(crate) fn put_some(store: &Store) {
    for number in 0..20 {
        let alias = Write::PutAlias { alias: alias(number, Some(arn(number))) };
        store.write(vec![create(number), alias]).unwrap();
    }
    let key = store.get(&arn(3)).unwrap().unwrap();
    store.write(vec![Write::UpdateKey { key: pending(&key, 1_000) }]).unwrap();
    let key = store.get(&arn(4)).unwrap().unwrap();
    store.write(vec![Write::DestroyKey { key: destroyed(&key) }]).unwrap();
    // Records under two store keys.
    wait(store.add_store_key()).unwrap();
    wait(store.reseal_next(&mut Resealing::default(), 7)).unwrap();
    store.write(vec![create(20)]).unwrap();
}

pub(crate) fn expect_same(one: &Store, other: &Store) {
    assert_eq!(one.list(&key_page(100)).unwrap(), other.list(&key_page(100)).unwrap());
    let aliases = |store: &Store| store.list_aliases(&alias_page(100)).unwrap();
    assert_eq!(aliases(one), aliases(other));
    for number in (0..=20).filter(|number| *number != 4) {
        assert!(is_material(&other.open_one(&arn(number)).unwrap().unwrap().material, number));
    }
    assert!(other.open_one(&arn(4)).unwrap().is_none());
    assert_eq!(wait(one.store_keys()).unwrap(), wait(other.store_keys()).unwrap());
}

fn a_copy_opens_with_the_same_root_key_and_holds_everything(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    put_some(&store);
    let copy = copied(&place);
    let refused = Store::back_up(&place.location(), &place.data(), &copy.database()).unwrap_err();
    assert!(matches!(refused, Error::Directory { .. }), "{refused:?}");
    expect_same(&store, &copy.open());
    // It is a store like any other.
    copy.open().write(vec![create(21)]).unwrap();
    assert!(store.get(&arn(21)).unwrap().is_none());
}

fn a_copy_is_of_one_moment_while_others_write(kind: Kind) {
    let place = kind.place();
    let store = place.open();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        for writer in 0..4 {
            let (store, is_done) = (&store, &is_done);
            scope.spawn(move || {
                for number in (0..500).map(|number| 1_000 * writer + number) {
                    if is_done.load(Ordering::Relaxed) {
                        break;
                    }
                    let alias = Write::PutAlias { alias: alias(number, Some(arn(number))) };
                    store.write(vec![create(number), alias]).unwrap();
                }
            });
        }
        for _ in 0..5 {
            let before = wait(store.key_counts()).unwrap().first().map_or(0, |(_, count)| *count);
            let place = copied(&place);
            let copy = place.open();
            let keys = copy.list(&key_page(usize::MAX)).unwrap();
            let aliases = copy.list_aliases(&alias_page(usize::MAX)).unwrap();
            assert!(keys.len() as u64 >= before);
            let targets = aliases.iter().map(|alias| alias.target().unwrap());
            assert!(targets.eq(keys.iter().map(export_api::Key::arn)), "half a batch");
        }
        is_done.store(true, Ordering::Relaxed);
    });
}
