//! Canary keys: once the program rests, no part of a clear key is in its memory, its files, its
//! database, its log or its answers.

mod database;
mod root_key;
mod round;
mod scanner;
mod setting;
mod store_key;
mod traffic;
mod watched;

#[cfg(feature = "pkcs11")]
use self::root_key::PinFrom;
use self::round::round;
use self::setting::Setting;
use crate::postgres::schema::Schema;

const EXPORTS: usize = 1_000;
/// Each export of the traffic more than six times: what another store or another root key leaves
/// behind, it leaves at the start and at every use, and each round takes its time.
const FEWER_EXPORTS: usize = 200;

#[test]
fn no_clear_key_is_left_anywhere() {
    round(&Setting::new(EXPORTS));
}

#[test]
fn no_clear_key_is_left_with_postgres() {
    let Some(schema) = Schema::new() else { return };
    round(&Setting::new(FEWER_EXPORTS).with_database(schema));
}

#[test]
fn no_passphrase_is_left() {
    round(&Setting::new(FEWER_EXPORTS).with_passphrase());
}

#[cfg(feature = "pkcs11")]
#[test]
fn no_pin_of_a_file_is_left_and_no_root_key_of_a_token() {
    round(&Setting::new(FEWER_EXPORTS).with_token(PinFrom::File));
}

#[cfg(feature = "pkcs11")]
#[test]
fn a_pin_of_the_environment_is_held_and_not_spread() {
    round(&Setting::new(FEWER_EXPORTS).with_token(PinFrom::Environment));
}
