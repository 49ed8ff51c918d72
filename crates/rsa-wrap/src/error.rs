//! What can be wrong with a recipient, a key or a cryptogram.

use key_types::KeyAlgorithm;

/// Why there is no recipient, no cryptogram or no key.
///
/// Everything that is wrong inside a cryptogram is the one
/// [`UnwrapFailed`](Self::UnwrapFailed): which check failed would tell a sender who may try often
/// what the key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not exactly one public key, or one certificate, in DER.
    #[error("the recipient is not exactly one public key or certificate in DER")]
    RecipientMalformed,
    /// The public key is not one of RSA for encryption, such as one of an elliptic curve or one
    /// that is for RSASSA-PSS alone.
    #[error("the public key of the recipient is not of the algorithm rsaEncryption")]
    RecipientAlgorithm,
    /// The modulus has another size than 2048, 3072 or 4096 bits.
    #[error("the modulus of the recipient has {bits} bits, not 2048, 3072 or 4096")]
    ModulusSize {
        /// Its size in bits.
        bits: usize,
    },
    /// The modulus is even, so the key is no RSA key.
    #[error("the modulus of the recipient is even")]
    ModulusEven,
    /// The public exponent is even, below 65537, or has more than 32 bits.
    #[error("the public exponent of the recipient is not an odd number of 65537 or more")]
    Exponent,
    /// The certificate says that its key is not for encrypting keys.
    #[error("the key usage of the certificate does not include keyEncipherment")]
    KeyUsage,
    /// The certificate is that of a certification authority, which receives no keys.
    #[error("the certificate is that of a certification authority")]
    IsAuthority,
    /// The private key is not an RSA key of a size that receives keys, in DER.
    #[error("the private key is not an RSA key of 2048, 3072 or 4096 bits in PKCS#8 or PKCS#1")]
    PrivateKeyMalformed,
    /// The key does not fit under the modulus.
    #[error("a key of {found} bytes does not fit: at most {capacity}")]
    KeyTooLong {
        /// The longest key in bytes that fits.
        capacity: usize,
        /// The length of the key in bytes.
        found: usize,
    },
    /// The cryptogram is not exactly as long as the modulus.
    #[error("the cryptogram has {found} bytes, the modulus {expected}")]
    CiphertextLength {
        /// The length of the modulus in bytes.
        expected: usize,
        /// The length of the cryptogram in bytes.
        found: usize,
    },
    /// The cryptogram does not unwrap.
    #[error("the cryptogram does not unwrap under this key")]
    UnwrapFailed,
    /// The key inside has a length that its algorithm does not have.
    #[error("the key in the cryptogram does not have the length of {algorithm}")]
    KeyLengthForAlgorithm {
        /// The algorithm the key is said to be of.
        algorithm: KeyAlgorithm,
    },
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    RandomnessFailed,
}

impl Error {
    /// The stable name of the kind of error, as test vectors give it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RecipientMalformed => "RecipientMalformed",
            Self::RecipientAlgorithm => "RecipientAlgorithm",
            Self::ModulusSize { .. } => "ModulusSize",
            Self::ModulusEven => "ModulusEven",
            Self::Exponent => "Exponent",
            Self::KeyUsage => "KeyUsage",
            Self::IsAuthority => "IsAuthority",
            Self::PrivateKeyMalformed => "PrivateKeyMalformed",
            Self::KeyTooLong { .. } => "KeyTooLong",
            Self::CiphertextLength { .. } => "CiphertextLength",
            Self::UnwrapFailed => "UnwrapFailed",
            Self::KeyLengthForAlgorithm { .. } => "KeyLengthForAlgorithm",
            Self::RandomnessFailed => "RandomnessFailed",
        }
    }
}

/// A key was not encrypted, because there was no randomness or a device did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key was not encrypted")]
#[expect(clippy::exhaustive_structs, reason = "whoever encrypts makes this error")]
pub struct EncryptionFailed;

/// A private key did not decrypt; why is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the private key did not decrypt")]
#[expect(clippy::exhaustive_structs, reason = "whoever holds a private key makes this error")]
pub struct DecryptionFailed;

impl From<DecryptionFailed> for Error {
    fn from(_: DecryptionFailed) -> Self {
        Self::UnwrapFailed
    }
}
