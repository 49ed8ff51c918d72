//! Effective strength of keys and its order.

use core::fmt;

/// How much work it takes to break a key, in bits; a stronger key compares greater.
///
/// A key may only leave under a key at least as strong. The figures are those of
/// NIST SP 800-57 part 1 for TDES, AES, RSA and elliptic curves. HMAC keys count by their
/// length, up to 256 bits, because no wrapping key is stronger than AES-256.
///
/// ```
/// use key_types::KeyAlgorithm;
///
/// assert!(KeyAlgorithm::Tdes2Key.strength() < KeyAlgorithm::Tdes3Key.strength());
/// assert!(KeyAlgorithm::Rsa2048.strength() < KeyAlgorithm::Aes128.strength());
/// assert_eq!(KeyAlgorithm::HmacSha512.strength(), KeyAlgorithm::Aes256.strength());
/// ```
///
/// Standard: NIST SP 800-57 part 1 rev. 5, 5.6.1, table 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectiveStrength {
    bits: u16,
}

impl EffectiveStrength {
    pub(crate) const fn from_bits(bits: u16) -> Self {
        Self { bits }
    }

    /// The strength in bits.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.bits
    }
}

impl fmt::Display for EffectiveStrength {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bits", self.bits)
    }
}
