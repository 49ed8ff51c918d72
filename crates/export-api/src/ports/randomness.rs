//! The port for randomness.

use rand_core::{TryCryptoRng, TryRng};

/// The source of randomness did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness did not answer")]
#[expect(clippy::exhaustive_structs, reason = "whoever implements the port makes this error")]
pub struct RandomnessUnavailable;

/// Gives random bytes fit for keys; tests give any bytes they like.
pub trait Randomness: Send + Sync {
    /// Fills all of `bytes`.
    ///
    /// # Errors
    ///
    /// [`RandomnessUnavailable`] if the source failed; what is in `bytes` is then not random.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable>;
}

/// The port in the form the key block crates ask for.
pub(crate) struct AsCryptoRng<'a, R>(pub(crate) &'a R);

impl<R: Randomness> TryRng for AsCryptoRng<'_, R> {
    type Error = RandomnessUnavailable;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(bytes)
    }
}

impl<R: Randomness> TryCryptoRng for AsCryptoRng<'_, R> {}
