//! RSA of the `rsa` crate, with blinding: for builds that keep private keys out of C.

use export_api::ports::{NewKeyPair, RsaKeysError};
use getrandom::SysRng;
use key_types::{HashAlgorithm, KeyAlgorithm, SecretKey};
use payment_pki::{Error, PublicKey, SignatureAlgorithm};
use rand_core::TryCryptoRng;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use rsa::{Pkcs1v15Sign, PrivateKey};
use rsa_wrap::{EncryptionFailed, OaepDecrypt, OaepEncrypt, Recipient, WrappingSpec};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// A private key, parsed.
pub(super) struct Key {
    key: PrivateKey,
    decrypting: rsa_wrap::PrivateKey,
}

impl Key {
    pub(super) fn generate(algorithm: KeyAlgorithm) -> Result<NewKeyPair, RsaKeysError> {
        let bits = match algorithm {
            KeyAlgorithm::Rsa2048 => 2048,
            KeyAlgorithm::Rsa3072 => 3072,
            KeyAlgorithm::Rsa4096 => 4096,
            _ => return Err(RsaKeysError::NotOffered),
        };
        let key = PrivateKey::new(&mut SysRng, bits).map_err(|_| RsaKeysError::Unavailable)?;
        let der = key.to_pkcs8_der().map_err(|_| RsaKeysError::Unavailable)?;
        let private_key =
            SecretKey::copied_from(der.as_bytes()).map_err(|_| RsaKeysError::Unavailable)?;
        let public_key = key.as_public_key().to_public_key_der();
        let public_key = public_key.map_err(|_| RsaKeysError::Unavailable)?.into_vec();
        Ok(NewKeyPair { private_key, public_key })
    }

    pub(super) fn parse(pkcs8: &[u8]) -> Result<Self, RsaKeysError> {
        let key = PrivateKey::from_pkcs8_der(pkcs8).map_err(|_| RsaKeysError::Damaged)?;
        let material = SecretKey::copied_from(pkcs8).map_err(|_| RsaKeysError::Damaged)?;
        let decrypting =
            rsa_wrap::PrivateKey::from_pkcs8(&material).map_err(|_| RsaKeysError::Damaged)?;
        Ok(Self { key, decrypting })
    }

    pub(super) fn public_key(&self) -> &[u8] {
        self.decrypting.subject_public_key_info()
    }

    pub(super) fn sign(
        &self,
        hash: HashAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, RsaKeysError> {
        // The crate raises each result to the public exponent and compares, before it gives it out.
        let signature = match hash {
            HashAlgorithm::Sha256 => {
                let padding = Pkcs1v15Sign::new::<Sha256>();
                self.key.sign_with_rng(&mut SysRng, padding, &Sha256::digest(message))
            }
            HashAlgorithm::Sha384 => {
                let padding = Pkcs1v15Sign::new::<Sha384>();
                self.key.sign_with_rng(&mut SysRng, padding, &Sha384::digest(message))
            }
            HashAlgorithm::Sha512 => {
                let padding = Pkcs1v15Sign::new::<Sha512>();
                self.key.sign_with_rng(&mut SysRng, padding, &Sha512::digest(message))
            }
            _ => return Err(RsaKeysError::NotOffered),
        };
        signature.map_err(|_| RsaKeysError::Unavailable)
    }

    pub(super) fn decrypt(
        &self,
        hash: HashAlgorithm,
        ciphertext: &[u8],
    ) -> Result<SecretKey, RsaKeysError> {
        // Padding is taken off by `rsa-wrap`: the crate `rsa` does not look at the first byte.
        let spec = match hash {
            HashAlgorithm::Sha256 => WrappingSpec::RsaOaepSha256,
            HashAlgorithm::Sha512 => WrappingSpec::RsaOaepSha512,
            _ => return Err(RsaKeysError::NotOffered),
        };
        if ciphertext.len() != self.decrypting.modulus_length() {
            return Err(RsaKeysError::Decryption);
        }
        let decrypted = self.decrypting.decrypt(spec, ciphertext, &mut SysRng);
        decrypted.map_err(|_| RsaKeysError::Decryption)
    }
}

/// Verifies a signature.
pub(super) fn verify(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    key.verify(algorithm, message, signature)
}

/// A public key that keys are encrypted under.
pub(super) type Receiver = Recipient;

/// The key as it is: it prepares itself the first time it is used.
pub(super) fn receiver(recipient: &Recipient) -> Result<Receiver, EncryptionFailed> {
    Ok(recipient.clone())
}

/// Encrypts a key by OAEP.
pub(super) fn encrypt<R: TryCryptoRng + ?Sized>(
    recipient: &Receiver,
    spec: WrappingSpec,
    key: &SecretKey,
    random: &mut R,
) -> Result<Vec<u8>, EncryptionFailed> {
    rsa_wrap::RustCrypto.encrypt(recipient, spec, key, random)
}
