//! RSA: private keys parsed once, held, and used on threads of their own; and what is done by public
//! ones.

#[cfg(feature = "aws-lc")]
mod aws_lc;
mod held;
#[cfg(test)]
mod published;
#[cfg(all(feature = "rustcrypto-rsa", not(feature = "aws-lc")))]
mod rust_crypto;
mod verified;
mod workers;

#[cfg(not(any(feature = "aws-lc", feature = "rustcrypto-rsa")))]
compile_error!("choose who works with private RSA keys: feature `aws-lc` or `rustcrypto-rsa`");

use std::sync::Arc;
use std::thread;

use export_api::ports::{NewKeyPair, PrivateKey, RsaKeys, RsaKeysError};
use key_types::{HashAlgorithm, KeyAlgorithm, SecretKey, wiping_stack};
use payment_pki::{PublicKey, SignatureAlgorithm, Verify};
use rand_core::TryCryptoRng;
use rsa_wrap::{EncryptionFailed, OaepEncrypt, Recipient, WrappingSpec};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

#[cfg(feature = "aws-lc")]
use self::aws_lc::{self as backend, Key};
use self::held::HeldKeys;
#[cfg(all(feature = "rustcrypto-rsa", not(feature = "aws-lc")))]
use self::rust_crypto::{self as backend, Key};
use self::verified::VerifiedSignatures;
use self::workers::Workers;

/// Private RSA keys in the memory of this process.
///
/// A key is parsed the first time it is used and then held under its name; at most
/// [`LocalRsaKeys::HELD`] are held, and the one used least recently makes room. Private operations
/// run on threads of their own, as many as the machine has cores, so that whoever answers other
/// requests is not kept waiting. Key pairs are made one at a time.
///
/// Public operations run where they are asked for. The keys of receivers are held by their numbers.
/// Of the signatures that were verified, at most [`LocalRsaKeys::REMEMBERED`] are remembered, so that
/// a certificate that comes again and again costs little more than reading it.
///
/// A handle: clones share what is held.
#[derive(Clone, Debug)]
pub struct LocalRsaKeys {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    held: HeldKeys<Key>,
    receivers: HeldKeys<backend::Receiver>,
    verified: VerifiedSignatures,
    workers: Workers,
    generations: Arc<Semaphore>,
}

impl LocalRsaKeys {
    /// How many parsed keys are held at most, of private ones and of receivers each.
    pub const HELD: usize = 1024;

    /// How many verified signatures are remembered at most, by 32 bytes each.
    pub const REMEMBERED: usize = 4096;

    /// No keys yet.
    #[must_use]
    pub fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let inner = Inner {
            held: HeldKeys::new(Self::HELD),
            receivers: HeldKeys::new(Self::HELD),
            verified: VerifiedSignatures::new(Self::REMEMBERED),
            workers: Workers::new(cores),
            generations: Arc::new(Semaphore::new(1)),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Uses a key on a thread for it, if it is the one it should be.
    async fn with_key<T: Send + 'static>(
        &self,
        key: PrivateKey,
        work: impl FnOnce(&Key) -> Result<T, RsaKeysError> + Send + 'static,
    ) -> Result<T, RsaKeysError> {
        let inner = Arc::clone(&self.inner);
        let done = self.inner.workers.run(move || {
            let PrivateKey { name, material, public_key: key_of, .. } = key;
            let key = inner.held.key(&name, || Key::parse(material.expose_secret()))?;
            if key_of.is_some_and(|public_key| public_key != key.public_key()) {
                return Err(RsaKeysError::OtherKey);
            }
            work(&key)
        });
        done.await.unwrap_or(Err(RsaKeysError::Unavailable))
    }
}

impl Default for LocalRsaKeys {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs long work when there is a permit for it; a panic in it is not passed on.
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

impl Verify for LocalRsaKeys {
    fn verify(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), payment_pki::Error> {
        self.inner.verified.verify((key, algorithm), message, signature, || {
            backend::verify(key, algorithm, message, signature)
        })
    }
}

impl OaepEncrypt for LocalRsaKeys {
    fn encrypt<R: TryCryptoRng + ?Sized>(
        &self,
        recipient: &Recipient,
        spec: WrappingSpec,
        key: &SecretKey,
        random: &mut R,
    ) -> Result<Vec<u8>, EncryptionFailed> {
        let name = [recipient.modulus(), recipient.exponent()].map(base16ct::lower::encode_string);
        let receiver =
            self.inner.receivers.key(&name.join(" "), || backend::receiver(recipient))?;
        backend::encrypt(&receiver, spec, key, random)
    }
}

impl RsaKeys for LocalRsaKeys {
    async fn generate(&self, algorithm: KeyAlgorithm) -> Result<NewKeyPair, RsaKeysError> {
        run(&self.inner.generations, move || Key::generate(algorithm)).await
    }

    async fn public_key(&self, key: PrivateKey) -> Result<Vec<u8>, RsaKeysError> {
        self.with_key(key, |key| Ok(key.public_key().to_vec())).await
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

        let other = keys.generate(KeyAlgorithm::Rsa2048).await.unwrap();
        for (public_key, expected) in
            [(pair.public_key, None), (other.public_key, Some(RsaKeysError::OtherKey))]
        {
            let mut key = named("b", &pair.private_key);
            key.public_key = Some(public_key);
            let signed = keys.sign(key, HashAlgorithm::Sha256, b"a message".to_vec()).await;
            assert_eq!(signed.err(), expected);
        }
    }
}
