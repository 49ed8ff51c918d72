//! What can be wrong with check values, components and the fields of key blocks.

use key_types::{AlgorithmFamily, KcvLengthError, KcvMethod};

/// Why there is no check value, or not the expected one, or no key.
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
    /// The check value would say nothing, or more than the method allows, or has half a byte.
    #[error("a check value by this method has 2 to {longest} whole bytes, not {found}")]
    KcvLength {
        /// The greatest length in bytes the method allows.
        longest: usize,
        /// The length in bytes that was asked for or given, rounded up.
        found: usize,
    },
    /// A character of the check value is not a hex digit, or not an upper-case one where only
    /// these are allowed.
    #[error("the check value is not hex (at character {at})")]
    KcvNotHex {
        /// Offset in bytes of the character, in the digits of the value.
        at: usize,
    },
    /// The check values are not equal.
    #[error("the check values differ")]
    KcvMismatch,
    /// The check values come from different methods and say nothing about each other.
    #[error("check values by {ours:?} and by {theirs:?} cannot be compared")]
    MethodsDiffer {
        /// The method of the first value.
        ours: KcvMethod,
        /// The method of the second value.
        theirs: KcvMethod,
    },
    /// The block does not begin with `KC`, `KP` or `PK`.
    #[error("the optional block is not KC, KP or PK")]
    FieldIdUnknown,
    /// The length in the block is not the length of the block.
    #[error("the length in the optional block is not that of its {found} characters")]
    FieldLength {
        /// The length of the block in characters.
        found: usize,
    },
    /// The algorithm of the check value in the block is not `00` or `01`.
    #[error("the algorithm of the check value is not 00 or 01")]
    KcvAlgorithmUnknown,
    /// The method of the check value has no number in optional blocks.
    #[error("a check value by {method:?} does not go into an optional block")]
    MethodNotInFields {
        /// The method of the check value.
        method: KcvMethod,
    },
    /// There are fewer than two components.
    #[error("a key has at least two components, not {found}")]
    ComponentCount {
        /// The number of components.
        found: usize,
    },
    /// A component has another length than the key.
    #[error("component {index} has {found} bytes instead of {expected}")]
    ComponentLength {
        /// The position of the component, from 0.
        index: usize,
        /// The length of the key in bytes.
        expected: usize,
        /// The length of the component in bytes.
        found: usize,
    },
    /// A component is all zero: whoever holds it holds nothing.
    #[error("component {index} is all zero")]
    ComponentZero {
        /// The position of the component, from 0.
        index: usize,
    },
    /// Two components are equal and cancel each other out.
    #[error("components {first} and {second} are equal")]
    ComponentsEqual {
        /// The position of one component, from 0.
        first: usize,
        /// The position of the other.
        second: usize,
    },
    /// Keys of this algorithm have no parity bits.
    #[error("keys of the family {family:?} have no parity bits")]
    ParityNotUsed {
        /// The family of the key.
        family: AlgorithmFamily,
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
            Self::KcvNotHex { .. } => "KcvNotHex",
            Self::KcvMismatch => "KcvMismatch",
            Self::MethodsDiffer { .. } => "MethodsDiffer",
            Self::FieldIdUnknown => "FieldIdUnknown",
            Self::FieldLength { .. } => "FieldLength",
            Self::KcvAlgorithmUnknown => "KcvAlgorithmUnknown",
            Self::MethodNotInFields { .. } => "MethodNotInFields",
            Self::ComponentCount { .. } => "ComponentCount",
            Self::ComponentLength { .. } => "ComponentLength",
            Self::ComponentZero { .. } => "ComponentZero",
            Self::ComponentsEqual { .. } => "ComponentsEqual",
            Self::ParityNotUsed { .. } => "ParityNotUsed",
        }
    }
}

impl From<KcvLengthError> for Error {
    fn from(error: KcvLengthError) -> Self {
        Self::KcvLength { longest: error.longest, found: error.found }
    }
}
