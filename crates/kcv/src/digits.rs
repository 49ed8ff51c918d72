//! Check values as hex digits. They are public, so nothing here needs to be wiped.

use key_types::{Kcv, KcvMethod};

use crate::Error;

/// Which letters count as hex digits.
#[derive(Clone, Copy)]
pub(crate) enum Letters {
    /// `A` to `F`, as in key blocks.
    UpperCase,
    /// Of either case, as people type them.
    EitherCase,
}

/// Reads the digits of a check value: two for each byte, 2 bytes to as many as the method allows.
pub(crate) fn read(method: KcvMethod, text: &str, letters: Letters) -> Result<Kcv, Error> {
    const LONGEST: usize = 5;

    let digits = text.as_bytes();
    let longest = method.max_length();
    let (pairs, half) = digits.as_chunks::<2>();
    if !half.is_empty() || pairs.len() > longest {
        return Err(Error::KcvLength { longest, found: digits.len().div_ceil(2) });
    }
    let mut value = [0; LONGEST];
    for ((index, byte), &[high, low]) in value.iter_mut().enumerate().zip(pairs) {
        let high = digit(high, letters).ok_or(Error::KcvNotHex { at: 2 * index })?;
        let low = digit(low, letters).ok_or(Error::KcvNotHex { at: 2 * index + 1 })?;
        *byte = high << 4 | low;
    }
    Ok(Kcv::new(method, value.get(..pairs.len()).unwrap_or(&value))?)
}

const fn digit(character: u8, letters: Letters) -> Option<u8> {
    match (character, letters) {
        (b'0'..=b'9', _) => Some(character - b'0'),
        (b'A'..=b'F', _) => Some(character - b'A' + 10),
        (b'a'..=b'f', Letters::EitherCase) => Some(character - b'a' + 10),
        _ => None,
    }
}
