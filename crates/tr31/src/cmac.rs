//! CMAC with everything that depends on the key alone held ready.
//!
//! The subkeys cost one cipher call. They are made once here, and not again for every message,
//! because a prepared key protects many blocks.
//!
//! Standard: NIST SP 800-38B; for the use in key blocks ANSI X9.143:2021, 6.2.

use cipher::{Block, BlockCipherEncrypt, BlockSizeUser};
use zeroize::Zeroize;

use crate::binding::modes::xor;

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

    /// The tag of the two parts taken as one message.
    pub(crate) fn tag(&self, first: &[u8], second: &[u8]) -> Block<C> {
        let mut state = Block::<C>::default();
        let mut filled = 0;
        for mut part in [first, second] {
            while !part.is_empty() {
                // The last block waits for a subkey, so a full one is encrypted only when more
                // follows.
                if filled == state.len() {
                    self.cipher.encrypt_block(&mut state);
                    filled = 0;
                }
                let (now, later) = part.split_at(part.len().min(state.len() - filled));
                xor(state.split_at_mut(filled).1, now);
                filled += now.len();
                part = later;
            }
        }
        match state.get_mut(filled) {
            Some(after_the_last) => {
                *after_the_last ^= 0x80;
                xor(&mut state, &self.partial);
            }
            None => xor(&mut state, &self.whole),
        }
        self.cipher.encrypt_block(&mut state);
        state
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
        let (first, second) = message.split_at(cut.min(message.len()));
        let ours = Cmac::new(C::new_from_slice(key).unwrap()).tag(first, second);
        let oracle = <Oracle<C> as KeyInit>::new_from_slice(key).unwrap();
        oracle.chain_update(message).finalize().into_bytes() == ours
    }

    proptest! {
        #[test]
        fn agrees_with_another_implementation(
            key: [u8; 32],
            message in proptest::collection::vec(any::<u8>(), 0..70),
            cut in 0_usize..70,
        ) {
            prop_assert!(agrees::<TdesEde2>(&key, &message, cut));
            prop_assert!(agrees::<TdesEde3>(&key, &message, cut));
            prop_assert!(agrees::<Aes128Enc>(&key, &message, cut));
            prop_assert!(agrees::<Aes192Enc>(&key, &message, cut));
            prop_assert!(agrees::<Aes256Enc>(&key, &message, cut));
        }
    }
}
