//! The root key: the one secret the store does not hold itself.

mod file;
mod passphrase;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod source;

use core::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use export_api::ports::{Randomness, RandomnessUnavailable};
use key_types::{SecretKey, SecretKeyLengthError};

pub(crate) use self::passphrase::Derivation;
pub use self::passphrase::Occasion;
#[cfg(feature = "pkcs11")]
pub use self::pkcs11::{TokenError, TokenUri, TokenUriError};
pub use self::source::RootKeySource;
use crate::record::Broken;
use crate::seal::{Binding, SealingKey};

/// The key that wraps the keys of a store, kept apart from it.
///
/// Whoever has the root key and the store has every key in it; without the root key the store
/// cannot be read by anybody. Its 32 bytes are in locked memory, or in a token that never gives
/// them away.
#[derive(Clone)]
pub struct RootKey {
    inner: Arc<Inner>,
}

struct Inner {
    /// Stands in the store beside what the key has wrapped, and tells which key it was.
    id: Vec<u8>,
    place: Place,
}

enum Place {
    Memory(SealingKey),
    #[cfg(feature = "pkcs11")]
    Token(pkcs11::TokenKey),
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
    /// The passphrase cannot be asked for.
    #[error("the passphrase cannot be read")]
    Passphrase {
        /// What the system says.
        source: io::Error,
    },
    /// A new passphrase is too short to keep anybody out.
    #[error("a new passphrase has at least {least} bytes, not {found}")]
    ShortPassphrase {
        /// The least length in bytes.
        least: usize,
        /// The length in bytes that was found.
        found: usize,
    },
    /// There is no memory to derive a key from a passphrase.
    #[error("the root key cannot be derived from the passphrase")]
    Derivation,
    /// The token does not do what it is asked.
    #[cfg(feature = "pkcs11")]
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The source of randomness did not answer.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
}

/// Why the root key did not open what it is said to have wrapped.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// It was wrapped by another key, or was altered since.
    Broken,
    /// The token with the key does not answer.
    #[cfg(feature = "pkcs11")]
    Unavailable(RootKeyError),
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
        let found = u64::try_from(key.length()).unwrap_or(u64::MAX);
        let key = SealingKey::new(key.expose_secret())
            .map_err(|Broken| RootKeyError::Length { found })?;
        Ok(Self::in_memory(key.id().into(), key))
    }

    fn in_memory(id: Vec<u8>, key: SealingKey) -> Self {
        Self { inner: Arc::new(Inner { id, place: Place::Memory(key) }) }
    }

    #[cfg(feature = "pkcs11")]
    fn in_token(id: Vec<u8>, key: pkcs11::TokenKey) -> Self {
        Self { inner: Arc::new(Inner { id, place: Place::Token(key) }) }
    }

    /// A name for the key that tells nothing else about it.
    pub(crate) fn id(&self) -> &[u8] {
        &self.inner.id
    }

    /// Wraps a key and binds it to its place in the store.
    pub(crate) fn wrap(
        &self,
        binding: &Binding,
        key: &SecretKey,
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, RootKeyError> {
        match &self.inner.place {
            Place::Memory(root) => Ok(root.seal(binding, Some(key), randomness)?),
            #[cfg(feature = "pkcs11")]
            Place::Token(root) => root.wrap(binding, key, randomness),
        }
    }

    /// Opens what [`wrap`](Self::wrap) made.
    pub(crate) fn open(&self, binding: &Binding, wrapped: &[u8]) -> Result<SecretKey, OpenError> {
        match &self.inner.place {
            Place::Memory(root) => {
                let opened = root.open(binding, wrapped).map_err(|Broken| OpenError::Broken)?;
                opened.ok_or(OpenError::Broken)
            }
            #[cfg(feature = "pkcs11")]
            Place::Token(root) => root.open(binding, wrapped),
        }
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RootKey([elided])")
    }
}

impl From<SecretKeyLengthError> for RootKeyError {
    fn from(error: SecretKeyLengthError) -> Self {
        Self::Length { found: u64::try_from(error.found).unwrap_or(u64::MAX) }
    }
}
