//! What nobody should send any more and receivers still get.

use key_types::{KeyAlgorithm, SecretKey};
use rand_core::TryCryptoRng;
use sha1::Sha1;
use sha2::Sha256;

use crate::oaep::{check_key, check_length};
use crate::{DecryptionFailed, Error, OaepDecrypt, PrivateKey};

/// Unwraps a key that was wrapped by OAEP with SHA-1 as hash and as hash of MGF1, the default of
/// older hosts. There is no function that wraps so.
///
/// # Errors
///
/// As [`unwrap`](crate::unwrap).
///
/// Standard: RFC 8017, 7.1.2 and A.2.1 (its defaults).
pub fn unwrap_sha1<R: TryCryptoRng + ?Sized>(
    key: &PrivateKey,
    algorithm: KeyAlgorithm,
    cryptogram: &[u8],
    random: &mut R,
) -> Result<SecretKey, Error> {
    check_length(key.modulus_length(), cryptogram)?;
    let unwrapped = key.decrypt_by::<Sha1, Sha1, Sha1>(&[], cryptogram, random)?;
    check_key(unwrapped, algorithm)
}

/// Decrypts a content key as the printed samples of TR-34 have it: SHA-256 for the label and for
/// the mask of the seed, SHA-1 for the mask of the data block.
///
/// No standard has this scheme; it is a slip of those who made the samples.
///
/// # Errors
///
/// [`DecryptionFailed`] for every reason there is.
pub fn decrypt_hybrid<R: TryCryptoRng + ?Sized>(
    key: &PrivateKey,
    cryptogram: &[u8],
    random: &mut R,
) -> Result<SecretKey, DecryptionFailed> {
    key.decrypt_by::<Sha256, Sha256, Sha1>(&[], cryptogram, random)
}
