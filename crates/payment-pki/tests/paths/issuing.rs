//! Certificates and lists that were issued: read here, and by OpenSSL. The program is needed.

use std::fs;
use std::path::Path;
use std::process::Command;

use getrandom::SysRng;
use key_types::{HashAlgorithm, SecretKey};
use payment_pki::{
    Certificate, CertificateProfile, CertificateSpec, Crl, CrlSpec, Error, Name, NameAttribute,
    Policy, RevocationPolicy, Sign, SignatureAlgorithm, SigningKey, TrustAnchor, UnixTime,
    UnsignedCertificate, UnsignedCrl, role, validate,
};
use rsa::pkcs8::EncodePrivateKey;

use crate::forge::KEYS;

/// 2026-06-01.
const NOW: UnixTime = UnixTime::from_seconds(1_780_272_000);
const DAY: u64 = 86_400;

/// A key of RSA by its place among those of the vectors.
pub(crate) fn rsa_key(place: usize, hash: HashAlgorithm) -> SigningKey {
    let der = KEYS.get(place).expect("three keys").to_pkcs8_der().expect("a good key");
    signing_key(der.as_bytes(), hash)
}

fn signing_key(der: &[u8], hash: HashAlgorithm) -> SigningKey {
    let der = SecretKey::copied_from(der).expect("a key");
    SigningKey::from_pkcs8(&der, hash).expect("a good key")
}

/// Keys on the curves, from numbers that everybody knows.
pub(crate) fn curve_keys(hash: HashAlgorithm) -> Vec<SigningKey> {
    macro_rules! key {
        ($curve:ident, $length:literal) => {{
            let mut number = [0x11; $length];
            number[0] = 0;
            let key = $curve::SecretKey::from_slice(&number).expect("a number below the order");
            let der = key.to_pkcs8_der().expect("a good key");
            signing_key(der.as_bytes(), hash)
        }};
    }
    let mut keys = vec![key!(p256, 32), key!(p384, 48)];
    // A hash is at least half as long as a number on the curve.
    if hash.output_length() > 33 {
        keys.push(key!(p521, 66));
    }
    keys
}

pub(crate) fn name(common_name: &str) -> Name {
    Name::new(&[
        (NameAttribute::Country, "DE"),
        (NameAttribute::StateOrProvince, "Nordrhein-Westfalen"),
        (NameAttribute::Organization, "Zahlungsbank Münster"),
        (NameAttribute::CommonName, common_name),
    ])
    .expect("a good name")
}

fn spec(common_name: &str, serial_number: u8, profile: CertificateProfile) -> CertificateSpec {
    let until = NOW.plus_seconds(90 * DAY);
    CertificateSpec::new(name(common_name), (NOW, until), &[0xA5, serial_number])
        .expect("a good number")
        .with_profile(profile)
}

/// Root, authority and a leaf of each kind, by this key for the authorities.
struct Tree {
    root: Certificate,
    authority: Certificate,
    leaves: Vec<(CertificateProfile, Certificate)>,
}

fn tree(root_key: &SigningKey, authority_key: &SigningKey, leaf_key: &SigningKey) -> Tree {
    let authority_profile = |path_length| CertificateProfile::Authority { path_length };
    let root =
        UnsignedCertificate::self_signed(&spec("Root", 1, authority_profile(None)), root_key)
            .and_then(|unsigned| unsigned.signed_by(root_key, &mut SysRng))
            .expect("a root");
    let issue = |by: &Certificate, key: &SigningKey, spec: &CertificateSpec, info: &[u8]| {
        UnsignedCertificate::issued_by(by, spec, info, key.signature_algorithm())
            .and_then(|unsigned| unsigned.signed_by(key, &mut SysRng))
            .expect("a certificate")
    };
    let below = spec("Authority", 2, authority_profile(Some(0)));
    let authority = issue(&root, root_key, &below, authority_key.subject_public_key_info());
    let profiles = [
        CertificateProfile::Sender,
        CertificateProfile::Receiver,
        CertificateProfile::SenderAndReceiver,
        CertificateProfile::EcdhPeer,
        CertificateProfile::Bare,
    ];
    let leaves = profiles.map(|profile| {
        let spec = spec("Leaf", 3, profile);
        (profile, issue(&authority, authority_key, &spec, leaf_key.subject_public_key_info()))
    });
    Tree { root, authority, leaves: leaves.to_vec() }
}

fn openssl(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("openssl").current_dir(directory).args(arguments).output();
    let output = output.expect("the program openssl is needed for this test");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    format!("{}{said}", String::from_utf8_lossy(&output.stdout))
}

#[test]
fn what_is_issued_is_trusted_here_and_by_openssl() {
    for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
        let leaf = rsa_key(0, hash);
        let mut trees = vec![tree(&rsa_key(2, hash), &rsa_key(1, hash), &leaf)];
        let curves = curve_keys(hash);
        let first = curves.first().expect("a key");
        trees.extend(curves.iter().map(|key| tree(key, key, first)));
        for Tree { root, authority, leaves } in trees {
            let directory = tempfile::tempdir().expect("a directory");
            let file = |name: &str, text: String| {
                fs::write(directory.path().join(name), text).expect("a file");
            };
            file("root", root.to_pem());
            file("authority", authority.to_pem());
            for (profile, leaf) in leaves {
                check_here(&root, &authority, &leaf, profile);
                file("leaf", leaf.to_pem());
                let at = NOW.plus_seconds(1).seconds().to_string();
                let verify = [
                    "verify",
                    "-x509_strict",
                    "-attime",
                    &at,
                    "-CAfile",
                    "root",
                    "-untrusted",
                    "authority",
                    "leaf",
                ];
                // Its strictness asks for extensions.
                let from = if profile == CertificateProfile::Bare { 2 } else { 1 };
                let arguments = [&verify[..1], &verify[from..]].concat();
                openssl(directory.path(), &arguments);
            }
            let shown = openssl(directory.path(), &["x509", "-in", "authority", "-text", "-noout"]);
            for part in ["CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign"] {
                assert!(shown.contains(part), "{part}: {shown}");
            }
            let subject = ["-subject", "-nameopt", "RFC2253,-esc_msb,utf8"];
            let arguments = [&["x509", "-in", "authority", "-noout"][..], &subject].concat();
            let shown = openssl(directory.path(), &arguments);
            assert!(shown.contains("O=Zahlungsbank Münster,"), "{shown}");
        }
    }
}

/// Years from 2050 on are written in another way.
#[test]
fn openssl_reads_times_on_both_sides_of_2050() {
    let key = rsa_key(1, HashAlgorithm::Sha256);
    let last_second = UnixTime::from_seconds(2_524_607_999);
    let times = (last_second, last_second.plus_seconds(1));
    let spec = CertificateSpec::new(name("n"), times, &[1]).expect("a good number");
    let certificate = UnsignedCertificate::self_signed(&spec, &key)
        .and_then(|unsigned| unsigned.signed_by(&key, &mut SysRng))
        .expect("a certificate");
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("leaf"), certificate.to_pem()).expect("a file");
    let shown = openssl(directory.path(), &["x509", "-in", "leaf", "-dates", "-noout"]);
    assert!(shown.contains("notBefore=Dec 31 23:59:59 2049 GMT"), "{shown}");
    assert!(shown.contains("notAfter=Jan  1 00:00:00 2050 GMT"), "{shown}");
}

fn check_here(
    root: &Certificate,
    authority: &Certificate,
    leaf: &Certificate,
    profile: CertificateProfile,
) {
    fn is_trusted<R: role::Role>(
        root: &Certificate,
        authority: &Certificate,
        leaf: &Certificate,
    ) -> bool {
        let anchors = [TrustAnchor::<R>::new(root.clone())];
        let between = [authority.clone()];
        validate(leaf, &between, &anchors, &[], NOW, &Policy::strict()).is_ok()
    }
    let roles = [
        is_trusted::<role::Kdh>(root, authority, leaf),
        is_trusted::<role::Krd>(root, authority, leaf),
        is_trusted::<role::EcdhPeer>(root, authority, leaf),
    ];
    let expected = match profile {
        CertificateProfile::Sender => [true, false, false],
        CertificateProfile::Receiver => [false, true, false],
        CertificateProfile::SenderAndReceiver => [true, true, false],
        CertificateProfile::EcdhPeer => [false, false, true],
        _ => [true; 3],
    };
    assert_eq!(roles, expected, "{profile:?}");
}

#[test]
fn a_list_revokes_here_and_in_openssl() {
    let (root_key, key) = (rsa_key(2, HashAlgorithm::Sha256), rsa_key(1, HashAlgorithm::Sha256));
    let Tree { root, authority, leaves } =
        tree(&root_key, &key, &rsa_key(0, HashAlgorithm::Sha256));
    let (_, leaf) = leaves.first().expect("a leaf");
    let list = |spec: &CrlSpec| {
        UnsignedCrl::issued_by(&authority, spec, key.signature_algorithm())
            .and_then(|unsigned| unsigned.signed_by(&key, &mut SysRng))
            .expect("a list")
    };
    let spec = CrlSpec::new(NOW, NOW.plus_seconds(DAY)).expect("in order").with_number(300);
    let empty = list(&spec);
    assert_eq!(empty.number(), Some(&[0x01, 0x2C][..]));
    assert!(!empty.revokes(leaf));
    let full = [&[0xA5, 3][..], &[9]]
        .iter()
        .fold(spec, |spec, number| spec.with_revoked(number, NOW).expect("a good number"));
    let full = list(&full);
    assert!(full.revokes(leaf));

    let anchors = [TrustAnchor::<role::Kdh>::new(root)];
    let policy = Policy::strict().with_revocation(RevocationPolicy::Required);
    let judge = |lists: &[Crl]| {
        validate(leaf, std::slice::from_ref(&authority), &anchors, lists, NOW, &policy).map(drop)
    };
    assert_eq!(judge(std::slice::from_ref(&full)), Err(Error::Revoked { index: 0 }));
    assert_eq!(judge(&[empty]), Err(Error::CrlMissing { index: 1 }));

    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("authority"), authority.to_pem()).expect("a file");
    fs::write(directory.path().join("list"), full.as_der()).expect("a file");
    let arguments =
        ["crl", "-inform", "DER", "-in", "list", "-CAfile", "authority", "-text", "-noout"];
    let shown = openssl(directory.path(), &arguments);
    assert!(shown.contains("Serial Number: A503") && shown.contains("verify OK"), "{shown}");
    // It ends well for a list with a broken signature too, but says so.
    let mut broken = full.as_der().to_vec();
    *broken.last_mut().expect("a list is not empty") ^= 1;
    fs::write(directory.path().join("list"), broken).expect("a file");
    let shown = openssl(directory.path(), &arguments);
    assert!(!shown.contains("verify OK") && shown.contains("verify failure"), "{shown}");
}

#[test]
fn names_numbers_and_times_are_checked() {
    let refused = |attribute, text| Name::new(&[(attribute, text)]).unwrap_err();
    let long = "x".repeat(65);
    for (attribute, text) in [
        (NameAttribute::CommonName, ""),
        (NameAttribute::CommonName, long.as_str()),
        (NameAttribute::CommonName, "line\nend"),
        (NameAttribute::Country, "de"),
        (NameAttribute::Country, "D"),
        (NameAttribute::SerialNumber, "12-3"),
        (NameAttribute::EmailAddress, "münster@example.org"),
    ] {
        assert_eq!(refused(attribute, text), Error::Name { attribute }, "{text}");
    }
    let at_most = "ü".repeat(64);
    assert!(Name::new(&[(NameAttribute::CommonName, at_most.as_str())]).is_ok());
    assert!(Name::new(&[]).is_err());

    let number = |bytes: &[u8]| CertificateSpec::new(name("n"), (NOW, NOW), bytes).map(drop);
    assert_eq!(number(&[]), Err(Error::SerialNumber));
    assert_eq!(number(&[0; 5]), Err(Error::SerialNumber));
    assert_eq!(number(&[1; 20]), Ok(()));
    assert_eq!(number(&[0xFF; 20]), Err(Error::SerialNumber));
    let backwards = CertificateSpec::new(name("n"), (NOW.plus_seconds(1), NOW), &[1]).map(drop);
    assert_eq!(backwards, Err(Error::TimeOrder));
    let list = CrlSpec::new(NOW, NOW).expect("in order");
    assert_eq!(list.with_revoked(&[0], NOW).map(drop), Err(Error::SerialNumber));
    assert_eq!(CrlSpec::new(NOW.plus_seconds(1), NOW).map(drop), Err(Error::TimeOrder));
}

#[test]
fn a_signature_by_another_key_does_not_leave() {
    let (key, other) = (rsa_key(1, HashAlgorithm::Sha256), rsa_key(2, HashAlgorithm::Sha256));
    let unsigned = || {
        let profile = CertificateProfile::Authority { path_length: None };
        UnsignedCertificate::self_signed(&spec("Root", 1, profile), &key).expect("a good key")
    };
    let by_other = unsigned().signed_by(&other, &mut SysRng).map(drop);
    assert_eq!(by_other, Err(Error::SignatureInvalid));
    assert_eq!(unsigned().signed(&[0; 384]).map(drop), Err(Error::SignatureInvalid));
    let by_other_hash = rsa_key(1, HashAlgorithm::Sha512);
    let refused = unsigned().signed_by(&by_other_hash, &mut SysRng).map(drop);
    assert_eq!(refused, Err(Error::SigningFailed));
    // A device signs the same message.
    let signature = key.sign(unsigned().message(), &mut SysRng).expect("a good key");
    assert!(unsigned().signed(&signature).is_ok());
    assert_eq!(key.signature_algorithm(), SignatureAlgorithm::RsaSha256);
}
