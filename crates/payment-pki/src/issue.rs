//! Certificates and revocation lists, issued.

use alloc::vec::Vec;

use rand_core::TryCryptoRng;
use sha2::{Digest, Sha256};
use spki::der::Tag;

use crate::unsigned::{Unsigned, signing};
use crate::writer::{context, element, identifier, integer, named_bits, primitive, sequence};
use crate::{Certificate, Crl, Error, Name, PublicKey, Sign, SignatureAlgorithm, UnixTime};

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

/// What a revocation list says, but for who issues it.
///
/// ```
/// use payment_pki::{CrlSpec, UnixTime};
///
/// let now = UnixTime::from_seconds(1_767_225_600);
/// let spec = CrlSpec::new(now, now.plus_seconds(86_400))?
///     .with_number(7)
///     .with_revoked(&[0x34, 0x21], now)?;
/// # let _ = spec;
/// # Ok::<(), payment_pki::Error>(())
/// ```
///
/// Standard: RFC 5280, 5.1.
#[derive(Clone, Debug)]
pub struct CrlSpec {
    this_update: UnixTime,
    next_update: UnixTime,
    number: Option<u64>,
    /// Serial numbers as INTEGER in DER, and since when they are revoked.
    revoked: Vec<(Vec<u8>, UnixTime)>,
}

impl CrlSpec {
    /// An empty list without a number.
    ///
    /// # Errors
    ///
    /// [`Error::TimeOrder`] if the next update is before this one.
    pub fn new(this_update: UnixTime, next_update: UnixTime) -> Result<Self, Error> {
        if next_update < this_update {
            return Err(Error::TimeOrder);
        }
        Ok(Self { this_update, next_update, number: None, revoked: Vec::new() })
    }

    /// The same, with a number.
    #[must_use]
    pub fn with_number(self, number: u64) -> Self {
        Self { number: Some(number), ..self }
    }

    /// The same, with one more certificate revoked: its serial number, big-endian, and since when.
    ///
    /// # Errors
    ///
    /// [`Error::SerialNumber`] if the number is zero or longer than 20 bytes, which no certificate
    /// has.
    pub fn with_revoked(mut self, serial_number: &[u8], since: UnixTime) -> Result<Self, Error> {
        self.revoked.push((serial_number_der(serial_number)?, since));
        Ok(self)
    }
}

/// A revocation list that is complete but for its signature.
///
/// ```
/// use getrandom::SysRng;
/// use key_types::HashAlgorithm;
/// use payment_pki::{Certificate, CrlSpec, Sign, SigningKey, UnixTime, UnsignedCrl};
///
/// # let file = test_vectors::load(&test_vectors::data_directory().join("tr34/build.json"))?;
/// # let test = &file.test_groups[0].tests[0];
/// # let pem = test.members["kdhKeyPem"].as_str().unwrap();
/// # let certificate_pem = test.members["kdhCertPem"].as_str().unwrap();
/// let key = SigningKey::from_pkcs8(&SigningKey::der_from_pem(pem)?, HashAlgorithm::Sha256)?;
/// let authority = Certificate::from_pem(certificate_pem)?;
/// let now = UnixTime::from_seconds(1_767_225_600);
/// let spec = CrlSpec::new(now, now.plus_seconds(86_400))?.with_number(1);
/// let unsigned = UnsignedCrl::issued_by(&authority, &spec, key.signature_algorithm())?;
/// let list = unsigned.signed_by(&key, &mut SysRng)?;
/// assert!(!list.revokes(&authority));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Standard: RFC 5280, 5.1.
#[derive(Clone, Debug)]
pub struct UnsignedCrl {
    unsigned: Unsigned,
}

signing!(UnsignedCrl => Crl);

impl UnsignedCrl {
    /// The list of an authority that signs by an algorithm.
    ///
    /// # Errors
    ///
    /// [`Error::TimeOrder`] for times that cannot be written.
    pub fn issued_by(
        authority: &Certificate,
        spec: &CrlSpec,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, Error> {
        let mut revoked = Vec::new();
        for (serial_number, since) in &spec.revoked {
            revoked.extend(sequence(&[serial_number, &since.to_der()?]));
        }
        // An empty list is left out.
        let revoked = if revoked.is_empty() { revoked } else { sequence(&[&revoked]) };
        let issuer = Issuer::of(authority);
        let key = sequence(&[&element(primitive(0), &[&issuer.key_identifier])]);
        let number = spec.number.map(|number| integer(&number.to_be_bytes()));
        let number = number.map(|number| extension(20, false, &number)).unwrap_or_default();
        let extensions = sequence(&[&extension(35, false, &key), &number]);
        let message = sequence(&[
            // Version 2, which extensions need.
            &integer(&[1]),
            &algorithm.to_der(),
            issuer.name,
            &spec.this_update.to_der()?,
            &spec.next_update.to_der()?,
            &revoked,
            &element(context(0), &[&extensions]),
        ]);
        Ok(Self { unsigned: Unsigned::new(message, algorithm, issuer.public_key) })
    }
}
