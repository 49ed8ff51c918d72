//! ExportKey under certificates: TR-34 and RSA cryptograms, opened as the receiver would.

use export_api::KeyCryptograms;
use key_types::{KeyAlgorithm, SecretKey};
use payment_pki::{Certificate, CertificateProfile, UnixTime};
use rsa_wrap::WrappingSpec;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use tr34::{Binding, Krd, KtKdh, Layout, Nonce, Policy};

use crate::pki::{
    DAY, NOW, anchors, base64, between, certificates, import_trusted, issued, private_key,
    receiver, root, signing_key, spec, trust,
};
use crate::world::{CountingRandomness, World, create_key, create_pair};

const NONCE: &str = "ABCDEF0123456789";
const ENCRYPTING: &[&str] = &["Encrypt", "Decrypt", "Wrap", "Unwrap"];

/// A world that trusts a root, and a token of it.
struct Setting {
    world: World,
    root: Certificate,
    authority: String,
    token: String,
    /// The certificate of the signer, and that above it.
    signer: Certificate,
    chain: Certificate,
}

impl Setting {
    fn new() -> Self {
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

    fn tr34(&self, key: &str, bits: u64) -> Value {
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

    fn cryptogram(&self, key: &str, bits: u64) -> Value {
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

fn open(
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

fn is_same(one: &SecretKey, other: &SecretKey) -> bool {
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

#[test]
fn an_own_authority_certifies_the_signer() {
    let setting = Setting::new();
    let world = &setting.world;
    let key = world.key("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", ENCRYPTING);
    let usage = "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE";
    let pair = world.call("CreateKey", &create_pair(usage, "RSA_3072", &["Sign"])).unwrap();
    let pair = pair["Key"]["KeyArn"].as_str().unwrap();
    let request = json!({
        "KeyIdentifier": pair,
        "SigningAlgorithm": "SHA256",
        "CertificateSubject": {"CommonName": "KDH"},
    });
    let answer = world.call("GetCertificateSigningRequest", &request).unwrap();
    let text = answer["CertificateSigningRequest"].as_str().unwrap();
    let asked = payment_pki::CertificateRequest::from_base64_pem(text).unwrap();
    let certify = |profile, (from, until)| {
        use payment_pki::{Sign, UnsignedCertificate};
        let key = signing_key(4096);
        let spec = spec("KDH", profile, (from, until));
        let info = asked.subject_public_key_info_der();
        let unsigned =
            UnsignedCertificate::issued_by(&setting.root, &spec, info, key.signature_algorithm());
        unsigned.unwrap().signed_by(&key, &mut getrandom::SysRng).unwrap()
    };
    let year = (NOW - DAY, NOW + 365 * DAY);
    let own = certify(CertificateProfile::Sender, year);
    let with = |certificate: &Certificate, pair: &str| {
        let mut request = setting.tr34(&key, 2048);
        let form = request["KeyMaterial"]["Tr34KeyBlock"].as_object_mut().unwrap();
        form.remove("ExportToken");
        form.insert("SigningKeyIdentifier".into(), json!(pair));
        form.insert("SigningKeyCertificate".into(), json!(base64(certificate)));
        request
    };
    let answer = world.call("ExportKey", &with(&own, pair)).unwrap();
    let krd = receiver(&setting.root, 2048);
    let (secret, _) = open(&answer, (&own, &setting.root), &krd, 2048, None);
    assert!(is_same(&secret, &world.secret(&key)));

    let refused = |request: &Value| world.refusal("ExportKey", request).message;
    let at = "KeyMaterial.Tr34KeyBlock.SigningKeyCertificate: ";
    let other = receiver(&setting.root, 3072);
    let other = certificate_of_other_key(&setting.root, &other);
    assert_eq!(
        refused(&with(&other, pair)),
        format!("{at}the certificate is not one of the signing key")
    );
    let expired = certify(CertificateProfile::Sender, (NOW - 2 * DAY, NOW - DAY));
    assert_eq!(
        refused(&with(&expired, pair)),
        format!("{at}the certificate cannot be used for signing (CertificateNotValid)")
    );
    let for_others = certify(CertificateProfile::Receiver, year);
    assert_eq!(
        refused(&with(&for_others, pair)),
        format!("{at}the certificate cannot be used for signing (SenderUse)")
    );
    let key_at = "KeyMaterial.Tr34KeyBlock.SigningKeyIdentifier: ";
    assert_eq!(
        refused(&with(&own, &key)),
        format!("{key_at}must name a key of class ASYMMETRIC_KEY_PAIR")
    );
    let usage = "TR31_K2_TR34_ASYMMETRIC_KEY";
    let k2 = world.call("CreateKey", &create_pair(usage, "RSA_2048", ENCRYPTING)).unwrap();
    let k2 = k2["Key"]["KeyArn"].as_str().unwrap();
    assert!(
        refused(&with(&own, k2)).starts_with(&format!("{key_at}a signing key must have usage"))
    );

    let unclear = "KeyMaterial.Tr34KeyBlock: must have either ExportToken, or \
                   SigningKeyIdentifier with SigningKeyCertificate";
    let mut both = with(&own, pair);
    both["KeyMaterial"]["Tr34KeyBlock"]["ExportToken"] = json!(setting.token);
    assert_eq!(refused(&both), unclear);
    let mut neither = setting.tr34(&key, 2048);
    neither["KeyMaterial"]["Tr34KeyBlock"].as_object_mut().unwrap().remove("ExportToken");
    assert_eq!(refused(&neither), unclear);
    let mut half = neither.clone();
    half["KeyMaterial"]["Tr34KeyBlock"]["SigningKeyIdentifier"] = json!(pair);
    assert_eq!(refused(&half), unclear);
}

/// A sender's certificate of the key that another certificate is of.
fn certificate_of_other_key(root: &Certificate, _: &Certificate) -> Certificate {
    let year = (NOW - DAY, NOW + 365 * DAY);
    issued(root, 4096, &spec("KDH", CertificateProfile::Sender, year), 3072)
}

#[test]
fn tokens_end_and_are_then_unknown() {
    let setting = Setting::new();
    let world = &setting.world;
    let key = world.key("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", ENCRYPTING);
    let request = setting.tr34(&key, 2048);
    assert!(world.call("ExportKey", &request).is_ok());
    let at = "KeyMaterial.Tr34KeyBlock.ExportToken: ";
    let ended = format!("{at}is not an export token of this endpoint, or has ended");
    world.days_pass(29);
    assert!(world.call("ExportKey", &request).is_ok());
    world.days_pass(1);
    let refusal = world.refusal("ExportKey", &request);
    assert_eq!((refusal.code, refusal.message), ("ValidationException", ended.clone()));

    let deleted = pollster::block_on(world.service.delete_ended_identities(10)).unwrap();
    assert_eq!(deleted, 1);
    assert!(world.service.rsa_keys().was_forgotten(&setting.token));
    assert_eq!(world.refusal("ExportKey", &request).message, ended);

    for (token, message) in [
        ("export-token-abcdefgh12345678", ended.clone()),
        (
            "import-token-abcdefgh12345678",
            format!("{at}must match ^(export-token-[0-9a-zA-Z]{{16,64}})?$"),
        ),
    ] {
        let mut other = request.clone();
        other["KeyMaterial"]["Tr34KeyBlock"]["ExportToken"] = json!(token);
        assert_eq!(world.refusal("ExportKey", &other).message, message);
    }
}

#[test]
fn receivers_are_refused_by_name() {
    let setting = Setting::new();
    let world = &setting.world;
    let key = world.key("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", ENCRYPTING);
    let year = (NOW - DAY, NOW + 365 * DAY);
    let profile = CertificateProfile::Receiver;
    let leaf = |times, profile| {
        let leaf = issued(&setting.root, 4096, &spec("KRD", profile, times), 2048);
        base64(&leaf)
    };
    let other_root = root("Another root");
    let forged = {
        let mut der = receiver(&setting.root, 2048).as_der().to_vec();
        *der.last_mut().unwrap() ^= 1;
        base64(&Certificate::from_der(&der).unwrap())
    };
    let authority = CertificateProfile::Authority { path_length: None };
    for (certificate, ending) in [
        ("bm90aGluZw==".to_owned(), "the certificate: the Pem is malformed at byte 0"),
        ("not base64!".to_owned(), "the certificate: the Pem is malformed at byte 0"),
        ("A".repeat(32_769), "must have 1 to 32768 characters"),
        (leaf((NOW - 2 * DAY, NOW - DAY), profile), "certificate 0 has expired"),
        (leaf((NOW + DAY, NOW + 2 * DAY), profile), "certificate 0 is not valid yet"),
        (base64(&receiver(&other_root, 2048)), "issued by none of those that are trusted"),
        (forged, "the signature of certificate 0 does not verify"),
        (leaf(year, authority), "the leaf is a certification authority"),
        (
            leaf(year, CertificateProfile::Sender),
            "key usage of certificate 0 does not allow this use",
        ),
    ] {
        for (form, mut request) in [
            ("Tr34KeyBlock", setting.tr34(&key, 2048)),
            ("KeyCryptogram", setting.cryptogram(&key, 2048)),
        ] {
            request["KeyMaterial"][form]["WrappingKeyCertificate"] = json!(certificate);
            let refusal = world.refusal("ExportKey", &request);
            assert_eq!(refusal.code, "ValidationException");
            let at = format!("KeyMaterial.{form}.WrappingKeyCertificate: ");
            assert!(refusal.message.starts_with(&at), "{}", refusal.message);
            assert!(refusal.message.ends_with(ending), "{} {ending}", refusal.message);
        }
    }
    // A leaf that says nothing of its use is taken.
    let mut bare = setting.tr34(&key, 2048);
    bare["KeyMaterial"]["Tr34KeyBlock"]["WrappingKeyCertificate"] =
        json!(leaf(year, CertificateProfile::Bare));
    assert!(world.call("ExportKey", &bare).is_ok());
}

#[test]
fn short_keys_and_curves_are_refused() {
    use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey};

    let setting = Setting::new();
    let world = &setting.world;
    let key = world.key("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", ENCRYPTING);
    let short = rsa::PrivateKey::new(&mut Seeded::default(), 1024).unwrap();
    let short = short.as_public_key().to_public_key_der().unwrap().into_vec();
    let curve = p256::SecretKey::from_slice(&[0x11; 32]).unwrap();
    let curve = payment_pki::SigningKey::from_pkcs8(
        &SecretKey::copied_from(curve.to_pkcs8_der().unwrap().as_bytes()).unwrap(),
        key_types::HashAlgorithm::Sha256,
    );
    let curve = curve.unwrap().subject_public_key_info().to_vec();
    for (info, ending) in [
        (short, "the key of certificate 0 is of an algorithm or size that is not allowed"),
        (curve, "no key goes under the public key in the certificate (RecipientAlgorithm)"),
    ] {
        use payment_pki::{Sign, UnsignedCertificate};
        let by = signing_key(4096);
        let spec = spec("KRD", CertificateProfile::Receiver, (NOW - DAY, NOW + 365 * DAY));
        let unsigned =
            UnsignedCertificate::issued_by(&setting.root, &spec, &info, by.signature_algorithm());
        let leaf = unsigned.unwrap().signed_by(&by, &mut getrandom::SysRng).unwrap();
        let mut request = setting.tr34(&key, 2048);
        request["KeyMaterial"]["Tr34KeyBlock"]["WrappingKeyCertificate"] = json!(base64(&leaf));
        let refusal = world.refusal("ExportKey", &request);
        assert!(refusal.message.ends_with(ending), "{}", refusal.message);
    }
}

/// Randomness that anybody can repeat, for a key that nobody uses.
#[derive(Default)]
struct Seeded(CountingRandomness);

impl rand_core::TryRng for Seeded {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        export_api::ports::Randomness::fill(&self.0, bytes).unwrap();
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Seeded {}

#[test]
fn authorities_are_refused_by_name() {
    let setting = Setting::new();
    let world = &setting.world;
    let key = world.key("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", ENCRYPTING);
    let with = |authority: &str| {
        let mut request = setting.tr34(&key, 2048);
        let form = &mut request["KeyMaterial"]["Tr34KeyBlock"];
        form["CertificateAuthorityPublicKeyIdentifier"] = json!(authority);
        request
    };
    let at = "KeyMaterial.Tr34KeyBlock.CertificateAuthorityPublicKeyIdentifier: ";
    let refusal = world.refusal("ExportKey", &with(&key));
    assert!(refusal.message.starts_with(&format!("{at}must name an imported certificate")));
    assert_eq!(world.refusal("ExportKey", &with("alias/nobody")).code, "ResourceNotFoundException");
    world.call("StopKeyUsage", &json!({"KeyIdentifier": setting.authority})).unwrap();
    let refusal = world.refusal("ExportKey", &with(&setting.authority));
    assert_eq!((refusal.code, refusal.message.starts_with(at)), ("ConflictException", true));
    world.call("StartKeyUsage", &json!({"KeyIdentifier": setting.authority})).unwrap();
    assert!(world.call("ExportKey", &with(&setting.authority)).is_ok());
    world.call("DeleteKey", &json!({"KeyIdentifier": setting.authority})).unwrap();
    assert_eq!(world.refusal("ExportKey", &with(&setting.authority)).code, "ConflictException");
}

#[test]
fn a_receiver_is_found_under_an_authority_between_while_its_root_is_in_use() {
    let setting = Setting::new();
    let world = &setting.world;
    let key = world.key("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", ENCRYPTING);
    let between = between(&setting.root);
    let request = import_trusted(&base64(&between), "RSA_3072", &setting.authority);
    let answer = world.call("ImportKey", &request).unwrap();
    let between_arn = answer["Key"]["KeyArn"].as_str().unwrap();
    let year = (NOW - DAY, NOW + 365 * DAY);
    let leaf = issued(&between, 3072, &spec("KRD", CertificateProfile::Receiver, year), 2048);
    let with = |authority: &str| {
        let mut request = setting.tr34(&key, 2048);
        let form = &mut request["KeyMaterial"]["Tr34KeyBlock"];
        form["CertificateAuthorityPublicKeyIdentifier"] = json!(authority);
        form["WrappingKeyCertificate"] = json!(base64(&leaf));
        request
    };
    let answer = world.call("ExportKey", &with(between_arn)).unwrap();
    let (secret, _) = open(&answer, (&setting.signer, &setting.chain), &leaf, 2048, None);
    assert!(is_same(&secret, &world.secret(&key)));
    // The root has not issued it.
    let refusal = world.refusal("ExportKey", &with(&setting.authority));
    assert!(refusal.message.ends_with("issued by none of those that are trusted"));
    world.call("StopKeyUsage", &json!({"KeyIdentifier": setting.authority})).unwrap();
    assert_eq!(world.refusal("ExportKey", &with(between_arn)).code, "ConflictException");
}

#[test]
fn nonces_formats_and_keys_are_refused_by_name() {
    let setting = Setting::new();
    let world = &setting.world;
    let key = world.key("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", ENCRYPTING);
    let with = |member: &str, value: Value| {
        let mut request = setting.tr34(&key, 2048);
        request["KeyMaterial"]["Tr34KeyBlock"][member] = value;
        request
    };
    let refused =
        |member: &str, value: Value| world.refusal("ExportKey", &with(member, value)).message;
    let at = "KeyMaterial.Tr34KeyBlock.";
    let length = format!("{at}RandomNonce: must have 16 to 32 characters");
    let pattern = format!("{at}RandomNonce: must match ^(?:[0-9a-fA-F][0-9a-fA-F])+$");
    assert_eq!(refused("RandomNonce", json!("ABCDEF01234567")), length);
    assert_eq!(refused("RandomNonce", json!("AB".repeat(17))), length);
    assert_eq!(refused("RandomNonce", json!("ABCDEF01234567890")), pattern);
    assert_eq!(refused("RandomNonce", json!("ABCDEF012345678G")), pattern);
    assert!(world.call("ExportKey", &with("RandomNonce", json!("abcdef0123456789"))).is_ok());
    assert_eq!(
        refused("KeyBlockFormat", json!("X9_TR34_2019")),
        format!("{at}KeyBlockFormat: must be one of X9_TR34_2012")
    );
    assert_eq!(refused("Layout", json!("A")), format!("{at}Layout: there is no such member"));

    let mut fixed = create_key("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", ENCRYPTING);
    fixed["Exportable"] = json!(false);
    let fixed = world.call("CreateKey", &fixed).unwrap();
    let fixed = fixed["Key"]["KeyArn"].as_str().unwrap();
    let refusal = world.refusal("ExportKey", &setting.tr34(fixed, 2048));
    assert_eq!(refusal.message, "ExportKeyIdentifier: the key was made with Exportable false");
    let refusal = world.refusal("ExportKey", &setting.tr34(&setting.authority, 2048));
    assert!(
        refusal.message.ends_with("only keys of class SYMMETRIC_KEY are exported, not PUBLIC_KEY")
    );
}
