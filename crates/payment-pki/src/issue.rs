//! Certificates and revocation lists, issued.

mod crl;

use alloc::vec::Vec;

use rand_core::TryCryptoRng;
use sha2::{Digest, Sha256};
use spki::der::Tag;

pub use self::crl::{CrlSpec, UnsignedCrl};
use crate::unsigned::{Unsigned, signing};
use crate::writer::{context, element, identifier, integer, named_bits, primitive, sequence};
use crate::{Certificate, Error, Name, PublicKey, Sign, SignatureAlgorithm, UnixTime};

/// What a certificate is issued for, and so what its extensions say.
///
/// | Profile | Basic constraints | Key usage |
/// |---|---|---|
/// | `Authority` | CA, path length if given | keyCertSign, cRLSign |
/// | `Sender` | no CA | digitalSignature |
/// | `Receiver` | no CA | keyEncipherment |
/// | `SenderAndReceiver` | no CA | digitalSignature, keyEncipherment; extended: server and client |
/// | `EcdhPeer` | no CA | keyAgreement |
/// | `Bare` | - | - |
///
/// All but `Bare` have key identifiers, and basic constraints and key usage are critical.
///
/// Standard: RFC 5280, 4.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateProfile {
    /// Who signs certificates and revocation lists; with how many authorities below at most.
    Authority {
        /// The path length, or `None` for any.
        path_length: Option<u8>,
    },
    /// A key distribution host, or whoever else signs.
    Sender,
    /// A key receiving device.
    Receiver,
    /// The leaf of an account, as AWS Payment Cryptography issues it for export and import alike.
    SenderAndReceiver,
    /// The other end of a key agreement.
    EcdhPeer,
    /// No extensions at all, as some services issue leaves.
    Bare,
}

/// What a certificate says, but for who issues it.
///
/// ```
/// use payment_pki::{CertificateProfile, CertificateSpec, Name, NameAttribute, UnixTime};
///
/// let name = Name::new(&[(NameAttribute::CommonName, "Root")])?;
/// let from = UnixTime::from_seconds(1_767_225_600);
/// let spec = CertificateSpec::new(name, (from, from.plus_seconds(86_400)), &[0x1F; 16])?
///     .with_profile(CertificateProfile::Authority { path_length: Some(1) });
/// # let _ = spec;
/// # Ok::<(), payment_pki::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CertificateSpec {
    subject: Name,
    not_before: UnixTime,
    not_after: UnixTime,
    serial_number: Vec<u8>,
    profile: CertificateProfile,
}

impl CertificateSpec {
    /// A certificate without extensions: of whom, from when to when, and its serial number,
    /// big-endian.
    ///
    /// # Errors
    ///
    /// [`Error::SerialNumber`] if the number is zero or longer than 20 bytes;
    /// [`Error::TimeOrder`] if the end is before the beginning.
    ///
    /// Standard: RFC 5280, 4.1.2.2.
    pub fn new(
        subject: Name,
        (not_before, not_after): (UnixTime, UnixTime),
        serial_number: &[u8],
    ) -> Result<Self, Error> {
        let serial_number = serial_number_der(serial_number)?;
        if not_after < not_before {
            return Err(Error::TimeOrder);
        }
        let profile = CertificateProfile::Bare;
        Ok(Self { subject, not_before, not_after, serial_number, profile })
    }

    /// The same, with the extensions of a profile.
    #[must_use]
    pub fn with_profile(self, profile: CertificateProfile) -> Self {
        Self { profile, ..self }
    }
}

/// A serial number as INTEGER in DER.
///
/// Standard: RFC 5280, 4.1.2.2.
fn serial_number_der(number: &[u8]) -> Result<Vec<u8>, Error> {
    /// In bytes, as INTEGER.
    const LONGEST: usize = 20;
    let is_zero = number.iter().all(|&byte| byte == 0);
    let number = integer(number);
    if is_zero || number.len() > 2 + LONGEST { Err(Error::SerialNumber) } else { Ok(number) }
}

/// A certificate that is complete but for its signature.
///
/// ```
/// use getrandom::SysRng;
/// use key_types::HashAlgorithm;
/// use payment_pki::{
///     CertificateProfile, CertificateSpec, Name, NameAttribute, SigningKey, UnixTime,
///     UnsignedCertificate,
/// };
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("tr34/build.json"))?;
/// # let pem = file.test_groups[0].tests[0].members["kdhKeyPem"].as_str().unwrap();
/// let key = SigningKey::from_pkcs8(&SigningKey::der_from_pem(pem)?, HashAlgorithm::Sha512)?;
/// let name = Name::new(&[(NameAttribute::CommonName, "Root")])?;
/// let from = UnixTime::from_seconds(1_767_225_600);
/// let spec = CertificateSpec::new(name, (from, from.plus_seconds(86_400)), &[1])?
///     .with_profile(CertificateProfile::Authority { path_length: None });
/// let unsigned = UnsignedCertificate::self_signed(&spec, &key)?;
/// let root = unsigned.signed_by(&key, &mut SysRng)?;
/// root.verify_signature(root.public_key())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: RFC 5280, 4.1.
#[derive(Clone, Debug)]
pub struct UnsignedCertificate {
    unsigned: Unsigned,
}

signing!(UnsignedCertificate => Certificate);

/// Who signs: the name, the key identifier, and the key that signatures are verified by.
struct Issuer<'a> {
    name: &'a [u8],
    key_identifier: Vec<u8>,
    public_key: PublicKey,
}

impl UnsignedCertificate {
    /// The certificate of a key that signs it itself: a root.
    ///
    /// # Errors
    ///
    /// [`Error::TimeOrder`] for times that cannot be written.
    pub fn self_signed(spec: &CertificateSpec, key: &crate::SigningKey) -> Result<Self, Error> {
        let info = key.subject_public_key_info();
        Self::self_signed_by_device(spec, info, key.signature_algorithm())
    }

    /// As [`self_signed`](Self::self_signed), for a key that is elsewhere: its
    /// SubjectPublicKeyInfo in DER, and how it signs.
    ///
    /// # Errors
    ///
    /// As [`self_signed`](Self::self_signed), and those of
    /// [`PublicKey::from_subject_public_key_info`].
    pub fn self_signed_by_device(
        spec: &CertificateSpec,
        subject_public_key_info: &[u8],
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, Error> {
        let issuer = Issuer {
            name: spec.subject.as_der(),
            key_identifier: key_identifier(subject_public_key_info),
            public_key: PublicKey::from_subject_public_key_info(subject_public_key_info)?,
        };
        Self::new(spec, subject_public_key_info, issuer, algorithm)
    }

    /// The certificate of a public key, given as SubjectPublicKeyInfo in DER, by an authority that
    /// signs by an algorithm.
    ///
    /// # Errors
    ///
    /// [`Error::TimeOrder`] for times that cannot be written, and those of
    /// [`PublicKey::from_subject_public_key_info`].
    pub fn issued_by(
        authority: &Certificate,
        spec: &CertificateSpec,
        subject_public_key_info: &[u8],
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, Error> {
        PublicKey::from_subject_public_key_info(subject_public_key_info)?;
        Self::new(spec, subject_public_key_info, Issuer::of(authority), algorithm)
    }

    fn new(
        spec: &CertificateSpec,
        subject_public_key_info: &[u8],
        issuer: Issuer<'_>,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, Error> {
        let extensions = extensions(spec.profile, subject_public_key_info, &issuer);
        let version = match extensions {
            None => &[][..],
            // Version 3, which extensions need.
            Some(_) => &[0xA0, 3, 2, 1, 2],
        };
        let validity = sequence(&[&spec.not_before.to_der()?, &spec.not_after.to_der()?]);
        let message = sequence(&[
            version,
            &spec.serial_number,
            &algorithm.to_der(),
            issuer.name,
            &validity,
            spec.subject.as_der(),
            subject_public_key_info,
            &extensions.unwrap_or_default(),
        ]);
        Ok(Self { unsigned: Unsigned::new(message, algorithm, issuer.public_key) })
    }
}

impl<'a> Issuer<'a> {
    fn of(authority: &'a Certificate) -> Self {
        let computed = || key_identifier(authority.subject_public_key_info_der());
        Self {
            name: authority.subject_der(),
            key_identifier: authority.key_identifier().map_or_else(computed, <[u8]>::to_vec),
            public_key: authority.public_key().clone(),
        }
    }
}

/// The extensions of a profile, if it has any.
fn extensions(
    profile: CertificateProfile,
    subject_public_key_info: &[u8],
    issuer: &Issuer<'_>,
) -> Option<Vec<u8>> {
    const DIGITAL_SIGNATURE: u8 = 0x80;
    const KEY_ENCIPHERMENT: u8 = 0x20;
    const KEY_AGREEMENT: u8 = 0x08;
    const KEY_CERT_SIGN: u8 = 0x04;
    const CRL_SIGN: u8 = 0x02;
    /// 1.3.6.1.5.5.7.3, the arc of extended key usages.
    const PURPOSES: [u8; 7] = [0x2B, 6, 1, 5, 5, 7, 3];

    let (constraints, usage) = match profile {
        CertificateProfile::Bare => return None,
        CertificateProfile::Authority { path_length } => {
            let length = path_length.map(|length| integer(&[length])).unwrap_or_default();
            let is_authority = [0x01, 0x01, 0xFF];
            (sequence(&[&is_authority, &length]), KEY_CERT_SIGN | CRL_SIGN)
        }
        CertificateProfile::Sender => (sequence(&[]), DIGITAL_SIGNATURE),
        CertificateProfile::Receiver => (sequence(&[]), KEY_ENCIPHERMENT),
        CertificateProfile::SenderAndReceiver => {
            (sequence(&[]), DIGITAL_SIGNATURE | KEY_ENCIPHERMENT)
        }
        CertificateProfile::EcdhPeer => (sequence(&[]), KEY_AGREEMENT),
    };
    let own = element(Tag::OctetString, &[&key_identifier(subject_public_key_info)]);
    let issuers = sequence(&[&element(primitive(0), &[&issuer.key_identifier])]);
    let mut all = [
        extension(19, true, &constraints),
        extension(15, true, &named_bits(usage)),
        extension(14, false, &own),
        extension(35, false, &issuers),
    ]
    .concat();
    if profile == CertificateProfile::SenderAndReceiver {
        let purpose = |number: u8| identifier(&[PURPOSES.as_slice(), &[number]].concat());
        all.extend(extension(37, false, &sequence(&[&purpose(1), &purpose(2)])));
    }
    Some(element(context(3), &[&sequence(&[&all])]))
}

/// An extension of the arc 2.5.29.
fn extension(number: u8, is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if is_critical { &[0x01, 0x01, 0xFF][..] } else { &[] };
    let value = element(Tag::OctetString, &[value]);
    sequence(&[&identifier(&[0x55, 0x1D, number]), critical, &value])
}

/// The first 20 bytes of the SHA-256 hash of a public key.
///
/// Standard: RFC 7093, 2, method 1.
fn key_identifier(subject_public_key_info: &[u8]) -> Vec<u8> {
    const LENGTH: usize = 20;
    let bits = spki::SubjectPublicKeyInfoRef::try_from(subject_public_key_info)
        .ok()
        .and_then(|info| info.subject_public_key.as_bytes())
        .unwrap_or(subject_public_key_info);
    Sha256::digest(bits).into_iter().take(LENGTH).collect()
}
