//! The payload: the length of the key in bits, the key, and padding that hides its length.
//!
//! Standard: ANSI X9.143:2021, 6.4.

use alloc::vec;
use alloc::vec::Vec;

use key_types::{AlgorithmFamily, SecretKey};
use zeroize::Zeroizing;

use crate::{Error, Version};

/// The length of the bit length, in bytes.
const PREFIX_LENGTH: usize = 2;

/// The shortest payload: the bit length and a key of one byte.
pub(crate) const SHORTEST: usize = PREFIX_LENGTH + 1;

/// The length of the longest key of a family, which shorter ones are padded to; 0 where lengths
/// are not hidden.
const fn hidden_key_length(family: AlgorithmFamily) -> usize {
    match family {
        AlgorithmFamily::Des | AlgorithmFamily::Tdes => 24,
        AlgorithmFamily::Aes => 32,
        _ => 0,
    }
}

/// The length in bytes of a payload that hides the length of its key.
pub(crate) fn hiding_length(version: Version, family: AlgorithmFamily, key_length: usize) -> usize {
    (PREFIX_LENGTH + key_length.max(hidden_key_length(family)))
        .next_multiple_of(version.row().payload_unit)
}

/// Whether a payload is long enough for every key of the family, so that its length says nothing.
pub(crate) fn hides_length(family: AlgorithmFamily, payload_length: usize) -> bool {
    match hidden_key_length(family) {
        0 => false,
        longest => payload_length >= PREFIX_LENGTH + longest,
    }
}

/// Whether a payload is so short that its length tells the length of a key of the family.
pub(crate) fn shows_length(family: Option<AlgorithmFamily>, payload_length: usize) -> bool {
    family.is_some_and(|family| {
        hidden_key_length(family) > 0 && !hides_length(family, payload_length)
    })
}

/// Checks that keys of the family have this length.
pub(crate) const fn check_key_length(family: AlgorithmFamily, found: usize) -> Result<(), Error> {
    let fits = match family {
        AlgorithmFamily::Des => found == 8,
        AlgorithmFamily::Tdes => found == 16 || found == 24,
        AlgorithmFamily::Aes => found == 16 || found == 24 || found == 32,
        _ => found > 0,
    };
    if fits { Ok(()) } else { Err(Error::KeyLengthForAlgorithm { family, found }) }
}

/// The bit length, the key, and room for padding up to `length` bytes; gives where the padding
/// begins.
///
/// # Errors
///
/// [`Error::TooLong`] if two bytes cannot say the length of the key.
pub(crate) fn lay_out(
    key: &SecretKey,
    length: usize,
) -> Result<(Zeroizing<Vec<u8>>, usize), Error> {
    let key = key.expose_secret();
    let too_long = Error::TooLong { length: key.len().saturating_mul(2) };
    let bits = key.len().checked_mul(8).and_then(|bits| u16::try_from(bits).ok());
    let bits = bits.ok_or(too_long)?.to_be_bytes();
    let mut payload = Zeroizing::new(vec![0; length]);
    for (byte, value) in payload.iter_mut().zip(bits.iter().chain(key)) {
        *byte = *value;
    }
    Ok((payload, PREFIX_LENGTH + key.len()))
}

/// Takes the key out of an authentic payload; a family that is not known has keys of any length.
///
/// # Errors
///
/// [`Error::BitLengthInvalid`] or [`Error::KeyLengthForAlgorithm`].
pub(crate) fn take_key(
    payload: &[u8],
    family: Option<AlgorithmFamily>,
) -> Result<SecretKey, Error> {
    let (bits, rest) = payload.split_first_chunk().ok_or(Error::BitLengthInvalid)?;
    let bits = usize::from(u16::from_be_bytes(*bits));
    if bits == 0 || !bits.is_multiple_of(8) {
        return Err(Error::BitLengthInvalid);
    }
    let key = rest.get(..bits / 8).ok_or(Error::BitLengthInvalid)?;
    if let Some(family) = family {
        check_key_length(family, key.len())?;
    }
    SecretKey::copied_from(key).map_err(|_| Error::BitLengthInvalid)
}
