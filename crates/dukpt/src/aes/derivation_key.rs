//! An AES key that other keys are derived from, with its schedule held.

use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use cipher::consts::U16;
use cipher::{Array, BlockCipherEncrypt, KeyInit};
use zeroize::Zeroizing;

use super::derivation_data::DerivationData;

/// The schedule of a derivation key; wiped when dropped.
pub(super) enum DerivationKey {
    Aes128(Aes128Enc),
    Aes192(Aes192Enc),
    Aes256(Aes256Enc),
}

impl DerivationKey {
    /// Expands a key of 16, 24 or 32 bytes, or gives `None` for another length.
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128Enc::new_from_slice(key).ok().map(Self::Aes128),
            24 => Aes192Enc::new_from_slice(key).ok().map(Self::Aes192),
            _ => Aes256Enc::new_from_slice(key).ok().map(Self::Aes256),
        }
    }

    /// The length of the key in bytes.
    pub(super) const fn length(&self) -> usize {
        match self {
            Self::Aes128(_) => 16,
            Self::Aes192(_) => 24,
            Self::Aes256(_) => 32,
        }
    }

    /// Derives as many bytes as `key` has: block after block, the last one cut.
    pub(super) fn derive(&self, data: &DerivationData, key: &mut [u8]) {
        match self {
            Self::Aes128(cipher) => derive(cipher, data, key),
            Self::Aes192(cipher) => derive(cipher, data, key),
            Self::Aes256(cipher) => derive(cipher, data, key),
        }
    }
}

fn derive<C>(cipher: &C, data: &DerivationData, key: &mut [u8])
where
    C: BlockCipherEncrypt<BlockSize = U16>,
{
    let mut blocks = Zeroizing::new([data.block(1), data.block(2)].map(Array::from));
    // One call for both blocks, because the cipher works on several at once.
    match &mut *blocks {
        [only, _] if key.len() <= 16 => cipher.encrypt_block(only),
        both => cipher.encrypt_blocks(both),
    }
    for (to, from) in key.iter_mut().zip(blocks.iter().flatten()) {
        *to = *from;
    }
}
