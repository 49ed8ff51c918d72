//! Check values inside key blocks: the optional blocks KC, KP and PK.

use core::fmt;

use key_types::{Kcv, KcvMethod};

use crate::Error;
use crate::digits::{Letters, read};

/// Whose check value an optional block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldId {
    /// `KC`: of the key in the key block.
    WrappedKey,
    /// `KP`: of the key block protection key.
    ProtectionKey,
    /// `PK`: of the key that protected the key block on export.
    ExportProtectionKey,
}

impl FieldId {
    /// Every id.
    pub const ALL: [Self; 3] = [Self::WrappedKey, Self::ProtectionKey, Self::ExportProtectionKey];

    /// The two characters an optional block begins with.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::WrappedKey => "KC",
            Self::ProtectionKey => "KP",
            Self::ExportProtectionKey => "PK",
        }
    }
}

/// A check value as an optional block of a key block: id, length, algorithm, value.
///
/// The algorithm is `00` for [`KcvMethod::AnsiX924`], at most 3 bytes, and `01` for
/// [`KcvMethod::Cmac`], at most 5 bytes. `Display` writes the whole block, and parsing takes
/// nothing but what `Display` writes.
///
/// ```
/// use kcv::{FieldId, KeyBlockField};
///
/// let field: KeyBlockField = "KP0C00ECAD62".parse()?;
/// assert_eq!(field.id(), FieldId::ProtectionKey);
/// assert_eq!(field.check_value().to_string(), "ECAD62");
/// assert_eq!(field.to_string(), "KP0C00ECAD62");
/// # Ok::<(), kcv::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.7 and 6.3.6.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyBlockField {
    id: FieldId,
    check_value: Kcv,
}

impl KeyBlockField {
    /// Puts a check value into an optional block.
    ///
    /// ```
    /// use kcv::{FieldId, KeyBlockField};
    /// use key_types::KcvMethod;
    ///
    /// let check_value = kcv::parse(KcvMethod::Cmac, "2331550BC9")?;
    /// let field = KeyBlockField::new(FieldId::ProtectionKey, check_value)?;
    /// assert_eq!(field.to_string(), "KP10012331550BC9");
    /// # Ok::<(), kcv::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::MethodNotInFields`] if the method is neither ANSI X9.24 nor CMAC.
    pub fn new(id: FieldId, check_value: Kcv) -> Result<Self, Error> {
        match check_value.method() {
            KcvMethod::AnsiX924 | KcvMethod::Cmac => Ok(Self { id, check_value }),
            method => Err(Error::MethodNotInFields { method }),
        }
    }

    /// Reads the data of an optional block, what follows its id and length: algorithm and value.
    ///
    /// ```
    /// use kcv::{FieldId, KeyBlockField};
    ///
    /// let field = KeyBlockField::from_data(FieldId::WrappedKey, "00169E39")?;
    /// assert_eq!(field.check_value().to_string(), "169E39");
    /// # Ok::<(), kcv::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::KcvAlgorithmUnknown`], [`Error::KcvLength`] or [`Error::KcvNotHex`].
    pub fn from_data(id: FieldId, data: &str) -> Result<Self, Error> {
        let (method, digits) = match data.split_at_checked(2) {
            Some(("00", digits)) => (KcvMethod::AnsiX924, digits),
            Some(("01", digits)) => (KcvMethod::Cmac, digits),
            _ => return Err(Error::KcvAlgorithmUnknown),
        };
        Ok(Self { id, check_value: read(method, digits, Letters::UpperCase)? })
    }

    /// Whose check value it is.
    #[must_use]
    pub const fn id(&self) -> FieldId {
        self.id
    }

    /// The check value.
    #[must_use]
    pub const fn check_value(&self) -> Kcv {
        self.check_value
    }
}

impl core::str::FromStr for KeyBlockField {
    type Err = Error;

    fn from_str(block: &str) -> Result<Self, Error> {
        let (id, rest) = block.split_at_checked(2).ok_or(Error::FieldIdUnknown)?;
        let has_code = |field: &FieldId| field.code() == id;
        let id = FieldId::ALL.into_iter().find(has_code).ok_or(Error::FieldIdUnknown)?;
        let wrong_length = Error::FieldLength { found: block.len() };
        let (length, data) = rest.split_at_checked(2).ok_or(wrong_length)?;
        let is_upper_hex = |digit: u8| matches!(digit, b'0'..=b'9' | b'A'..=b'F');
        let length = Some(length).filter(|length| length.bytes().all(is_upper_hex));
        let length = length.and_then(|length| usize::from_str_radix(length, 16).ok());
        if length != Some(block.len()) {
            return Err(wrong_length);
        }
        Self::from_data(id, data)
    }
}

impl fmt::Display for KeyBlockField {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BEFORE_THE_VALUE: usize = 6;

        let length = BEFORE_THE_VALUE + 2 * self.check_value.as_bytes().len();
        let algorithm = match self.check_value.method() {
            KcvMethod::Cmac => "01",
            _ => "00",
        };
        write!(formatter, "{}{length:02X}{algorithm}{}", self.id.code(), self.check_value)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use key_types::HashAlgorithm;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refusals_name_their_rule() {
        let code = |block: &str| block.parse::<KeyBlockField>().map_err(|error| error.code());
        assert_eq!(code(""), Err("FieldIdUnknown"));
        assert_eq!(code("kc0C000169E3"), Err("FieldIdUnknown"));
        assert_eq!(code("KC"), Err("FieldLength"));
        assert_eq!(code("KC0c000169E3"), Err("FieldLength"));
        assert_eq!(code("KC+C000169E3"), Err("FieldLength"));
        assert_eq!(code("KC04"), Err("KcvAlgorithmUnknown"));
        assert_eq!(code("KC0600"), Err("KcvLength"));
        assert_eq!(code("KC080001"), Err("KcvLength"));
        assert_eq!(code("KC0C000169e3"), Err("KcvNotHex"));
        assert_eq!(code("KC07000é"), Err("FieldLength"));
        assert_eq!(code("KC0A000é01"), Err("FieldLength"));
    }

    #[test]
    fn other_methods_have_no_number() {
        let kcv = Kcv::new(KcvMethod::Hmac(HashAlgorithm::Sha256), &[1, 2, 3]).unwrap();
        let refusal = KeyBlockField::new(FieldId::WrappedKey, kcv).unwrap_err();
        assert_eq!(refusal.code(), "MethodNotInFields");
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(
            bytes: [u8; 5], length in 2usize..=5, cmac: bool, id in 0usize..3,
        ) {
            let (method, length) = match cmac {
                true => (KcvMethod::Cmac, length),
                false => (KcvMethod::AnsiX924, length.min(3)),
            };
            let kcv = Kcv::new(method, &bytes[..length]).unwrap();
            let field = KeyBlockField::new(FieldId::ALL[id], kcv).unwrap();
            prop_assert_eq!(field.to_string().parse(), Ok(field));
        }

        #[test]
        fn what_is_parsed_prints_back(block in "(KC|KP|PK)(0[0-9A-F]|1[0-4])0[012][0-9A-G]{0,11}") {
            if let Ok(field) = block.parse::<KeyBlockField>() {
                prop_assert_eq!(field.to_string(), block);
            }
        }
    }
}
