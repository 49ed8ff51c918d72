//! Arbitrary lines with receipts: none holds that the authority did not sign.

#![no_main]

use std::sync::LazyLock;

use export_server::audit::receipts;
use libfuzzer_sys::fuzz_target;
use payment_pki::Certificate;

static AUTHORITY: LazyLock<Certificate> = LazyLock::new(|| {
    // The first certificate among the vectors of tokens.
    let vectors = include_str!("../../../../test-vectors/data/tr34/open.json");
    let (_, rest) = vectors.split_once("-----BEGIN CERTIFICATE-----").expect("a certificate");
    let (body, _) = rest.split_once("-----END CERTIFICATE-----").expect("its end");
    let body = body.replace("\\n", "\n");
    let pem = format!("-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----\n");
    Certificate::from_pem(&pem).expect("a certificate in PEM")
});

fuzz_target!(|trail: &[u8]| {
    match receipts(trail, &AUTHORITY) {
        Ok(statements) => assert!(statements.is_empty()),
        Err(broken) => assert!(broken.line >= 1),
    }
});
