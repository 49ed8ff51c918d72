//! Trust imported, and certificates that the endpoint shows.

use base64ct::{Base64, Encoding};
use key_types::HashAlgorithm;
use payment_pki::{CertificateProfile, CertificateRequest, Policy, UnixTime, role, validate};
use serde_json::{Value, json};

use crate::pki::{
    DAY, NOW, anchors, base64, between, certificates, import_root, import_trusted, issued,
    receiver, root, spec, trust,
};
use crate::world::{World, create_pair};

#[test]
fn a_root_and_one_below_it_are_imported_and_shown_again() {
    let world = World::new();
    let (root, between) = {
        let root = root("Root");
        let between = between(&root);
        (root, between)
    };
    let mut request = import_root(&base64(&root), "RSA_4096");
    request["KeyCheckValueAlgorithm"] = json!("ANSI_X9_24");
    request["Tags"] = json!([]);
    let answer = world.call("ImportKey", &request).unwrap();
    let key = &answer["Key"];
    assert_eq!(key["KeyOrigin"], "EXTERNAL");
    assert_eq!(key["KeyAttributes"]["KeyClass"], "PUBLIC_KEY");
    assert_eq!(key["KeyState"], "CREATE_COMPLETE");
    assert_eq!(key["KeyCheckValueAlgorithm"], "SHA_1");
    assert_eq!(key["KeyCheckValue"].as_str().unwrap().len(), 8);
    assert_eq!((&key["Exportable"], &key["Enabled"]), (&json!(true), &json!(true)));
    let root_arn = key["KeyArn"].as_str().unwrap();

    let request = import_trusted(&base64(&between), "RSA_3072", root_arn);
    let answer = world.call("ImportKey", &request).unwrap();
    let between_arn = answer["Key"]["KeyArn"].as_str().unwrap();
    let shown = |arn: &str| {
        let request = json!({"KeyIdentifier": arn});
        let answer = world.call("GetPublicKeyCertificate", &request).unwrap();
        (certificates(&answer["KeyCertificate"]), certificates(&answer["KeyCertificateChain"]))
    };
    assert_eq!(shown(root_arn), (vec![root.clone()], vec![root.clone()]));
    assert_eq!(shown(between_arn), (vec![between], vec![root]));
}

#[test]
fn certificates_that_are_not_trusted_are_refused_by_name() {
    let world = World::new();
    let good = root("Root");
    let arn = trust(&world, &good);
    let authority = CertificateProfile::Authority { path_length: None };
    let spec_at = |from, until| spec("Between", authority, (from, until));
    let expired = issued(&good, 4096, &spec_at(NOW - 2 * DAY, NOW - DAY), 3072);
    let early = issued(&good, 4096, &spec_at(NOW + DAY, NOW + 2 * DAY), 3072);
    let forged = issued(&good, 4096, &spec_at(NOW - DAY, NOW + DAY), 3072);
    let forged = {
        let mut der = forged.as_der().to_vec();
        *der.last_mut().unwrap() ^= 1;
        payment_pki::Certificate::from_der(&der).unwrap()
    };
    let stranger = between(&root("Another root"));
    let no_authority = receiver(&good, 3072);
    let is_refused = |request: &Value, ending: &str| {
        let refusal = world.refusal("ImportKey", request);
        assert_eq!(refusal.code, "ValidationException", "{}", refusal.message);
        assert!(refusal.message.ends_with(ending), "{}", refusal.message);
        assert!(refusal.message.contains("PublicKeyCertificate: "), "{}", refusal.message);
    };
    let trusted = |text: &str| import_trusted(text, "RSA_3072", &arn);
    is_refused(&trusted(&base64(&expired)), "certificate 0 has expired");
    is_refused(&trusted(&base64(&early)), "certificate 0 is not valid yet");
    is_refused(&trusted(&base64(&forged)), "signature of certificate 0 does not verify");
    is_refused(&trusted(&base64(&stranger)), "issued by none of those that are trusted");
    is_refused(&trusted(&base64(&no_authority)), "not that of a certification authority");
    is_refused(&trusted("bm90aGluZw=="), "the Pem is malformed at byte 0");
    is_refused(&trusted(&between(&good).to_pem()), "the Pem is malformed at byte 0");
    is_refused(&trusted(&"A".repeat(32_769)), "must have 1 to 32768 characters");
    is_refused(&trusted("a;b"), "must match ^[^\\[;\\]<>]+$");
    let other = import_trusted(&base64(&between(&good)), "RSA_2048", &arn);
    is_refused(&other, "the public key in the certificate is not one of RSA_2048");
    let not_root = import_root(&base64(&between(&good)), "RSA_3072");
    is_refused(&not_root, "a root certificate is signed by its own key");
}

#[test]
fn whoever_vouches_is_an_imported_certificate_that_is_in_use() {
    let world = World::new();
    let good = root("Root");
    let arn = trust(&world, &good);
    let kek = world.key(
        "TR31_K0_KEY_ENCRYPTION_KEY",
        "AES_128",
        &["Encrypt", "Decrypt", "Wrap", "Unwrap"],
    );
    let certificate = base64(&between(&good));
    let refusal = world.refusal("ImportKey", &import_trusted(&certificate, "RSA_3072", &kek));
    assert!(refusal.message.contains("must name an imported certificate"), "{}", refusal.message);
    let unknown = arn.replace(&arn[arn.len() - 4..], "zzzz");
    let refusal = world.refusal("ImportKey", &import_trusted(&certificate, "RSA_3072", &unknown));
    assert_eq!(refusal.code, "ResourceNotFoundException");

    world.call("StopKeyUsage", &json!({"KeyIdentifier": arn})).unwrap();
    let refusal = world.refusal("ImportKey", &import_trusted(&certificate, "RSA_3072", &arn));
    assert_eq!(refusal.code, "ConflictException");
    world.call("StartKeyUsage", &json!({"KeyIdentifier": arn})).unwrap();
    world.call("DeleteKey", &json!({"KeyIdentifier": arn})).unwrap();
    let refusal = world.refusal("ImportKey", &import_trusted(&certificate, "RSA_3072", &arn));
    assert_eq!(refusal.code, "ConflictException");
}

#[test]
fn other_ways_in_are_refused_by_name() {
    let world = World::new();
    let other = json!({"KeyMaterial": {"As2805KeyCryptogram": {}}});
    let refusal = world.refusal("ImportKey", &other);
    assert_eq!(
        refusal.message,
        "KeyMaterial.As2805KeyCryptogram: is not offered by this endpoint; offered: \
         RootCertificatePublicKey, TrustedCertificatePublicKey, Tr31KeyBlock, Tr34KeyBlock, \
         KeyCryptogram"
    );
    let mut symmetric = import_root(&base64(&root("Root")), "AES_128");
    let attributes = &mut symmetric["KeyMaterial"]["RootCertificatePublicKey"]["KeyAttributes"];
    attributes["KeyClass"] = json!("SYMMETRIC_KEY");
    attributes["KeyUsage"] = json!("TR31_B0_BASE_DERIVATION_KEY");
    attributes["KeyModesOfUse"] = json!({"DeriveKey": true});
    let refusal = world.refusal("ImportKey", &symmetric);
    assert!(
        refusal.message.ends_with("KeyClass: must be one of PUBLIC_KEY"),
        "{}",
        refusal.message
    );
}

#[test]
fn parameters_for_export_come_from_the_account_and_are_reused_as_documented() {
    let world = World::new();
    let ask = |reuses: bool| {
        let request = json!({
            "KeyMaterialType": "TR34_KEY_BLOCK",
            "SigningKeyAlgorithm": "RSA_2048",
            "ReuseLastGeneratedToken": reuses,
        });
        world.call("GetParametersForExport", &request).unwrap()
    };
    let first = ask(false);
    assert_eq!(first["SigningKeyAlgorithm"], "RSA_2048");
    let token = first["ExportToken"].as_str().unwrap();
    assert!(token.starts_with("export-token-") && token.len() == 29, "{token}");
    assert_eq!(first["ParametersValidUntilTimestamp"], json!(1_702_592_000.0));

    let [leaf] = certificates(&first["SigningKeyCertificate"]).try_into().unwrap();
    let [chain] = certificates(&first["SigningKeyCertificateChain"]).try_into().unwrap();
    let now = UnixTime::from_seconds(NOW);
    let trusted = validate::<role::Kdh>(&leaf, &[], &anchors(&chain), &[], now, &Policy::strict());
    assert_eq!(trusted.unwrap().findings().len(), 1, "no list, and nothing else");
    assert_eq!(chain.public_key().modulus_bits(), Some(4096));
    assert_eq!(chain.signature_algorithm().unwrap().hash(), HashAlgorithm::Sha512);
    let usage = leaf.key_usage().unwrap();
    assert!(usage.digital_signature() && usage.key_encipherment());
    assert_eq!(leaf.not_after(), UnixTime::from_seconds(NOW + 30 * DAY));

    assert_ne!(ask(false)["ExportToken"], first["ExportToken"]);
    let latest = ask(true);
    world.days_pass(23);
    assert_eq!(ask(true)["ExportToken"], latest["ExportToken"]);
    world.days_pass(1);
    let new = ask(true);
    assert_ne!(new["ExportToken"], latest["ExportToken"]);
    assert_eq!(new["SigningKeyCertificateChain"], first["SigningKeyCertificateChain"]);
}

#[test]
fn the_authority_renews_its_certificate_and_keeps_its_key() {
    let world = World::new();
    let request = json!({"KeyMaterialType": "TR34_KEY_BLOCK", "SigningKeyAlgorithm": "RSA_2048"});
    let chain = || {
        let answer = world.call("GetParametersForExport", &request).unwrap();
        certificates(&answer["SigningKeyCertificateChain"]).remove(0)
    };
    let first = chain();
    world.days_pass(3650 - 121);
    assert_eq!(chain(), first);
    world.days_pass(1);
    let second = chain();
    assert_ne!(second, first);
    assert_eq!(second.subject_public_key_info_der(), first.subject_public_key_info_der());
    assert_eq!(second.subject_der(), first.subject_der());
}

#[test]
fn parameters_are_for_tr34_and_rsa_only() {
    let world = World::new();
    for (kind, algorithm, message) in [
        ("KEY_CRYPTOGRAM", "RSA_2048", "KeyMaterialType: must be one of TR34_KEY_BLOCK"),
        ("TR31_KEY_BLOCK", "RSA_2048", "KeyMaterialType: must be one of TR34_KEY_BLOCK"),
        (
            "TR34_KEY_BLOCK",
            "ECC_NIST_P256",
            "SigningKeyAlgorithm: must be one of RSA_2048, RSA_3072, RSA_4096",
        ),
        (
            "TR34_KEY_BLOCK",
            "AES_128",
            "SigningKeyAlgorithm: must be one of RSA_2048, RSA_3072, RSA_4096",
        ),
    ] {
        let request = json!({"KeyMaterialType": kind, "SigningKeyAlgorithm": algorithm});
        assert_eq!(world.refusal("GetParametersForExport", &request).message, message);
    }
}

fn pair(world: &World) -> String {
    let usage = "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE";
    let answer = world.call("CreateKey", &create_pair(usage, "RSA_2048", &["Sign"])).unwrap();
    answer["Key"]["KeyArn"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_pair_has_a_certificate_that_is_kept_while_it_lasts() {
    let world = World::new();
    let arn = pair(&world);
    let shown = || {
        let request = json!({"KeyIdentifier": arn});
        world.call("GetPublicKeyCertificate", &request).unwrap()
    };
    let first = shown();
    let [leaf] = certificates(&first["KeyCertificate"]).try_into().unwrap();
    assert_eq!(leaf.not_after(), UnixTime::from_seconds(NOW + 90 * DAY));
    world.days_pass(60);
    assert_eq!(shown(), first);
    world.days_pass(1);
    assert_ne!(shown()["KeyCertificate"], first["KeyCertificate"]);
    assert_eq!(shown()["KeyCertificateChain"], first["KeyCertificateChain"]);

    let kek = world.key("TR31_B0_BASE_DERIVATION_KEY", "AES_128", &["DeriveKey"]);
    let refusal = world.refusal("GetPublicKeyCertificate", &json!({"KeyIdentifier": kek}));
    assert_eq!(refusal.message, "KeyIdentifier: keys of class SYMMETRIC_KEY have no certificate");
}

#[test]
fn a_key_pair_asks_for_a_certificate() {
    let world = World::new();
    let arn = pair(&world);
    for (name, hash) in [
        ("SHA256", HashAlgorithm::Sha256),
        ("SHA384", HashAlgorithm::Sha384),
        ("SHA512", HashAlgorithm::Sha512),
    ] {
        let request = json!({
            "KeyIdentifier": arn,
            "SigningAlgorithm": name,
            "CertificateSubject": {
                "CommonName": "Key Distribution Host 1",
                "Organization": "Zahlungsbank Münster",
                "Country": "de",
                "EmailAddress": "keys@example.org",
            },
        });
        let answer = world.call("GetCertificateSigningRequest", &request).unwrap();
        let text = answer["CertificateSigningRequest"].as_str().unwrap();
        let request = CertificateRequest::from_base64_pem(text).unwrap();
        request.verify_signature().unwrap();
        assert_eq!(request.signature_algorithm().unwrap().hash(), hash);
        let pem = String::from_utf8(Base64::decode_vec(text).unwrap()).unwrap();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
        // The audit trail does not have it.
        let last = format!("{:?}", world.service.audit().last());
        assert!(!last.contains(text));
    }
}

#[test]
fn a_request_for_a_certificate_is_refused_where_it_stands() {
    let world = World::new();
    let arn = pair(&world);
    let refusal = |change: &dyn Fn(&mut Value)| {
        let mut request = json!({
            "KeyIdentifier": arn,
            "SigningAlgorithm": "SHA256",
            "CertificateSubject": {"CommonName": "Host"},
        });
        change(&mut request);
        world.refusal("GetCertificateSigningRequest", &request).message
    };
    let subject = |member: &'static str, text: &'static str| {
        refusal(&move |request| request["CertificateSubject"][member] = json!(text))
    };
    let name = "is too long or has characters that a name may not have";
    for (member, text) in [
        ("CommonName", ""),
        ("CommonName", "a;b"),
        ("Country", "DEU"),
        ("Country", "D1"),
        ("EmailAddress", "nobody"),
        ("EmailAddress", "a@b..c"),
    ] {
        assert_eq!(subject(member, text), format!("CertificateSubject.{member}: {name}"));
    }
    let hash = refusal(&|request| request["SigningAlgorithm"] = json!("SHA224"));
    assert!(hash.ends_with("offered: SHA256, SHA384, SHA512"), "{hash}");
    let kek = world.key("TR31_B0_BASE_DERIVATION_KEY", "AES_128", &["DeriveKey"]);
    let symmetric = refusal(&|request| request["KeyIdentifier"] = json!(kek));
    assert_eq!(symmetric, "KeyIdentifier: must name a key of class ASYMMETRIC_KEY_PAIR");
}
