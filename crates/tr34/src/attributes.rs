//! Signed attributes, whose bytes and order are kept as they came.
//!
//! Standard: RFC 5652, 5.3 and 11; RFC 2985, 5.4; RFC 6211; RFC 5035.

mod write;

use alloc::vec::Vec;

use der::Tag;
use payment_pki::{Certificate, UnixTime};
use sha1::Sha1;
use sha2::{Digest, Sha256};

pub(crate) use write::Draft;

use crate::layout::AttributeOrder;
use crate::reader::{CONTEXT_1, Element, Reader};
use crate::{Error, Finding, oid};

/// The greatest number of attributes.
const MOST: usize = 16;

/// The signed attributes of a token.
#[derive(Clone, Debug)]
pub(crate) struct Attributes<'a> {
    /// `[0]`, as received.
    pub(crate) whole: Element<'a>,
    pub(crate) content_type: Option<&'a [u8]>,
    pub(crate) digest: Option<&'a [u8]>,
    pub(crate) nonce: Option<Element<'a>>,
    pub(crate) signing_time: Option<(usize, UnixTime)>,
    pub(crate) header: Option<Element<'a>>,
    /// Where the first attribute that is not known begins.
    pub(crate) unknown: Option<usize>,
    algorithm_protection: Option<Element<'a>>,
    signing_certificates: Vec<(CertificateHash, Element<'a>)>,
    /// The order: `Fixed` where both would do.
    order: Option<AttributeOrder>,
    is_der_order: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CertificateHash {
    Sha1,
    Sha256,
}

impl<'a> Attributes<'a> {
    /// Reads `[0]`.
    pub(crate) fn read(whole: Element<'a>, findings: &mut Vec<Finding>) -> Result<Self, Error> {
        let mut read = Self {
            whole,
            content_type: None,
            digest: None,
            nonce: None,
            signing_time: None,
            header: None,
            unknown: None,
            algorithm_protection: None,
            signing_certificates: Vec::new(),
            order: None,
            is_der_order: true,
        };
        let (mut types, mut former): (Vec<&[u8]>, &[u8]) = (Vec::new(), &[]);
        let mut attributes = whole.inside();
        while !attributes.is_finished() {
            if types.len() >= MOST {
                return Err(Error::TooMany { at: attributes.at(), most: MOST });
            }
            let attribute = attributes.take(Tag::Sequence)?;
            read.is_der_order &= former <= attribute.whole;
            former = attribute.whole;
            let mut parts = attribute.inside();
            let identifier = parts.identifier()?;
            if types.contains(&identifier) {
                return Err(Error::RepeatedAttribute { at: attribute.at });
            }
            types.push(identifier);
            let values = parts.only(Tag::Set)?;
            read.read_value(identifier, attribute.at, values, findings)?;
        }
        if types.is_empty() {
            return Err(whole.inside().malformed());
        }
        read.order = order(&types, read.is_der_order);
        Ok(read)
    }

    fn read_value(
        &mut self,
        identifier: &[u8],
        at: usize,
        values: Element<'a>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let octets = || values.inside().only(Tag::OctetString);
        match identifier {
            oid::CONTENT_TYPE => {
                self.content_type = Some(values.inside().only(Tag::ObjectIdentifier)?.contents);
            }
            oid::MESSAGE_DIGEST => self.digest = Some(octets()?.contents),
            oid::RANDOM_NONCE => self.nonce = Some(octets()?),
            oid::DATA => self.header = Some(octets()?),
            oid::SIGNING_TIME => {
                self.signing_time = Some((at, read_time(values.inside())?));
            }
            oid::ALGORITHM_PROTECTION => {
                self.algorithm_protection = Some(values.inside().only(Tag::Sequence)?);
                findings.push(Finding::OtherAttribute { at });
            }
            oid::SIGNING_CERTIFICATE | oid::SIGNING_CERTIFICATE_V2 => {
                let hash = if identifier == oid::SIGNING_CERTIFICATE {
                    CertificateHash::Sha1
                } else {
                    CertificateHash::Sha256
                };
                let value = values.inside().only(Tag::Sequence)?;
                self.signing_certificates.push((hash, value));
                findings.push(Finding::OtherAttribute { at });
            }
            // What a mail program can read has nothing to do with the token.
            oid::SMIME_CAPABILITIES => findings.push(Finding::OtherAttribute { at }),
            _ => {
                self.unknown.get_or_insert(at);
            }
        }
        Ok(())
    }

    /// Whether the attributes are in an order.
    pub(crate) fn are_in(&self, order: AttributeOrder) -> bool {
        match order {
            AttributeOrder::Der => self.is_der_order,
            AttributeOrder::Fixed => self.order == Some(AttributeOrder::Fixed),
        }
    }

    /// What is signed: the attributes as received, as a SET OF.
    ///
    /// Standard: RFC 5652, 5.4.
    pub(crate) fn message(&self) -> Vec<u8> {
        as_set(self.whole.whole)
    }

    /// Checks what the attributes repeat of the token: the algorithms, and whose certificate.
    pub(crate) fn check(
        &self,
        (digest_algorithm, signature_algorithm): (&[u8], &[u8]),
        signer: &Certificate,
    ) -> Result<(), Error> {
        if let Some(protection) = self.algorithm_protection {
            let mut parts = protection.inside();
            let digest = parts.take(Tag::Sequence)?;
            let signature = parts.take(CONTEXT_1)?;
            parts.finish()?;
            // `[1]` stands in place of the tag of the AlgorithmIdentifier.
            let signature_contents = Reader::new(signature_algorithm, 0).only(Tag::Sequence)?;
            if digest.whole != digest_algorithm || signature.contents != signature_contents.contents
            {
                return Err(Error::AttributeMismatch { at: protection.at });
            }
        }
        for (hash, value) in &self.signing_certificates {
            let first = value.inside().take(Tag::Sequence)?.inside().take(Tag::Sequence)?;
            let mut parts = first.inside();
            // Another hash than the default would stand here.
            let Some(found) = parts.take_optional(Tag::OctetString)? else {
                return Err(Error::AlgorithmNotAllowed { at: first.at });
            };
            let is_same = match hash {
                CertificateHash::Sha1 => found.contents == Sha1::digest(signer.as_der()).as_slice(),
                CertificateHash::Sha256 => {
                    found.contents == Sha256::digest(signer.as_der()).as_slice()
                }
            };
            if !is_same {
                return Err(Error::AttributeMismatch { at: value.at });
            }
        }
        Ok(())
    }
}

/// `[0]` with the tag of the SET OF that it stands for.
pub(crate) fn as_set(attributes: &[u8]) -> Vec<u8> {
    const SET: u8 = 0x31;
    let mut message = attributes.to_vec();
    if let Some(tag) = message.first_mut() {
        *tag = SET;
    }
    message
}

/// The fixed order, as far as the attributes of that order are there.
const FIXED: [&[u8]; 5] =
    [oid::CONTENT_TYPE, oid::SIGNING_TIME, oid::RANDOM_NONCE, oid::DATA, oid::MESSAGE_DIGEST];

fn order(types: &[&[u8]], is_der_order: bool) -> Option<AttributeOrder> {
    let place = |kind: &&[u8]| FIXED.iter().position(|fixed| fixed == kind);
    let places: Option<Vec<usize>> = types.iter().map(place).collect();
    match places {
        Some(places) if places.is_sorted() => Some(AttributeOrder::Fixed),
        _ => is_der_order.then_some(AttributeOrder::Der),
    }
}

/// A UTCTime or a GeneralizedTime.
fn read_time(mut values: Reader<'_>) -> Result<UnixTime, Error> {
    use der::Decode;
    use der::asn1::{GeneralizedTime, UtcTime};

    let malformed = values.malformed();
    let element = values.any()?;
    values.finish()?;
    let seconds = match element.tag {
        Tag::UtcTime => UtcTime::from_der(element.whole).map(|time| time.to_unix_duration()),
        _ => GeneralizedTime::from_der(element.whole).map(|time| time.to_unix_duration()),
    };
    seconds.map(|time| UnixTime::from_seconds(time.as_secs())).map_err(|_| malformed)
}
