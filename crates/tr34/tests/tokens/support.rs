//! What the tests share: the certificates and keys of the vectors, which are public.

use std::convert::Infallible;
use std::sync::LazyLock;

use key_types::{HashAlgorithm, SecretKey};
use payment_pki::{
    Certificate, Crl, Policy as PathPolicy, Relaxation as PathRelaxation, SigningKey, TrustAnchor,
    Trusted, UnixTime, role, validate,
};
use rand_core::{TryCryptoRng, TryRng};
use rsa_wrap::PrivateKey;
use serde::de::DeserializeOwned;
use test_vectors::{Hex, Test, data_directory, load};
use tr34::{Kdh, KeyHeader, KeyTokenSpec, Krd, Policy, Relaxation};

/// 2026-06-01, when all certificates and the newer list are valid.
pub(crate) const NOW: UnixTime = UnixTime::from_seconds(1_780_315_200);

/// Everybody of the vectors.
pub(crate) struct World {
    pub(crate) kdh: Certificate,
    pub(crate) kdh_2: Certificate,
    pub(crate) kdh_authority: Certificate,
    pub(crate) krd_authority: Certificate,
    pub(crate) crl: Crl,
    pub(crate) stale_crl: Crl,
    pub(crate) kdh_key: String,
    krds: Vec<(u64, Certificate, String)>,
}

pub(crate) static WORLD: LazyLock<World> = LazyLock::new(|| {
    let open = member_finder("tr34/open");
    let certificate = |pem: String| Certificate::from_pem(&pem).expect("a certificate");
    let krds = [2048, 3072, 4096].map(|bits| {
        let find = |file: &str, name: &str| {
            let file = load(&data_directory().join(file)).expect("the file");
            let mut tests = file.test_groups.iter().flat_map(|group| &group.tests);
            let test = tests.find(|test| test.members.get("rsaBits").is_some_and(|it| *it == bits));
            text(test.expect("a key of this size"), name)
        };
        let key = find("rsa-wrap/unwrap.json", "privateKeyPem");
        (bits, certificate(find("rsa-wrap/wrap.json", "certificatePem")), key)
    });
    let list = |id: &str| {
        let hex: Hex = serde_json::from_value(member(&open(id), "crl")).expect("hex");
        Crl::from_der(hex.as_bytes()).expect("a list")
    };
    let anchor = |id: &str| {
        let anchors = member(&open(id), "trustAnchorsPem");
        let first = anchors.get(0).and_then(|it| it.as_str());
        certificate(first.expect("an anchor").to_owned())
    };
    World {
        kdh: certificate(text(&open("kt_aws2012_tdes2_n8"), "kdhCertPem")),
        kdh_2: certificate(text(&open("kt-neg-other-kdh-a"), "kdhCertPem")),
        kdh_authority: anchor("kt_aws2012_tdes2_n8"),
        krd_authority: anchor("kt-neg-anchor-e"),
        crl: list("kt_cms_aes_n16_crl"),
        stale_crl: list("neg_stale_crl"),
        kdh_key: text(&member_finder("tr34/build")("kt_aws2012_tdes2_n8/build"), "kdhKeyPem"),
        krds: krds.to_vec(),
    }
});

fn member_finder(operation: &str) -> impl Fn(&str) -> Test {
    let file = load(&data_directory().join(operation).with_extension("json")).expect("the file");
    move |id| {
        let mut tests = file.test_groups.iter().flat_map(|group| &group.tests);
        tests.find(|test| test.id == id).expect("the case").clone()
    }
}

fn member(test: &Test, name: &str) -> serde_json::Value {
    test.members.get(name).expect("the member").clone()
}

fn text(test: &Test, name: &str) -> String {
    member(test, name).as_str().expect("text").to_owned()
}

impl World {
    /// The sender, with the list of its authority.
    pub(crate) fn sender(&self) -> Kdh {
        let anchors = [TrustAnchor::<role::Kdh>::new(self.kdh_authority.clone())];
        let crls = [self.crl.clone()];
        let trusted = validate(&self.kdh, &[], &anchors, &crls, NOW, &PathPolicy::strict());
        Kdh::new(trusted.expect("a good path"), Some(self.crl.clone()), NOW).expect("a good host")
    }

    pub(crate) fn signing_key(&self) -> SigningKey {
        let der = SigningKey::der_from_pem(&self.kdh_key).expect("a key");
        SigningKey::from_pkcs8(&der, HashAlgorithm::Sha256).expect("a good key")
    }

    pub(crate) fn krd_certificate(&self, bits: u64) -> Certificate {
        self.krd(bits).1.clone()
    }

    /// A receiver as a sender trusts it.
    pub(crate) fn trusted_krd(&self, bits: u64) -> Trusted<role::Krd> {
        let anchors = [TrustAnchor::new(self.krd_authority.clone())];
        // The key of the 4096-bit receiver is longer than that of its authority.
        let policy = PathPolicy::strict().with(PathRelaxation::WeakerIssuer);
        let trusted = validate(&self.krd(bits).1, &[], &anchors, &[], NOW, &policy);
        trusted.expect("a good path")
    }

    /// A receiver.
    pub(crate) fn receiver(&self, bits: u64, policy: Policy) -> Krd {
        let anchors = vec![TrustAnchor::new(self.kdh_authority.clone())];
        Krd::new(self.krd_certificate(bits), anchors, policy).expect("a good device")
    }

    pub(crate) fn private_key(&self, bits: u64) -> PrivateKey {
        let der = SigningKey::der_from_pem(self.private_key_pem(bits)).expect("a key");
        PrivateKey::from_pkcs8(&der).expect("a good key")
    }

    pub(crate) fn private_key_pem(&self, bits: u64) -> &str {
        &self.krd(bits).2
    }

    /// A key that signs, of whoever has the certificate of a receiver.
    pub(crate) fn krd_signing_key(&self, bits: u64) -> SigningKey {
        let der = SigningKey::der_from_pem(self.private_key_pem(bits)).expect("a key");
        SigningKey::from_pkcs8(&der, HashAlgorithm::Sha256).expect("a good key")
    }

    fn krd(&self, bits: u64) -> &(u64, Certificate, String) {
        self.krds.iter().find(|krd| krd.0 == bits).expect("a receiver of this size")
    }

    /// A signed token for a receiver.
    pub(crate) fn token(
        &self,
        bits: u64,
        (key, header): (&[u8], &str),
        spec: &KeyTokenSpec,
    ) -> Vec<u8> {
        let key = SecretKey::copied_from(key).expect("a key");
        let header = KeyHeader::parse(header).expect("a header");
        let mut random = Pattern::new();
        let recipient = self.trusted_krd(bits);
        let unsigned = self.sender().wrap(&key, &header, &recipient, spec, NOW, &mut random);
        let token = unsigned.and_then(|it| it.signed_by(&self.signing_key(), &mut random));
        token.expect("a good token")
    }
}

/// A policy that lets AES-128 go under RSA-2048, as some of the vectors have it.
pub(crate) fn relaxed() -> Policy {
    Policy::strict().with(Relaxation::WeakerRecipient)
}

/// Runs every case of an operation, and counts that all of them were run.
pub(crate) fn for_each<Case: DeserializeOwned>(
    operation: &str,
    mut check: impl FnMut(&Test, Case),
) {
    let file = load(&data_directory().join(operation).with_extension("json")).expect("the file");
    let mut run = 0;
    for test in file.test_groups.iter().flat_map(|group| &group.tests) {
        check(test, test.case().expect("the members of the operation"));
        run += 1;
    }
    assert_eq!(run, file.number_of_tests);
}

/// Given bytes as randomness, then a pattern that goes on for ever.
pub(crate) struct Pattern {
    given: std::vec::IntoIter<u8>,
    next: u64,
}

impl Pattern {
    pub(crate) fn new() -> Self {
        Self::after(&[])
    }

    pub(crate) fn after(given: &[u8]) -> Self {
        Self { given: Vec::from(given).into_iter(), next: 0x9E37_79B9_7F4A_7C15 }
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.given.as_slice().is_empty()
    }
}

impl TryRng for Pattern {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.given.next().unwrap_or_else(|| {
                // Xorshift: good enough for blinding and for test data.
                self.next ^= self.next << 13;
                self.next ^= self.next >> 7;
                self.next ^= self.next << 17;
                self.next.to_le_bytes()[3]
            });
        }
        Ok(())
    }
}

impl TryCryptoRng for Pattern {}
