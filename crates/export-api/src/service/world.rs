//! What an operation may touch, and how it finds keys there.

use std::sync::Arc;

use key_types::SecretKey;
use tr34::Layout;
use zeroize::Zeroizing;

use super::KeyCryptograms;
use crate::arn::{ParsedArn, Place};
use crate::error::{Error, Fault};
use crate::key::{Key, KeyState};
use crate::ports::{
    Alias, Authorize, Clock, KeyReference, KeyStore, Randomness, RsaKeys, StoredKey, Write,
};
use crate::receipt::Receipts;
use crate::wire::KeyIdentifier;
use crate::{AliasName, KeyArn, Realm, Rule};

/// What an operation may touch.
#[derive(Debug)]
pub(crate) struct World<S, C, R, K> {
    pub(crate) realm: Realm,
    pub(crate) store: S,
    pub(crate) clock: C,
    pub(crate) randomness: R,
    pub(crate) rsa_keys: K,
    pub(crate) key_cryptograms: KeyCryptograms,
    /// The layouts of TR-34 key tokens that are taken.
    pub(crate) import_layouts: Vec<Layout>,
    /// The label whose keys leave only if another credential approves of it.
    pub(crate) approval_tag: Option<String>,
    pub(crate) receipts: Receipts,
    /// Who decides who may do what; `None` lets everybody do everything.
    pub(crate) authorizer: Option<Arc<dyn Authorize>>,
}

impl<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys> World<S, C, R, K> {
    /// Where to look for the key an identifier names, if it can be here at all.
    pub(crate) fn reference(&self, identifier: &KeyIdentifier) -> Result<KeyReference, Error> {
        if let Some(arn) = identifier.bound() {
            return Ok(KeyReference::Arn(arn.clone()));
        }
        let text = identifier.as_str();
        let not_found = || Error::NotFound { resource: text.to_owned() };
        let Some(arn) = ParsedArn::parse(text) else {
            let name: AliasName = text.parse().map_err(|_| not_found())?;
            return Ok(KeyReference::Alias(name));
        };
        match self.realm.locate(&arn) {
            Place::Here => (),
            Place::OtherRegion => return Err(not_found()),
            Place::OtherAccount => {
                return Err(Error::OtherAccount { member: identifier.member().clone() });
            }
        }
        match text.parse::<KeyArn>() {
            Ok(key) => Ok(KeyReference::Arn(key)),
            Err(_) => arn.resource.parse().map(KeyReference::Alias).map_err(|_| not_found()),
        }
    }

    /// Reads the key that an identifier names.
    pub(crate) async fn key(&self, identifier: &KeyIdentifier) -> Result<Key, Error> {
        let reference = self.reference(identifier)?;
        let not_found = || Error::NotFound { resource: identifier.as_str().to_owned() };
        self.store.key(&reference).await?.ok_or_else(not_found)
    }

    /// Opens the key that an identifier names.
    pub(crate) async fn open_key(&self, identifier: &KeyIdentifier) -> Result<StoredKey, Error> {
        let reference = self.reference(identifier)?;
        let not_found = || Error::NotFound { resource: identifier.as_str().to_owned() };
        let [found] = self.store.open_keys([&reference]).await?;
        found.ok_or_else(not_found)
    }

    /// Reads an alias of this region and account.
    pub(crate) async fn alias(&self, name: &AliasName) -> Result<Alias, Error> {
        let not_found = || Error::NotFound { resource: name.to_string() };
        self.store.alias(name).await?.ok_or_else(not_found)
    }

    /// Reads the key that a bare ARN names.
    pub(crate) async fn key_by_arn(&self, member: &'static str, arn: KeyArn) -> Result<Key, Error> {
        let not_found = || Error::NotFound { resource: arn.to_string() };
        match arn.parsed().map(|parsed| self.realm.locate(&parsed)) {
            Some(Place::Here) => (),
            Some(Place::OtherAccount) => {
                return Err(Error::OtherAccount { member: member.into() });
            }
            Some(Place::OtherRegion) | None => return Err(not_found()),
        }
        let found = self.store.key(&KeyReference::Arn(arn.clone())).await?;
        found.ok_or_else(not_found)
    }

    /// Writes a changed key and answers it as it now stands.
    pub(crate) async fn update(&self, key: Key) -> Result<Key, Error> {
        self.store.commit(vec![Write::UpdateKey { key: key.clone() }]).await?;
        Ok(key.next_version())
    }

    /// Makes a random secret of `length` bytes.
    pub(crate) fn random_secret(&self, length: usize) -> Result<SecretKey, Error> {
        let fill = |bytes: &mut [u8]| {
            self.randomness.fill(bytes).map_err(|error| SecretFailure(error.into()))
        };
        SecretKey::try_filled_by(length, fill).map_err(|SecretFailure(error)| error)
    }

    /// Makes `length` random characters of `0-9 a-z`, the form of key ids.
    pub(crate) fn random_id(&self, length: usize) -> Result<String, Error> {
        const CHARACTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        // The greatest multiple of 36 below 256: bytes from there on would favour some characters.
        const FAIR: u8 = 252;

        let mut id = String::with_capacity(length);
        let mut bytes = Zeroizing::new([0; 32]);
        while id.len() < length {
            self.randomness.fill(bytes.as_mut_slice())?;
            let fair = bytes.iter().filter(|&&byte| byte < FAIR);
            let characters = fair.filter_map(|byte| CHARACTERS.get(usize::from(byte % 36)));
            id.extend(characters.take(length.saturating_sub(id.len())).map(|&c| char::from(c)));
        }
        Ok(id)
    }
}

/// Lets a failing source of randomness and an impossible length share one error.
struct SecretFailure(Error);

impl From<key_types::SecretKeyLengthError> for SecretFailure {
    fn from(_: key_types::SecretKeyLengthError) -> Self {
        let code = "SecretKeyLength";
        Self(Error::Internal { cause: Fault::RefusedByCrate { crate_name: "key-types", code } })
    }
}

/// Refuses a key that is not in the state an operation needs.
pub(crate) fn require_state(
    key: &Key,
    needed: KeyState,
    identifier: &KeyIdentifier,
) -> Result<(), Error> {
    if key.state == needed {
        return Ok(());
    }
    let rule = Rule::KeyState { found: key.state, needed };
    Err(Error::state(identifier.member().clone(), rule))
}
