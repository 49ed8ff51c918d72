//! Reading a header; the checks stand in the order in which they are made.

use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse};

use super::{FIXED_LENGTH, Header};
use crate::optional_block::{is_printable, read};
use crate::{Error, KeyContext, Version};

impl Header {
    /// Reads the header of a key block and gives it with where the payload begins.
    ///
    /// # Errors
    ///
    /// The first rule that is broken.
    pub(crate) fn read(text: &str) -> Result<(Self, usize), Error> {
        let bytes = text.as_bytes();
        let fixed = bytes.first_chunk().ok_or(Error::TooShort { found: bytes.len() })?;
        if let Some(at) = bytes.iter().position(|&byte| !is_printable(byte)) {
            return Err(Error::NonPrintable { at });
        }
        #[rustfmt::skip]
        let &[
            version, l0, l1, l2, l3, u0, u1, algorithm, mode, k0, k1, exportability, c0, c1,
            key_context, reserved,
        ]: &[u8; FIXED_LENGTH] = fixed;

        let version = Version::from_code(version).ok_or(Error::UnsupportedVersion)?;
        let field = decimal(&[l0, l1, l2, l3]).ok_or(Error::LengthFieldMalformed)?;
        if field != bytes.len() {
            return Err(Error::LengthMismatch { field, actual: bytes.len() });
        }
        let usage = KeyUsage::from_code([u0, u1]).ok_or(Error::UnknownUsage)?;
        let algorithm = AlgorithmFamily::from_code(algorithm).ok_or(Error::UnknownAlgorithm)?;
        let mode = ModeOfUse::from_code(mode).ok_or(Error::UnknownMode)?;
        let key_version = KeyVersion::from_code([k0, k1]).map_err(|_| Error::BadKeyVersion)?;
        let exportability =
            Exportability::from_code(exportability).ok_or(Error::UnknownExportability)?;
        let count = decimal(&[c0, c1]).ok_or(Error::OptCountMalformed)?;
        let key_context = KeyContext::from_code(key_context).ok_or(Error::UnknownContext)?;
        if reserved != b'0' {
            return Err(Error::ReservedNotZero);
        }
        let (optional_blocks, end) = read::read_all(text, version, FIXED_LENGTH, count)?;
        let header = Self {
            version,
            usage,
            algorithm,
            mode,
            key_version,
            exportability,
            key_context,
            optional_blocks,
        };
        Ok((header, end))
    }
}

/// The value of decimal digits, or `None` if there is another character among them.
fn decimal(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + usize::from(digit - b'0'))
    })
}
