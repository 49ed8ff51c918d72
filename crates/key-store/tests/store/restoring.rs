//! Stores in a database that are made of copies.

use std::fs;

use export_api::ports::StoreError;
use key_store::{Error, PostgresStore, SqliteStore, StoreLocation};

use crate::backup::{copied, expect_same, put_some};
use crate::support::*;

on_postgres!(
    a_database_is_filled_from_a_copy_of_either_kind,
    a_database_is_filled_whole_or_not_at_all,
);

fn restore(from: &Place, to: &Place) -> Result<(), Error> {
    let StoreLocation::Postgres(url) = to.location() else { panic!("it is no database") };
    PostgresStore::restore(&url, &from.database())
}

fn a_database_is_filled_from_a_copy_of_either_kind(kind: Kind) {
    for source in [Kind::Sqlite, Kind::Postgres] {
        let place = source.place();
        let store = place.open();
        put_some(&store);
        let (copy, target) = (copied(&place), kind.place());
        restore(&copy, &target).unwrap();
        fs::create_dir_all(target.data()).unwrap();
        fs::copy(place.root_key(), target.root_key()).unwrap();
        let restored = target.open();
        expect_same(&store, &restored);
        restored.write(vec![create(21)]).unwrap();
        drop(restored);
        let refused = restore(&copy, &target).unwrap_err();
        assert!(matches!(refused, Error::NotEmpty), "{refused:?}");
        assert!(target.open().get(&arn(21)).unwrap().is_some());
    }
}

fn a_database_is_filled_whole_or_not_at_all(kind: Kind) {
    let place = Place::new();
    put_some(&place.open());
    let target = kind.place();
    // The last alias points to nothing, which the database does not take.
    let nowhere = format!("UPDATE aliases SET target = 'x' WHERE name = '{}'", name(19).as_str());
    place.alter(&nowhere);
    assert!(matches!(restore(&place, &target).unwrap_err(), Error::Database { .. }));
    let refused = PostgresStore::back_up(
        &target.url().unwrap().parse().unwrap(),
        &place.data().join("nothing"),
    );
    assert!(matches!(refused.unwrap_err(), Error::NoStore));

    // What is damaged is carried over as it is, and seen as before.
    place.alter(&nowhere.replace("'x'", &format!("'{}'", arn(19).as_str())));
    place.alter(&format!("UPDATE keys SET version = 9 WHERE arn = '{}'", arn(7).as_str()));
    restore(&place, &target).unwrap();
    fs::create_dir_all(target.data()).unwrap();
    fs::copy(place.root_key(), target.root_key()).unwrap();
    let store = target.open();
    assert_eq!(store.get(&arn(7)), Err(StoreError::Damaged));
    assert!(store.open_one(&arn(8)).unwrap().is_some());
    assert!(!SqliteStore::is_in(&target.data()));
}
