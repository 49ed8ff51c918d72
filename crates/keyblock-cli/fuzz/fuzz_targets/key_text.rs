//! Arbitrary bytes as the text of a key: what is read has half as many bytes as digits.

#![no_main]

use keyblock_cli::key_text;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    match key_text::read(text) {
        Ok(key) => assert_eq!(2 * key.length(), text.trim_ascii().len()),
        Err(error) => assert!(error.offset().is_none_or(|at| at < text.len())),
    }
});
