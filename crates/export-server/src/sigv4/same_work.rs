//! An unknown access key costs the work that a bad signature costs.

use std::cell::RefCell;

use axum::http::{HeaderMap, HeaderValue, Method};
use export_api::{Realm, Timestamp};

use super::{Credential, Refusal, SignedRequest, Verifier};
use crate::randomness::OsRandomness;

thread_local! {
    /// The lengths in bytes of all texts that were authenticated by HMAC on this thread.
    static HMACS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn count(length: usize) {
    HMACS.with_borrow_mut(|hmacs| hmacs.push(length));
}

const NOW: Timestamp = Timestamp::from_milliseconds(1_440_938_160_000);
const KNOWN: &str = "AKIAIOSFODNN7EXAMPLE";
const UNKNOWN: &str = "AKIAI44QH8DHBEXAMPLE";

fn headers(access_key_id: &str) -> HeaderMap {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={access_key_id}/20150830/us-east-1/payment-cryptography/\
         aws4_request, SignedHeaders=host;x-amz-date, Signature={}",
        "0f".repeat(32)
    );
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::try_from(authorization).unwrap());
    headers.insert("host", HeaderValue::from_static("127.0.0.1:8131"));
    headers.insert("x-amz-date", HeaderValue::from_static("20150830T123600Z"));
    headers
}

#[test]
fn an_unknown_access_key_costs_the_hmacs_of_a_bad_signature() {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let known = Credential::new(KNOWN.parse().unwrap(), secret.parse().unwrap());
    let realm = Realm::new("us-east-1", "111122223333").unwrap();
    let verifier = Verifier::new(&realm, [known], &OsRandomness).unwrap();
    let refused = |access_key_id| {
        HMACS.take();
        let headers = headers(access_key_id);
        let request = SignedRequest { method: &Method::POST, headers: &headers, body: b"{}" };
        let refusal = verifier.verify(request, NOW).unwrap_err();
        (refusal, HMACS.take())
    };
    // First with the signing key of the day still to be derived, then with it.
    for hmacs in [5, 1] {
        let (bad, work) = refused(KNOWN);
        let (unknown, same) = refused(UNKNOWN);
        assert_eq!((bad, unknown), (Refusal::Mismatch, Refusal::Unrecognized));
        assert_eq!((work.len(), &work), (hmacs, &same));
    }
}
