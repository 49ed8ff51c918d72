//! The root key: the one secret the store does not hold itself.

mod file;

use std::io;
use std::path::PathBuf;

use export_api::ports::RandomnessUnavailable;
use key_types::{SecretKey, SecretKeyLengthError};

/// The key that wraps the keys of a store: 32 secret bytes, kept apart from it.
///
/// Whoever has the root key and the store has every key in it; without the root key the store
/// cannot be read by anybody.
#[derive(Debug)]
pub struct RootKey {
    key: SecretKey,
}

/// Why there is no usable root key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootKeyError {
    /// It does not have 32 bytes.
    #[error("a root key has 32 bytes, not {found}")]
    Length {
        /// The length in bytes that was found.
        found: u64,
    },
    /// Its file can be read or written by others than the owner.
    #[error("{} is open to others than its owner; set its mode to 0600", path.display())]
    NotPrivate {
        /// The file.
        path: PathBuf,
    },
    /// Its file cannot be read or made.
    #[error("{} cannot be read or made", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The source of randomness did not answer.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
}

impl RootKey {
    /// The length of a root key in bytes.
    pub const LENGTH: usize = 32;

    /// Takes a root key that was kept elsewhere.
    ///
    /// # Errors
    ///
    /// [`RootKeyError::Length`] if it does not have 32 bytes.
    pub fn new(key: SecretKey) -> Result<Self, RootKeyError> {
        if key.length() == Self::LENGTH {
            return Ok(Self { key });
        }
        Err(RootKeyError::Length { found: u64::try_from(key.length()).unwrap_or(u64::MAX) })
    }

    pub(crate) fn expose_secret(&self) -> &[u8] {
        self.key.expose_secret()
    }
}

impl From<SecretKeyLengthError> for RootKeyError {
    fn from(error: SecretKeyLengthError) -> Self {
        Self::Length { found: u64::try_from(error.found).unwrap_or(u64::MAX) }
    }
}
