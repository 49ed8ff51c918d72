//! The published RSA-OAEP cases of Wycheproof.

use key_types::SecretKey;
use rsa_wrap::{PrivateKey, WrappingSpec};
use test_support::Seeded;
use test_support::wycheproof::{Expected, oaep_cryptograms};

#[test]
fn oaep_cases() {
    let (mut opened, mut refused, mut labelled, mut empty) = (0, 0, 0, 0);
    let mut held: Option<(Vec<u8>, PrivateKey)> = None;
    for case in oaep_cryptograms() {
        let held_der = held.as_ref().map(|(der, _)| der);
        if held_der != Some(&case.private_key) {
            let der = SecretKey::copied_from(&case.private_key).expect("a key");
            let key = PrivateKey::from_pkcs8(&der).expect("a good key");
            held = Some((case.private_key.clone(), key));
        }
        let (_, key) = held.as_ref().expect("it was just made");
        let spec = match case.hash_bits {
            256 => WrappingSpec::RsaOaepSha256,
            _ => WrappingSpec::RsaOaepSha512,
        };
        let clear = key.decrypt(spec, &case.cryptogram, &mut Seeded::new(1));
        // Here the label is empty, and so no key is.
        let (is_valid, has_label) = (case.expected != Expected::Invalid, !case.label.is_empty());
        let is_ours = is_valid && !has_label && !case.message.is_empty();
        let clear = clear.map(|key| key.expose_secret().to_vec());
        assert_eq!(clear.ok(), is_ours.then_some(case.message.clone()), "{}", case.name);
        opened += usize::from(is_ours);
        refused += usize::from(!is_valid);
        labelled += usize::from(has_label);
        empty += usize::from(case.message.is_empty() && !has_label);
    }
    assert_eq!((opened, refused, labelled, empty), (54, 113, 40, 6));
}
