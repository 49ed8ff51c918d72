//! RSA cryptograms: nothing in them says what the key is.

use key_types::HashAlgorithm;
use rsa_wrap::WrappingSpec;

use super::{Arrival, CryptogramImport};
use crate::error::Error;
use crate::identity::{IdentityName, ImportKind};
use crate::ports::{Clock, KeyStore, PrivateKey, Randomness, RsaKeys, RsaKeysError};
use crate::rules::{Rule, strength};
use crate::service::World;

/// The hash of a scheme.
pub(super) const fn hash(spec: WrappingSpec) -> HashAlgorithm {
    match spec {
        WrappingSpec::RsaOaepSha512 => HashAlgorithm::Sha512,
        _ => HashAlgorithm::Sha256,
    }
}

/// Decrypts a cryptogram with the key pair of a token.
pub(crate) async fn cryptogram<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    wish: CryptogramImport,
) -> Result<Arrival, Error> {
    let CryptogramImport { attributes, exportable, cryptogram, at, token, token_at, spec } = wish;
    let refuse = || Error::invalid(token_at.clone(), Rule::ImportToken);
    let found = world.store.open_identity(&IdentityName::Import(token)).await?;
    let now = world.clock.now();
    let found = found.filter(|found| {
        let identity = &found.identity;
        identity.valid_until() > now && identity.imports == Some(ImportKind::KeyCryptogram)
    });
    let found = found.ok_or_else(refuse)?;
    let stated = attributes.algorithm();
    strength::check_rsa(&token_at, stated, found.identity.algorithm())?;
    let private_key = PrivateKey::of_identity(found).ok_or_else(refuse)?;
    let material = match world.rsa_keys.decrypt(private_key, hash(spec), cryptogram).await {
        Ok(material) => material,
        Err(RsaKeysError::Decryption) => return Err(Error::invalid(at, Rule::CryptogramRefused)),
        Err(error) => return Err(error.into()),
    };
    if stated.key_length() != Some(material.length()) {
        return Err(Error::invalid(at, Rule::ActualAlgorithm { stated }));
    }
    Ok(Arrival {
        material,
        attributes,
        exportable,
        key_version: None,
        optional_blocks: Vec::new(),
        writes: Vec::new(),
        layout: None,
    })
}
