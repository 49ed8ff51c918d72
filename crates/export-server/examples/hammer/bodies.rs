//! A good body or more for each operation, what can be made of them, and bodies of nothing.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::{Value, json};

use crate::mutation::{Seeded, any, change, change_bytes};
use crate::setting::{Setting, arn};

const WRAP: &[&str] = &["Encrypt", "Decrypt", "Wrap", "Unwrap"];

/// Longer bodies are refused before anything reads them.
const LONGEST: usize = 200_000;

/// Good bodies, and the words that stand in them.
pub(crate) struct Bodies {
    good: BTreeMap<&'static str, Vec<Value>>,
    pool: Vec<String>,
}

impl Bodies {
    pub(crate) fn good(&self, operation: &str) -> &[Value] {
        self.good.get(operation).map_or(&[], Vec::as_slice)
    }

    /// A good body of an operation with one change or some.
    pub(crate) fn changed(&self, operation: &str, random: &mut Seeded) -> Vec<u8> {
        let mut body = random.one_of(self.good(operation)).cloned().unwrap_or(Value::Null);
        for _ in 0..=random.below(3) {
            change(&mut body, &self.pool, random);
        }
        let mut bytes = body.to_string().into_bytes();
        if random.below(4) == 0 {
            change_bytes(&mut bytes, random);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    /// A body of any bytes, of JSON's own characters, or of JSON with known words.
    pub(crate) fn random(&self, random: &mut Seeded) -> Vec<u8> {
        const CHARACTERS: &[u8] = b"{}[]\":,\\u0019e-+.truefalsn ";
        let length = random.below(400);
        match random.below(4) {
            0 => (0..length).map(|_| random.next().to_le_bytes()[0]).collect(),
            1 => (0..length).filter_map(|_| random.one_of(CHARACTERS).copied()).collect(),
            _ => any(&self.pool, random, 4).to_string().into_bytes(),
        }
    }

    /// Makes the keys, certificates and tokens that good bodies name.
    pub(crate) async fn of(setting: &mut Setting) -> anyhow::Result<Self> {
        let mut good: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
        let kek = key(setting, "TR31_K1_KEY_BLOCK_PROTECTION_KEY", "AES_256", WRAP).await?;
        let bdk = key(setting, "TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", &["DeriveKey"]).await?;
        let signs = "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE";
        let pair = json!({"KeyAttributes": {
            "KeyUsage": signs, "KeyClass": "ASYMMETRIC_KEY_PAIR", "KeyAlgorithm": "RSA_2048",
            "KeyModesOfUse": {"Sign": true},
        }, "Exportable": false});
        let own = arn(&setting.done("CreateKey", &pair).await?)?.to_owned();

        good.insert(
            "CreateKey",
            vec![
                json!({
                    "KeyAttributes": attributes("TR31_P0_PIN_ENCRYPTION_KEY", "AES_128", WRAP),
                    "Exportable": true, "Enabled": true, "KeyCheckValueAlgorithm": "CMAC",
                    "Tags": [{"Key": "project", "Value": "terminals"}],
                }),
                pair,
            ],
        );
        let exports =
            json!({"KeyMaterialType": "TR34_KEY_BLOCK", "SigningKeyAlgorithm": "RSA_2048"});
        let imports = |kind: &str| {
            json!({"KeyMaterialType": kind, "WrappingKeyAlgorithm": "RSA_3072",
                "ReuseLastGeneratedToken": true})
        };
        let signer = setting.done("GetParametersForExport", &exports).await?;
        let receiver = setting.done("GetParametersForImport", &imports("TR34_KEY_BLOCK")).await?;
        let wrapper = setting.done("GetParametersForImport", &imports("KEY_CRYPTOGRAM")).await?;
        good.insert("GetParametersForExport", vec![exports]);
        good.insert(
            "GetParametersForImport",
            vec![imports("KEY_CRYPTOGRAM"), imports("TR34_KEY_BLOCK")],
        );

        let certificate = json!({
            "KeyAttributes": {
                "KeyUsage": signs, "KeyClass": "PUBLIC_KEY", "KeyAlgorithm": "RSA_4096",
                "KeyModesOfUse": {"Verify": true},
            },
            "PublicKeyCertificate": member(&signer, "SigningKeyCertificateChain"),
        });
        let root = json!({"KeyMaterial": {"RootCertificatePublicKey": certificate}});
        let authority = json!(arn(&setting.done("ImportKey", &root).await?)?);

        let block = json!({"ExportKeyIdentifier": bdk, "KeyMaterial": {"Tr31KeyBlock": {
            "WrappingKeyIdentifier": kek,
            "KeyBlockHeaders": {
                "KeyVersion": "01", "KeyExportability": "EXPORTABLE",
                "KeyModesOfUse": {"DeriveKey": true}, "OptionalBlocks": {"LB": "terminal7"},
            },
        }}});
        let initial = json!({
            "ExportKeyIdentifier": bdk,
            "KeyMaterial": {"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}},
            "ExportAttributes": {
                "ExportDukptInitialKey": {"KeySerialNumber": "FFFF9876543210E00000"},
                "KeyCheckValueAlgorithm": "ANSI_X9_24",
            },
        });
        let token = json!({"ExportKeyIdentifier": bdk, "KeyMaterial": {"Tr34KeyBlock": {
            "CertificateAuthorityPublicKeyIdentifier": authority,
            "WrappingKeyCertificate": member(&receiver, "WrappingKeyCertificate"),
            "ExportToken": member(&signer, "ExportToken"),
            "KeyBlockFormat": "X9_TR34_2012",
            "RandomNonce": "0123456789ABCDEF",
        }}});
        let cryptogram = json!({"ExportKeyIdentifier": bdk, "KeyMaterial": {"KeyCryptogram": {
            "CertificateAuthorityPublicKeyIdentifier": authority,
            "WrappingKeyCertificate": member(&wrapper, "WrappingKeyCertificate"),
            "WrappingSpec": "RSA_OAEP_SHA_256",
        }}});
        let mut sent = Vec::new();
        for request in [&block, &token, &cryptogram] {
            let answer = setting.done("ExportKey", request).await?;
            sent.push(answer.pointer("/WrappedKey/KeyMaterial").context("nothing sent")?.clone());
        }
        let [by_block, by_token, by_cryptogram] =
            <[Value; 3]>::try_from(sent).map_err(|_| anyhow::anyhow!("three were sent"))?;
        good.insert("ExportKey", vec![block, initial, token, cryptogram]);
        good.insert("ImportKey", vec![
            root,
            json!({"KeyMaterial": {"Tr31KeyBlock": {
                "WrappingKeyIdentifier": kek, "WrappedKeyBlock": by_block,
            }}, "KeyCheckValueAlgorithm": "CMAC", "Tags": [{"Key": "a", "Value": "b"}]}),
            json!({"KeyMaterial": {"Tr34KeyBlock": {
                "CertificateAuthorityPublicKeyIdentifier": authority,
                "SigningKeyCertificate": member(&signer, "SigningKeyCertificate"),
                "ImportToken": member(&receiver, "ImportToken"),
                "WrappedKeyBlock": by_token, "KeyBlockFormat": "X9_TR34_2012",
                "RandomNonce": "0123456789ABCDEF",
            }}}),
            json!({"KeyMaterial": {"KeyCryptogram": {
                "KeyAttributes": attributes("TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", &["DeriveKey"]),
                "Exportable": true, "WrappedKeyCryptogram": by_cryptogram,
                "ImportToken": member(&wrapper, "ImportToken"), "WrappingSpec": "RSA_OAEP_SHA_256",
            }}}),
        ]);
        good.insert(
            "GetCertificateSigningRequest",
            vec![json!({
                "KeyIdentifier": own, "SigningAlgorithm": "SHA256",
                "CertificateSubject": {"CommonName": "KDH", "Country": "DE", "City": "Köln",
                    "Organization": "a", "OrganizationUnit": "b", "StateOrProvince": "c",
                    "EmailAddress": "a@example.com"},
            })],
        );
        good.insert(
            "GetPublicKeyCertificate",
            vec![json!({"KeyIdentifier": own}), json!({"KeyIdentifier": authority})],
        );
        Self::of_names(setting, good, &kek).await
    }

    /// Adds what works on names, tags and states, with a key of its own.
    async fn of_names(
        setting: &mut Setting,
        mut good: BTreeMap<&'static str, Vec<Value>>,
        kek: &str,
    ) -> anyhow::Result<Self> {
        let used = key(setting, "TR31_P0_PIN_ENCRYPTION_KEY", "AES_128", WRAP).await?;
        let deleted = key(setting, "TR31_P0_PIN_ENCRYPTION_KEY", "AES_128", WRAP).await?;
        setting.done("DeleteKey", &json!({"KeyIdentifier": deleted})).await?;
        let alias = json!({"AliasName": "alias/used", "KeyArn": used});
        setting.done("CreateAlias", &alias).await?;
        let named = json!({"KeyIdentifier": used});
        for (operation, bodies) in [
            ("GetKey", vec![named.clone(), json!({"KeyIdentifier": "alias/used"})]),
            ("GetAlias", vec![json!({"AliasName": "alias/used"})]),
            ("ListKeys", vec![json!({"MaxResults": 7, "KeyState": "CREATE_COMPLETE"})]),
            ("ListAliases", vec![json!({"MaxResults": 7, "KeyArn": used})]),
            ("ListTagsForResource", vec![json!({"ResourceArn": used, "MaxResults": 7})]),
            (
                "TagResource",
                vec![json!({
                    "ResourceArn": used, "Tags": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}],
                })],
            ),
            ("UntagResource", vec![json!({"ResourceArn": used, "TagKeys": ["a", "c"]})]),
            ("CreateAlias", vec![json!({"AliasName": "alias/another", "KeyArn": used})]),
            ("UpdateAlias", vec![json!({"AliasName": "alias/used", "KeyArn": kek})]),
            ("DeleteAlias", vec![json!({"AliasName": "alias/used"})]),
            ("StartKeyUsage", vec![named.clone()]),
            ("StopKeyUsage", vec![named.clone()]),
            ("RestoreKey", vec![json!({"KeyIdentifier": deleted})]),
            ("DeleteKey", vec![json!({"KeyIdentifier": used, "DeleteKeyInDays": 7})]),
        ] {
            good.insert(operation, bodies);
        }
        let mut pool = Vec::new();
        good.values().flatten().for_each(|body| words(body, &mut pool));
        pool.sort();
        pool.dedup();
        Ok(Self { good, pool })
    }
}

/// Every name of a member and every text of a tree.
fn words(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(elements) => elements.iter().for_each(|it| words(it, found)),
        Value::Object(members) => members.iter().for_each(|(name, it)| {
            found.push(name.clone());
            words(it, found);
        }),
        _ => (),
    }
}

fn attributes(usage: &str, algorithm: &str, modes: &[&str]) -> Value {
    let modes: Value = modes.iter().map(|&mode| (mode.to_owned(), json!(true))).collect();
    json!({
        "KeyUsage": usage, "KeyClass": "SYMMETRIC_KEY", "KeyAlgorithm": algorithm,
        "KeyModesOfUse": modes,
    })
}

async fn key(
    setting: &mut Setting,
    usage: &str,
    algorithm: &str,
    modes: &[&str],
) -> anyhow::Result<String> {
    let request = json!({"KeyAttributes": attributes(usage, algorithm, modes), "Exportable": true});
    Ok(arn(&setting.done("CreateKey", &request).await?)?.to_owned())
}

fn member(answer: &Value, name: &str) -> Value {
    answer.get(name).cloned().unwrap_or(Value::Null)
}
