//! Binary members of a vector: upper-case hex in the file, bytes here.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer};

/// Bytes that stand in a vector as upper-case hex.
///
/// Every value in a vector is public, so this type prints what it holds.
///
/// ```
/// use test_vectors::Hex;
///
/// let bytes = Hex::decode("08D7B4")?;
/// assert_eq!(bytes.as_bytes(), [0x08, 0xD7, 0xB4]);
/// assert_eq!(Hex::from(&[0xFF][..]).to_string(), "FF");
/// # Ok::<(), test_vectors::HexError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Hex {
    bytes: Vec<u8>,
}

/// A text that is not whole bytes in upper-case hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not whole bytes in upper-case hex (at character {at})")]
#[non_exhaustive]
pub struct HexError {
    /// Offset in bytes of the first character that does not fit.
    pub at: usize,
}

impl Hex {
    /// Reads upper-case hex digits, two for each byte.
    ///
    /// # Errors
    ///
    /// [`HexError`] at the first character that is no such digit, or at the end if the last byte
    /// is only half there.
    pub fn decode(text: &str) -> Result<Self, HexError> {
        let digit = |at: usize, character: u8| match character {
            b'0'..=b'9' => Ok(character - b'0'),
            b'A'..=b'F' => Ok(character - b'A' + 10),
            _ => Err(HexError { at }),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut bytes = Vec::with_capacity(pairs.len());
        for (index, &[high, low]) in pairs.iter().enumerate() {
            bytes.push(digit(2 * index, high)? << 4 | digit(2 * index + 1, low)?);
        }
        if !rest.is_empty() {
            return Err(HexError { at: text.len() });
        }
        Ok(Self { bytes })
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<&[u8]> for Hex {
    fn from(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec() }
    }
}

impl fmt::Display for Hex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes.iter().try_for_each(|byte| write!(formatter, "{byte:02X}"))
    }
}

impl fmt::Debug for Hex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hex({self})")
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::decode(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_upper_case_bytes_are_read() {
        assert_eq!(Hex::decode("").unwrap(), Hex::default());
        assert_eq!(Hex::decode("0AFF").unwrap().to_string(), "0AFF");
        for (text, at) in [("0a", 1), ("0AF", 3), ("0AZ0", 2), ("é", 0)] {
            assert_eq!(Hex::decode(text), Err(HexError { at }), "{text}");
        }
    }
}
