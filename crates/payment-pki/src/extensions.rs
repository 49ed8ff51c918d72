//! The extensions that a path depends on.

use alloc::vec::Vec;

use crate::reader::{BIT_STRING, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};
use crate::{Error, Member};

/// What a certificate says of being an authority.
///
/// Standard: RFC 5280, 4.2.1.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    is_authority: bool,
    path_length: Option<usize>,
}

impl BasicConstraints {
    /// Whether the key may sign certificates.
    #[must_use]
    pub const fn is_authority(self) -> bool {
        self.is_authority
    }

    /// How many authorities there may be between this one and a leaf, or `None` for any number.
    #[must_use]
    pub const fn path_length(self) -> Option<usize> {
        self.path_length
    }
}

/// What the key of a certificate is for.
///
/// Standard: RFC 5280, 4.2.1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage {
    bits: u8,
}

impl KeyUsage {
    /// Signatures other than those of certificates and revocation lists.
    #[must_use]
    pub const fn digital_signature(self) -> bool {
        self.has(0)
    }

    /// Keys are encrypted under the key.
    #[must_use]
    pub const fn key_encipherment(self) -> bool {
        self.has(2)
    }

    /// Keys are agreed with the key.
    #[must_use]
    pub const fn key_agreement(self) -> bool {
        self.has(4)
    }

    /// Certificates are signed.
    #[must_use]
    pub const fn key_cert_sign(self) -> bool {
        self.has(5)
    }

    /// Revocation lists are signed.
    #[must_use]
    pub const fn crl_sign(self) -> bool {
        self.has(6)
    }

    /// Bits are numbered from the most significant one.
    const fn has(self, bit: u8) -> bool {
        self.bits & (0x80 >> bit) != 0
    }
}

/// The extensions of a certificate, as far as a path depends on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) has_unknown_critical: bool,
    pub(crate) has_repeated: bool,
    /// Where the key identifier of the subject stands: its first byte, and the one behind it.
    pub(crate) key_identifier: Option<(usize, usize)>,
}

const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 19];
const KEY_USAGE: &[u8] = &[0x55, 0x1D, 15];
const KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 14];

/// The greatest number of extensions that is read.
const MOST: usize = 32;

/// One extension: its object identifier, and whether it is critical.
pub(crate) struct Extension<'a> {
    pub(crate) identifier: &'a [u8],
    pub(crate) is_critical: bool,
}

/// Calls `visit` with the value of each extension of a SEQUENCE of them.
pub(crate) fn for_each<'a>(
    mut sequence: Reader<'a>,
    mut visit: impl FnMut(&Reader<'a>, Extension<'a>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut count = 0_usize;
    while !sequence.is_finished() {
        count = count.saturating_add(1);
        if count > MOST {
            return Err(Error::TooLong { member: Member::Extension, limit: MOST });
        }
        let element = sequence.take(SEQUENCE)?;
        let mut parts = sequence.inside(&element);
        let identifier = parts.take(OBJECT_IDENTIFIER)?;
        let identifier = parts.bytes(&identifier.contents);
        let is_critical = parts.true_or_absent()?;
        let value = parts.take(OCTET_STRING)?;
        parts.finish()?;
        visit(&sequence.inside(&value), Extension { identifier, is_critical })?;
    }
    Ok(())
}

impl Extensions {
    /// Reads the SEQUENCE of extensions of a certificate. Of one that occurs twice, the first
    /// counts.
    pub(crate) fn read(sequence: Reader<'_>) -> Result<Self, Error> {
        let mut read = Self::default();
        let mut known = Vec::new();
        for_each(sequence.of(Member::Extension), |value, extension| {
            if known.contains(&extension.identifier) {
                read.has_repeated = true;
                return Ok(());
            }
            known.push(extension.identifier);
            match extension.identifier {
                BASIC_CONSTRAINTS => read.basic_constraints = Some(constraints(value.clone())?),
                KEY_USAGE => read.key_usage = Some(usage(value.clone())?),
                KEY_IDENTIFIER => {
                    let mut value = value.clone();
                    let identifier = value.take(OCTET_STRING)?.contents;
                    value.finish()?;
                    read.key_identifier = Some((identifier.start, identifier.end));
                }
                _ => read.has_unknown_critical |= extension.is_critical,
            }
            Ok(())
        })?;
        Ok(read)
    }
}

fn constraints(mut value: Reader<'_>) -> Result<BasicConstraints, Error> {
    let sequence = value.take(SEQUENCE)?;
    value.finish()?;
    let mut parts = value.inside(&sequence);
    let is_authority = parts.true_or_absent()?;
    let error = parts.malformed();
    let path_length = if parts.is_finished() {
        None
    } else {
        let number = parts.integer()?;
        match parts.bytes(&number) {
            &[number @ ..0x80] => Some(usize::from(number)),
            _ => return Err(error),
        }
    };
    parts.finish()?;
    Ok(BasicConstraints { is_authority, path_length })
}

fn usage(mut value: Reader<'_>) -> Result<KeyUsage, Error> {
    let error = value.malformed();
    let bits = value.take(BIT_STRING)?;
    value.finish()?;
    // The ninth bit, decipherOnly, stands in a second byte and plays no part here.
    match value.bytes(&bits.contents) {
        &[0..8, bits] | &[0..8, bits, _] => Ok(KeyUsage { bits }),
        _ => Err(error),
    }
}
