//! Arbitrary text as header: no panic, and what is read keeps its text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tr34::KeyHeader;

fuzz_target!(|text: &str| {
    let Ok(header) = KeyHeader::parse(text) else { return };
    assert_eq!(header.text(), text);
});
