//! Policy, approval and receipt of an export under a certificate: they speak of the same receiver.

use std::fs;
use std::sync::Arc;

use export_api::Receipts;
use export_server::audit::receipts;
use export_server::authorize::PolicyFile;
use payment_pki::Certificate;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::imports::{parameters, trust};
use crate::world::{ACCOUNT, BDK, KEK, WRAP, World};

const LABEL: &str = "export-approval";

fn fingerprint(certificate: &Value) -> String {
    let certificate = Certificate::from_base64_pem(certificate.as_str().unwrap()).unwrap();
    base16ct::lower::encode_string(&Sha256::digest(certificate.as_der()))
}

/// A world whose member `till` may send keys to one receiver by TR-34, if somebody approves.
fn with_policy(receiver: &str) -> World {
    let policy = format!(
        r#"permit (principal in Role::"administrator", action, resource);
           permit (principal == Credential::"till", action == Action::"ExportKey", resource)
           when {{ context.ExportKeyMaterial == "Tr34KeyBlock" &&
               context has CertificateAuthorityPublicKeyIdentifier &&
               context.CertificateAuthorityPublicKeyIdentifier.KeyClass == "PUBLIC_KEY" &&
               context has WrappingKeyCertificateFingerprint &&
               context.WrappingKeyCertificateFingerprint == "{receiver}" &&
               !(context has SigningKeyIdentifier) && !(context has WrappingKeyIdentifier) }};
           permit (principal == Credential::"auditor", action == Action::"ApproveExport", resource)
           when {{ context.Recipient == "{receiver}" && context.Requester == "till" }};"#
    );
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("policy.cedar");
    fs::write(&path, policy).unwrap();
    let policy = Arc::new(PolicyFile::open(&path, ACCOUNT).unwrap());
    World::with(|service| {
        let service = service.with_authorizer(policy).with_approval_tag(LABEL.to_owned());
        service.with_receipts(Receipts::Approved)
    })
}

#[tokio::test]
async fn policy_approval_and_receipt_name_one_receiver() {
    let there = World::new();
    let import = parameters(&there, "Import", "TR34_KEY_BLOCK", "RSA_3072").await;
    let receiver = fingerprint(&import["WrappingKeyCertificate"]);
    let world = with_policy(&receiver);
    let authority = trust(&world, &import["WrappingKeyCertificateChain"]).await;
    let export = parameters(&world, "Export", "TR34_KEY_BLOCK", "RSA_2048").await;
    let key = world.key("kek", KEK, "AES_128", WRAP).await;
    let tags = json!([{"Key": LABEL, "Value": "required"}]);
    world.done("TagResource", json!({"ResourceArn": key, "Tags": tags})).await;
    let request = |certificate: &Value| {
        json!({"ExportKeyIdentifier": "alias/kek", "KeyMaterial": {"Tr34KeyBlock": {
            "CertificateAuthorityPublicKeyIdentifier": authority,
            "WrappingKeyCertificate": certificate,
            "ExportToken": export["ExportToken"],
            "KeyBlockFormat": "X9_TR34_2012",
        }}})
    };
    let wanted = request(&import["WrappingKeyCertificate"]);

    // Another receiver of the same authority, another form, another key, another operation.
    let other = parameters(&there, "Import", "TR34_KEY_BLOCK", "RSA_3072").await;
    let denial =
        world.denied("till", "ExportKey", &request(&other["WrappingKeyCertificate"])).await;
    let cryptogram = json!({"ExportKeyIdentifier": "alias/kek", "KeyMaterial": {"KeyCryptogram": {
        "CertificateAuthorityPublicKeyIdentifier": authority,
        "WrappingKeyCertificate": import["WrappingKeyCertificate"],
    }}});
    assert_eq!(world.denied("till", "ExportKey", &cryptogram).await, denial);
    world.key("bdk", BDK, "TDES_2KEY", &["DeriveKey"]).await;
    world.denied("till", "GetKey", &json!({"KeyIdentifier": "alias/bdk"})).await;
    assert!(!denial.contains("approval-"), "what is denied asks for no approval");

    let name = world.needs("till", &wanted).await;
    let asked = world.asked(&name).await;
    let approval = asked.approval().unwrap();
    assert_eq!((approval.form(), approval.recipient()), ("Tr34KeyBlock", receiver.as_str()));
    world.approve(&name, "auditor").await.unwrap();
    // An administrator, whom the policy allows everything, needs an approval of its own.
    let own = world.needs("administrator", &wanted).await;
    assert_ne!(own, name);
    let exported = world.allowed("till", "ExportKey", &wanted).await;
    world.needs("till", &wanted).await;

    let chain = export["SigningKeyCertificateChain"].as_str().unwrap();
    let account = Certificate::from_base64_pem(chain).unwrap();
    let trail = fs::read(world.trail_path()).unwrap();
    let stated = receipts(trail.as_slice(), &account).unwrap();
    let [receipt] = stated.as_slice() else { panic!("{stated:?}") };
    assert_eq!((receipt.recipient.as_str(), receipt.key_arn.as_str()), (&*receiver, &*key));
    assert_eq!(receipt.key_check_value, exported["WrappedKey"]["KeyCheckValue"].as_str().unwrap());
    assert_eq!(receipt.approvers, ["auditor"]);

    // The receiver takes it.
    let senders = trust(&there, &export["SigningKeyCertificateChain"]).await;
    let taken = json!({"KeyMaterial": {"Tr34KeyBlock": {
        "CertificateAuthorityPublicKeyIdentifier": senders,
        "SigningKeyCertificate": export["SigningKeyCertificate"],
        "ImportToken": import["ImportToken"],
        "WrappedKeyBlock": exported["WrappedKey"]["KeyMaterial"],
        "KeyBlockFormat": "X9_TR34_2012",
    }}});
    let taken = there.done("ImportKey", taken).await;
    assert_eq!(taken["Key"]["KeyCheckValue"], receipt.key_check_value.as_str());
}
