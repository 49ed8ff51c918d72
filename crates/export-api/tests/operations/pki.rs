//! The PKI of a receiver, made to order.

use base64ct::{Base64, Encoding};
use getrandom::SysRng;
use key_types::HashAlgorithm;
use payment_pki::{
    Certificate, CertificateProfile, CertificateSpec, Name, NameAttribute, Sign, SigningKey,
    TrustAnchor, UnixTime, UnsignedCertificate, role,
};
use rsa_wrap::PrivateKey;
use serde_json::{Value, json};
use test_vectors::{data_directory, load};

use crate::world::World;

/// What the clock of the tests says: 2023-11-14.
pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const DAY: u64 = 86_400;

/// A private key of the vectors, which are public: of 2048, 3072 or 4096 bits, or that of a sender.
fn pem(bits: u64) -> String {
    let (file, name) = match bits {
        0 => ("tr34/build.json", "kdhKeyPem"),
        _ => ("rsa-wrap/unwrap.json", "privateKeyPem"),
    };
    let file = load(&data_directory().join(file)).unwrap();
    let mut tests = file.test_groups.iter().flat_map(|group| &group.tests);
    let is_it = |found: Option<&Value>| bits == 0 || found.is_some_and(|found| *found == bits);
    let test = tests.find(|test| is_it(test.members.get("rsaBits"))).unwrap();
    test.members[name].as_str().unwrap().to_owned()
}

pub(crate) fn signing_key(bits: u64) -> SigningKey {
    let der = SigningKey::der_from_pem(&pem(bits)).unwrap();
    SigningKey::from_pkcs8(&der, HashAlgorithm::Sha256).unwrap()
}

pub(crate) fn private_key(bits: u64) -> PrivateKey {
    PrivateKey::from_pkcs8(&SigningKey::der_from_pem(&pem(bits)).unwrap()).unwrap()
}

pub(crate) fn spec(
    name: &str,
    profile: CertificateProfile,
    (from, until): (u64, u64),
) -> CertificateSpec {
    let name = Name::new(&[(NameAttribute::CommonName, name)]).unwrap();
    let times = (UnixTime::from_seconds(from), UnixTime::from_seconds(until));
    CertificateSpec::new(name, times, &[7]).unwrap().with_profile(profile)
}

const YEAR: (u64, u64) = (NOW - DAY, NOW + 365 * DAY);
const AUTHORITY: CertificateProfile = CertificateProfile::Authority { path_length: None };

/// A root under a name, by the 4096-bit key.
pub(crate) fn root(name: &str) -> Certificate {
    let key = signing_key(4096);
    let unsigned = UnsignedCertificate::self_signed(&spec(name, AUTHORITY, YEAR), &key).unwrap();
    unsigned.signed_by(&key, &mut SysRng).unwrap()
}

/// A certificate that the key of this size has issued in the name of an authority.
pub(crate) fn issued(
    by: &Certificate,
    by_bits: u64,
    spec: &CertificateSpec,
    bits: u64,
) -> Certificate {
    let (key, own) = (signing_key(by_bits), signing_key(bits));
    let info = own.subject_public_key_info();
    let unsigned = UnsignedCertificate::issued_by(by, spec, info, key.signature_algorithm());
    unsigned.unwrap().signed_by(&key, &mut SysRng).unwrap()
}

/// An authority between, by the 3072-bit key.
pub(crate) fn between(by: &Certificate) -> Certificate {
    issued(by, 4096, &spec("Between", AUTHORITY, YEAR), 3072)
}

/// A receiver with a key of this size, under the root.
pub(crate) fn receiver(by: &Certificate, bits: u64) -> Certificate {
    issued(by, 4096, &spec("KRD", CertificateProfile::Receiver, YEAR), bits)
}

/// A certificate as the API carries it.
pub(crate) fn base64(certificate: &Certificate) -> String {
    Base64::encode_string(certificate.to_pem().as_bytes())
}

/// The certificates in an answer.
pub(crate) fn certificates(text: &Value) -> Vec<Certificate> {
    Certificate::chain_from_base64_pem(text.as_str().unwrap()).unwrap()
}

pub(crate) fn anchors<R: role::Role>(certificate: &Certificate) -> Vec<TrustAnchor<R>> {
    vec![TrustAnchor::new(certificate.clone())]
}

/// An ImportKey request for a root.
pub(crate) fn import_root(certificate: &str, algorithm: &str) -> Value {
    json!({"KeyMaterial": {"RootCertificatePublicKey": {
        "KeyAttributes": attributes(algorithm),
        "PublicKeyCertificate": certificate,
    }}})
}

/// An ImportKey request for an authority below another.
pub(crate) fn import_trusted(certificate: &str, algorithm: &str, parent: &str) -> Value {
    json!({"KeyMaterial": {"TrustedCertificatePublicKey": {
        "KeyAttributes": attributes(algorithm),
        "PublicKeyCertificate": certificate,
        "CertificateAuthorityPublicKeyIdentifier": parent,
    }}})
}

fn attributes(algorithm: &str) -> Value {
    json!({
        "KeyUsage": "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE",
        "KeyClass": "PUBLIC_KEY",
        "KeyAlgorithm": algorithm,
        "KeyModesOfUse": {"Verify": true},
    })
}

/// Imports a root and answers the ARN of its key.
pub(crate) fn trust(world: &World, root: &Certificate) -> String {
    let answer = world.call("ImportKey", &import_root(&base64(root), "RSA_4096")).unwrap();
    answer["Key"]["KeyArn"].as_str().unwrap().to_owned()
}
