//! Arbitrary bytes as unbind token: no panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tr34::{UbtCa, UbtKdh};

fuzz_target!(|bytes: &[u8]| {
    assert!(UbtKdh::parse(bytes).is_err() || UbtCa::parse(bytes).is_err());
});
