//! What a store asks of its PostgreSQL server: TLS with the right name, and settings that keep what
//! is acknowledged.

use std::env;
use std::fs;

use key_store::{Error, PostgresStore, PostgresUrl};

use crate::support::*;

on_postgres!(
    tls_checks_the_certificate_and_its_name,
    a_server_that_loses_what_it_acknowledged_is_refused,
    another_root_key_is_told_and_touches_nothing,
    a_newer_schema_is_refused_untouched,
    connections_that_were_cut_are_replaced,
);

/// Names a database that is reached by TLS, with `sslrootcert`.
const TLS: &str = "EXPORT_SERVER_TEST_POSTGRES_TLS";

fn open(url: &str, seed: u64) -> Result<PostgresStore, Error> {
    let url: PostgresUrl = url.parse().unwrap();
    PostgresStore::open(&url, &root_key(seed), Seeded::new(seed))
}

fn tls_checks_the_certificate_and_its_name(kind: Kind) {
    let place = kind.place();
    let plain = place.url().unwrap();
    let schema = plain.split("options=").nth(1).unwrap();
    // Only the CI step starts a server that speaks TLS.
    let Ok(address) = env::var(TLS) else { return };
    let address = format!("{address}&options={schema}");
    let store = open(&address, 1).unwrap();
    store.write(vec![create(1)]).unwrap();
    assert!(store.open_one(&arn(1)).unwrap().is_some());
    drop(store);

    let cause = |url: &str| match open(url, 1).unwrap_err() {
        Error::Database { source } => format!("{source:?}"),
        error => format!("{error:?}"),
    };
    let other_name = cause(&address.replace("@localhost", "@127.0.0.1"));
    assert!(other_name.contains("NotValidForName"), "{other_name}");
    // The authorities of the system do not know this server's.
    let own = address.split("&sslrootcert=").next().unwrap();
    let unknown = cause(&format!("{own}&options={schema}"));
    assert!(unknown.contains("UnknownIssuer") || unknown.contains("Tls"), "{unknown}");
    let directory = tempfile::tempdir().unwrap();
    let empty = directory.path().join("ca.pem");
    fs::write(&empty, "").unwrap();
    let encoded = empty.display().to_string().replace('/', "%2F");
    let nobody = cause(&format!("{own}&sslrootcert={encoded}&options={schema}"));
    assert!(nobody.contains("Tls"), "{nobody}");
}

fn a_server_that_loses_what_it_acknowledged_is_refused(kind: Kind) {
    let place = kind.place();
    let url = place.url().unwrap();
    for level in ["off", "local", "remote_write"] {
        let refused = open(&format!("{url}%20-csynchronous_commit%3D{level}"), 1).unwrap_err();
        let Error::ServerSetting { setting, value, .. } = &refused else { panic!("{refused:?}") };
        assert_eq!((*setting, value.as_str()), ("synchronous_commit", level));
    }
    open(&format!("{url}%20-csynchronous_commit%3Dremote_apply"), 1).unwrap();
}

fn another_root_key_is_told_and_touches_nothing(kind: Kind) {
    let place = kind.place();
    let url = place.url().unwrap();
    let store = open(&url, 1).unwrap();
    store.write(vec![create(1)]).unwrap();
    let refused = open(&url, 99).unwrap_err();
    assert!(matches!(refused, Error::WrongRootKey), "{refused:?}");
    assert!(open(&url, 1).unwrap().open_one(&arn(1)).unwrap().is_some());
    // A file with a root key is made for a new store only.
    let refused = place.try_open().unwrap_err();
    assert!(matches!(refused, Error::RootKeyMissing { .. }), "{refused:?}");
    assert!(!place.root_key().exists());
}

fn a_newer_schema_is_refused_untouched(kind: Kind) {
    let place = kind.place();
    drop(place.open());
    place.alter("UPDATE schema_version SET version = 99");
    let refused = place.try_open().unwrap_err();
    assert!(matches!(refused, Error::Newer { found: 99, .. }), "{refused:?}");
}

/// The server ends every connection, as it does when it is started anew.
fn connections_that_were_cut_are_replaced(kind: Kind) {
    let place = kind.place();
    let name = format!("cut-{}", std::process::id());
    let store = open(&format!("{}&application_name={name}", place.url().unwrap()), 1).unwrap();
    for round in 0..5 {
        store.write(vec![create(round)]).unwrap();
        place.alter(&format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
             WHERE application_name = '{name}'"
        ));
        assert!(store.open_one(&arn(round)).unwrap().is_some());
        store.write(vec![create(100 + round)]).unwrap();
    }
}
