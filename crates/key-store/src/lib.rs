#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod credential;
mod error;
mod failure;
mod group_commit;
mod key_ring;
mod locked_memory;
mod private_file;
mod record;
mod root_key;
mod seal;
mod sqlite;

#[doc(hidden)]
pub mod fuzzing;

pub use credential::Credential;
pub use error::Error;
pub use group_commit::Statistics;
pub use root_key::{Occasion, RootKey, RootKeyError, RootKeySource};
#[cfg(feature = "pkcs11")]
pub use root_key::{TokenError, TokenUri, TokenUriError};
pub use sqlite::{Resealing, SqliteStore};
