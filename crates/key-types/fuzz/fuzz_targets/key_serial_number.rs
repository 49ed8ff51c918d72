//! Any text as a key serial number: no panic, and what parses prints back the same.

#![no_main]

use core::fmt::Display;
use core::str::FromStr;

use key_types::{AesKeySerialNumber, InitialKeyId, TdesKeySerialNumber};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    prints_back::<TdesKeySerialNumber>(text);
    prints_back::<AesKeySerialNumber>(text);
    prints_back::<InitialKeyId>(text);
});

fn prints_back<T: FromStr + Display>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string(), text.to_uppercase());
    }
}
