//! What the tests share.

use std::convert::Infallible;

use key_types::SecretKey;
use rand_core::{TryCryptoRng, TryRng};
use rsa_wrap::PrivateKey;
use serde::de::DeserializeOwned;
use test_vectors::{Test, data_directory, load};
use x509_cert::der::pem;

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

/// The DER in a PEM.
pub(crate) fn der_of(text: &str) -> Vec<u8> {
    pem::decode_vec(text.as_bytes()).expect("a good PEM").1
}

/// A private key of the vectors, which are public.
pub(crate) fn private_key(text: &str) -> PrivateKey {
    let der = SecretKey::copied_from(&der_of(text)).expect("a key");
    PrivateKey::from_pkcs8(&der).expect("a good key")
}

/// The PEM of a private key of the vectors.
pub(crate) fn private_key_pem(bits: u64) -> String {
    let file = load(&data_directory().join("rsa-wrap/unwrap.json")).expect("the file");
    let mut tests = file.test_groups.iter().flat_map(|group| &group.tests);
    let member = |test: &Test, name: &str| test.members.get(name).expect("the member").clone();
    let test = tests.find(|test| member(test, "rsaBits") == bits).expect("a key of this size");
    member(test, "privateKeyPem").as_str().expect("text").to_owned()
}

/// Given bytes as randomness, then a pattern that goes on for ever.
pub(crate) struct Bytes<'a> {
    given: &'a [u8],
    next: u64,
}

impl<'a> Bytes<'a> {
    pub(crate) const fn new(given: &'a [u8]) -> Self {
        Self { given, next: 0x9E37_79B9_7F4A_7C15 }
    }

    pub(crate) const fn endless() -> Self {
        Self::new(&[])
    }

    /// Whether all the given bytes, and no others, were asked for.
    pub(crate) fn is_used_up(&self) -> bool {
        self.given.is_empty() && self.next == Self::endless().next
    }

    fn byte(&mut self) -> u8 {
        if let Some((first, rest)) = self.given.split_first() {
            self.given = rest;
            return *first;
        }
        // Xorshift: good enough for a blinding factor and for test data.
        self.next ^= self.next << 13;
        self.next ^= self.next >> 7;
        self.next ^= self.next << 17;
        self.next.to_le_bytes()[3]
    }
}

impl TryRng for Bytes<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes([(); 4].map(|()| self.byte())))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes([(); 8].map(|()| self.byte())))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill_with(|| self.byte());
        Ok(())
    }
}

impl TryCryptoRng for Bytes<'_> {}
