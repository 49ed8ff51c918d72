//! Making the keys that derivations give.

use key_types::SecretKey;

/// Makes a key of 16, 24 or 32 bytes, which `fill` writes in place.
pub(crate) fn new_secret_key(length: usize, fill: impl FnOnce(&mut [u8])) -> SecretKey {
    SecretKey::filled_by(length, fill).expect("a secret key may have 16, 24 and 32 bytes")
}
