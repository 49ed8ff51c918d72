//! Certificates and revocation lists made to order, good and bad.

use std::sync::LazyLock;

use getrandom::SysRng;
use payment_pki::{Certificate, Crl};
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
use sha2::Sha256;
use test_vectors::{data_directory, load};

/// Private keys of the vectors, which are public: of 2048, 3072 and 4096 bits.
pub(crate) static KEYS: LazyLock<Vec<rsa::PrivateKey>> = LazyLock::new(|| {
    let file = load(&data_directory().join("rsa-wrap/unwrap.json")).expect("the file");
    let key = |bits: u64| {
        let mut tests = file.test_groups.iter().flat_map(|group| &group.tests);
        let test = tests.find(|test| test.members.get("rsaBits").is_some_and(|it| *it == bits));
        let pem = test.and_then(|test| test.members.get("privateKeyPem")?.as_str());
        let pem = pem.expect("a key of this size");
        let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        use base64ct::Encoding;
        let der = base64ct::Base64::decode_vec(&base64).expect("base64");
        rsa::PrivateKey::from_pkcs8_der(&der).expect("a good key")
    };
    [2048, 3072, 4096].map(key).to_vec()
});

/// Which key: by its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Rsa2048,
    Rsa3072,
    Rsa4096,
}

impl Key {
    fn private(self) -> &'static rsa::PrivateKey {
        let place = match self {
            Self::Rsa2048 => 0,
            Self::Rsa3072 => 1,
            Self::Rsa4096 => 2,
        };
        KEYS.get(place).expect("three keys")
    }
}

pub(crate) fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let low = |number: usize| u8::try_from(number % 256).expect("a remainder");
    let header = match length {
        0..=0x7F => vec![tag, low(length)],
        0x80..=0xFF => vec![tag, 0x81, low(length)],
        _ => vec![tag, 0x82, low(length / 256), low(length)],
    };
    [header.as_slice(), contents].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn name(common_name: &str) -> Vec<u8> {
    let value = [tlv(0x06, &[0x55, 4, 3]), tlv(0x0C, common_name.as_bytes())].concat();
    sequence(&[&tlv(0x31, &tlv(0x30, &value))])
}

/// SHA-256 with RSA.
fn algorithm() -> Vec<u8> {
    let identifier = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11];
    sequence(&[&tlv(0x06, &identifier), &[5, 0]])
}

pub(crate) fn extension(last_of_identifier: u8, is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if is_critical { &[1, 1, 0xFF] } else { &[] };
    let identifier = tlv(0x06, &[0x55, 0x1D, last_of_identifier]);
    sequence(&[&identifier, critical, &tlv(0x04, value)])
}

/// Basic constraints of an authority.
pub(crate) fn authority(path_length: Option<u8>) -> Vec<u8> {
    let length = path_length.map_or(vec![], |length| vec![2, 1, length]);
    extension(19, true, &sequence(&[&[1, 1, 0xFF], &length]))
}

/// Key usage of the bits of its first byte.
pub(crate) fn usage(bits: u8) -> Vec<u8> {
    let unused = u8::try_from(bits.trailing_zeros()).expect("at most 8");
    extension(15, true, &[3, 2, unused, bits])
}

pub(crate) const DIGITAL_SIGNATURE: u8 = 0x80;
pub(crate) const KEY_ENCIPHERMENT: u8 = 0x20;
pub(crate) const CERT_AND_CRL_SIGN: u8 = 0x06;
pub(crate) const CERT_SIGN: u8 = 0x04;

fn signed(content: &[u8], by: Key) -> Vec<u8> {
    let signature = by.private().pkcs1v15_sign_with_rng::<Sha256, _>(&mut SysRng, content);
    let signature = signature.expect("a good key");
    sequence(&[content, &algorithm(), &tlv(3, &[&[0], signature.as_slice()].concat())])
}

/// A certificate as it is wished for: a subject, a key and what is said of it.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) subject: &'static str,
    pub(crate) key: Key,
    pub(crate) serial: u8,
    pub(crate) validity: (&'static str, &'static str),
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl Wish {
    pub(crate) fn new(subject: &'static str, key: Key, extensions: Vec<Vec<u8>>) -> Self {
        let validity = ("20200101000000Z", "20491231000000Z");
        Self { subject, key, serial: 7, validity, extensions }
    }

    /// Fulfils it: by a named issuer and the key that signs.
    pub(crate) fn signed_by(&self, issuer: &str, key: Key) -> Certificate {
        let time = |text: &str| match text.strip_prefix("20") {
            Some(short) => tlv(0x17, short.as_bytes()),
            None => tlv(0x18, text.as_bytes()),
        };
        let (not_before, not_after) = self.validity;
        let public = self.key.private().as_public_key().to_public_key_der();
        let extensions = tlv(0xA3, &tlv(0x30, &self.extensions.concat()));
        let content = sequence(&[
            &[0xA0, 3, 2, 1, 2],
            &[2, 1, self.serial],
            &algorithm(),
            &name(issuer),
            &sequence(&[&time(not_before), &time(not_after)]),
            &name(self.subject),
            public.expect("a good key").as_bytes(),
            if self.extensions.is_empty() { &[] } else { &extensions },
        ]);
        Certificate::from_der(&signed(&content, key)).expect("a certificate in good form")
    }
}

/// A revocation list with extensions, or without.
pub(crate) fn crl(
    issuer: &str,
    key: Key,
    revoked: &[u8],
    next_update: &str,
    extensions: &[u8],
) -> Crl {
    let time = |text: &str| tlv(0x17, text.as_bytes());
    let entry = |serial: &u8| sequence(&[&[2, 1, *serial], &time("260101000000Z")]);
    let entries: Vec<u8> = revoked.iter().flat_map(entry).collect();
    let entries = if revoked.is_empty() { vec![] } else { tlv(0x30, &entries) };
    let extensions = if extensions.is_empty() { vec![] } else { tlv(0xA0, &tlv(0x30, extensions)) };
    let version: &[u8] = if extensions.is_empty() { &[] } else { &[2, 1, 1] };
    let content = sequence(&[
        version,
        &algorithm(),
        &name(issuer),
        &time("260101000000Z"),
        &time(next_update),
        &entries,
        &extensions,
    ]);
    Crl::from_der(&signed(&content, key)).expect("a list in good form")
}
