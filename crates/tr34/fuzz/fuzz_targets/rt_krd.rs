//! Arbitrary bytes as random number token: no panic, and what is read is written the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tr34::RtKrd;

fuzz_target!(|bytes: &[u8]| {
    let Ok(token) = RtKrd::parse(bytes) else { return };
    assert_eq!(token.to_der(), bytes);
});
