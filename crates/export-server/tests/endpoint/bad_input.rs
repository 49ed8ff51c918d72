//! Requests that must be refused: with the right code, with a message that names member and
//! rule, and without any change of the store or the audit trail.

use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::signer::{Signer, unsigned};
use crate::world::{BDK, KEK, WRAP, World, create_key, export};

/// One refused request; the file has the members in this order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What is wrong with it.
    name: String,
    operation: String,
    /// The request, with `{name}` for the ARN of a key.
    body: Value,
    /// The body as text, where it is not JSON.
    text: Option<String>,
    code: String,
    /// What the message says: the member and the rule.
    message: Vec<String>,
    resource_id: Option<String>,
}

/// A world with a key for every case.
async fn populated() -> (World, Vec<(&'static str, String)>) {
    let world = World::new();
    let data = "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY";
    let mut arns = Vec::new();
    for (alias, usage, algorithm, modes) in [
        ("kek", KEK, "AES_256", WRAP),
        ("kek-128", KEK, "AES_128", WRAP),
        ("kek-tdes", "TR31_K0_KEY_ENCRYPTION_KEY", "TDES_2KEY", WRAP),
        ("kek-decrypt", KEK, "AES_256", &["Decrypt", "Unwrap"]),
        ("kek-any", KEK, "AES_256", &["NoRestrictions"]),
        ("disabled", KEK, "AES_256", WRAP),
        ("pending", KEK, "AES_256", WRAP),
        ("bdk", BDK, "TDES_2KEY", &["DeriveKey"]),
        ("bdk-3", BDK, "TDES_3KEY", &["DeriveKey"]),
        ("bdk-aes", BDK, "AES_128", &["DeriveKey"]),
        ("data", data, "TDES_2KEY", &["Encrypt", "Wrap"]),
        ("data-192", data, "AES_192", WRAP),
        ("mac", "TR31_M7_HMAC_KEY", "HMAC_SHA256", &["Generate", "Verify"]),
    ] {
        arns.push((alias, world.key(alias, usage, algorithm, modes).await));
    }
    let mut fixed = create_key(data, "AES_128", WRAP);
    fixed["Exportable"] = json!(false);
    let created = world.done("CreateKey", fixed).await;
    arns.push(("fixed", created["Key"]["KeyArn"].as_str().unwrap().to_owned()));
    world.done("StopKeyUsage", json!({"KeyIdentifier": "alias/disabled"})).await;
    world.done("DeleteKey", json!({"KeyIdentifier": "alias/pending"})).await;
    world.done("CreateAlias", json!({"AliasName": "alias/nothing"})).await;
    (world, arns)
}

#[tokio::test]
async fn each_bad_request_is_refused_and_changes_nothing() {
    let (world, arns) = populated().await;
    let mut text = include_str!("bad_input.json").to_owned();
    for (name, arn) in &arns {
        text = text.replace(&format!("{{{name}}}"), arn);
    }
    text = text.replace("{256 characters}", &"x".repeat(256));
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() >= 60, "{}", cases.len());
    let before = world.state().await;
    for case in cases {
        let name = &case.name;
        let body = case.text.unwrap_or_else(|| case.body.to_string());
        let answer = world.send(world.signer().request(&case.operation, &body)).await;
        assert_eq!(answer.code(), case.code, "{name}: {}", answer.body);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
        for part in &case.message {
            assert!(answer.message().contains(part.as_str()), "{name}: {}", answer.message());
        }
        let resource_id = answer.body["ResourceId"].as_str().map(str::to_owned);
        assert_eq!(resource_id, case.resource_id, "{name}");
        assert_eq!(answer.headers["x-amzn-errortype"], case.code.as_str(), "{name}");
        assert_eq!(answer.headers["content-type"], "application/x-amz-json-1.0", "{name}");
        assert_eq!(answer.headers["x-amzn-requestid"].len(), 36, "{name}");
        assert!(world.state().await == before, "{name}: something changed");
    }
}

#[tokio::test]
async fn a_request_that_nobody_known_signed_changes_nothing() {
    let (world, _) = populated().await;
    let before = world.state().await;
    let body = export("alias/bdk", "alias/kek").to_string();
    let signer = world.signer();
    let now = signer.time.milliseconds();
    let at = |milliseconds| Signer::at(export_api::Timestamp::from_milliseconds(milliseconds));

    let mut altered = signer.request("ExportKey", &body);
    *altered.body_mut() = Bytes::from(export("alias/data", "alias/kek").to_string());
    let mut other_operation = signer.request("GetKey", &body);
    let target = HeaderValue::from_static("PaymentCryptographyControlPlane.DeleteKey");
    other_operation.headers_mut().insert("x-amz-target", target);
    let wrong_secret = Signer { secret_access_key: "a secret that is not the one", ..signer };
    let nobody = Signer { access_key_id: "AKIAI44QH8DHBEXAMPLE", ..signer };
    for (request, code, message) in [
        (unsigned("ExportKey", &body), "MissingAuthenticationTokenException", "Authorization"),
        (altered, "InvalidSignatureException", "signature does not match"),
        (other_operation, "InvalidSignatureException", "signature does not match"),
        (
            wrong_secret.request("ExportKey", &body),
            "InvalidSignatureException",
            "secret access key",
        ),
        (nobody.request("ExportKey", &body), "UnrecognizedClientException", "access key"),
        (at(now - 301_000).request("ExportKey", &body), "InvalidSignatureException", "5 minutes"),
        (at(now + 301_000).request("ExportKey", &body), "InvalidSignatureException", "5 minutes"),
    ] {
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, code));
        assert!(answer.message().contains(message), "{}", answer.message());
        assert!(world.state().await == before, "{code}: something changed");
    }
    for late in [now - 300_000, now + 300_000] {
        let answer = world.send(at(late).request("ExportKey", &body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    }
}

#[tokio::test]
async fn a_request_without_target_or_content_type_is_refused() {
    let world = World::new();
    let without = |name: &str| {
        let mut request = unsigned("ListKeys", "{}");
        request.headers_mut().remove(name);
        world.signer().sign(request)
    };
    let answer = world.send(without("x-amz-target")).await;
    assert_eq!(answer.code(), "UnknownOperationException");
    assert!(answer.message().contains("X-Amz-Target") && answer.message().contains("ExportKey"));
    let answer = world.send(without("content-type")).await;
    assert_eq!(answer.code(), "SerializationException");
    assert!(answer.message().contains("application/x-amz-json-1.0"), "{}", answer.message());
}

#[tokio::test]
async fn other_places_and_methods_are_refused_in_the_same_shape() {
    let world = World::new();
    for (method, path, status) in [
        ("POST", "/elsewhere", StatusCode::NOT_FOUND),
        ("GET", "/", StatusCode::METHOD_NOT_ALLOWED),
        ("POST", "/?Action=ListKeys", StatusCode::BAD_REQUEST),
    ] {
        let mut request = world.signer().request("ListKeys", "{}");
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = path.parse().unwrap();
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.code()), (status, "UnknownOperationException"), "{path}");
    }
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let world = World::new();
    let most = 256 * 1024;
    let answer = world.send(world.signer().request("ListKeys", &" ".repeat(most))).await;
    assert_eq!(answer.code(), "SerializationException");
    let answer = world.send(world.signer().request("ListKeys", &" ".repeat(most + 1))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.code(), "RequestEntityTooLargeException");
    assert!(answer.message().contains("262144"), "{}", answer.message());
}

#[tokio::test]
async fn more_requests_than_the_limit_are_refused() {
    let world = World::with_rate(3);
    let list = json!({});
    for _ in 0..3 {
        assert_eq!(world.call("ListKeys", &list).await.status, StatusCode::OK);
    }
    let before = world.state().await;
    let answer = world.call("ListKeys", &list).await;
    assert_eq!(answer.code(), "ThrottlingException");
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(world.state().await == before);

    // Who is not known uses up nobody's budget.
    world.wait(1_000);
    let stranger = Signer { secret_access_key: "a secret that is not the one", ..world.signer() };
    for _ in 0..20 {
        let answer = world.send(stranger.request("ListKeys", "{}")).await;
        assert_eq!(answer.code(), "InvalidSignatureException");
    }
    for _ in 0..3 {
        assert_eq!(world.call("ListKeys", &list).await.status, StatusCode::OK);
    }
}
