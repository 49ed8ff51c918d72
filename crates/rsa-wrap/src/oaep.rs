//! Wrapping and unwrapping by RSAES-OAEP.

use alloc::vec::Vec;

use key_types::{KeyAlgorithm, SecretKey};
use rand_core::TryCryptoRng;

use crate::randomness::FailingAs;
use crate::{
    DecryptionFailed, EncryptionFailed, Error, OaepDecrypt, OaepEncrypt, Recipient, RustCrypto,
    WrappingSpec,
};

/// Wraps a key under the public key of a recipient.
///
/// The cryptogram is as long as the modulus. It says nothing of the key but the key itself: who
/// sent it and what the key is for travels beside it, if at all. The seed is drawn from `random`
/// in one piece, of the length of the hash, so that a known seed gives a known cryptogram.
///
/// ```
/// use getrandom::SysRng;
/// use key_types::{KeyAlgorithm, SecretKey};
/// use rsa_wrap::{PrivateKey, Recipient, WrappingSpec};
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("rsa-wrap/unwrap.json"))?;
/// # let pem = file.test_groups[0].tests[0].members["privateKeyPem"].as_str().unwrap();
/// # let (_, der) = x509_cert::der::pem::decode_vec(pem.as_bytes())?;
/// let private = PrivateKey::from_pkcs8(&SecretKey::copied_from(&der)?)?;
/// let recipient = Recipient::from_subject_public_key_info(private.subject_public_key_info())?;
///
/// let key = SecretKey::filled_by(24, |bytes| bytes.fill(0x3F))?;
/// let spec = WrappingSpec::RsaOaepSha256;
/// let cryptogram = rsa_wrap::wrap(&recipient, spec, &key, &mut SysRng)?;
/// assert_eq!(cryptogram.len(), recipient.modulus_length());
///
/// let algorithm = KeyAlgorithm::Tdes3Key;
/// let unwrapped = rsa_wrap::unwrap(&private, spec, algorithm, &cryptogram, &mut SysRng)?;
/// assert_eq!(unwrapped.length(), 24);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::KeyTooLong`] if the key does not fit, [`Error::RandomnessFailed`].
///
/// Standard: RFC 8017, 7.1.1.
pub fn wrap<R: TryCryptoRng + ?Sized>(
    recipient: &Recipient,
    spec: WrappingSpec,
    key: &SecretKey,
    random: &mut R,
) -> Result<Vec<u8>, Error> {
    wrap_with(&RustCrypto, recipient, spec, key, random)
}

/// As [`wrap`], with the encryption done by somebody else.
///
/// # Errors
///
/// As [`wrap`].
///
/// Standard: RFC 8017, 7.1.1.
pub fn wrap_with<E: OaepEncrypt, R: TryCryptoRng + ?Sized>(
    encryptor: &E,
    recipient: &Recipient,
    spec: WrappingSpec,
    key: &SecretKey,
    random: &mut R,
) -> Result<Vec<u8>, Error> {
    let capacity = spec.capacity(recipient.modulus_length()).unwrap_or(0);
    if key.length() > capacity {
        return Err(Error::KeyTooLong { capacity, found: key.length() });
    }
    let wrapped = encryptor.encrypt(recipient, spec, key, random);
    // The public key and the length were checked before, so nothing else is left to fail.
    wrapped.map_err(|EncryptionFailed| Error::RandomnessFailed)
}

/// Unwraps a key of the given algorithm.
///
/// `random` blinds the private operation; a device that holds the key itself ignores it.
///
/// # Errors
///
/// [`Error::CiphertextLength`] if the cryptogram is not as long as the modulus,
/// [`Error::UnwrapFailed`] for whatever is wrong inside, and
/// [`Error::KeyLengthForAlgorithm`] if what came out is no key of `algorithm`, which a caller who
/// answers strangers should not tell apart.
///
/// Standard: RFC 8017, 7.1.2.
pub fn unwrap<K: OaepDecrypt + ?Sized, R: TryCryptoRng + ?Sized>(
    key: &K,
    spec: WrappingSpec,
    algorithm: KeyAlgorithm,
    cryptogram: &[u8],
    random: &mut R,
) -> Result<SecretKey, Error> {
    check_length(key.modulus_length(), cryptogram)?;
    check_key(decrypt_with(key, spec, cryptogram, random)?, algorithm)
}

/// Decrypts a cryptogram of the length of the modulus by a key that may be in a device, whatever
/// the failures of `random` are.
///
/// [`unwrap`] checks lengths too.
///
/// # Errors
///
/// [`DecryptionFailed`] for every reason.
///
/// Standard: RFC 8017, 7.1.2.
pub fn decrypt_with<K: OaepDecrypt + ?Sized, R: TryCryptoRng + ?Sized>(
    key: &K,
    spec: WrappingSpec,
    cryptogram: &[u8],
    random: &mut R,
) -> Result<SecretKey, DecryptionFailed> {
    key.decrypt(spec, cryptogram, &mut FailingAs { random, failure: DecryptionFailed })
}

pub(crate) const fn check_length(expected: usize, cryptogram: &[u8]) -> Result<(), Error> {
    let found = cryptogram.len();
    if found == expected { Ok(()) } else { Err(Error::CiphertextLength { expected, found }) }
}

pub(crate) fn check_key(key: SecretKey, algorithm: KeyAlgorithm) -> Result<SecretKey, Error> {
    match algorithm.key_length() {
        Some(length) if length == key.length() => Ok(key),
        _ => Err(Error::KeyLengthForAlgorithm { algorithm }),
    }
}
