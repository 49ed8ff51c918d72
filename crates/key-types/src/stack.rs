//! What calls leave on the stack.

use core::hint::black_box;

/// How much is overwritten: several times what a cipher, a key derivation or RSA-OAEP uses.
const WIPED: usize = 32 * 1024;

/// Does work with clear keys and then overwrites what its calls left on the stack.
///
/// A value is wiped where it is when it is dropped, but not where it was before it was moved, and
/// compilers spill parts of keys and key schedules wherever they like. So whoever holds keys for
/// long calls ciphers through this function: the 32 KiB below its own frame, where those copies
/// are, become zeros, at the cost of well below a microsecond. What `work` answers is not touched;
/// it should be a [`SecretKey`](crate::SecretKey), whose bytes are elsewhere, if it is secret.
///
/// This is done with the means of the language and needs a stack with that much room; that it
/// works is seen by a test that looks through the memory of a server.
///
/// ```
/// use key_types::{SecretKey, wiping_stack};
///
/// let key = wiping_stack(|| SecretKey::filled_by(16, |bytes| bytes.fill(0xA5)))?;
/// assert_eq!(key.length(), 16);
/// # Ok::<(), key_types::SecretKeyLengthError>(())
/// ```
#[inline(never)]
pub fn wiping_stack<T>(work: impl FnOnce() -> T) -> T {
    let outcome = in_a_frame_of_its_own(work);
    overwrite();
    outcome
}

/// Keeps the frames of the work below that of the caller.
#[inline(never)]
fn in_a_frame_of_its_own<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn overwrite() {
    // Whatever is behind the black box could read the zeros, so they are written.
    black_box(&mut [0_u8; WIPED]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_once_and_answers() {
        let mut calls = 0;
        let answer = wiping_stack(|| {
            calls += 1;
            "answer"
        });
        assert_eq!((answer, calls), ("answer", 1));
    }
}
