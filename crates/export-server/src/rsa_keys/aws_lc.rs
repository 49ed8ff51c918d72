//! RSA of AWS-LC: in constant time, and fast.

mod public;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    self, KeyPair, KeySize, OAEP_SHA256_MGF1SHA256, OAEP_SHA512_MGF1SHA512,
    OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding,
};
use export_api::ports::{NewKeyPair, RsaKeysError};
use key_types::{HashAlgorithm, KeyAlgorithm, SecretKey};
use zeroize::Zeroizing;

pub(super) use self::public::{Receiver, encrypt, receiver, verify};

/// A private key, parsed.
pub(super) struct Key {
    signing: KeyPair,
    decrypting: OaepPrivateDecryptingKey,
    public_key: Vec<u8>,
}

impl Key {
    pub(super) fn generate(algorithm: KeyAlgorithm) -> Result<NewKeyPair, RsaKeysError> {
        let size = match algorithm {
            KeyAlgorithm::Rsa2048 => KeySize::Rsa2048,
            KeyAlgorithm::Rsa3072 => KeySize::Rsa3072,
            KeyAlgorithm::Rsa4096 => KeySize::Rsa4096,
            _ => return Err(RsaKeysError::NotOffered),
        };
        let pair = KeyPair::generate(size).map_err(unavailable)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(unavailable)?;
        let private_key =
            SecretKey::copied_from(der.as_ref()).map_err(|_| RsaKeysError::Unavailable)?;
        Ok(NewKeyPair { private_key, public_key: public_key(&pair)? })
    }

    pub(super) fn parse(pkcs8: &[u8]) -> Result<Self, RsaKeysError> {
        let damaged = |_| RsaKeysError::Damaged;
        let signing = KeyPair::from_pkcs8(pkcs8).map_err(damaged)?;
        let decrypting = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(damaged)?;
        let decrypting =
            OaepPrivateDecryptingKey::new(decrypting).map_err(|_| RsaKeysError::Damaged)?;
        let public_key = public_key(&signing)?;
        Ok(Self { signing, decrypting, public_key })
    }

    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    pub(super) fn sign(
        &self,
        hash: HashAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, RsaKeysError> {
        let padding: &'static dyn RsaEncoding = match hash {
            HashAlgorithm::Sha256 => &RSA_PKCS1_SHA256,
            HashAlgorithm::Sha384 => &RSA_PKCS1_SHA384,
            HashAlgorithm::Sha512 => &RSA_PKCS1_SHA512,
            _ => return Err(RsaKeysError::NotOffered),
        };
        // The library raises each result to the public exponent and compares, before it gives it out.
        let mut signature = vec![0; self.signing.public_modulus_len()];
        // This padding draws no randomness; the library draws its own for blinding.
        let unused = SystemRandom::new();
        self.signing.sign(padding, &unused, message, &mut signature).map_err(unavailable)?;
        Ok(signature)
    }

    pub(super) fn decrypt(
        &self,
        hash: HashAlgorithm,
        ciphertext: &[u8],
    ) -> Result<SecretKey, RsaKeysError> {
        let algorithm: &'static rsa::OaepAlgorithm = match hash {
            HashAlgorithm::Sha256 => &OAEP_SHA256_MGF1SHA256,
            HashAlgorithm::Sha512 => &OAEP_SHA512_MGF1SHA512,
            _ => return Err(RsaKeysError::NotOffered),
        };
        let mut room = Zeroizing::new(vec![0; self.decrypting.min_output_size()]);
        let plaintext = self
            .decrypting
            .decrypt(algorithm, ciphertext, &mut room, None)
            .map_err(|_| RsaKeysError::Decryption)?;
        SecretKey::copied_from(plaintext).map_err(|_| RsaKeysError::Decryption)
    }
}

fn public_key(pair: &KeyPair) -> Result<Vec<u8>, RsaKeysError> {
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(unavailable)?;
    Ok(der.as_ref().to_vec())
}

/// The library says nothing of why; with a key that parsed, it is memory or randomness.
const fn unavailable(_: Unspecified) -> RsaKeysError {
    RsaKeysError::Unavailable
}
