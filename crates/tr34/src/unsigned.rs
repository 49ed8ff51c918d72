//! A token that lacks its signature, and becomes a token with it.

use alloc::vec::Vec;

use der::Tag;
use payment_pki::{Certificate, Sign, SignatureAlgorithm};
use rand_core::TryCryptoRng;
use sha2::{Digest, Sha256};

use crate::attributes::{Draft, as_set};
use crate::layout::{AttributeOrder, SignatureName};
use crate::reader::{CONTEXT_0, CONTEXT_1};
use crate::signed_data::{ContentType, verify_signature};
use crate::writer::{NULL, algorithm, element, identifier, small_integer};
use crate::{Error, Identity, oid};

/// A token that is complete but for its signature.
///
/// A private key that is at hand signs with [`signed_by`](Self::signed_by). One that answers later,
/// or from a device, is given [`message`](Self::message) and its answer to
/// [`signed`](Self::signed).
#[derive(Clone, Debug)]
pub struct UnsignedToken {
    message: Vec<u8>,
    signer: Certificate,
    /// Version, digest algorithms, content, certificates and lists.
    front: Vec<u8>,
    /// Of the SignerInfo, everything in front of the signature.
    signer_front: Vec<u8>,
}

/// What goes into a SignedData.
#[derive(Debug)]
pub(crate) struct Draw<'a> {
    pub(crate) version: u8,
    pub(crate) content_type: ContentType,
    pub(crate) content: &'a [u8],
    pub(crate) crl: Option<&'a [u8]>,
    /// Attributes but for the digest, and their order; without any, the content itself is signed.
    pub(crate) attributes: Option<(Draft, AttributeOrder)>,
    pub(crate) signature: SignatureName,
}

impl UnsignedToken {
    pub(crate) fn new(signer: &Certificate, draw: Draw<'_>) -> Self {
        let attributes = draw
            .attributes
            .map(|(draft, order)| draft.with_digest(&Sha256::digest(draw.content)).write(order));
        let message = match &attributes {
            Some(attributes) => as_set(attributes),
            None => draw.content.to_vec(),
        };
        let front = front(draw.version, draw.content_type, draw.content, &[], draw.crl);
        let attributes = attributes.unwrap_or_default();
        let signer_front = signer_front(signer, &attributes, draw.signature);
        Self { message, signer: signer.clone(), front, signer_front }
    }

    /// A token of attributes that a device has made.
    pub(crate) fn of_parts(
        signer: &Certificate,
        front: Vec<u8>,
        attributes: &[u8],
        signature: SignatureName,
    ) -> Self {
        let signer_front = signer_front(signer, attributes, signature);
        Self { message: as_set(attributes), signer: signer.clone(), front, signer_front }
    }

    /// What is to be signed, by RSASSA-PKCS1-v1_5 with SHA-256.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// Signs, and gives the token in DER.
    ///
    /// # Errors
    ///
    /// [`Error::SenderKey`] if the key signs otherwise than by RSASSA-PKCS1-v1_5 with SHA-256,
    /// [`Error::SigningFailed`], and [`Error::SignatureInvalid`] if the key is not that of the
    /// signer's certificate.
    pub fn signed_by<K: Sign, R: TryCryptoRng + ?Sized>(
        self,
        key: &K,
        random: &mut R,
    ) -> Result<Vec<u8>, Error> {
        if key.signature_algorithm() != SignatureAlgorithm::RsaSha256 {
            return Err(Error::SenderKey);
        }
        let signature = key.sign(&self.message, random).map_err(|_| Error::SigningFailed)?;
        self.signed(&signature)
    }

    /// Takes the signature of [`message`](Self::message), and gives the token in DER.
    ///
    /// The signature is verified first, so that a faulty one, or one by the wrong key, does not
    /// leave.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`].
    pub fn signed(self, signature: &[u8]) -> Result<Vec<u8>, Error> {
        verify_signature(self.signer.public_key(), &self.message, signature)?;
        Ok(self.with_unverified_signature(signature))
    }

    /// Takes the signature of [`message`](Self::message) as it is, and gives the token in DER.
    ///
    /// For signers that verify each signature themselves before they give it out, and whose key is
    /// known to be that of the certificate. Whoever cannot say both calls
    /// [`signed`](Self::signed): a faulty signature can give away the private key.
    #[must_use]
    pub fn with_unverified_signature(self, signature: &[u8]) -> Vec<u8> {
        let signature = element(Tag::OctetString, &[signature]);
        let signer = element(Tag::Sequence, &[&self.signer_front, &signature]);
        content_info(&[&self.front, &element(Tag::Set, &[&signer])])
    }
}

/// The part of a SignedData in front of its SignerInfos.
pub(crate) fn front(
    version: u8,
    content_type: ContentType,
    content: &[u8],
    certificates: &[&Certificate],
    crl: Option<&[u8]>,
) -> Vec<u8> {
    let octets = element(CONTEXT_0, &[&element(Tag::OctetString, &[content])]);
    let content = element(Tag::Sequence, &[&identifier(content_type.identifier()), &octets]);
    let digests = element(Tag::Set, &[&algorithm(oid::SHA256)]);
    let sets = sets(certificates, crl);
    [small_integer(version), digests, content, sets].concat()
}

/// A SignedData without signature: a container for certificates and a list.
pub(crate) fn degenerate(
    content: Option<&[u8]>,
    certificates: &[&Certificate],
    crl: Option<&[u8]>,
) -> Vec<u8> {
    let data = identifier(oid::DATA);
    let octets = content.map(|content| element(Tag::OctetString, &[content]));
    let octets = octets.map(|octets| element(CONTEXT_0, &[&octets])).unwrap_or_default();
    let content = element(Tag::Sequence, &[&data, &octets]);
    let (none, sets) = (element(Tag::Set, &[]), sets(certificates, crl));
    [small_integer(1), none.clone(), content, sets, none].concat()
}

/// A ContentInfo of a SignedData with these contents.
pub(crate) fn content_info(contents: &[&[u8]]) -> Vec<u8> {
    let explicit = element(CONTEXT_0, &[&element(Tag::Sequence, contents)]);
    element(Tag::Sequence, &[&identifier(oid::SIGNED_DATA), &explicit])
}

fn sets(certificates: &[&Certificate], crl: Option<&[u8]>) -> Vec<u8> {
    let certificates: Vec<&[u8]> = certificates.iter().map(|it| it.as_der()).collect();
    let mut sets = Vec::new();
    if !certificates.is_empty() {
        sets = element(CONTEXT_0, &certificates);
    }
    if let Some(crl) = crl {
        sets.extend(element(CONTEXT_1, &[crl]));
    }
    sets
}

fn signer_front(signer: &Certificate, attributes: &[u8], signature: SignatureName) -> Vec<u8> {
    let name = match signature {
        SignatureName::RsaEncryption => oid::RSA_ENCRYPTION,
        SignatureName::Sha256WithRsa => oid::SHA256_WITH_RSA,
    };
    let name = element(Tag::Sequence, &[&identifier(name), NULL]);
    let identity = Identity::of(signer).to_der();
    let parts = [&small_integer(1), &identity, &algorithm(oid::SHA256), attributes, &name];
    parts.concat()
}
