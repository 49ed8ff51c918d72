//! PEM: certificates as text.

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding};

use crate::{Certificate, Error, Member};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
const BEGIN_REQUEST: &str = "-----BEGIN CERTIFICATE REQUEST-----";
const END_REQUEST: &str = "-----END CERTIFICATE REQUEST-----";

/// The longest text that is read, in bytes: 32 KiB of PEM in base64, as payment services allow it.
const LONGEST: usize = 32_768;

/// The greatest number of certificates in one text.
const MOST: usize = 8;

/// Reads the certificates of a text, in order. Lines may end in CR LF, and white space may stand
/// between certificates; anything else is refused.
pub(crate) fn read(text: &str) -> Result<Vec<Certificate>, Error> {
    let member = Member::Pem;
    if text.len() > LONGEST {
        return Err(Error::TooLong { member, limit: LONGEST });
    }
    let mut certificates = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let malformed = Error::Malformed { member, at: text.len().saturating_sub(rest.len()) };
        let behind = rest.strip_prefix(BEGIN).ok_or(malformed)?;
        let (base64, behind) = behind.split_once(END).ok_or(malformed)?;
        if certificates.len() >= MOST {
            return Err(Error::TooLong { member, limit: MOST });
        }
        let der = decode(base64).ok_or(malformed)?;
        certificates.push(Certificate::from_der(&der)?);
        rest = behind.trim_start();
    }
    if certificates.is_empty() {
        return Err(Error::Malformed { member, at: 0 });
    }
    Ok(certificates)
}

/// Reads the base64 of a PEM text, with or without line ends, as payment services send it.
pub(crate) fn read_base64(text: &str) -> Result<Vec<Certificate>, Error> {
    read(&text_of_base64(text)?)
}

/// Reads the DER of one request in PEM.
pub(crate) fn read_request(text: &str) -> Result<Vec<u8>, Error> {
    let member = Member::Pem;
    if text.len() > LONGEST {
        return Err(Error::TooLong { member, limit: LONGEST });
    }
    let inner = text.trim().strip_prefix(BEGIN_REQUEST);
    let inner = inner.and_then(|text| text.strip_suffix(END_REQUEST));
    inner.and_then(decode).ok_or(Error::Malformed { member, at: 0 })
}

/// The text that base64 stands for.
pub(crate) fn text_of_base64(text: &str) -> Result<String, Error> {
    let member = Member::Pem;
    if text.len() > LONGEST {
        return Err(Error::TooLong { member, limit: LONGEST });
    }
    let malformed = Error::Malformed { member, at: 0 };
    String::from_utf8(decode(text).ok_or(malformed)?).map_err(|_| malformed)
}

/// The bytes of base64 with line ends in it.
fn decode(base64: &str) -> Option<Vec<u8>> {
    let lines: String = base64.split_ascii_whitespace().collect();
    Base64::decode_vec(&lines).ok()
}

/// A certificate as PEM, with lines of 64 characters.
pub(crate) fn write(der: &[u8]) -> String {
    write_between(BEGIN, der, END)
}

/// A request as PEM, with lines of 64 characters.
pub(crate) fn write_request(der: &[u8]) -> String {
    write_between(BEGIN_REQUEST, der, END_REQUEST)
}

fn write_between(begin: &str, der: &[u8], end: &str) -> String {
    const LINE: usize = 64;
    let base64 = Base64::encode_string(der);
    let mut text = String::from(begin);
    for (at, character) in base64.chars().enumerate() {
        if at.is_multiple_of(LINE) {
            text.push('\n');
        }
        text.push(character);
    }
    text.push('\n');
    text.push_str(end);
    text.push('\n');
    text
}
