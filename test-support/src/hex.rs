//! Hex in the text of a test.

/// Upper-case hex digits of `bytes`, two for each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    base16ct::upper::encode_string(bytes)
}

/// Bytes of hex digits in either case; white space between the digits is ignored.
///
/// # Panics
///
/// When another character stands there, or the number of digits is odd.
#[must_use]
pub fn unhex(digits: &str) -> Vec<u8> {
    let digits: String = digits.split_whitespace().collect();
    base16ct::mixed::decode_vec(&digits).expect("hex digits in pairs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_pass_through_hex() {
        assert_eq!(hex(&[0x00, 0xAB, 0xFF]), "00ABFF");
        assert_eq!(unhex("00 ab\nFF"), [0x00, 0xAB, 0xFF]);
        assert!(unhex("").is_empty());
    }
}
