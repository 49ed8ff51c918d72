//! KT_KDH: the key token, as it is read.

use alloc::vec::Vec;

use payment_pki::{Certificate, Crl, UnixTime};

use crate::enveloped::Enveloped;
use crate::layout::CrlPlacement;
use crate::signed_data::{ContentType, SignedData};
use crate::{ContentCipher, Error, Finding, Identity, KeyHeader, Layout, Nonce, OaepScheme};

/// The key token of a sender, read in whatever layout it has; nothing in it is verified yet.
///
/// [`Krd::verify`](crate::Krd::verify) gives what can be opened.
///
/// ```
/// use tr34::{KtKdh, Layout};
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("tr34/build.json"))?;
/// # let hex = file.test_groups[0].tests[0].members["token"].as_str().unwrap();
/// # let der = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
/// # let der = der.collect::<Result<Vec<u8>, _>>()?;
/// let token = KtKdh::parse(&der)?;
/// assert_eq!(token.layout(), Layout::X9Tr34_2012);
/// assert_eq!(token.unverified_header().text(), "D9999K0AB00E0000");
/// assert!(token.findings().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: ASC X9 TR 34, annex B; RFC 5652, 5 and 6.
#[derive(Clone, Debug)]
pub struct KtKdh<'a> {
    pub(crate) signed: SignedData<'a>,
    pub(crate) enveloped: Enveloped<'a>,
    pub(crate) header: KeyHeader,
    signer: Identity,
    nonce: Option<&'a [u8]>,
    signing_time: Option<UnixTime>,
    crl: Option<Crl>,
    findings: Vec<Finding>,
}

impl<'a> KtKdh<'a> {
    /// Reads a token in DER, of one pass or two.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::TooLong`], [`Error::TooMany`],
    /// [`Error::AlgorithmNotAllowed`], [`Error::RepeatedAttribute`], [`Error::Attribute`],
    /// [`Error::NonceLength`], [`Error::Header`], [`Error::Pki`].
    pub fn parse(der: &'a [u8]) -> Result<Self, Error> {
        let mut findings = Vec::new();
        let signed = SignedData::read(der, &mut findings)?;
        let content = signed.content()?;
        if signed.content_type != ContentType::EnvelopedData {
            return Err(Error::Malformed { at: content.at });
        }
        let enveloped = Enveloped::read(&content, &mut findings)?;
        let signer = signed.signer()?;
        let attributes = signer.attributes()?;
        let header = attributes.header.ok_or(Error::Attribute { attribute: "header" })?;
        let header = core::str::from_utf8(header.contents)
            .map_err(|_| Error::Malformed { at: header.contents_at() })?;
        let header = KeyHeader::parse(header)?;
        let nonce = match attributes.nonce {
            Some(nonce) => Some(Nonce::new(nonce.contents).map(|_| nonce.contents)?),
            None => None,
        };
        let signing_time = attributes.signing_time;
        match (nonce, signing_time) {
            (None, None) => {
                return Err(Error::Attribute { attribute: "randomNonce or signingTime" });
            }
            (Some(_), Some((at, _))) => findings.push(Finding::TimeBesideNonce { at }),
            _ => (),
        }
        let crl = signed.crl()?;
        note_departures(&signed, enveloped.layout, &mut findings)?;
        Ok(Self {
            header,
            signer: signer.identity.clone(),
            nonce,
            signing_time: signing_time.map(|(_, time)| time),
            crl,
            findings,
            enveloped,
            signed,
        })
    }

    /// The layout, as far as it shows: `AnnexD` is told from `StrictCms` by the key block alone.
    #[must_use]
    pub const fn layout(&self) -> Layout {
        self.enveloped.layout
    }

    /// What the token is not as its layout has it.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
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

    /// Who is to receive.
    #[must_use]
    pub const fn unverified_recipient(&self) -> &Identity {
        &self.enveloped.recipient
    }

    /// The header that is signed.
    #[must_use]
    pub const fn unverified_header(&self) -> &KeyHeader {
        &self.header
    }

    /// The nonce of a two-pass token, or `None` for one pass.
    #[must_use]
    pub const fn unverified_nonce(&self) -> Option<&'a [u8]> {
        self.nonce
    }

    /// The time of signing, which a one-pass token has.
    #[must_use]
    pub const fn unverified_signing_time(&self) -> Option<UnixTime> {
        self.signing_time
    }

    /// The revocation list of the sender's authority, if there is one.
    #[must_use]
    pub const fn crl(&self) -> Option<&Crl> {
        self.crl.as_ref()
    }

    /// The cipher of the content.
    #[must_use]
    pub const fn content_cipher(&self) -> ContentCipher {
        self.enveloped.cipher
    }

    /// How the content key is encrypted.
    #[must_use]
    pub const fn oaep_scheme(&self) -> OaepScheme {
        self.enveloped.scheme
    }
}

/// Notes where a token is not as its layout has it.
fn note_departures(
    signed: &SignedData<'_>,
    layout: Layout,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let (choices, signer) = (layout.choices(), signed.signer()?);
    let (at, found) = signed.version;
    if found != choices.version {
        findings.push(Finding::SignedDataVersion { at, found });
    }
    let (at, name) = signer.signature_name;
    if name != choices.signature {
        findings.push(Finding::SignatureName { at });
    }
    let attributes = signer.attributes()?;
    if !attributes.are_in(choices.order) {
        findings.push(Finding::AttributeOrder { at: attributes.whole.at });
    }
    // Nobody relies on them, and nobody signed that they are there: they are what they claim to be.
    for certificate in &signed.certificates {
        Certificate::from_der(certificate.whole).map_err(Error::Pki)?;
    }
    if let Some(certificate) = signed.certificates.first() {
        findings.push(Finding::Certificates { at: certificate.at });
    }
    match (signed.crls.first(), choices.crl) {
        (Some(crl), CrlPlacement::Absent) => findings.push(Finding::CrlInside { at: crl.at }),
        (None, CrlPlacement::Inside) => findings.push(Finding::CrlAbsent),
        _ => (),
    }
    Ok(())
}
