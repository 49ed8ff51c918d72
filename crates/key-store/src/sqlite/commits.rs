//! How many transactions a store has committed, by which a file that lost some is told.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use export_api::ports::CommitError;
use rusqlite::{Connection, OptionalExtension};

use super::writer::Batch;
use super::{SqliteStore, connection, is_new, schema};
use crate::Error;
use crate::failure::Failure;

/// The number of the last commit of a store that this process knows to be durable.
///
/// A handle: clones follow the same store.
#[derive(Clone, Debug)]
pub struct Commits(Arc<AtomicU64>);

impl Commits {
    pub(super) fn from_stored(number: u64) -> Self {
        Self(Arc::new(AtomicU64::new(number)))
    }

    /// The number; it grows with each transaction that is acknowledged.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Takes note of a commit that is durable now.
    pub(super) fn reached(&self, number: u64) {
        self.0.fetch_max(number, Ordering::Release);
    }
}

impl SqliteStore {
    /// The number of the last commit, which each transaction raises by one in the store itself.
    ///
    /// Whoever notes it elsewhere after a commit can tell by [`commits_in`](Self::commits_in)
    /// whether the file still holds that commit: SQLite passes over a damaged end of its log in
    /// silence, and all that was committed there with it.
    #[must_use]
    pub fn commits(&self) -> Commits {
        self.inner.commits.clone()
    }

    /// The number of the last commit that the files in a directory hold, without a root key and
    /// without changing them; 0 if there is no store, or one whose schema does not count yet.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] and [`Error::Database`] if it cannot be read.
    pub fn commits_in(directory: &Path) -> Result<u64, Error> {
        let path = directory.join(Self::DATABASE_FILE);
        if is_new(&path) {
            return Ok(0);
        }
        let connection = connection::reader(&path)?;
        let sql = "SELECT 1 FROM sqlite_schema WHERE name = 'commits'";
        let counts = connection.query_row(sql, (), |_| Ok(())).optional();
        match counts.map_err(schema::read_failure)? {
            Some(()) => read(&connection),
            None => Ok(0),
        }
    }

    /// Raises the number of the last commit to at least this one: for a store that takes the place
    /// of another, or whose loss is accepted.
    ///
    /// # Errors
    ///
    /// [`CommitError::Store`] if the store cannot be written.
    pub async fn raise_commits(&self, number: u64) -> Result<(), CommitError> {
        if self.inner.commits.last() >= number {
            return Ok(());
        }
        // The commit of this batch itself is the last one.
        self.inner.writer.commit(Batch::CommitsBefore(number.saturating_sub(1))).await
    }
}

/// The number that is stored.
pub(super) fn read(connection: &Connection) -> Result<u64, Error> {
    let number = connection.query_row("SELECT number FROM commits", (), |row| row.get::<_, i64>(0));
    let number = number.map_err(|error| match error {
        rusqlite::Error::QueryReturnedNoRows => Error::Damaged,
        error => schema::read_failure(error),
    })?;
    u64::try_from(number).map_err(|_| Error::Damaged)
}

/// Counts the commit of the open transaction, and says which it will be.
pub(super) fn count(connection: &Connection) -> Result<u64, Failure> {
    let sql = "UPDATE commits SET number = number + 1 RETURNING number";
    let number = connection.prepare_cached(sql)?.query_row((), |row| row.get::<_, i64>(0));
    // Whatever it is, the transaction cannot be committed without its number.
    let number = number.map_err(|error| Failure::from(error).of_transaction())?;
    u64::try_from(number).map_err(|_| Failure::TransactionLost)
}

/// Raises the number in the open transaction.
pub(super) fn raise(connection: &Connection, number: u64) -> Result<(), Failure> {
    let number = i64::try_from(number).map_err(|_| Failure::Conflict)?;
    let sql = "UPDATE commits SET number = ?1 WHERE number < ?1";
    connection.prepare_cached(sql)?.execute([number])?;
    Ok(())
}
