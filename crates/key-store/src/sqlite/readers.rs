//! A few connections that read, shared by all who ask.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;

use rusqlite::Connection;

use super::connection;
use super::snapshot::Snapshot;
use crate::failure::Failure;
use crate::key_ring::KeyRing;

/// Connections that read, each behind a lock that is held for one snapshot.
pub(super) struct Readers {
    connections: Vec<Mutex<Connection>>,
    /// Where the next search for a free connection begins.
    next: AtomicUsize,
}

impl Readers {
    /// Opens as many connections as threads can run at once.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let count = thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 16));
        let open = |_| connection::reader(path).map(Mutex::new);
        let connections = (0..count).map(open).collect::<Result<_, _>>()?;
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    /// Reads from one consistent state, the one of the last commit before.
    pub(super) fn read<T>(
        &self,
        keys: &KeyRing,
        read: impl FnOnce(Snapshot<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.read_plain(|connection| read(Snapshot::of(connection, keys)))
    }

    /// As [`read`](Self::read), without opening anything.
    pub(super) fn read_plain<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let connection = self.connection();
        if !connection.is_autocommit() {
            // The transaction of a read that failed could not be ended then.
            connection.prepare_cached("ROLLBACK")?.execute(())?;
        }
        connection.prepare_cached("BEGIN")?.execute(())?;
        let outcome = read(&connection);
        let ended = connection.prepare_cached("COMMIT")?.execute(());
        let outcome = outcome?;
        ended?;
        Ok(outcome)
    }

    /// A free connection, or the first that becomes free in its turn.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        let first = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len().max(1);
        let (before, from) = self.connections.split_at(first);
        for connection in from.iter().chain(before) {
            match connection.try_lock() {
                Ok(connection) => return connection,
                // Whoever panicked left at most a transaction, which the next read ends.
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => (),
            }
        }
        let connection =
            from.first().expect("there are connections, and the turn is below their number");
        connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
