//! Certificates: the bytes as received, and where everything stands in them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::extensions::Extensions;
use crate::reader::{SEQUENCE, context};
use crate::signature_algorithm::{Signed, SignedParts};
use crate::{
    BasicConstraints, Error, KeyUsage, Member, PublicKey, RustCrypto, SignatureAlgorithm, UnixTime,
    Verify, pem,
};

/// A certificate of X.509, read once; its bytes are kept as they came, because they are what was
/// signed.
///
/// Reading says nothing of trust: [`validate`](crate::validate) does.
///
/// ```
/// use payment_pki::Certificate;
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("tr34/open.json"))?;
/// # let text = file.test_groups[0].tests[0].members["kdhCertPem"].as_str().unwrap();
/// let certificate = Certificate::from_pem(text)?;
/// assert_eq!(certificate.to_pem(), text);
/// assert_eq!(certificate.public_key().modulus_bits(), Some(2048));
/// assert!(certificate.key_usage().is_some_and(|usage| usage.digital_signature()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: RFC 5280, 4.1.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    parts: SignedParts,
    serial_number: Range<usize>,
    issuer: Range<usize>,
    subject: Range<usize>,
    subject_public_key_info: Range<usize>,
    not_before: UnixTime,
    not_after: UnixTime,
    public_key: PublicKey,
    pub(crate) extensions: Extensions,
}

impl Certificate {
    /// The longest certificate that is read, in bytes.
    pub const LONGEST: usize = 32_768;

    /// Reads a certificate in DER.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] if it is not exactly one certificate in DER, [`Error::TooLong`],
    /// [`Error::AlgorithmsDiffer`], and [`Error::AlgorithmUnknown`] for public keys that are not
    /// read here.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let member = Member::Certificate;
        if der.len() > Self::LONGEST {
            return Err(Error::TooLong { member, limit: Self::LONGEST });
        }
        let mut signed = Signed::read(der, member)?;
        if let Some(version) = signed.content.take_optional(context(0))? {
            let mut version = signed.content.inside(&version);
            let malformed = version.malformed();
            let number = version.integer()?;
            version.finish()?;
            // Versions 2 and 3; version 1 is left out, not written.
            if !matches!(version.bytes(&number), [1 | 2]) {
                return Err(malformed);
            }
        }
        let serial_number = signed.content.integer()?;
        signed.check_inner_algorithm(member)?;
        let issuer = signed.content.take(SEQUENCE)?.whole;
        let validity = signed.content.take(SEQUENCE)?;
        let mut times = signed.content.inside(&validity);
        let (not_before, not_after) = (UnixTime::read(&mut times)?, UnixTime::read(&mut times)?);
        times.finish()?;
        let subject = signed.content.take(SEQUENCE)?.whole;
        let subject_public_key_info = signed.content.take(SEQUENCE)?.whole;
        // Unique identifiers of issuer and subject, which nobody uses, are passed over.
        signed.content.take_optional(0x81)?;
        signed.content.take_optional(0x82)?;
        let extensions = match signed.content.take_optional(context(3))? {
            None => Extensions::default(),
            Some(explicit) => {
                let mut explicit = signed.content.inside(&explicit);
                let sequence = explicit.take(SEQUENCE)?;
                explicit.finish()?;
                Extensions::read(explicit.inside(&sequence))?
            }
        };
        signed.content.finish()?;
        let info = signed.content.bytes(&subject_public_key_info);
        let public_key = PublicKey::from_subject_public_key_info(info)
            .map_err(|error| error.further(subject_public_key_info.start))?;
        Ok(Self {
            der: der.to_vec(),
            parts: signed.parts,
            serial_number,
            issuer,
            subject,
            subject_public_key_info,
            not_before,
            not_after,
            public_key,
            extensions,
        })
    }

    /// Reads one certificate in PEM.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] if there is not exactly one, else as [`from_der`](Self::from_der).
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        only(pem::read(text)?)
    }

    /// Reads the certificates of a PEM text in their order, at most 8.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem), and [`Error::TooLong`].
    pub fn chain_from_pem(text: &str) -> Result<Vec<Self>, Error> {
        pem::read(text)
    }

    /// Reads one certificate from base64 of PEM, the form of AWS Payment Cryptography.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn from_base64_pem(text: &str) -> Result<Self, Error> {
        only(pem::read_base64(text)?)
    }

    /// Reads the certificates in base64 of PEM in their order, at most 8.
    ///
    /// # Errors
    ///
    /// As [`chain_from_pem`](Self::chain_from_pem).
    pub fn chain_from_base64_pem(text: &str) -> Result<Vec<Self>, Error> {
        pem::read_base64(text)
    }

    /// The certificate in DER, as it was received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate in PEM, with lines of 64 characters.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::write(&self.der)
    }

    /// The name of the issuer in DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        self.bytes(&self.issuer)
    }

    /// The name of the subject in DER.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        self.bytes(&self.subject)
    }

    /// The serial number: the contents of its INTEGER, big-endian.
    #[must_use]
    pub fn serial_number(&self) -> &[u8] {
        self.bytes(&self.serial_number)
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

    /// The first second in which the certificate is valid.
    #[must_use]
    pub const fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The last second in which the certificate is valid.
    #[must_use]
    pub const fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// What the key is for, or `None` if the certificate does not say.
    #[must_use]
    pub const fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage
    }

    /// Whether the key may sign certificates, or `None` if the certificate does not say.
    #[must_use]
    pub const fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extensions.basic_constraints
    }

    /// The identifier that the certificate gives its key, if it gives one.
    ///
    /// Standard: RFC 5280, 4.2.1.2.
    #[must_use]
    pub fn key_identifier(&self) -> Option<&[u8]> {
        let (start, end) = self.extensions.key_identifier?;
        self.der.get(start..end)
    }

    /// The algorithm of the signature, or `None` if it is not known here, as with SHA-1.
    #[must_use]
    pub const fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        self.parts.algorithm
    }

    /// Verifies that a key has signed the bytes of this certificate.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`].
    pub fn verify_signature(&self, issuer: &PublicKey) -> Result<(), Error> {
        self.verify_signature_with(&RustCrypto, issuer)
    }

    /// As [`verify_signature`](Self::verify_signature), by a verifier.
    pub(crate) fn verify_signature_with<V: Verify>(
        &self,
        verifier: &V,
        issuer: &PublicKey,
    ) -> Result<(), Error> {
        let algorithm = self.parts.algorithm.ok_or(Error::SignatureInvalid)?;
        let (signed, signature) =
            (self.bytes(&self.parts.signed), self.bytes(&self.parts.signature));
        verifier.verify(issuer, algorithm, signed, signature)
    }

    fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }
}

/// Two certificates are the same if they are byte for byte.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let serial_number = self.serial_number();
        formatter
            .debug_struct("Certificate")
            .field("serial_number", &format_args!("{serial_number:02X?}"))
            .finish_non_exhaustive()
    }
}

fn only(mut certificates: Vec<Certificate>) -> Result<Certificate, Error> {
    match (certificates.pop(), certificates.is_empty()) {
        (Some(certificate), true) => Ok(certificate),
        _ => Err(Error::Malformed { member: Member::Pem, at: 0 }),
    }
}
