//! Revocation lists, issued.

use alloc::vec::Vec;

use rand_core::TryCryptoRng;

use super::{Issuer, extension, serial_number_der};
use crate::unsigned::{Unsigned, signing};
use crate::writer::{context, element, integer, primitive, sequence};
use crate::{Certificate, Crl, Error, Sign, SignatureAlgorithm, UnixTime};

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
