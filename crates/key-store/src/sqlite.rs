//! The store in one SQLite file.

mod connection;
mod readers;
mod schema;
mod snapshot;
mod writer;

use core::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use export_api::ports::{
    Alias, AliasPage, CommitError, KeyPage, KeyReference, KeyStore, Randomness, StoreError,
    StoredIdentity, StoredKey, Write,
};
use export_api::{AliasName, Identity, IdentityName, Key, Timestamp, TokenKind};

use self::readers::Readers;
use self::snapshot::Snapshot;
use self::writer::{Batch, Writer};
use crate::failure::Failure;
use crate::group_commit::{GroupCommit, Statistics};
use crate::seal::StoreKeys;
use crate::{Credential, Error, RootKey, RootKeySource, private_file};

/// The name of the database in the data directory.
const DATABASE: &str = "keys.sqlite3";

/// Keys, aliases and credentials in one SQLite file, each record sealed.
///
/// A handle: clones share one store, which closes with the last of them, after everything that
/// was sent to it is written.
///
/// Reads run where they are called and take some microseconds; they are not worth a thread of
/// their own. Writes go to one thread, which commits those that wait in one transaction. A
/// commit is durable when its future is ready, also if the machine then loses power; dropping
/// the future does not stop it. A commit that the disk failed is refused; if the process then
/// ends without a further write, it may turn up after all, whole.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    // Closed before the writer, so that the writer is the last to close and tidies up the log.
    readers: Readers,
    writer: GroupCommit<Batch>,
    keys: Arc<StoreKeys>,
}

impl SqliteStore {
    /// The name under which [`open_with_key_file`](Self::open_with_key_file) is commonly given
    /// its root key.
    pub const ROOT_KEY_FILE: &'static str = "root.key";

    /// Opens the store in a directory, or makes both.
    ///
    /// The directory gets mode 0700 and the files 0600 when they are made. The randomness is for
    /// nonces and, in a new store, for the key that seals its records. The root key is needed
    /// while opening only.
    ///
    /// # Errors
    ///
    /// [`Error::WrongRootKey`] and [`Error::Newer`], which leave the store untouched, and every
    /// other kind of [`Error`] but [`Error::RootKeyMissing`].
    pub fn open(
        directory: &Path,
        root_key: &RootKey,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        let path = database(directory)?;
        inspect(&path, root_key)?;
        private_file::create_if_missing(&path)
            .map_err(|source| Error::Directory { path: path.clone(), source })?;

        let mut connection = connection::writer(&path)?;
        let keys = Arc::new(schema::prepare(&mut connection, root_key, &randomness)?);
        let readers = Readers::open(&path)?;
        let writer = Writer::new(path, connection, Arc::clone(&keys), Box::new(randomness));
        let writer = GroupCommit::start(writer).map_err(|source| Error::Thread { source })?;
        Ok(Self { inner: Arc::new(Inner { readers, writer, keys }) })
    }

    /// Opens the store in a directory with the root key of a file; where neither is there yet,
    /// both are made.
    ///
    /// # Errors
    ///
    /// As [`open_from`](Self::open_from).
    pub fn open_with_key_file(
        directory: &Path,
        root_key_file: &Path,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        let source = RootKeySource::File(root_key_file.to_owned());
        Self::open_from(directory, source, randomness)
    }

    /// Opens the store in a directory with a root key from where it is kept; where there is no
    /// store yet, both are made.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); [`Error::RootKey`] if there is no usable root key, and
    /// [`Error::RootKeyMissing`] if there is a store but not the file of its root key.
    pub fn open_from(
        directory: &Path,
        source: RootKeySource,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        let path = database(directory)?;
        let root_key = root_key(&path, &source, &randomness)?;
        Self::open(directory, &root_key, randomness)
    }

    /// How much was written since the store was opened.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.inner.writer.statistics()
    }

    /// All access keys with their secrets, in the order of their ids.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be read or one of them does not open.
    pub fn credentials(&self) -> Result<Vec<Credential>, StoreError> {
        self.read(|snapshot| snapshot.credentials())
    }

    /// Adds an access key; it is durable when this returns.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] if there is one with this id.
    pub async fn add_credential(&self, credential: Credential) -> Result<(), CommitError> {
        self.inner.writer.commit(Batch::NewCredential(credential)).await
    }

    fn read<T>(
        &self,
        read: impl FnOnce(Snapshot<'_>) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.inner.readers.read(&self.inner.keys, read).map_err(Failure::report_read)
    }
}

/// The root key of the store that is there, or one for a store that is not there yet.
fn root_key(
    path: &Path,
    source: &RootKeySource,
    randomness: &impl Randomness,
) -> Result<RootKey, Error> {
    // A root key is made for a new store only: another than its own would not open it.
    let id = if is_new(path) { None } else { schema::root_key_id(&connection::reader(path)?)? };
    match id {
        Some(id) => source.for_store(&id),
        None => Ok(source.for_new_store(randomness)?),
    }
}

/// Makes the directory and says where the database is.
fn database(directory: &Path) -> Result<PathBuf, Error> {
    private_file::create_directory(directory)
        .map_err(|source| Error::Directory { path: directory.to_owned(), source })?;
    Ok(directory.join(DATABASE))
}

/// Tries the root key on a store that is there, without changing anything.
fn inspect(path: &Path, root_key: &RootKey) -> Result<(), Error> {
    if is_new(path) {
        return Ok(());
    }
    schema::inspect(&connection::reader(path)?, root_key)
}

/// Whether there is no database yet.
fn is_new(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |metadata| metadata.len() == 0)
}

impl KeyStore for SqliteStore {
    async fn key(&self, reference: &KeyReference) -> Result<Option<Key>, StoreError> {
        self.read(|snapshot| Ok(snapshot.key(reference)?.map(|(key, _)| key)))
    }

    async fn open_keys<const N: usize>(
        &self,
        references: [&KeyReference; N],
    ) -> Result<[Option<StoredKey>; N], StoreError> {
        self.read(|snapshot| {
            let mut opened = [const { None }; N];
            for (slot, reference) in opened.iter_mut().zip(references) {
                *slot = snapshot.open_key(reference)?;
            }
            Ok(opened)
        })
    }

    async fn keys(&self, page: &KeyPage) -> Result<Vec<Key>, StoreError> {
        self.read(|snapshot| snapshot.keys(page))
    }

    async fn keys_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Key>, StoreError> {
        self.read(|snapshot| snapshot.keys_due(now, limit))
    }

    async fn alias(&self, name: &AliasName) -> Result<Option<Alias>, StoreError> {
        self.read(|snapshot| snapshot.alias(name))
    }

    async fn aliases(&self, page: &AliasPage) -> Result<Vec<Alias>, StoreError> {
        self.read(|snapshot| snapshot.aliases(page))
    }

    async fn open_identity(
        &self,
        name: &IdentityName,
    ) -> Result<Option<StoredIdentity>, StoreError> {
        self.read(|snapshot| snapshot.identity(name))
    }

    async fn latest_token(&self, kind: TokenKind) -> Result<Option<Identity>, StoreError> {
        self.read(|snapshot| snapshot.latest_token(kind))
    }

    async fn identities_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Identity>, StoreError> {
        self.read(|snapshot| snapshot.identities_due(now, limit))
    }

    async fn commit(&self, batch: Vec<Write>) -> Result<(), CommitError> {
        self.inner.writer.commit(Batch::Records(batch)).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
