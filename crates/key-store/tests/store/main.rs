//! The store from outside: what it keeps, what it refuses, what it survives.

#![allow(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of tests may do what tests may"
)]

/// Makes each of these functions, which take a [`Kind`], a test of both stores.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $test() {
                super::$test(crate::support::Kind::Sqlite);
            })+
        }
        on_postgres!($($test),+);
    };
}
/// Makes each of these functions, which take a [`Kind`], a test of the shared store.
macro_rules! on_postgres {
    ($($test:ident),+ $(,)?) => {
        mod postgres {
            $(#[test]
            fn $test() {
                if crate::postgres::is_there() {
                    super::$test(crate::support::Kind::Postgres);
                }
            })+
        }
    };
}
mod backup;
mod bit_flips;
mod commits;
mod concurrency;
mod copying;
mod faults;
mod identities;
mod linear;
mod model;
mod old_store_keys;
mod opening;
mod postgres;
mod restoring;
mod root_keys;
mod rotation;
mod round_trips;
mod server;
mod support;
mod tampering;
mod torn_log;
