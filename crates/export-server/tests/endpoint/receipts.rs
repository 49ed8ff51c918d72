//! Receipts: each export leaves one that the authority of the account has signed.

use axum::http::StatusCode;
use base64ct::{Base64, Encoding};
use export_api::ports::KeyStore;
use export_api::{IdentityName, Receipts};
use export_server::audit::receipts;
use payment_pki::Certificate;
use serde_json::{Value, json};

use crate::world::{BDK, KEK, WRAP, World, export};

/// Some exports, with receipts of these.
async fn exported(wanted: Receipts) -> World {
    let world = World::with(|service| service.with_receipts(wanted));
    world.key("kek", KEK, "AES_256", WRAP).await;
    world.key("bdk", BDK, "TDES_2KEY", &["DeriveKey"]).await;
    world.done("ExportKey", export("alias/bdk", "alias/kek")).await;
    let mut initial = export("alias/bdk", "alias/kek");
    let serial_number = json!({"KeySerialNumber": "FFFF9876543210E00001"});
    initial["ExportAttributes"] = json!({"ExportDukptInitialKey": serial_number});
    world.done("ExportKey", initial).await;
    world
}

/// The certificate that others know the account by.
async fn authority(world: &World) -> Certificate {
    let request = json!({"KeyMaterialType": "TR34_KEY_BLOCK", "SigningKeyAlgorithm": "RSA_2048"});
    let parameters = world.done("GetParametersForExport", request).await;
    let chain = parameters["SigningKeyCertificateChain"].as_str().unwrap();
    Certificate::from_base64_pem(chain).unwrap()
}

fn text(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

#[tokio::test]
async fn receipts_say_what_left_and_hold_under_the_certificate() {
    let world = exported(Receipts::All).await;
    let authority = authority(&world).await;
    let lines = world.audit_lines();
    let stated = receipts(text(&lines).as_slice(), &authority).unwrap();
    let [key, initial] = stated.as_slice() else { panic!("{stated:?}") };
    let bdk = world.done("GetKey", json!({"KeyIdentifier": "alias/bdk"})).await;
    let kek = world.done("GetKey", json!({"KeyIdentifier": "alias/kek"})).await;
    assert_eq!(key.key_arn.as_str(), bdk["Key"]["KeyArn"]);
    assert_eq!(key.key_check_value, bdk["Key"]["KeyCheckValue"].as_str().unwrap());
    assert_eq!(key.recipient, kek["Key"]["KeyArn"].as_str().unwrap());
    assert_eq!((key.form.as_str(), key.key_serial_number.as_deref()), ("Tr31KeyBlock", None));
    assert_eq!((key.requester.as_deref(), key.approvers.len()), (Some("administrator"), 0));
    assert_eq!(initial.key_serial_number.as_deref(), Some("FFFF9876543210E00001"));
    assert_ne!(initial.key_check_value, key.key_check_value);

    // Whatever is changed in a receipt, or where it stands, is found.
    let at = lines.iter().position(|line| line["eventName"] == "ExportKey").unwrap();
    let pointer = |name: &str| format!("/additionalEventData/receipt/{name}");
    let original = lines[at].pointer(&pointer("statement")).unwrap().as_str().unwrap();
    let signature = lines[at].pointer(&pointer("signature")).unwrap().as_str().unwrap();
    let mut flipped = Base64::decode_vec(signature).unwrap();
    flipped[100] ^= 1;
    for (place, value) in [
        (pointer("statement"), json!(original.replace("Tr31KeyBlock", "Tr34KeyBlock"))),
        (pointer("statement"), json!("{}")),
        (pointer("signature"), json!(Base64::encode_string(&flipped))),
        (pointer("signature"), json!("")),
        ("/requestID".to_owned(), json!("another")),
    ] {
        let mut changed = lines.clone();
        *changed[at].pointer_mut(&place).unwrap() = value;
        let broken = receipts(text(&changed).as_slice(), &authority).unwrap_err();
        assert_eq!(broken.line, u64::try_from(at).unwrap() + 1, "{place}");
    }
    let other = self::authority(&exported(Receipts::Off).await).await;
    assert!(receipts(text(&lines).as_slice(), &other).is_err());
}

#[tokio::test]
async fn without_the_setting_nothing_is_signed() {
    for wanted in [Receipts::Off, Receipts::Approved] {
        let world = exported(wanted).await;
        assert!(world.audit_lines().iter().all(|line| line.get("additionalEventData").is_none()));
        let store = world.endpoint.backend().store();
        assert!(store.open_identity(&IdentityName::Authority).await.unwrap().is_none());
    }
    // What is refused has no receipt.
    let world = World::with(|service| service.with_receipts(Receipts::All));
    let answer = world.call("ExportKey", &export("alias/bdk", "alias/kek")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(world.audit_lines().is_empty());
}
