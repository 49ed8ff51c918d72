//! Laws that hold for every key.

use key_types::{KeyAlgorithm, SecretKey};
use proptest::prelude::*;
use rand_core::CryptoRng;
use rsa_wrap::{Error, OaepDecrypt, PrivateKey, Recipient, WrappingSpec, danger};
use test_support::Seeded;

use crate::support::{private_key, private_key_pem};

fn pair(bits: u64) -> (PrivateKey, Recipient) {
    let private = private_key(&private_key_pem(bits));
    let recipient = Recipient::from_subject_public_key_info(private.subject_public_key_info());
    (private, recipient.expect("a good key"))
}

proptest! {
    // A private operation takes milliseconds, so there are few cases.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_wrapped_unwraps_and_what_was_changed_does_not(
        bits in prop::sample::select(vec![2048_u64, 3072, 4096]),
        spec in prop::sample::select(WrappingSpec::ALL),
        algorithm in prop::sample::select(vec![
            KeyAlgorithm::Tdes2Key, KeyAlgorithm::Tdes3Key, KeyAlgorithm::Aes256,
            KeyAlgorithm::HmacSha512,
        ]),
        fill in any::<u8>(),
        place in any::<prop::sample::Index>(),
    ) {
        let (private, recipient) = pair(bits);
        let length = algorithm.key_length().expect("a symmetric algorithm");
        let key = SecretKey::filled_by(length, |bytes| bytes.fill(fill)).expect("a key");
        let mut random = Seeded::new(fill.into());
        let mut wrapped = rsa_wrap::wrap(&recipient, spec, &key, &mut random).expect("it fits");
        let mut unwrap = |cryptogram: &[u8]| {
            let unwrapped = rsa_wrap::unwrap(&private, spec, algorithm, cryptogram, &mut random);
            unwrapped.map(|key| key.expose_secret().to_vec())
        };
        prop_assert_eq!(unwrap(&wrapped), Ok(key.expose_secret().to_vec()));

        let (expected, found) = (wrapped.len(), wrapped.len() - 1);
        let shorter = unwrap(&wrapped[..found]);
        prop_assert_eq!(shorter, Err(Error::CiphertextLength { expected, found }));

        let bit = place.index(wrapped.len() * 8);
        wrapped[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(unwrap(&wrapped), Err(Error::UnwrapFailed));
        let sha1 = danger::unwrap_sha1(&private, algorithm, &wrapped, &mut Seeded::new(1));
        prop_assert_eq!(sha1.map(drop), Err(Error::UnwrapFailed));
    }
}

#[test]
fn a_key_of_another_length_is_told_apart_only_after_it_unwrapped() {
    let (private, recipient) = pair(2048);
    let spec = WrappingSpec::RsaOaepSha256;
    let key = SecretKey::filled_by(16, |bytes| bytes.fill(7)).expect("a key");
    let wrapped = rsa_wrap::wrap(&recipient, spec, &key, &mut Seeded::new(1)).expect("it fits");
    for algorithm in [KeyAlgorithm::Tdes3Key, KeyAlgorithm::Rsa2048] {
        let mut random = Seeded::new(1);
        let unwrapped = rsa_wrap::unwrap(&private, spec, algorithm, &wrapped, &mut random);
        assert_eq!(unwrapped.map(drop), Err(Error::KeyLengthForAlgorithm { algorithm }));
    }
}

/// A key in memory behind the port, as one in a device would be.
#[test]
fn ports_and_sources_of_randomness_may_be_chosen_at_run_time() {
    let (private, recipient) = pair(2048);
    let key = SecretKey::filled_by(16, |bytes| bytes.fill(7)).expect("a key");
    let (spec, algorithm) = (WrappingSpec::RsaOaepSha256, KeyAlgorithm::Aes128);
    let random: &mut dyn CryptoRng = &mut Seeded::new(1);
    let wrapped = rsa_wrap::wrap(&recipient, spec, &key, random).expect("it fits");
    let device: &dyn OaepDecrypt = &private;
    let unwrapped = rsa_wrap::unwrap(device, spec, algorithm, &wrapped, random).expect("its key");
    assert_eq!(unwrapped.expose_secret(), key.expose_secret());
}
