//! Sources of randomness, with their failures as those of a port.

use core::error::Error;

use rand_core::{TryCryptoRng, TryRng};

/// A source of randomness whose every failure is `failure`.
pub(crate) struct FailingAs<'r, R: ?Sized, F> {
    pub(crate) random: &'r mut R,
    pub(crate) failure: F,
}

impl<R: TryRng + ?Sized, F: Error + Copy> TryRng for FailingAs<'_, R, F> {
    type Error = F;

    fn try_next_u32(&mut self) -> Result<u32, F> {
        self.random.try_next_u32().map_err(|_| self.failure)
    }

    fn try_next_u64(&mut self) -> Result<u64, F> {
        self.random.try_next_u64().map_err(|_| self.failure)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), F> {
        self.random.try_fill_bytes(bytes).map_err(|_| self.failure)
    }
}

impl<R: TryCryptoRng + ?Sized, F: Error + Copy> TryCryptoRng for FailingAs<'_, R, F> {}
