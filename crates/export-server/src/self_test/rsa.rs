//! RSA as the server works with it, private keys and public ones, by its own port.

use export_api::ports::{PrivateKey, RsaKeys};
use getrandom::SysRng;
use key_types::{HashAlgorithm, SecretKey};
use payment_pki::{PublicKey, SignatureAlgorithm, Verify};
use rsa_wrap::{Recipient, WrappingSpec};

use super::SelfTestError;
use super::algorithms::Broken;
use crate::rsa_keys::LocalRsaKeys;

const HASH: HashAlgorithm = HashAlgorithm::Sha256;

/// A private key of the test, parsed once for all that is done with it.
#[derive(Default)]
pub(super) struct Rsa {
    keys: LocalRsaKeys,
}

/// Has the library for private keys gather its randomness.
pub(super) fn seed() -> Result<(), SelfTestError> {
    #[cfg(feature = "aws-lc")]
    aws_lc_rs::rand::fill(&mut [0; 16])
        .map_err(|_| SelfTestError::Random { problem: "that of AWS-LC does not answer" })?;
    Ok(())
}

impl Rsa {
    /// Opens a cryptogram, and one that is made of what was in it.
    pub(super) async fn decrypted(&self, key: &[u8], cryptogram: &[u8]) -> Result<Vec<u8>, Broken> {
        let opened = self.open(key, cryptogram.to_vec()).await?;
        let info = self.keys.public_key(named(key)?).await.map_err(|_| Broken)?;
        let recipient = Recipient::from_subject_public_key_info(&info).map_err(|_| Broken)?;
        let spec = WrappingSpec::RsaOaepSha256;
        let again = rsa_wrap::wrap_with(&self.keys, &recipient, spec, &opened, &mut SysRng);
        let again = self.open(key, again.map_err(|_| Broken)?).await?;
        let opened = opened.expose_secret();
        if again.expose_secret() == opened { Ok(opened.to_vec()) } else { Err(Broken) }
    }

    /// Signs, and verifies the signature.
    pub(super) async fn signed(&self, key: &[u8], message: &[u8]) -> Result<Vec<u8>, Broken> {
        let signature = self.keys.sign(named(key)?, HASH, message.to_vec()).await;
        let signature = signature.map_err(|_| Broken)?;
        let info = self.keys.public_key(named(key)?).await.map_err(|_| Broken)?;
        let public = PublicKey::from_subject_public_key_info(&info).map_err(|_| Broken)?;
        let algorithm = SignatureAlgorithm::RsaSha256;
        self.keys.verify(&public, algorithm, message, &signature).map_err(|_| Broken)?;
        let altered = [message, b"."].concat();
        if self.keys.verify(&public, algorithm, &altered, &signature).is_ok() {
            return Err(Broken);
        }
        Ok(signature)
    }

    async fn open(&self, key: &[u8], cryptogram: Vec<u8>) -> Result<SecretKey, Broken> {
        self.keys.decrypt(named(key)?, HASH, cryptogram).await.map_err(|_| Broken)
    }
}

fn named(key: &[u8]) -> Result<PrivateKey, Broken> {
    let key = SecretKey::copied_from(key).map_err(|_| Broken)?;
    Ok(PrivateKey::new("the key of the self-test".to_owned(), key))
}
