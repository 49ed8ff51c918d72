//! Arbitrary bytes as revocation list: no panic, and what is read is kept as it came.

#![no_main]

use libfuzzer_sys::fuzz_target;
use payment_pki::Crl;

fuzz_target!(|bytes: &[u8]| {
    let Ok(list) = Crl::from_der(bytes) else { return };
    assert_eq!(list.as_der(), bytes);
    assert!(list.is_fresh(list.this_update(), u64::MAX));
});
