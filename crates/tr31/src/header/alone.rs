//! A header without a key block, as tokens of TR-34 carry it.

use alloc::string::String;
use alloc::vec::Vec;

use super::read::{Place, read_placed};
use super::{FIXED_LENGTH, Header, check_length, total_length};
use crate::profile::Rules;
use crate::{Error, OptionalBlock, OptionalBlockId, Profile, payload};

impl Header {
    /// Reads a header that stands alone. Its length field has four digits of any value, and
    /// its optional blocks need no padding, because there is no key block behind it; all else is as
    /// in a key block.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, KeyUsage};
    /// use tr31::{Error, Header};
    ///
    /// let header = Header::parse("D9999K0TB00E0000")?;
    /// assert_eq!(header.usage(), KeyUsage::KeyEncryption);
    /// assert_eq!(header.algorithm(), AlgorithmFamily::Tdes);
    /// let refused = Header::parse("D9999K0TB00E0000and more").unwrap_err();
    /// assert_eq!(refused, Error::LengthMismatch { field: 16, actual: 24 });
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first rule that is broken, as in a key block; [`Error::LengthMismatch`] if something
    /// stands behind the last optional block, with the length of the header as `field`.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut rules = Rules::new(Profile::STRICT);
        let (codes, blocks, end) = read_placed(text, Place::Alone, &mut rules)?;
        if end != text.len() {
            return Err(Error::LengthMismatch { field: end, actual: text.len() });
        }
        codes.known(blocks)
    }

    /// The text of this header alone, without a padding block. Its length field is that of the
    /// key block that [`wrap`](crate::wrap) makes of a key of so many bytes.
    ///
    /// ```
    /// use tr31::Header;
    ///
    /// let header = Header::parse("D9999K0TB00E0000")?;
    /// assert_eq!(header.to_text(16)?, "D0112K0TB00E0000");
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::KeyLengthForAlgorithm`], [`Error::TooLong`].
    pub fn to_text(&self, key_length: usize) -> Result<String, Error> {
        let (version, family) = (self.version(), self.algorithm());
        payload::check_key_length(family, key_length)?;
        let blocks = self.optional_blocks().iter();
        let blocks = blocks.filter(|block| block.id() != OptionalBlockId::PB);
        let row = version.row();
        let header = FIXED_LENGTH + total_length(blocks.clone()).next_multiple_of(row.block_length);
        let payload = payload::hiding_length(version, family, key_length);
        let length = header.saturating_add(2 * payload).saturating_add(2 * row.mac_length);
        check_length(length)?;

        let mut text = Vec::new();
        self.write_fixed(length, blocks.clone().count(), &mut text);
        blocks.for_each(|block: &OptionalBlock| block.write(&mut text));
        String::from_utf8(text)
            .map_err(|error| Error::NonPrintable { at: error.utf8_error().valid_up_to() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["B0096K0TB00E0000", "D0128P0AE00N0200LB09labelTS1320261126040506Z"] {
            let header = Header::parse(text).unwrap();
            let written = header.to_text(16).unwrap();
            assert_eq!(Header::parse(&written).unwrap(), header);
        }
        let header = Header::parse("D0128P0AE00N0100LB09label").unwrap();
        // 16 of the header, 16 of its blocks with padding, 96 of the payload, 32 of the MAC.
        assert_eq!(header.to_text(32).unwrap(), "D0160P0AE00N0100LB09label");
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for (text, kind) in [
            ("D9999K0TB00E000", "TooShort"),
            ("D99X9K0TB00E0000", "LengthFieldMalformed"),
            ("Z9999K0TB00E0000", "UnsupportedVersion"),
            ("D9999K0TB00E0001", "ReservedNotZero"),
            ("D9999K0TB00E0100", "OptTruncated"),
        ] {
            assert_eq!(Header::parse(text).unwrap_err().code(), kind, "{text}");
        }
    }
}
