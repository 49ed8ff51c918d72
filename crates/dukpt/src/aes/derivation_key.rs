//! Keys that other keys are derived from, and the derivation.

use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use cipher::consts::U16;
use cipher::{Array, BlockCipherEncrypt, KeyInit};
use key_types::SecretKey;
use zeroize::Zeroizing;

use super::derivation_data::DerivationData;
use crate::WorkingKeyType;
use crate::secret::new_secret_key;

/// The bytes of a derived key, 16, 24 or 32, wiped when dropped.
#[derive(Default)]
pub(super) struct Key {
    blocks: Zeroizing<[[u8; 16]; 2]>,
    length: usize,
}

impl Key {
    /// Copies the key from the beginning of the bytes of a register, or from a whole key.
    pub(super) fn copied_from(bytes: &[u8], length: usize) -> Self {
        let mut key = Self { length, ..Self::default() };
        for (to, from) in key.blocks.as_flattened_mut().iter_mut().zip(bytes).take(length) {
            *to = *from;
        }
        key
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        let bytes = self.blocks.as_flattened();
        bytes.get(..self.length).unwrap_or(bytes)
    }

    pub(super) fn to_secret_key(&self) -> SecretKey {
        new_secret_key(self.length, |bytes| bytes.copy_from_slice(self.as_bytes()))
    }

    /// The AES type of this key: what the keys on the way down the tree are, too.
    pub(super) const fn aes_type(&self) -> WorkingKeyType {
        match self.length {
            16 => WorkingKeyType::Aes128,
            24 => WorkingKeyType::Aes192,
            _ => WorkingKeyType::Aes256,
        }
    }

    /// The schedule of this key, to derive several keys.
    pub(super) fn expanded(&self) -> DerivationKey {
        DerivationKey::new(self.as_bytes()).expect("derivation keys have 16, 24 or 32 bytes")
    }

    /// Derives one key. For several, see [`expanded`](Self::expanded).
    pub(super) fn derive(&self, data: &DerivationData) -> Self {
        // Each arm expands the key where it is used, because schedules are large to move.
        match self.length {
            16 => derive_once::<Aes128Enc>(self.as_bytes(), data),
            24 => derive_once::<Aes192Enc>(self.as_bytes(), data),
            _ => derive_once::<Aes256Enc>(self.as_bytes(), data),
        }
    }
}

fn derive_once<C: KeyInit + Derive>(key: &[u8], data: &DerivationData) -> Key {
    C::new_from_slice(key).expect("the length of the key chose the cipher").derive(data)
}

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

    pub(super) const fn aes_type(&self) -> WorkingKeyType {
        match self {
            Self::Aes128(_) => WorkingKeyType::Aes128,
            Self::Aes192(_) => WorkingKeyType::Aes192,
            Self::Aes256(_) => WorkingKeyType::Aes256,
        }
    }

    pub(super) fn derive(&self, data: &DerivationData) -> Key {
        match self {
            Self::Aes128(cipher) => cipher.derive(data),
            Self::Aes192(cipher) => cipher.derive(data),
            Self::Aes256(cipher) => cipher.derive(data),
        }
    }
}

/// A cipher as derivation function: block after block of data, the last one cut.
///
/// Standard: ANSI X9.24-3:2017, 6.3.
trait Derive {
    fn derive(&self, data: &DerivationData) -> Key;
}

impl<C: BlockCipherEncrypt<BlockSize = U16>> Derive for C {
    fn derive(&self, data: &DerivationData) -> Key {
        let length = data.key_type().length();
        let mut blocks = Zeroizing::new([data.block(1), data.block(2)]);
        // One call for both blocks, because the cipher works on several at once.
        match Array::cast_slice_from_core_mut(&mut *blocks) {
            [only, _] if length <= 16 => self.encrypt_block(only),
            both => self.encrypt_blocks(both),
        }
        Key { blocks, length }
    }
}
