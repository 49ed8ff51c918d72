//! Which key may go under which RSA key.

use key_types::{AlgorithmFamily, KeyAlgorithm};

/// Whether a key of `carried` may go under an RSA key of `wrapping`, by the table that payment
/// services publish: TDES under RSA-2048 and up, AES-128 under RSA-3072 and up; AES-192, AES-256
/// and HMAC under none.
///
/// It follows from the order of effective strengths, but for one rule: nothing above AES-128 goes
/// by RSA, whatever its size.
/// [`wrap`](crate::wrap) does not ask it: who exports decides.
///
/// ```
/// use key_types::KeyAlgorithm;
/// use rsa_wrap::may_carry;
///
/// assert!(may_carry(KeyAlgorithm::Rsa2048, KeyAlgorithm::Tdes3Key));
/// assert!(!may_carry(KeyAlgorithm::Rsa2048, KeyAlgorithm::Aes128));
/// assert!(!may_carry(KeyAlgorithm::Rsa4096, KeyAlgorithm::Aes256));
/// ```
///
/// Standard: NIST SP 800-57 part 1 rev. 5, 5.6.1, table 2.
#[must_use]
pub fn may_carry(wrapping: KeyAlgorithm, carried: KeyAlgorithm) -> bool {
    let has_form = matches!(carried.family(), AlgorithmFamily::Tdes | AlgorithmFamily::Aes);
    let goes_by_rsa = carried.strength() <= KeyAlgorithm::Aes128.strength();
    wrapping.family() == AlgorithmFamily::Rsa
        && has_form
        && goes_by_rsa
        && carried.strength() <= wrapping.strength()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_table() {
        use KeyAlgorithm::{
            Aes128, Aes192, Aes256, EccNistP521, HmacSha256, Rsa2048, Rsa3072, Rsa4096, Tdes2Key,
            Tdes3Key,
        };
        for (carried, by) in [
            (Tdes2Key, [true, true, true]),
            (Tdes3Key, [true, true, true]),
            (Aes128, [false, true, true]),
            (Aes192, [false, false, false]),
            (Aes256, [false, false, false]),
            (HmacSha256, [false, false, false]),
            (Rsa2048, [false, false, false]),
        ] {
            assert_eq!([Rsa2048, Rsa3072, Rsa4096].map(|rsa| may_carry(rsa, carried)), by);
            assert!(!may_carry(EccNistP521, carried));
        }
    }
}
