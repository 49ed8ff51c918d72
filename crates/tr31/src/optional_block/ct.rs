//! CT: certificates of the public key.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::fields::Fields;
use super::{OptionalBlock, OptionalBlockId};
use crate::{Error, hex};

/// The format of a certificate.
///
/// Standard: ANSI X9.143:2021, 6.3.6.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateFormat {
    /// `00`: X.509.
    X509,
    /// `01`: EMV.
    Emv,
}

impl CertificateFormat {
    const fn code(self) -> &'static str {
        match self {
            Self::X509 => "00",
            Self::Emv => "01",
        }
    }

    fn from_code(code: [u8; 2]) -> Option<Self> {
        [Self::X509, Self::Emv].into_iter().find(|format| format.code().as_bytes() == code)
    }
}

/// A certificate as it stands in a CT block: its format and its bytes in base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Certificate<'a> {
    format: CertificateFormat,
    base64: &'a str,
}

impl<'a> Certificate<'a> {
    /// Joins a format with the base64 of a certificate: one line, padded with `=`.
    ///
    /// # Errors
    ///
    /// [`Error::OptDataInvalid`] if it is not base64 of at least one byte.
    pub fn new(format: CertificateFormat, base64: &'a str) -> Result<Self, Error> {
        match check_base64(base64.as_bytes()) {
            Ok(()) => Ok(Self { format, base64 }),
            Err(at) => Err(Error::OptDataInvalid { at, id: OptionalBlockId::CT }),
        }
    }

    /// The format.
    #[must_use]
    pub const fn format(&self) -> CertificateFormat {
        self.format
    }

    /// The bytes in base64.
    #[must_use]
    pub const fn base64(&self) -> &'a str {
        self.base64
    }

    fn read(
        format: CertificateFormat,
        fields: &mut Fields<'a>,
        length: usize,
    ) -> Result<Self, usize> {
        let at = fields.at();
        let base64 = fields.text(length)?;
        check_base64(base64.as_bytes()).map_err(|offset| at + offset)?;
        Ok(Self { format, base64 })
    }

    /// The certificates of a block: one, or a chain with the leaf first.
    pub(super) fn read_all(data: &'a str) -> Result<Vec<Self>, usize> {
        let mut fields = Fields::new(data);
        if data.as_bytes().first_chunk() != Some(b"02") {
            let format = fields.code(CertificateFormat::from_code)?;
            let length = fields.left();
            return Ok(vec![Self::read(format, &mut fields, length)?]);
        }
        fields.exactly(*b"02")?;
        let mut chain = Vec::new();
        while fields.left() > 0 || chain.is_empty() {
            let format = fields.code(CertificateFormat::from_code)?;
            let length = fields.code(|digits: [u8; 4]| hex::number(&digits))?;
            chain.push(Self::read(format, &mut fields, length)?);
        }
        Ok(chain)
    }
}

/// Whole groups of four, of which the last may end with one or two `=`.
fn check_base64(text: &[u8]) -> Result<(), usize> {
    let padding = text.iter().rev().take(2).take_while(|&&character| character == b'=').count();
    let is_digit = |character: u8| {
        character.is_ascii_alphanumeric() | (character == b'+') | (character == b'/')
    };
    let digits = text.split_at(text.len() - padding).0;
    // Certificates are long: all characters are looked at without a branch, and the one that is
    // wrong is sought only if there is one.
    if !digits.iter().fold(true, |all, &character| all & is_digit(character)) {
        return Err(digits.iter().position(|&character| !is_digit(character)).unwrap_or(0));
    }
    if text.is_empty() || !text.len().is_multiple_of(4) { Err(text.len()) } else { Ok(()) }
}

impl OptionalBlock {
    /// The CT block of one certificate.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] if no key block has room for it.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.3.
    pub fn certificate(certificate: &Certificate<'_>) -> Result<Self, Error> {
        let data = format!("{}{}", certificate.format.code(), certificate.base64);
        Self::new(OptionalBlockId::CT, &data)
    }

    /// The CT block of a chain of certificates, the one of the key first.
    ///
    /// ```
    /// use tr31::{Certificate, CertificateFormat, OptionalBlock};
    ///
    /// let leaf = Certificate::new(CertificateFormat::X509, "MIIB")?;
    /// let issuer = Certificate::new(CertificateFormat::X509, "MIIC")?;
    /// let block = OptionalBlock::certificate_chain(&[leaf, issuer])?;
    /// assert_eq!(block.data(), "02000004MIIB000004MIIC");
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OptDataInvalid`] for no certificates and [`Error::TooLong`] if no key block has
    /// room for them.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.3.
    pub fn certificate_chain(chain: &[Certificate<'_>]) -> Result<Self, Error> {
        let mut data = String::from("02");
        for Certificate { format, base64 } in chain {
            data.push_str(&format!("{}{:04X}{base64}", format.code(), base64.len()));
        }
        Self::new(OptionalBlockId::CT, &data)
    }
}
