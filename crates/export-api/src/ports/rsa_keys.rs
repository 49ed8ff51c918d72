//! The port for RSA: private keys, and what is done by public ones.

use core::future::Future;

use key_types::{HashAlgorithm, KeyAlgorithm, SecretKey};
use payment_pki::{Certificate, Verify};
use rsa_wrap::OaepEncrypt;

use crate::ports::{StoredIdentity, StoredKey};

/// A private key, by the name it is held under, with what it is read from the first time.
///
/// Whoever implements the port parses a name's material once and holds it; the material of a name
/// never changes.
#[derive(Debug)]
#[non_exhaustive]
pub struct PrivateKey {
    /// The name: the ARN of a key, or the name of an identity.
    pub name: String,
    /// The key, PKCS#8 in DER.
    pub material: SecretKey,
    /// The public key that has to belong to it, SubjectPublicKeyInfo in DER.
    pub public_key: Option<Vec<u8>>,
}

impl PrivateKey {
    /// A private key under any name.
    #[must_use]
    pub const fn new(name: String, material: SecretKey) -> Self {
        Self { name, material, public_key: None }
    }

    /// The same key, which is used only if it is the one that a certificate is of.
    #[must_use]
    pub fn of_certificate(mut self, certificate: &Certificate) -> Self {
        self.public_key = Some(certificate.subject_public_key_info_der().to_vec());
        self
    }

    /// The private key of a key pair of the store.
    #[must_use]
    pub fn of_key(key: StoredKey) -> Self {
        Self::new(key.key.arn().to_string(), key.material)
    }

    /// The private key of an identity, or `None` if it has none of its own.
    #[must_use]
    pub fn of_identity(identity: StoredIdentity) -> Option<Self> {
        let name = identity.identity.name().to_string();
        Some(Self::new(name, identity.private_key?))
    }
}

/// A key pair that was just made.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever implements the port makes this value")]
pub struct NewKeyPair {
    /// The private key, PKCS#8 in DER.
    pub private_key: SecretKey,
    /// The public key, SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
}

/// Why a private key was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "whoever implements the port makes this error")]
pub enum RsaKeysError {
    /// The keys cannot be used now; later they may.
    #[error("private RSA keys cannot be used now")]
    Unavailable,
    /// The material is no RSA key of this size.
    #[error("a stored RSA key does not parse")]
    Damaged,
    /// The key is another one than that of the public key given with it.
    #[error("a stored RSA key is not that of its certificate")]
    OtherKey,
    /// The algorithm or the hash is not one this implementation works with.
    #[error("this implementation of RSA does not offer the algorithm")]
    NotOffered,
    /// The ciphertext does not decrypt; why is not told.
    #[error("the ciphertext does not decrypt")]
    Decryption,
}

/// Makes and uses private RSA keys, off the threads that answer requests; and verifies and encrypts
/// by public ones, which is short enough to be done on these.
///
/// [`Verify`] and [`OaepEncrypt`] take and refuse exactly what the crates `payment-pki` and
/// `rsa-wrap` do by themselves: [`payment_pki::RustCrypto`] and [`rsa_wrap::RustCrypto`] will do.
/// Signatures that were verified may be remembered, as long as nothing else passes for them.
///
/// Standard: RFC 8017, 7.1 and 8.2.
pub trait RsaKeys: Verify + OaepEncrypt + Send + Sync {
    /// Makes a key pair with the public exponent 65537.
    ///
    /// # Errors
    ///
    /// [`RsaKeysError::NotOffered`] for what is no RSA algorithm, and
    /// [`RsaKeysError::Unavailable`].
    fn generate(
        &self,
        algorithm: KeyAlgorithm,
    ) -> impl Future<Output = Result<NewKeyPair, RsaKeysError>> + Send;

    /// The public key of a private key, SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    ///
    /// [`RsaKeysError::Damaged`] and [`RsaKeysError::Unavailable`].
    fn public_key(
        &self,
        key: PrivateKey,
    ) -> impl Future<Output = Result<Vec<u8>, RsaKeysError>> + Send;

    /// Signs a message by RSASSA-PKCS1-v1_5.
    ///
    /// What is given out was verified by the public key: a signature that was computed wrongly can
    /// give away the private key, so whoever implements this verifies it first, or has its library
    /// or device do so. Whoever calls relies on that and does not verify it again; that the key is
    /// the right one is for [`PrivateKey::public_key`].
    ///
    /// # Errors
    ///
    /// [`RsaKeysError::OtherKey`]; [`RsaKeysError::NotOffered`] for hashes other than SHA-256, SHA-384 and SHA-512, which
    /// every implementation offers; [`RsaKeysError::Damaged`] and [`RsaKeysError::Unavailable`].
    fn sign(
        &self,
        key: PrivateKey,
        hash: HashAlgorithm,
        message: Vec<u8>,
    ) -> impl Future<Output = Result<Vec<u8>, RsaKeysError>> + Send;

    /// Decrypts by RSAES-OAEP, with one hash for everything and an empty label.
    ///
    /// # Errors
    ///
    /// [`RsaKeysError::Decryption`] for every fault of the ciphertext, and the errors of
    /// [`sign`](Self::sign).
    fn decrypt(
        &self,
        key: PrivateKey,
        hash: HashAlgorithm,
        ciphertext: Vec<u8>,
    ) -> impl Future<Output = Result<SecretKey, RsaKeysError>> + Send;

    /// Lets go of what is held under a name, because its key was destroyed.
    fn forget(&self, name: &str);
}
