//! The legacy method for TDES: the key encrypts one block of zeros.
//!
//! Standard: ANSI X9.24-1:2017, A.2.

use des::{Des, TdesEde2, TdesEde3};

use crate::leading::{Leading, encrypted_block};

/// Takes keys of 8, 16 and 24 bytes.
pub(crate) fn of(key: &[u8]) -> Option<Leading> {
    match key.len() {
        8 => encrypted_block::<Des>(key, 0x00),
        16 => encrypted_block::<TdesEde2>(key, 0x00),
        _ => encrypted_block::<TdesEde3>(key, 0x00),
    }
}
