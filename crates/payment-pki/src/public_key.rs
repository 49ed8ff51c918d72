//! Public keys: read from certificates, and what they verify.

use alloc::vec::Vec;

use key_types::{HashAlgorithm, KeyAlgorithm};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use signature::hazmat::PrehashVerifier;
use spki::{DecodePublicKey, ObjectIdentifier, SubjectPublicKeyInfoRef};

use crate::rsa_numbers::RsaKey;
use crate::signature_algorithm::Scheme;
use crate::{Error, Member, RsaNumbers, SignatureAlgorithm};

/// A public key of RSA, or on one of the curves P-256, P-384 and P-521.
///
/// Standard: RFC 3279, 2.3.1; RFC 5480, 2.
#[derive(Clone, Debug)]
pub struct PublicKey {
    der: Vec<u8>,
    key: Key,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Rsa(RsaKey),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] if it is not exactly one, or its point is not on the curve;
    /// [`Error::AlgorithmUnknown`] for other algorithms and curves, and for RSA moduli below 1024
    /// or above 8192 bits.
    pub fn from_subject_public_key_info(der: &[u8]) -> Result<Self, Error> {
        let member = Member::PublicKey;
        let malformed = Error::Malformed { member, at: 0 };
        let unknown = Error::AlgorithmUnknown { member };
        let info: SubjectPublicKeyInfoRef<'_> = der.try_into().map_err(|_| malformed)?;
        let key = match (info.algorithm.oid, info.algorithm.parameters_oid().ok()) {
            (RSA_ENCRYPTION, _) => Key::Rsa(RsaKey::read(&info).ok_or(unknown)?),
            (EC_PUBLIC_KEY, Some(P256)) => {
                Key::P256(DecodePublicKey::from_public_key_der(der).map_err(|_| malformed)?)
            }
            (EC_PUBLIC_KEY, Some(P384)) => {
                Key::P384(DecodePublicKey::from_public_key_der(der).map_err(|_| malformed)?)
            }
            (EC_PUBLIC_KEY, Some(P521)) => {
                Key::P521(DecodePublicKey::from_public_key_der(der).map_err(|_| malformed)?)
            }
            _ => return Err(unknown),
        };
        Ok(Self { der: der.to_vec(), key })
    }

    /// The key as SubjectPublicKeyInfo in DER, as it was received.
    #[must_use]
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.der
    }

    /// The numbers of an RSA key, for whoever verifies by them elsewhere; `None` for an elliptic
    /// curve.
    #[must_use]
    pub fn rsa_numbers(&self) -> Option<RsaNumbers<'_>> {
        if let Key::Rsa(key) = &self.key { Some(key.numbers()) } else { None }
    }

    /// The algorithm with its size, or `None` for sizes of RSA that have no name there.
    #[must_use]
    pub fn algorithm(&self) -> Option<KeyAlgorithm> {
        match (&self.key, self.modulus_bits()) {
            (Key::P256(_), _) => Some(KeyAlgorithm::EccNistP256),
            (Key::P384(_), _) => Some(KeyAlgorithm::EccNistP384),
            (Key::P521(_), _) => Some(KeyAlgorithm::EccNistP521),
            (Key::Rsa(_), Some(2048)) => Some(KeyAlgorithm::Rsa2048),
            (Key::Rsa(_), Some(3072)) => Some(KeyAlgorithm::Rsa3072),
            (Key::Rsa(_), Some(4096)) => Some(KeyAlgorithm::Rsa4096),
            (Key::Rsa(_), _) => None,
        }
    }

    /// The size of an RSA modulus in bits, or `None` for an elliptic curve.
    #[must_use]
    pub fn modulus_bits(&self) -> Option<usize> {
        if let Key::Rsa(key) = &self.key { Some(key.modulus_bits()) } else { None }
    }

    /// How strong the key is, in bits, for comparison with other public keys.
    ///
    /// Standard: NIST SP 800-57 part 1 rev. 5, 5.6.1, table 2.
    pub(crate) fn strength(&self) -> u16 {
        match (self.algorithm(), self.modulus_bits()) {
            (Some(algorithm), _) => algorithm.strength().bits(),
            (None, Some(..=2047)) => 80,
            (None, Some(2048..=3071)) => KeyAlgorithm::Rsa2048.strength().bits(),
            (None, Some(3072..=4095)) => KeyAlgorithm::Rsa3072.strength().bits(),
            (None, _) => KeyAlgorithm::Rsa4096.strength().bits(),
        }
    }

    /// Verifies a signature over a message: the signature is a number as long as the modulus for
    /// RSA, and an ECDSA-Sig-Value in DER for elliptic curves.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`], also if the algorithm is not one for this key.
    ///
    /// Standard: RFC 8017, 8.2.2; FIPS 186-5, 6.4.2.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        let is_valid = match (&self.key, algorithm.scheme()) {
            (Key::Rsa(key), Scheme::RsaPkcs1) => key.prepared().is_some_and(|key| {
                match algorithm.hash() {
                    HashAlgorithm::Sha224 => key.pkcs1v15_verify::<Sha224>(message, signature),
                    HashAlgorithm::Sha384 => key.pkcs1v15_verify::<Sha384>(message, signature),
                    HashAlgorithm::Sha512 => key.pkcs1v15_verify::<Sha512>(message, signature),
                    _ => key.pkcs1v15_verify::<Sha256>(message, signature),
                }
                .is_ok()
            }),
            (key, Scheme::Ecdsa) => match algorithm.hash() {
                HashAlgorithm::Sha224 => key.ecdsa(&Sha224::digest(message), signature),
                HashAlgorithm::Sha384 => key.ecdsa(&Sha384::digest(message), signature),
                HashAlgorithm::Sha512 => key.ecdsa(&Sha512::digest(message), signature),
                _ => key.ecdsa(&Sha256::digest(message), signature),
            },
            _ => false,
        };
        if is_valid { Ok(()) } else { Err(Error::SignatureInvalid) }
    }
}

/// Two keys are the same if their numbers are, however they were encoded.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for PublicKey {}

impl Key {
    /// Whether an ECDSA signature is one over a hash.
    fn ecdsa(&self, hash: &[u8], signature: &[u8]) -> bool {
        macro_rules! verify {
            ($key:expr, $curve:ident) => {
                $curve::ecdsa::Signature::from_der(signature)
                    .is_ok_and(|signature| $key.verify_prehash(hash, &signature).is_ok())
            };
        }
        match self {
            Self::Rsa(_) => false,
            Self::P256(key) => verify!(key, p256),
            Self::P384(key) => verify!(key, p384),
            Self::P521(key) => verify!(key, p521),
        }
    }
}
