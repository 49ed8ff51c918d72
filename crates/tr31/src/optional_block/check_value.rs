//! KC, KP and PK: check values of the wrapped key, of the KBPK and of the key that protected an
//! export.

use alloc::string::ToString;

use key_types::{AlgorithmFamily, Kcv, KcvMethod, SecretKey};

use super::fields::Fields;
use super::{OptionalBlock, OptionalBlockId};
use crate::{Error, Kbpk};

/// How the check value in a block was computed.
///
/// ```
/// use tr31::{CheckMethod, Content, OptionalBlock, OptionalBlockId};
///
/// let block = OptionalBlock::new(OptionalBlockId::KC, "0008D7B4")?;
/// let Some(Content::CheckValue(value)) = block.content() else { panic!("KC is a check value") };
/// assert_eq!(value.method(), CheckMethod::Legacy);
/// # Ok::<(), tr31::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckMethod {
    /// `00`: the key encrypts a block of zeros; at most 3 bytes.
    Legacy,
    /// `01`: CMAC of a block of zeros; at most 5 bytes.
    Cmac,
}

impl CheckMethod {
    const fn code(self) -> &'static str {
        match self {
            Self::Legacy => "00",
            Self::Cmac => "01",
        }
    }

    /// The method for keys of a family, or `None` if this one is not for them.
    fn for_family(self, family: AlgorithmFamily) -> Option<KcvMethod> {
        let method = match (self, family) {
            (Self::Cmac, _) => KcvMethod::Cmac,
            (Self::Legacy, AlgorithmFamily::Aes) => KcvMethod::AesEcbZeros,
            (Self::Legacy, _) => KcvMethod::AnsiX924,
        };
        kcv::allows(family, method).then_some(method)
    }
}

/// A check value as it stands in a KC, KP or PK block.
///
/// ```
/// use tr31::{Content, OptionalBlock, OptionalBlockId};
///
/// let block = OptionalBlock::new(OptionalBlockId::KC, "0008D7B4")?;
/// let Some(Content::CheckValue(value)) = block.content() else { panic!("KC is a check value") };
/// assert_eq!(value.as_bytes(), [0x08, 0xD7, 0xB4]);
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.7 and 6.3.6.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CheckValue {
    method: CheckMethod,
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl CheckValue {
    const LONGEST: usize = 5;

    /// How it was computed.
    #[must_use]
    pub const fn method(&self) -> CheckMethod {
        self.method
    }

    /// The bytes, 2 to 5.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.split_at(self.length).0
    }

    pub(super) fn read(data: &str) -> Result<Self, usize> {
        let mut fields = Fields::new(data);
        let (method, longest) = match &fields.characters()? {
            b"00" => (CheckMethod::Legacy, 3),
            b"01" => (CheckMethod::Cmac, Self::LONGEST),
            _ => return Err(0),
        };
        let (mut bytes, mut length) = ([0; Self::LONGEST], 0);
        for byte in bytes.iter_mut().take(longest) {
            if fields.left() == 0 {
                break;
            }
            [*byte] = fields.bytes()?;
            length += 1;
        }
        fields.end()?;
        if length < Kcv::SHORTEST { Err(fields.at()) } else { Ok(Self { method, bytes, length }) }
    }

    /// Whether it is that of a key, or `None` if its method is not for such keys.
    pub(crate) fn agrees_with(&self, key: &SecretKey, family: AlgorithmFamily) -> Option<bool> {
        let method = self.method.for_family(family)?;
        let computed = kcv::compute_for_family(key, family, method, self.length).ok()?;
        Some(computed.as_bytes() == self.as_bytes())
    }
}

impl OptionalBlock {
    /// The KC block: the check value of the key that is to be wrapped.
    ///
    /// Keys of TDES have the legacy method and 3 bytes, those of AES CMAC and 5 bytes.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, SecretKey};
    /// use tr31::OptionalBlock;
    ///
    /// let key = SecretKey::copied_from(b"\x01\x23\x45\x67\x89\xAB\xCD\xEF\xFE\xDC\xBA\x98\x76\x54\x32\x10")?;
    /// let block = OptionalBlock::key_check_value(&key, AlgorithmFamily::Tdes)?;
    /// assert_eq!(block.data(), "0008D7B4");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::KeyLengthForAlgorithm`] if the family has no such keys, or no check values of
    /// these kinds.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.7.
    pub fn key_check_value(key: &SecretKey, family: AlgorithmFamily) -> Result<Self, Error> {
        Self::check_value_of(OptionalBlockId::KC, key, family)
    }

    /// The PK block: the check value of the key that protected an export.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, SecretKey};
    /// use tr31::OptionalBlock;
    ///
    /// let key = SecretKey::copied_from(b"\x01\x23\x45\x67\x89\xAB\xCD\xEF\xFE\xDC\xBA\x98\x76\x54\x32\x10")?;
    /// let block = OptionalBlock::protection_key_check_value(&key, AlgorithmFamily::Tdes)?;
    /// assert_eq!((block.id(), block.data()), (tr31::OptionalBlockId::PK, "0008D7B4"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`key_check_value`](Self::key_check_value).
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.12.
    pub fn protection_key_check_value(
        key: &SecretKey,
        family: AlgorithmFamily,
    ) -> Result<Self, Error> {
        Self::check_value_of(OptionalBlockId::PK, key, family)
    }

    /// Whether the check value of a KC, KP or PK block is that of a key; `None` if the block has
    /// no check value, or one by a method that is not for such keys.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, SecretKey};
    /// use tr31::OptionalBlock;
    ///
    /// let key = SecretKey::copied_from(b"\x01\x23\x45\x67\x89\xAB\xCD\xEF\xFE\xDC\xBA\x98\x76\x54\x32\x10")?;
    /// let block = OptionalBlock::protection_key_check_value(&key, AlgorithmFamily::Tdes)?;
    /// assert_eq!(block.agrees_with(&key, AlgorithmFamily::Tdes), Some(true));
    /// assert_eq!(block.agrees_with(&key, AlgorithmFamily::Hmac), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn agrees_with(&self, key: &SecretKey, family: AlgorithmFamily) -> Option<bool> {
        match self.content() {
            Some(super::Content::CheckValue(value)) => value.agrees_with(key, family),
            _ => None,
        }
    }

    fn check_value_of(
        id: OptionalBlockId,
        key: &SecretKey,
        family: AlgorithmFamily,
    ) -> Result<Self, Error> {
        let refusal = Error::KeyLengthForAlgorithm { family, found: key.length() };
        let (how, length) = match family {
            AlgorithmFamily::Aes => (CheckMethod::Cmac, 5),
            _ => (CheckMethod::Legacy, 3),
        };
        let method = how.for_family(family).ok_or(refusal)?;
        let value = kcv::compute_for_family(key, family, method, length).map_err(|_| refusal)?;
        Ok(Self::joined(id, [how.code(), value.to_string().as_str()]))
    }
}

impl Kbpk {
    /// The KP block: the check value of this key.
    ///
    /// ```
    /// use key_types::SecretKey;
    /// use tr31::Kbpk;
    ///
    /// let key = SecretKey::copied_from(b"\x01\x23\x45\x67\x89\xAB\xCD\xEF\xFE\xDC\xBA\x98\x76\x54\x32\x10")?;
    /// assert_eq!(Kbpk::tdes(&key)?.check_value_block()?.data(), "0008D7B4");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// None of today's KBPKs is refused; the signature leaves room for one that is.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.7.
    pub fn check_value_block(&self) -> Result<OptionalBlock, Error> {
        OptionalBlock::check_value_of(OptionalBlockId::KP, self.key(), self.family())
    }
}
