//! RBT_KDH and RBT_CA: tokens that bind a receiver to another sender.

use alloc::vec::Vec;

use payment_pki::{Certificate, Crl, UnixTime};

use crate::attributes::Draft;
use crate::enveloped::{in_form, read_form};
use crate::layout::{AttributeOrder, ContentForm, SignatureName};
use crate::reader::Element;
use crate::signed_data::{ContentType, SignedData};
use crate::unsigned::{Draw, UnsignedToken, degenerate};
use crate::{Error, Identity, Kdh, Nonce};

/// The rebind token of a sender: which receiver goes over to which other sender.
///
/// Standard: ASC X9 TR 34, annex B.
#[derive(Clone, Debug)]
pub struct RbtKdh<'a> {
    pub(crate) signed: SignedData<'a>,
    signer: Identity,
    receiver: Identity,
    new_sender: Certificate,
    form: ContentForm,
    nonce: &'a [u8],
    crl: Option<Crl>,
}

impl<'a> RbtKdh<'a> {
    /// Reads a token in DER; its signature is not verified yet.
    ///
    /// # Errors
    ///
    /// Those of form.
    pub fn parse(der: &'a [u8]) -> Result<Self, Error> {
        let (signed, inner) = read(der)?;
        let mut content = inner.content.inside();
        let receiver = Identity::read(&mut content)?;
        content.finish()?;
        let signer = signed.signer()?;
        signer.check_binding()?;
        let (nonce, signer) = (signer.nonce()?, signer.identity.clone());
        let crl = signed.crl()?;
        let Inner { form, new_sender, .. } = inner;
        Ok(Self { signed, signer, receiver, new_sender, form, nonce, crl })
    }

    /// Makes the token with which a sender hands a receiver over that has sent a nonce.
    #[must_use]
    pub fn unsigned(
        kdh: &Kdh,
        receiver: &Identity,
        new_sender: &Certificate,
        nonce: &Nonce,
        form: ContentForm,
    ) -> UnsignedToken {
        let attributes = Draft::of_content_type(ContentType::SignedData.identifier());
        let draw = Draw {
            version: 3,
            content_type: ContentType::SignedData,
            content: &inner(&receiver.to_der(), new_sender, form),
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

    /// Who is said to have signed: the sender so far.
    #[must_use]
    pub const fn unverified_signer(&self) -> &Identity {
        &self.signer
    }

    /// Who is handed over.
    #[must_use]
    pub const fn unverified_receiver(&self) -> &Identity {
        &self.receiver
    }

    /// The certificate of the sender from now on.
    #[must_use]
    pub const fn unverified_new_sender(&self) -> &Certificate {
        &self.new_sender
    }

    /// The nonce.
    #[must_use]
    pub const fn unverified_nonce(&self) -> &'a [u8] {
        self.nonce
    }

    /// The form of what is signed.
    #[must_use]
    pub const fn form(&self) -> ContentForm {
        self.form
    }

    /// The revocation list, if there is one.
    #[must_use]
    pub const fn crl(&self) -> Option<&Crl> {
        self.crl.as_ref()
    }
}

/// The rebind token of the authority of receivers: which receiver goes over from whom to whom.
///
/// Standard: ASC X9 TR 34, annex B.
#[derive(Clone, Debug)]
pub struct RbtCa<'a> {
    pub(crate) signed: SignedData<'a>,
    signer: Identity,
    receiver: Identity,
    sender: Identity,
    new_sender: Certificate,
    form: ContentForm,
    signing_time: UnixTime,
}

impl<'a> RbtCa<'a> {
    /// Reads a token in DER; its signature is not verified yet.
    ///
    /// # Errors
    ///
    /// Those of form.
    pub fn parse(der: &'a [u8]) -> Result<Self, Error> {
        let (signed, inner) = read(der)?;
        let mut content = inner.content.inside();
        let receiver = Identity::read(&mut content)?;
        let sender = Identity::read(&mut content)?;
        content.finish()?;
        let signer = signed.signer()?;
        signer.check_binding()?;
        let time = signer.attributes()?.signing_time;
        let (_, signing_time) = time.ok_or(Error::Attribute { attribute: "signingTime" })?;
        let signer = signer.identity.clone();
        let Inner { form, new_sender, .. } = inner;
        Ok(Self { signed, signer, receiver, sender, new_sender, form, signing_time })
    }

    /// Makes the token with which the authority of receivers hands one over.
    ///
    /// # Errors
    ///
    /// [`Error::TimeNotWritable`].
    pub fn unsigned(
        authority: &Certificate,
        receiver: &Identity,
        sender: &Identity,
        new_sender: &Certificate,
        signing_time: UnixTime,
        form: ContentForm,
    ) -> Result<UnsignedToken, Error> {
        let attributes = Draft::of_content_type(ContentType::SignedData.identifier());
        let attributes = attributes.with_signing_time(signing_time)?;
        let identities = [receiver.to_der(), sender.to_der()].concat();
        let draw = Draw {
            version: 3,
            content_type: ContentType::SignedData,
            content: &inner(&identities, new_sender, form),
            crl: None,
            attributes: Some((attributes, AttributeOrder::Fixed)),
            signature: SignatureName::RsaEncryption,
        };
        Ok(UnsignedToken::new(authority, draw))
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

    /// Who is handed over.
    #[must_use]
    pub const fn unverified_receiver(&self) -> &Identity {
        &self.receiver
    }

    /// The sender so far.
    #[must_use]
    pub const fn unverified_sender(&self) -> &Identity {
        &self.sender
    }

    /// The certificate of the sender from now on.
    #[must_use]
    pub const fn unverified_new_sender(&self) -> &Certificate {
        &self.new_sender
    }

    /// When it is said to have been signed.
    #[must_use]
    pub const fn unverified_signing_time(&self) -> UnixTime {
        self.signing_time
    }

    /// The form of what is signed.
    #[must_use]
    pub const fn form(&self) -> ContentForm {
        self.form
    }
}

/// What is signed: identities, and the certificate of another sender.
struct Inner<'a> {
    form: ContentForm,
    content: Element<'a>,
    new_sender: Certificate,
}

fn read(der: &[u8]) -> Result<(SignedData<'_>, Inner<'_>), Error> {
    let signed = SignedData::read(der, &mut Vec::new())?;
    let content = signed.content()?;
    let malformed = Error::Malformed { at: content.at };
    if signed.content_type != ContentType::SignedData {
        return Err(malformed);
    }
    let (form, parts) = read_form(&content)?;
    let inner = SignedData::read_contents(parts, &mut Vec::new())?;
    let is_plain =
        inner.content_type == ContentType::Data && inner.signer.is_none() && inner.crls.is_empty();
    if !is_plain {
        return Err(malformed);
    }
    let (content, new_sender) = (inner.content()?, inner.certificate()?);
    Ok((signed, Inner { form, content, new_sender }))
}

fn inner(identities: &[u8], new_sender: &Certificate, form: ContentForm) -> Vec<u8> {
    in_form(form, degenerate(Some(identities), &[new_sender], None))
}
