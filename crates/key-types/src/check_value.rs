//! Key check values: the value and the method that gave it, together.

use core::fmt;

use crate::HashAlgorithm;
use crate::hex::write_hex;

/// How a key check value is computed.
///
/// Standard: ANSI X9.24-1:2017, annex A (the first two).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KcvMethod {
    /// The key encrypts one block of zeros: the legacy method for TDES.
    AnsiX924,
    /// CMAC with the key's own cipher over one block of zeros.
    Cmac,
    /// HMAC of the empty message.
    Hmac(HashAlgorithm),
    /// SHA-1 of the key bytes, as PKCS #11 does for generic secrets.
    Sha1OfKey,
    /// An AES key encrypts one block of zeros: legacy practice and PKCS #11.
    AesEcbZeros,
    /// An AES key encrypts sixteen bytes of 01: GlobalPlatform.
    AesEcbOnes,
}

impl KcvMethod {
    /// The greatest number of bytes that may be shown: 5 for CMAC, 3 for every other method.
    #[must_use]
    pub const fn max_length(self) -> usize {
        match self {
            Self::Cmac => 5,
            _ => 3,
        }
    }
}

/// A key check value: 2 to 5 bytes, and the method that gave them.
///
/// Two values are equal only if both bytes and method are.
///
/// ```
/// use key_types::{Kcv, KcvMethod};
///
/// let kcv = Kcv::new(KcvMethod::AnsiX924, &[0x08, 0xD7, 0xB4])?;
/// assert_eq!(kcv.to_string(), "08D7B4");
/// # Ok::<(), key_types::KcvLengthError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kcv {
    method: KcvMethod,
    bytes: [u8; Self::LONGEST],
    length: usize,
}

/// A key check value of a length its method does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a check value by this method has 2 to {longest} bytes, not {found}")]
#[non_exhaustive]
pub struct KcvLengthError {
    /// The greatest length in bytes the method allows.
    pub longest: usize,
    /// The length in bytes that was given.
    pub found: usize,
}

impl Kcv {
    /// The fewest bytes that say anything.
    pub const SHORTEST: usize = 2;
    const LONGEST: usize = 5;

    /// Joins the bytes of a check value with their method.
    ///
    /// # Errors
    ///
    /// [`KcvLengthError`] if there are fewer than 2 bytes, or more than the method allows.
    pub fn new(method: KcvMethod, value: &[u8]) -> Result<Self, KcvLengthError> {
        let refusal = KcvLengthError { longest: method.max_length(), found: value.len() };
        if !(Self::SHORTEST..=method.max_length()).contains(&value.len()) {
            return Err(refusal);
        }
        let mut bytes = [0; Self::LONGEST];
        bytes.get_mut(..value.len()).ok_or(refusal)?.copy_from_slice(value);
        Ok(Self { method, bytes, length: value.len() })
    }

    /// The method that gave the value.
    #[must_use]
    pub const fn method(&self) -> KcvMethod {
        self.method
    }

    /// The bytes of the value, 2 to 5.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&self.bytes)
    }
}

impl fmt::Display for Kcv {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, self.as_bytes())
    }
}

impl fmt::Debug for Kcv {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Kcv({self} by {:?})", self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_capped_by_method() {
        let bytes = [0; 6];
        let length_allowed = |method, length| Kcv::new(method, &bytes[..length]).is_ok();
        for (method, longest) in [(KcvMethod::AnsiX924, 3), (KcvMethod::Cmac, 5)] {
            for length in 0..=6 {
                assert_eq!(length_allowed(method, length), (2..=longest).contains(&length));
            }
        }
    }

    #[test]
    fn same_bytes_by_another_method_differ() {
        let bytes = [1, 2, 3];
        assert_ne!(Kcv::new(KcvMethod::AnsiX924, &bytes), Kcv::new(KcvMethod::Cmac, &bytes));
    }
}
