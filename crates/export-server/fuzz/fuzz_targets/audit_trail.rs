//! Arbitrary bytes as an audit trail: a chain holds from its first line or is refused.

#![no_main]

use export_server::audit::{Head, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|trail: &[u8]| {
    match verify(trail, None) {
        Ok(head) => assert_eq!(head == Head::EMPTY, trail.is_empty()),
        Err(broken) => assert!(broken.line >= 1),
    }
});
