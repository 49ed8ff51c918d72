//! TDES DUKPT: the initial key of a device from a double-length base derivation key.
//!
//! Standard: ANSI X9.24-1:2009, annex A; ANSI X9.24-3:2017, annex C.

mod initial_key;

pub use initial_key::{Bdk, InitialKey};
