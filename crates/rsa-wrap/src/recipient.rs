//! Who receives: a public key that was looked at before anything is encrypted under it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use key_types::KeyAlgorithm;
use once_cell::race::OnceBox;
use rsa::{BoxedUint, PublicKey};
use spki::SubjectPublicKeyInfoRef;
use x509_cert::Certificate;
use x509_cert::der::asn1::AnyRef;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

use crate::Error;

/// A public key that keys may be wrapped under: of RSA, for encryption, with a modulus of 2048,
/// 3072 or 4096 bits and an odd public exponent of 65537 or more.
///
/// Whether the key is that of whom you think is not known here: that is for a certificate path,
/// which `payment-pki` validates.
///
/// Standard: RFC 8017, 3.1; RFC 3279, 2.3.1.
#[derive(Clone, Debug)]
pub struct Recipient {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    algorithm: KeyAlgorithm,
    /// What encrypting needs of the numbers, from the first time on.
    prepared: OnceBox<PublicKey>,
}

impl Recipient {
    /// Takes the public key out of a SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    ///
    /// [`Error::RecipientMalformed`], [`Error::RecipientAlgorithm`], [`Error::ModulusSize`],
    /// [`Error::ModulusEven`] or [`Error::Exponent`], in this order.
    pub fn from_subject_public_key_info(der: &[u8]) -> Result<Self, Error> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| Error::RecipientMalformed)?;
        if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
            return Err(Error::RecipientAlgorithm);
        }
        let bits = info.subject_public_key.as_bytes().ok_or(Error::RecipientMalformed)?;
        let numbers =
            rsa::pkcs1::RsaPublicKeyRef::from_der(bits).map_err(|_| Error::RecipientMalformed)?;
        let modulus = numbers.modulus.as_bytes();
        let algorithm = algorithm(modulus)?;
        if modulus.last().is_none_or(|last| last % 2 == 0) {
            return Err(Error::ModulusEven);
        }
        let exponent = numbers.public_exponent.as_bytes();
        check_exponent(exponent)?;
        if info.algorithm.parameters != Some(AnyRef::NULL) {
            return Err(Error::RecipientMalformed);
        }
        let (modulus, exponent) = (modulus.to_vec(), exponent.to_vec());
        Ok(Self { modulus, exponent, algorithm, prepared: OnceBox::new() })
    }

    /// Takes the public key out of a certificate in DER, unless the certificate says that the key
    /// is for something else.
    ///
    /// A certificate without extensions says nothing of its use and is taken.
    ///
    /// # Errors
    ///
    /// [`Error::RecipientMalformed`], [`Error::IsAuthority`], [`Error::KeyUsage`], then as
    /// [`from_subject_public_key_info`](Self::from_subject_public_key_info).
    ///
    /// Standard: RFC 5280, 4.2.1.3 and 4.2.1.9.
    pub fn from_certificate(der: &[u8]) -> Result<Self, Error> {
        let certificate = Certificate::from_der(der).map_err(|_| Error::RecipientMalformed)?;
        let content = certificate.tbs_certificate();
        // An extension that occurs twice says two things, and is refused by the lookup.
        let constraints = content.get_extension::<BasicConstraints>();
        if constraints.map_err(|_| Error::RecipientMalformed)?.is_some_and(|(_, it)| it.ca) {
            return Err(Error::IsAuthority);
        }
        let usage = content.get_extension::<KeyUsage>().map_err(|_| Error::RecipientMalformed)?;
        if usage.is_some_and(|(_, usage)| !usage.key_encipherment()) {
            return Err(Error::KeyUsage);
        }
        let info = content.subject_public_key_info().to_der();
        Self::from_subject_public_key_info(&info.map_err(|_| Error::RecipientMalformed)?)
    }

    /// The algorithm with its size, as [`KeyAlgorithm::Rsa2048`].
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The length of the modulus, and so of every cryptogram, in bytes.
    #[must_use]
    pub fn modulus_length(&self) -> usize {
        self.modulus.len()
    }

    /// The modulus: big-endian, without leading zeros, for whoever encrypts elsewhere.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The public exponent: big-endian, without leading zeros.
    #[must_use]
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    /// The key, prepared to encrypt under; the numbers were checked, so there is one.
    pub(crate) fn prepared(&self) -> Option<&PublicKey> {
        self.prepared.get_or_try_init(|| self.prepare().map(Box::new).ok_or(())).ok()
    }

    fn prepare(&self) -> Option<PublicKey> {
        let number = |bytes: &[u8]| {
            let bits = u32::try_from(bytes.len()).ok()?.checked_mul(8)?;
            BoxedUint::from_be_slice(bytes, bits).ok()
        };
        PublicKey::new(number(&self.modulus)?, number(&self.exponent)?).ok()
    }
}

/// The algorithm that a modulus, without leading zeros, makes.
pub(crate) fn algorithm(modulus: &[u8]) -> Result<KeyAlgorithm, Error> {
    let unused = modulus.first().map_or(0, |first| first.leading_zeros());
    let bits = modulus.len().saturating_mul(8);
    let bits = bits.saturating_sub(usize::try_from(unused).unwrap_or(usize::MAX));
    match bits {
        2048 => Ok(KeyAlgorithm::Rsa2048),
        3072 => Ok(KeyAlgorithm::Rsa3072),
        4096 => Ok(KeyAlgorithm::Rsa4096),
        bits => Err(Error::ModulusSize { bits }),
    }
}

/// Refuses what is even, below 65537, or longer than the 32 bits every implementation takes.
fn check_exponent(exponent: &[u8]) -> Result<(), Error> {
    const LEAST: u64 = 65_537;
    let mut value = 0_u64;
    for &byte in exponent {
        value = value.checked_mul(256).ok_or(Error::Exponent)?.saturating_add(byte.into());
    }
    let is_good = (LEAST..=u32::MAX.into()).contains(&value) && value % 2 == 1;
    if is_good { Ok(()) } else { Err(Error::Exponent) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_odd_and_neither_small_nor_long() {
        for (exponent, is_good) in [
            (&[1, 0, 1][..], true),
            (&[0xFF, 0xFF, 0xFF, 0xFF], true),
            (&[3], false),
            (&[0xFF, 0xFF], false),
            (&[1, 0, 2], false),
            (&[1, 0, 0, 0, 1], false),
            (&[1; 9], false),
            (&[], false),
        ] {
            assert_eq!(check_exponent(exponent).is_ok(), is_good, "{exponent:?}");
        }
    }

    #[test]
    fn sizes_are_counted_in_bits() {
        let mut modulus = [0xFF; 256];
        assert_eq!(algorithm(&modulus), Ok(KeyAlgorithm::Rsa2048));
        modulus[0] = 0x7F;
        assert_eq!(algorithm(&modulus), Err(Error::ModulusSize { bits: 2047 }));
        assert_eq!(algorithm(&[]), Err(Error::ModulusSize { bits: 0 }));
    }
}
