//! The store in one SQLite file.

mod commits;
mod connection;
mod copying;
mod credentials;
mod raw;
mod readers;
mod rotation;
mod row;
mod schema;
mod snapshot;
mod writer;

use core::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use export_api::ports::{
    Alias, AliasPage, CommitError, KeyPage, KeyReference, KeyStore, Randomness, StoreError,
    StoredIdentity, StoredKey, Write,
};
use export_api::{AliasName, Identity, IdentityName, Key, KeyState, Timestamp, TokenKind};

pub use self::commits::Commits;
pub(crate) use self::raw::{RawFile, Rows, STORE_KEYS};
use self::readers::Readers;
use self::snapshot::Snapshot;
use self::writer::{Batch, Writer};
use crate::failure::Failure;
use crate::group_commit::{GroupCommit, Statistics};
use crate::key_ring::KeyRing;
use crate::record::Opened;
use crate::store::root_key_from;
use crate::table::Table;
use crate::{Credential, Error, RootKey, RootKeySource, private_file};

/// Keys, aliases and credentials in one SQLite file, each record sealed.
///
/// A handle: clones share one store, which closes with the last of them, after everything that
/// was sent to it is written.
///
/// Reads run where they are called and take some microseconds; they are not worth a thread of
/// their own. Writes go to one thread, which commits those that wait in one transaction. A
/// commit is durable when its future is ready, also if the machine then loses power; dropping
/// the future does not stop it. A commit that the disk failed is refused, and overwritten before
/// the refusal is told; only if the disk fails that too, and the process ends before it succeeds,
/// the commit may turn up after all, whole.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    // Closed before the writer, so that the writer is the last to close and tidies up the log.
    readers: Readers,
    writer: GroupCommit<Batch>,
    ring: Arc<KeyRing>,
    randomness: Arc<dyn Randomness>,
    commits: Commits,
}

impl SqliteStore {
    /// The name under which [`open_with_key_file`](Self::open_with_key_file) is commonly given
    /// its root key.
    pub const ROOT_KEY_FILE: &'static str = "root.key";

    /// The name of the database in the directory of a store.
    pub const DATABASE_FILE: &'static str = "keys.sqlite3";

    /// Copies the database of a directory, as it is at one moment, to a file that is not there
    /// yet; the store may be open and written to all the while.
    ///
    /// What is sealed stays sealed, and no key is needed. The copy is on the disk when this
    /// returns. It has mode 0600.
    ///
    /// # Errors
    ///
    /// [`Error::Directory`] if the file is there or cannot be made, [`Error::Database`] if there
    /// is no database or it cannot be read.
    pub fn copy(directory: &Path, to: &Path) -> Result<(), Error> {
        let unmade = |source| Error::Directory { path: to.to_owned(), source };
        let reader = connection::reader(&directory.join(Self::DATABASE_FILE))?;
        private_file::create(to).map_err(unmade)?;
        let name = to.to_str().ok_or_else(|| unmade(io::ErrorKind::InvalidFilename.into()))?;
        reader.execute("VACUUM INTO ?1", [name])?;
        fs::File::open(to).and_then(|file| file.sync_all()).map_err(unmade)
    }

    /// Whether there is a store in a directory.
    #[must_use]
    pub fn is_in(directory: &Path) -> bool {
        !is_new(&directory.join(Self::DATABASE_FILE))
    }

    /// Opens the store in a directory, or makes both.
    ///
    /// The directory gets mode 0700 and the files 0600 when they are made. The randomness is for
    /// nonces and, in a new store, for the key that seals its records. The root key is held for
    /// store keys that are made later.
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
        Self::open_with(directory, root_key, None, Arc::new(randomness))
    }

    fn open_with(
        directory: &Path,
        root_key: &RootKey,
        source: Option<Arc<RootKeySource>>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, Error> {
        let path = database(directory)?;
        inspect(&path, root_key)?;
        private_file::create_if_missing(&path)
            .map_err(|source| Error::Directory { path: path.clone(), source })?;

        let mut connection = connection::writer(&path)?;
        let keys = schema::prepare(&mut connection, root_key, &*randomness)?;
        let ring = Arc::new(KeyRing::new(keys, root_key.clone(), source));
        let commits = Commits::from_stored(commits::read(&connection)?);
        let readers = Readers::open(&path)?;
        let shared = (Arc::clone(&ring), Arc::clone(&randomness), commits.clone());
        let writer = Writer::new(path, connection, shared);
        let writer = GroupCommit::start(writer).map_err(|source| Error::Thread { source })?;
        Ok(Self { inner: Arc::new(Inner { readers, writer, ring, randomness, commits }) })
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
        let source = Arc::new(source);
        let randomness = Arc::new(randomness);
        let was_new = is_new(&path);
        let open = || {
            let root_key = root_key(&path, &source, &*randomness)?;
            Self::open_with(directory, &root_key, Some(source.clone()), randomness.clone())
        };
        match open() {
            // Another process that starts at the same time was faster; its root key counts.
            Err(Error::WrongRootKey) if was_new => open(),
            opened => opened,
        }
    }

    /// How much was written since the store was opened.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.inner.writer.statistics()
    }

    /// How many keys there are in each state. The counts come from an index and are not
    /// authenticated.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be read.
    pub fn key_counts(&self) -> Result<Vec<(KeyState, u64)>, StoreError> {
        self.read(|snapshot| snapshot.key_counts())
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
        self.put_credentials(vec![credential]).await
    }

    /// Writes access keys, new (version 0) or changed, all or none; they are durable when this
    /// returns.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] if one is not at the version it was said to be.
    pub async fn put_credentials(&self, credentials: Vec<Credential>) -> Result<(), CommitError> {
        self.inner.writer.commit(Batch::Credentials(credentials)).await
    }

    /// As [`open_from`](Self::open_from), but makes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NoStore`] if there is no store, and as above.
    pub fn open_existing(
        directory: &Path,
        source: RootKeySource,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        match Self::is_in(directory) {
            true => Self::open_from(directory, source, randomness),
            false => Err(Error::NoStore),
        }
    }

    /// The records after a name, with their secrets.
    pub(crate) fn page<R: Table>(
        &self,
        after: &str,
        most: usize,
    ) -> Result<Vec<Opened<R>>, StoreError> {
        self.read(|snapshot| snapshot.page(after, most))
    }

    /// Adds records as they are, with their versions, all or none.
    pub(crate) async fn insert<R: Table>(
        &self,
        records: Vec<Opened<R>>,
    ) -> Result<(), CommitError> {
        let insert = move |writer: &Writer| {
            let mut records = records.iter();
            records.try_for_each(|(record, secret)| writer.insert(record, secret.as_ref()))
        };
        self.inner.writer.commit(Batch::Copied(Box::new(insert))).await
    }

    fn read<T>(
        &self,
        read: impl FnOnce(Snapshot<'_>) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.inner.readers.read(&self.inner.ring, read).map_err(Failure::report_read)
    }
}

/// The root key of the store that is there, or one for a store that is not there yet.
fn root_key(
    path: &Path,
    source: &RootKeySource,
    randomness: &impl Randomness,
) -> Result<RootKey, Error> {
    let id = if is_new(path) { None } else { schema::root_key_id(&connection::reader(path)?)? };
    root_key_from(source, id.as_deref(), randomness)
}

/// Makes the directory and says where the database is.
fn database(directory: &Path) -> Result<PathBuf, Error> {
    private_file::create_directory(directory)
        .map_err(|source| Error::Directory { path: directory.to_owned(), source })?;
    Ok(directory.join(SqliteStore::DATABASE_FILE))
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
