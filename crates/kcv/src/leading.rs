//! The first bytes of what a method gives: all of it that may ever be shown.

use cipher::array::ArraySize;
use cipher::{Array, Block, BlockCipherEncrypt, KeyInit};
use zeroize::{Zeroize, Zeroizing};

/// As many bytes as the longest check value has. The rest of a block or digest is not kept.
pub(crate) type Leading = Zeroizing<[u8; 5]>;

/// Keeps the first bytes of a block or digest and wipes it.
pub(crate) fn leading_of<N: ArraySize>(mut output: Array<u8, N>) -> Leading {
    let mut leading = Leading::default();
    for (kept, byte) in leading.iter_mut().zip(&output) {
        *kept = *byte;
    }
    output.as_mut_slice().zeroize();
    leading
}

/// Encrypts one block that holds `fill` in each byte; `None` if the cipher has no such key length.
pub(crate) fn encrypted_block<C: KeyInit + BlockCipherEncrypt>(
    key: &[u8],
    fill: u8,
) -> Option<Leading> {
    let mut block = Block::<C>::default();
    block.fill(fill);
    C::new_from_slice(key).ok()?.encrypt_block(&mut block);
    Some(leading_of(block))
}
