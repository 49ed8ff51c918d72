//! Reading a header; the checks stand in the order in which they are made.

use alloc::vec::Vec;

use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse};

use super::{FIXED_LENGTH, Header};
use crate::optional_block::{is_printable, read};
use crate::profile::Rules;
use crate::{Error, Finding, KeyContext, OptionalBlock, OptionalBlockId, Version, combination};

/// A header as it was read: its codes may be unknown if the profile lets them pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Codes {
    pub(crate) version: Version,
    pub(crate) usage: [u8; 2],
    pub(crate) algorithm: u8,
    pub(crate) mode: u8,
    pub(crate) key_version: [u8; 2],
    pub(crate) exportability: u8,
    pub(crate) key_context: u8,
    pub(crate) reserved: u8,
}

/// Reads the header of a key block; gives its codes, its optional blocks and where the payload
/// begins.
///
/// # Errors
///
/// The first rule that is broken and that the profile does not let pass.
pub(crate) fn read(
    text: &str,
    rules: &mut Rules,
) -> Result<(Codes, Vec<OptionalBlock>, usize), Error> {
    read_placed(text, Place::KeyBlock, rules)
}

/// Where a header stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In front of a key block, whose length it has, and in whole blocks of the cipher.
    KeyBlock,
    /// Alone: there is nothing whose length it could have, or that would have to be aligned.
    Alone,
}

/// As [`read`], for a header in either place.
pub(crate) fn read_placed(
    text: &str,
    place: Place,
    rules: &mut Rules,
) -> Result<(Codes, Vec<OptionalBlock>, usize), Error> {
    let bytes = text.as_bytes();
    let fixed = bytes.first_chunk().ok_or(Error::TooShort { found: bytes.len() })?;
    // Without an early end the loop is vectorised; the place is sought only if there is one.
    if !bytes.iter().fold(true, |all, &byte| all & is_printable(byte)) {
        let at = bytes.iter().position(|&byte| !is_printable(byte)).unwrap_or(0);
        return Err(Error::NonPrintable { at });
    }
    #[rustfmt::skip]
    let &[
        version, l0, l1, l2, l3, u0, u1, algorithm, mode, k0, k1, exportability, c0, c1,
        key_context, reserved,
    ]: &[u8; FIXED_LENGTH] = fixed;

    let version = Version::from_code(version).ok_or(Error::UnsupportedVersion)?;
    let field = decimal(&[l0, l1, l2, l3]).ok_or(Error::LengthFieldMalformed)?;
    if place == Place::KeyBlock && field != bytes.len() {
        return Err(Error::LengthMismatch { field, actual: bytes.len() });
    }
    let (usage, key_version) = ([u0, u1], [k0, k1]);
    let codes = Codes {
        version,
        usage,
        algorithm,
        mode,
        key_version,
        exportability,
        key_context,
        reserved,
    };
    rules.check(codes.usage().map(drop))?;
    rules.check(codes.algorithm().map(drop))?;
    rules.check(codes.mode().map(drop))?;
    rules.check(codes.key_version().map(drop))?;
    rules.check(codes.exportability().map(drop))?;
    let count = decimal(&[c0, c1]).ok_or(Error::OptCountMalformed)?;
    rules.check(codes.key_context().map(drop))?;
    if reserved != b'0' {
        rules.broken(Error::ReservedNotZero)?;
    }
    codes.note_unusual(rules)?;
    let (blocks, end) = read::read_all(text, version, (FIXED_LENGTH, count), place, rules)?;
    let is_tdes = codes.algorithm().is_ok_and(|family| family == AlgorithmFamily::Tdes);
    if let Some(at) = place_of(&blocks, OptionalBlockId::KS).filter(|_| !is_tdes) {
        rules.note(Finding::KeySerialNumberOfOtherAlgorithm { at })?;
    }
    Ok((codes, blocks, end))
}

impl Codes {
    pub(crate) fn usage(&self) -> Result<KeyUsage, Error> {
        KeyUsage::from_code(self.usage).ok_or(Error::UnknownUsage)
    }

    pub(crate) fn algorithm(&self) -> Result<AlgorithmFamily, Error> {
        AlgorithmFamily::from_code(self.algorithm).ok_or(Error::UnknownAlgorithm)
    }

    pub(crate) fn mode(&self) -> Result<ModeOfUse, Error> {
        ModeOfUse::from_code(self.mode).ok_or(Error::UnknownMode)
    }

    pub(crate) fn key_version(&self) -> Result<KeyVersion, Error> {
        KeyVersion::from_code(self.key_version).map_err(|_| Error::BadKeyVersion)
    }

    pub(crate) fn exportability(&self) -> Result<Exportability, Error> {
        Exportability::from_code(self.exportability).ok_or(Error::UnknownExportability)
    }

    pub(crate) fn key_context(&self) -> Result<KeyContext, Error> {
        KeyContext::from_code(self.key_context).ok_or(Error::UnknownContext)
    }

    /// The header of codes that are all known.
    pub(crate) fn known(&self, optional_blocks: Vec<OptionalBlock>) -> Result<Header, Error> {
        Ok(Header {
            version: self.version,
            usage: self.usage()?,
            algorithm: self.algorithm()?,
            mode: self.mode()?,
            key_version: self.key_version()?,
            exportability: self.exportability()?,
            key_context: self.key_context()?,
            optional_blocks,
        })
    }

    fn note_unusual(&self, rules: &mut Rules) -> Result<(), Error> {
        if self.version.is_deprecated() {
            rules.note(Finding::DeprecatedVersion)?;
        }
        if self.algorithm() == Ok(AlgorithmFamily::Des) {
            rules.note(Finding::SingleDes)?;
        }
        if let (Ok(usage), Ok(algorithm), Ok(mode)) = (self.usage(), self.algorithm(), self.mode())
            && mode != ModeOfUse::NoRestriction
            && !combination::go_together(usage, algorithm, mode)
        {
            rules.note(Finding::UnusualCombination)?;
        }
        Ok(())
    }
}

/// Where the optional block with an id begins.
fn place_of(blocks: &[OptionalBlock], id: OptionalBlockId) -> Option<usize> {
    let index = blocks.iter().position(|block| block.id() == id)?;
    Some(FIXED_LENGTH + super::total_length(blocks.iter().take(index)))
}

/// The value of decimal digits, or `None` if there is another character among them.
fn decimal(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + usize::from(digit - b'0'))
    })
}
