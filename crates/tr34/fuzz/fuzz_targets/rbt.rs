//! Arbitrary bytes as rebind token: no panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tr34::{RbtCa, RbtKdh};

fuzz_target!(|bytes: &[u8]| {
    assert!(RbtKdh::parse(bytes).is_err() || RbtCa::parse(bytes).is_err());
});
