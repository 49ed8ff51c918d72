//! UBT_KDH and UBT_CA: tokens that unbind a receiver from its sender.

use alloc::vec::Vec;

use payment_pki::{Certificate, Crl};

use crate::attributes::Draft;
use crate::layout::{AttributeOrder, SignatureName};
use crate::signed_data::{ContentType, SignedData};
use crate::unsigned::{Draw, UnsignedToken};
use crate::{Error, Identity, Kdh, Nonce};

/// The unbind token of a sender: which receiver it lets go.
///
/// Standard: ASC X9 TR 34, annex B.
#[derive(Clone, Debug)]
pub struct UbtKdh<'a> {
    pub(crate) signed: SignedData<'a>,
    signer: Identity,
    receiver: Identity,
    nonce: &'a [u8],
    crl: Option<Crl>,
}

impl<'a> UbtKdh<'a> {
    /// Reads a token in DER; its signature is not verified yet.
    ///
    /// # Errors
    ///
    /// Those of form.
    pub fn parse(der: &'a [u8]) -> Result<Self, Error> {
        let signed = SignedData::read(der, &mut Vec::new())?;
        check_content_type(&signed)?;
        let mut content = signed.content()?.inside();
        let receiver = Identity::read(&mut content)?;
        content.finish()?;
        let signer = signed.signer()?;
        signer.check_binding()?;
        let (nonce, signer) = (signer.nonce()?, signer.identity.clone());
        let crl = signed.crl()?;
        Ok(Self { signed, signer, receiver, nonce, crl })
    }

    /// Makes the token with which a sender lets a receiver go that has sent a nonce.
    #[must_use]
    pub fn unsigned(kdh: &Kdh, receiver: &Identity, nonce: &Nonce) -> UnsignedToken {
        let attributes = Draft::of_content_type(ContentType::Data.identifier());
        let draw = Draw {
            version: 1,
            content_type: ContentType::Data,
            content: &receiver.to_der(),
            crl: kdh.crl().map(Crl::as_der),
            attributes: Some((attributes.with_nonce(nonce.as_bytes()), AttributeOrder::Fixed)),
            signature: SignatureName::RsaEncryption,
        };
        UnsignedToken::new(kdh.certificate(), draw)
    }

    /// Verifies content type, digest and signature by the key of a certificate; whether that one is
    /// to be trusted, and whether the token is fresh, is another question.
    ///
    /// # Errors
    ///
    /// [`Error::SignerMismatch`], [`Error::ContentTypeMismatch`], [`Error::DigestMismatch`],
    /// [`Error::AttributeMismatch`], [`Error::SignatureInvalid`].
    pub fn verify_signature(&self, signer: &Certificate) -> Result<(), Error> {
        self.signed.verify(signer)
    }

    /// Who is said to have signed.
    #[must_use]
    pub const fn unverified_signer(&self) -> &Identity {
        &self.signer
    }

    /// Who is let go.
    #[must_use]
    pub const fn unverified_receiver(&self) -> &Identity {
        &self.receiver
    }

    /// The nonce.
    #[must_use]
    pub const fn unverified_nonce(&self) -> &'a [u8] {
        self.nonce
    }

    /// The revocation list, if there is one.
    #[must_use]
    pub const fn crl(&self) -> Option<&Crl> {
        self.crl.as_ref()
    }
}

/// The unbind token of the authority of receivers: which receiver it lets go, and from whom. It
/// stands above the sender, needs no nonce, and is printed without signed attributes.
///
/// Standard: ASC X9 TR 34, annex B.
#[derive(Clone, Debug)]
pub struct UbtCa<'a> {
    pub(crate) signed: SignedData<'a>,
    signer: Identity,
    receiver: Identity,
    sender: Identity,
}

impl<'a> UbtCa<'a> {
    /// Reads a token in DER; its signature is not verified yet.
    ///
    /// # Errors
    ///
    /// Those of form.
    pub fn parse(der: &'a [u8]) -> Result<Self, Error> {
        let signed = SignedData::read(der, &mut Vec::new())?;
        check_content_type(&signed)?;
        let mut content = signed.content()?.inside();
        let receiver = Identity::read(&mut content)?;
        let sender = Identity::read(&mut content)?;
        content.finish()?;
        let signer = signed.signer()?;
        signer.check_binding()?;
        let signer = signer.identity.clone();
        Ok(Self { signed, signer, receiver, sender })
    }

    /// Makes the token with which the authority of receivers lets one go from its sender.
    #[must_use]
    pub fn unsigned(
        authority: &Certificate,
        receiver: &Identity,
        sender: &Identity,
    ) -> UnsignedToken {
        let draw = Draw {
            version: 1,
            content_type: ContentType::Data,
            content: &[receiver.to_der(), sender.to_der()].concat(),
            crl: None,
            attributes: None,
            signature: SignatureName::RsaEncryption,
        };
        UnsignedToken::new(authority, draw)
    }

    /// Verifies content type, digest and signature by the key of a certificate; whether that one is
    /// to be trusted, and whether the token is fresh, is another question.
    ///
    /// # Errors
    ///
    /// [`Error::SignerMismatch`], [`Error::ContentTypeMismatch`], [`Error::DigestMismatch`],
    /// [`Error::AttributeMismatch`], [`Error::SignatureInvalid`].
    pub fn verify_signature(&self, signer: &Certificate) -> Result<(), Error> {
        self.signed.verify(signer)
    }

    /// Who is said to have signed.
    #[must_use]
    pub const fn unverified_signer(&self) -> &Identity {
        &self.signer
    }

    /// Who is let go.
    #[must_use]
    pub const fn unverified_receiver(&self) -> &Identity {
        &self.receiver
    }

    /// From whom.
    #[must_use]
    pub const fn unverified_sender(&self) -> &Identity {
        &self.sender
    }

    /// Whether there are signed attributes: without any, the signature is over the content itself.
    #[must_use]
    pub fn has_signed_attributes(&self) -> bool {
        self.signed.signer.as_ref().is_some_and(|signer| signer.attributes.is_some())
    }
}

fn check_content_type(signed: &SignedData<'_>) -> Result<(), Error> {
    if signed.content_type == ContentType::Data {
        return Ok(());
    }
    Err(Error::Malformed { at: signed.version.0 })
}
