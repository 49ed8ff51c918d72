//! What is suspicious about a key: it works, but less well than its length says.

use des::weak_key_test;
use key_types::{AlgorithmFamily, KeyAlgorithm, SecretKey};
use subtle::ConstantTimeEq;

use crate::components::is_zero;
use crate::parity::{adjusted, has_odd_parity};

/// Something about a key that a policy may want to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// The key is all zero.
    #[error("the key is all zero")]
    AllZero,
    /// Two parts of a TDES key are equal but for parity bits. A double-length key is single DES
    /// then, and so is a triple-length key whose equal parts stand side by side; one whose first
    /// and last part are equal is a double-length key.
    #[error("parts {first} and {second} of the key are equal")]
    EqualParts {
        /// The number of one part, from 1.
        first: usize,
        /// The number of the other part.
        second: usize,
    },
    /// A part of a TDES key is one of the 64 weak, semi-weak or possibly weak DES keys.
    #[error("part {part} of the key is a weak DES key")]
    WeakPart {
        /// The number of the part, from 1.
        part: usize,
    },
    /// A byte of a TDES key has an even number of one bits.
    #[error("the key does not have odd parity")]
    Parity,
}

/// Lists what is suspicious about a key, the worst first.
///
/// Parity bits are left out of account except by [`Finding::Parity`]. Keys other than TDES can
/// only be all zero.
///
/// ```
/// use key_types::{KeyAlgorithm, SecretKey};
/// use kcv::Finding;
///
/// let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x5B))?;
/// let findings: Vec<_> = kcv::findings(&key, KeyAlgorithm::Tdes2Key).collect();
/// assert_eq!(findings, [Finding::EqualParts { first: 1, second: 2 }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: NIST SP 800-67 rev. 2, 3.3 (weak keys).
pub fn findings(key: &SecretKey, algorithm: KeyAlgorithm) -> impl Iterator<Item = Finding> {
    let mut findings = [None; 8];
    let [zero, equal @ .., weak_1, weak_2, weak_3, parity] = &mut findings;
    *zero = is_zero(key).then_some(Finding::AllZero);
    if algorithm.family() == AlgorithmFamily::Tdes {
        let odd = adjusted(key);
        let (parts, _) = odd.expose_secret().as_chunks::<8>();
        let pairs = [(1, 2), (1, 3), (2, 3)];
        for (finding, (first, second)) in equal.iter_mut().zip(pairs) {
            let part = |number: usize| parts.get(number - 1);
            let are_equal =
                part(first).zip(part(second)).is_some_and(|(a, b)| are_equal_parts(a, b));
            *finding = are_equal.then_some(Finding::EqualParts { first, second });
        }
        for ((number, part), finding) in (1..).zip(parts).zip([weak_1, weak_2, weak_3]) {
            *finding = weak_key_test(part).err().map(|_| Finding::WeakPart { part: number });
        }
        *parity = (has_odd_parity(key, algorithm) == Ok(false)).then_some(Finding::Parity);
    }
    findings.into_iter().flatten()
}

/// Whether two neighbouring parts of a TDES key are equal but for parity bits, so that they cancel
/// out and single DES is left. Nothing is allocated.
///
/// ```
/// use key_types::SecretKey;
///
/// let key = SecretKey::filled_by(24, |bytes| bytes.fill(0x5B))?;
/// assert!(kcv::has_equal_neighbours(&key));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: NIST SP 800-67 rev. 2, 3.1.
#[must_use]
pub fn has_equal_neighbours(key: &SecretKey) -> bool {
    let (parts, _) = key.expose_secret().as_chunks::<8>();
    parts.iter().zip(parts.iter().skip(1)).any(|(one, next)| are_equal_parts(one, next))
}

/// Whether two parts make the same DES key; the answer is public, since it is reported.
fn are_equal_parts(one: &[u8; 8], other: &[u8; 8]) -> bool {
    let difference = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b) & 0xFE);
    difference.ct_eq(&0).into()
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn of(algorithm: KeyAlgorithm, parts: &[u64]) -> Vec<Finding> {
        let key = SecretKey::filled_by(8 * parts.len(), |key| {
            for (to, part) in key.chunks_mut(8).zip(parts) {
                to.copy_from_slice(&part.to_be_bytes());
            }
        });
        findings(&key.unwrap(), algorithm).collect()
    }

    const A: u64 = 0x0123_4567_89AB_CDEF;
    const B: u64 = 0xFEDC_BA98_7654_3210;
    const EVEN: u64 = 0x0101_0101_0101_0101;

    #[test]
    fn good_keys_have_no_findings() {
        assert_eq!(of(KeyAlgorithm::Tdes2Key, &[A, B]), []);
        assert_eq!(of(KeyAlgorithm::Aes128, &[A, A]), []);
    }

    #[test]
    fn equal_parts_are_found_whatever_their_parity() {
        let equal = |first, second| Finding::EqualParts { first, second };
        assert_eq!(of(KeyAlgorithm::Tdes2Key, &[A, A]), [equal(1, 2)]);
        assert_eq!(of(KeyAlgorithm::Tdes2Key, &[A, A ^ EVEN]), [equal(1, 2), Finding::Parity]);
        assert_eq!(of(KeyAlgorithm::Tdes3Key, &[A, B, A]), [equal(1, 3)]);
        assert_eq!(of(KeyAlgorithm::Tdes3Key, &[B, A, A]), [equal(2, 3)]);
    }

    #[test]
    fn only_neighbours_cancel_out() {
        let cancel = |parts: &[u64]| {
            let bytes: Vec<u8> = parts.iter().flat_map(|part| part.to_be_bytes()).collect();
            has_equal_neighbours(&SecretKey::copied_from(&bytes).unwrap())
        };
        assert!(cancel(&[A, A ^ EVEN]));
        assert!(cancel(&[B, A, A]));
        assert!(!cancel(&[A, B, A]));
        assert!(!cancel(&[A]));
    }

    #[test]
    fn weak_parts_are_found_whatever_their_parity() {
        let weak = |part| Finding::WeakPart { part };
        assert_eq!(of(KeyAlgorithm::Tdes2Key, &[A, EVEN]), [weak(2)]);
        assert_eq!(of(KeyAlgorithm::Tdes2Key, &[0, B]), [weak(1), Finding::Parity]);
    }

    #[test]
    fn zeros_are_found_in_keys_of_every_kind() {
        assert_eq!(of(KeyAlgorithm::Aes256, &[0; 4]), [Finding::AllZero]);
        assert_eq!(of(KeyAlgorithm::HmacSha256, &[0; 4]), [Finding::AllZero]);
        assert_eq!(of(KeyAlgorithm::Tdes2Key, &[0; 2]).first(), Some(&Finding::AllZero));
    }
}
