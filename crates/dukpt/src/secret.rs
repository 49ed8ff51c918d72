//! Making the keys that derivations give, and the memory for keys on the way to them.

use core::ops::{Deref, DerefMut};

use key_types::SecretKey;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Makes a key of 16, 24 or 32 bytes, which `fill` writes in place.
pub(crate) fn new_secret_key(length: usize, fill: impl FnOnce(&mut [u8])) -> SecretKey {
    SecretKey::filled_by(length, fill).expect("a secret key may have 16, 24 and 32 bytes")
}

/// Secret bytes on the stack, wiped when dropped.
///
/// The bytes of a slice are wiped together, those of an array in `Zeroizing` one after the other,
/// which would take as long as the AES block that fills them.
pub(crate) struct Scratch<const LENGTH: usize> {
    bytes: [u8; LENGTH],
}

impl<const LENGTH: usize> Scratch<LENGTH> {
    pub(crate) const fn new(bytes: [u8; LENGTH]) -> Self {
        Self { bytes }
    }
}

impl<const LENGTH: usize> Default for Scratch<LENGTH> {
    fn default() -> Self {
        Self::new([0; LENGTH])
    }
}

impl<const LENGTH: usize> Deref for Scratch<LENGTH> {
    type Target = [u8; LENGTH];

    fn deref(&self) -> &[u8; LENGTH] {
        &self.bytes
    }
}

impl<const LENGTH: usize> DerefMut for Scratch<LENGTH> {
    fn deref_mut(&mut self) -> &mut [u8; LENGTH] {
        &mut self.bytes
    }
}

impl<const LENGTH: usize> Drop for Scratch<LENGTH> {
    fn drop(&mut self) {
        self.bytes.as_mut_slice().zeroize();
    }
}

impl<const LENGTH: usize> ZeroizeOnDrop for Scratch<LENGTH> {}
