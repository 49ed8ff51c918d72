//! The health of the random source.
//!
//! Standard: NIST SP 800-90B, 4.4.

use export_api::ports::Randomness;
use zeroize::Zeroizing;

use super::SelfTestError;

/// How many bytes are looked at: some windows of the proportion test.
const LENGTH: usize = 4096;
const WINDOW: usize = 512;
/// A sound source, whose bytes have 8 bits of entropy each, repeats a byte so often in a row, or
/// its first one so often in a window, about once in 2^40 times.
const MOST_IN_A_ROW: usize = 5;
const MOST_IN_A_WINDOW: usize = 19;

/// Draws once and looks for what a stuck or biased source does.
pub(super) fn check(randomness: &impl Randomness) -> Result<(), SelfTestError> {
    let refused = |problem| Err(SelfTestError::Random { problem });
    let mut bytes = Zeroizing::new([0; LENGTH]);
    if randomness.fill(&mut *bytes).is_err() {
        return refused("it does not answer");
    }
    if bytes.chunk_by(|one, next| one == next).any(|run| run.len() > MOST_IN_A_ROW) {
        return refused("it repeats one byte");
    }
    let is_biased = |window: &[u8]| {
        let first = window.first();
        window.iter().filter(|byte| Some(*byte) == first).count() > MOST_IN_A_WINDOW
    };
    if bytes.chunks_exact(WINDOW).any(is_biased) {
        return refused("it prefers one byte");
    }
    let mut blocks: Vec<&[u8]> = bytes.chunks_exact(16).collect();
    blocks.sort_unstable();
    if blocks.chunk_by(|one, next| one == next).any(|alike| alike.len() > 1) {
        return refused("it repeats itself");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use export_api::ports::RandomnessUnavailable;

    use super::*;

    /// Fills by a function of the position.
    struct Source<F>(F, AtomicU64);

    impl<F: Fn(u64) -> u8 + Send + Sync> Randomness for Source<F> {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
            bytes.fill_with(|| (self.0)(self.1.fetch_add(1, Ordering::Relaxed)));
            Ok(())
        }
    }

    fn problem(source: impl Fn(u64) -> u8 + Send + Sync) -> Option<&'static str> {
        match check(&Source(source, 0.into())) {
            Ok(()) => None,
            Err(SelfTestError::Random { problem }) => Some(problem),
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Bytes that look random: the middle of a product.
    fn mixed(position: u64) -> u8 {
        let mixed = (position + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9).to_le_bytes()[5]
    }

    #[test]
    fn what_a_broken_source_does_is_named() {
        assert_eq!(problem(mixed), None);
        assert_eq!(problem(|_| 0), Some("it repeats one byte"));
        let stuck = |at: u64| if at % 1024 < 6 { 7 } else { mixed(at) };
        assert_eq!(problem(stuck), Some("it repeats one byte"));
        let biased = |at: u64| if at.is_multiple_of(20) { 7 } else { mixed(at) };
        assert_eq!(problem(biased), Some("it prefers one byte"));
        assert_eq!(problem(|at| mixed(at % 2048)), Some("it repeats itself"));
    }
}
