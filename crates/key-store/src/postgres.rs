//! The store in a PostgreSQL database, which any number of servers may share.

mod backup;
mod failure;
mod password;
mod port;
mod reads;
mod rotation;
mod row;
mod schema;
mod server;
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
pub use self::server::PostgresServer;
pub use self::url::{PostgresUrl, PostgresUrlError};
use self::worker::Worker;
use self::writes::Writer;
use crate::group_commit::Statistics;
use crate::key_ring::KeyRing;
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
    ring: KeyRing,
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
        Opening::begin(url)?.finish(url, root_key, None, randomness)
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
        source: RootKeySource,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        let opening = Opening::begin(url)?;
        let root_key = root_key_from(&source, opening.root_key_id.as_deref(), &randomness)?;
        opening.finish(url, &root_key, Some(source), randomness)
    }

    /// As [`open_from`](Self::open_from), but makes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NoStore`] if there is no store, and as above.
    pub fn open_existing(
        url: &PostgresUrl,
        source: RootKeySource,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, Error> {
        let opening = Opening::begin(url)?;
        let id = opening.root_key_id.clone().ok_or(Error::NoStore)?;
        let root_key = source.for_store(&id)?;
        opening.finish(url, &root_key, Some(source), randomness)
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

    /// Carries something out, also if nobody waits for it any more.
    async fn carry_out<A: Send + Sync + 'static, T: Send + 'static>(
        &self,
        about: A,
        work: Work<A, T>,
    ) -> Result<T, Fault> {
        let shared = Arc::clone(&self.inner.shared);
        let working = async move { shared.attempt(&about, work).await };
        self.inner.worker.run(working).await.unwrap_or(Err(Fault::Panicked))
    }

    async fn read<A: Send + Sync + 'static, T: Send + 'static>(
        &self,
        about: A,
        read: Read<A, T>,
    ) -> Result<T, StoreError> {
        let work: Work<_, T> = |Turn { client, keys, .. }, (about, read): &(A, Read<A, T>)| {
            read(Reader { client, keys }, about)
        };
        self.carry_out((about, read), work).await.map_err(Fault::report_read)
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
        let inserting = self.carry_out(records, |turn, records| {
            Box::pin(async move { turn.writer().insert_all(turn.client, records).await })
        });
        inserting.await.map_err(Fault::report)
    }

    async fn change(&self, change: Change) -> Result<(), CommitError> {
        let changing = self.carry_out(change, |turn, change| {
            Box::pin(async move {
                let start = Instant::now();
                let writer = turn.writer();
                match change {
                    Change::Records(batch) => writer.commit(turn.client, batch).await,
                    Change::Credentials(credentials) => {
                        writer.put_credentials(turn.client, credentials).await
                    }
                }?;
                turn.shared.count(start.elapsed());
                Ok(())
            })
        });
        changing.await.map_err(Fault::report)
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
        source: Option<RootKeySource>,
        randomness: impl Randomness + 'static,
    ) -> Result<PostgresStore, Error> {
        let Self { mut client, worker, .. } = self;
        let preparing = schema::prepare(&mut client, root_key, &randomness);
        let keys = worker.run_here(preparing)?;
        let ring = KeyRing::new(keys, root_key.clone(), source.map(Arc::new));
        let pool = session::pool(url)?;
        let randomness = Box::new(randomness);
        let (batches, nanoseconds) = (AtomicU64::new(0), AtomicU64::new(0));
        let shared = Arc::new(Shared { pool, ring, randomness, batches, nanoseconds });
        Ok(PostgresStore { inner: Arc::new(Inner { worker, shared }) })
    }
}

/// A read about something.
type Read<A, T> = for<'a> fn(Reader<'a>, &'a A) -> Answer<'a, T>;
/// Work about something that is carried out whole, or not at all and then again.
type Work<A, T> = for<'a> fn(Turn<'a>, &'a A) -> Answer<'a, T>;
type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// What one attempt is made with.
struct Turn<'a> {
    client: &'a mut Object,
    keys: &'a StoreKeys,
    shared: &'a Shared,
}

impl<'a> Turn<'a> {
    fn writer(&self) -> Writer<'a> {
        Writer { keys: self.keys, randomness: &*self.shared.randomness }
    }
}

/// What is written all or nothing.
enum Change {
    Records(Vec<Write>),
    Credentials(Vec<Credential>),
}

impl Shared {
    fn count(&self, time: Duration) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(0);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Carries something out with the store keys that are known, and again from the start if others
    /// got in the way, if a connection broke, or if it takes a store key that is new here.
    async fn attempt<A: Sync, T>(&self, about: &A, work: Work<A, T>) -> Result<T, Fault> {
        let mut attempt = 1;
        loop {
            let keys = self.ring.current();
            let once = session::within(&self.pool, TIME, async |client: &mut Object| {
                work(Turn { client, keys: &keys, shared: self }, about).await
            });
            match once.await {
                Err(Fault::StoreKeysMoved) if attempt < ATTEMPTS => _ = self.learn().await?,
                Err(Fault::StoreKeyUnknown(number)) if attempt < ATTEMPTS => {
                    if self.learn().await?.numbered(number).is_none() {
                        return Err(Fault::StoreKeyUnknown(number));
                    }
                }
                Err(fault) if fault.is_passing() && attempt < ATTEMPTS => self.pause(attempt).await,
                outcome => return outcome,
            }
            attempt += 1;
        }
    }

    /// Reads the store keys anew.
    async fn learn(&self) -> Result<Arc<StoreKeys>, Fault> {
        let stored = session::within(&self.pool, TIME, async |client: &mut Object| {
            let client: &Client = client;
            schema::wrapped_store_keys::<Fault>(client).await
        });
        let stored = stored.await?;
        Ok(self.ring.replace(&stored)?)
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
