#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod abbreviation;
mod copy;
mod credential;
mod error;
mod failure;
mod group_commit;
mod key_ring;
mod locked_memory;
mod postgres;
mod private_file;
mod record;
mod resealing;
mod root_key;
mod seal;
mod sqlite;
mod store;
mod table;

#[doc(hidden)]
pub mod fuzzing;

pub use copy::{CopyError, CopyStage, copy};
pub use credential::Credential;
pub use error::Error;
pub use group_commit::Statistics;
pub use postgres::{
    PasswordError, PasswordSources, PostgresServer, PostgresStore, PostgresUrl, PostgresUrlError,
};
pub use resealing::Resealing;
pub use root_key::{Occasion, RootKey, RootKeyError, RootKeySource};
#[cfg(feature = "pkcs11")]
pub use root_key::{TokenError, TokenUri, TokenUriError};
pub use sqlite::{Commits, SqliteStore};
pub use store::{Store, StoreLocation};
