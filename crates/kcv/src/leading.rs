//! The first bytes of what a method gives: all of it that may ever be shown.

use cipher::{BlockCipherEncrypt, KeyInit};
use zeroize::Zeroizing;

/// As many bytes as the longest check value has. The rest of a block or digest is not kept.
pub(crate) type Leading = Zeroizing<[u8; 5]>;

/// Keeps the first bytes of a block or digest.
pub(crate) fn leading(output: &[u8]) -> Leading {
    let mut leading = Leading::default();
    for (kept, byte) in leading.iter_mut().zip(output) {
        *kept = *byte;
    }
    leading
}

/// Encrypts one block that holds `fill` in each byte; `None` if the cipher has no such key length.
pub(crate) fn encrypted_block<C: KeyInit + BlockCipherEncrypt>(
    key: &[u8],
    fill: u8,
) -> Option<Leading> {
    let mut block = Zeroizing::new(cipher::Block::<C>::default());
    block.fill(fill);
    C::new_from_slice(key).ok()?.encrypt_block(&mut block);
    Some(leading(&block))
}
