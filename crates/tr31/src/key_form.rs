//! The form of asymmetric keys: exactly one DER value of the right shape.
//!
//! RSA keys are an `RSAPrivateKey` of PKCS #1, elliptic-curve keys an `ECPrivateKey` of SEC 1 with
//! a named curve. Only the shape is looked at: whether the numbers belong together is for the
//! library that uses the key.
//!
//! Standard: RFC 8017, appendix A.1.2; RFC 5915.

use key_types::AlgorithmFamily;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const PARAMETERS: u8 = 0xA0;
const PUBLIC_KEY: u8 = 0xA1;

/// Whether a key has the form that keys of its family have; others than asymmetric ones have none.
pub(crate) fn is_right(key: &[u8], family: AlgorithmFamily) -> bool {
    let form = match family {
        AlgorithmFamily::Rsa => rsa(key),
        AlgorithmFamily::EllipticCurve => elliptic_curve(key),
        AlgorithmFamily::Dsa => one(key, SEQUENCE).map(drop),
        _ => Some(()),
    };
    form.is_some()
}

/// Version 0 and the eight numbers of a two-prime key.
fn rsa(key: &[u8]) -> Option<()> {
    let (version, mut rest) = value(one(key, SEQUENCE)?, INTEGER)?;
    for _ in 0..8 {
        let (number, behind) = value(rest, INTEGER)?;
        // A number is positive and has no needless zero in front.
        match number {
            [0x00, second, ..] if *second >= 0x80 => {}
            [0x01..=0x7F, ..] => {}
            _ => return None,
        }
        rest = behind;
    }
    (version == [0] && rest.is_empty()).then_some(())
}

/// Version 1, the private number, and the curve and the public key where they are given.
fn elliptic_curve(key: &[u8]) -> Option<()> {
    let (version, rest) = value(one(key, SEQUENCE)?, INTEGER)?;
    let (private, mut rest) = value(rest, OCTET_STRING)?;
    if let Some((parameters, behind)) = value(rest, PARAMETERS) {
        one(parameters, OBJECT_IDENTIFIER)?;
        rest = behind;
    }
    if let Some((public, behind)) = value(rest, PUBLIC_KEY) {
        // No unused bits, and a point that is not the one at infinity.
        if !matches!(one(public, BIT_STRING)?, [0x00, 0x02..=0x04, _, ..]) {
            return None;
        }
        rest = behind;
    }
    (version == [1] && !private.is_empty() && rest.is_empty()).then_some(())
}

/// The content of the one value with this tag that `input` is.
fn one(input: &[u8], tag: u8) -> Option<&[u8]> {
    let (content, rest) = value(input, tag)?;
    rest.is_empty().then_some(content)
}

/// The content of the first value, which has this tag, and what stands behind it.
fn value(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = input.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0x00..=0x7F => (usize::from(first), rest),
        0x81 => {
            let (&length, rest) = rest.split_first()?;
            (usize::from(length), rest)
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    // The shortest form of a length is the only one.
    let shortest = match first {
        0x81 => 0x80,
        0x82 => 0x100,
        _ => 0,
    };
    if found != tag || length < shortest {
        return None;
    }
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// A key of the right shape with small numbers.
    fn rsa_key(version: u8) -> Vec<u8> {
        let numbers = [[INTEGER, 1, 3]; 8].concat();
        [&[SEQUENCE, 27, INTEGER, 1, version], numbers.as_slice()].concat()
    }

    const EC_KEY: &[u8] =
        &[SEQUENCE, 19, 2, 1, 1, 4, 1, 5, PARAMETERS, 3, 6, 1, 7, PUBLIC_KEY, 6, 3, 4, 0, 4, 1, 1];

    #[test]
    fn exactly_one_value_of_the_right_shape() {
        for (key, family) in
            [(rsa_key(0), AlgorithmFamily::Rsa), (EC_KEY.to_vec(), AlgorithmFamily::EllipticCurve)]
        {
            assert!(is_right(&key, family));
            for length in 0..key.len() {
                assert!(!is_right(&key[..length], family), "{length}");
            }
            assert!(!is_right(&[key.as_slice(), &[0]].concat(), family));
            let other = [AlgorithmFamily::Rsa, AlgorithmFamily::EllipticCurve];
            assert!(other.into_iter().filter(|&other| is_right(&key, other)).count() == 1);
        }
        assert!(!is_right(&rsa_key(1), AlgorithmFamily::Rsa));
    }

    #[test]
    fn lengths_have_one_form() {
        let mut key = rsa_key(0);
        key.splice(1..2, [0x81, 27]);
        assert!(!is_right(&key, AlgorithmFamily::Rsa));
        let negative =
            rsa_key(0).iter().map(|&byte| if byte == 3 { 0x80 } else { byte }).collect::<Vec<_>>();
        assert!(!is_right(&negative, AlgorithmFamily::Rsa));
    }
}
