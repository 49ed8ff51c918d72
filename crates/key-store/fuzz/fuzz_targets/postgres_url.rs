//! Addresses of PostgreSQL databases: read or refused, never shown with a password, and never without
//! TLS to another machine unless they say so.

#![no_main]

use key_store::{PostgresUrl, StoreLocation, fuzzing};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (text, rest) = input;
    let read = text.parse::<PostgresUrl>();
    let location = text.parse::<StoreLocation>();
    if PostgresUrl::is_meant_by(text) {
        assert_eq!(location.ok(), read.clone().ok().map(StoreLocation::Postgres));
    }
    if let Ok(url) = read {
        assert!(PostgresUrl::is_meant_by(text));
        assert!(fuzzing::hides_what_it_sends(&url) || text.contains("sslmode="));
    }
    // Whatever comes after it, what stands for the password is not shown.
    let marked = format!("postgres://till:hunter2hunter2@db.example/keys{rest}");
    let shown = match marked.parse::<PostgresUrl>() {
        Ok(url) => format!("{url} {url:?}"),
        Err(error) => format!("{error} {error:?}"),
    };
    assert!(rest.contains("hunter2") || !shown.contains("hunter2hunter2"), "{shown}");
});
