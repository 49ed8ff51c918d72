//! Why a store does not open.

use std::io;
use std::path::PathBuf;

use export_api::ports::RandomnessUnavailable;

use crate::RootKeyError;
use crate::record::Broken;
use crate::seal::UnwrapError;

/// Why a store was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The directory or the file of the store cannot be made.
    #[error("{} cannot be made", path.display())]
    Directory {
        /// The directory or file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no usable root key.
    #[error(transparent)]
    RootKey(#[from] RootKeyError),
    /// There is a store, but the file of its root key is gone; a new root key would not open it.
    #[error("there is a store here, but its root key {} is missing", path.display())]
    RootKeyMissing {
        /// Where the root key was looked for.
        path: PathBuf,
    },
    /// There is no store, and none was to be made.
    #[error("there is no store here")]
    NoStore,
    /// There is a store where an empty place is needed. Nothing was changed.
    #[error("there is a store here already; nothing was changed")]
    NotEmpty,
    /// The root key is not that of the store. Nothing was changed.
    #[error("the root key is not the one of this store; nothing was changed")]
    WrongRootKey,
    /// The store was written by a newer release. Nothing was changed.
    #[error("the store has schema {found}, this release knows up to {known}; nothing was changed")]
    Newer {
        /// The number of the store's schema.
        found: i64,
        /// The newest number this release knows.
        known: i64,
    },
    /// The store keys do not open, or the file is no database.
    #[error("the store is damaged")]
    Damaged,
    /// The source of randomness did not answer.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
    /// The server is set up so that it loses what it acknowledged, or keeps text in another
    /// encoding.
    #[error("the server has {setting} = {value}; a store needs {wanted}")]
    ServerSetting {
        /// The setting of the server.
        setting: &'static str,
        /// Its value.
        value: String,
        /// The value it must have.
        wanted: &'static str,
    },
    /// TLS to the server cannot be spoken.
    #[error(
        "the authorities of servers cannot be read{}",
        path.as_ref().map(|path| format!(" from {}", path.display())).unwrap_or_default()
    )]
    Tls {
        /// The file with authorities, if one was named.
        path: Option<PathBuf>,
        /// What is wrong.
        source: Box<dyn core::error::Error + Send + Sync>,
    },
    /// The database does not answer.
    #[error("the database of the store does not open")]
    Database {
        /// What the database says.
        source: Box<dyn core::error::Error + Send + Sync>,
    },
    /// The thread that writes cannot be started.
    #[error("the thread that writes cannot be started")]
    Thread {
        /// What the system says.
        source: io::Error,
    },
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database { source: Box::new(error) }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database { source: Box::new(error) }
    }
}

impl From<Broken> for Error {
    fn from(_: Broken) -> Self {
        Self::Damaged
    }
}

impl From<UnwrapError> for Error {
    fn from(error: UnwrapError) -> Self {
        match error {
            UnwrapError::WrongRootKey => Self::WrongRootKey,
            UnwrapError::Damaged => Self::Damaged,
            UnwrapError::Unavailable(error) => Self::RootKey(error),
        }
    }
}
