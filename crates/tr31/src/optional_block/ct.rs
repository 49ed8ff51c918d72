//! CT: certificates of the public key.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::fields::Fields;
use super::{OptionalBlock, OptionalBlockId};
use crate::{Error, base64, hex};

/// The format of a certificate.
///
/// ```
/// use tr31::{Certificate, CertificateFormat, OptionalBlock};
///
/// let certificate = Certificate::new(CertificateFormat::Emv, "MIIB")?;
/// assert_eq!(OptionalBlock::certificate(&certificate)?.data(), "01MIIB");
/// # Ok::<(), tr31::Error>(())
/// ```
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
///
/// ```
/// use tr31::{CertificateFormat, Content, OptionalBlock, OptionalBlockId};
///
/// let block = OptionalBlock::new(OptionalBlockId::CT, "00MIIB")?;
/// let Some(Content::Certificates(chain)) = block.content() else { panic!("CT is certificates") };
/// assert_eq!((chain[0].format(), chain[0].base64()), (CertificateFormat::X509, "MIIB"));
/// # Ok::<(), tr31::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Certificate<'a> {
    format: CertificateFormat,
    base64: &'a str,
}

impl<'a> Certificate<'a> {
    /// Joins a format with the base64 of a certificate: one line, padded with `=`.
    ///
    /// ```
    /// use tr31::{Certificate, CertificateFormat};
    ///
    /// assert!(Certificate::new(CertificateFormat::X509, "MIIBAA==").is_ok());
    /// let refused = Certificate::new(CertificateFormat::X509, "MII BAA=").unwrap_err();
    /// assert_eq!(refused.offset(), Some(3));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OptDataInvalid`] if it is not base64 of at least one byte.
    pub fn new(format: CertificateFormat, base64: &'a str) -> Result<Self, Error> {
        match base64::check(base64.as_bytes()) {
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

    /// The certificate of the key: the one of a block, or the first of a chain.
    pub(crate) fn leaf(data: &'a str) -> Option<Self> {
        let mut fields = Fields::new(data);
        if data.as_bytes().first_chunk() == Some(b"02") {
            fields.exactly(*b"02").ok()?;
            Self::read_of_chain(&mut fields).ok()
        } else {
            Self::read_alone(&mut fields).ok()
        }
    }

    fn read_alone(fields: &mut Fields<'a>) -> Result<Self, usize> {
        let format = fields.code(CertificateFormat::from_code)?;
        let length = fields.left();
        Self::read(format, fields, length)
    }

    fn read_of_chain(fields: &mut Fields<'a>) -> Result<Self, usize> {
        let format = fields.code(CertificateFormat::from_code)?;
        let length = fields.code(|digits: [u8; 4]| hex::number(&digits))?;
        Self::read(format, fields, length)
    }

    fn read(
        format: CertificateFormat,
        fields: &mut Fields<'a>,
        length: usize,
    ) -> Result<Self, usize> {
        let at = fields.at();
        let base64 = fields.text(length)?;
        base64::check(base64.as_bytes()).map_err(|offset| at + offset)?;
        Ok(Self { format, base64 })
    }

    /// The certificates of a block: one, or a chain with the leaf first.
    pub(super) fn read_all(data: &'a str) -> Result<Vec<Self>, usize> {
        let mut fields = Fields::new(data);
        if data.as_bytes().first_chunk() != Some(b"02") {
            return Ok(vec![Self::read_alone(&mut fields)?]);
        }
        fields.exactly(*b"02")?;
        let mut chain = Vec::new();
        while fields.left() > 0 || chain.is_empty() {
            chain.push(Self::read_of_chain(&mut fields)?);
        }
        Ok(chain)
    }
}

impl OptionalBlock {
    /// The CT block of one certificate.
    ///
    /// ```
    /// use tr31::{Certificate, CertificateFormat, OptionalBlock};
    ///
    /// let certificate = Certificate::new(CertificateFormat::X509, "MIIB")?;
    /// assert_eq!(OptionalBlock::certificate(&certificate)?.data(), "00MIIB");
    /// # Ok::<(), tr31::Error>(())
    /// ```
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
