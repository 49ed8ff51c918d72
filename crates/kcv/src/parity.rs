//! Odd parity of DES keys: the lowest bit of each byte, which the cipher does not use.

use key_types::{AlgorithmFamily, KeyAlgorithm, SecretKey};

use crate::Error;

/// Whether each byte of a TDES key has an odd number of one bits.
///
/// ```
/// use key_types::{KeyAlgorithm, SecretKey};
///
/// let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x73))?;
/// assert_eq!(kcv::has_odd_parity(&key, KeyAlgorithm::Tdes2Key), Ok(true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::ParityNotUsed`] if keys of the algorithm have no parity bits.
///
/// Standard: ANSI X9.52; FIPS 46-3.
pub fn has_odd_parity(key: &SecretKey, algorithm: KeyAlgorithm) -> Result<bool, Error> {
    uses_parity(algorithm)?;
    Ok(all_bytes_odd(key))
}

/// Whether each byte of a key has an odd number of one bits, whatever the key is for.
///
/// ```
/// use key_types::SecretKey;
///
/// let key = SecretKey::filled_by(8, |bytes| bytes.fill(0x72))?;
/// assert!(!kcv::all_bytes_odd(&key));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ANSI X9.52; FIPS 46-3.
#[must_use]
pub fn all_bytes_odd(key: &SecretKey) -> bool {
    key.expose_secret().iter().fold(1, |all, byte| all & byte.count_ones()) & 1 == 1
}

/// The same TDES key with odd parity. Its check values by the cipher stay the same.
///
/// ```
/// use key_types::{KeyAlgorithm, SecretKey};
///
/// let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x72))?;
/// let adjusted = kcv::with_odd_parity(&key, KeyAlgorithm::Tdes2Key)?;
/// assert_eq!(adjusted.expose_secret(), [0x73; 16]);
/// assert!(kcv::with_odd_parity(&key, KeyAlgorithm::Aes128).is_err(), "AES uses all bits");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::ParityNotUsed`] if keys of the algorithm have no parity bits.
///
/// Standard: ANSI X9.52; FIPS 46-3.
pub fn with_odd_parity(key: &SecretKey, algorithm: KeyAlgorithm) -> Result<SecretKey, Error> {
    uses_parity(algorithm)?;
    Ok(adjusted(key))
}

/// The key with the lowest bit of each byte set or cleared so that the byte has odd parity.
pub(crate) fn adjusted(key: &SecretKey) -> SecretKey {
    let adjusted = SecretKey::filled_by(key.length(), |adjusted| {
        for (to, from) in adjusted.iter_mut().zip(key.expose_secret()) {
            let upper = from & 0xFE;
            *to = upper | u8::from(upper.count_ones().is_multiple_of(2));
        }
    });
    adjusted.expect("another key has this length already")
}

const fn uses_parity(algorithm: KeyAlgorithm) -> Result<(), Error> {
    match algorithm.family() {
        AlgorithmFamily::Des | AlgorithmFamily::Tdes => Ok(()),
        family => Err(Error::ParityNotUsed { family }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_adjusted_key_has_odd_parity_and_the_same_other_bits(bytes: [u8; 24]) {
            let key = SecretKey::copied_from(&bytes).unwrap();
            let adjusted = with_odd_parity(&key, KeyAlgorithm::Tdes3Key).unwrap();
            prop_assert_eq!(has_odd_parity(&adjusted, KeyAlgorithm::Tdes3Key), Ok(true));
            for (from, to) in bytes.iter().zip(adjusted.expose_secret()) {
                prop_assert_eq!(from >> 1, to >> 1);
            }
            let odd = bytes.iter().all(|byte| byte.count_ones() % 2 == 1);
            prop_assert_eq!(has_odd_parity(&key, KeyAlgorithm::Tdes3Key), Ok(odd));
        }
    }
}
