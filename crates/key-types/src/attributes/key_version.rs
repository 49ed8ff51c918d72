//! Key version number, header bytes 9 and 10.

use core::fmt;

/// The two characters that tell versions of a key, or key components, apart.
///
/// `00` says that versions are not used, a lower-case `c` and a character that the value is a
/// component of a key; anything else is a version.
///
/// ```
/// use key_types::KeyVersion;
///
/// let version = KeyVersion::from_code(*b"c3").expect("alphanumeric");
/// assert!(version.is_component());
/// assert_eq!(KeyVersion::NOT_USED.to_string(), "00");
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyVersion {
    code: [u8; 2],
}

/// A key version number with a character that is not alphanumeric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key version number is two characters 0-9 A-Z a-z")]
#[non_exhaustive]
pub struct KeyVersionError;

impl KeyVersion {
    /// `00`: key versions are not used.
    pub const NOT_USED: Self = Self { code: *b"00" };

    /// Reads the two characters.
    ///
    /// # Errors
    ///
    /// [`KeyVersionError`] if a character is not an ASCII letter or digit.
    pub fn from_code(code: [u8; 2]) -> Result<Self, KeyVersionError> {
        if code.iter().all(u8::is_ascii_alphanumeric) {
            Ok(Self { code })
        } else {
            Err(KeyVersionError)
        }
    }

    /// The two characters.
    #[must_use]
    pub const fn code(self) -> [u8; 2] {
        self.code
    }

    /// Whether the value is a component of a key (`c` and a character) and not a key.
    #[must_use]
    pub const fn is_component(self) -> bool {
        matches!(self.code, [b'c', _])
    }
}

impl fmt::Display for KeyVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.code;
        write!(formatter, "{}{}", char::from(first), char::from(second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_alphanumeric() {
        assert_eq!(KeyVersion::from_code(*b"-1"), Err(KeyVersionError));
        assert_eq!(KeyVersion::from_code(*b"0 "), Err(KeyVersionError));
        assert_eq!(KeyVersion::from_code([0xC3, 0xA9]), Err(KeyVersionError));
    }
}
