//! Where root keys come from.

use core::fmt;
use std::io;
use std::path::PathBuf;

use export_api::ports::Randomness;
use key_types::SecretKey;

use super::passphrase::{Derivation, long_enough};
#[cfg(feature = "pkcs11")]
use super::pkcs11::{self, TokenUri};
use super::{Occasion, RootKey, RootKeyError};
use crate::Error;

/// Asks whoever knows the passphrase.
type Ask = dyn Fn(Occasion) -> io::Result<SecretKey> + Send + Sync;

/// The place where the root key of a store is kept.
#[non_exhaustive]
pub enum RootKeySource {
    /// A file with 32 bytes, open to its owner only.
    File(PathBuf),
    /// A passphrase, from which the key is derived by Argon2id; this asks for it.
    Passphrase(Box<Ask>),
    /// A PKCS #11 token, in which the key was made and which it never leaves.
    #[cfg(feature = "pkcs11")]
    Token(TokenUri),
}

impl RootKeySource {
    /// The root key for a store that has none yet; it is made where it is not there.
    ///
    /// A file or a key in a token that is there is taken; a passphrase is set.
    ///
    /// # Errors
    ///
    /// [`RootKeyError`] says what is wrong with it.
    pub fn for_new_store(&self, randomness: &impl Randomness) -> Result<RootKey, RootKeyError> {
        match self {
            Self::File(path) => RootKey::from_file_or_new(path, randomness),
            Self::Passphrase(ask) => {
                let passphrase = ask(Occasion::Set);
                let passphrase =
                    passphrase.map_err(|source| RootKeyError::Passphrase { source })?;
                Derivation::new(randomness)?.derive(&long_enough(passphrase)?)
            }
            #[cfg(feature = "pkcs11")]
            Self::Token(uri) => pkcs11::for_new_store(uri, randomness),
        }
    }

    /// The root key that is said to have wrapped the keys of a store, by its id in the store.
    pub(crate) fn for_store(&self, id: &[u8]) -> Result<RootKey, Error> {
        match self {
            Self::File(path) => {
                RootKey::from_file(path).map_err(|error| match error.is_missing_file() {
                    true => Error::RootKeyMissing { path: path.clone() },
                    false => error.into(),
                })
            }
            Self::Passphrase(ask) => {
                // Nobody is asked for a passphrase that cannot be the right one.
                let derivation = Derivation::of_id(id).ok_or(Error::WrongRootKey)?;
                let passphrase = ask(Occasion::Open);
                let passphrase =
                    passphrase.map_err(|source| RootKeyError::Passphrase { source })?;
                Ok(derivation.derive(&passphrase)?)
            }
            #[cfg(feature = "pkcs11")]
            Self::Token(uri) => Ok(pkcs11::for_store(uri, id)?.ok_or(Error::WrongRootKey)?),
        }
    }

    /// Whether the key can be had again without asking anybody.
    pub(crate) const fn answers_alone(&self) -> bool {
        !matches!(self, Self::Passphrase(_))
    }
}

impl fmt::Debug for RootKeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => formatter.debug_tuple("File").field(path).finish(),
            Self::Passphrase(_) => formatter.write_str("Passphrase([elided])"),
            #[cfg(feature = "pkcs11")]
            Self::Token(uri) => formatter.debug_tuple("Token").field(uri).finish(),
        }
    }
}
