//! The legacy methods for AES: the key encrypts one block of 00 (PKCS #11) or 01 (GlobalPlatform).

use aes::{Aes128Enc, Aes192Enc, Aes256Enc};

use crate::leading::{Leading, encrypted_block};

/// Takes keys of 16, 24 and 32 bytes.
pub(crate) fn of(key: &[u8], fill: u8) -> Option<Leading> {
    match key.len() {
        16 => encrypted_block::<Aes128Enc>(key, fill),
        24 => encrypted_block::<Aes192Enc>(key, fill),
        _ => encrypted_block::<Aes256Enc>(key, fill),
    }
}
