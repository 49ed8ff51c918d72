//! Randomness that a vector gives.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use test_vectors::Hex;

/// The given bytes in order, then bytes that count up: what blinds a key that everybody knows need
/// not be random.
pub(super) struct Given {
    bytes: std::vec::IntoIter<u8>,
}

impl Given {
    pub(super) fn new(parts: &[&Hex]) -> Self {
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.as_bytes()).copied().collect();
        Self { bytes: bytes.into_iter() }
    }
}

impl TryRng for Given {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for (byte, count) in bytes.iter_mut().zip((1..=u8::MAX).cycle()) {
            *byte = self.bytes.next().unwrap_or(count);
        }
        Ok(())
    }
}

impl TryCryptoRng for Given {}
