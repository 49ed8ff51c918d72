//! Exports under certificates that are refused, each by its own name; and signers of an own authority.

use key_types::SecretKey;
use payment_pki::{Certificate, CertificateProfile};
use serde_json::{Value, json};

use crate::certified::{ENCRYPTING, Setting, is_same, open};
use crate::pki::{
    DAY, NOW, base64, between, import_trusted, issued, receiver, root, signing_key, spec,
};
use crate::world::{CountingRandomness, create_key, create_pair};

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
        format!("{at}the certificate is not one of the key pair")
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
