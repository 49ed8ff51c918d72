//! URIs of keys in tokens: read or refused, and never printed with a PIN.

#![no_main]

use key_store::{TokenUri, TokenUriError};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let read = text.parse::<TokenUri>();
    if text.starts_with("pkcs11:pin-value=") {
        assert_eq!(read.err(), Some(TokenUriError::PinValue));
    }
});
