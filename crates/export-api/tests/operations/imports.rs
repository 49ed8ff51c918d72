//! Keys taken back: what one endpoint exports, another imports, and nothing is lost or widened.

use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use crate::pki::{base64, certificates};
use crate::world::World;

pub(crate) const ENCRYPTING: &[&str] = &["Encrypt", "Decrypt", "Wrap", "Unwrap"];

/// Two endpoints that share a KEK of each algorithm.
pub(crate) struct Pair {
    pub(crate) here: World,
    pub(crate) there: World,
    /// Algorithm, ARN here, ARN there.
    pub(crate) keks: Vec<(String, String, String)>,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let (here, there) = (World::new(), World::new());
        // Both make the same keys from the same randomness; what they make later differs.
        let algorithms = ["TDES_2KEY", "TDES_3KEY", "AES_128", "AES_192", "AES_256"];
        let keks = algorithms.map(|algorithm| {
            let make = |world: &World| {
                world.key("TR31_K1_KEY_BLOCK_PROTECTION_KEY", algorithm, ENCRYPTING)
            };
            (algorithm.to_owned(), make(&here), make(&there))
        });
        for (_, own, other) in &keks {
            assert!(bool::from(here.secret(own).ct_eq(&there.secret(other))));
        }
        there.key("TR31_B0_BASE_DERIVATION_KEY", "AES_256", &["DeriveKey"]);
        Self { here, there, keks: keks.to_vec() }
    }
}

pub(crate) fn import_tr31(kek: &str, block: &str) -> Value {
    json!({"KeyMaterial": {"Tr31KeyBlock": {
        "WrappingKeyIdentifier": kek,
        "WrappedKeyBlock": block,
    }}})
}

pub(crate) fn export_tr31(key: &str, kek: &str) -> Value {
    json!({
        "ExportKeyIdentifier": key,
        "KeyMaterial": {"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}},
    })
}

pub(crate) fn material(answer: &Value) -> &str {
    answer["WrappedKey"]["KeyMaterial"].as_str().unwrap()
}

pub(crate) fn arn(answer: &Value) -> &str {
    answer["Key"]["KeyArn"].as_str().unwrap()
}

#[test]
fn what_was_narrowed_stays_narrow() {
    let Pair { here, there, keks } = Pair::new();
    let (_, kek_here, kek_there) = &keks[4];
    let key = here.key("TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "AES_128", ENCRYPTING);
    let mut request = export_tr31(&key, kek_here);
    request["KeyMaterial"]["Tr31KeyBlock"]["KeyBlockHeaders"] = json!({
        "KeyModesOfUse": {"Encrypt": true, "Wrap": true},
        "KeyExportability": "NON_EXPORTABLE",
    });
    let sent = here.call("ExportKey", &request).unwrap();
    let taken = there.call("ImportKey", &import_tr31(kek_there, material(&sent))).unwrap();
    assert_eq!(taken["Key"]["Exportable"], json!(false));
    let flags: Map<String, Value> =
        taken["Key"]["KeyAttributes"]["KeyModesOfUse"].as_object().unwrap().clone();
    let set: Vec<_> = flags.iter().filter(|(_, on)| **on == json!(true)).collect();
    assert_eq!(set.len(), 2);
    let refusal = there.refusal("ExportKey", &export_tr31(arn(&taken), kek_there));
    assert_eq!(refusal.message, "ExportKeyIdentifier: the key was made with Exportable false");
}

#[test]
fn optional_blocks_and_the_version_of_a_key_stay_with_it() {
    let Pair { here, there, keks } = Pair::new();
    let (_, kek_here, kek_there) = &keks[4];
    let key = here.key("TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", &["DeriveKey"]);
    let mut request = export_tr31(&key, kek_here);
    request["KeyMaterial"]["Tr31KeyBlock"]["KeyBlockHeaders"] = json!({
        "KeyVersion": "07",
        "OptionalBlocks": {"KS": "00604B120F9292800000", "LB": "terminal7", "BI": "110123456789"},
    });
    let sent = here.call("ExportKey", &request).unwrap();
    let taken = there.call("ImportKey", &import_tr31(kek_there, material(&sent))).unwrap();
    let back = there.call("ExportKey", &export_tr31(arn(&taken), kek_there)).unwrap();
    for part in ["07E", "KS1800604B120F9292800000", "LB0Dterminal7", "BI10110123456789"] {
        assert!(material(&back).contains(part), "{part} {}", material(&back));
    }
    // One of the caller with the same id would say two things.
    let mut twice = export_tr31(arn(&taken), kek_there);
    twice["KeyMaterial"]["Tr31KeyBlock"]["KeyBlockHeaders"] =
        json!({"OptionalBlocks": {"LB": "another"}});
    let refusal = there.refusal("ExportKey", &twice);
    assert!(refusal.message.ends_with("(OptDuplicate)"), "{}", refusal.message);
}

#[test]
fn cryptograms_are_taken_with_what_is_stated_of_them() {
    let Pair { here, there, .. } = Pair::new();
    let parameters = |algorithm: &str, kind: &str| {
        let request = json!({"KeyMaterialType": kind, "WrappingKeyAlgorithm": algorithm});
        there.call("GetParametersForImport", &request).unwrap()
    };
    let answer = parameters("RSA_3072", "KEY_CRYPTOGRAM");
    let token = answer["ImportToken"].as_str().unwrap();
    assert!(token.starts_with("import-token-"));
    let [certificate] = certificates(&answer["WrappingKeyCertificate"]).try_into().unwrap();
    let [chain] = certificates(&answer["WrappingKeyCertificateChain"]).try_into().unwrap();
    // Here trusts the authority of the account there.
    let authority =
        here.call("ImportKey", &crate::pki::import_root(&base64(&chain), "RSA_4096")).unwrap();
    let authority = arn(&authority);
    let attributes = |algorithm: &str| {
        json!({
            "KeyUsage": "TR31_P0_PIN_ENCRYPTION_KEY",
            "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": algorithm,
            "KeyModesOfUse": {"Encrypt": true, "Wrap": true},
        })
    };
    let import = |cryptogram: &str, algorithm: &str, spec: &str, token: &str| {
        json!({"KeyMaterial": {"KeyCryptogram": {
            "KeyAttributes": attributes(algorithm),
            "Exportable": false,
            "WrappedKeyCryptogram": cryptogram,
            "ImportToken": token,
            "WrappingSpec": spec,
        }}})
    };
    for algorithm in ["TDES_2KEY", "TDES_3KEY", "AES_128"] {
        let key = here.key("TR31_P0_PIN_ENCRYPTION_KEY", algorithm, ENCRYPTING);
        for spec in ["RSA_OAEP_SHA_256", "RSA_OAEP_SHA_512"] {
            let request = json!({
                "ExportKeyIdentifier": key,
                "KeyMaterial": {"KeyCryptogram": {
                    "CertificateAuthorityPublicKeyIdentifier": authority,
                    "WrappingKeyCertificate": base64(&certificate),
                    "WrappingSpec": spec,
                }},
            });
            let sent = here.call("ExportKey", &request).unwrap();
            let request = import(material(&sent), algorithm, spec, token);
            let taken = there.call("ImportKey", &request).unwrap();
            assert_eq!(taken["Key"]["KeyCheckValue"], sent["WrappedKey"]["KeyCheckValue"]);
            assert_eq!(taken["Key"]["Exportable"], json!(false));
            assert!(bool::from(there.secret(arn(&taken)).ct_eq(&here.secret(&key))));

            let refused = |request: &Value| there.refusal("ImportKey", request).message;
            let other = if algorithm == "TDES_3KEY" { "TDES_2KEY" } else { "TDES_3KEY" };
            let stated = refused(&import(material(&sent), other, spec, token));
            assert!(stated.contains("is mismatching"), "{stated}");
            let hash = if spec.ends_with("256") { "RSA_OAEP_SHA_512" } else { "RSA_OAEP_SHA_256" };
            let wrong = refused(&import(material(&sent), algorithm, hash, token));
            assert!(wrong.ends_with("the cryptogram does not decrypt under the key of the token"));
            let strong = refused(&import(material(&sent), "AES_256", spec, token));
            assert!(strong.contains("goes under no RSA key"), "{strong}");
            let small = material(&sent).to_lowercase();
            assert!(refused(&import(&small, algorithm, spec, token)).contains("^[0-9A-F]+$"));
            let tr34 = parameters("RSA_3072", "TR34_KEY_BLOCK");
            let tr34 = tr34["ImportToken"].as_str().unwrap();
            let kind = refused(&import(material(&sent), algorithm, spec, tr34));
            assert!(kind.contains("is not an import token of this endpoint for this form"));
        }
    }
    let reused = json!({
        "KeyMaterialType": "KEY_CRYPTOGRAM",
        "WrappingKeyAlgorithm": "RSA_3072",
        "ReuseLastGeneratedToken": true,
    });
    let again = there.call("GetParametersForImport", &reused).unwrap();
    assert_eq!(again["ImportToken"], json!(token));
    there.days_pass(30);
    let late = there
        .refusal("ImportKey", &import(&"AB".repeat(384), "AES_128", "RSA_OAEP_SHA_256", token));
    assert!(late.message.contains("or has ended"), "{}", late.message);
}
