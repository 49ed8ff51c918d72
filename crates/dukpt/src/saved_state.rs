//! What the saved states of both kinds of device have in common.

use crate::Error;

/// Checks that exactly the live registers hold something, in their first `key_length` bytes;
/// `begin` is the offset of the first register.
///
/// What a register holds cannot be checked: it is as secret and as arbitrary as a key.
pub(crate) fn check<const LENGTH: usize>(
    registers: &[[u8; LENGTH]],
    key_length: usize,
    live: u32,
    begin: usize,
) -> Result<(), Error> {
    let is_zero = |bytes: &[u8]| bytes.iter().fold(0, |all, byte| all | byte) == 0;
    for (bit, register) in registers.iter().enumerate() {
        let (key, rest) = register.split_at_checked(key_length).unwrap_or((register, &[]));
        let is_live = live >> bit & 1 == 1;
        if is_zero(key) == is_live || !is_zero(rest) {
            return Err(Error::SavedState { at: begin + bit * LENGTH });
        }
    }
    Ok(())
}
