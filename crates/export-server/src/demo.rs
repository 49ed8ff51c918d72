//! The whole story in one process: keys are made, exported, and opened by their receiver.

mod certified;
mod layout;
mod receiver;
mod story;

use std::fs::File;
use std::io::{BufReader, Write};

use anyhow::{Context, ensure};
use export_api::{Operation, Realm, Service};
use key_store::SqliteStore;
use key_types::KeyAlgorithm;
use serde_json::{Value, json};

use self::certified::CertifiedReceiver;
use self::layout::heading;
use self::story::{Story, text_at};
use crate::audit::{AuditTrail, Durability, verify};
use crate::clock::SystemClock;
use crate::randomness::OsRandomness;
use crate::rsa_keys::LocalRsaKeys;
use crate::serve::AUDIT_FILE;
use crate::traces::Traced;

/// Key serial numbers as terminals send them: 10 bytes for TDES, 12 bytes for AES.
const TDES_KSN: &str = "FFFF9876543210E00001";
const AES_KSN: &str = "123456789012345600000001";

/// Runs the story on a temporary store and prints every step.
///
/// # Errors
///
/// If a step is refused, or what the receiver opens is not what was exported.
pub async fn run(out: &mut impl Write) -> anyhow::Result<()> {
    let directory = tempfile::tempdir().context("cannot make a temporary directory")?;
    let path = directory.path().join("data");
    let realm = Realm::new("us-east-1", "111122223333")?;
    let root_key = path.join(SqliteStore::ROOT_KEY_FILE);
    let store = SqliteStore::open_with_key_file(&path, &root_key, OsRandomness)?;
    let trail = path.join(AUDIT_FILE);
    let audit = AuditTrail::open(&trail, realm.clone(), Durability::Durable, OsRandomness)?;
    let (store, rsa_keys) = (Traced::new(store.into()), Traced::new(LocalRsaKeys::new()));
    let traced = Traced::new(audit.clone());
    let service = Service::new(realm, store, traced, SystemClock, OsRandomness, rsa_keys);

    let mut story = Story::new(service, out);
    tell(&mut story).await?;
    tell_of_certificates(&mut story).await?;
    let (blocks, refused) = story.verdicts();

    audit.close().await?;
    let head = verify(BufReader::new(File::open(&trail)?), None)?;
    writeln!(out, "{}", heading("Verdict"))?;
    writeln!(out, "{blocks} exports opened by their receiver, {refused} of them with a fault.")?;
    writeln!(out, "{} operations in the audit trail, and its chain holds.", head.sequence_number)?;
    ensure!(refused == 0, "{refused} of {blocks} exports are not what was exported");
    Ok(())
}

async fn tell<W: Write>(story: &mut Story<'_, W>) -> anyhow::Result<()> {
    story.say(&[
        "Two parties share a key-encryption key (KEK). One of them, this endpoint, makes base",
        "derivation keys (BDK) and sends them, and initial keys derived from them, to the other.",
        "No clear key is printed: keys are compared by their check values.",
    ])?;

    story.step("Make the KEK: AES_256, key block protection")?;
    let kek = attributes("TR31_K1_KEY_BLOCK_PROTECTION_KEY", "AES_256", WRAP);
    story.create("alias/kek", kek).await?;
    story.step("Make a KEK for receivers that know TDES only: TDES_3KEY")?;
    let kek = attributes("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", WRAP);
    story.create("alias/kek-tdes", kek).await?;
    story.step("Make a BDK for TDES terminals: TDES_2KEY")?;
    let bdk = attributes("TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", DERIVE);
    story.create("alias/bdk-tdes", bdk).await?;
    story.step("Make a BDK for AES terminals: AES_128")?;
    let bdk = attributes("TR31_B0_BASE_DERIVATION_KEY", "AES_128", DERIVE);
    story.create("alias/bdk-aes", bdk).await?;

    story.step("Export the TDES BDK under the AES KEK: a key block of version D")?;
    story.export("alias/bdk-tdes", "alias/kek", None, "B0").await?;
    story.step("Export the TDES BDK under the TDES KEK: a key block of version B")?;
    story.export("alias/bdk-tdes", "alias/kek-tdes", None, "B0").await?;
    story.step("Export the AES BDK under the AES KEK")?;
    story.export("alias/bdk-aes", "alias/kek", None, "B0").await?;
    story.step("Export the initial key of one TDES terminal, by its key serial number")?;
    story.export("alias/bdk-tdes", "alias/kek", Some(TDES_KSN), "B1").await?;
    story.step("Export the initial key of one AES terminal, by its key serial number")?;
    story.export("alias/bdk-aes", "alias/kek", Some(AES_KSN), "B1").await
}

async fn tell_of_certificates<W: Write>(story: &mut Story<'_, W>) -> anyhow::Result<()> {
    story.say(&[
        "Another party shares no key with this endpoint. Its terminal has a certificate instead, by",
        "the root of its vendor.",
    ])?;
    let mut receiver = CertifiedReceiver::make().await?;

    story.step("Trust the root of the terminal's vendor")?;
    let answer = story.call(Operation::ImportKey, &receiver.import()).await?;
    let root = text_at(&answer, "/Key/KeyArn")?.to_owned();
    story.step("Get a signing certificate, which the terminal is bound to, and its token")?;
    let request = json!({"KeyMaterialType": "TR34_KEY_BLOCK", "SigningKeyAlgorithm": "RSA_2048"});
    let parameters = story.call(Operation::GetParametersForExport, &request).await?;
    receiver.bind(&parameters)?;

    let form = json!({
        "CertificateAuthorityPublicKeyIdentifier": root,
        "WrappingKeyCertificate": receiver.certificate(),
    });
    let request = |key: &str, name: &str, more: Value| {
        let mut form = form.clone();
        if let (Some(form), Value::Object(more)) = (form.as_object_mut(), more) {
            form.extend(more);
        }
        json!({"ExportKeyIdentifier": key, "KeyMaterial": {name: form}})
    };
    let token = text_at(&parameters, "/ExportToken")?;

    story.step("Export a KEK by TR-34 in two passes: the terminal sends a random number first")?;
    let more = json!({
        "ExportToken": token,
        "KeyBlockFormat": "X9_TR34_2012",
        "RandomNonce": receiver.nonce()?,
    });
    let request_token = request("alias/kek-tdes", "Tr34KeyBlock", more);
    let answer = story.call(Operation::ExportKey, &request_token).await?;
    let received = receiver.open_token(text_at(&answer, "/WrappedKey/KeyMaterial")?)?;
    let how = "verifies the signature and opens the token with its private key";
    story.judge(&received, text_at(&answer, "/WrappedKey/KeyCheckValue")?, "K0", how)?;

    story.step("Export the AES BDK by TR-34 in one pass: the token is fresh by its time")?;
    let more = json!({"ExportToken": token, "KeyBlockFormat": "X9_TR34_2012"});
    let request_token = request("alias/bdk-aes", "Tr34KeyBlock", more);
    let answer = story.call(Operation::ExportKey, &request_token).await?;
    let received = receiver.open_token(text_at(&answer, "/WrappedKey/KeyMaterial")?)?;
    story.judge(&received, text_at(&answer, "/WrappedKey/KeyCheckValue")?, "B0", how)?;

    story.step("Export the AES BDK as an RSA cryptogram, which says nothing of the key")?;
    let request = request("alias/bdk-aes", "KeyCryptogram", json!({}));
    let answer = story.call(Operation::ExportKey, &request).await?;
    let material = text_at(&answer, "/WrappedKey/KeyMaterial")?;
    let received = receiver.unwrap(material, KeyAlgorithm::Aes128)?;
    let how = "decrypts the cryptogram with its private key";
    story.judge(&received, text_at(&answer, "/WrappedKey/KeyCheckValue")?, "", how)
}

const WRAP: &[&str] = &["Encrypt", "Decrypt", "Wrap", "Unwrap"];
const DERIVE: &[&str] = &["DeriveKey"];

fn attributes(usage: &str, algorithm: &str, modes: &[&str]) -> Value {
    let modes: Value = modes.iter().map(|&mode| (mode.to_owned(), json!(true))).collect();
    json!({
        "KeyUsage": usage,
        "KeyClass": "SYMMETRIC_KEY",
        "KeyAlgorithm": algorithm,
        "KeyModesOfUse": modes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_story_ends_well_and_fits_a_terminal() {
        let mut out = Vec::new();
        run(&mut out).await.unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("8 exports opened by their receiver, 0 of them with a fault."));
        for line in text.lines() {
            assert!(line.chars().count() <= 98, "{line}");
        }
    }
}
