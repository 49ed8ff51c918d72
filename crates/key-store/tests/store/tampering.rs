//! Whoever edits the file behind the store's back gets damage, never another key.

use export_api::ports::{KeyReference, KeyStore, StoreError, Write};

use crate::support::*;

on_both!(
    edited_attributes_do_not_open,
    swapped_seals_do_not_open,
    a_record_under_another_name_does_not_open,
    swapped_rows_do_not_open,
    another_version_does_not_open,
    another_store_key_does_not_open,
    columns_for_queries_are_held_against_the_record,
    a_redirected_alias_does_not_open,
    an_alias_of_a_key_that_was_removed_is_damage,
    an_edited_credential_does_not_open,
);

/// A store with three keys and two aliases, after these statements were run on its file.
fn altered(kind: Kind, sql: &[&str]) -> Place {
    let place = kind.place();
    let store = place.open();
    store.write((1..4).map(create).collect()).unwrap();
    store
        .write((1..3).map(|n| Write::PutAlias { alias: alias(n, Some(arn(n))) }).collect())
        .unwrap();
    let second = store.get(&arn(2)).unwrap().unwrap();
    store.write(vec![Write::UpdateKey { key: pending(&second, 1000) }]).unwrap();
    drop(store);

    for statement in sql {
        let sql = (1..5).fold((*statement).to_owned(), |sql, number| {
            sql.replace(&format!(":arn{number}"), &format!("'{}'", arn(number)))
                .replace(&format!(":name{number}"), &format!("'{}'", name(number)))
        });
        place.alter(&sql);
    }
    place
}

/// Expects every way to read key 1, and every list it is in, to find it damaged.
fn expect_damaged_key(kind: Kind, sql: &[&str]) {
    let place = altered(kind, sql);
    let store = place.open();
    assert_eq!(store.get(&arn(1)), Err(StoreError::Damaged), "{sql:?}");
    assert_eq!(store.open_one(&arn(1)).unwrap_err(), StoreError::Damaged, "{sql:?}");
    assert_eq!(store.list(&key_page(10)), Err(StoreError::Damaged), "{sql:?}");
    let by_alias = KeyReference::Alias(name(1));
    assert_eq!(wait(store.key(&by_alias)), Err(StoreError::Damaged), "{sql:?}");
    let change = Write::UpdateKey { key: key(1).next_version() };
    assert_eq!(store.write(vec![change]), Err(StoreError::Damaged.into()), "{sql:?}");
    // The others are as they were, also for writing.
    assert!(is_material(&store.open_one(&arn(3)).unwrap().unwrap().material, 3));
    store.write(vec![Write::UpdateKey { key: key(3).next_version() }]).unwrap();
}

fn edited_attributes_do_not_open(kind: Kind) {
    for (from, to) in [
        // As records are abbreviated: whether it is exportable, and whether enabled.
        ("\u{f}true", "\u{f}false"),
        ("\u{10}true", "\u{10}false"),
        ("TDES_2KEY", "TDES_3KEY"),
        ("B0_BASE", "K0_BASE"),
        ("08D7B4", "08D7B5"),
        // The same value in other bytes.
        ("\u{3}1", r#","version":1"#),
        ("\u{3}1", "\u{3} 1"),
    ] {
        expect_damaged_key(
            kind,
            &[&format!(
                "UPDATE keys SET record = replace(record, '{from}', '{to}') WHERE arn = :arn1"
            )],
        );
    }
}

fn swapped_seals_do_not_open(kind: Kind) {
    expect_damaged_key(
        kind,
        &["UPDATE keys SET sealed = (SELECT sealed FROM keys WHERE arn = :arn3) WHERE arn = :arn1"],
    );
    expect_damaged_key(kind, &["UPDATE keys SET sealed = zeroblob(28) WHERE arn = :arn1"]);
    expect_damaged_key(kind, &["UPDATE keys SET sealed = x'' WHERE arn = :arn1"]);
    expect_damaged_key(kind, &["UPDATE keys SET sealed = substr(sealed, 1, 28) WHERE arn = :arn1"]);
    expect_damaged_key(
        kind,
        &["UPDATE keys SET sealed = (SELECT sealed FROM aliases WHERE name = :name1) \
            WHERE arn = :arn1"],
    );
}

fn a_record_under_another_name_does_not_open(kind: Kind) {
    expect_damaged_key(
        kind,
        &["UPDATE keys SET (version, record, sealed, state, delete_due) = \
            (SELECT version, record, sealed, state, delete_due FROM keys WHERE arn = :arn3) \
            WHERE arn = :arn1"],
    );
    expect_damaged_key(
        kind,
        &[
            "DELETE FROM keys WHERE arn = :arn1",
            "INSERT INTO keys SELECT :arn1, version, record, store_key, sealed, state, delete_due \
            FROM keys WHERE arn = :arn3",
        ],
    );
}

fn swapped_rows_do_not_open(kind: Kind) {
    let rename = "UPDATE keys SET arn = 'arn:aws:payment-cryptography:us-east-1:111122223333:key/swapswapswapswap' WHERE arn = :arn1";
    let place = altered(
        kind,
        &[
            rename,
            "UPDATE keys SET arn = :arn1 WHERE arn = :arn3",
            "UPDATE keys SET arn = :arn3 WHERE arn LIKE '%swap'",
        ],
    );
    let store = place.open();
    assert_eq!(store.open_one(&arn(1)).unwrap_err(), StoreError::Damaged);
    assert_eq!(store.open_one(&arn(3)).unwrap_err(), StoreError::Damaged);
}

fn another_version_does_not_open(kind: Kind) {
    expect_damaged_key(kind, &["UPDATE keys SET version = 2 WHERE arn = :arn1"]);
    expect_damaged_key(kind, &["UPDATE keys SET version = 0 WHERE arn = :arn1"]);
    expect_damaged_key(kind, &["UPDATE keys SET version = -1 WHERE arn = :arn1"]);
    expect_damaged_key(
        kind,
        &["UPDATE keys SET version = 2, record = replace(record, '\u{3}1', '\u{3}2') \
            WHERE arn = :arn1"],
    );
}

fn another_store_key_does_not_open(kind: Kind) {
    expect_damaged_key(kind, &["UPDATE keys SET store_key = 2 WHERE arn = :arn1"]);
    expect_damaged_key(kind, &["UPDATE keys SET store_key = -1 WHERE arn = :arn1"]);
}

fn columns_for_queries_are_held_against_the_record(kind: Kind) {
    expect_damaged_key(kind, &["UPDATE keys SET state = 'DELETE_COMPLETE' WHERE arn = :arn1"]);
    expect_damaged_key(kind, &["UPDATE keys SET delete_due = 1 WHERE arn = :arn1"]);

    let due = |sql: &[&str]| {
        let now = export_api::Timestamp::from_milliseconds(2000);
        wait(altered(kind, sql).open().keys_due(now, 9)).map(|keys| keys.len())
    };
    assert_eq!(due(&[]), Ok(1));
    assert_eq!(
        due(&["UPDATE keys SET state = 'DELETE_PENDING', delete_due = 1 WHERE arn = :arn1"]),
        Err(StoreError::Damaged),
    );
    assert_eq!(due(&["UPDATE keys SET delete_due = 999"]), Err(StoreError::Damaged));
}

fn a_redirected_alias_does_not_open(kind: Kind) {
    for sql in [
        "UPDATE aliases SET target = :arn3 WHERE name = :name1",
        "UPDATE aliases SET target = NULL WHERE name = :name1",
        "UPDATE aliases SET target = :arn2, record = replace(record, :arn1, :arn2) \
            WHERE name = :name1",
        "UPDATE aliases SET version = 2 WHERE name = :name1",
        "UPDATE aliases SET (record, sealed, target) = \
            (SELECT record, sealed, target FROM aliases WHERE name = :name2) \
            WHERE name = :name1",
    ] {
        let place = altered(kind, &[sql]);
        let store = place.open();
        assert_eq!(store.get_alias(&name(1)), Err(StoreError::Damaged), "{sql}");
        assert_eq!(store.list_aliases(&alias_page(9)), Err(StoreError::Damaged), "{sql}");
        let reference = KeyReference::Alias(name(1));
        let opened = wait(store.open_keys([&reference]));
        assert_eq!(opened.unwrap_err(), StoreError::Damaged, "{sql}");
        assert!(store.get_alias(&name(2)).unwrap().is_some(), "{sql}");
    }
}

fn an_alias_of_a_key_that_was_removed_is_damage(kind: Kind) {
    let place = altered(kind, &["DELETE FROM keys WHERE arn = :arn1"]);
    let store = place.open();
    assert_eq!(wait(store.key(&KeyReference::Alias(name(1)))), Err(StoreError::Damaged));
}

fn an_edited_credential_does_not_open(kind: Kind) {
    let place = kind.place();
    let secret = material(1);
    let created = export_api::Timestamp::from_milliseconds(1);
    let credential =
        key_store::Credential::new("AKIA1".to_owned(), secret, "x".to_owned(), created);
    wait(place.open().add_credential(credential)).unwrap();
    let disable = "UPDATE credentials SET record = replace(record, 'true', 'false')";
    place.alter(disable);
    assert_eq!(wait(place.open().credentials()).unwrap_err(), StoreError::Damaged);
}
