//! Whatever the table of usages allows goes from one endpoint to another and back.

use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::imports::{ENCRYPTING, Pair, arn, export_tr31, import_tr31, material};
use crate::pki::{base64, certificates, import_root};
use crate::world::{World, create_key};

/// Usages, with the algorithms and sets of flags that go with them in the published table.
type Row = (&'static [&'static str], &'static [&'static str], &'static [&'static [&'static str]]);

const TABLE: &[Row] = &[
    (
        &[
            "TR31_B0_BASE_DERIVATION_KEY",
            "TR31_E0_EMV_MKEY_APP_CRYPTOGRAMS",
            "TR31_E1_EMV_MKEY_CONFIDENTIALITY",
            "TR31_E2_EMV_MKEY_INTEGRITY",
            "TR31_E4_EMV_MKEY_DYNAMIC_NUMBERS",
            "TR31_E5_EMV_MKEY_CARD_PERSONALIZATION",
            "TR31_E6_EMV_MKEY_OTHER",
        ],
        &["TDES_2KEY", "TDES_3KEY", "AES_128", "AES_192", "AES_256"],
        &[&["DeriveKey"], &["NoRestrictions"]],
    ),
    (
        &[
            "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY",
            "TR31_K0_KEY_ENCRYPTION_KEY",
            "TR31_K1_KEY_BLOCK_PROTECTION_KEY",
            "TR31_P0_PIN_ENCRYPTION_KEY",
        ],
        &["TDES_2KEY", "TDES_3KEY", "AES_128", "AES_192", "AES_256"],
        &[ENCRYPTING, &["Encrypt", "Wrap"], &["Decrypt", "Unwrap"], &["NoRestrictions"]],
    ),
    (
        &[
            "TR31_C0_CARD_VERIFICATION_KEY",
            "TR31_M6_ISO_9797_5_CMAC_KEY",
            "TR31_V1_IBM3624_PIN_VERIFICATION_KEY",
            "TR31_V2_VISA_PIN_VERIFICATION_KEY",
        ],
        &["TDES_2KEY", "TDES_3KEY", "AES_128", "AES_192", "AES_256"],
        &[&["Generate", "Verify"], &["Generate"], &["Verify"], &["NoRestrictions"]],
    ),
    (
        &["TR31_M1_ISO_9797_1_MAC_KEY", "TR31_M3_ISO_9797_3_MAC_KEY", "TR31_P1_PIN_GENERATION_KEY"],
        &["TDES_2KEY", "TDES_3KEY"],
        &[&["Generate", "Verify"], &["Generate"], &["Verify"], &["NoRestrictions"]],
    ),
    (
        &["TR31_M0_ISO_16609_MAC_KEY"],
        &["TDES_2KEY", "TDES_3KEY"],
        &[&["Generate", "Verify"], &["Generate"], &["Verify"]],
    ),
    (
        &["TR31_M7_HMAC_KEY"],
        &["TDES_2KEY", "AES_256", "HMAC_SHA224", "HMAC_SHA256", "HMAC_SHA384", "HMAC_SHA512"],
        &[&["Generate", "Verify"], &["Generate"], &["Verify"], &["NoRestrictions"]],
    ),
];

#[test]
fn every_key_the_table_allows_goes_there_and_back_under_every_kek() {
    let Pair { here, there, keks } = Pair::new();
    let mut round_trips = 0;
    for (usages, algorithms, mode_sets) in TABLE {
        for (usage, algorithm) in
            usages.iter().flat_map(|usage| algorithms.iter().map(move |it| (usage, it)))
        {
            for modes in *mode_sets {
                let made = here.call("CreateKey", &create_key(usage, algorithm, modes)).unwrap();
                for (kek_algorithm, kek_here, kek_there) in &keks {
                    let request = export_tr31(arn(&made), kek_here);
                    // What is too strong for the KEK does not leave, and others' tests say so.
                    let Ok(sent) = here.call("ExportKey", &request) else { continue };
                    let request = import_tr31(kek_there, material(&sent));
                    let taken = there.call("ImportKey", &request).unwrap();
                    for member in ["KeyAttributes", "KeyCheckValue", "KeyCheckValueAlgorithm"] {
                        assert_eq!(taken["Key"][member], made["Key"][member], "{usage} {member}");
                    }
                    assert_eq!(taken["Key"]["Exportable"], json!(true));
                    assert_eq!(taken["Key"]["KeyOrigin"], "EXTERNAL");
                    let back = there.call("ExportKey", &export_tr31(arn(&taken), kek_there));
                    let back = back.unwrap();
                    let header = |answer: &Value| material(answer)[..16].to_owned();
                    assert_eq!(header(&back), header(&sent), "{usage} under {kek_algorithm}");
                    let again = here.call("ImportKey", &import_tr31(kek_here, material(&back)));
                    let again = again.unwrap();
                    let secrets = (here.secret(arn(&made)), here.secret(arn(&again)));
                    assert!(bool::from(secrets.0.ct_eq(&secrets.1)));
                    round_trips += 1;
                }
            }
        }
    }
    // As often as there are KEKs strong enough: 5, 4, 3, 2 and 1 for TDES and AES by length, 1 for
    // HMAC keys. The rows above have 46 sets of usage and flags for all five of TDES and AES, 15
    // for TDES alone, and 4 for TDES_2KEY, AES_256 and four hashes.
    assert_eq!(round_trips, 46 * 15 + 15 * 9 + 4 * (5 + 1 + 4));
}

/// What leads from one endpoint to another by certificates of their own.
struct Road<'a> {
    pair: &'a Pair,
    /// Who vouches for the receiver here, and for the signer there.
    receivers: String,
    senders: String,
    export: Value,
    token: Value,
    cryptogram: Value,
}

impl<'a> Road<'a> {
    fn new(pair: &'a Pair, token: Value) -> Self {
        let export = parameters(&pair.here, "Export", "TR34_KEY_BLOCK");
        let cryptogram = parameters(&pair.there, "Import", "KEY_CRYPTOGRAM");
        let authority = |world: &World, chain: &Value| {
            let root = import_root(&base64(&certificates(chain).remove(0)), "RSA_4096");
            arn(&world.call("ImportKey", &root).unwrap()).to_owned()
        };
        let receivers = authority(&pair.here, &token["WrappingKeyCertificateChain"]);
        let senders = authority(&pair.there, &export["SigningKeyCertificateChain"]);
        Self { pair, receivers, senders, export, token, cryptogram }
    }

    fn export_token(&self, key: &str) -> Value {
        json!({"ExportKeyIdentifier": key, "KeyMaterial": {"Tr34KeyBlock": {
            "CertificateAuthorityPublicKeyIdentifier": self.receivers,
            "WrappingKeyCertificate": self.token["WrappingKeyCertificate"],
            "ExportToken": self.export["ExportToken"],
            "KeyBlockFormat": "X9_TR34_2012",
            "RandomNonce": "0123456789ABCDEF",
        }}})
    }

    fn by_token(&self, made: &Value) -> Value {
        let sent = self.pair.here.call("ExportKey", &self.export_token(arn(made))).unwrap();
        let request = json!({"KeyMaterial": {"Tr34KeyBlock": {
            "CertificateAuthorityPublicKeyIdentifier": self.senders,
            "SigningKeyCertificate": self.export["SigningKeyCertificate"],
            "ImportToken": self.token["ImportToken"],
            "WrappedKeyBlock": material(&sent),
            "KeyBlockFormat": "X9_TR34_2012",
            "RandomNonce": "0123456789ABCDEF",
        }}});
        self.pair.there.call("ImportKey", &request).unwrap()
    }

    fn by_cryptogram(&self, made: &Value) -> Value {
        let request = json!({"ExportKeyIdentifier": arn(made), "KeyMaterial": {"KeyCryptogram": {
            "CertificateAuthorityPublicKeyIdentifier": self.receivers,
            "WrappingKeyCertificate": self.cryptogram["WrappingKeyCertificate"],
        }}});
        let sent = self.pair.here.call("ExportKey", &request).unwrap();
        let request = json!({"KeyMaterial": {"KeyCryptogram": {
            "KeyAttributes": made["Key"]["KeyAttributes"],
            "Exportable": true,
            "WrappedKeyCryptogram": material(&sent),
            "ImportToken": self.cryptogram["ImportToken"],
        }}});
        self.pair.there.call("ImportKey", &request).unwrap()
    }
}

fn parameters(world: &World, direction: &str, kind: &str) -> Value {
    let algorithm =
        if direction == "Export" { "SigningKeyAlgorithm" } else { "WrappingKeyAlgorithm" };
    let mut request = json!({"KeyMaterialType": kind});
    request[algorithm] = json!("RSA_3072");
    world.call(&format!("GetParametersFor{direction}"), &request).unwrap()
}

#[test]
fn every_key_that_may_go_under_rsa_comes_by_token_and_by_cryptogram() {
    let pair = Pair::new();
    // Key pairs come from a file here, so that the first one of both endpoints is the same.
    let same = parameters(&pair.there, "Import", "TR34_KEY_BLOCK");
    let road = Road::new(&pair, parameters(&pair.there, "Import", "TR34_KEY_BLOCK"));
    let mut keys = 0;
    for (usages, algorithms, mode_sets) in TABLE {
        let algorithms = algorithms
            .iter()
            .filter(|algorithm| ["TDES_2KEY", "TDES_3KEY", "AES_128"].contains(algorithm));
        for (usage, algorithm) in
            algorithms.flat_map(|algorithm| usages.iter().map(move |usage| (usage, algorithm)))
        {
            for modes in *mode_sets {
                let request = create_key(usage, algorithm, modes);
                let made = pair.here.call("CreateKey", &request).unwrap();
                for taken in [road.by_token(&made), road.by_cryptogram(&made)] {
                    for member in ["KeyAttributes", "KeyCheckValue", "Exportable"] {
                        assert_eq!(taken["Key"][member], made["Key"][member], "{usage} {member}");
                    }
                    let secrets = (pair.here.secret(arn(&made)), pair.there.secret(arn(&taken)));
                    assert!(bool::from(secrets.0.ct_eq(&secrets.1)));
                }
                keys += 1;
            }
        }
    }
    assert_eq!(keys, 46 * 3 + 15 * 2 + 4);

    let road = Road { token: same, ..road };
    let key = pair.here.key("TR31_P0_PIN_ENCRYPTION_KEY", "TDES_2KEY", ENCRYPTING);
    let refusal = pair.here.refusal("ExportKey", &road.export_token(&key)).message;
    assert!(refusal.ends_with("the receiver must have another key than the signer"), "{refusal}");
}
