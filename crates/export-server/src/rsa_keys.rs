//! Private RSA keys: parsed once, held, and used on threads of their own.

#[cfg(feature = "aws-lc")]
mod aws_lc;
mod held;
#[cfg(all(feature = "rustcrypto-rsa", not(feature = "aws-lc")))]
mod rust_crypto;

#[cfg(not(any(feature = "aws-lc", feature = "rustcrypto-rsa")))]
compile_error!("choose who works with private RSA keys: feature `aws-lc` or `rustcrypto-rsa`");

use std::sync::Arc;
use std::thread;

use export_api::ports::{NewKeyPair, PrivateKey, RsaKeys, RsaKeysError};
use key_types::{HashAlgorithm, KeyAlgorithm, SecretKey, wiping_stack};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

#[cfg(feature = "aws-lc")]
use self::aws_lc::Key;
use self::held::HeldKeys;
#[cfg(all(feature = "rustcrypto-rsa", not(feature = "aws-lc")))]
use self::rust_crypto::Key;

/// Private RSA keys in the memory of this process.
///
/// A key is parsed the first time it is used and then held under its name; at most
/// [`LocalRsaKeys::HELD`] are held, and the one used least recently makes room. Private operations
/// run on threads for blocking work, no more at once than the machine has cores, so that whoever
/// answers other requests is not kept waiting. Key pairs are made one at a time.
///
/// A handle: clones share what is held.
#[derive(Clone, Debug)]
pub struct LocalRsaKeys {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    held: HeldKeys<Key>,
    private_operations: Arc<Semaphore>,
    generations: Arc<Semaphore>,
}

impl LocalRsaKeys {
    /// How many parsed keys are held at most.
    pub const HELD: usize = 1024;

    /// No keys yet.
    #[must_use]
    pub fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let inner = Inner {
            held: HeldKeys::new(Self::HELD),
            private_operations: Arc::new(Semaphore::new(cores)),
            generations: Arc::new(Semaphore::new(1)),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Uses a key on a thread for blocking work.
    async fn with_key<T: Send + 'static>(
        &self,
        key: PrivateKey,
        work: impl FnOnce(&Key) -> Result<T, RsaKeysError> + Send + 'static,
    ) -> Result<T, RsaKeysError> {
        let inner = Arc::clone(&self.inner);
        run(&self.inner.private_operations, move || {
            let key = inner.held.key(&key.name, || Key::parse(key.material.expose_secret()))?;
            work(&key)
        })
        .await
    }
}

impl Default for LocalRsaKeys {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs blocking work when there is a permit for it; a panic in it is not passed on.
async fn run<T: Send + 'static>(
    permits: &Arc<Semaphore>,
    work: impl FnOnce() -> Result<T, RsaKeysError> + Send + 'static,
) -> Result<T, RsaKeysError> {
    let permits = Arc::clone(permits);
    let permit = permits.acquire_owned().await.map_err(|_| RsaKeysError::Unavailable)?;
    let outcome = spawn_blocking(move || {
        let outcome = wiping_stack(work);
        drop(permit);
        outcome
    });
    outcome.await.unwrap_or(Err(RsaKeysError::Unavailable))
}

impl RsaKeys for LocalRsaKeys {
    async fn generate(&self, algorithm: KeyAlgorithm) -> Result<NewKeyPair, RsaKeysError> {
        run(&self.inner.generations, move || Key::generate(algorithm)).await
    }

    async fn public_key(&self, key: PrivateKey) -> Result<Vec<u8>, RsaKeysError> {
        self.with_key(key, Key::public_key).await
    }

    async fn sign(
        &self,
        key: PrivateKey,
        hash: HashAlgorithm,
        message: Vec<u8>,
    ) -> Result<Vec<u8>, RsaKeysError> {
        self.with_key(key, move |key| key.sign(hash, &message)).await
    }

    async fn decrypt(
        &self,
        key: PrivateKey,
        hash: HashAlgorithm,
        ciphertext: Vec<u8>,
    ) -> Result<SecretKey, RsaKeysError> {
        self.with_key(key, move |key| key.decrypt(hash, &ciphertext)).await
    }

    fn forget(&self, name: &str) {
        self.inner.held.forget(name);
    }
}

#[cfg(test)]
mod tests {
    use export_api::ports::{RsaKeys, RsaKeysError};
    use getrandom::SysRng;
    use rsa::Pkcs1v15Sign;
    use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
    use sha2::{Digest, Sha256, Sha384, Sha512};

    use super::*;

    fn named(name: &str, material: &SecretKey) -> PrivateKey {
        PrivateKey::new(name.to_owned(), SecretKey::copied_from(material.expose_secret()).unwrap())
    }

    #[tokio::test]
    async fn what_it_makes_another_implementation_reads_and_verifies() {
        let keys = LocalRsaKeys::new();
        let pair = keys.generate(KeyAlgorithm::Rsa2048).await.unwrap();
        let other = rsa::PrivateKey::from_pkcs8_der(pair.private_key.expose_secret()).unwrap();
        let public = other.as_public_key();
        assert_eq!(public.to_public_key_der().unwrap().as_bytes(), pair.public_key);
        let key = || named("a", &pair.private_key);
        assert_eq!(keys.public_key(key()).await.unwrap(), pair.public_key);

        let message = b"what is signed";
        for (hash, padding, digest) in [
            (
                HashAlgorithm::Sha256,
                Pkcs1v15Sign::new::<Sha256>(),
                Sha256::digest(message).to_vec(),
            ),
            (
                HashAlgorithm::Sha384,
                Pkcs1v15Sign::new::<Sha384>(),
                Sha384::digest(message).to_vec(),
            ),
            (
                HashAlgorithm::Sha512,
                Pkcs1v15Sign::new::<Sha512>(),
                Sha512::digest(message).to_vec(),
            ),
        ] {
            let signature = keys.sign(key(), hash, message.to_vec()).await.unwrap();
            public.verify(padding, &digest, &signature).unwrap();
        }
        let refused = keys.sign(key(), HashAlgorithm::Sha1, message.to_vec()).await;
        assert_eq!(refused, Err(RsaKeysError::NotOffered));

        let ciphertext = public.oaep_encrypt_with_rng::<Sha256, _>(&mut SysRng, &[7; 16]).unwrap();
        let opened = keys.decrypt(key(), HashAlgorithm::Sha256, ciphertext.clone()).await.unwrap();
        assert_eq!(opened.expose_secret(), [7; 16]);
        let refused = keys.decrypt(key(), HashAlgorithm::Sha512, ciphertext).await;
        assert_eq!(refused.unwrap_err(), RsaKeysError::Decryption);
    }

    #[tokio::test]
    async fn a_name_is_parsed_once_and_what_does_not_parse_is_damaged() {
        let keys = LocalRsaKeys::new();
        let pair = keys.generate(KeyAlgorithm::Rsa2048).await.unwrap();
        let broken = SecretKey::copied_from(&[0x30; 40]).unwrap();
        let public_key = |material| keys.public_key(named("a", material));
        assert_eq!(public_key(&broken).await, Err(RsaKeysError::Damaged));
        assert!(public_key(&pair.private_key).await.is_ok());
        assert!(public_key(&broken).await.is_ok(), "it was held");
        keys.forget("a");
        assert_eq!(public_key(&broken).await, Err(RsaKeysError::Damaged));
        let refused = keys.generate(KeyAlgorithm::EccNistP256).await;
        assert_eq!(refused.unwrap_err(), RsaKeysError::NotOffered);
    }
}
