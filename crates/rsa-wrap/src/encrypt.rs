//! Who encrypts: the arithmetic behind a wrapped key.

use alloc::vec::Vec;

use key_types::SecretKey;
use rand_core::TryCryptoRng;
use rsa::Oaep;
use sha2::{Sha256, Sha512};

use crate::{EncryptionFailed, Recipient, WrappingSpec};

/// Encrypts by OAEP under a public key, wherever the arithmetic is done: here, in another library,
/// in a device.
///
/// Standard: RFC 8017, 7.1.1.
pub trait OaepEncrypt {
    /// Encrypts a key that fits, with an empty label, into as many bytes as the modulus has.
    ///
    /// The seed comes from `random`; whoever has randomness of its own ignores it. The clear key
    /// is not copied to where it is not wiped.
    ///
    /// # Errors
    ///
    /// [`EncryptionFailed`] if there is no randomness, or a device does not answer.
    fn encrypt<R: TryCryptoRng + ?Sized>(
        &self,
        recipient: &Recipient,
        spec: WrappingSpec,
        key: &SecretKey,
        random: &mut R,
    ) -> Result<Vec<u8>, EncryptionFailed>;
}

/// Encrypts here, by the crate `rsa`, with a seed of the length of the hash that is drawn in one
/// piece.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it is a name for a way, and holds nothing")]
pub struct RustCrypto;

impl RustCrypto {
    /// Encrypts a key that fits, with an empty label, into as many bytes as the modulus has.
    ///
    /// # Errors
    ///
    /// [`EncryptionFailed`] if the source of randomness fails.
    ///
    /// Standard: RFC 8017, 7.1.1.
    pub fn encrypt<R: TryCryptoRng + ?Sized>(
        &self,
        recipient: &Recipient,
        spec: WrappingSpec,
        key: &SecretKey,
        random: &mut R,
    ) -> Result<Vec<u8>, EncryptionFailed> {
        let (public, key) = (recipient.prepared().ok_or(EncryptionFailed)?, key.expose_secret());
        let encrypted = match spec {
            WrappingSpec::RsaOaepSha256 => public.encrypt(random, Oaep::<Sha256>::new(), key),
            WrappingSpec::RsaOaepSha512 => public.encrypt(random, Oaep::<Sha512>::new(), key),
        };
        encrypted.map_err(|_| EncryptionFailed)
    }
}

impl OaepEncrypt for RustCrypto {
    fn encrypt<R: TryCryptoRng + ?Sized>(
        &self,
        recipient: &Recipient,
        spec: WrappingSpec,
        key: &SecretKey,
        random: &mut R,
    ) -> Result<Vec<u8>, EncryptionFailed> {
        self.encrypt(recipient, spec, key, random)
    }
}
