//! Arbitrary text as PEM and as base64 of PEM: no panic, and what is read prints and reads again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use payment_pki::Certificate;

fuzz_target!(|text: &str| {
    let _ = Certificate::chain_from_base64_pem(text);
    let Ok(chain) = Certificate::chain_from_pem(text) else { return };
    let again: String = chain.iter().map(Certificate::to_pem).collect();
    assert_eq!(Certificate::chain_from_pem(&again), Ok(chain));
});
