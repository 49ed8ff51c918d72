//! Who may receive a key, and who may not.

use key_types::{KeyAlgorithm, SecretKey};
use rsa_wrap::{Error, PrivateKey, Recipient};
use test_vectors::{data_directory, load};

use crate::support::{der_of, private_key, private_key_pem};

/// A member of a case of the TR-34 vectors.
fn certificate(member: &str) -> Vec<u8> {
    let file = load(&data_directory().join("tr34/open.json")).expect("the file");
    let test = file.test_groups.first().and_then(|group| group.tests.first()).expect("a case");
    let value = test.members.get(member).expect("the member");
    let text = value.as_str().or_else(|| value.get(0)?.as_str()).expect("a certificate");
    der_of(text)
}

#[test]
fn sizes_and_algorithms() {
    for (bits, algorithm) in [
        (2048, KeyAlgorithm::Rsa2048),
        (3072, KeyAlgorithm::Rsa3072),
        (4096, KeyAlgorithm::Rsa4096),
    ] {
        let private = private_key(&private_key_pem(bits));
        assert_eq!(private.algorithm(), algorithm);
        let recipient = Recipient::from_subject_public_key_info(private.subject_public_key_info());
        assert_eq!(recipient.expect("a good key").algorithm(), algorithm);
        assert_eq!(format!("{private:?}"), format!("PrivateKey({algorithm}, [elided])"));
    }
}

#[test]
fn an_authority_and_a_signer_receive_nothing() {
    let refusal = |member| Recipient::from_certificate(&certificate(member)).map(drop);
    assert_eq!(refusal("krdCertPem"), Ok(()));
    assert_eq!(refusal("kdhCertPem"), Err(Error::KeyUsage));
    assert_eq!(refusal("rootCertPem"), Err(Error::IsAuthority));
    assert_eq!(refusal("trustAnchorsPem"), Err(Error::IsAuthority));
}

#[test]
fn every_cut_of_a_key_or_certificate_is_malformed() {
    let certificate = certificate("krdCertPem");
    let key = private_key(&private_key_pem(2048)).subject_public_key_info().to_vec();
    for length in 0..certificate.len() {
        let refused = Recipient::from_certificate(&certificate[..length]).map(drop);
        assert_eq!(refused, Err(Error::RecipientMalformed), "{length}");
    }
    for length in 0..key.len() {
        let refused = Recipient::from_subject_public_key_info(&key[..length]).map(drop);
        assert_eq!(refused, Err(Error::RecipientMalformed), "{length}");
    }
    let longer = [key.as_slice(), &[0]].concat();
    let refused = Recipient::from_subject_public_key_info(&longer).map(drop);
    assert_eq!(refused, Err(Error::RecipientMalformed));
}

/// A public key of 2048 bits with one part replaced by another of the same length.
fn altered(part: &[u8], by: &[u8]) -> Vec<u8> {
    let mut key = private_key(&private_key_pem(2048)).subject_public_key_info().to_vec();
    let at = key.windows(part.len()).rposition(|window| window == part).expect("the part");
    key.splice(at..at + by.len(), by.iter().copied());
    key
}

#[test]
fn what_is_wrong_with_a_public_key_has_a_name() {
    const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
    const RSASSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];
    const EXPONENT: &[u8] = &[2, 3, 1, 0, 1];
    let refusal = |der: &[u8]| Recipient::from_subject_public_key_info(der).map(drop);

    let for_signatures = altered(RSA_ENCRYPTION, RSASSA_PSS);
    assert_eq!(refusal(&for_signatures), Err(Error::RecipientAlgorithm));
    assert_eq!(refusal(&altered(EXPONENT, &[2, 3, 1, 0, 0])), Err(Error::Exponent));
    assert_eq!(refusal(&altered(EXPONENT, &[2, 3, 0, 0xFF, 0xFF])), Err(Error::Exponent));

    let mut even = private_key(&private_key_pem(2048)).subject_public_key_info().to_vec();
    let last_of_modulus = even.len() - EXPONENT.len() - 1;
    even[last_of_modulus] &= 0xFE;
    assert_eq!(refusal(&even), Err(Error::ModulusEven));
    let first_of_modulus = even.len() - EXPONENT.len() - 256;
    even[first_of_modulus] = 0x7F;
    // A leading zero before a byte below 80 is not DER.
    assert_eq!(refusal(&even), Err(Error::RecipientMalformed));
}

#[test]
fn private_keys_of_other_forms_are_refused() {
    let der = der_of(&private_key_pem(2048));
    let secret = |bytes: &[u8]| SecretKey::copied_from(bytes).expect("some bytes");
    for length in [1, 20, der.len() - 1] {
        let refused = PrivateKey::from_pkcs8(&secret(&der[..length])).map(drop);
        assert_eq!(refused, Err(Error::PrivateKeyMalformed));
    }
    assert_eq!(PrivateKey::from_pkcs1(&secret(&der)).map(drop), Err(Error::PrivateKeyMalformed));
    // The key inside begins after version, algorithm and the header of the octet string.
    let inner = PrivateKey::from_pkcs1(&secret(&der[26..])).expect("the inner key");
    let whole = PrivateKey::from_pkcs8(&secret(&der)).expect("the whole");
    assert_eq!(inner.subject_public_key_info(), whole.subject_public_key_info());
}
