//! The store in a PostgreSQL database, which any number of servers may share.

mod failure;
mod password;
mod port;
mod reads;
mod row;
mod schema;
mod session;
mod tls;
mod url;
mod worker;
mod writes;

use core::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deadpool_postgres::{Object, Pool};
use export_api::ports::{CommitError, KeyReference, Randomness, StoreError, Write};
use export_api::{Key, KeyState};
use tokio_postgres::Client;

use self::failure::Fault;
pub use self::password::{PasswordError, PasswordSources};
use self::reads::Reader;
pub use self::url::{PostgresUrl, PostgresUrlError};
use self::worker::Worker;
use self::writes::Writer;
use crate::group_commit::Statistics;
use crate::record::Opened;
use crate::seal::StoreKeys;
use crate::store::root_key_from;
use crate::table::Table;
use crate::{Credential, Error, RootKey, RootKeySource};

/// How long a read or a transaction may take, from when it has a connection.
const TIME: Duration = Duration::from_secs(10);
/// How often a change is tried that others get in the way of, or a read whose connection broke.
const ATTEMPTS: u32 = 8;

/// Keys, aliases and credentials in a PostgreSQL database, each record sealed.
///
/// A handle: clones share one store, which closes with the last of them, after everything that
/// was sent to it is written. The records are those of the embedded store, sealed in the same way
/// under store keys that the same kind of root key wraps.
///
/// A commit is durable when its future is ready; dropping the future does not stop it. If the
/// connection breaks just then, or the answer takes longer than 10 seconds, the commit is refused as
/// [`StoreError::Unavailable`] although it may have been carried out, whole. A conflict always says
/// that nothing was written.
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

struct Inner {
    /// Closed first: it waits for what still works with the rest.
    worker: Worker,
    shared: Arc<Shared>,
}

struct Shared {
    pool: Pool,
    keys: StoreKeys,
    randomness: Box<dyn Randomness>,
    batches: AtomicU64,
    /// How long these took in all.
    nanoseconds: AtomicU64,
}

impl PostgresStore {
    /// Opens the store in a database, or makes its tables there.
    ///
    /// The randomness is for nonces and, in a new store, for the key that seals its records. The
    /// root key is needed while opening only. The calling thread waits for the database.
    ///
    /// # Errors
    ///
    /// [`Error::WrongRootKey`] and [`Error::Newer`], which leave the store untouched,
    /// [`Error::ServerSetting`] if the server does not keep what it acknowledges, and
    /// [`Error::Tls`], [`Error::Damaged`], [`Error::Randomness`], [`Error::Database`] or
    /// [`Error::Thread`].
    pub fn open(
        url: &PostgresUrl,
        root_key: &RootKey,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        Opening::begin(url)?.finish(url, root_key, randomness)
    }

    /// Opens the store in a database with a root key from where it is kept; where there is no store
    /// yet, both are made.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); [`Error::RootKey`] if there is no usable root key, and
    /// [`Error::RootKeyMissing`] if there is a store but not the file of its root key.
    pub fn open_from(
        url: &PostgresUrl,
        source: &RootKeySource,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        let opening = Opening::begin(url)?;
        let root_key = root_key_from(source, opening.root_key_id.as_deref(), &randomness)?;
        opening.finish(url, &root_key, randomness)
    }

    /// As [`open_from`](Self::open_from), but makes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NoStore`] if there is no store, and as above.
    pub fn open_existing(
        url: &PostgresUrl,
        source: &RootKeySource,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        let opening = Opening::begin(url)?;
        let id = opening.root_key_id.clone().ok_or(Error::NoStore)?;
        opening.finish(url, &source.for_store(&id)?, randomness)
    }

    /// How much was written since the store was opened. Each batch is a transaction of its own here,
    /// and its time is that of the whole transaction.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let shared = &self.inner.shared;
        let batches = shared.batches.load(Ordering::Relaxed);
        let commit_time = Duration::from_nanos(shared.nanoseconds.load(Ordering::Relaxed));
        Statistics { batches, commits: batches, commit_time }
    }

    /// How many keys there are in each state. The counts are not authenticated.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be read.
    pub async fn key_counts(&self) -> Result<Vec<(KeyState, u64)>, StoreError> {
        self.read((), |reader, ()| Box::pin(async move { reader.key_counts().await })).await
    }

    /// All access keys with their secrets, in the order of their ids.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be read or one of them does not open.
    pub async fn credentials(&self) -> Result<Vec<Credential>, StoreError> {
        self.read((), |reader, ()| Box::pin(async move { reader.credentials().await })).await
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
        self.change(Change::Credentials(credentials)).await
    }

    async fn read<A: Send + Sync + 'static, T: Send + 'static>(
        &self,
        about: A,
        read: Read<A, T>,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.inner.shared);
        let reading = async move { shared.read(&about, read).await };
        let outcome = self.inner.worker.run(reading).await;
        outcome.unwrap_or(Err(Fault::Panicked)).map_err(Fault::report_read)
    }

    async fn references(
        &self,
        references: Vec<KeyReference>,
    ) -> Result<Vec<Option<Opened<Key>>>, StoreError> {
        self.read(references, |reader, references| {
            Box::pin(async move { reader.references(references).await })
        })
        .await
    }

    /// The records after a name, with their secrets.
    pub(crate) async fn page<R: Table>(
        &self,
        after: String,
        most: usize,
    ) -> Result<Vec<Opened<R>>, StoreError> {
        self.read((after, most), |reader, (after, most)| {
            Box::pin(async move { reader.opened(R::PAGE, &[after, &reads::limit(*most)]).await })
        })
        .await
    }

    /// Adds records as they are, with their versions, all or none.
    pub(crate) async fn insert<R: Table>(
        &self,
        records: Vec<Opened<R>>,
    ) -> Result<(), CommitError> {
        let shared = Arc::clone(&self.inner.shared);
        let inserting = async move {
            session::within(&shared.pool, TIME, async |client: &mut Object| {
                let writer = Writer { keys: &shared.keys, randomness: &*shared.randomness };
                writer.insert_all(client, &records).await
            })
            .await
        };
        let outcome = self.inner.worker.run(inserting).await;
        outcome.unwrap_or(Err(Fault::Panicked)).map_err(Fault::report)
    }

    async fn change(&self, change: Change) -> Result<(), CommitError> {
        let shared = Arc::clone(&self.inner.shared);
        let outcome = self.inner.worker.run(async move { shared.change(&change).await }).await;
        outcome.unwrap_or(Err(Fault::Panicked)).map_err(Fault::report)
    }
}

/// A store that was looked at and is not open yet.
struct Opening {
    client: Client,
    /// `None` where there is no store yet.
    root_key_id: Option<Vec<u8>>,
    worker: Worker,
}

impl Opening {
    fn begin(url: &PostgresUrl) -> Result<Self, Error> {
        let worker = Worker::start().map_err(|source| Error::Thread { source })?;
        let (client, root_key_id) = worker.run_here(async {
            let client = session::connect(url).await?;
            let root_key_id = schema::root_key_id(&client).await?;
            Ok::<_, Error>((client, root_key_id))
        })?;
        Ok(Self { client, root_key_id, worker })
    }

    fn finish(
        self,
        url: &PostgresUrl,
        root_key: &RootKey,
        randomness: impl Randomness + 'static,
    ) -> Result<PostgresStore, Error> {
        let Self { mut client, worker, .. } = self;
        let preparing = schema::prepare(&mut client, root_key, &randomness);
        let keys = worker.run_here(preparing)?;
        let pool = session::pool(url)?;
        let randomness = Box::new(randomness);
        let (batches, nanoseconds) = (AtomicU64::new(0), AtomicU64::new(0));
        let shared = Arc::new(Shared { pool, keys, randomness, batches, nanoseconds });
        Ok(PostgresStore { inner: Arc::new(Inner { worker, shared }) })
    }
}

/// A read about something, from a connection.
type Read<A, T> = for<'a> fn(Reader<'a>, &'a A) -> Answer<'a, T>;
type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// What is written all or nothing.
enum Change {
    Records(Vec<Write>),
    Credentials(Vec<Credential>),
}

impl Shared {
    /// Reads, again on a new connection if one broke.
    async fn read<A: Sync, T>(&self, about: &A, read: Read<A, T>) -> Result<T, Fault> {
        let mut attempt = 1;
        loop {
            let outcome = session::within(&self.pool, TIME, async |client: &mut Object| {
                read(Reader { client, keys: &self.keys }, about).await
            });
            match outcome.await {
                Err(fault) if fault.is_passing() && attempt < ATTEMPTS => {
                    self.pause(attempt).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Writes, again from the start if others got in the way.
    async fn change(&self, change: &Change) -> Result<(), Fault> {
        let start = Instant::now();
        let mut attempt = 1;
        loop {
            let outcome = session::within(&self.pool, TIME, async |client: &mut Object| {
                let writer = Writer { keys: &self.keys, randomness: &*self.randomness };
                match change {
                    Change::Records(batch) => writer.commit(client, batch).await,
                    Change::Credentials(credentials) => {
                        writer.put_credentials(client, credentials).await
                    }
                }
            });
            match outcome.await {
                Ok(()) => {
                    self.batches.fetch_add(1, Ordering::Relaxed);
                    let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap_or(0);
                    self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
                    return Ok(());
                }
                Err(fault) if fault.is_passing() && attempt < ATTEMPTS => {
                    self.pause(attempt).await;
                    attempt += 1;
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Waits before another attempt, each time longer, and not as long as others do.
    async fn pause(&self, attempt: u32) {
        let mut part = [0; 1];
        // Without randomness all wait alike, which is no harm beside what then fails anyway.
        let _ = self.randomness.fill(&mut part);
        let milliseconds = u64::from(part[0]) * u64::from(attempt) / 16;
        tokio::time::sleep(Duration::from_millis(1 + milliseconds)).await;
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}
