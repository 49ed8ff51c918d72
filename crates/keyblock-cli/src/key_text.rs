//! The text of a key: hex digits, with space around them.

use key_types::{SecretKey, SecretKeyLengthError};

/// Why a text is no key. No character of the text is in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyTextError {
    /// There is nothing but space.
    #[error("there is no key")]
    Empty,
    /// A character is not a hex digit.
    #[error("the key is not hex: its character {at} is no hex digit")]
    NotHex {
        /// Where, as a count of characters behind the leading space, from 0.
        at: usize,
    },
    /// The digits do not make whole bytes.
    #[error("the key has {digits} hex digits, which are not whole bytes")]
    HalfByte {
        /// The number of digits.
        digits: usize,
    },
    /// The key is longer than any key.
    #[error("the key has more than {longest} bytes")]
    TooLong {
        /// The greatest length in bytes.
        longest: usize,
    },
}

impl KeyTextError {
    /// The stable name of the kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "KeyEmpty",
            Self::NotHex { .. } => "KeyNotHex",
            Self::HalfByte { .. } => "KeyHalfByte",
            Self::TooLong { .. } => "KeyTooLong",
        }
    }

    /// Where in the text, or `None` if it has no place there.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        match self {
            Self::NotHex { at } => Some(*at),
            _ => None,
        }
    }
}

impl From<SecretKeyLengthError> for KeyTextError {
    fn from(error: SecretKeyLengthError) -> Self {
        Self::TooLong { longest: error.longest }
    }
}

/// Reads a key from hex digits of either case, with space around them.
///
/// ```
/// use keyblock_cli::key_text;
///
/// assert_eq!(key_text::read(b" 88AAbb \n").map(|key| key.length()), Ok(3));
/// assert_eq!(key_text::read(b"88 AA").unwrap_err().code(), "KeyNotHex");
/// # Ok::<(), key_text::KeyTextError>(())
/// ```
///
/// # Errors
///
/// [`KeyTextError`], in the order of its variants.
pub fn read(text: &[u8]) -> Result<SecretKey, KeyTextError> {
    let digits = text.trim_ascii();
    if digits.is_empty() {
        return Err(KeyTextError::Empty);
    }
    if let Some(at) = digits.iter().position(|digit| !digit.is_ascii_hexdigit()) {
        return Err(KeyTextError::NotHex { at });
    }
    if !digits.len().is_multiple_of(2) {
        return Err(KeyTextError::HalfByte { digits: digits.len() });
    }
    SecretKey::try_filled_by(digits.len() / 2, |bytes| {
        let decoded = base16ct::mixed::decode(digits, bytes);
        decoded.map(drop).map_err(|_| KeyTextError::NotHex { at: 0 })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes in prop::collection::vec(any::<u8>(), 1..64)) {
            let upper = read(base16ct::upper::encode_string(&bytes).as_bytes()).unwrap();
            let lower = read(base16ct::lower::encode_string(&bytes).as_bytes()).unwrap();
            prop_assert!(upper.expose_secret() == bytes && lower.expose_secret() == bytes);
        }

        #[test]
        fn any_text_is_read_or_refused(text: Vec<u8>) {
            match read(&text) {
                Ok(key) => prop_assert_eq!(2 * key.length(), text.trim_ascii().len()),
                Err(error) => prop_assert!(error.offset().is_none_or(|at| at < text.len())),
            }
        }
    }

    #[test]
    fn either_case_and_space_around() {
        let key = read(b"\t0a0B0c\r\n").unwrap();
        assert_eq!(key.expose_secret(), [10, 11, 12]);
    }

    #[test]
    fn refusals_say_where_and_not_what() {
        assert_eq!(read(b" \n").unwrap_err(), KeyTextError::Empty);
        assert_eq!(read(b" 0g").unwrap_err(), KeyTextError::NotHex { at: 1 });
        assert_eq!(read(b"012").unwrap_err(), KeyTextError::HalfByte { digits: 3 });
        let long = [b'0'; 2 * SecretKey::LONGEST + 2];
        assert_eq!(read(&long).unwrap_err().code(), "KeyTooLong");
        assert!(!read(b"0123z").unwrap_err().to_string().contains('z'));
    }
}
