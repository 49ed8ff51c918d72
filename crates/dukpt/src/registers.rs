//! Registers of future keys, in a device and in its saved state.

use crate::Error;
use crate::counter::live_registers;

/// Whether a register holds no key.
pub(crate) fn is_empty(register: &[u8]) -> bool {
    register.iter().fold(0, |all, byte| all | byte) == 0
}

/// Whether the register of the lowest one bit of `counter`, which has its key, has lost it.
pub(crate) fn is_lost<const LENGTH: usize>(registers: &[[u8; LENGTH]], counter: u32) -> bool {
    let lowest = usize::try_from(counter.trailing_zeros()).ok();
    let register = lowest.and_then(|bit| registers.get(bit));
    register.is_none_or(|register| is_empty(register))
}

/// How many registers are empty of those that are to hold a key when `counter` is the one to use
/// next.
pub(crate) fn count_lost<const LENGTH: usize>(registers: &[[u8; LENGTH]], counter: u32) -> usize {
    let live = live_registers(counter);
    let is_live = |bit: usize| live >> bit & 1 == 1;
    let is_lost = |(bit, register): &(usize, &[u8; LENGTH])| is_live(*bit) && is_empty(*register);
    registers.iter().enumerate().filter(is_lost).count()
}

/// Writes each register and behind it the XOR of its bytes, by which damage is noticed.
pub(crate) fn write<const LENGTH: usize>(registers: &[[u8; LENGTH]], saved: &mut [u8]) {
    for (register, place) in registers.iter().zip(saved.chunks_exact_mut(LENGTH + 1)) {
        if let Some((check, bytes)) = place.split_last_mut() {
            bytes.copy_from_slice(register);
            *check = check_of(register);
        }
    }
}

/// Reads registers whose keys have `key_length` bytes. `live` says which of them may hold one, and
/// `begin` is the offset of the first one.
///
/// A damaged register is left empty, as is one that was lost before. But what stands in a register
/// that is to be empty may be a key that was used, and from such a state no device goes on.
pub(crate) fn read<const LENGTH: usize>(
    saved: &[u8],
    registers: &mut [[u8; LENGTH]],
    key_length: usize,
    live: u32,
    begin: usize,
) -> Result<(), Error> {
    let places = saved.chunks_exact(LENGTH + 1);
    for ((bit, register), place) in registers.iter_mut().enumerate().zip(places) {
        let Some((check, bytes)) = place.split_last().filter(|_| !is_empty(place)) else {
            continue;
        };
        if live >> bit & 1 == 0 {
            return Err(Error::SavedState { at: begin + bit * (LENGTH + 1) });
        }
        let (_, rest) = bytes.split_at(key_length.min(LENGTH));
        if *check == check_of(bytes) && is_empty(rest) {
            register.copy_from_slice(bytes);
        }
    }
    Ok(())
}

fn check_of(register: &[u8]) -> u8 {
    register.iter().fold(0, |all, byte| all ^ byte)
}
