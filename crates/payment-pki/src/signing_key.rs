//! Who signs: a private key, here or in a device.

use alloc::vec::Vec;
use core::fmt;

use key_types::{HashAlgorithm, SecretKey};
use rand_core::TryCryptoRng;
use rsa::Pkcs1v15Sign;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use signature::hazmat::RandomizedPrehashSigner;
use spki::EncodePublicKey;

use crate::signature_algorithm::Scheme;
use crate::{Error, Member, SignatureAlgorithm};

/// A private key that signs, wherever it is held: in memory, in an HSM, behind PKCS#11.
///
/// Whatever is signed here can also be signed in two steps, for keys that answer later: first the
/// message is asked for, then the signature is handed in.
pub trait Sign {
    /// The algorithm of the signatures.
    fn signature_algorithm(&self) -> SignatureAlgorithm;

    /// Signs a message: the signature is a number as long as the modulus for RSA, and an
    /// ECDSA-Sig-Value in DER for elliptic curves.
    ///
    /// `random` is for blinding; a device ignores it.
    ///
    /// # Errors
    ///
    /// [`SigningFailed`].
    fn sign<R: TryCryptoRng + ?Sized>(
        &self,
        message: &[u8],
        random: &mut R,
    ) -> Result<Vec<u8>, SigningFailed>;
}

/// The device, or the randomness, did not do its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message was not signed")]
#[non_exhaustive]
pub struct SigningFailed;

/// A private key in memory that signs: of RSA, or on one of the curves P-256, P-384 and P-521.
/// It is wiped when dropped, and never printed; RSA is blinded.
///
/// ```
/// use getrandom::SysRng;
/// use key_types::{HashAlgorithm, SecretKey};
/// use payment_pki::{PublicKey, Sign, SigningKey};
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("tr34/build.json"))?;
/// # let pem = file.test_groups[0].tests[0].members["kdhKeyPem"].as_str().unwrap();
/// let der = SigningKey::der_from_pem(pem)?;
/// let key = SigningKey::from_pkcs8(&der, HashAlgorithm::Sha256)?;
/// let signature = key.sign(b"a message", &mut SysRng)?;
///
/// let public = PublicKey::from_subject_public_key_info(key.subject_public_key_info())?;
/// public.verify(key.signature_algorithm(), b"a message", &signature)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SigningKey {
    key: Key,
    algorithm: SignatureAlgorithm,
    subject_public_key_info: Vec<u8>,
}

enum Key {
    Rsa(rsa::PrivateKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
}

impl SigningKey {
    /// Reads a PrivateKeyInfo in DER; `hash` is that of every signature.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] if it is not exactly one consistent key of an algorithm that is known
    /// here, [`Error::AlgorithmUnknown`] if there is no signature algorithm of the key and `hash`.
    ///
    /// Standard: RFC 5958, 2.
    pub fn from_pkcs8(der: &SecretKey, hash: HashAlgorithm) -> Result<Self, Error> {
        use rsa::pkcs8::DecodePrivateKey;

        let der = der.expose_secret();
        let key = if let Ok(key) = rsa::PrivateKey::from_pkcs8_der(der) {
            Key::Rsa(key)
        } else if let Ok(key) = p256::ecdsa::SigningKey::from_pkcs8_der(der) {
            Key::P256(key)
        } else if let Ok(key) = p384::ecdsa::SigningKey::from_pkcs8_der(der) {
            Key::P384(key)
        } else if let Ok(key) = p521::ecdsa::SigningKey::from_pkcs8_der(der) {
            Key::P521(key)
        } else {
            return Err(Error::Malformed { member: Member::PrivateKey, at: 0 });
        };
        Self::new(key, hash)
    }

    /// Reads an RSAPrivateKey in DER; `hash` is that of every signature.
    ///
    /// # Errors
    ///
    /// As [`from_pkcs8`](Self::from_pkcs8).
    ///
    /// Standard: RFC 8017, A.1.2.
    pub fn from_pkcs1(der: &SecretKey, hash: HashAlgorithm) -> Result<Self, Error> {
        use rsa::pkcs1::DecodeRsaPrivateKey;

        let key = rsa::PrivateKey::from_pkcs1_der(der.expose_secret());
        Self::new(Key::Rsa(key.map_err(|_| MALFORMED)?), hash)
    }

    /// Takes the DER of a private key out of its PEM, whatever the label says.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`].
    ///
    /// Standard: RFC 7468, 10.
    pub fn der_from_pem(pem: &str) -> Result<SecretKey, Error> {
        let decoded = spki::der::pem::decode_vec(pem.as_bytes()).map_err(|_| MALFORMED)?;
        let der = zeroize::Zeroizing::new(decoded.1);
        SecretKey::copied_from(&der).map_err(|_| MALFORMED)
    }

    fn new(key: Key, hash: HashAlgorithm) -> Result<Self, Error> {
        let (scheme, public) = match &key {
            Key::Rsa(key) => (Scheme::RsaPkcs1, key.as_public_key().to_public_key_der()),
            Key::P256(key) => (Scheme::Ecdsa, key.verifying_key().to_public_key_der()),
            Key::P384(key) => (Scheme::Ecdsa, key.verifying_key().to_public_key_der()),
            Key::P521(key) => (Scheme::Ecdsa, key.verifying_key().to_public_key_der()),
        };
        let algorithm = SignatureAlgorithm::of(scheme, hash);
        Ok(Self {
            key,
            algorithm: algorithm.ok_or(Error::AlgorithmUnknown { member: Member::PrivateKey })?,
            subject_public_key_info: public.map_err(|_| MALFORMED)?.into_vec(),
        })
    }

    /// The public key as SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }
}

const MALFORMED: Error = Error::Malformed { member: Member::PrivateKey, at: 0 };

impl Sign for SigningKey {
    fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign<R: TryCryptoRng + ?Sized>(
        &self,
        message: &[u8],
        random: &mut R,
    ) -> Result<Vec<u8>, SigningFailed> {
        match self.algorithm.hash() {
            HashAlgorithm::Sha224 => self.key.sign::<Sha224, R>(message, random),
            HashAlgorithm::Sha384 => self.key.sign::<Sha384, R>(message, random),
            HashAlgorithm::Sha512 => self.key.sign::<Sha512, R>(message, random),
            _ => self.key.sign::<Sha256, R>(message, random),
        }
        .ok_or(SigningFailed)
    }
}

impl Key {
    fn sign<D: Digest + sha2::digest::const_oid::AssociatedOid, R: TryCryptoRng + ?Sized>(
        &self,
        message: &[u8],
        random: &mut R,
    ) -> Option<Vec<u8>> {
        let digest = D::digest(message);
        macro_rules! sign {
            ($key:expr, $curve:ident) => {{
                let signature: $curve::ecdsa::DerSignature =
                    $key.sign_prehash_with_rng(random, &digest).ok()?;
                Some(signature.as_bytes().to_vec())
            }};
        }
        match self {
            Self::Rsa(key) => key.sign_with_rng(random, Pkcs1v15Sign::new::<D>(), &digest).ok(),
            Self::P256(key) => sign!(key, p256),
            Self::P384(key) => sign!(key, p384),
            Self::P521(key) => sign!(key, p521),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({:?}, [elided])", self.algorithm)
    }
}
