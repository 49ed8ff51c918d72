//! Random numbers from a seed.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use rand_core::{TryCryptoRng, TryRng};

/// A generator of numbers that the seed decides: SplitMix64, for test data only.
///
/// Each number is drawn through a shared reference, so that a port that several threads use can
/// hold one. Code that takes randomness as an argument takes `&mut Seeded`.
#[derive(Debug)]
pub struct Seeded {
    state: AtomicU64,
}

impl Seeded {
    /// A generator that starts at `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    /// The next number.
    pub fn number(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut mixed = self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound - 1`, or 0 when `bound` is 0.
    pub fn below(&self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.number() % bound).unwrap_or_default()
    }

    /// One of `choices`, or `None` when there are none.
    pub fn one_of<'a, T>(&self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(self.below(choices.len()))
    }

    /// One byte.
    pub fn byte(&self) -> u8 {
        self.number().to_le_bytes()[0]
    }

    /// `length` bytes.
    pub fn bytes(&self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.fill(&mut bytes);
        bytes
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(self.number().to_le_bytes().split_at(chunk.len()).0);
        }
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let [a, b, c, d, ..] = self.number().to_le_bytes();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.number())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

/// So that code which asks for a cryptographic source can be tested.
impl TryCryptoRng for Seeded {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of the reference implementation of SplitMix64 for the seed 1234567.
    #[test]
    fn numbers_are_those_of_splitmix64() {
        let random = Seeded::new(1_234_567);
        let numbers = [(); 3].map(|()| random.number());
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn bytes_are_those_of_the_numbers() {
        let number = Seeded::new(5).number();
        let mut random = Seeded::new(5);
        assert_eq!(u64::from(random.try_next_u32().unwrap()), number & 0xFFFF_FFFF);
        assert_eq!(Seeded::new(5).bytes(11)[..8], number.to_le_bytes());
        assert_eq!(Seeded::new(5).byte(), number.to_le_bytes()[0]);
        assert!((0..99).all(|_| random.below(3) < 3));
        assert_eq!((random.below(0), random.one_of::<u8>(&[])), (0, None));
    }
}
