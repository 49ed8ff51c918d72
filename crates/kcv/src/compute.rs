//! From a key, its algorithm and a method to a check value.

use key_types::{AlgorithmFamily, Kcv, KcvMethod, KeyAlgorithm, SecretKey};

use crate::leading::Leading;
use crate::{Error, aes_ecb, ansi_x9_24, cmac, hmac, sha1};

/// Computes a check value of `length` bytes for a key whose algorithm and size are known.
///
/// The key must have the length of its algorithm, the method must be one for its family (see
/// [`compute_for_family`]) and, for HMAC, use the algorithm's own hash. `length` is 2 to 5 bytes
/// for CMAC and 2 to 3 for every other method.
///
/// ```
/// use key_types::{KcvMethod, KeyAlgorithm, SecretKey};
///
/// let key = SecretKey::copied_from(b"\x01\x23\x45\x67\x89\xAB\xCD\xEF\xFE\xDC\xBA\x98\x76\x54\x32\x10")?;
/// let kcv = kcv::compute(&key, KeyAlgorithm::Tdes2Key, KcvMethod::AnsiX924, 3)?;
/// assert_eq!(kcv.to_string(), "08D7B4");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::KeyLength`], [`Error::MethodNotAllowed`] or [`Error::KcvLength`], in that order.
///
/// Standard: ANSI X9.24-1:2017, A.2 and A.3.
#[inline]
pub fn compute(
    key: &SecretKey,
    algorithm: KeyAlgorithm,
    method: KcvMethod,
    length: usize,
) -> Result<Kcv, Error> {
    if algorithm.key_length().is_some_and(|expected| expected != key.length()) {
        return Err(Error::KeyLength { found: key.length() });
    }
    if matches!(method, KcvMethod::Hmac(hash) if algorithm.hash() != Some(hash)) {
        return Err(Error::MethodNotAllowed { family: algorithm.family(), method });
    }
    compute_for_family(key, algorithm.family(), method, length)
}

/// Computes a check value of `length` bytes for a key of which only the family is known, as a key
/// block header gives it.
///
/// | family | key lengths in bytes | methods |
/// |---|---|---|
/// | DES | 8 | `AnsiX924` |
/// | TDES | 16, 24 | `AnsiX924`, `Cmac` |
/// | AES | 16, 24, 32 | `Cmac`, `AesEcbZeros`, `AesEcbOnes` |
/// | HMAC | any | `Hmac` with any hash, `Sha1OfKey` |
///
/// The other families have no key lengths and no methods here.
///
/// ```
/// use key_types::{AlgorithmFamily, HashAlgorithm, KcvMethod, SecretKey};
///
/// let key = SecretKey::filled_by(20, |bytes| bytes.fill(0x0B))?;
/// let method = KcvMethod::Hmac(HashAlgorithm::Sha1);
/// let kcv = kcv::compute_for_family(&key, AlgorithmFamily::Hmac, method, 3)?;
/// assert_eq!(kcv.as_bytes().len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::KeyLength`], [`Error::MethodNotAllowed`] or [`Error::KcvLength`], in that order.
///
/// Standard: ANSI X9.24-1:2017, A.2 and A.3.
#[inline]
pub fn compute_for_family(
    key: &SecretKey,
    family: AlgorithmFamily,
    method: KcvMethod,
    length: usize,
) -> Result<Kcv, Error> {
    if !has_key_length(family, key.length()) {
        return Err(Error::KeyLength { found: key.length() });
    }
    let not_allowed = Error::MethodNotAllowed { family, method };
    if !allows(family, method) {
        return Err(not_allowed);
    }
    let value = leading_bytes(key.expose_secret(), family, method).ok_or(not_allowed)?;
    let shown = value
        .get(..length)
        .ok_or(Error::KcvLength { longest: method.max_length(), found: length })?;
    Ok(Kcv::new(method, shown)?)
}

/// The method payment services use for a key when nobody asks for another one.
///
/// ANSI X9.24 for TDES, CMAC for AES, HMAC with the key's own hash for HMAC, and `None` for RSA
/// and elliptic curves, whose public keys have other fingerprints.
///
/// ```
/// use key_types::{KcvMethod, KeyAlgorithm};
///
/// assert_eq!(kcv::default_for(KeyAlgorithm::Aes256), Some(KcvMethod::Cmac));
/// assert_eq!(kcv::default_for(KeyAlgorithm::Rsa2048), None);
/// ```
#[must_use]
pub const fn default_for(algorithm: KeyAlgorithm) -> Option<KcvMethod> {
    match algorithm.family() {
        AlgorithmFamily::Tdes => Some(KcvMethod::AnsiX924),
        AlgorithmFamily::Aes => Some(KcvMethod::Cmac),
        AlgorithmFamily::Hmac => match algorithm.hash() {
            Some(hash) => Some(KcvMethod::Hmac(hash)),
            None => None,
        },
        _ => None,
    }
}

/// Whether a method is for keys of a family: the table in the doc of [`compute_for_family`].
///
/// ```
/// use key_types::{AlgorithmFamily, KcvMethod};
///
/// assert!(kcv::allows(AlgorithmFamily::Tdes, KcvMethod::Cmac));
/// assert!(!kcv::allows(AlgorithmFamily::Aes, KcvMethod::AnsiX924));
/// ```
///
/// Standard: ANSI X9.24-1:2017, A.2 and A.3.
#[must_use]
pub const fn allows(family: AlgorithmFamily, method: KcvMethod) -> bool {
    use AlgorithmFamily::{Aes, Des, Hmac, Tdes};
    use KcvMethod::{AesEcbOnes, AesEcbZeros, AnsiX924, Cmac, Sha1OfKey};

    matches!(
        (family, method),
        (Des, AnsiX924)
            | (Tdes, AnsiX924 | Cmac)
            | (Aes, Cmac | AesEcbZeros | AesEcbOnes)
            | (Hmac, KcvMethod::Hmac(_) | Sha1OfKey)
    )
}

/// Whether keys of a family may have `length` bytes: the same table's second column.
const fn has_key_length(family: AlgorithmFamily, length: usize) -> bool {
    match family {
        AlgorithmFamily::Des => length == 8,
        AlgorithmFamily::Tdes => matches!(length, 16 | 24),
        AlgorithmFamily::Aes => matches!(length, 16 | 24 | 32),
        _ => true,
    }
}

/// What the method gives, or `None` if it does not take such a key.
#[inline]
fn leading_bytes(key: &[u8], family: AlgorithmFamily, method: KcvMethod) -> Option<Leading> {
    match method {
        KcvMethod::AnsiX924 => ansi_x9_24::of(key),
        KcvMethod::Cmac => cmac::of(key, family),
        KcvMethod::Hmac(hash) => hmac::of(key, hash),
        KcvMethod::Sha1OfKey => Some(sha1::of(key)),
        KcvMethod::AesEcbZeros => aes_ecb::of(key, 0x00),
        KcvMethod::AesEcbOnes => aes_ecb::of(key, 0x01),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use key_types::HashAlgorithm;
    use proptest::prelude::*;

    use super::*;

    const METHODS: [KcvMethod; 6] = [
        KcvMethod::AnsiX924,
        KcvMethod::Cmac,
        KcvMethod::Hmac(HashAlgorithm::Sha256),
        KcvMethod::Sha1OfKey,
        KcvMethod::AesEcbZeros,
        KcvMethod::AesEcbOnes,
    ];

    #[test]
    fn every_allowed_pair_gives_a_value_and_every_other_is_refused() {
        for &family in AlgorithmFamily::ALL {
            for method in METHODS {
                for length in [8, 16, 24, 32, 64] {
                    let key = SecretKey::filled_by(length, |bytes| bytes.fill(0x5B)).unwrap();
                    let outcome = compute_for_family(&key, family, method, 3);
                    if !has_key_length(family, length) {
                        assert_eq!(outcome, Err(Error::KeyLength { found: length }));
                    } else if allows(family, method) {
                        assert_eq!(outcome.map(|kcv| kcv.method()), Ok(method));
                    } else {
                        assert_eq!(outcome, Err(Error::MethodNotAllowed { family, method }));
                    }
                }
            }
        }
    }

    #[test]
    fn an_hmac_key_is_checked_with_its_own_hash() {
        let key = SecretKey::filled_by(32, |bytes| bytes.fill(0x5B)).unwrap();
        let by = |hash| compute(&key, KeyAlgorithm::HmacSha256, KcvMethod::Hmac(hash), 3);
        assert!(by(HashAlgorithm::Sha256).is_ok());
        assert_eq!(by(HashAlgorithm::Sha512).unwrap_err().code(), "MethodNotAllowed");
    }

    #[test]
    fn the_default_is_a_method_the_table_allows() {
        for &algorithm in KeyAlgorithm::ALL {
            let Some(method) = default_for(algorithm) else {
                assert_eq!(algorithm.key_length(), None);
                continue;
            };
            let length = algorithm.key_length().unwrap();
            let key = SecretKey::filled_by(length, |bytes| bytes.fill(0x5B)).unwrap();
            assert!(compute(&key, algorithm, method, 3).is_ok(), "{algorithm}");
        }
    }

    proptest! {
        #[test]
        fn a_shorter_value_is_the_beginning_of_a_longer_one(bytes: [u8; 16]) {
            let key = SecretKey::copied_from(&bytes).unwrap();
            for (algorithm, method) in [
                (KeyAlgorithm::Tdes2Key, KcvMethod::AnsiX924),
                (KeyAlgorithm::Tdes2Key, KcvMethod::Cmac),
                (KeyAlgorithm::Aes128, KcvMethod::Cmac),
            ] {
                let of = |length| compute(&key, algorithm, method, length);
                let longest = of(method.max_length()).unwrap();
                for length in 0..=6 {
                    match of(length) {
                        Ok(kcv) => prop_assert!(longest.as_bytes().starts_with(kcv.as_bytes())),
                        Err(error) => prop_assert_eq!(error.code(), "KcvLength"),
                    }
                }
            }
        }

        #[test]
        fn parity_bits_do_not_change_a_tdes_value(bytes: [u8; 16], flips: [bool; 16]) {
            let key = SecretKey::copied_from(&bytes).unwrap();
            let other = SecretKey::filled_by(16, |other| {
                for ((to, from), flip) in other.iter_mut().zip(bytes).zip(flips) {
                    *to = from ^ u8::from(flip);
                }
            }).unwrap();
            for method in [KcvMethod::AnsiX924, KcvMethod::Cmac] {
                prop_assert_eq!(
                    compute(&key, KeyAlgorithm::Tdes2Key, method, 3),
                    compute(&other, KeyAlgorithm::Tdes2Key, method, 3)
                );
            }
        }
    }
}
