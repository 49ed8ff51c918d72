//! Private RSA keys from a file, in place of those a server would make.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use export_api::ports::{NewKeyPair, PrivateKey, RsaKeys, RsaKeysError};
use key_types::{HashAlgorithm, KeyAlgorithm, SecretKey};
use payment_pki::{PublicKey, SignatureAlgorithm, Verify};
use rand_core::TryCryptoRng;
use rsa::Pkcs1v15Sign;
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
use rsa_wrap::{EncryptionFailed, OaepEncrypt, Recipient, WrappingSpec};
use serde::Deserialize;
use sha2::{Digest, Sha256, Sha384, Sha512};

#[derive(Deserialize)]
struct File {
    /// PKCS#8 in DER, in hex, by algorithm.
    keys: BTreeMap<String, Vec<String>>,
}

/// Gives the keys of the file in turn; it can fail.
#[derive(Default)]
pub(crate) struct KnownRsaKeys {
    given: Mutex<BTreeMap<KeyName, usize>>,
    forgotten: Mutex<BTreeSet<String>>,
}

type KeyName = &'static str;

impl KnownRsaKeys {
    pub(crate) fn was_forgotten(&self, name: &str) -> bool {
        self.forgotten.lock().unwrap().contains(name)
    }

    /// How many key pairs were made.
    pub(crate) fn made(&self) -> usize {
        self.given.lock().unwrap().values().sum()
    }
}

fn parse(key: &SecretKey) -> Result<rsa::PrivateKey, RsaKeysError> {
    rsa::PrivateKey::from_pkcs8_der(key.expose_secret()).map_err(|_| RsaKeysError::Damaged)
}

impl Verify for KnownRsaKeys {
    fn verify(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), payment_pki::Error> {
        key.verify(algorithm, message, signature)
    }
}

impl OaepEncrypt for KnownRsaKeys {
    fn encrypt<R: TryCryptoRng + ?Sized>(
        &self,
        recipient: &Recipient,
        spec: WrappingSpec,
        key: &SecretKey,
        random: &mut R,
    ) -> Result<Vec<u8>, EncryptionFailed> {
        rsa_wrap::RustCrypto.encrypt(recipient, spec, key, random)
    }
}

fn public_key(key: &rsa::PrivateKey) -> Vec<u8> {
    key.as_public_key().to_public_key_der().unwrap().into_vec()
}

impl RsaKeys for KnownRsaKeys {
    async fn generate(&self, algorithm: KeyAlgorithm) -> Result<NewKeyPair, RsaKeysError> {
        let file: File = serde_json::from_str(include_str!("rsa_keys.json")).unwrap();
        let keys = file.keys.get(algorithm.code()).ok_or(RsaKeysError::NotOffered)?;
        let mut given = self.given.lock().unwrap();
        let turn = given.entry(algorithm.code()).or_default();
        let key = base16ct::lower::decode_vec(&keys[*turn % keys.len()]).unwrap();
        *turn += 1;
        let private_key = SecretKey::copied_from(&key).unwrap();
        let public_key = public_key(&parse(&private_key)?);
        Ok(NewKeyPair { private_key, public_key })
    }

    async fn public_key(&self, key: PrivateKey) -> Result<Vec<u8>, RsaKeysError> {
        Ok(public_key(&parse(&key.material)?))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "known keys need no blinding, and tests draw no randomness"
    )]
    async fn sign(
        &self,
        key: PrivateKey,
        hash: HashAlgorithm,
        message: Vec<u8>,
    ) -> Result<Vec<u8>, RsaKeysError> {
        let (expected, key) = (key.public_key, parse(&key.material)?);
        if expected.is_some_and(|expected| expected != public_key(&key)) {
            return Err(RsaKeysError::OtherKey);
        }
        let signature = match hash {
            HashAlgorithm::Sha256 => {
                key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message))
            }
            HashAlgorithm::Sha384 => {
                key.sign(Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(message))
            }
            HashAlgorithm::Sha512 => {
                key.sign(Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(message))
            }
            _ => return Err(RsaKeysError::NotOffered),
        };
        Ok(signature.unwrap())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "known keys need no blinding, and tests draw no randomness"
    )]
    async fn decrypt(
        &self,
        key: PrivateKey,
        hash: HashAlgorithm,
        ciphertext: Vec<u8>,
    ) -> Result<SecretKey, RsaKeysError> {
        let key = parse(&key.material)?;
        let plaintext = match hash {
            HashAlgorithm::Sha512 => key.oaep_decrypt::<Sha512>(&ciphertext),
            _ => key.oaep_decrypt::<Sha256>(&ciphertext),
        };
        let plaintext = plaintext.map_err(|_| RsaKeysError::Decryption)?;
        SecretKey::copied_from(&plaintext).map_err(|_| RsaKeysError::Decryption)
    }

    fn forget(&self, name: &str) {
        self.forgotten.lock().unwrap().insert(name.to_owned());
    }
}
