//! The public key of an asymmetric key, and whether a certificate is for it.
//!
//! A certificate is read as far as its public key: whether it is valid, and whom it names, is for
//! the library that uses it.

use crate::base64::Base64;
use crate::der::{self, BIT_STRING, INTEGER, Input, OBJECT_IDENTIFIER, SEQUENCE, one, value};

/// What `rsaEncryption`, `id-RSAES-OAEP` and `id-RSASSA-PSS` have in front of their last byte.
const PKCS1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01];

/// The last bytes of the three: keys of all have the same form.
const RSA: [u8; 3] = [1, 7, 10];

/// `id-ecPublicKey` and `id-ecDH`.
const ELLIPTIC_CURVE: [&[u8]; 2] =
    [&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01], &[0x2B, 0x81, 0x04, 0x01, 0x0C]];

/// A public key as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey<I> {
    Rsa {
        modulus: I,
        exponent: I,
    },
    /// The object identifier of the curve, and the point.
    EllipticCurve {
        curve: Option<I>,
        point: Option<I>,
    },
    /// Of a family whose keys are not looked into.
    NotRead,
}

impl<'a> PublicKey<Base64<'a>> {
    /// The public key of an X.509 certificate in base64.
    ///
    /// Standard: RFC 5280, 4.1; RFC 4055, 1.2; RFC 5480, 2.
    pub(crate) fn of_certificate(base64: &'a str) -> Option<Self> {
        /// Signature, issuer, validity and subject stand in front of the key.
        const BETWEEN: usize = 4;

        let (certificate, signature) = value(one(Base64::new(base64)?, SEQUENCE)?, SEQUENCE)?;
        let (_, signature) = value(signature, SEQUENCE)?;
        one(signature, BIT_STRING)?;
        let version = value(certificate, der::explicit(0));
        let (_, mut rest) = value(version.map_or(certificate, |(_, rest)| rest), INTEGER)?;
        for _ in 0..BETWEEN {
            rest = value(rest, SEQUENCE)?.1;
        }
        let (algorithm, key) = value(value(rest, SEQUENCE)?.0, SEQUENCE)?;
        let (algorithm, parameters) = value(algorithm, OBJECT_IDENTIFIER)?;
        let (0, key) = der::first(one(key, BIT_STRING)?)? else { return None };

        if ELLIPTIC_CURVE.iter().any(|&identifier| der::equal(algorithm, identifier)) {
            let curve = one(parameters, OBJECT_IDENTIFIER)?;
            return Some(Self::EllipticCurve { curve: Some(curve), point: Some(key) });
        }
        let (family, last) = algorithm.split(PKCS1.len())?;
        if !der::equal(family, PKCS1)
            || !RSA.iter().any(|&byte| der::equal(last, [byte].as_slice()))
        {
            return None;
        }
        let (modulus, exponent) = value(one(key, SEQUENCE)?, INTEGER)?;
        Some(Self::Rsa { modulus, exponent: one(exponent, INTEGER)? })
    }
}

impl<I: Input> PublicKey<I> {
    /// Whether another key is the same, as far as both are known.
    pub(crate) fn is<J: Input>(self, other: PublicKey<J>) -> bool {
        match (self, other) {
            (
                Self::Rsa { modulus, exponent },
                PublicKey::Rsa { modulus: other_modulus, exponent: other_exponent },
            ) => der::equal(modulus, other_modulus) && der::equal(exponent, other_exponent),
            (
                Self::EllipticCurve { curve, point },
                PublicKey::EllipticCurve { curve: other_curve, point: other_point },
            ) => {
                let same_curve = curve.zip(other_curve).is_none_or(|(a, b)| der::equal(a, b));
                same_curve && point.zip(other_point).is_none_or(|(a, b)| is_same_point(a, b))
            }
            _ => false,
        }
    }
}

/// Whether two encodings, each compressed or not, are of the same point.
///
/// Standard: SEC 1, 2.3.3.
fn is_same_point(one: impl Input, other: impl Input) -> bool {
    let (Some(first), Some(second)) = (compressed(one), compressed(other)) else { return false };
    let same_form = one.length() == other.length();
    first.0 == second.0 && der::equal(first.1, second.1) && (!same_form || der::equal(one, other))
}

/// The first byte of the compressed form, which says whether the second coordinate is odd, and
/// the first coordinate.
fn compressed<I: Input>(point: I) -> Option<(u8, I)> {
    let (form, coordinates) = der::first(point)?;
    match form {
        2 | 3 => Some((form, coordinates)),
        4 => {
            let length = coordinates.length();
            let is_odd = coordinates.byte(length.checked_sub(1)?)? & 1;
            let (first, second) = coordinates.split(length / 2)?;
            (first.length() == second.length()).then_some((2 | is_odd, first))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_has_two_forms() {
        let point = [4, 10, 11, 20, 21].as_slice();
        let same: [&[u8]; 2] = [&[3, 10, 11], point];
        for other in same {
            assert!(is_same_point(point, other) && is_same_point(other, point));
        }
        let others: [&[u8]; 8] = [
            &[2, 10, 11],
            &[3, 10, 12],
            &[3, 10],
            &[4, 10, 11, 22, 21],
            &[4, 10, 11, 20],
            &[7, 10, 11, 20, 21],
            &[4],
            &[],
        ];
        for other in others {
            assert!(!is_same_point(point, other) && !is_same_point(other, point), "{other:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_compared() {
        let key = |curve, point| PublicKey::EllipticCurve { curve, point };
        let whole = key(Some([1].as_slice()), Some([2, 5].as_slice()));
        assert!(whole.is(key(None::<&[u8]>, None)));
        assert!(key(None::<&[u8]>, Some(&[2, 5])).is(whole));
        assert!(!key(Some([9].as_slice()), None).is(whole));
        assert!(!key(None, Some([2, 6].as_slice())).is(whole));
        assert!(!whole.is(PublicKey::Rsa { modulus: [1].as_slice(), exponent: &[1] }));
        assert!(!whole.is(PublicKey::<&[u8]>::NotRead));
    }
}
