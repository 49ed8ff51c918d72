//! What is done by public RSA keys, by AWS-LC: short enough for the threads that answer requests.

use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OAEP_SHA512_MGF1SHA512, OaepAlgorithm, OaepPublicEncryptingKey,
    PublicEncryptingKey,
};
use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA384, RsaParameters, RsaPublicKeyComponents,
};
use key_types::SecretKey;
use payment_pki::{Error, PublicKey, SignatureAlgorithm};
use rand_core::TryCryptoRng;
use rsa_wrap::{EncryptionFailed, Recipient, WrappingSpec};

/// Verifies a signature; what AWS-LC does not offer is left to `payment-pki`.
///
/// The sizes of keys are not looked at twice: `payment-pki` reads none outside of these, and which
/// of them are trusted is for the policy of a path.
pub(in super::super) fn verify(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let parameters: &'static RsaParameters = match (algorithm, key.modulus_bits()) {
        (SignatureAlgorithm::RsaSha256, _) => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (SignatureAlgorithm::RsaSha384, Some(2048..)) => &RSA_PKCS1_2048_8192_SHA384,
        (SignatureAlgorithm::RsaSha512, _) => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        _ => return key.verify(algorithm, message, signature),
    };
    let numbers = key.rsa_numbers().ok_or(Error::SignatureInvalid)?;
    let key = RsaPublicKeyComponents { n: numbers.modulus, e: numbers.exponent };
    key.verify(parameters, message, signature).map_err(|_| Error::SignatureInvalid)
}

/// A public key that keys are encrypted under.
pub(in super::super) type Receiver = OaepPublicEncryptingKey;

/// Reads the numbers of a public key.
pub(in super::super) fn receiver(recipient: &Recipient) -> Result<Receiver, EncryptionFailed> {
    let numbers = RsaPublicKeyComponents { n: recipient.modulus(), e: recipient.exponent() };
    let public: PublicEncryptingKey = numbers.try_into().map_err(|_| EncryptionFailed)?;
    OaepPublicEncryptingKey::new(public).map_err(|_| EncryptionFailed)
}

/// Encrypts a key by OAEP, with randomness of AWS-LC, which wipes what it encodes.
pub(in super::super) fn encrypt<R: TryCryptoRng + ?Sized>(
    receiver: &Receiver,
    spec: WrappingSpec,
    key: &SecretKey,
    _: &mut R,
) -> Result<Vec<u8>, EncryptionFailed> {
    let algorithm: &'static OaepAlgorithm = match spec {
        WrappingSpec::RsaOaepSha256 => &OAEP_SHA256_MGF1SHA256,
        WrappingSpec::RsaOaepSha512 => &OAEP_SHA512_MGF1SHA512,
        _ => return Err(EncryptionFailed),
    };
    let mut encrypted = vec![0; receiver.ciphertext_size()];
    let written = receiver.encrypt(algorithm, key.expose_secret(), &mut encrypted, None);
    let length = written.map_err(|_| EncryptionFailed)?.len();
    encrypted.truncate(length);
    Ok(encrypted)
}
