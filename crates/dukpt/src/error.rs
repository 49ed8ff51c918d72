//! What can be wrong with a derivation.

use key_types::KeySerialNumberError;

/// Why a key was not derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The base derivation key has a length that the scheme does not have.
    #[error("a base derivation key of {found} bytes does not fit the scheme")]
    BdkLength {
        /// The length of the key in bytes.
        found: usize,
    },
    /// The text is not a key serial number.
    #[error(transparent)]
    KeySerialNumber(#[from] KeySerialNumberError),
}

impl Error {
    /// The stable name of the kind of error, as test vectors give it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BdkLength { .. } => "BdkLength",
            Self::KeySerialNumber(KeySerialNumberError::NotHex { .. }) => "KsnNotHex",
            Self::KeySerialNumber(_) => "KsnLength",
        }
    }
}
