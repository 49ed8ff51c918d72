//! ExportKey under certificates: TR-34 and RSA cryptograms, opened as the receiver would.

use export_api::KeyCryptograms;
use key_types::{KeyAlgorithm, SecretKey};
use payment_pki::{Certificate, UnixTime};
use rsa_wrap::WrappingSpec;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use tr34::{Binding, Krd, KtKdh, Layout, Nonce, Policy};

use crate::pki::{NOW, anchors, base64, certificates, private_key, receiver, root, trust};
use crate::world::World;

const NONCE: &str = "ABCDEF0123456789";
pub(crate) const ENCRYPTING: &[&str] = &["Encrypt", "Decrypt", "Wrap", "Unwrap"];

/// A world that trusts a root, and a token of it.
pub(crate) struct Setting {
    pub(crate) world: World,
    pub(crate) root: Certificate,
    pub(crate) authority: String,
    pub(crate) token: String,
    /// The certificate of the signer, and that above it.
    pub(crate) signer: Certificate,
    pub(crate) chain: Certificate,
}

impl Setting {
    pub(crate) fn new() -> Self {
        let world = World::new();
        let root = root("Root");
        let authority = trust(&world, &root);
        let request =
            json!({"KeyMaterialType": "TR34_KEY_BLOCK", "SigningKeyAlgorithm": "RSA_2048"});
        let answer = world.call("GetParametersForExport", &request).unwrap();
        let [signer] = certificates(&answer["SigningKeyCertificate"]).try_into().unwrap();
        let [chain] = certificates(&answer["SigningKeyCertificateChain"]).try_into().unwrap();
        let token = answer["ExportToken"].as_str().unwrap().to_owned();
        Self { world, root, authority, token, signer, chain }
    }

    pub(crate) fn tr34(&self, key: &str, bits: u64) -> Value {
        json!({
            "ExportKeyIdentifier": key,
            "KeyMaterial": {"Tr34KeyBlock": {
                "CertificateAuthorityPublicKeyIdentifier": self.authority,
                "WrappingKeyCertificate": base64(&receiver(&self.root, bits)),
                "ExportToken": self.token,
                "KeyBlockFormat": "X9_TR34_2012",
            }},
        })
    }

    pub(crate) fn cryptogram(&self, key: &str, bits: u64) -> Value {
        json!({
            "ExportKeyIdentifier": key,
            "KeyMaterial": {"KeyCryptogram": {
                "CertificateAuthorityPublicKeyIdentifier": self.authority,
                "WrappingKeyCertificate": base64(&receiver(&self.root, bits)),
            }},
        })
    }

    /// Opens a token as a receiver that is bound to the signer does, under a strict policy.
    fn open(&self, answer: &Value, bits: u64, nonce: Option<&str>) -> (SecretKey, String) {
        open(answer, (&self.signer, &self.chain), &receiver(&self.root, bits), bits, nonce)
    }
}

pub(crate) fn open(
    answer: &Value,
    (signer, chain): (&Certificate, &Certificate),
    own: &Certificate,
    bits: u64,
    nonce: Option<&str>,
) -> (SecretKey, String) {
    let hex = answer["WrappedKey"]["KeyMaterial"].as_str().unwrap();
    let der = base16ct::upper::decode_vec(hex).unwrap();
    let token = KtKdh::parse(&der).unwrap();
    assert_eq!(token.layout(), Layout::X9Tr34_2012);
    assert_eq!(token.findings(), []);
    let krd = Krd::new(own.clone(), anchors(chain), Policy::strict()).unwrap();
    let mut binding = Binding::to(signer.clone());
    if let Some(nonce) = nonce {
        let nonce = base16ct::mixed::decode_vec(nonce).unwrap();
        binding = binding.with_outstanding_nonce(Nonce::new(&nonce).unwrap());
    }
    let verified = krd.verify(&mut binding, &token, UnixTime::from_seconds(NOW)).unwrap();
    let received = verified.open(&private_key(bits), &mut getrandom::SysRng).unwrap();
    assert_eq!(received.signing_time().is_some(), nonce.is_none());
    let header = received.header().text().to_owned();
    (received.into_key(), header)
}

pub(crate) fn is_same(one: &SecretKey, other: &SecretKey) -> bool {
    one.ct_eq(other).into()
}

#[test]
fn keys_leave_by_tr34_in_one_pass_and_two() {
    let setting = Setting::new();
    let world = &setting.world;
    for (usage, algorithm, modes, bits, header) in [
        ("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_2KEY", ENCRYPTING, 2048, "D0112K0TB00E0000"),
        (
            "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY",
            "TDES_3KEY",
            ENCRYPTING,
            3072,
            "D0112D0TB00E0000",
        ),
        ("TR31_B0_BASE_DERIVATION_KEY", "AES_128", &["DeriveKey"], 3072, "D0144B0AX00E0000"),
    ] {
        let key = world.key(usage, algorithm, modes);
        for nonce in [Some(NONCE), Some("abcdef0123456789abcdef0123456789"), None] {
            let mut request = setting.tr34(&key, bits);
            if let Some(nonce) = nonce {
                request["KeyMaterial"]["Tr34KeyBlock"]["RandomNonce"] = json!(nonce);
            }
            let answer = world.call("ExportKey", &request).unwrap();
            let wrapped = &answer["WrappedKey"];
            assert_eq!(wrapped["WrappedKeyMaterialFormat"], "TR34_KEY_BLOCK");
            assert_eq!(wrapped["WrappingKeyArn"], json!(setting.authority));
            let (secret, text) = setting.open(&answer, bits, nonce);
            assert!(is_same(&secret, &world.secret(&key)), "{algorithm}");
            assert_eq!(text, header);
            let shown = world.call("GetKey", &json!({"KeyIdentifier": key})).unwrap();
            assert_eq!(wrapped["KeyCheckValue"], shown["Key"]["KeyCheckValue"]);
            let audited = format!("{:?}", world.service.audit().last());
            assert!(!audited.contains(wrapped["KeyMaterial"].as_str().unwrap()));
        }
    }
}

#[test]
fn initial_keys_leave_with_their_header_narrowed() {
    let setting = Setting::new();
    let world = &setting.world;
    for (algorithm, ksn, bits, header) in [
        ("TDES_2KEY", "FFFF9876543210E00001", 2048, "D0112B1TX42N0000"),
        ("AES_128", "123456789012345600000001", 3072, "D0144B1AX42N0000"),
    ] {
        let bdk = world.key("TR31_B0_BASE_DERIVATION_KEY", algorithm, &["DeriveKey"]);
        let attributes = json!({"ExportDukptInitialKey": {"KeySerialNumber": ksn}});
        let mut request = setting.tr34(&bdk, bits);
        request["ExportAttributes"] = attributes.clone();
        let form = &mut request["KeyMaterial"]["Tr34KeyBlock"];
        form["KeyBlockHeaders"] = json!({"KeyExportability": "NON_EXPORTABLE", "KeyVersion": "42"});
        let answer = world.call("ExportKey", &request).unwrap();
        let (secret, text) = setting.open(&answer, bits, None);
        assert_eq!(text, header);

        let mut request = setting.cryptogram(&bdk, bits);
        request["ExportAttributes"] = attributes;
        let by_rsa = world.call("ExportKey", &request).unwrap();
        let unwrapped = unwrap(&by_rsa, bits, WrappingSpec::RsaOaepSha256, algorithm);
        assert!(is_same(&secret, &unwrapped));
        assert_eq!(answer["WrappedKey"]["KeyCheckValue"], by_rsa["WrappedKey"]["KeyCheckValue"]);
    }
}

fn unwrap(answer: &Value, bits: u64, spec: WrappingSpec, algorithm: &str) -> SecretKey {
    let hex = answer["WrappedKey"]["KeyMaterial"].as_str().unwrap();
    let cryptogram = base16ct::upper::decode_vec(hex).unwrap();
    let algorithm = KeyAlgorithm::from_code(algorithm).unwrap();
    let key = private_key(bits);
    rsa_wrap::unwrap(&key, spec, algorithm, &cryptogram, &mut getrandom::SysRng).unwrap()
}

#[test]
fn keys_leave_as_cryptograms_with_both_hashes() {
    let setting = Setting::new();
    let world = &setting.world;
    for (algorithm, bits) in [("TDES_2KEY", 2048), ("TDES_3KEY", 2048), ("AES_128", 3072)] {
        let key = world.key("TR31_P0_PIN_ENCRYPTION_KEY", algorithm, ENCRYPTING);
        for (name, spec) in [
            (None, WrappingSpec::RsaOaepSha256),
            (Some("RSA_OAEP_SHA_256"), WrappingSpec::RsaOaepSha256),
            (Some("RSA_OAEP_SHA_512"), WrappingSpec::RsaOaepSha512),
        ] {
            let mut request = setting.cryptogram(&key, bits);
            if let Some(name) = name {
                request["KeyMaterial"]["KeyCryptogram"]["WrappingSpec"] = json!(name);
            }
            let answer = world.call("ExportKey", &request).unwrap();
            let wrapped = &answer["WrappedKey"];
            assert_eq!(wrapped["WrappedKeyMaterialFormat"], "KEY_CRYPTOGRAM");
            assert_eq!(wrapped["WrappingKeyArn"], json!(setting.authority));
            let length = usize::try_from(bits).unwrap() / 4;
            assert_eq!(wrapped["KeyMaterial"].as_str().unwrap().len(), length);
            let secret = unwrap(&answer, bits, spec, algorithm);
            assert!(is_same(&secret, &world.secret(&key)));
        }
    }
}

#[test]
fn cryptograms_can_be_switched_off() {
    let Setting { world, root, authority, .. } = Setting::new();
    let key = world.key("TR31_P0_PIN_ENCRYPTION_KEY", "TDES_2KEY", ENCRYPTING);
    let service = world.service.with_key_cryptograms(KeyCryptograms::SwitchedOff);
    let world = World { service };
    let request = json!({
        "ExportKeyIdentifier": key,
        "KeyMaterial": {"KeyCryptogram": {
            "CertificateAuthorityPublicKeyIdentifier": authority,
            "WrappingKeyCertificate": base64(&receiver(&root, 2048)),
        }},
    });
    let refusal = world.refusal("ExportKey", &request);
    assert_eq!(
        (refusal.code, refusal.message.as_str()),
        ("ValidationException", "KeyMaterial.KeyCryptogram: is switched off at this endpoint")
    );
}

#[test]
fn the_strength_matrix_decides_for_both() {
    let setting = Setting::new();
    let world = &setting.world;
    for (usage, algorithm, modes, bits, allowed) in [
        ("TR31_B0_BASE_DERIVATION_KEY", "AES_128", &["DeriveKey"][..], 2048, "RSA_3072, RSA_4096"),
        ("TR31_B0_BASE_DERIVATION_KEY", "AES_192", &["DeriveKey"], 3072, ""),
        ("TR31_B0_BASE_DERIVATION_KEY", "AES_256", &["DeriveKey"], 3072, ""),
        ("TR31_M7_HMAC_KEY", "HMAC_SHA256", &["Generate", "Verify"], 3072, ""),
    ] {
        let key = world.key(usage, algorithm, modes);
        for request in [setting.tr34(&key, bits), setting.cryptogram(&key, bits)] {
            let refusal = world.refusal("ExportKey", &request);
            assert_eq!(refusal.code, "ValidationException");
            let expected = if allowed.is_empty() {
                format!("a key of {algorithm} goes under no RSA key, and so not under RSA_{bits}")
            } else {
                format!(
                    "a key of {algorithm} must not go under RSA_{bits}, which is weaker; \
                     allowed: {allowed}"
                )
            };
            assert!(
                refusal.message.ends_with(&format!("WrappingKeyCertificate: {expected}")),
                "{}",
                refusal.message
            );
        }
    }
}
