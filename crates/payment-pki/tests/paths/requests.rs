//! Certificate signing requests, ours and those of OpenSSL. The program is needed.

use std::fs;
use std::process::Command;

use base64ct::{Base64, Encoding};
use getrandom::SysRng;
use key_types::HashAlgorithm;
use payment_pki::{CertificateRequest, Error, Member, SigningKey, UnsignedRequest};
use rsa::pkcs8::{EncodePrivateKey, LineEnding};

use crate::forge::KEYS;
use crate::issuing::{curve_keys, name, rsa_key};

const HASHES: [HashAlgorithm; 4] =
    [HashAlgorithm::Sha224, HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];

fn request(key: &SigningKey) -> CertificateRequest {
    UnsignedRequest::for_key(&name("Key Distribution Host"), key)
        .and_then(|unsigned| unsigned.signed_by(key, &mut SysRng))
        .expect("a request")
}

#[test]
fn openssl_verifies_what_we_ask_for() {
    let directory = tempfile::tempdir().expect("a directory");
    for hash in HASHES {
        let mut keys = vec![rsa_key(0, hash), rsa_key(2, hash)];
        keys.extend(curve_keys(hash));
        for key in keys {
            let request = request(&key);
            assert_eq!(request.verify_signature(), Ok(()));
            assert_eq!(request.subject_public_key_info_der(), key.subject_public_key_info());
            fs::write(directory.path().join("request"), request.to_pem()).expect("a file");
            let output = Command::new("openssl")
                .current_dir(directory.path())
                .args(["req", "-in", "request", "-verify", "-noout", "-subject"])
                .output()
                .expect("the program openssl is needed for this test");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && said.contains("OK"), "{said}");
        }
    }
}

#[test]
fn we_verify_what_openssl_asks_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").current_dir(directory.path()).args(arguments).output();
        let output = output.expect("the program openssl is needed for this test");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let key = KEYS.first().expect("a key").to_pkcs8_pem(LineEnding::LF).expect("a good key");
    fs::write(directory.path().join("rsa"), key.as_bytes()).expect("a file");
    for curve in ["P-256", "P-384", "P-521"] {
        let curve_option = format!("ec_paramgen_curve:{curve}");
        openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", &curve_option, "-out", curve]);
    }
    for (key, hash) in [
        ("rsa", "sha224"),
        ("rsa", "sha256"),
        ("rsa", "sha384"),
        ("rsa", "sha512"),
        ("rsa", "sha1"),
        ("P-256", "sha256"),
        ("P-384", "sha384"),
        ("P-521", "sha512"),
        ("P-256", "sha1"),
    ] {
        let subject = ["-subj", "/CN=KRD 1/O=x", "-addext", "keyUsage=critical,keyEncipherment"];
        let hash_option = format!("-{hash}");
        let arguments = [&["req", "-new", "-key", key, &hash_option][..], &subject].concat();
        let text = openssl(&arguments);
        let request = CertificateRequest::from_pem(&text).expect("a good request");
        assert_eq!(request.to_pem(), text);
        // Nobody signs by SHA-1 any more.
        assert_eq!(request.verify_signature().is_ok(), hash != "sha1", "{key} {hash}");
        let base64 = Base64::encode_string(text.as_bytes());
        let again = CertificateRequest::from_base64_pem(&base64).expect("a good request");
        assert_eq!(again.as_der(), request.as_der());
    }
}

#[test]
fn no_flipped_bit_is_taken_for_signed() {
    let request = request(&rsa_key(0, HashAlgorithm::Sha256));
    let good = request.as_der();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.to_vec();
            bad[at] ^= 1 << bit;
            let verified = CertificateRequest::from_der(&bad).and_then(|it| it.verify_signature());
            assert!(verified.is_err(), "byte {at}, bit {bit}");
        }
        assert!(CertificateRequest::from_der(&good[..at]).is_err());
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let malformed = |member| Error::Malformed { member, at: 0 };
    let pem = |text: &str| CertificateRequest::from_pem(text).unwrap_err();
    assert_eq!(pem(""), malformed(Member::Pem));
    let certificate = pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert_eq!(certificate, malformed(Member::Pem));
    let nothing = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----";
    assert_eq!(pem(nothing), malformed(Member::Request));
    let long = vec![0x30; CertificateRequest::LONGEST + 1];
    let limit = CertificateRequest::LONGEST;
    let refused = CertificateRequest::from_der(&long).unwrap_err();
    assert_eq!(refused, Error::TooLong { member: Member::Request, limit });
    assert_eq!(pem(&"x".repeat(40_000)).code(), "TooLong");

    // A public key that does not parse is pointed at where it stands in the request.
    let good = request(&rsa_key(0, HashAlgorithm::Sha256));
    let info = good.subject_public_key_info_der();
    let start = good.as_der().windows(info.len()).position(|it| it == info).expect("a key");
    let mut bad = good.as_der().to_vec();
    // The tag of the AlgorithmIdentifier.
    bad[start + 4] = 0x31;
    let at = CertificateRequest::from_der(&bad).unwrap_err().offset().expect("an offset");
    assert!((start..start + info.len()).contains(&at), "{start} {at}");
}
