//! AES DUKPT: the initial key of a device from a base derivation key of 16, 24 or 32 bytes.
//!
//! Standard: ANSI X9.24-3:2017.

mod derivation_data;
mod derivation_key;
mod initial_key;

pub use initial_key::{Bdk, InitialKey};
