//! CMAC with everything that depends on the key alone held ready.
//!
//! The subkeys cost one cipher call. They are made once here, and not again for every message,
//! because a prepared key protects many blocks.
//!
//! Standard: NIST SP 800-38B; ANSI X9.143:2021, 6.2 (its use in key blocks).

use core::slice;

use cipher::{Block, BlockCipherEncrypt, BlockSizeUser};
use zeroize::Zeroize;

use crate::binding::modes::{chain, xor};

/// A keyed block cipher and its two subkeys, which are wiped on drop.
pub(crate) struct Cmac<C: BlockSizeUser> {
    cipher: C,
    /// K1, for messages of whole blocks.
    whole: Block<C>,
    /// K2, for messages that end with a partial block.
    partial: Block<C>,
}

impl<C: BlockCipherEncrypt> Cmac<C> {
    pub(crate) fn new(cipher: C) -> Self {
        let mut whole = Block::<C>::default();
        cipher.encrypt_block(&mut whole);
        double(&mut whole);
        let mut partial = whole.clone();
        double(&mut partial);
        Self { cipher, whole, partial }
    }

    /// The tag of the two parts taken as one message; the first is whole blocks.
    pub(crate) fn tag(&self, first: &[u8], second: &[u8]) -> Block<C> {
        // The last block has a subkey added, so it must be found first.
        let (front, back) = if second.is_empty() { (second, first) } else { (first, second) };
        let length = self.whole.len();
        let last_length = back.len() - back.len().saturating_sub(1) / length * length;
        let (middle, end) = back.split_at(back.len() - last_length);

        let last = self.last_block(end);
        let mut state = Block::<C>::default();
        let (front, middle) =
            (Block::<C>::slice_as_chunks(front), Block::<C>::slice_as_chunks(middle));
        chain(&self.cipher, &mut state, [front.0, middle.0, slice::from_ref(&last)]);
        state
    }

    /// The last block of a message with its subkey added: encrypted, it is the tag of a message
    /// that has no other block.
    pub(crate) fn last_block(&self, end: &[u8]) -> Block<C> {
        let mut last = Block::<C>::default();
        xor(&mut last, end);
        match last.get_mut(end.len()) {
            Some(after_the_end) => {
                *after_the_end ^= 0x80;
                xor(&mut last, &self.partial);
            }
            None => xor(&mut last, &self.whole),
        }
        last
    }

    /// Turns last blocks into tags, all at once.
    pub(crate) fn finish(&self, last_blocks: &mut [Block<C>]) {
        self.cipher.encrypt_blocks(last_blocks);
    }
}

impl<C: BlockSizeUser> Drop for Cmac<C> {
    fn drop(&mut self) {
        self.whole.as_mut_slice().zeroize();
        self.partial.as_mut_slice().zeroize();
    }
}

/// Doubles in the field of the block size, without a branch on the secret bits.
fn double(block: &mut [u8]) {
    let reduction = if block.len() == 16 { 0x87 } else { 0x1B };
    let mut carry = 0;
    for byte in block.iter_mut().rev() {
        let next = *byte >> 7;
        *byte = *byte << 1 | carry;
        carry = next;
    }
    if let Some(last) = block.last_mut() {
        *last ^= carry * reduction;
    }
}

#[cfg(test)]
mod tests {
    use ::cmac::block_api::CmacCipher;
    use ::cmac::{Cmac as Oracle, KeyInit, Mac};
    use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
    use des::{TdesEde2, TdesEde3};
    use proptest::prelude::*;

    use super::*;

    fn agrees<C: CmacCipher + KeyInit>(key: &[u8], message: &[u8], cut: usize) -> bool {
        let key = &key[..C::key_size()];
        let blocks = message.len() / C::block_size();
        let (first, second) = message.split_at(cut.min(blocks) * C::block_size());
        let ours = Cmac::new(C::new_from_slice(key).unwrap()).tag(first, second);
        let oracle = <Oracle<C> as KeyInit>::new_from_slice(key).unwrap();
        oracle.chain_update(message).finalize().into_bytes() == ours
    }

    proptest! {
        #[test]
        fn agrees_with_another_implementation(
            key: [u8; 32],
            message in proptest::collection::vec(any::<u8>(), 0..70),
            cut in 0_usize..10,
        ) {
            prop_assert!(agrees::<TdesEde2>(&key, &message, cut));
            prop_assert!(agrees::<TdesEde3>(&key, &message, cut));
            prop_assert!(agrees::<Aes128Enc>(&key, &message, cut));
            prop_assert!(agrees::<Aes192Enc>(&key, &message, cut));
            prop_assert!(agrees::<Aes256Enc>(&key, &message, cut));
        }
    }
}
