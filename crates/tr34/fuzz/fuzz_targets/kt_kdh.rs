//! Arbitrary bytes as key token: no panic, places are in the token, and parts are its own.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tr34::{KtKdh, Parts};

fuzz_target!(|bytes: &[u8]| {
    let Ok(token) = KtKdh::parse(bytes) else { return };
    assert!(token.findings().iter().filter_map(|it| it.offset()).all(|at| at < bytes.len()));
    let parts = Parts::of(&token).expect("a token that was read");
    assert!(!parts.enveloped_data().is_empty());
});
