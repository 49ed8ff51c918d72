//! Private keys that unwrap, in memory or in a device.

use alloc::vec::Vec;

use digest::Digest;
use key_types::{KeyAlgorithm, SecretKey};
use rand_core::TryCryptoRng;
use rsa::BoxedUint;
use rsa::hazmat::rsa_decrypt_and_check;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
use rsa::traits::PublicKeyParts;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use crate::{DecryptionFailed, Error, WrappingSpec, padding, recipient};

/// A private RSA key that decrypts by OAEP: in memory, in an HSM, behind PKCS#11.
///
/// The trait is dyn-compatible, so that a key in memory and one in a device can be chosen at run
/// time:
///
/// ```
/// use getrandom::SysRng;
/// use key_types::{KeyAlgorithm, SecretKey};
/// use rsa_wrap::{Error, OaepDecrypt, WrappingSpec};
///
/// fn receive(key: &dyn OaepDecrypt, cryptogram: &[u8]) -> Result<SecretKey, Error> {
///     let spec = WrappingSpec::RsaOaepSha256;
///     rsa_wrap::unwrap(key, spec, KeyAlgorithm::Tdes3Key, cryptogram, &mut SysRng)
/// }
/// ```
pub trait OaepDecrypt {
    /// Returns the length of the modulus in bytes.
    fn modulus_length(&self) -> usize;

    /// Decrypts a cryptogram of the length of the modulus, with an empty label.
    ///
    /// `random` is for blinding; a device ignores it. Its failure is that of this method, so
    /// that it can be passed on by `?`.
    ///
    /// # Errors
    ///
    /// [`DecryptionFailed`] for every reason, after the same time.
    fn decrypt(
        &self,
        spec: WrappingSpec,
        cryptogram: &[u8],
        random: &mut dyn TryCryptoRng<Error = DecryptionFailed>,
    ) -> Result<SecretKey, DecryptionFailed>;
}

/// A private RSA key in memory, which is wiped on drop and never printed.
///
/// Every operation is blinded with randomness that the caller gives.
pub struct PrivateKey {
    key: rsa::PrivateKey,
    algorithm: KeyAlgorithm,
    subject_public_key_info: Vec<u8>,
}

impl PrivateKey {
    /// Reads a PrivateKeyInfo in DER.
    ///
    /// # Errors
    ///
    /// [`Error::PrivateKeyMalformed`] if it is not exactly one consistent RSA key of 2048, 3072
    /// or 4096 bits.
    ///
    /// Standard: RFC 5958, 2.
    pub fn from_pkcs8(der: &SecretKey) -> Result<Self, Error> {
        Self::checked(rsa::PrivateKey::from_pkcs8_der(der.expose_secret()).ok())
    }

    /// Reads an RSAPrivateKey in DER.
    ///
    /// # Errors
    ///
    /// As [`from_pkcs8`](Self::from_pkcs8).
    ///
    /// Standard: RFC 8017, A.1.2.
    pub fn from_pkcs1(der: &SecretKey) -> Result<Self, Error> {
        Self::checked(rsa::PrivateKey::from_pkcs1_der(der.expose_secret()).ok())
    }

    fn checked(key: Option<rsa::PrivateKey>) -> Result<Self, Error> {
        let key = key.ok_or(Error::PrivateKeyMalformed)?;
        let algorithm = recipient::algorithm(&key.n_bytes());
        let public = key.as_public_key().to_public_key_der();
        Ok(Self {
            algorithm: algorithm.map_err(|_| Error::PrivateKeyMalformed)?,
            subject_public_key_info: public.map_err(|_| Error::PrivateKeyMalformed)?.into_vec(),
            key,
        })
    }

    /// The algorithm with its size, as [`KeyAlgorithm::Rsa2048`].
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The public key as SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    /// Decrypts a cryptogram of the length of the modulus, with an empty label; `random` blinds
    /// the operation.
    ///
    /// # Errors
    ///
    /// [`DecryptionFailed`] for every reason, after the same time.
    ///
    /// Standard: RFC 8017, 7.1.2.
    pub fn decrypt<R: TryCryptoRng + ?Sized>(
        &self,
        spec: WrappingSpec,
        cryptogram: &[u8],
        random: &mut R,
    ) -> Result<SecretKey, DecryptionFailed> {
        match spec {
            WrappingSpec::RsaOaepSha256 => {
                self.decrypt_by::<Sha256, Sha256, Sha256>(&[], cryptogram, random)
            }
            WrappingSpec::RsaOaepSha512 => {
                self.decrypt_by::<Sha512, Sha512, Sha512>(&[], cryptogram, random)
            }
        }
    }

    /// Decrypts by OAEP, blinded, with the hash of the label and those of the two masks as
    /// `L`, `S` and `B`.
    pub(crate) fn decrypt_by<L: Digest, S: Digest, B: Digest>(
        &self,
        label: &[u8],
        cryptogram: &[u8],
        random: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<SecretKey, DecryptionFailed> {
        let mut encoded = self.encoded_message(cryptogram, random).ok_or(DecryptionFailed)?;
        let message = padding::unmask::<L, S, B>(&mut encoded, label);
        let message = message.and_then(|range| encoded.get(range)).ok_or(DecryptionFailed)?;
        SecretKey::copied_from(message).map_err(|_| DecryptionFailed)
    }

    /// The encoded message in a cryptogram, as long as the modulus.
    ///
    /// Standard: RFC 8017, 7.1.2, step 2.
    pub(crate) fn encoded_message(
        &self,
        cryptogram: &[u8],
        random: &mut (impl TryCryptoRng + ?Sized),
    ) -> Option<Zeroizing<Vec<u8>>> {
        let number = BoxedUint::from_be_slice(cryptogram, self.key.n_bits_precision()).ok()?;
        let clear = rsa_decrypt_and_check(&self.key, Some(random), &number).ok()?;
        // The sizes of moduli here are whole words, so no byte is left over.
        Some(Zeroizing::new(Zeroizing::new(clear).to_be_bytes().into_vec()))
    }
}

impl OaepDecrypt for PrivateKey {
    fn modulus_length(&self) -> usize {
        self.key.size()
    }

    fn decrypt(
        &self,
        spec: WrappingSpec,
        cryptogram: &[u8],
        random: &mut dyn TryCryptoRng<Error = DecryptionFailed>,
    ) -> Result<SecretKey, DecryptionFailed> {
        self.decrypt(spec, cryptogram, random)
    }
}

impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "PrivateKey({}, [elided])", self.algorithm)
    }
}
