//! CT_KDH and CT_KRD: certificates on their way to the other end.
//!
//! Nothing in them is signed: what they are worth is for the certificate path to say.

use alloc::vec::Vec;

use payment_pki::{Certificate, Crl};

use crate::signed_data::{ContentType, SignedData};
use crate::unsigned::{content_info, degenerate};
use crate::{Error, Identity};

/// The credential token of a sender: its certificate, and the revocation list of its authority.
///
/// ```
/// use tr34::CtKdh;
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("tr34/tokens.json"))?;
/// # let tests = file.test_groups.iter().flat_map(|group| &group.tests);
/// # let test = tests.clone().find(|test| test.members["kind"] == "CT_KDH" && test.error.is_none());
/// # let hex = test.unwrap().members["token"].as_str().unwrap();
/// # let der = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
/// # let der = der.collect::<Result<Vec<u8>, _>>()?;
/// let token = CtKdh::parse(&der)?;
/// assert!(!token.crl().revokes(token.certificate()));
/// assert_eq!(CtKdh::new(token.certificate().clone(), token.crl().clone())?.to_der(), der);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ASC X9 TR 34, annex B; RFC 5652, 5.1.
#[derive(Clone, Debug)]
pub struct CtKdh {
    certificate: Certificate,
    crl: Crl,
    has_content: bool,
}

impl CtKdh {
    /// The token of a certificate and the list of its issuer.
    ///
    /// # Errors
    ///
    /// [`Error::CrlOfOtherAuthority`].
    pub fn new(certificate: Certificate, crl: Crl) -> Result<Self, Error> {
        if crl.issuer_der() != certificate.issuer_der() {
            return Err(Error::CrlOfOtherAuthority);
        }
        Ok(Self { certificate, crl, has_content: false })
    }

    /// Reads a token in DER.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::TooMany`], [`Error::Pki`], [`Error::MissingCrl`],
    /// [`Error::CrlOfOtherAuthority`].
    pub fn parse(der: &[u8]) -> Result<Self, Error> {
        let container = read(der)?;
        let certificate = container.certificate()?;
        let crl = container.crl()?.ok_or(Error::MissingCrl)?;
        Ok(Self { has_content: container.content.is_some(), ..Self::new(certificate, crl)? })
    }

    /// The token in DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        content_info(&[&degenerate(None, &[&self.certificate], Some(self.crl.as_der()))])
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The revocation list.
    #[must_use]
    pub const fn crl(&self) -> &Crl {
        &self.crl
    }

    /// Whether the token was read with content, which is empty, in place of none.
    #[must_use]
    pub const fn has_empty_content(&self) -> bool {
        self.has_content
    }

    /// Who the certificate is of.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::of(&self.certificate)
    }
}

/// The credential token of a receiver: its certificate, and no revocation list, by which it is
/// told from that of a sender.
///
/// Standard: ASC X9 TR 34, annex B; RFC 5652, 5.1.
#[derive(Clone, Debug)]
pub struct CtKrd {
    certificate: Certificate,
    has_content: bool,
}

impl CtKrd {
    /// The token of a certificate.
    #[must_use]
    pub const fn new(certificate: Certificate) -> Self {
        Self { certificate, has_content: false }
    }

    /// Reads a token in DER.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::TooMany`], [`Error::Pki`], [`Error::UnexpectedCrl`].
    pub fn parse(der: &[u8]) -> Result<Self, Error> {
        let container = read(der)?;
        if !container.crls.is_empty() {
            return Err(Error::UnexpectedCrl);
        }
        Ok(Self { certificate: container.certificate()?, has_content: container.content.is_some() })
    }

    /// The token in DER, without content.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        content_info(&[&degenerate(None, &[&self.certificate], None)])
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Whether the token was read with content, which is empty, in place of none.
    #[must_use]
    pub const fn has_empty_content(&self) -> bool {
        self.has_content
    }

    /// Who the certificate is of.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::of(&self.certificate)
    }
}

/// A SignedData that nobody signed, with no content or an empty one.
fn read(der: &[u8]) -> Result<SignedData<'_>, Error> {
    let container = SignedData::read(der, &mut Vec::new())?;
    let is_empty = container.content.is_none_or(|content| content.contents.is_empty());
    let is_credential =
        container.signer.is_none() && container.content_type == ContentType::Data && is_empty;
    if is_credential { Ok(container) } else { Err(Error::Malformed { at: container.version.0 }) }
}
