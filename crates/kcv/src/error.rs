//! What can be wrong with a request for a check value.

use key_types::{AlgorithmFamily, KcvLengthError, KcvMethod};

/// Why there is no check value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The key has a length that its algorithm does not have.
    #[error("a key of {found} bytes does not fit its algorithm")]
    KeyLength {
        /// The length of the key in bytes.
        found: usize,
    },
    /// The method is not for keys of this algorithm.
    #[error("no check value by {method:?} for a key of the family {family:?}")]
    MethodNotAllowed {
        /// The family of the key.
        family: AlgorithmFamily,
        /// The method that was asked for.
        method: KcvMethod,
    },
    /// The check value would say nothing, or more than the method allows.
    #[error("a check value by this method has 2 to {longest} bytes, not {found}")]
    KcvLength {
        /// The greatest length in bytes the method allows.
        longest: usize,
        /// The length in bytes that was asked for.
        found: usize,
    },
}

impl Error {
    /// The stable name of the kind of error, as test vectors give it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeyLength { .. } => "KeyLength",
            Self::MethodNotAllowed { .. } => "MethodNotAllowed",
            Self::KcvLength { .. } => "KcvLength",
        }
    }
}

impl From<KcvLengthError> for Error {
    fn from(error: KcvLengthError) -> Self {
        Self::KcvLength { longest: error.longest, found: error.found }
    }
}
