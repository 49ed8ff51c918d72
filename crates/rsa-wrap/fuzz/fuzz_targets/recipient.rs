//! Arbitrary bytes as public key and as certificate: no panic, and only good sizes pass.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rsa_wrap::Recipient;

fuzz_target!(|bytes: &[u8]| {
    for recipient in
        [Recipient::from_subject_public_key_info(bytes), Recipient::from_certificate(bytes)]
    {
        let length = recipient.map(|recipient| recipient.modulus_length());
        assert!(length.is_err() || matches!(length, Ok(256 | 384 | 512)));
    }
});
