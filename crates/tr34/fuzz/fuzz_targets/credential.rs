//! Arbitrary bytes as credential token: no panic, and never one of both kinds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tr34::{CtKdh, CtKrd};

fuzz_target!(|bytes: &[u8]| {
    let (sender, receiver) = (CtKdh::parse(bytes), CtKrd::parse(bytes));
    assert!(sender.is_err() || receiver.is_err());
    if let Ok(token) = sender {
        let again = CtKdh::parse(&token.to_der()).expect("what was written");
        assert_eq!(again.certificate(), token.certificate());
    }
});
