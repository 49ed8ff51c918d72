//! Public RSA keys: two numbers, which are checked when they are read.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use once_cell::race::OnceBox;
use rsa::BoxedUint;
use rsa::pkcs1::RsaPublicKeyRef;
use spki::SubjectPublicKeyInfoRef;
use spki::der::Decode;
use spki::der::asn1::AnyRef;

/// The sizes of moduli that are read, in bits.
const BITS: RangeInclusive<usize> = 1024..=8192;

/// The public exponents that are read, odd ones of them.
const EXPONENTS: RangeInclusive<u64> = 3..=(1 << 33) - 1;

/// A public RSA key as its two numbers: big-endian, without leading zeros.
///
/// Standard: RFC 8017, 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RsaNumbers<'a> {
    /// The modulus: odd, of 1024 to 8192 bits.
    pub modulus: &'a [u8],
    /// The public exponent: odd, from 3 to 2^33 - 1.
    pub exponent: &'a [u8],
}

/// The numbers of a public RSA key. What verifying needs of them takes longer to prepare than a
/// certificate to read, and is prepared when something is verified first.
#[derive(Clone, Debug)]
pub(crate) struct RsaKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    prepared: OnceBox<rsa::PublicKey>,
}

impl PartialEq for RsaKey {
    fn eq(&self, other: &Self) -> bool {
        self.numbers() == other.numbers()
    }
}

impl Eq for RsaKey {}

impl RsaKey {
    /// Reads a key, or gives `None` for everything that is not one to verify by.
    pub(crate) fn read(info: &SubjectPublicKeyInfoRef<'_>) -> Option<Self> {
        if info.algorithm.parameters != Some(AnyRef::NULL) {
            return None;
        }
        let numbers = RsaPublicKeyRef::from_der(info.subject_public_key.as_bytes()?).ok()?;
        let (modulus, exponent) = (numbers.modulus.as_bytes(), numbers.public_exponent.as_bytes());
        let mut value = 0_u64;
        for &byte in exponent {
            value = value.checked_mul(256)?.saturating_add(byte.into());
        }
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
        let prepared = OnceBox::new();
        let key = Self { modulus: modulus.to_vec(), exponent: exponent.to_vec(), prepared };
        let is_good = BITS.contains(&key.modulus_bits())
            && EXPONENTS.contains(&value)
            && is_odd(modulus)
            && is_odd(exponent);
        is_good.then_some(key)
    }

    pub(crate) fn numbers(&self) -> RsaNumbers<'_> {
        RsaNumbers { modulus: &self.modulus, exponent: &self.exponent }
    }

    pub(crate) fn modulus_bits(&self) -> usize {
        let unused = self.modulus.first().map_or(0, |first| first.leading_zeros());
        let bits = self.modulus.len().saturating_mul(8);
        bits.saturating_sub(usize::try_from(unused).unwrap_or(0))
    }

    /// The key, prepared to verify by.
    pub(crate) fn prepared(&self) -> Option<&rsa::PublicKey> {
        self.prepared.get_or_try_init(|| self.prepare().map(Box::new).ok_or(())).ok()
    }

    fn prepare(&self) -> Option<rsa::PublicKey> {
        let number = |bytes: &[u8]| {
            let bits = u32::try_from(bytes.len()).ok()?.checked_mul(8)?;
            BoxedUint::from_be_slice(bytes, bits).ok()
        };
        rsa::PublicKey::new(number(&self.modulus)?, number(&self.exponent)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use rsa::pkcs8::DecodePublicKey;

    use super::*;
    use crate::writer::sequence;

    fn integer(bytes: &[u8]) -> Vec<u8> {
        let sign: &[u8] = if bytes.first().is_some_and(|first| *first > 0x7F) { &[0] } else { &[] };
        element(0x02, &[sign, bytes].concat())
    }

    fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
        let mut whole = sequence(&[contents]);
        whole[0] = tag;
        whole
    }

    /// A SubjectPublicKeyInfo of these numbers.
    fn info(modulus: &[u8], exponent: &[u8], parameters: &[u8]) -> Vec<u8> {
        let oid = [0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
        let numbers = sequence(&[&integer(modulus), &integer(exponent)]);
        let bits = element(0x03, &[&[0], &numbers[..]].concat());
        sequence(&[&sequence(&[&oid, parameters]), &bits])
    }

    /// Whether a key is read has to be the same here and in the crate that verifies by it.
    #[test]
    fn the_same_keys_are_read_as_are_verified_by() {
        const NULL: &[u8] = &[5, 0];
        let modulus = |length: usize, first: u8, last: u8| {
            let mut bytes = alloc::vec![0x5A; length];
            (bytes[0], bytes[length - 1]) = (first, last);
            bytes
        };
        let usual = modulus(256, 0xC1, 0x0B);
        let (odd, even) = ([1, 0, 1], [1, 0, 0]);
        let most = [1, 0xFF, 0xFF, 0xFF, 0xFF];
        let mut read = 0;
        for (modulus, exponent, parameters, is_good) in [
            (usual.clone(), &odd[..], NULL, true),
            (usual.clone(), &[3], NULL, true),
            (usual.clone(), &most, NULL, true),
            (usual.clone(), &[2, 0, 0, 0, 1], NULL, false),
            (usual.clone(), &[1, 0, 0, 0, 0, 0, 0, 0, 1], NULL, false),
            (usual.clone(), &[1], NULL, false),
            (usual.clone(), &[2], NULL, false),
            (usual.clone(), &even, NULL, false),
            (usual.clone(), &[0], NULL, false),
            (usual.clone(), &odd, &[], false),
            (usual, &odd, &[5, 1, 0], false),
            (modulus(256, 0xC1, 0x0A), &odd, NULL, false),
            (modulus(128, 0x80, 1), &odd, NULL, true),
            (modulus(128, 0x7F, 1), &odd, NULL, false),
            (modulus(257, 0x01, 1), &odd, NULL, true),
            (modulus(1024, 0xFF, 1), &odd, NULL, true),
            (modulus(1025, 0x01, 1), &odd, NULL, false),
        ] {
            let der = info(&modulus, exponent, parameters);
            let there = rsa::PublicKey::from_public_key_der(&der).ok();
            let here = SubjectPublicKeyInfoRef::from_der(&der).ok();
            let here = here.and_then(|info| RsaKey::read(&info));
            assert_eq!(there.is_some(), is_good, "{} {exponent:?}", modulus.len());
            assert_eq!(here.as_ref().and_then(RsaKey::prepared), there.as_ref(), "{exponent:?}");
            read += usize::from(here.is_some());
        }
        assert_eq!(read, 6);
    }
}
