//! A key in clear components, each of which says nothing about the key.

use key_types::{KeyAlgorithm, SecretKey};
use subtle::ConstantTimeEq;

use crate::Error;

/// Combines components to their key by XOR. Parity bits stay as they come.
///
/// A component has the check value that [`compute`](fn@crate::compute) gives for it as a key, and
/// [`verify`](crate::verify) compares it. [`findings`](crate::findings) says whether the result is
/// a weak key.
///
/// ```
/// use key_types::{KeyAlgorithm, SecretKey};
///
/// let components = [0x0F, 0x5A].map(|byte| SecretKey::filled_by(16, |bytes| bytes.fill(byte)));
/// let [first, second] = components;
/// let key = kcv::combine(KeyAlgorithm::Aes128, &[first?, second?])?;
/// assert_eq!(key.expose_secret(), [0x55; 16]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::ComponentCount`] if there are fewer than two, [`Error::ComponentLength`] if one has
/// another length than keys of the algorithm, [`Error::ComponentZero`] if one is all zero,
/// [`Error::ComponentsEqual`] if two are equal; and [`Error::KeyLength`] for RSA and elliptic
/// curves, whose keys have no components.
///
/// Standard: ANSI X9.24-1:2017 (keys in components).
pub fn combine(algorithm: KeyAlgorithm, components: &[SecretKey]) -> Result<SecretKey, Error> {
    let [first_one, _, ..] = components else {
        return Err(Error::ComponentCount { found: components.len() });
    };
    let expected = algorithm.key_length().ok_or(Error::KeyLength { found: first_one.length() })?;
    for (index, component) in components.iter().enumerate() {
        let found = component.length();
        if found != expected {
            return Err(Error::ComponentLength { index, expected, found });
        }
        if is_zero(component) {
            return Err(Error::ComponentZero { index });
        }
    }
    for (second, component) in components.iter().enumerate() {
        let same = |other: &SecretKey| bool::from(component.ct_eq(other));
        if let Some(first) = components.iter().take(second).position(same) {
            return Err(Error::ComponentsEqual { first, second });
        }
    }
    let key = SecretKey::filled_by(expected, |key| {
        for component in components {
            for (sum, byte) in key.iter_mut().zip(component.expose_secret()) {
                *sum ^= byte;
            }
        }
    });
    key.map_err(|_| Error::KeyLength { found: expected })
}

/// Whether all bytes are zero, without stopping at the first that is not.
pub(crate) fn is_zero(key: &SecretKey) -> bool {
    key.expose_secret().iter().fold(0, |all, byte| all | byte) == 0
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn keys(bytes: &[u8]) -> Vec<SecretKey> {
        let key = |&byte| SecretKey::filled_by(16, |key| key.fill(byte)).unwrap();
        bytes.iter().map(key).collect()
    }

    #[test]
    fn refusals_name_their_rule() {
        let code = |algorithm, bytes: &[u8]| {
            combine(algorithm, &keys(bytes)).map(|_| ()).map_err(|error| error.code())
        };
        assert_eq!(code(KeyAlgorithm::Tdes2Key, &[]), Err("ComponentCount"));
        assert_eq!(code(KeyAlgorithm::Tdes2Key, &[1]), Err("ComponentCount"));
        assert_eq!(code(KeyAlgorithm::Tdes3Key, &[1, 2]), Err("ComponentLength"));
        assert_eq!(code(KeyAlgorithm::Rsa2048, &[1, 2]), Err("KeyLength"));
        assert_eq!(code(KeyAlgorithm::Tdes2Key, &[1, 2, 0]), Err("ComponentZero"));
        assert_eq!(code(KeyAlgorithm::Tdes2Key, &[1, 2, 1]), Err("ComponentsEqual"));
        assert_eq!(code(KeyAlgorithm::Tdes2Key, &[1, 2, 3]), Ok(()));
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter(a in 1u8.., b in 1u8.., c in 1u8..) {
            prop_assume!(a != b && b != c && a != c);
            let key = |order: &[u8]| combine(KeyAlgorithm::Aes128, &keys(order)).unwrap();
            prop_assert!(bool::from(key(&[a, b, c]).ct_eq(&key(&[c, a, b]))));
        }
    }
}
