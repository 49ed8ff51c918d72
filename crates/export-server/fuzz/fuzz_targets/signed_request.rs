//! Arbitrary headers and bodies: nothing that was not signed is accepted.

#![no_main]

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use export_api::{Realm, Timestamp};
use export_server::aws_json;
use export_server::randomness::OsRandomness;
use export_server::sigv4::{Credential, SignedRequest, Verifier};
use libfuzzer_sys::fuzz_target;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let realm = Realm::new("us-east-1", "111122223333").expect("a region and an account");
    let id = "AKIAIOSFODNN7EXAMPLE".parse().expect("an id");
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".parse().expect("a secret");
    Verifier::new(&realm, [Credential::new(id, secret)], &OsRandomness).expect("randomness")
});

fuzz_target!(|parts: (Vec<(&str, &[u8])>, &[u8])| {
    let (lines, body) = parts;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.into_iter().take(100) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    let request = SignedRequest { method: &Method::POST, headers: &headers, body };
    let now = Timestamp::from_milliseconds(1_440_938_160_000);
    assert!(VERIFIER.verify(request, now).is_err());
    let _ = aws_json::operation(&headers);
});
