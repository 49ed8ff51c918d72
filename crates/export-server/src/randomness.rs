//! Randomness of the operating system, drawn in batches.

use std::cell::RefCell;

use export_api::ports::{Randomness, RandomnessUnavailable};
use zeroize::{Zeroize, Zeroizing};

/// One call of the operating system serves this many bytes, because a call costs more than the
/// cipher work of a whole key block.
const BATCH: usize = 512;

/// The randomness of the operating system.
///
/// Each thread keeps a small batch; bytes are wiped from it as they are handed out.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to configure")]
pub struct OsRandomness;

impl Randomness for OsRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        thread_local! {
            static BATCH_OF_THREAD: RefCell<Batch> = RefCell::new(Batch::empty());
        }
        BATCH_OF_THREAD.with_borrow_mut(|batch| batch.hand_out(bytes))
    }
}

/// Random bytes that nobody has seen yet: the last `left` of `bytes`.
struct Batch {
    bytes: Zeroizing<[u8; BATCH]>,
    left: usize,
}

impl Batch {
    fn empty() -> Self {
        Self { bytes: Zeroizing::new([0; BATCH]), left: 0 }
    }

    fn hand_out(&mut self, wanted: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        for part in wanted.chunks_mut(BATCH) {
            if self.left < part.len() {
                self.refill()?;
            }
            let start = BATCH.saturating_sub(self.left);
            let fresh = self.bytes.get_mut(start..).and_then(|left| left.get_mut(..part.len()));
            let fresh = fresh.ok_or(RandomnessUnavailable)?;
            part.copy_from_slice(fresh);
            fresh.zeroize();
            self.left = self.left.saturating_sub(part.len());
        }
        Ok(())
    }

    fn refill(&mut self) -> Result<(), RandomnessUnavailable> {
        // This is the one place that asks the machine for randomness.
        #[allow(clippy::disallowed_methods)]
        let filled = getrandom::fill(self.bytes.as_mut_slice());
        // Nothing of a batch that failed half-way is handed out.
        self.left = if filled.is_ok() { BATCH } else { 0 };
        filled.map_err(|_| RandomnessUnavailable)
    }
}

/// A random UUID in its text form, for ids of requests and events.
///
/// Standard: RFC 9562, 5.4.
///
/// # Errors
///
/// [`RandomnessUnavailable`] if the source failed.
pub fn random_uuid(randomness: &impl Randomness) -> Result<String, RandomnessUnavailable> {
    let mut bytes = [0; 16];
    randomness.fill(&mut bytes)?;
    let value = u128::from_be_bytes(bytes);
    let version_4 = value & !(0xF << 76) | 0x4 << 76;
    let variant_10 = version_4 & !(0b11 << 62) | 0b10 << 62;
    let mut text = format!("{variant_10:032x}");
    for dash in [20, 16, 12, 8] {
        text.insert(dash, '-');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_length_is_filled_and_nothing_repeats() {
        let mut seen = HashSet::new();
        for length in [16, 30, 511, 512, 513, 2000] {
            let mut bytes = vec![0; length];
            OsRandomness.fill(&mut bytes).unwrap();
            for part in bytes.chunks_exact(16) {
                assert!(seen.insert(part.to_vec()), "16 random bytes came twice");
            }
        }
    }

    #[test]
    fn what_was_handed_out_is_wiped() {
        let mut batch = Batch::empty();
        let mut bytes = [0; 100];
        batch.hand_out(&mut bytes).unwrap();
        assert_eq!(batch.left, BATCH - 100);
        assert!(batch.bytes[..100].iter().all(|&byte| byte == 0));
        assert_ne!(bytes, [0; 100]);
    }

    #[test]
    fn uuids_carry_version_and_variant() {
        struct Ones;
        impl Randomness for Ones {
            fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
                bytes.fill(0xFF);
                Ok(())
            }
        }
        assert_eq!(random_uuid(&Ones).unwrap(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
