//! Signature Version 4, with the signer of AWS as oracle.

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, Method, Request};
use export_api::{Realm, Timestamp};
use export_server::randomness::OsRandomness;
use export_server::sigv4::{Credential, Refusal, SignedRequest, Verifier};
use proptest::prelude::*;

use crate::signer::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, Signer, unsigned};

const NOW: Timestamp = Timestamp::from_milliseconds(1_440_938_160_000);
const BODY: &str = r#"{"KeyState": "CREATE_COMPLETE", "MaxResults": 10}"#;

fn verifier() -> Verifier {
    let realm = Realm::new(REGION, "111122223333").unwrap();
    let credential =
        Credential::new(ACCESS_KEY_ID.parse().unwrap(), SECRET_ACCESS_KEY.parse().unwrap());
    Verifier::new(&realm, [credential], &OsRandomness).unwrap()
}

fn verify(request: &Request<Bytes>, now: Timestamp) -> Result<String, Refusal> {
    let signed = SignedRequest {
        method: request.method(),
        headers: request.headers(),
        body: request.body(),
    };
    verifier().verify(signed, now).map(|credential| credential.id().to_string())
}

fn seconds_later(seconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(NOW.milliseconds().saturating_add_signed(seconds * 1000))
}

fn code(request: &Request<Bytes>) -> &'static str {
    verify(request, NOW).unwrap_err().code()
}

#[test]
fn what_the_signer_of_aws_signs_is_accepted() {
    for body in [BODY, "{}", ""] {
        let request = Signer::at(NOW).request("ListKeys", body);
        assert_eq!(verify(&request, NOW).as_deref(), Ok(ACCESS_KEY_ID));
    }
    // Clients sign more headers than they must.
    let mut request = unsigned("ListKeys", BODY);
    let digest = "3c9b4d1b8d7b3a04b8f6a1d6d2e0a3f1";
    for (name, value) in [
        ("content-length", "49"),
        ("amz-sdk-invocation-id", digest),
        ("amz-sdk-request", "attempt=1; max=3"),
        ("x-amz-user-agent", "aws-sdk-js/3.882.0  ua/2.1"),
    ] {
        request.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    request.headers_mut().append("x-custom", HeaderValue::from_static("one"));
    request.headers_mut().append("x-custom", HeaderValue::from_static("two"));
    let request = Signer::at(NOW).sign(request);
    assert_eq!(verify(&request, NOW).as_deref(), Ok(ACCESS_KEY_ID));
}

#[test]
fn clocks_may_be_five_minutes_apart() {
    let request = Signer::at(NOW).request("ListKeys", BODY);
    for (seconds, accepted) in [(-301, false), (-300, true), (0, true), (300, true), (301, false)] {
        let outcome = verify(&request, seconds_later(seconds));
        match outcome {
            Ok(_) => assert!(accepted, "{seconds}"),
            Err(refusal) => {
                assert!(!accepted && matches!(refusal, Refusal::Skewed { .. }), "{seconds}");
                assert_eq!(refusal.code(), "InvalidSignatureException");
                assert!(refusal.to_string().contains("20150830T123600Z"), "{refusal}");
            }
        }
    }
}

#[test]
fn each_refusal_has_the_code_of_aws() {
    assert_eq!(code(&unsigned("ListKeys", BODY)), "MissingAuthenticationTokenException");

    let signer = Signer::at(NOW);
    let other_secret = Signer { secret_access_key: "another secret access key", ..signer };
    assert_eq!(code(&other_secret.request("ListKeys", BODY)), "InvalidSignatureException");
    let nobody = Signer { access_key_id: "AKIAI44QH8DHBEXAMPLE", ..signer };
    assert_eq!(code(&nobody.request("ListKeys", BODY)), "UnrecognizedClientException");
    for elsewhere in [Signer { region: "eu-west-1", ..signer }, Signer { service: "kms", ..signer }]
    {
        let refusal = verify(&elsewhere.request("ListKeys", BODY), NOW).unwrap_err();
        assert!(matches!(refusal, Refusal::Scope { .. }), "{refusal}");
        assert_eq!(refusal.code(), "InvalidSignatureException");
    }

    let mut altered = signer.request("ListKeys", BODY);
    *altered.body_mut() = Bytes::from_static(b"{}");
    assert_eq!(code(&altered), "InvalidSignatureException");

    let mut request = signer.request("ListKeys", BODY);
    request.headers_mut().insert("authorization", HeaderValue::from_static("Bearer token"));
    assert_eq!(code(&request), "IncompleteSignatureException");
}

#[test]
fn what_decides_about_the_meaning_must_be_signed() {
    for (name, value) in [
        ("x-amz-meta", "anything"),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-security-token", "token"),
    ] {
        let mut request = Signer::at(NOW).request("ListKeys", BODY);
        request.headers_mut().insert(name, HeaderValue::from_static(value));
        let refusal = verify(&request, NOW).unwrap_err();
        assert_eq!(refusal, Refusal::Unsigned { header: name.to_owned() });
    }
    let signed_without = |name: &'static str| {
        let mut request = unsigned("ListKeys", BODY);
        let value = request.headers_mut().remove(name).unwrap();
        let mut request = Signer::at(NOW).sign(request);
        request.headers_mut().insert(name, value);
        verify(&request, NOW).unwrap_err()
    };
    for name in ["content-type", "x-amz-target"] {
        assert_eq!(signed_without(name), Refusal::Unsigned { header: name.to_owned() });
    }
}

#[test]
fn a_stated_body_hash_must_be_the_bodys() {
    let signed_with = |stated: &str, extra: &'static str| {
        let mut request = unsigned("ListKeys", BODY);
        request
            .headers_mut()
            .insert(HeaderName::from_static(extra), HeaderValue::try_from(stated).unwrap());
        verify(&Signer::at(NOW).sign(request), NOW)
    };
    let hash = "x-amz-content-sha256";
    assert_eq!(signed_with("UNSIGNED-PAYLOAD", hash), Err(Refusal::Mismatch));
    // Session tokens do not exist here, whatever is signed.
    assert_eq!(signed_with("token", "x-amz-security-token"), Err(Refusal::Unrecognized));
}

#[test]
fn a_header_that_counts_must_not_come_twice() {
    for name in ["authorization", "x-amz-date"] {
        let mut request = Signer::at(NOW).request("ListKeys", BODY);
        let value = request.headers()[name].clone();
        request.headers_mut().append(name, value);
        let refusal = verify(&request, NOW).unwrap_err();
        assert!(matches!(refusal, Refusal::Incomplete { .. }), "{name}: {refusal}");
    }
}

/// One change of a signed request that changes what was signed.
#[derive(Clone, Debug)]
enum Mutation {
    BodyByte(prop::sample::Index, u8),
    BodyCut(prop::sample::Index),
    BodyMore(Vec<u8>),
    HeaderByte(prop::sample::Index, prop::sample::Index, u8),
    HeaderGone(prop::sample::Index),
    HeaderTwice(prop::sample::Index),
    Method(Method),
    Secret(String),
}

/// The headers that the signer signs, and the signature itself.
const COUNTING: [&str; 5] = ["authorization", "content-type", "host", "x-amz-date", "x-amz-target"];

fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        2 => (index(), any::<u8>()).prop_map(|(at, byte)| Mutation::BodyByte(at, byte)),
        1 => index().prop_map(Mutation::BodyCut),
        1 => prop::collection::vec(any::<u8>(), 1..9).prop_map(Mutation::BodyMore),
        // Visible characters, because blanks are not significant.
        6 => (index(), index(), 0x21_u8..0x7F)
            .prop_map(|(header, at, byte)| Mutation::HeaderByte(header, at, byte)),
        1 => index().prop_map(Mutation::HeaderGone),
        1 => index().prop_map(Mutation::HeaderTwice),
        1 => prop::sample::select(vec![Method::GET, Method::PUT]).prop_map(Mutation::Method),
        1 => "[!-~]{40}".prop_map(Mutation::Secret),
    ]
}

fn mutated(mutation: &Mutation) -> Request<Bytes> {
    if let Mutation::Secret(secret) = mutation {
        return Signer { secret_access_key: secret, ..Signer::at(NOW) }.request("ListKeys", BODY);
    }
    let mut request = Signer::at(NOW).request("ListKeys", BODY);
    let mut body = request.body().to_vec();
    match mutation {
        Mutation::BodyByte(at, byte) => body[at.index(BODY.len())] = *byte,
        Mutation::BodyCut(at) => body.truncate(at.index(BODY.len())),
        Mutation::BodyMore(more) => body.extend(more),
        Mutation::HeaderByte(header, at, byte) => {
            let value = request.headers_mut().get_mut(COUNTING[header.index(5)]).unwrap();
            let mut bytes = value.as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = *byte;
            *value = HeaderValue::from_bytes(&bytes).unwrap();
        }
        Mutation::HeaderGone(header) => {
            request.headers_mut().remove(COUNTING[header.index(5)]);
        }
        Mutation::HeaderTwice(header) => {
            let name = COUNTING[header.index(5)];
            let value = request.headers()[name].clone();
            request.headers_mut().append(name, value);
        }
        Mutation::Method(method) => *request.method_mut() = method.clone(),
        Mutation::Secret(_) => unreachable!("handled above"),
    }
    *request.body_mut() = Bytes::from(body);
    request
}

/// Whether two requests say the same. Blanks around the parameters of `Authorization` and the
/// order of the parameters are of no meaning, but no mutation above reaches another order.
fn says_the_same(first: &Request<Bytes>, second: &Request<Bytes>) -> bool {
    let headers = |request: &Request<Bytes>| {
        COUNTING.map(|name| {
            let all = request.headers().get_all(name).iter();
            all.map(|value| value.as_bytes().to_vec()).collect::<Vec<_>>()
        })
    };
    first.method() == second.method()
        && first.body() == second.body()
        && headers(first) == headers(second)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn no_changed_request_is_accepted(mutation in mutation()) {
        let original = Signer::at(NOW).request("ListKeys", BODY);
        let changed = mutated(&mutation);
        prop_assert_eq!(verify(&changed, NOW).is_ok(), says_the_same(&original, &changed));
    }
}
