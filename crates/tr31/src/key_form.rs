//! The form of asymmetric keys: exactly one DER value of the right shape.
//!
//! RSA keys are an `RSAPrivateKey` of PKCS #1 with an odd modulus of 1024 to 8192 bits,
//! elliptic-curve keys an `ECPrivateKey` of SEC 1 with a named curve. Keys on the NIST curves have
//! the lengths of their curve; those on other curves may have any, because which curves are in use
//! is not for a key block to say. Whether the numbers belong together is for the library that uses
//! the key.
//!
//! Standard: RFC 8017, A.1.2; RFC 5915; RFC 5480, 2.1.1.1.

use core::ops::RangeInclusive;

use key_types::AlgorithmFamily;

use crate::der::{
    self, BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, one, value,
};
use crate::public_key::PublicKey;

/// The lengths of an RSA modulus in bits.
const MODULUS_BITS: RangeInclusive<usize> = 1024..=8192;

/// P-224, P-256, P-384 and P-521: the object identifier, and the length of a number in bytes.
const CURVES: [(&[u8], usize); 4] = [
    (&[0x2B, 0x81, 0x04, 0x00, 0x21], 28),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], 32),
    (&[0x2B, 0x81, 0x04, 0x00, 0x22], 48),
    (&[0x2B, 0x81, 0x04, 0x00, 0x23], 66),
];

/// The public key of a key that has the form of its family, or `None` if it has another; others
/// than asymmetric ones have none.
pub(crate) fn read(key: &[u8], family: AlgorithmFamily) -> Option<PublicKey<&[u8]>> {
    match family {
        AlgorithmFamily::Rsa => rsa(key),
        AlgorithmFamily::EllipticCurve => elliptic_curve(key),
        AlgorithmFamily::Dsa => one(key, SEQUENCE).map(|_| PublicKey::NotRead),
        _ => Some(PublicKey::NotRead),
    }
}

/// Version 0 and the eight numbers of a two-prime key, modulus and public exponent first.
fn rsa(key: &[u8]) -> Option<PublicKey<&[u8]>> {
    let (version, rest) = value(one(key, SEQUENCE)?, INTEGER)?;
    let (modulus, rest) = positive(rest)?;
    let (exponent, mut rest) = positive(rest)?;
    for _ in 2..8 {
        rest = positive(rest)?.1;
    }
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    let is_right = version == [0]
        && rest.is_empty()
        && MODULUS_BITS.contains(&bits(modulus))
        && is_odd(modulus)
        && is_odd(exponent)
        && exponent != [1];
    is_right.then_some(PublicKey::Rsa { modulus, exponent })
}

/// A number that is positive and has no needless zero in front, and what stands behind it.
fn positive(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (number, rest) = value(input, INTEGER)?;
    matches!(number, [0x00, 0x80..=0xFF, ..] | [0x01..=0x7F, ..]).then_some((number, rest))
}

/// The length of a number in bits.
fn bits(number: &[u8]) -> usize {
    let digits = number.strip_prefix(&[0]).unwrap_or(number);
    let unused = digits.first().map_or(0, |byte| byte.leading_zeros());
    8 * digits.len() - usize::try_from(unused).unwrap_or(0)
}

/// Version 1, the private number, and the curve and the public key where they are given.
fn elliptic_curve(key: &[u8]) -> Option<PublicKey<&[u8]>> {
    let (version, rest) = value(one(key, SEQUENCE)?, INTEGER)?;
    let (private, mut rest) = value(rest, OCTET_STRING)?;
    let (mut curve, mut point) = (None, None);
    if let Some((parameters, behind)) = value(rest, der::explicit(0)) {
        curve = Some(one(parameters, OBJECT_IDENTIFIER)?);
        rest = behind;
    }
    if let Some((public, behind)) = value(rest, der::explicit(1)) {
        // No unused bits, and a point that is not the one at infinity.
        let [0x00, encoded @ ..] = one(public, BIT_STRING)? else { return None };
        if !matches!(encoded, [0x02..=0x04, _, ..]) {
            return None;
        }
        point = Some(encoded);
        rest = behind;
    }
    let is_right = version == [1]
        && !private.is_empty()
        && rest.is_empty()
        && curve.is_none_or(|curve| has_lengths_of(curve, private, point));
    is_right.then_some(PublicKey::EllipticCurve { curve, point })
}

/// Whether a private number and a point have the lengths of their curve, if that is known.
fn has_lengths_of(curve: &[u8], private: &[u8], point: Option<&[u8]>) -> bool {
    let known = CURVES.iter().find(|(identifier, _)| *identifier == curve);
    known.is_none_or(|&(_, length)| {
        let coordinates = |point: &[u8]| if point.first() == Some(&4) { 2 } else { 1 };
        let fits = |point: &[u8]| point.len() == 1 + coordinates(point) * length;
        private.len() == length && point.is_none_or(fits)
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        let head = match content.len() {
            0..0x80 => vec![tag, low],
            0x80..0x100 => vec![tag, 0x81, low],
            _ => vec![tag, 0x82, high, low],
        };
        [head.as_slice(), content].concat()
    }

    /// A key of the right shape whose modulus has this first and this last byte.
    fn rsa_key(version: u8, first: &[u8], length: usize, last: u8) -> Vec<u8> {
        let modulus = [first, &vec![0x5B; length - first.len() - 1], &[last]].concat();
        let numbers = [tagged(INTEGER, &modulus), [INTEGER, 1, 3].repeat(7)].concat();
        tagged(SEQUENCE, &[[INTEGER, 1, version].as_slice(), &numbers].concat())
    }

    fn ec_key(curve: &[u8], private: usize, form: u8, coordinates: usize) -> Vec<u8> {
        let curve = tagged(der::explicit(0), &tagged(OBJECT_IDENTIFIER, curve));
        let point = [[0, form].as_slice(), &vec![5; coordinates]].concat();
        let point = tagged(der::explicit(1), &tagged(BIT_STRING, &point));
        let private = tagged(OCTET_STRING, &vec![7; private]);
        tagged(SEQUENCE, &[[INTEGER, 1, 1].as_slice(), &private, &curve, &point].concat())
    }

    fn is_right(key: &[u8], family: AlgorithmFamily) -> bool {
        read(key, family).is_some()
    }

    #[test]
    fn exactly_one_value_of_the_right_shape() {
        for (key, family) in [
            (rsa_key(0, &[0x00, 0x80], 129, 1), AlgorithmFamily::Rsa),
            (ec_key(CURVES[1].0, 32, 4, 64), AlgorithmFamily::EllipticCurve),
        ] {
            assert!(is_right(&key, family));
            for length in 0..key.len() {
                assert!(!is_right(&key[..length], family), "{length}");
            }
            assert!(!is_right(&[key.as_slice(), &[0]].concat(), family));
            let other = [AlgorithmFamily::Rsa, AlgorithmFamily::EllipticCurve];
            assert!(other.into_iter().filter(|&other| is_right(&key, other)).count() == 1);
        }
    }

    #[test]
    fn rsa_keys_have_an_odd_modulus_of_1024_to_8192_bits() {
        let is_right = |version, first: &[u8], length, last| {
            is_right(&rsa_key(version, first, length, last), AlgorithmFamily::Rsa)
        };
        assert!(is_right(0, &[0x00, 0x80], 129, 1));
        assert!(is_right(0, &[0x00, 0xFF], 1025, 1));
        assert!(!is_right(0, &[0x7F], 128, 1), "1023 bits");
        assert!(!is_right(0, &[0x01], 1025, 1), "8193 bits");
        assert!(!is_right(0, &[0x00, 0x80], 129, 2), "even");
        assert!(!is_right(0, &[0x80], 128, 1), "negative");
        assert!(!is_right(0, &[0x00, 0x7F], 129, 1), "a needless zero");
        assert!(!is_right(1, &[0x00, 0x80], 129, 1), "more than two primes");
        assert_eq!((bits(&[1]), bits(&[0, 0x80]), bits(&[0x40, 0])), (1, 8, 15));
    }

    #[test]
    fn keys_on_known_curves_have_their_lengths() {
        let is_right = |curve: &[u8], private, form, coordinates| {
            let key = ec_key(curve, private, form, coordinates);
            is_right(&key, AlgorithmFamily::EllipticCurve)
        };
        for (curve, length) in CURVES {
            assert!(is_right(curve, length, 4, 2 * length));
            assert!(is_right(curve, length, 2, length));
            assert!(!is_right(curve, length - 1, 4, 2 * length));
            assert!(!is_right(curve, length, 4, 2 * length + 1));
            assert!(!is_right(curve, length, 3, 2 * length));
            assert!(!is_right(curve, length, 4, length));
            assert!(!is_right(curve, length, 6, 2 * length));
        }
        assert!(is_right(&[0x2B, 0x81, 0x04, 0x00, 0x0A], 32, 4, 64), "a curve not known here");
    }
}
