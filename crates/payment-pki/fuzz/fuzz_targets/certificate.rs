//! Arbitrary bytes as certificate: no panic, what is read is kept as it came, and a path from it to
//! itself never lets the role of a leaf pass for an authority.

#![no_main]

use libfuzzer_sys::fuzz_target;
use payment_pki::{Certificate, Policy, TrustAnchor, role, validate};

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificate) = Certificate::from_der(bytes) else { return };
    assert_eq!(certificate.as_der(), bytes);
    assert_eq!(Certificate::from_pem(&certificate.to_pem()).as_ref(), Ok(&certificate));
    let anchors = [TrustAnchor::<role::Krd>::new(certificate.clone())];
    let at = certificate.not_before();
    let trusted = validate(&certificate, &[], &anchors, &[], at, &Policy::strict());
    assert!(trusted.is_err(), "what signed itself is an authority, or none");
});
