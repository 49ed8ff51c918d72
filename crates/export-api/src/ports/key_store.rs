//! The port for the durable store of keys and aliases.

use core::future::Future;

use key_types::SecretKey;
use serde::{Deserialize, Serialize};

use crate::{AliasName, Identity, IdentityName, Key, KeyArn, KeyState, Timestamp, TokenKind};

/// A name under which the store finds a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyReference {
    /// The key itself.
    Arn(KeyArn),
    /// The key an alias points to.
    Alias(AliasName),
}

/// A key with its secret, opened for one purpose.
#[derive(Debug)]
#[non_exhaustive]
pub struct StoredKey {
    /// What is known of the key.
    pub key: Key,
    /// The clear key.
    pub material: SecretKey,
}

impl StoredKey {
    /// Joins a key and its secret.
    #[must_use]
    pub const fn new(key: Key, material: SecretKey) -> Self {
        Self { key, material }
    }
}

/// An identity of the endpoint with its private key, opened for one purpose.
#[derive(Debug)]
#[non_exhaustive]
pub struct StoredIdentity {
    /// What is known of the identity.
    pub identity: Identity,
    /// Its private key, PKCS#8 in DER; `None` where it is a key of the store.
    pub private_key: Option<SecretKey>,
}

impl StoredIdentity {
    /// Joins an identity and its private key.
    #[must_use]
    pub const fn new(identity: Identity, private_key: Option<SecretKey>) -> Self {
        Self { identity, private_key }
    }
}

/// A second name for a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    pub(crate) name: AliasName,
    pub(crate) target: Option<KeyArn>,
    /// Counts the writes of this record, from 1.
    pub(crate) version: u64,
}

impl Alias {
    /// The name.
    #[must_use]
    pub const fn name(&self) -> &AliasName {
        &self.name
    }

    /// The key it points to, if any.
    #[must_use]
    pub const fn target(&self) -> Option<&KeyArn> {
        self.target.as_ref()
    }

    /// The number of this version of the record, from 1.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The same record one version on, for the store to write.
    #[must_use]
    pub fn next_version(mut self) -> Self {
        self.version = self.version.saturating_add(1);
        self
    }
}

/// Which keys to list: those after an ARN, in the order of ARNs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyPage {
    /// Only keys in this state.
    pub state: Option<KeyState>,
    /// Only keys whose ARN sorts after this one.
    pub after: Option<KeyArn>,
    /// At most so many.
    pub limit: usize,
}

/// Which aliases to list: those after a name, in the order of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AliasPage {
    /// Only aliases of this key.
    pub target: Option<KeyArn>,
    /// Only aliases whose name sorts after this one.
    pub after: Option<AliasName>,
    /// At most so many.
    pub limit: usize,
}

/// One change of the store.
///
/// A record carries the version it rests on; 0 says that there is no such record yet. The store
/// writes it under the next version.
#[derive(Debug)]
#[non_exhaustive]
pub enum Write {
    /// A new key with its secret.
    CreateKey {
        /// What is known of the key, version 0.
        key: Key,
        /// The clear key, to be sealed.
        material: SecretKey,
    },
    /// A key whose record changed; its secret stays.
    UpdateKey {
        /// The changed record with the version it rests on.
        key: Key,
    },
    /// A key whose secret is to be destroyed; its record stays.
    DestroyKey {
        /// The changed record with the version it rests on.
        key: Key,
    },
    /// An alias, new (version 0) or changed.
    PutAlias {
        /// The alias with the version it rests on.
        alias: Alias,
    },
    /// An alias that is to go.
    DeleteAlias {
        /// The alias with the version it rests on.
        alias: Alias,
    },
    /// An identity of the endpoint, new (version 0) or changed, with its private key.
    PutIdentity {
        /// The identity with the version it rests on.
        identity: Identity,
        /// The private key to be sealed, unless it is a key of the store.
        private_key: Option<SecretKey>,
    },
    /// An identity that is to go, and its private key with it.
    DeleteIdentity {
        /// The identity with the version it rests on.
        identity: Identity,
    },
}

/// The store did not answer with what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be read or written now; later it may.
    #[error("the store is not available")]
    Unavailable,
    /// A record was edited, swapped or damaged: it does not open.
    #[error("a stored record does not open")]
    Damaged,
}

/// A batch was not written; nothing of it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// A version moved since it was read: somebody else was faster.
    #[error("a record changed meanwhile")]
    Conflict,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Keeps keys, aliases and the identities of the endpoint.
///
/// Each read sees one consistent state. No read returns a record that fails authentication.
pub trait KeyStore: Send + Sync {
    /// Reads what is known of a key, without opening its secret to the caller.
    ///
    /// An alias without a target finds nothing.
    fn key(
        &self,
        reference: &KeyReference,
    ) -> impl Future<Output = Result<Option<Key>, StoreError>> + Send;

    /// Opens `N` keys from one consistent state. A destroyed key is not found.
    fn open_keys<const N: usize>(
        &self,
        references: [&KeyReference; N],
    ) -> impl Future<Output = Result<[Option<StoredKey>; N], StoreError>> + Send;

    /// Lists keys.
    fn keys(&self, page: &KeyPage) -> impl Future<Output = Result<Vec<Key>, StoreError>> + Send;

    /// Lists keys that are pending deletion and were due at `now`, at most `limit`.
    fn keys_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Key>, StoreError>> + Send;

    /// Reads an alias.
    fn alias(
        &self,
        name: &AliasName,
    ) -> impl Future<Output = Result<Option<Alias>, StoreError>> + Send;

    /// Lists aliases.
    fn aliases(
        &self,
        page: &AliasPage,
    ) -> impl Future<Output = Result<Vec<Alias>, StoreError>> + Send;

    /// Opens an identity of the endpoint.
    fn open_identity(
        &self,
        name: &IdentityName,
    ) -> impl Future<Output = Result<Option<StoredIdentity>, StoreError>> + Send;

    /// Reads the token of this kind that is valid longest.
    fn latest_token(
        &self,
        kind: TokenKind,
    ) -> impl Future<Output = Result<Option<Identity>, StoreError>> + Send;

    /// Lists identities that were no longer valid at `now`, at most `limit`.
    fn identities_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Identity>, StoreError>> + Send;

    /// Writes a batch, all or nothing; it is durable when this returns.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] if a record is not at the version it was said to be.
    fn commit(&self, batch: Vec<Write>) -> impl Future<Output = Result<(), CommitError>> + Send;
}
