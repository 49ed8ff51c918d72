//! Rotation of root keys and store keys, in whichever store it is.

use std::path::Path;

use export_api::ports::{CommitError, Randomness, StoreError};

use super::{Place, Store, StoreLocation};
use crate::postgres::PostgresStore;
use crate::{Error, Resealing, RootKeySource, SqliteStore};

impl Store {
    /// Wraps the store keys by another root key, all at once: until this returns the old one opens
    /// the store, and from then on the new one only.
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::rotate_root_key`] and [`PostgresStore::rotate_root_key`].
    pub fn rotate_root_key(
        location: &StoreLocation,
        data_directory: &Path,
        old: &RootKeySource,
        new: &RootKeySource,
        randomness: impl Randomness,
    ) -> Result<(), Error> {
        match location.place(data_directory) {
            Place::Directory(directory) => {
                SqliteStore::rotate_root_key(directory, old, new, randomness)
            }
            Place::Database(url) => PostgresStore::rotate_root_key(url, old, new, randomness),
        }
    }

    /// The numbers of the store keys; more than one while records are being sealed anew.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be read.
    pub async fn store_keys(&self) -> Result<Vec<u32>, StoreError> {
        match self {
            Self::Sqlite(store) => store.store_keys(),
            Self::Postgres(store) => store.store_keys().await,
        }
    }

    /// Makes a new store key; from now on every process seals under it.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] while there is an older one beside the newest.
    pub async fn add_store_key(&self) -> Result<(), CommitError> {
        match self {
            Self::Sqlite(store) => store.add_store_key().await,
            Self::Postgres(store) => store.add_store_key().await,
        }
    }

    /// Seals some records under the newest store key that are under older ones, at most `limit`;
    /// says whether the walk goes on.
    ///
    /// A record that somebody writes at the same time is left to them.
    ///
    /// # Errors
    ///
    /// [`CommitError::Store`] if the store cannot be read or written.
    pub async fn reseal_next(
        &self,
        walk: &mut Resealing,
        limit: usize,
    ) -> Result<bool, CommitError> {
        match self {
            Self::Sqlite(store) => store.reseal_next(walk, limit).await,
            Self::Postgres(store) => store.reseal_next(walk, limit).await,
        }
    }

    /// Deletes all store keys but the newest.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] while records are sealed under one of them.
    pub async fn delete_old_store_keys(&self) -> Result<(), CommitError> {
        match self {
            Self::Sqlite(store) => store.delete_old_store_keys().await,
            Self::Postgres(store) => store.delete_old_store_keys().await,
        }
    }
}
