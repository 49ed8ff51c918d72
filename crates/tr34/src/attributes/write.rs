//! Writing signed attributes, in the order that a layout has.

use alloc::vec::Vec;
use core::time::Duration;

use der::asn1::UtcTime;
use der::{Encode, Tag};
use payment_pki::UnixTime;

use crate::layout::AttributeOrder;
use crate::reader::CONTEXT_0;
use crate::writer::{element, identifier};
use crate::{Error, oid};

/// Attributes on their way into a token, in the fixed order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    attributes: Vec<Vec<u8>>,
}

impl Draft {
    pub(crate) fn of_content_type(content_type: &[u8]) -> Self {
        Self::default().with(oid::CONTENT_TYPE, &identifier(content_type))
    }

    pub(crate) fn with_nonce(self, nonce: &[u8]) -> Self {
        self.with_octets(oid::RANDOM_NONCE, nonce)
    }

    /// # Errors
    ///
    /// [`Error::TimeNotWritable`] from 2050 on.
    pub(crate) fn with_signing_time(self, time: UnixTime) -> Result<Self, Error> {
        let time = UtcTime::from_unix_duration(Duration::from_secs(time.seconds()));
        let time = time.and_then(|time| time.to_der()).map_err(|_| Error::TimeNotWritable)?;
        Ok(self.with(oid::SIGNING_TIME, &time))
    }

    pub(crate) fn with_header(self, text: &str) -> Self {
        self.with_octets(oid::DATA, text.as_bytes())
    }

    pub(crate) fn with_digest(self, digest: &[u8]) -> Self {
        self.with_octets(oid::MESSAGE_DIGEST, digest)
    }

    /// `[0]`, as it stands in a SignerInfo.
    pub(crate) fn write(mut self, order: AttributeOrder) -> Vec<u8> {
        if order == AttributeOrder::Der {
            self.attributes.sort();
        }
        let attributes: Vec<&[u8]> = self.attributes.iter().map(Vec::as_slice).collect();
        element(CONTEXT_0, &attributes)
    }

    fn with_octets(self, kind: &[u8], octets: &[u8]) -> Self {
        self.with(kind, &element(Tag::OctetString, &[octets]))
    }

    fn with(mut self, kind: &[u8], value: &[u8]) -> Self {
        let values = element(Tag::Set, &[value]);
        self.attributes.push(element(Tag::Sequence, &[&identifier(kind), &values]));
        self
    }
}
