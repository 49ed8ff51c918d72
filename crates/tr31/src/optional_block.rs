//! Optional blocks: what a header says beyond its sixteen fixed characters.

mod al;
mod bi;
mod check_value;
mod content;
mod ct;
mod da;
mod fields;
mod hm;
mod ik;
mod ks;
mod kv;
pub(crate) mod read;
mod timestamp;
mod wp;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

pub use al::KeyLife;
pub use bi::BdkId;
pub use check_value::{CheckMethod, CheckValue};
pub use content::Content;
pub use ct::{Certificate, CertificateFormat};
pub use da::DerivedAttributes;
pub use hm::HmacHash;
pub use ks::InitialKsn;
pub use timestamp::Timestamp;
pub use wp::WrappingPedigree;

use crate::header::FIXED_LENGTH;
use crate::{Error, hex};

/// The id of an optional block: two characters `0-9 A-Z`.
///
/// Two digits are a proprietary id.
///
/// ```
/// use tr31::OptionalBlockId;
///
/// assert_eq!(OptionalBlockId::KS.to_string(), "KS");
/// assert_eq!(OptionalBlockId::KS.code(), *b"KS");
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OptionalBlockId {
    code: [u8; 2],
}

impl OptionalBlockId {
    /// `AL`: whether an asymmetric key is static or ephemeral.
    pub const AL: Self = Self { code: *b"AL" };
    /// `BI`: id of a base derivation key.
    pub const BI: Self = Self { code: *b"BI" };
    /// `CT`: certificates of the public key.
    pub const CT: Self = Self { code: *b"CT" };
    /// `DA`: what a derivation key may derive.
    pub const DA: Self = Self { code: *b"DA" };
    /// `FL`: flags.
    pub const FL: Self = Self { code: *b"FL" };
    /// `HM`: the hash of an HMAC key.
    pub const HM: Self = Self { code: *b"HM" };
    /// `IK`: initial key id of AES DUKPT.
    pub const IK: Self = Self { code: *b"IK" };
    /// `KC`: check value of the wrapped key.
    pub const KC: Self = Self { code: *b"KC" };
    /// `KP`: check value of the key block protection key.
    pub const KP: Self = Self { code: *b"KP" };
    /// `KS`: initial key serial number of TDES DUKPT.
    pub const KS: Self = Self { code: *b"KS" };
    /// `KV`: version of the key block values, deprecated.
    pub const KV: Self = Self { code: *b"KV" };
    /// `LB`: a label.
    pub const LB: Self = Self { code: *b"LB" };
    /// `PB`: padding, always the last block.
    pub const PB: Self = Self { code: *b"PB" };
    /// `PK`: check value of the export protection key.
    pub const PK: Self = Self { code: *b"PK" };
    /// `TC`: when the key was made.
    pub const TC: Self = Self { code: *b"TC" };
    /// `TS`: when the key block was made.
    pub const TS: Self = Self { code: *b"TS" };
    /// `WP`: strength of the keys that wrapped this one before.
    pub const WP: Self = Self { code: *b"WP" };

    /// Reads the two characters.
    ///
    /// ```
    /// use tr31::{Error, OptionalBlockId};
    ///
    /// let proprietary = OptionalBlockId::from_code(*b"10")?;
    /// assert!(!proprietary.is_known());
    /// assert_eq!(OptionalBlockId::from_code(*b"Kc"), Err(Error::OptIdMalformed { at: 1 }));
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OptIdMalformed`] if one is not a digit or an upper-case letter.
    pub fn from_code(code: [u8; 2]) -> Result<Self, Error> {
        let allowed = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        match code.iter().position(|byte| !allowed(byte)) {
            None => Ok(Self { code }),
            Some(at) => Err(Error::OptIdMalformed { at }),
        }
    }

    /// The two characters.
    #[must_use]
    pub const fn code(self) -> [u8; 2] {
        self.code
    }
}

impl fmt::Display for OptionalBlockId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.code;
        write!(formatter, "{}{}", char::from(first), char::from(second))
    }
}

impl fmt::Debug for OptionalBlockId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OptionalBlockId({self})")
    }
}

/// How the length of an optional block is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LengthForm {
    /// Two hex digits: up to 255 characters.
    Short,
    /// `0004` and four hex digits.
    Extended,
    /// `0002` and four hex digits, as tools write it that count bytes.
    ExtendedInBytes,
    /// `0002` and two hex digits, as the number of digits says before it was fixed.
    ExtendedInTwoDigits,
}

impl LengthForm {
    /// The form that the standard has for a block with this many characters of data.
    const fn of_data(length: usize) -> Self {
        let is_short = length + Self::Short.prefix_length() <= OptionalBlock::LONGEST_SHORT;
        if is_short { Self::Short } else { Self::Extended }
    }

    /// Characters before the data: the id and the length.
    pub(crate) const fn prefix_length(self) -> usize {
        match self {
            Self::Short => 4,
            Self::ExtendedInTwoDigits => 8,
            Self::Extended | Self::ExtendedInBytes => 10,
        }
    }
}

/// An optional block: an id and printable characters.
///
/// ```
/// use tr31::{OptionalBlock, OptionalBlockId};
///
/// let label = OptionalBlock::label("terminal 7")?;
/// assert_eq!(label.id(), OptionalBlockId::LB);
/// assert_eq!(label.data(), "terminal 7");
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OptionalBlock {
    id: OptionalBlockId,
    data: Box<str>,
    form: LengthForm,
}

impl OptionalBlock {
    /// The greatest length of the short form, with id and length.
    const LONGEST_SHORT: usize = 0xFF;

    /// Joins an id with its data.
    ///
    /// Data of a type that the standard describes is checked against it, see
    /// [`content`](Self::content).
    ///
    /// ```
    /// use tr31::{Error, OptionalBlock, OptionalBlockId};
    ///
    /// let block = OptionalBlock::new(OptionalBlockId::from_code(*b"10")?, "IBMC")?;
    /// assert_eq!((block.data(), block.length()), ("IBMC", 8));
    /// let refused = OptionalBlock::new(OptionalBlockId::HM, "99").unwrap_err();
    /// assert_eq!(refused, Error::OptDataInvalid { at: 0, id: OptionalBlockId::HM });
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OptDataInvalid`] if a character is not printable ASCII or the data is not what
    /// the id asks for, and [`Error::TooLong`] if no key block has room for it.
    pub fn new(id: OptionalBlockId, data: &str) -> Result<Self, Error> {
        let block = Self::with_any_content(id, data)?;
        content::read(id, data).map_err(|at| Error::OptDataInvalid { at, id })?;
        Ok(block)
    }

    /// As [`new`](Self::new), whatever the id asks for.
    pub(crate) fn with_any_content(id: OptionalBlockId, data: &str) -> Result<Self, Error> {
        if let Some(at) = data.bytes().position(|byte| !is_printable(byte)) {
            return Err(Error::OptDataInvalid { at, id });
        }
        let block = Self { id, data: data.into(), form: LengthForm::of_data(data.len()) };
        crate::header::check_length(block.length())?;
        Ok(block)
    }

    /// The HM block for a hash function: HMAC keys need it.
    ///
    /// ```
    /// use key_types::HashAlgorithm;
    /// use tr31::{HmacHash, OptionalBlock};
    ///
    /// assert_eq!(OptionalBlock::hmac_hash(HashAlgorithm::Sha256).data(), "21");
    /// assert_eq!(OptionalBlock::hmac_hash(HmacHash::Sha3With512).data(), "33");
    /// ```
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.5.
    #[must_use]
    pub fn hmac_hash(hash: impl Into<HmacHash>) -> Self {
        let code = hash.into().code().map(char::from);
        let data: String = code.iter().collect();
        Self::joined(OptionalBlockId::HM, [data.as_str()])
    }

    /// A label: free text.
    ///
    /// ```
    /// use tr31::OptionalBlock;
    ///
    /// assert_eq!(OptionalBlock::label("terminal 7")?.data(), "terminal 7");
    /// assert!(OptionalBlock::label("two\nlines").is_err());
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.10.
    pub fn label(text: &str) -> Result<Self, Error> {
        Self::new(OptionalBlockId::LB, text)
    }

    /// The FL block: flags. Their meaning is in no public source, so they are text here.
    ///
    /// ```
    /// use tr31::OptionalBlock;
    ///
    /// assert_eq!(OptionalBlock::flags("01")?.data(), "01");
    /// assert!(OptionalBlock::flags("\u{7F}").is_err());
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6, table 7.
    pub fn flags(text: &str) -> Result<Self, Error> {
        Self::new(OptionalBlockId::FL, text)
    }

    /// The KV block, which is deprecated: the version of the values of the header fields, two
    /// letters or digits.
    ///
    /// ```
    /// use tr31::OptionalBlock;
    ///
    /// assert_eq!(OptionalBlock::field_values_version("00")?.data(), "0000");
    /// assert!(OptionalBlock::field_values_version("0").is_err());
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.9.
    pub fn field_values_version(version: &str) -> Result<Self, Error> {
        Self::new(OptionalBlockId::KV, &[version, "00"].concat())
    }

    /// Joins an id with short parts of data that are known to be good.
    fn joined<const PARTS: usize>(id: OptionalBlockId, parts: [&str; PARTS]) -> Self {
        Self { id, data: parts.concat().into(), form: LengthForm::Short }
    }

    /// The same block with its length written in the extended form even if it is short.
    ///
    /// Only exact reproduction of a block that others made needs this.
    ///
    /// ```
    /// use tr31::OptionalBlock;
    ///
    /// let label = OptionalBlock::label("terminal 7")?;
    /// assert_eq!((label.length(), label.in_extended_form().length()), (14, 20));
    /// # Ok::<(), tr31::Error>(())
    /// ```
    #[must_use]
    pub fn in_extended_form(self) -> Self {
        Self { form: LengthForm::Extended, ..self }
    }

    /// The same block with its length written as short as it can be.
    pub(crate) fn in_canonical_form(self) -> Self {
        Self { form: LengthForm::of_data(self.data.len()), ..self }
    }

    /// The same block with its length written in a form that the standard has.
    pub(crate) fn in_standard_form(self) -> Self {
        match self.form {
            LengthForm::Short | LengthForm::Extended => self,
            _ => Self { form: LengthForm::of_data(self.data.len()), ..self },
        }
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> OptionalBlockId {
        self.id
    }

    /// The data, printable ASCII.
    #[must_use]
    pub const fn data(&self) -> &str {
        &self.data
    }

    /// The length in characters, with id and length.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.form.prefix_length() + self.data.len()
    }

    /// Appends the block as it stands in a header.
    pub(crate) fn write(&self, text: &mut Vec<u8>) {
        let mut digits = [0; 4];
        let length = u16::try_from(self.length()).expect("a key block has at most 9999 characters");
        hex::encode(&length.to_be_bytes(), &mut digits);
        text.extend_from_slice(&self.id.code);
        let (mark, unwritten): (&[u8], _) = match self.form {
            LengthForm::Short => (b"", 2),
            LengthForm::Extended => (b"0004", 0),
            LengthForm::ExtendedInBytes => (b"0002", 0),
            LengthForm::ExtendedInTwoDigits => (b"0002", 2),
        };
        text.extend_from_slice(mark);
        text.extend(digits.iter().skip(unwritten));
        text.extend_from_slice(self.data.as_bytes());
    }
}

/// Each optional block of a header with the offset in the text where it begins.
pub(crate) fn with_offsets(
    blocks: &[OptionalBlock],
) -> impl Iterator<Item = (usize, &OptionalBlock)> {
    blocks.iter().scan(FIXED_LENGTH, |next, block| {
        let at = *next;
        *next = next.saturating_add(block.length());
        Some((at, block))
    })
}

/// Upper-case hex digits of public bytes.
fn hex_text(bytes: &[u8]) -> String {
    let mut text = vec![0; 2 * bytes.len()];
    hex::encode(bytes, &mut text);
    text.into_iter().map(char::from).collect()
}

/// Whether a byte is a character that a key block may have.
pub(crate) const fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(data_length: usize) -> Vec<u8> {
        let data = "x".repeat(data_length);
        let mut text = Vec::new();
        OptionalBlock::new(OptionalBlockId::LB, &data).unwrap().write(&mut text);
        text.truncate(text.len() - data_length);
        text
    }

    #[test]
    fn the_short_form_ends_at_255() {
        assert_eq!(written(0), b"LB04");
        assert_eq!(written(251), b"LBFF");
        assert_eq!(written(252), b"LB00040106");
    }

    #[test]
    fn ids_and_data_are_checked() {
        assert_eq!(OptionalBlockId::from_code(*b"Kc"), Err(Error::OptIdMalformed { at: 1 }));
        assert!(OptionalBlockId::from_code(*b"10").is_ok());
        let refusal = OptionalBlock::new(OptionalBlockId::LB, "a\nb").unwrap_err();
        assert_eq!(refusal, Error::OptDataInvalid { at: 1, id: OptionalBlockId::LB });
        let refusal = OptionalBlock::new(OptionalBlockId::LB, &"x".repeat(9999)).unwrap_err();
        assert_eq!(refusal.code(), "TooLong");
    }
}
