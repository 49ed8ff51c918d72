//! The strength matrix: under which keys a key may leave.

use key_types::KeyAlgorithm::{
    self, Aes128, Aes192, Aes256, HmacSha224, HmacSha256, HmacSha384, HmacSha512, Tdes2Key,
    Tdes3Key,
};

use crate::error::{Error, Member};
use crate::rules::Rule;

/// Under which symmetric keys a key may leave in a TR-31 key block.
///
/// The published matrix has no row for HMAC keys; they count by their length in bits, so that
/// AES-256 alone is strong enough.
const TR31: &[(KeyAlgorithm, &[KeyAlgorithm])] = &[
    (Tdes2Key, &[Tdes2Key, Tdes3Key, Aes128, Aes192, Aes256]),
    (Tdes3Key, &[Tdes3Key, Aes128, Aes192, Aes256]),
    (Aes128, &[Aes128, Aes192, Aes256]),
    (Aes192, &[Aes192, Aes256]),
    (Aes256, &[Aes256]),
    (HmacSha224, &[Aes256]),
    (HmacSha256, &[Aes256]),
    (HmacSha384, &[Aes256]),
    (HmacSha512, &[Aes256]),
];

/// Refuses a wrapping key that is weaker than the key.
pub(crate) fn check_tr31(
    at: &Member,
    key: KeyAlgorithm,
    wrapping: KeyAlgorithm,
) -> Result<(), Error> {
    let allowed = TR31.iter().find(|(row, _)| *row == key).map_or(&[][..], |(_, allowed)| allowed);
    if allowed.contains(&wrapping) {
        return Ok(());
    }
    Err(Error::invalid(at.clone(), Rule::WrappingStrength { key, wrapping, allowed }))
}

/// Refuses a receiver's RSA key that is weaker than the key, and any for keys that go by none.
pub(crate) fn check_rsa(
    at: &Member,
    key: KeyAlgorithm,
    receiver: KeyAlgorithm,
) -> Result<(), Error> {
    if rsa_wrap::may_carry(receiver, key) {
        return Ok(());
    }
    let fits = |candidate: &KeyAlgorithm| rsa_wrap::may_carry(*candidate, key);
    let allowed = KeyAlgorithm::ALL.iter().copied().filter(fits).collect();
    Err(Error::invalid(at.clone(), Rule::ReceiverStrength { key, receiver, allowed }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_agrees_with_the_order_of_strength() {
        let wrapping_keys = [Tdes2Key, Tdes3Key, Aes128, Aes192, Aes256];
        for &(key, allowed) in TR31 {
            for wrapping in wrapping_keys {
                let strong_enough = wrapping.strength() >= key.strength();
                assert_eq!(allowed.contains(&wrapping), strong_enough, "{key} under {wrapping}");
            }
        }
    }

    #[test]
    fn every_symmetric_algorithm_has_a_row() {
        for &algorithm in KeyAlgorithm::ALL {
            let has_row = TR31.iter().any(|(row, _)| *row == algorithm);
            assert_eq!(has_row, algorithm.key_length().is_some(), "{algorithm}");
        }
    }
}
