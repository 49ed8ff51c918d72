//! Arbitrary bytes as a token of any kind: no panic, and what is read can be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tr34::Token;

fuzz_target!(|bytes: &[u8]| {
    let Ok(token) = Token::parse(bytes) else { return };
    assert!(token.to_string().starts_with(token.kind()));
});
