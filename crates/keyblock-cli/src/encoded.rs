//! Bytes as people pass them on: DER as it is, or in hex, base64 or PEM.

use base64ct::{Base64, Encoding};

/// Why a text stands for no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// A character is not a hex digit.
    #[error("the character at {at} is no hex digit")]
    NotHex {
        /// Where in the text, in bytes.
        at: usize,
    },
    /// The digits do not make whole bytes.
    #[error("the {digits} hex digits are not whole bytes")]
    HalfByte {
        /// The number of digits.
        digits: usize,
    },
    /// The text is of none of the forms.
    #[error("this is not DER, and not its hex, base64 or PEM")]
    NotEncoded,
}

impl EncodingError {
    /// The stable name of the kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotHex { .. } => "NotHex",
            Self::HalfByte { .. } => "HalfByte",
            Self::NotEncoded => "NotEncoded",
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

/// The bytes that a text in one of the forms stands for.
///
/// Text of hex digits is hex, text with a BEGIN line is PEM, other text of base64 characters is
/// base64; everything that is no text is taken for the bytes themselves. None of this is for keys:
/// what is decoded is not wiped.
///
/// ```
/// use keyblock_cli::encoded::{EncodingError, decode};
///
/// for form in [&b"\x30\x00"[..], b"3000\n", b"MAA=", b"-----BEGIN X-----\nMAA=\n-----END X-----\n"] {
///     assert_eq!(decode(form), Ok(vec![0x30, 0x00]));
/// }
/// assert_eq!(decode(b"300"), Err(EncodingError::HalfByte { digits: 3 }));
/// ```
///
/// # Errors
///
/// [`EncodingError`].
pub fn decode(bytes: &[u8]) -> Result<Vec<u8>, EncodingError> {
    let Some(text) = text_of(bytes) else { return Ok(bytes.to_vec()) };
    if let Some(begin) = text.find("-----BEGIN ") {
        let lines = text.get(begin..).unwrap_or_default().lines().skip(1);
        let base64: String = lines.take_while(|line| !line.starts_with('-')).collect();
        return from_base64(&base64);
    }
    let digits: String = text.split_ascii_whitespace().collect();
    if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return from_hex(&digits);
    }
    from_base64(&digits)
}

/// The bytes as text, if there are some and all are printable ASCII or space.
pub(crate) fn text_of(bytes: &[u8]) -> Option<&str> {
    let fits = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let is_text = !bytes.is_empty() && bytes.iter().all(fits);
    is_text.then(|| std::str::from_utf8(bytes).unwrap_or_default())
}

/// Hex digits of either case.
pub(crate) fn from_hex(digits: &str) -> Result<Vec<u8>, EncodingError> {
    if let Some(at) = digits.bytes().position(|digit| !digit.is_ascii_hexdigit()) {
        return Err(EncodingError::NotHex { at });
    }
    let half_byte = EncodingError::HalfByte { digits: digits.len() };
    base16ct::mixed::decode_vec(digits).map_err(|_| half_byte)
}

fn from_base64(text: &str) -> Result<Vec<u8>, EncodingError> {
    Base64::decode_vec(text).map_err(|_| EncodingError::NotEncoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_decoded() {
        let der = [0x30, 0x03, 0x02, 0x01, 0xFF];
        let forms: [&[u8]; 5] = [
            &der,
            b"30 03 0201\nff\n",
            b"MAMCAf8=\n",
            b"-----BEGIN X-----\nMAMC\nAf8=\n-----END X-----\n",
            b"before\n-----BEGIN X-----\r\nMAMCAf8=\r\n-----END X-----",
        ];
        for form in forms {
            assert_eq!(decode(form).unwrap(), der);
        }
        assert_eq!(decode(b"no form"), Err(EncodingError::NotEncoded));
        assert_eq!(from_hex("0g"), Err(EncodingError::NotHex { at: 1 }));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(mut bytes: Vec<u8>) {
            // Not text, whatever follows.
            bytes.insert(0, 0);
            prop_assert_eq!(decode(&bytes), Ok(bytes.clone()));
            let hex = base16ct::upper::encode_string(&bytes);
            prop_assert_eq!(decode(hex.as_bytes()), Ok(bytes.clone()));
            let pem = format!("-----BEGIN X-----\n{}\n", Base64::encode_string(&bytes));
            prop_assert_eq!(decode(pem.as_bytes()), Ok(bytes.clone()));
        }
    }
}
