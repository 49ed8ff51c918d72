//! Base64 in one line with padding, decoded where it is looked at.
//!
//! Standard: RFC 4648, 4.

use crate::der::Input;

/// Checks that text is whole groups of four, of which the last may end with one or two `=`.
///
/// # Errors
///
/// Where it is not.
pub(crate) fn check(text: &[u8]) -> Result<(), usize> {
    let is_digit = |character: u8| {
        character.is_ascii_alphanumeric() | (character == b'+') | (character == b'/')
    };
    let digits = text.split_at(text.len() - padding(text)).0;
    // Certificates are long: all characters are looked at without a branch, and the one that is
    // wrong is sought only if there is one.
    if !digits.iter().fold(true, |all, &character| all & is_digit(character)) {
        return Err(digits.iter().position(|&character| !is_digit(character)).unwrap_or(0));
    }
    if text.is_empty() || !text.len().is_multiple_of(4) { Err(text.len()) } else { Ok(()) }
}

/// The number of `=` at the end, as far as there may be.
fn padding(text: &[u8]) -> usize {
    text.iter().rev().take(2).take_while(|&&character| character == b'=').count()
}

/// Some of the bytes that base64 stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base64<'a> {
    text: &'a [u8],
    /// The first byte.
    start: usize,
    /// The byte behind the last.
    end: usize,
}

impl<'a> Base64<'a> {
    /// All bytes of a text, or `None` if it is not base64 or not the only one of its bytes.
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        let text = text.as_bytes();
        check(text).ok()?;
        let padding = padding(text);
        // The last digit in front of padding has bits that stand for nothing.
        let unused = match padding {
            0 => 0,
            1 => 0b0000_0011,
            _ => 0b0000_1111,
        };
        let last = text.iter().rev().nth(padding)?;
        (digit(*last)? & unused == 0).then_some(())?;
        Some(Self { text, start: 0, end: text.len() / 4 * 3 - padding })
    }
}

impl Input for Base64<'_> {
    fn length(self) -> usize {
        self.end - self.start
    }

    fn byte(self, index: usize) -> Option<u8> {
        if index >= self.length() {
            return None;
        }
        let (group, place) = ((self.start + index) / 3, (self.start + index) % 3);
        let digit_at = |index| self.text.get(index).copied().and_then(digit);
        let first = digit_at(4 * group + place)?;
        let second = digit_at(4 * group + place + 1)?;
        Some(match place {
            0 => first << 2 | second >> 4,
            1 => first << 4 | second >> 2,
            _ => first << 6 | second,
        })
    }

    fn split(self, at: usize) -> Option<(Self, Self)> {
        let middle = self.start.checked_add(at).filter(|&middle| middle <= self.end)?;
        Some((Self { end: middle, ..self }, Self { start: middle, ..self }))
    }
}

/// The six bits that a character stands for.
const fn digit(character: u8) -> Option<u8> {
    Some(match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der;

    /// RFC 4648, section 10, and one text with every digit.
    #[test]
    fn known_answers() {
        for (text, bytes) in [
            ("Zg==", "f".as_bytes()),
            ("Zm8=", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg==", b"foob"),
            ("Zm9vYmE=", b"fooba"),
            ("Zm9vYmFy", b"foobar"),
            ("+/+/", &[0xFB, 0xFF, 0xBF]),
        ] {
            let decoded = Base64::new(text).unwrap();
            assert!(der::equal(decoded, bytes), "{text}");
            assert_eq!(decoded.byte(bytes.len()), None);
            for at in 0..=bytes.len() {
                let (front, back) = decoded.split(at).unwrap();
                assert!(der::equal(front, &bytes[..at]) && der::equal(back, &bytes[at..]));
            }
            assert!(decoded.split(bytes.len() + 1).is_none());
        }
    }

    #[test]
    fn only_one_text_stands_for_bytes() {
        for text in
            ["", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm=v", "Zg==Zg==", "Zm9v\n", "Zm-v"]
        {
            assert!(Base64::new(text).is_none(), "{text}");
        }
    }
}
