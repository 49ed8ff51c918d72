//! The header: what a key block says in clear.

mod alone;
mod narrow;
pub(crate) mod read;

use alloc::vec::Vec;

use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse};

pub use narrow::Narrowing;

use crate::{Error, KeyContext, OptionalBlock, OptionalBlockId, Version};

/// The length of the fixed part in characters.
pub(crate) const FIXED_LENGTH: usize = 16;

/// The greatest length of a key block in characters: its length field has four digits.
const LONGEST: usize = 9999;

/// The greatest number of optional blocks: their number has two digits.
const MOST_BLOCKS: usize = 99;

/// The header of a key block: what the key is, and what may be done with it.
///
/// ```
/// use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse};
/// use tr31::{Header, OptionalBlock, OptionalBlockId, Version};
///
/// let header = Header::new(
///     Version::D,
///     KeyUsage::PinEncryption,
///     AlgorithmFamily::Tdes,
///     ModeOfUse::EncryptDecrypt,
///     Exportability::Exportable,
/// )
/// .with_key_version(KeyVersion::from_code(*b"07").expect("alphanumeric"))
/// .with_optional_block(OptionalBlock::new(OptionalBlockId::LB, "terminal 7")?)?;
/// assert_eq!(header.optional_blocks().len(), 1);
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    version: Version,
    usage: KeyUsage,
    algorithm: AlgorithmFamily,
    mode: ModeOfUse,
    key_version: KeyVersion,
    exportability: Exportability,
    key_context: KeyContext,
    optional_blocks: Vec<OptionalBlock>,
}

impl Header {
    /// A header without optional blocks, whose key versions are not used and whose key context is
    /// the wrapping key's.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse};
    /// use tr31::{Header, KeyContext, Version};
    ///
    /// let header = Header::new(
    ///     Version::D,
    ///     KeyUsage::PinEncryption,
    ///     AlgorithmFamily::Tdes,
    ///     ModeOfUse::Encrypt,
    ///     Exportability::Exportable,
    /// );
    /// assert_eq!(header.key_context(), KeyContext::StorageOrExchange);
    /// assert!(header.optional_blocks().is_empty());
    /// ```
    #[must_use]
    pub const fn new(
        version: Version,
        usage: KeyUsage,
        algorithm: AlgorithmFamily,
        mode: ModeOfUse,
        exportability: Exportability,
    ) -> Self {
        Self {
            version,
            usage,
            algorithm,
            mode,
            key_version: KeyVersion::NOT_USED,
            exportability,
            key_context: KeyContext::StorageOrExchange,
            optional_blocks: Vec::new(),
        }
    }

    /// The same header with a key version number.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse};
    /// use tr31::{Header, Version};
    ///
    /// # let header = Header::new(
    /// #     Version::D,
    /// #     KeyUsage::PinEncryption,
    /// #     AlgorithmFamily::Tdes,
    /// #     ModeOfUse::Encrypt,
    /// #     Exportability::Exportable,
    /// # );
    /// let version = KeyVersion::from_code(*b"07")?;
    /// assert_eq!(header.with_key_version(version).key_version(), version);
    /// # Ok::<(), key_types::KeyVersionError>(())
    /// ```
    #[must_use]
    pub fn with_key_version(self, key_version: KeyVersion) -> Self {
        Self { key_version, ..self }
    }

    /// The same header with a key context.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse};
    /// use tr31::{Header, KeyContext, Version};
    ///
    /// # let header = Header::new(
    /// #     Version::D,
    /// #     KeyUsage::PinEncryption,
    /// #     AlgorithmFamily::Tdes,
    /// #     ModeOfUse::Encrypt,
    /// #     Exportability::Exportable,
    /// # );
    /// let header = header.with_key_context(KeyContext::Exchange);
    /// assert_eq!(header.key_context(), KeyContext::Exchange);
    /// ```
    #[must_use]
    pub fn with_key_context(self, key_context: KeyContext) -> Self {
        Self { key_context, ..self }
    }

    /// The same header with one more optional block, behind those it has.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse};
    /// use tr31::{Header, OptionalBlock, Version};
    ///
    /// # let header = Header::new(
    /// #     Version::D,
    /// #     KeyUsage::PinEncryption,
    /// #     AlgorithmFamily::Tdes,
    /// #     ModeOfUse::Encrypt,
    /// #     Exportability::Exportable,
    /// # );
    /// let header = header.with_optional_block(OptionalBlock::label("terminal 7")?)?;
    /// let refused = header.with_optional_block(OptionalBlock::label("terminal 8")?).unwrap_err();
    /// assert_eq!(refused.code(), "OptDuplicate");
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::PbReserved`] for a padding block, which is made when a key is wrapped;
    /// [`Error::OptDuplicate`] if there is a block with this id; [`Error::OptTooMany`] and
    /// [`Error::TooLong`] if there is no room.
    pub fn with_optional_block(self, block: OptionalBlock) -> Result<Self, Error> {
        if block.id() == OptionalBlockId::PB {
            return Err(Error::PbReserved);
        }
        self.with_any_block(block)
    }

    /// The same header with a block in place of the one with its id, or behind the others.
    pub(crate) fn with_block_replaced(mut self, block: OptionalBlock) -> Result<Self, Error> {
        let id = block.id();
        match self.optional_blocks.iter_mut().find(|present| present.id() == id) {
            Some(present) => *present = block,
            None => return self.with_optional_block(block),
        }
        Ok(self)
    }

    /// As [`with_optional_block`](Self::with_optional_block), padding blocks included.
    pub(crate) fn with_any_block(mut self, block: OptionalBlock) -> Result<Self, Error> {
        let (id, at) = (block.id(), FIXED_LENGTH + total_length(&self.optional_blocks));
        if self.optional_block(id).is_some() {
            return Err(Error::OptDuplicate { at, id });
        }
        check_count(self.optional_blocks.len() + 1)?;
        check_length(at + block.length())?;
        self.optional_blocks.push(block);
        Ok(self)
    }

    /// The version of the key block.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// What the key is for.
    #[must_use]
    pub const fn usage(&self) -> KeyUsage {
        self.usage
    }

    /// The algorithm that the key is used with.
    #[must_use]
    pub const fn algorithm(&self) -> AlgorithmFamily {
        self.algorithm
    }

    /// The operations that the key may perform.
    #[must_use]
    pub const fn mode(&self) -> ModeOfUse {
        self.mode
    }

    /// The version of the key, or which component of a key it is.
    #[must_use]
    pub const fn key_version(&self) -> KeyVersion {
        self.key_version
    }

    /// Whether the receiver may send the key on.
    #[must_use]
    pub const fn exportability(&self) -> Exportability {
        self.exportability
    }

    /// Whether the key block is for storage or for exchange.
    #[must_use]
    pub const fn key_context(&self) -> KeyContext {
        self.key_context
    }

    /// The optional blocks in their order; in the header of a key block that was read, the
    /// padding block is among them.
    #[must_use]
    pub fn optional_blocks(&self) -> &[OptionalBlock] {
        &self.optional_blocks
    }

    /// The optional block with an id, if there is one.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse};
    /// use tr31::{Header, OptionalBlock, OptionalBlockId, Version};
    ///
    /// # let header = Header::new(
    /// #     Version::D,
    /// #     KeyUsage::PinEncryption,
    /// #     AlgorithmFamily::Tdes,
    /// #     ModeOfUse::Encrypt,
    /// #     Exportability::Exportable,
    /// # );
    /// let header = header.with_optional_block(OptionalBlock::label("terminal 7")?)?;
    /// let label = header.optional_block(OptionalBlockId::LB);
    /// assert_eq!(label.map(OptionalBlock::data), Some("terminal 7"));
    /// assert_eq!(header.optional_block(OptionalBlockId::KC), None);
    /// # Ok::<(), tr31::Error>(())
    /// ```
    #[must_use]
    pub fn optional_block(&self, id: OptionalBlockId) -> Option<&OptionalBlock> {
        self.optional_blocks.iter().find(|block| block.id() == id)
    }

    /// Appends the fixed part, for a key block of `length` characters with `count` optional
    /// blocks.
    pub(crate) fn write_fixed(&self, length: usize, count: usize, text: &mut Vec<u8>) {
        text.push(self.version.code());
        text.extend_from_slice(&decimal::<4>(length));
        text.extend_from_slice(&self.usage.code());
        text.push(self.algorithm.code());
        text.push(self.mode.code());
        text.extend_from_slice(&self.key_version.code());
        text.push(self.exportability.code());
        text.extend_from_slice(&decimal::<2>(count));
        text.push(self.key_context.code());
        text.push(b'0');
    }
}

/// The length of optional blocks together, in characters.
pub(crate) fn total_length<'a>(blocks: impl IntoIterator<Item = &'a OptionalBlock>) -> usize {
    blocks.into_iter().map(OptionalBlock::length).sum()
}

/// Checks that the length field can say the length of a key block.
pub(crate) const fn check_length(length: usize) -> Result<(), Error> {
    if length > LONGEST { Err(Error::TooLong { length }) } else { Ok(()) }
}

/// Checks that the header can say the number of optional blocks.
pub(crate) const fn check_count(count: usize) -> Result<(), Error> {
    if count > MOST_BLOCKS { Err(Error::OptTooMany) } else { Ok(()) }
}

/// The last `N` decimal digits of a number.
fn decimal<const N: usize>(mut number: usize) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(number % 10).expect("a remainder below ten");
        number /= 10;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header::new(
            Version::B,
            KeyUsage::BaseDerivation,
            AlgorithmFamily::Tdes,
            ModeOfUse::Derive,
            Exportability::NonExportable,
        )
    }

    fn block(id: [u8; 2], data: &str) -> OptionalBlock {
        OptionalBlock::new(OptionalBlockId::from_code(id).unwrap(), data).unwrap()
    }

    #[test]
    fn the_fixed_part_has_every_field() {
        let header = header()
            .with_key_version(KeyVersion::from_code(*b"c3").unwrap())
            .with_key_context(KeyContext::Exchange);
        let mut text = Vec::new();
        header.write_fixed(96, 7, &mut text);
        assert_eq!(text, b"B0096B0TXc3N0720");
        assert_eq!(decimal::<4>(9999), *b"9999");
    }

    #[test]
    fn optional_blocks_are_checked_as_they_come() {
        let header = header().with_optional_block(block(*b"LB", "a")).unwrap();
        let refused = |id, data| header.clone().with_optional_block(block(id, data)).unwrap_err();
        let duplicate = Error::OptDuplicate { at: 21, id: OptionalBlockId::LB };
        assert_eq!(refused(*b"LB", "b"), duplicate);
        assert_eq!(refused(*b"PB", ""), Error::PbReserved);
        assert_eq!(refused(*b"99", &"x".repeat(9970)), Error::TooLong { length: 10001 });
    }

    #[test]
    fn there_are_at_most_99_optional_blocks() {
        let ids = (b'0'..=b'9').flat_map(|first| (b'0'..=b'9').map(move |last| [first, last]));
        let mut header = header();
        for id in ids.take(99) {
            header = header.with_optional_block(block(id, "")).unwrap();
        }
        let refusal = header.with_optional_block(block(*b"LB", "")).unwrap_err();
        assert_eq!(refusal, Error::OptTooMany);
    }
}
