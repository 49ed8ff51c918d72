#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod copy;
mod credential;
mod error;
mod failure;
mod group_commit;
mod postgres;
mod private_file;
mod record;
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
pub use postgres::{PasswordError, PasswordSources, PostgresStore, PostgresUrl, PostgresUrlError};
pub use root_key::{RootKey, RootKeyError};
pub use sqlite::SqliteStore;
pub use store::{Store, StoreLocation};
