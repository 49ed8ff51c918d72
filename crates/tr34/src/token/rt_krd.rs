//! RT_KRD: the random number of a receiver.

use alloc::vec::Vec;

use der::Tag;

use crate::reader::Reader;
use crate::writer::{element, identifier};
use crate::{Error, Nonce, oid};

/// The random number token of a receiver: an attribute on its own, not CMS.
///
/// ```
/// use tr34::{Nonce, RtKrd};
///
/// let token = RtKrd::new(Nonce::new(&[0xAB; 8])?);
/// let received = RtKrd::parse(&token.to_der())?;
/// assert_eq!(received.into_nonce().as_bytes(), [0xAB; 8]);
/// # Ok::<(), tr34::Error>(())
/// ```
///
/// Standard: ASC X9 TR 34, annex B.
#[derive(Debug, PartialEq, Eq)]
pub struct RtKrd {
    nonce: Nonce,
}

impl RtKrd {
    /// The token of a nonce.
    #[must_use]
    pub const fn new(nonce: Nonce) -> Self {
        Self { nonce }
    }

    /// Reads a token in DER.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::NonceLength`].
    pub fn parse(der: &[u8]) -> Result<Self, Error> {
        let mut parts = Reader::new(der, 0).only(Tag::Sequence)?.inside();
        let malformed = parts.malformed();
        if parts.identifier()? != oid::RANDOM_NONCE {
            return Err(malformed);
        }
        let values = parts.only(Tag::Set)?;
        let nonce = values.inside().only(Tag::OctetString)?;
        Nonce::new(nonce.contents).map(Self::new)
    }

    /// The token in DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let octets = element(Tag::OctetString, &[self.nonce.as_bytes()]);
        let values = element(Tag::Set, &[&octets]);
        element(Tag::Sequence, &[&identifier(oid::RANDOM_NONCE), &values])
    }

    /// The nonce.
    #[must_use]
    pub const fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// Gives the nonce away, for the one token that it is good for.
    #[must_use]
    pub fn into_nonce(self) -> Nonce {
        self.nonce
    }
}
