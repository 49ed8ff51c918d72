//! Certificates beside private keys: the two published blocks, whole and with their certificates
//! exchanged.

use key_types::SecretKey;
use serde::Deserialize;
use test_vectors::{Hex, data_directory, load};
use tr31::danger::{with_any_optional_block, wrap_exact};
use tr31::{
    Certificate, CertificateFormat, Content, Error, Finding, Header, Kbpk, KeyBlock, Opened,
    OptionalBlock, OptionalBlockId, Profile, Version, lenient,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    kbpk: Hex,
    key_block: String,
}

/// The key block of a clause, opened.
fn published(id: &str) -> Opened {
    let file = load(&data_directory().join("tr31/open.json")).expect("the file");
    let mut tests = file.test_groups.iter().flat_map(|group| &group.tests);
    let test = tests.find(|test| test.id == id).expect("a published block");
    let case: Case = test.case().expect("the members of the operation");
    let kbpk = SecretKey::copied_from(case.kbpk.as_bytes()).expect("a key");
    let block = KeyBlock::parse(&case.key_block).expect("the form is right");
    block.open(&Kbpk::aes(&kbpk).expect("AES")).expect("the certificate is of the key")
}

/// 8.5: an RSA key with its certificate.
fn rsa() -> Opened {
    published("x9-143-2021-8-5")
}

/// 8.6: a P-256 key with its certificate and that of the issuer.
fn elliptic_curve() -> Opened {
    published("x9-143-2021-8-6")
}

/// The certificates of a block, in base64.
fn certificates(opened: &Opened) -> Vec<&str> {
    let block = opened.header().optional_block(OptionalBlockId::CT).expect("a CT block");
    let Some(Content::Certificates(chain)) = block.content() else { panic!("{block:?}") };
    chain.iter().map(Certificate::base64).collect()
}

fn kbpk() -> Kbpk {
    let key = SecretKey::filled_by(32, |bytes| bytes.fill(0x88)).expect("a key");
    Kbpk::aes(&key).expect("32 bytes")
}

/// The key of a block, wrapped again with another CT block: nothing is checked while wrapping.
fn with_certificate(opened: &Opened, block: OptionalBlock) -> String {
    let of = opened.header();
    let header = Header::new(Version::E, of.usage(), of.algorithm(), of.mode(), of.exportability());
    let missing = (16 - block.length() % 16) % 16;
    let header = header.with_optional_block(block).expect("room");
    let padding = match missing {
        0 => None,
        1..4 => Some(missing + 12),
        _ => Some(missing - 4),
    };
    let header = padding.map_or(header.clone(), |length| {
        let padding = OptionalBlock::new(OptionalBlockId::PB, &"0".repeat(length)).expect("zeros");
        with_any_optional_block(header, padding).expect("room")
    });
    wrap_exact(&header, opened.key(), &kbpk(), &[]).expect("room")
}

fn x509(base64: &str) -> OptionalBlock {
    let certificate = Certificate::new(CertificateFormat::X509, base64).expect("base64");
    OptionalBlock::certificate(&certificate).expect("room")
}

fn open(text: &str) -> Result<Opened, Error> {
    KeyBlock::parse(text).and_then(|block| block.open(&kbpk()))
}

#[track_caller]
fn check_refused(text: &str) {
    let refused = open(text).expect_err("a certificate of another key");
    assert_eq!(refused, Error::CertificateOfOtherKey);
    assert_eq!((refused.code(), refused.offset()), ("KeyDer", None));
    let block = lenient::KeyBlock::parse(text, Profile::LENIENT).expect("the form is right");
    assert!(block.findings().is_empty());
    let opened = block.open(&kbpk()).expect("lenient");
    assert_eq!(opened.findings(), [Finding::Tolerated(refused)]);
    assert_eq!(opened.findings().first().map(Finding::clause), Some("6.3.6.3"));
}

#[test]
fn certificates_of_the_key_pass() {
    for opened in [rsa(), elliptic_curve()] {
        let leaf = x509(certificates(&opened)[0]);
        let again = open(&with_certificate(&opened, leaf)).expect("its certificate");
        assert_eq!(again.key().expose_secret(), opened.key().expose_secret());
        assert!(again.findings().is_empty());
    }
}

#[test]
fn certificates_of_other_keys_are_refused() {
    let (rsa, elliptic_curve) = (rsa(), elliptic_curve());
    let chain = certificates(&elliptic_curve);
    check_refused(&with_certificate(&rsa, x509(chain[0])));
    check_refused(&with_certificate(&elliptic_curve, x509(certificates(&rsa)[0])));
    check_refused(&with_certificate(&elliptic_curve, x509(chain[1])));
    let issuer_first: Vec<_> = [chain[1], chain[0]]
        .into_iter()
        .map(|base64| Certificate::new(CertificateFormat::X509, base64).expect("base64"))
        .collect();
    let issuer_first = OptionalBlock::certificate_chain(&issuer_first).expect("room");
    check_refused(&with_certificate(&elliptic_curve, issuer_first));
}

/// A changed character anywhere in the public key, and a certificate that ends too soon.
#[test]
fn every_character_of_the_public_key_counts() {
    // The bytes of modulus and exponent, of curve and point, with their tags and lengths.
    for (opened, bytes) in [(rsa(), 271), (elliptic_curve(), 78)] {
        let leaf = certificates(&opened)[0];
        let is_refused = |at: usize| {
            let mut changed = leaf.as_bytes().to_vec();
            changed[at] = if changed[at] == b'f' { b'X' } else { b'f' };
            let changed = String::from_utf8(changed).expect("ASCII");
            match open(&with_certificate(&opened, x509(&changed))) {
                Ok(_) => false,
                Err(error) => error == Error::CertificateOfOtherKey || panic!("{error:?}"),
            }
        };
        let refused: Vec<_> = (0..leaf.trim_end_matches('=').len()).map(is_refused).collect();
        let longest = refused.split(|&is_refused| !is_refused).map(<[bool]>::len).max();
        assert!(longest >= Some(bytes * 8 / 6), "{longest:?}");

        for length in (4..leaf.len()).step_by(4) {
            check_refused(&with_certificate(&opened, x509(&leaf[..length])));
        }
    }
}

#[test]
fn wrapping_wants_the_certificate_of_the_key() {
    let (rsa, elliptic_curve) = (rsa(), elliptic_curve());
    let wrapped = |opened: &Opened, base64| {
        let of = opened.header();
        Header::new(Version::D, of.usage(), of.algorithm(), of.mode(), of.exportability())
            .with_optional_block(x509(base64))
            .and_then(|header| tr31::wrap(&header, opened.key(), &kbpk(), &mut getrandom::SysRng))
    };
    let own = wrapped(&rsa, certificates(&rsa)[0]).expect("its certificate");
    assert!(open(&own).is_ok());
    let refused = wrapped(&rsa, certificates(&elliptic_curve)[0]).unwrap_err();
    assert_eq!(refused, Error::CertificateOfOtherKey);
}

#[test]
fn emv_certificates_are_not_looked_into() {
    let opened = rsa();
    let emv = Certificate::new(CertificateFormat::Emv, "MIIBAA==").expect("base64");
    let text = with_certificate(&opened, OptionalBlock::certificate(&emv).expect("room"));
    let again = open(&text).expect("nothing to compare");
    assert_eq!(again.findings(), [Finding::CertificateNotCompared]);
}
