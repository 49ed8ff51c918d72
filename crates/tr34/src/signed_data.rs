//! The SignedData: content, certificates, revocation lists, and at most one signature.
//!
//! Standard: RFC 5652, 5.1, 5.2, 5.3 and 5.4; ASC X9 TR 34, annex B.

use alloc::vec::Vec;

use der::Tag;
use payment_pki::{Certificate, Crl, PublicKey, SignatureAlgorithm};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::attributes::Attributes;
use crate::layout::SignatureName;
use crate::oaep_parameters::read_null;
use crate::reader::{CONTEXT_0, CONTEXT_1, Element, Reader};
use crate::{Error, Finding, Identity, Nonce, oid};

/// The longest token that is read, in bytes.
pub(crate) const LONGEST: usize = 65_536;

/// The greatest number of certificates, and of revocation lists.
const MOST: usize = 8;

/// What kind of content is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentType {
    Data,
    SignedData,
    EnvelopedData,
}

impl ContentType {
    pub(crate) const fn identifier(self) -> &'static [u8] {
        match self {
            Self::Data => oid::DATA,
            Self::SignedData => oid::SIGNED_DATA,
            Self::EnvelopedData => oid::ENVELOPED_DATA,
        }
    }

    fn of_identifier(identifier: &[u8]) -> Option<Self> {
        let all = [Self::Data, Self::SignedData, Self::EnvelopedData];
        all.into_iter().find(|kind| kind.identifier() == identifier)
    }
}

/// A SignedData that was read; nothing in it is verified yet.
#[derive(Clone, Debug)]
pub(crate) struct SignedData<'a> {
    /// The version, and where it stands.
    pub(crate) version: (usize, u8),
    pub(crate) content_type: ContentType,
    /// The OCTET STRING of the content, if there is one.
    pub(crate) content: Option<Element<'a>>,
    pub(crate) certificates: Vec<Element<'a>>,
    pub(crate) crls: Vec<Element<'a>>,
    pub(crate) signer: Option<SignerInfo<'a>>,
}

/// Who signed what, and how.
#[derive(Clone, Debug)]
pub(crate) struct SignerInfo<'a> {
    pub(crate) identity: Identity,
    /// Without attributes, the signature is over the content.
    pub(crate) attributes: Option<Attributes<'a>>,
    pub(crate) signature_name: (usize, SignatureName),
    pub(crate) signature: &'a [u8],
    /// The AlgorithmIdentifiers of digest and signature.
    algorithms: (&'a [u8], &'a [u8]),
}

impl<'a> SignedData<'a> {
    /// Reads a token: a ContentInfo of a SignedData, and nothing behind it.
    pub(crate) fn read(token: &'a [u8], findings: &mut Vec<Finding>) -> Result<Self, Error> {
        if token.len() > LONGEST {
            return Err(Error::TooLong { limit: LONGEST, found: token.len() });
        }
        let mut parts = Reader::new(token, 0).only(Tag::Sequence)?.inside();
        let malformed = parts.malformed();
        if parts.identifier()? != oid::SIGNED_DATA {
            return Err(malformed);
        }
        let explicit = parts.only(CONTEXT_0)?;
        Self::read_contents(explicit.inside().only(Tag::Sequence)?.inside(), findings)
    }

    /// Reads the contents of a SignedData.
    pub(crate) fn read_contents(
        mut parts: Reader<'a>,
        findings: &mut Vec<Finding>,
    ) -> Result<Self, Error> {
        let at = parts.at();
        let version = parts.small_integer()?;
        if !matches!(version, 1 | 3) {
            return Err(Error::Malformed { at });
        }
        let digests = parts.take(Tag::Set)?.inside();
        let is_signed = !digests.is_finished();
        if is_signed {
            read_digest_algorithm(&digests.only(Tag::Sequence)?, findings)?;
        }

        let mut content = parts.take(Tag::Sequence)?.inside();
        let malformed = content.malformed();
        let content_type = ContentType::of_identifier(content.identifier()?).ok_or(malformed)?;
        let explicit = content.take_optional(CONTEXT_0)?;
        content.finish()?;
        let content = match explicit {
            Some(explicit) => Some(explicit.inside().only(Tag::OctetString)?),
            None => None,
        };

        let certificates = read_set(parts.take_optional(CONTEXT_0)?)?;
        let crls = read_set(parts.take_optional(CONTEXT_1)?)?;
        let signers = parts.take(Tag::Set)?;
        parts.finish()?;
        let mut signers = signers.inside();
        let signer = if signers.is_finished() {
            None
        } else {
            Some(SignerInfo::read(signers.take(Tag::Sequence)?.inside(), findings)?)
        };
        if !signers.is_finished() {
            return Err(Error::TooMany { at: signers.at(), most: 1 });
        }
        if is_signed != signer.is_some() {
            return Err(Error::Malformed { at });
        }
        Ok(Self { version: (at, version), content_type, content, certificates, crls, signer })
    }

    /// The one signer.
    pub(crate) fn signer(&self) -> Result<&SignerInfo<'a>, Error> {
        self.signer.as_ref().ok_or(Error::Malformed { at: self.version.0 })
    }

    /// The content, which is there.
    pub(crate) fn content(&self) -> Result<Element<'a>, Error> {
        self.content.ok_or(Error::Malformed { at: self.version.0 })
    }

    /// The one revocation list, if there is one.
    pub(crate) fn crl(&self) -> Result<Option<Crl>, Error> {
        match self.crls.as_slice() {
            [] => Ok(None),
            [crl] => Crl::from_der(crl.whole).map(Some).map_err(Error::Pki),
            [_, second, ..] => Err(Error::TooMany { at: second.at, most: 1 }),
        }
    }

    /// The one certificate.
    pub(crate) fn certificate(&self) -> Result<Certificate, Error> {
        match self.certificates.as_slice() {
            [certificate] => Certificate::from_der(certificate.whole).map_err(Error::Pki),
            [] => Err(Error::Malformed { at: self.version.0 }),
            [_, second, ..] => Err(Error::TooMany { at: second.at, most: 1 }),
        }
    }

    /// Verifies the signature of whoever has a certificate over the content and its attributes.
    ///
    /// # Errors
    ///
    /// [`Error::SignerMismatch`], [`Error::ContentTypeMismatch`], [`Error::DigestMismatch`],
    /// [`Error::AttributeMismatch`], [`Error::SignatureInvalid`], in this order.
    pub(crate) fn verify(&self, signer: &Certificate) -> Result<(), Error> {
        let (info, content) = (self.signer()?, self.content()?.contents);
        if info.identity != Identity::of(signer) {
            return Err(Error::SignerMismatch);
        }
        let Some(attributes) = &info.attributes else {
            return verify_signature(signer.public_key(), content, info.signature);
        };
        if attributes.content_type != Some(self.content_type.identifier()) {
            return Err(Error::ContentTypeMismatch);
        }
        let digest = attributes.digest.ok_or(Error::Attribute { attribute: "messageDigest" })?;
        if !bool::from(Sha256::digest(content).as_slice().ct_eq(digest)) {
            return Err(Error::DigestMismatch);
        }
        attributes.check(info.algorithms, signer)?;
        verify_signature(signer.public_key(), &attributes.message(), info.signature)
    }
}

/// Verifies RSASSA-PKCS1-v1_5 with SHA-256.
pub(crate) fn verify_signature(
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    key.verify(SignatureAlgorithm::RsaSha256, message, signature)
        .map_err(|_| Error::SignatureInvalid)
}

impl<'a> SignerInfo<'a> {
    fn read(mut parts: Reader<'a>, findings: &mut Vec<Finding>) -> Result<Self, Error> {
        let malformed = parts.malformed();
        if parts.small_integer()? != 1 {
            return Err(malformed);
        }
        let identity = Identity::read(&mut parts)?;
        let digest = parts.take(Tag::Sequence)?;
        read_digest_algorithm(&digest, findings)?;
        let attributes = match parts.take_optional(CONTEXT_0)? {
            Some(attributes) => Some(Attributes::read(attributes, findings)?),
            None => None,
        };
        let algorithm = parts.take(Tag::Sequence)?;
        let mut inside = algorithm.inside();
        let name = match inside.identifier()? {
            oid::RSA_ENCRYPTION => SignatureName::RsaEncryption,
            oid::SHA256_WITH_RSA => SignatureName::Sha256WithRsa,
            _ => return Err(Error::AlgorithmNotAllowed { at: algorithm.at }),
        };
        read_null(&mut inside)?;
        let signature = parts.take(Tag::OctetString)?;
        // Attributes that are not signed would say things that nobody vouches for.
        parts.finish()?;
        Ok(Self {
            identity,
            attributes,
            signature_name: (algorithm.at, name),
            signature: signature.contents,
            algorithms: (digest.whole, algorithm.whole),
        })
    }

    /// The nonce, which is there.
    pub(crate) fn nonce(&self) -> Result<&'a [u8], Error> {
        let nonce =
            self.attributes()?.nonce.ok_or(Error::Attribute { attribute: "randomNonce" })?;
        Nonce::new(nonce.contents).map(|_| nonce.contents)
    }

    /// Checks that there are no attributes of a key token, and none that is not known.
    pub(crate) fn check_binding(&self) -> Result<(), Error> {
        let Some(attributes) = &self.attributes else { return Ok(()) };
        if attributes.header.is_some() {
            return Err(Error::Attribute { attribute: "header" });
        }
        attributes.unknown.map_or(Ok(()), |at| Err(Error::UnknownAttribute { at }))
    }

    /// The attributes, which are there.
    pub(crate) fn attributes(&self) -> Result<&Attributes<'a>, Error> {
        self.attributes.as_ref().ok_or(Error::Attribute { attribute: "signedAttrs" })
    }
}

/// SHA-256, whose parameters are absent or NULL.
fn read_digest_algorithm(
    algorithm: &Element<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let mut parts = algorithm.inside();
    if parts.identifier()? != oid::SHA256 {
        return Err(Error::AlgorithmNotAllowed { at: algorithm.at });
    }
    if read_null(&mut parts)? {
        findings.push(Finding::DigestNull { at: algorithm.at });
    }
    Ok(())
}

/// The members of a set of certificates or lists.
fn read_set(set: Option<Element<'_>>) -> Result<Vec<Element<'_>>, Error> {
    let mut members = Vec::new();
    let Some(set) = set else { return Ok(members) };
    let mut inside = set.inside();
    while !inside.is_finished() {
        if members.len() >= MOST {
            return Err(Error::TooMany { at: inside.at(), most: MOST });
        }
        members.push(inside.take(Tag::Sequence)?);
    }
    Ok(members)
}
