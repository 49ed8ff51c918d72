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
    /// The initial key has a length that the scheme does not have.
    #[error("an initial key of {found} bytes does not fit the scheme")]
    InitialKeyLength {
        /// The length of the key in bytes.
        found: usize,
    },
    /// The text is not a key serial number.
    #[error(transparent)]
    KeySerialNumber(#[from] KeySerialNumberError),
    /// Counter 0 stands for the initial key and is not a transaction.
    #[error("counter 0 is not a transaction")]
    CounterZero,
    /// Counter FFFFFFFF of AES DUKPT stands for the update key and is not a transaction.
    #[error("counter FFFFFFFF is for the update key and not a transaction")]
    UpdateCounterReserved,
    /// The counter is above the last one, or there is none after it.
    #[error("the device is exhausted: its last counter is {last:X}")]
    CounterExhausted {
        /// The last counter of the scheme.
        last: u32,
    },
    /// The counter has more one bits than a device ever uses.
    #[error("the counter has {found} one bits, and a device uses at most {most}")]
    CounterTooManyOnes {
        /// The greatest number of one bits.
        most: u32,
        /// The number of one bits in the counter.
        found: u32,
    },
    /// The working key would be stronger than the key it comes from.
    #[error("a working key of {working} bits of strength from a derivation key of {derivation}")]
    WorkingKeyTooStrong {
        /// The strength of the derivation key in bits.
        derivation: u16,
        /// The strength of the working key in bits.
        working: u16,
    },
    /// The device has lost, or erased, the register that leads to the update key.
    #[error("the register that leads to the update key is lost")]
    UpdateKeyLost,
    /// The bytes are not the saved state of a device.
    #[error("these bytes are not the saved state of a device (at byte {at})")]
    SavedState {
        /// Offset of the first byte that does not fit.
        at: usize,
    },
}

impl Error {
    /// The stable name of the kind of error, as test vectors give it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BdkLength { .. } => "BdkLength",
            Self::InitialKeyLength { .. } => "InitialKeyLength",
            Self::KeySerialNumber(KeySerialNumberError::NotHex { .. }) => "KsnNotHex",
            Self::KeySerialNumber(_) => "KsnLength",
            Self::CounterZero => "CounterZero",
            Self::UpdateCounterReserved => "UpdateCounterReserved",
            Self::CounterExhausted { .. } => "CounterExhausted",
            Self::CounterTooManyOnes { .. } => "CounterTooManyOnes",
            Self::WorkingKeyTooStrong { .. } => "WorkingKeyTooStrong",
            Self::UpdateKeyLost => "UpdateKeyLost",
            Self::SavedState { .. } => "SavedState",
        }
    }
}
