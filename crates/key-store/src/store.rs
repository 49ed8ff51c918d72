//! One of the stores there are, chosen when a program starts.

mod rotation;

use core::str::FromStr;
use std::path::{Path, PathBuf};

use export_api::ports::{
    Alias, AliasPage, CommitError, KeyPage, KeyReference, KeyStore, Randomness, StoreError,
    StoredIdentity, StoredKey, Write,
};
use export_api::{AliasName, Identity, IdentityName, Key, KeyState, Timestamp, TokenKind};

use crate::group_commit::Statistics;
use crate::postgres::{PostgresStore, PostgresUrl, PostgresUrlError};
use crate::record::Opened;
use crate::table::Table;
use crate::{Commits, Credential, Error, RootKey, RootKeySource, SqliteStore, private_file};

/// Where a store is: in the data directory, in another one, or in a PostgreSQL database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreLocation {
    /// `sqlite`: one file in the data directory.
    #[default]
    DataDirectory,
    /// `sqlite:DIRECTORY`: one file in this directory.
    Directory(PathBuf),
    /// `postgres://...`: a database.
    Postgres(PostgresUrl),
}

/// A location beside a data directory that is known.
enum Place<'a> {
    Directory(&'a Path),
    Database(&'a PostgresUrl),
}

impl StoreLocation {
    fn place<'a>(&'a self, data_directory: &'a Path) -> Place<'a> {
        match self {
            Self::DataDirectory => Place::Directory(data_directory),
            Self::Directory(directory) => Place::Directory(directory),
            Self::Postgres(url) => Place::Database(url),
        }
    }

    /// The directory of a store in a file.
    #[must_use]
    pub fn directory<'a>(&'a self, data_directory: &'a Path) -> Option<&'a Path> {
        match self.place(data_directory) {
            Place::Directory(directory) => Some(directory),
            Place::Database(_) => None,
        }
    }
}

impl FromStr for StoreLocation {
    type Err = PostgresUrlError;

    fn from_str(text: &str) -> Result<Self, PostgresUrlError> {
        match text.strip_prefix("sqlite:") {
            Some(directory) if !directory.is_empty() => Ok(Self::Directory(directory.into())),
            _ if text == "sqlite" => Ok(Self::DataDirectory),
            _ if PostgresUrl::is_meant_by(text) => Ok(Self::Postgres(text.parse()?)),
            // The text is not repeated: it may be an address with a password in it.
            _ => Err(PostgresUrlError::Form {
                reason: "a store is sqlite, sqlite:DIRECTORY or postgres://...".to_owned(),
            }),
        }
    }
}

/// A store of one kind or the other, behind the same port.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever gets one may want to know which it is")]
pub enum Store {
    /// In one file.
    Sqlite(SqliteStore),
    /// In a database that others share.
    Postgres(PostgresStore),
}

impl Store {
    /// Opens a store with a root key from where it is kept; where there is no store yet, both are
    /// made.
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open_from`] and [`PostgresStore::open_from`].
    pub fn open_from(
        location: &StoreLocation,
        data_directory: &Path,
        source: RootKeySource,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        match location.place(data_directory) {
            Place::Directory(directory) => {
                SqliteStore::open_from(directory, source, randomness).map(Self::Sqlite)
            }
            Place::Database(url) => {
                PostgresStore::open_from(url, source, randomness).map(Self::Postgres)
            }
        }
    }

    /// As [`open_from`](Self::open_from) with the root key of a file.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn open_with_key_file(
        location: &StoreLocation,
        data_directory: &Path,
        root_key_file: &Path,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        let source = RootKeySource::File(root_key_file.to_owned());
        Self::open_from(location, data_directory, source, randomness)
    }

    /// As [`open_from`](Self::open_from), but makes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NoStore`] if there is no store, and as above.
    pub fn open_existing(
        location: &StoreLocation,
        data_directory: &Path,
        source: RootKeySource,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        match location.place(data_directory) {
            Place::Directory(directory) => {
                SqliteStore::open_existing(directory, source, randomness).map(Self::Sqlite)
            }
            Place::Database(url) => {
                PostgresStore::open_existing(url, source, randomness).map(Self::Postgres)
            }
        }
    }

    /// Copies the store at a location, as it is at one moment, to a file that is not there yet; it
    /// may be written to all the while.
    ///
    /// The file is the database of an embedded store with the same seals; no key is needed.
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::copy`] and [`PostgresStore::back_up`].
    pub fn back_up(
        location: &StoreLocation,
        data_directory: &Path,
        to: &Path,
    ) -> Result<(), Error> {
        match location.place(data_directory) {
            Place::Directory(directory) => SqliteStore::copy(directory, to),
            Place::Database(url) => PostgresStore::back_up(url, to),
        }
    }

    /// The records after a name, with their secrets.
    pub(crate) async fn page<R: Table>(
        &self,
        after: &str,
        most: usize,
    ) -> Result<Vec<Opened<R>>, StoreError> {
        match self {
            Self::Sqlite(store) => store.page(after, most),
            Self::Postgres(store) => store.page(after.to_owned(), most).await,
        }
    }

    /// Adds records as they are, with their versions, all or none.
    pub(crate) async fn insert<R: Table>(
        &self,
        records: Vec<Opened<R>>,
    ) -> Result<(), CommitError> {
        match self {
            Self::Sqlite(store) => store.insert(records).await,
            Self::Postgres(store) => store.insert(records).await,
        }
    }

    /// How much was written since the store was opened.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        match self {
            Self::Sqlite(store) => store.statistics(),
            Self::Postgres(store) => store.statistics(),
        }
    }

    /// The number of the last commit; `None` for a store that several servers write to.
    ///
    /// As [`SqliteStore::commits`].
    #[must_use]
    pub fn commits(&self) -> Option<Commits> {
        match self {
            Self::Sqlite(store) => Some(store.commits()),
            Self::Postgres(_) => None,
        }
    }

    /// How many keys there are in each state. The counts are not authenticated.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be read.
    pub async fn key_counts(&self) -> Result<Vec<(KeyState, u64)>, StoreError> {
        match self {
            Self::Sqlite(store) => store.key_counts(),
            Self::Postgres(store) => store.key_counts().await,
        }
    }

    /// All access keys with their secrets, in the order of their ids.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be read or one of them does not open.
    pub async fn credentials(&self) -> Result<Vec<Credential>, StoreError> {
        match self {
            Self::Sqlite(store) => store.credentials(),
            Self::Postgres(store) => store.credentials().await,
        }
    }

    /// Adds an access key; it is durable when this returns.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] if there is one with this id.
    pub async fn add_credential(&self, credential: Credential) -> Result<(), CommitError> {
        match self {
            Self::Sqlite(store) => store.add_credential(credential).await,
            Self::Postgres(store) => store.add_credential(credential).await,
        }
    }

    /// Writes access keys, new (version 0) or changed, all or none; they are durable when this
    /// returns.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] if one is not at the version it was said to be.
    pub async fn put_credentials(&self, credentials: Vec<Credential>) -> Result<(), CommitError> {
        match self {
            Self::Sqlite(store) => store.put_credentials(credentials).await,
            Self::Postgres(store) => store.put_credentials(credentials).await,
        }
    }
}

/// The root key whose id a store has, or one for a store that is not there yet: another than its own
/// would not open it.
pub(crate) fn root_key_from(
    source: &RootKeySource,
    id: Option<&[u8]>,
    randomness: &impl Randomness,
) -> Result<RootKey, Error> {
    if let Some(id) = id {
        return source.for_store(id);
    }
    if let RootKeySource::File(path) = source {
        make_directory_of(path)?;
    }
    Ok(source.for_new_store(randomness)?)
}

fn make_directory_of(path: &Path) -> Result<(), Error> {
    let Some(directory) = path.parent() else { return Ok(()) };
    private_file::create_directory(directory)
        .map_err(|source| Error::Directory { path: directory.to_owned(), source })
}

impl From<SqliteStore> for Store {
    fn from(store: SqliteStore) -> Self {
        Self::Sqlite(store)
    }
}

impl From<PostgresStore> for Store {
    fn from(store: PostgresStore) -> Self {
        Self::Postgres(store)
    }
}

/// Asks whichever store it is.
macro_rules! ask {
    ($store:expr, $method:ident($($argument:expr),*)) => {
        match $store {
            Store::Sqlite(store) => store.$method($($argument),*).await,
            Store::Postgres(store) => store.$method($($argument),*).await,
        }
    };
}

impl KeyStore for Store {
    async fn key(&self, reference: &KeyReference) -> Result<Option<Key>, StoreError> {
        ask!(self, key(reference))
    }

    async fn open_keys<const N: usize>(
        &self,
        references: [&KeyReference; N],
    ) -> Result<[Option<StoredKey>; N], StoreError> {
        ask!(self, open_keys(references))
    }

    async fn keys(&self, page: &KeyPage) -> Result<Vec<Key>, StoreError> {
        ask!(self, keys(page))
    }

    async fn keys_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Key>, StoreError> {
        ask!(self, keys_due(now, limit))
    }

    async fn alias(&self, name: &AliasName) -> Result<Option<Alias>, StoreError> {
        ask!(self, alias(name))
    }

    async fn aliases(&self, page: &AliasPage) -> Result<Vec<Alias>, StoreError> {
        ask!(self, aliases(page))
    }

    async fn open_identity(
        &self,
        name: &IdentityName,
    ) -> Result<Option<StoredIdentity>, StoreError> {
        ask!(self, open_identity(name))
    }

    async fn latest_token(&self, kind: TokenKind) -> Result<Option<Identity>, StoreError> {
        ask!(self, latest_token(kind))
    }

    async fn identities_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Identity>, StoreError> {
        ask!(self, identities_due(now, limit))
    }

    async fn commit(&self, batch: Vec<Write>) -> Result<(), CommitError> {
        ask!(self, commit(batch))
    }
}
