//! Arbitrary bytes as certificate signing request: no panic, and what is read is kept as it came.

#![no_main]

use libfuzzer_sys::fuzz_target;
use payment_pki::CertificateRequest;

fuzz_target!(|bytes: &[u8]| {
    let Ok(request) = CertificateRequest::from_der(bytes) else { return };
    assert_eq!(request.as_der(), bytes);
    let again = CertificateRequest::from_pem(&request.to_pem()).expect("what was written");
    assert_eq!(again.as_der(), bytes);
});
