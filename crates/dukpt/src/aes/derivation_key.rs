//! Keys that other keys are derived from, and the derivation.

use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use cipher::consts::U16;
use cipher::{Array, BlockCipherEncrypt, KeyInit};
use key_types::SecretKey;

use super::derivation_data::DerivationData;
use crate::WorkingKeyType;
use crate::secret::{Scratch, new_secret_key};

/// The bytes of a derived key, 16, 24 or 32, wiped when dropped.
#[derive(Default)]
pub(super) struct Key {
    bytes: Scratch<32>,
    length: usize,
}

impl Key {
    /// Copies the key from the beginning of the bytes of a register, or from a whole key.
    pub(super) fn copied_from(bytes: &[u8], length: usize) -> Self {
        let mut key = Self { length, ..Self::default() };
        if let (Some(to), Some(from)) = (key.bytes.get_mut(..length), bytes.get(..length)) {
            to.copy_from_slice(from);
        }
        key
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&*self.bytes)
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
        let mut key = Self::copied_from(self.as_bytes(), self.length);
        key.become_child(data);
        key
    }

    /// Derives one key in the place of this one, which is gone then.
    pub(super) fn become_child(&mut self, data: &DerivationData) {
        // Each arm expands the key where it is used, because schedules are large to move.
        match self.length {
            16 => become_child::<Aes128Enc>(self, data),
            24 => become_child::<Aes192Enc>(self, data),
            _ => become_child::<Aes256Enc>(self, data),
        }
    }
}

fn become_child<C: KeyInit + Derive>(key: &mut Key, data: &DerivationData) {
    // Before the schedule, so that the processor has the blocks at hand when that is done.
    let blocks = [data.block(1), data.block(2)];
    let whole = key.as_bytes().try_into().expect("the length of the key chose the cipher");
    C::new(whole).derive_into(key, data.key_type().length(), blocks);
}

/// The length of an AES block in bytes.
const BLOCK_LENGTH: usize = 16;

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
            16 => Some(Self::Aes128(Aes128Enc::new(key.try_into().ok()?))),
            24 => Some(Self::Aes192(Aes192Enc::new(key.try_into().ok()?))),
            _ => Some(Self::Aes256(Aes256Enc::new(key.try_into().ok()?))),
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
        let mut key = Key::default();
        let (length, blocks) = (data.key_type().length(), [data.block(1), data.block(2)]);
        match self {
            Self::Aes128(cipher) => cipher.derive_into(&mut key, length, blocks),
            Self::Aes192(cipher) => cipher.derive_into(&mut key, length, blocks),
            Self::Aes256(cipher) => cipher.derive_into(&mut key, length, blocks),
        }
        key
    }
}

/// A cipher as derivation function: block after block of data, the last one cut.
///
/// Standard: ANSI X9.24-3:2017, 6.3.1 and B.4.1.
trait Derive {
    /// Puts the derived key of `length` bytes in the place of what `key` holds.
    fn derive_into(&self, key: &mut Key, length: usize, blocks: [[u8; BLOCK_LENGTH]; 2]);
}

impl<C: BlockCipherEncrypt<BlockSize = U16>> Derive for C {
    fn derive_into(&self, key: &mut Key, length: usize, blocks: [[u8; BLOCK_LENGTH]; 2]) {
        key.length = length;
        let (places, _) = key.bytes.as_chunks_mut();
        let (places, _) = places.split_at_mut(length.div_ceil(BLOCK_LENGTH));
        for (place, block) in places.iter_mut().zip(blocks) {
            *place = block;
        }
        // One call for both blocks, because the cipher works on several at once.
        match Array::cast_slice_from_core_mut(places) {
            [only] => self.encrypt_block(only),
            both => self.encrypt_blocks(both),
        }
    }
}
