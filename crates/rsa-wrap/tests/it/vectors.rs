//! The vectors of `rsa-wrap/wrap` and `rsa-wrap/unwrap`.

use key_types::{KeyAlgorithm, SecretKey};
use rsa_wrap::diagnosis::{Mistake, diagnose};
use rsa_wrap::{Error, Recipient, WrappingSpec};
use serde::Deserialize;
use test_vectors::{Expected, Hex};

use crate::support::{Bytes, der_of, for_each, private_key};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrapCase {
    wrapping_spec: String,
    rsa_bits: usize,
    key_algorithm: String,
    public_key_pem: String,
    certificate_pem: String,
    key: Hex,
    seed: Hex,
    ciphertext: Hex,
    strength_allowed: bool,
}

#[test]
fn wrap() {
    for_each("rsa-wrap/wrap", |test, case: WrapCase| {
        let spec = WrappingSpec::from_code(&case.wrapping_spec).expect("a known scheme");
        let key = SecretKey::copied_from(case.key.as_bytes()).expect("a key");
        let algorithm = KeyAlgorithm::from_code(&case.key_algorithm).expect("a known algorithm");
        let public = Recipient::from_subject_public_key_info(&der_of(&case.public_key_pem));
        let certified = Recipient::from_certificate(&der_of(&case.certificate_pem));
        for recipient in [public.expect("a good key"), certified.expect("a good certificate")] {
            assert_eq!(recipient.modulus_length() * 8, case.rsa_bits, "{}", test.id);
            let mut seed = Bytes::new(case.seed.as_bytes());
            let wrapped = rsa_wrap::wrap(&recipient, spec, &key, &mut seed).expect("it fits");
            assert_eq!(wrapped, case.ciphertext.as_bytes(), "{}", test.id);
            assert!(seed.is_used_up(), "{}", test.id);
            let allowed = rsa_wrap::may_carry(recipient.algorithm(), algorithm);
            assert_eq!(allowed, case.strength_allowed, "{}", test.id);
        }
    });
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnwrapCase {
    wrapping_spec: String,
    key_algorithm: String,
    private_key_pem: String,
    ciphertext: Hex,
    key: Option<Hex>,
}

#[test]
fn unwrap() {
    for_each("rsa-wrap/unwrap", |test, case: UnwrapCase| {
        let spec = WrappingSpec::from_code(&case.wrapping_spec).expect("a known scheme");
        let algorithm = KeyAlgorithm::from_code(&case.key_algorithm).expect("a known algorithm");
        let private = private_key(&case.private_key_pem);
        let cryptogram = case.ciphertext.as_bytes();
        let mut random = Bytes::endless();
        let unwrapped = rsa_wrap::unwrap(&private, spec, algorithm, cryptogram, &mut random);
        match unwrapped {
            Ok(key) => {
                assert_eq!(test.result, Expected::Valid, "{}", test.id);
                let expected = case.key.as_ref().map(Hex::as_bytes);
                assert_eq!(Some(key.expose_secret()), expected, "{}", test.id);
            }
            Err(error) => {
                let kinds = test.error.iter().chain(&test.error_alternatives);
                assert!(kinds.clone().any(|kind| kind == error.code()), "{}: {error:?}", test.id);
            }
        }
    });
}

/// What each mistake of the vectors is called.
#[test]
fn mistakes_of_senders_have_names() {
    let mut seen = Vec::new();
    for_each("rsa-wrap/unwrap", |test, case: UnwrapCase| {
        let spec = WrappingSpec::from_code(&case.wrapping_spec).expect("a known scheme");
        let private = private_key(&case.private_key_pem);
        let labels: &[&[u8]] = &[b"abc", b"lab", b"key", b"\x01\x02\x03"];
        let cryptogram = case.ciphertext.as_bytes();
        let found = diagnose(&private, spec, cryptogram, labels, &mut Bytes::endless());
        let expected = match test.id.rsplit_once('-').expect("names have parts").1 {
            "sha1" => Mistake::Mgf1Sha1,
            "hash" => Mistake::OtherHash,
            "v15" => Mistake::Pkcs1v15,
            "short" | "long" | "empty" => Mistake::Length,
            // The label of that vector is its own secret.
            "label" | "bit" | "over" => Mistake::Unknown,
            _ => Mistake::None,
        };
        assert!(found == expected || found == Mistake::Label, "{}: {found:?}", test.id);
        seen.push(found);
    });
    for mistake in [Mistake::None, Mistake::Mgf1Sha1, Mistake::OtherHash, Mistake::Pkcs1v15] {
        assert!(seen.contains(&mistake), "{mistake:?}");
    }
}

#[test]
fn a_key_that_does_not_fit_is_refused() {
    for_each("rsa-wrap/wrap", |_, case: WrapCase| {
        let spec = WrappingSpec::from_code(&case.wrapping_spec).expect("a known scheme");
        let recipient = Recipient::from_subject_public_key_info(&der_of(&case.public_key_pem));
        let recipient = recipient.expect("a good key");
        let capacity = spec.capacity(recipient.modulus_length()).expect("room");
        let key = |length| SecretKey::filled_by(length, |bytes| bytes.fill(1)).expect("a key");
        let wrap = |length| {
            rsa_wrap::wrap(&recipient, spec, &key(length), &mut Bytes::endless()).map(drop)
        };
        assert_eq!(wrap(capacity), Ok(()));
        let found = capacity + 1;
        assert_eq!(wrap(found), Err(Error::KeyTooLong { capacity, found }));
    });
}
