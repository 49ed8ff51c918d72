//! The header that travels with a key: its text is what is compared.

use alloc::string::String;

use key_types::{KeyAlgorithm, SecretKey};
use tr31::Header;

use crate::Error;

/// The header of a key block, as a token carries it: twice, and equal byte for byte.
///
/// Its version and length field say nothing here.
///
/// ```
/// use tr34::KeyHeader;
///
/// let header = KeyHeader::parse("D9999K0TB00E0000")?;
/// assert_eq!(header.text(), "D9999K0TB00E0000");
/// # Ok::<(), tr34::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3; ASC X9 TR 34, annex B.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHeader {
    text: String,
    header: Header,
}

impl KeyHeader {
    /// Reads the text of a header, optional blocks included.
    ///
    /// # Errors
    ///
    /// [`Error::Header`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let header = Header::parse(text).map_err(Error::Header)?;
        Ok(Self { text: text.into(), header })
    }

    /// Writes the text of a header for a key; its length field is that of the key block that would
    /// hold the key.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
    /// use tr31::{Header, Version};
    /// use tr34::KeyHeader;
    ///
    /// let header = Header::new(
    ///     Version::D,
    ///     KeyUsage::KeyEncryption,
    ///     AlgorithmFamily::Tdes,
    ///     ModeOfUse::EncryptDecrypt,
    ///     Exportability::Exportable,
    /// );
    /// let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x3F))?;
    /// assert_eq!(KeyHeader::for_key(&header, &key)?.text(), "D0112K0TB00E0000");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Header`], also if the key has a length that its algorithm does not have.
    pub fn for_key(header: &Header, key: &SecretKey) -> Result<Self, Error> {
        Self::parse(&header.to_text(key.length()).map_err(Error::Header)?)
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the text says.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The algorithm of a key of so many bytes under this header.
    pub(crate) fn algorithm(&self, key_length: usize) -> Option<KeyAlgorithm> {
        KeyAlgorithm::of_key(self.header.algorithm(), key_length)
    }
}
