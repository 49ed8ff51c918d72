//! TDES DUKPT, host and device.
//!
//! A BDK of 16 bytes gives an initial key per device, that a transaction key per counter, and that
//! one working key per purpose.
//!
//! Standard: ANSI X9.24-1:2009, annex A; ANSI X9.24-3:2017, annex C.

mod device;
#[cfg(feature = "explain")]
mod explain;
mod initial_key;
mod ksn;
mod step;
mod transaction_key;
mod transactions;

pub use crate::counter::TdesCounter as Counter;
pub use device::Device;
pub use initial_key::{Bdk, InitialKey};
pub use ksn::{ksn_from_unpadded, next_ksn, next_ksn_after_any};
pub use transaction_key::TransactionKey;
pub use transactions::Transactions;
