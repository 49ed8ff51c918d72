//! Arbitrary bytes as a token or certificate in any form: they are decoded or refused.

#![no_main]

use keyblock_cli::encoded::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    match decode(text) {
        Ok(bytes) => assert!(bytes.len() <= text.len()),
        Err(error) => assert!(error.offset().is_none_or(|at| at < text.len())),
    }
});
