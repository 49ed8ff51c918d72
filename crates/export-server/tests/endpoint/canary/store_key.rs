//! The store key, as another implementation unwraps it.

use aes_gcm_siv::aead::{Aead, Payload};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce};

pub(super) const STORE_KEY: &str = "store key";

/// The first store key of a store, from what the root key of this id has wrapped.
pub(super) fn unwrapped(root_key: &[u8], id: &[u8], wrapped: &[u8]) -> Vec<u8> {
    let mut binding = Vec::new();
    for field in [b"key-store store key 2", &1_u32.to_be_bytes()[..], id] {
        binding.extend(u64::try_from(field.len()).unwrap().to_be_bytes());
        binding.extend(field);
    }
    let (nonce, content) = wrapped.split_first_chunk::<12>().unwrap();
    let cipher = Aes256GcmSiv::new_from_slice(root_key).unwrap();
    cipher.decrypt(&Nonce::from(*nonce), Payload { msg: content, aad: &binding }).unwrap()
}
