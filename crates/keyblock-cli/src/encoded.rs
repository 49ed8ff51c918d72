//! Bytes as people pass them on: DER as it is, or in hex, base64 or PEM.

use base64ct::{Base64, Encoding};

use crate::failure::{Failure, Refusal};

/// The bytes that a text in one of the forms stands for.
///
/// Text of hex digits is hex, text with a BEGIN line is PEM, other text of base64 characters is
/// base64; everything else is taken for the bytes themselves.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
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

/// The bytes as text, if they are text in one of the forms.
pub(crate) fn text_of(bytes: &[u8]) -> Option<&str> {
    let fits = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let is_text = !bytes.is_empty() && bytes.iter().all(fits);
    is_text.then(|| std::str::from_utf8(bytes).unwrap_or_default())
}

/// Hex digits of either case.
pub(crate) fn from_hex(digits: &str) -> Result<Vec<u8>, Failure> {
    if let Some(at) = digits.bytes().position(|digit| !digit.is_ascii_hexdigit()) {
        let message = format!("the character at {at} is no hex digit");
        return Err(Refusal::new("NotHex", message).pointing_into(digits, Some(at)).into());
    }
    base16ct::mixed::decode_vec(digits)
        .map_err(|_| Failure::refused("NotHex", "the hex digits are not whole bytes"))
}

fn from_base64(text: &str) -> Result<Vec<u8>, Failure> {
    Base64::decode_vec(text).map_err(|_| {
        Failure::refused("NotEncoded", "this is not DER, and not its hex, base64 or PEM")
    })
}

/// A refusal of bytes, pointing into their hex digits. The offset that is told counts bytes.
pub(crate) fn pointing_into_bytes(refusal: Refusal, bytes: &[u8], at: Option<usize>) -> Refusal {
    let digits = base16ct::upper::encode_string(bytes);
    refusal.pointing_into(&digits, at.map(|at| at.saturating_mul(2))).at(at)
}

#[cfg(test)]
mod tests {
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
        assert!(decode(b"300").is_err());
        assert!(decode(b"no form").is_err());
    }
}
