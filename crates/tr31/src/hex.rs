//! Hex digits of payload and MAC: upper case, as the standard has them.
//!
//! The digits are public, but the loops are free of branches on them, which also makes them fast.

/// Writes two upper-case digits for each byte into `text`, which is twice as long.
pub(crate) fn encode(bytes: &[u8], text: &mut [u8]) {
    for (pair, &byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0x0F)]);
    }
}

const fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'A' - 10 + nibble }
}

/// Reads pairs of upper-case digits from `text` into `bytes`, which is half as long.
///
/// # Errors
///
/// The offset of the first character that is not such a digit.
pub(crate) fn decode(text: &[u8], bytes: &mut [u8]) -> Result<(), usize> {
    let mut highest = 0;
    for (pair, byte) in text.chunks_exact(2).zip(bytes) {
        if let [high, low] = pair {
            let (high, low) = (value(*high), value(*low));
            highest |= high | low;
            *byte = high << 4 | low & 0x0F;
        }
    }
    if highest > 0x0F {
        return Err(text.iter().position(|&character| value(character) > 0x0F).unwrap_or(0));
    }
    Ok(())
}

/// The value of an upper-case digit, or `FF` for any other character.
const fn value(character: u8) -> u8 {
    let decimal = character.wrapping_sub(b'0');
    let letter = character.wrapping_sub(b'A');
    if decimal < 10 {
        decimal
    } else if letter < 6 {
        letter + 10
    } else {
        0xFF
    }
}

/// The value of a few upper-case digits, or `None` if there is another character among them.
pub(crate) fn number(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0_usize, |number, &digit| match value(digit) {
        0xFF => None,
        value => number.checked_mul(16)?.checked_add(usize::from(value)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_goes_out_and_in() {
        for byte in 0..=u8::MAX {
            let (mut text, mut back) = ([0; 2], [0]);
            encode(&[byte], &mut text);
            assert_eq!(decode(&text, &mut back), Ok(()));
            assert_eq!(back, [byte]);
        }
    }

    #[test]
    fn other_characters_are_found() {
        let mut bytes = [0; 2];
        for other in (0..=u8::MAX).filter(|byte| !b"0123456789ABCDEF".contains(byte)) {
            for at in 0..4 {
                let mut text = *b"09AF";
                text[at] = other;
                assert_eq!(decode(&text, &mut bytes), Err(at));
                assert_eq!(number(&text), None);
            }
        }
        assert_eq!(number(b"09AF"), Some(0x09AF));
    }
}
