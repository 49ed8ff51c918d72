//! The block that a derivation key encrypts, which says what the new key is for.

use key_types::InitialKeyId;

/// What goes into a derivation, apart from the key.
///
/// Standard: ANSI X9.24-3:2017, 6.3.
#[derive(Clone, Copy)]
pub(super) struct DerivationData {
    /// The key usage indicator, which sets keys of one transaction apart.
    pub(super) usage: u16,
    /// The algorithm the new key is for.
    pub(super) algorithm: u16,
    /// The length of the new key in bits.
    pub(super) length: u16,
    /// The initial key id, or derivation id and counter.
    pub(super) context: [u8; 8],
}

impl DerivationData {
    /// The data of an initial key of `length` bytes, which is as long as its parent.
    pub(super) const fn initial_key(length: usize, id: &InitialKeyId) -> Self {
        const INITIAL_KEY: u16 = 0x8001;

        let (algorithm, length) = match length {
            16 => (0x0002, 128),
            24 => (0x0003, 192),
            _ => (0x0004, 256),
        };
        Self { usage: INITIAL_KEY, algorithm, length, context: id.to_bytes() }
    }

    /// The data for the block numbered `number`, from 1, of the new key.
    pub(super) const fn block(&self, number: u8) -> [u8; 16] {
        const VERSION: u8 = 1;

        let [u0, u1] = self.usage.to_be_bytes();
        let [a0, a1] = self.algorithm.to_be_bytes();
        let [l0, l1] = self.length.to_be_bytes();
        let [c0, c1, c2, c3, c4, c5, c6, c7] = self.context;
        [VERSION, number, u0, u1, a0, a1, l0, l1, c0, c1, c2, c3, c4, c5, c6, c7]
    }
}
