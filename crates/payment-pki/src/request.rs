//! Certificate signing requests.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use rand_core::TryCryptoRng;

use crate::reader::{SEQUENCE, context};
use crate::signature_algorithm::{Signed, SignedParts};
use crate::unsigned::{Unsigned, signing};
use crate::writer::{integer, sequence};
use crate::{Error, Member, Name, PublicKey, Sign, SignatureAlgorithm, pem};

/// A request for a certificate, read once; its bytes are kept as they came.
///
/// That it is signed by the key it is for says [`verify_signature`](Self::verify_signature); the
/// attributes, with the extensions that are asked for, are passed over.
///
/// ```
/// use getrandom::SysRng;
/// use key_types::HashAlgorithm;
/// use payment_pki::{CertificateRequest, Name, NameAttribute, SigningKey, UnsignedRequest};
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("tr34/build.json"))?;
/// # let pem = file.test_groups[0].tests[0].members["kdhKeyPem"].as_str().unwrap();
/// let key = SigningKey::from_pkcs8(&SigningKey::der_from_pem(pem)?, HashAlgorithm::Sha384)?;
/// let name = Name::new(&[(NameAttribute::CommonName, "Key Distribution Host 1")])?;
/// let request = UnsignedRequest::for_key(&name, &key)?.signed_by(&key, &mut SysRng)?;
///
/// let received = CertificateRequest::from_pem(&request.to_pem())?;
/// received.verify_signature()?;
/// assert_eq!(received.subject_der(), name.as_der());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: RFC 2986, 4.
#[derive(Clone)]
pub struct CertificateRequest {
    der: Vec<u8>,
    parts: SignedParts,
    subject: Range<usize>,
    subject_public_key_info: Range<usize>,
    public_key: PublicKey,
}

impl CertificateRequest {
    /// The longest request that is read, in bytes.
    pub const LONGEST: usize = 32_768;

    /// Reads a request in DER.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] if it is not exactly one request in DER, [`Error::TooLong`], and
    /// [`Error::AlgorithmUnknown`] for public keys that are not read here.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let member = Member::Request;
        if der.len() > Self::LONGEST {
            return Err(Error::TooLong { member, limit: Self::LONGEST });
        }
        let mut signed = Signed::read(der, member)?;
        let malformed = signed.content.malformed();
        let version = signed.content.integer()?;
        if signed.content.bytes(&version) != [0] {
            return Err(malformed);
        }
        let subject = signed.content.take(SEQUENCE)?.whole;
        let subject_public_key_info = signed.content.take(SEQUENCE)?.whole;
        // Attributes are not optional in the standard, and left out by some.
        signed.content.take_optional(context(0))?;
        signed.content.finish()?;
        let info = signed.content.bytes(&subject_public_key_info);
        let public_key = PublicKey::from_subject_public_key_info(info)
            .map_err(|error| error.further(subject_public_key_info.start))?;
        Ok(Self {
            der: der.to_vec(),
            parts: signed.parts,
            subject,
            subject_public_key_info,
            public_key,
        })
    }

    /// Reads one request in PEM.
    ///
    /// # Errors
    ///
    /// As [`from_der`](Self::from_der).
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        Self::from_der(&pem::read_request(text)?)
    }

    /// Reads one request from base64 of PEM, the form of AWS Payment Cryptography.
    ///
    /// # Errors
    ///
    /// As [`from_der`](Self::from_der).
    pub fn from_base64_pem(text: &str) -> Result<Self, Error> {
        Self::from_pem(&pem::text_of_base64(text)?)
    }

    /// The request in DER, as it was received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The request in PEM, with lines of 64 characters.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::write_request(&self.der)
    }

    /// The name of the subject in DER.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        self.bytes(&self.subject)
    }

    /// The public key as SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn subject_public_key_info_der(&self) -> &[u8] {
        self.bytes(&self.subject_public_key_info)
    }

    /// The public key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The algorithm of the signature, or `None` if it is not known here, as with SHA-1.
    #[must_use]
    pub const fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        self.parts.algorithm
    }

    /// Verifies that who asks has the private key.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`].
    pub fn verify_signature(&self) -> Result<(), Error> {
        let algorithm = self.parts.algorithm.ok_or(Error::SignatureInvalid)?;
        let (signed, signature) =
            (self.bytes(&self.parts.signed), self.bytes(&self.parts.signature));
        self.public_key.verify(algorithm, signed, signature)
    }

    fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for CertificateRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CertificateRequest")
            .field("signature_algorithm", &self.parts.algorithm)
            .finish_non_exhaustive()
    }
}

/// A request that is complete but for its signature.
///
/// Standard: RFC 2986, 4.
#[derive(Clone, Debug)]
pub struct UnsignedRequest {
    unsigned: Unsigned,
}

signing!(UnsignedRequest => CertificateRequest);

impl UnsignedRequest {
    /// A request under a name, for a public key given as SubjectPublicKeyInfo in DER, to be signed
    /// by an algorithm.
    ///
    /// # Errors
    ///
    /// Those of [`PublicKey::from_subject_public_key_info`].
    pub fn new(
        subject: &Name,
        subject_public_key_info: &[u8],
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, Error> {
        const NO_ATTRIBUTES: &[u8] = &[0xA0, 0];
        let public_key = PublicKey::from_subject_public_key_info(subject_public_key_info)?;
        let version = integer(&[0]);
        let message =
            sequence(&[&version, subject.as_der(), subject_public_key_info, NO_ATTRIBUTES]);
        Ok(Self { unsigned: Unsigned::new(message, algorithm, public_key) })
    }

    /// A request for a key that is at hand.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn for_key(subject: &Name, key: &crate::SigningKey) -> Result<Self, Error> {
        Self::new(subject, key.subject_public_key_info(), key.signature_algorithm())
    }
}
