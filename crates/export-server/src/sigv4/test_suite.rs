//! The signing test suite of AWS: canonical requests, strings to sign, signatures, and what is
//! refused here by design.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use export_api::{Realm, Timestamp};
use serde::Deserialize;
use test_vectors::{Expected, Test, data_directory, load};

use super::canonical::{canonical_request, hash_digits};
use super::{AccessKeyId, Authorization, Credential, Refusal, SignedRequest, Verifier};
use crate::randomness::OsRandomness;

/// 2015-08-30T12:36:00Z, when all of them were signed.
const NOW: Timestamp = Timestamp::from_milliseconds(1_440_938_160_000);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    method: String,
    target: String,
    headers: Vec<Header>,
    body: String,
    secret_access_key: String,
    region: String,
    service: String,
    date_time: String,
    canonical_request: String,
    string_to_sign: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    name: String,
    value: String,
}

impl Case {
    fn credential(&self) -> Credential {
        let id = AccessKeyId { text: "AKIDEXAMPLE".to_owned() };
        Credential::new(id, self.secret_access_key.parse().unwrap())
    }

    /// The headers, unless a value is one that HTTP no longer has.
    fn headers(&self) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        for Header { name, value } in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value).ok()?);
        }
        Some(headers)
    }

    /// Why the request is refused on its way from the connection to its signature; `None` if it
    /// is accepted.
    fn refusal(&self) -> Option<&'static str> {
        match self.target.split_once('?') {
            Some(_) => return Some("QueryRefused"),
            None if self.target != "/" => return Some("PathRefused"),
            None => (),
        }
        let Some(headers) = self.headers() else { return Some("HeaderFolded") };
        match self.verify(&headers) {
            Ok(()) => None,
            Err(Refusal::Unrecognized) => Some("SessionToken"),
            Err(Refusal::Unsigned { header }) if header == "x-amz-security-token" => {
                Some("SessionToken")
            }
            Err(refusal) => panic!("{refusal}"),
        }
    }

    fn verify(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        assert_eq!(
            (self.date_time.as_str(), self.service.as_str()),
            ("20150830T123600Z", "service")
        );
        let realm = Realm::new(&self.region, "111122223333").unwrap();
        let mut verifier = Verifier::new(&realm, [self.credential()], &OsRandomness).unwrap();
        verifier.service = "service";
        let method = self.method.parse::<Method>().unwrap();
        let request = SignedRequest { method: &method, headers, body: self.body.as_bytes() };
        verifier.verify(request, NOW).map(drop)
    }

    /// Holds the canonical request against the published one, where the path is the only one.
    fn check_canonical_request(&self, id: &str) {
        let headers = self.headers().unwrap();
        let authorization = headers["authorization"].to_str().unwrap();
        let authorization = Authorization::parse(authorization).unwrap();
        let method = self.method.parse().unwrap();
        let hash = hash_digits(self.body.as_bytes());
        let canonical = canonical_request(&method, &headers, &authorization, &hash).unwrap();
        assert_eq!(canonical, self.canonical_request, "{id}");
    }

    fn check_signature(&self, id: &str) {
        let day = self.date_time.split_once('T').unwrap().0;
        let scope = [day, self.region.as_str(), self.service.as_str()];
        let text = format!(
            "AWS4-HMAC-SHA256\n{}\n{}/aws4_request\n{}",
            self.date_time,
            scope.join("/"),
            hash_digits(self.canonical_request.as_bytes())
        );
        assert_eq!(text, self.string_to_sign, "{id}");
        let signature = self.credential().sign(scope, &text);
        assert_eq!(base16ct::lower::encode_string(&signature), self.signature, "{id}");
    }
}

fn tests() -> Vec<Test> {
    let file = load(&data_directory().join("sigv4/verify.json")).unwrap();
    file.test_groups.into_iter().flat_map(|group| group.tests).collect()
}

#[test]
fn what_is_signed_and_accepted_is_as_published() {
    let (mut accepted, mut canonical) = (0, 0);
    for test in tests() {
        let case: Case = test.case().unwrap();
        case.check_signature(&test.id);
        let refusal = case.refusal();
        assert_eq!(refusal, test.error.as_deref(), "{}", test.id);
        assert_eq!(refusal.is_none(), test.result == Expected::Valid, "{}", test.id);
        accepted += usize::from(refusal.is_none());
        if matches!(refusal, None | Some("SessionToken")) {
            case.check_canonical_request(&test.id);
            canonical += 1;
        }
    }
    assert_eq!((tests().len(), accepted, canonical), (38, 11, 14));
}

#[test]
fn no_accepted_request_is_accepted_with_any_other_signature_or_header() {
    for test in tests().into_iter().filter(|test| test.result == Expected::Valid) {
        let case: Case = test.case().unwrap();
        let headers = case.headers().unwrap();
        let authorization = headers["authorization"].to_str().unwrap().to_owned();
        for digit in authorization.len() - 64..authorization.len() {
            let other = if authorization[digit..].starts_with('0') { "1" } else { "0" };
            let mut changed = authorization.clone();
            changed.replace_range(digit..=digit, other);
            let mut headers = headers.clone();
            headers.insert("authorization", HeaderValue::try_from(changed).unwrap());
            assert_eq!(case.verify(&headers), Err(Refusal::Mismatch), "{} {digit}", test.id);
        }
        for name in headers.keys().filter(|name| *name != "authorization") {
            let mut headers = headers.clone();
            headers.insert(name, HeaderValue::from_static("another value"));
            assert!(case.verify(&headers).is_err(), "{} {name}", test.id);
        }
    }
}
