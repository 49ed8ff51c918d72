//! Arbitrary bytes as parts of an HSM: no panic, and no token without a signature.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use payment_pki::Certificate;
use tr34::Parts;

static SENDER: LazyLock<Certificate> = LazyLock::new(|| {
    Certificate::from_der(include_bytes!("../sender.der")).expect("a good certificate")
});

fuzz_target!(|parts: (&[u8], &[u8], &[u8])| {
    let (attributes, enveloped_data, signature) = parts;
    assert!(Parts::new(attributes, enveloped_data, signature).assemble(&SENDER, None).is_err());
});
