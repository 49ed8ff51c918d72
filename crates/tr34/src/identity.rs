//! Who is named in a token: an issuer and a serial number.

use alloc::vec::Vec;
use core::fmt;

use der::Tag;
use payment_pki::Certificate;

use crate::Error;
use crate::reader::Reader;
use crate::writer::element;

/// An end of an exchange, named by the issuer and the serial number of its certificate.
///
/// Names are compared byte for byte.
///
/// Standard: RFC 5652, 10.2.4.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name of the issuer in DER.
    issuer: Vec<u8>,
    /// The contents of the INTEGER.
    serial_number: Vec<u8>,
}

impl Identity {
    /// The identity of who has a certificate.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        Self {
            issuer: certificate.issuer_der().to_vec(),
            serial_number: certificate.serial_number().to_vec(),
        }
    }

    /// The name of the issuer in DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer
    }

    /// The serial number: the contents of its INTEGER, big-endian.
    #[must_use]
    pub fn serial_number(&self) -> &[u8] {
        &self.serial_number
    }

    /// Reads an IssuerAndSerialNumber; a key identifier, which CMS allows too, names nobody here.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut parts = reader.take(Tag::Sequence)?.inside();
        let issuer = parts.take(Tag::Sequence)?;
        let malformed = parts.malformed();
        let serial_number = parts.take(Tag::Integer)?;
        parts.finish()?;
        match serial_number.contents {
            [] | [0x00, 0x00..=0x7F, ..] | [0xFF, 0x80..=0xFF, ..] => Err(malformed),
            number => Ok(Self { issuer: issuer.whole.to_vec(), serial_number: number.to_vec() }),
        }
    }

    /// An IssuerAndSerialNumber in DER.
    pub(crate) fn to_der(&self) -> Vec<u8> {
        let serial_number = element(Tag::Integer, &[&self.serial_number]);
        element(Tag::Sequence, &[&self.issuer, &serial_number])
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("serial_number", &format_args!("{:02X?}", self.serial_number))
            .finish_non_exhaustive()
    }
}
