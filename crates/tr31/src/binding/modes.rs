//! CBC and CTR, in place.
//!
//! Standard: NIST SP 800-38A.

use cipher::{Array, Block, BlockCipherDecrypt, BlockCipherEncrypt};

/// Adds `other` to the beginning of `block`, bit by bit.
pub(crate) fn xor(block: &mut [u8], other: &[u8]) {
    for (byte, other) in block.iter_mut().zip(other) {
        *byte ^= other;
    }
}

/// Encrypts whole blocks.
pub(super) fn cbc_encrypt<C: BlockCipherEncrypt>(cipher: &C, vector: &Block<C>, data: &mut [u8]) {
    let mut previous = vector;
    for block in Array::slice_as_chunks_mut(data).0 {
        xor(block, previous);
        cipher.encrypt_block(block);
        previous = block;
    }
}

/// Decrypts whole blocks.
pub(super) fn cbc_decrypt<C: BlockCipherDecrypt>(cipher: &C, vector: &Block<C>, data: &mut [u8]) {
    let mut previous = vector.clone();
    for block in Array::slice_as_chunks_mut(data).0 {
        let encrypted = block.clone();
        cipher.decrypt_block(block);
        xor(block, &previous);
        previous = encrypted;
    }
}

/// Encrypts or decrypts any number of bytes; the counter is the whole block, big-endian.
pub(super) fn ctr_apply<C: BlockCipherEncrypt>(cipher: &C, first: &Block<C>, data: &mut [u8]) {
    let mut counter = first.clone();
    for part in data.chunks_mut(first.len()) {
        let mut stream = counter.clone();
        cipher.encrypt_block(&mut stream);
        xor(part, &stream);
        increment(&mut counter);
    }
}

fn increment(counter: &mut [u8]) {
    for byte in counter.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
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
