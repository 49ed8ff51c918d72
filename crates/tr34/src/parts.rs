//! Tokens put together from what an HSM returns, and taken apart again.

use alloc::vec::Vec;

use der::Tag;
use payment_pki::Certificate;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::attributes::Attributes;
use crate::enveloped::{Enveloped, in_form};
use crate::layout::{Choices, ContentForm};
use crate::reader::{CONTEXT_0, Reader};
use crate::signed_data::ContentType;
use crate::unsigned::{UnsignedToken, front};
use crate::writer::element;
use crate::{Error, KtKdh};

/// The parts of a key token that an HSM makes: payShield's B8, Atalla's 136 and 139.
///
/// The host makes the token of them. The signed attributes come as `[0]` or as SET, the
/// EnvelopedData with its SEQUENCE header or without.
///
/// ```
/// use tr34::{KtKdh, Parts};
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("tr34/build.json"))?;
/// # let members = &file.test_groups[0].tests[0].members;
/// # let hex = members["token"].as_str().unwrap();
/// # let der = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
/// # let der = der.collect::<Result<Vec<u8>, _>>()?;
/// # let pem = members["kdhCertPem"].as_str().unwrap();
/// let sender = payment_pki::Certificate::from_pem(pem)?;
/// let parts = Parts::of(&KtKdh::parse(&der)?)?;
/// assert_eq!(parts.assemble(&sender, None)?, der);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ASC X9 TR 34, annex B; RFC 2315, 9.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    attributes: &'a [u8],
    enveloped_data: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Takes the parts as the HSM returned them.
    #[must_use]
    pub const fn new(attributes: &'a [u8], enveloped_data: &'a [u8], signature: &'a [u8]) -> Self {
        Self { attributes, enveloped_data, signature }
    }

    /// Takes a token apart.
    ///
    /// # Errors
    ///
    /// None for a token that was read.
    pub fn of(token: &KtKdh<'a>) -> Result<Self, Error> {
        let signer = token.signed.signer()?;
        Ok(Self {
            attributes: signer.attributes()?.whole.whole,
            enveloped_data: token.signed.content()?.contents,
            signature: signer.signature,
        })
    }

    /// The signed attributes in DER.
    #[must_use]
    pub const fn attributes(&self) -> &'a [u8] {
        self.attributes
    }

    /// The EnvelopedData, with its SEQUENCE header or without.
    #[must_use]
    pub const fn enveloped_data(&self) -> &'a [u8] {
        self.enveloped_data
    }

    /// The signature.
    #[must_use]
    pub const fn signature(&self) -> &'a [u8] {
        self.signature
    }

    /// Makes the token of a sender, in DER. Which form the content has follows from the digest
    /// that was signed, and the rest from the layout that this makes.
    ///
    /// What comes out was read and verified.
    ///
    /// # Errors
    ///
    /// [`Error::Part`] for a part that is malformed; [`Error::DigestMismatch`] if the digest is of
    /// neither form; [`Error::SignatureInvalid`]; those of [`KtKdh::parse`].
    pub fn assemble(
        &self,
        sender: &Certificate,
        crl: Option<&payment_pki::Crl>,
    ) -> Result<Vec<u8>, Error> {
        let attributes = self.attributes_in_context()?;
        let content = self.content_of(&attributes)?;
        let octets = element(Tag::OctetString, &[&content]);
        let octets = Reader::new(&octets, 0).only(Tag::OctetString)?;
        let part = |_| Error::Part { part: "enveloped_data" };
        let enveloped = Enveloped::read(&octets, &mut Vec::new()).map_err(part)?;
        let Choices { version, signature, .. } = enveloped.layout.choices();
        let crl = crl.map(payment_pki::Crl::as_der);
        let front = front(version, ContentType::EnvelopedData, &content, &[], crl);
        let unsigned = UnsignedToken::of_parts(sender, front, &attributes, signature);
        let token = unsigned.signed(self.signature)?;
        KtKdh::parse(&token)?.verify_signature(sender)?;
        Ok(token)
    }

    /// The attributes as `[0]`.
    fn attributes_in_context(&self) -> Result<Vec<u8>, Error> {
        const CONTEXT_0_CODE: u8 = 0xA0;
        let malformed = Error::Part { part: "attributes" };
        let read = Reader::new(self.attributes, 0).any().map_err(|_| malformed.clone())?;
        let is_whole = read.whole.len() == self.attributes.len();
        if !is_whole || !matches!(read.tag, Tag::Set | CONTEXT_0) {
            return Err(malformed);
        }
        let mut attributes = self.attributes.to_vec();
        if let Some(tag) = attributes.first_mut() {
            *tag = CONTEXT_0_CODE;
        }
        Ok(attributes)
    }

    /// The content in the form that was hashed.
    fn content_of(&self, attributes: &[u8]) -> Result<Vec<u8>, Error> {
        let whole = Reader::new(attributes, 0).only(CONTEXT_0)?;
        let read = Attributes::read(whole, &mut Vec::new())?;
        let digest = read.digest.ok_or(Error::Attribute { attribute: "messageDigest" })?;
        let part = Error::Part { part: "enveloped_data" };
        let contents = match Reader::new(self.enveloped_data, 0).only(Tag::Sequence) {
            Ok(sequence) => sequence.contents,
            Err(_) => self.enveloped_data,
        };
        if contents.is_empty() {
            return Err(part);
        }
        for form in [ContentForm::ContentsOnly, ContentForm::Sequence] {
            let content = in_form(form, contents.to_vec());
            if bool::from(Sha256::digest(&content).as_slice().ct_eq(digest)) {
                return Ok(content);
            }
        }
        Err(Error::DigestMismatch)
    }
}
