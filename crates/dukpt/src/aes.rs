//! AES DUKPT, host and device.
//!
//! A BDK of 16, 24 or 32 bytes gives an initial key per device, that a transaction key
//! (intermediate derivation key) per counter, and that one working key per purpose, of any type
//! that is no stronger than the derivation key.
//!
//! Standard: ANSI X9.24-3:2017.

mod derivation_data;
mod derivation_key;
mod device;
#[cfg(feature = "explain")]
mod explain;
mod initial_key;
mod ksn;
mod transaction_key;
mod transactions;

pub use crate::counter::AesCounter as Counter;
pub use derivation_data::{DerivationData, Usage};
pub use device::Device;
pub use initial_key::{Bdk, InitialKey};
pub use ksn::{ksn_of_compatibility_mode, next_ksn, next_ksn_after_any};
pub use transaction_key::TransactionKey;
pub use transactions::Transactions;
