//! CBC, CTR and the chain below a MAC, in place.
//!
//! Each runs inside one call of the cipher's backend: choosing the backend costs as much as an
//! AES block.
//!
//! Standard: NIST SP 800-38A.

use cipher::array::ArraySize;
use cipher::{
    Array, Block, BlockCipherDecBackend, BlockCipherDecClosure, BlockCipherDecrypt,
    BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser,
};

/// Adds `other` to the beginning of `block`, bit by bit.
pub(crate) fn xor(block: &mut [u8], other: &[u8]) {
    for (byte, other) in block.iter_mut().zip(other) {
        *byte ^= other;
    }
}

/// Adds each block to the state and encrypts the state.
pub(crate) fn chain<C: BlockCipherEncrypt, const PARTS: usize>(
    cipher: &C,
    state: &mut Block<C>,
    parts: [&[Block<C>]; PARTS],
) {
    with_encryption(cipher, |encrypt| {
        for block in parts.into_iter().flatten() {
            xor(state, block);
            encrypt(state);
        }
    });
}

/// Encrypts whole blocks.
pub(super) fn cbc_encrypt<C: BlockCipherEncrypt>(cipher: &C, vector: &Block<C>, data: &mut [u8]) {
    with_encryption(cipher, |encrypt| {
        let mut previous = vector;
        for block in Array::slice_as_chunks_mut(data).0 {
            xor(block, previous);
            encrypt(block);
            previous = block;
        }
    });
}

/// Decrypts whole blocks.
pub(super) fn cbc_decrypt<C: BlockCipherDecrypt>(cipher: &C, vector: &Block<C>, data: &mut [u8]) {
    with_decryption(cipher, |decrypt| {
        let mut previous = vector.clone();
        for block in Array::slice_as_chunks_mut(data).0 {
            let encrypted = block.clone();
            decrypt(block);
            xor(block, &previous);
            previous = encrypted;
        }
    });
}

/// Encrypts or decrypts any number of bytes; the counter is the whole block, big-endian.
pub(super) fn ctr_apply<C: BlockCipherEncrypt>(cipher: &C, first: &Block<C>, data: &mut [u8]) {
    with_encryption(cipher, |encrypt| {
        let mut counter = first.clone();
        for part in data.chunks_mut(first.len()) {
            let mut stream = counter.clone();
            encrypt(&mut stream);
            xor(part, &stream);
            increment(&mut counter);
        }
    });
}

fn increment(counter: &mut [u8]) {
    for byte in counter.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
}

/// Encryption or decryption of one block in place.
type OnBlock<'a, N> = &'a mut dyn FnMut(&mut Array<u8, N>);

/// Work that runs inside a backend.
struct Inside<N, W>(W, core::marker::PhantomData<N>);

fn with_encryption<C: BlockCipherEncrypt>(
    cipher: &C,
    work: impl FnOnce(OnBlock<'_, C::BlockSize>),
) {
    cipher.encrypt_with_backend(Inside(work, core::marker::PhantomData));
}

fn with_decryption<C: BlockCipherDecrypt>(
    cipher: &C,
    work: impl FnOnce(OnBlock<'_, C::BlockSize>),
) {
    cipher.decrypt_with_backend(Inside(work, core::marker::PhantomData));
}

impl<N: ArraySize, W> BlockSizeUser for Inside<N, W> {
    type BlockSize = N;
}

impl<N: ArraySize, W: FnOnce(OnBlock<'_, N>)> BlockCipherEncClosure for Inside<N, W> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = N>>(self, backend: &B) {
        self.0(&mut |block| backend.encrypt_block_inplace(block));
    }
}

impl<N: ArraySize, W: FnOnce(OnBlock<'_, N>)> BlockCipherDecClosure for Inside<N, W> {
    #[inline(always)]
    fn call<B: BlockCipherDecBackend<BlockSize = N>>(self, backend: &B) {
        self.0(&mut |block| backend.decrypt_block_inplace(block));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_carries_and_wraps() {
        let mut counter = [0x00, 0xFF, 0xFF];
        increment(&mut counter);
        assert_eq!(counter, [0x01, 0x00, 0x00]);
        let mut counter = [0xFF; 3];
        increment(&mut counter);
        assert_eq!(counter, [0x00; 3]);
    }
}
