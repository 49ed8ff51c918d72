//! Arbitrary text: no panic, and what is read prints the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tr31::KeyBlock;

fuzz_target!(|text: &str| {
    match KeyBlock::parse(text) {
        Ok(block) => assert_eq!(block.to_string(), text),
        Err(error) => assert!(!error.code().is_empty()),
    }
});
