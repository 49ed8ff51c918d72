//! Revocation lists.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::extensions;
use crate::reader::{GENERALIZED_TIME, SEQUENCE, UTC_TIME, context};
use crate::signature_algorithm::{Signed, SignedParts};
use crate::{Certificate, Error, Member, PublicKey, RustCrypto, UnixTime, Verify};

/// A revocation list, read once; its bytes are kept as they came.
///
/// Lists without extensions, as payment PKIs have them, are read as well as those with a number.
/// Delta lists and indirect ones are read and never accepted: their critical extensions are not
/// known here.
///
/// Standard: RFC 5280, 5.1.
#[derive(Clone)]
pub struct Crl {
    der: Vec<u8>,
    parts: SignedParts,
    issuer: Range<usize>,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    /// Serial numbers, as contents of their INTEGER.
    revoked: Vec<Range<usize>>,
    number: Option<Range<usize>>,
    has_unknown_critical: bool,
}

const CRL_NUMBER: &[u8] = &[0x55, 0x1D, 20];

impl Crl {
    /// The longest list that is read, in bytes.
    pub const LONGEST: usize = 1 << 20;

    /// Reads a revocation list in DER.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::TooLong`] or [`Error::AlgorithmsDiffer`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let member = Member::Crl;
        if der.len() > Self::LONGEST {
            return Err(Error::TooLong { member, limit: Self::LONGEST });
        }
        let mut signed = Signed::read(der, member)?;
        if signed.content.peek() == Some(crate::reader::INTEGER) {
            let malformed = signed.content.malformed();
            let version = signed.content.integer()?;
            // Version 2; version 1 is left out, not written.
            if signed.content.bytes(&version) != [1] {
                return Err(malformed);
            }
        }
        signed.check_inner_algorithm(member)?;
        let issuer = signed.content.take(SEQUENCE)?.whole;
        let this_update = UnixTime::read(&mut signed.content)?;
        let next_update = match signed.content.peek() {
            Some(UTC_TIME | GENERALIZED_TIME) => Some(UnixTime::read(&mut signed.content)?),
            _ => None,
        };
        let (mut revoked, mut has_unknown_critical) = (Vec::new(), false);
        if let Some(list) = signed.content.take_optional(SEQUENCE)? {
            let mut list = signed.content.inside(&list);
            while !list.is_finished() {
                let entry = list.take(SEQUENCE)?;
                let mut entry = list.inside(&entry);
                revoked.push(entry.integer()?);
                UnixTime::read(&mut entry)?;
                if let Some(sequence) = entry.take_optional(SEQUENCE)? {
                    extensions::for_each(entry.inside(&sequence), |_, extension| {
                        has_unknown_critical |= extension.is_critical;
                        Ok(())
                    })?;
                }
                entry.finish()?;
            }
        }
        let mut number = None;
        if let Some(explicit) = signed.content.take_optional(context(0))? {
            let mut explicit = signed.content.inside(&explicit);
            let sequence = explicit.take(SEQUENCE)?;
            explicit.finish()?;
            extensions::for_each(explicit.inside(&sequence), |value, extension| {
                if extension.identifier == CRL_NUMBER && number.is_none() {
                    let mut value = value.clone();
                    number = Some(value.integer()?);
                    return value.finish();
                }
                has_unknown_critical |= extension.is_critical;
                Ok(())
            })?;
        }
        signed.content.finish()?;
        Ok(Self {
            der: der.to_vec(),
            parts: signed.parts,
            issuer,
            this_update,
            next_update,
            revoked,
            number,
            has_unknown_critical,
        })
    }

    /// The list in DER, as it was received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The name of the issuer in DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        self.bytes(&self.issuer)
    }

    /// When the list was made.
    #[must_use]
    pub const fn this_update(&self) -> UnixTime {
        self.this_update
    }

    /// When the next list is made at the latest, if the list says so.
    #[must_use]
    pub const fn next_update(&self) -> Option<UnixTime> {
        self.next_update
    }

    /// The number of the list: the contents of an INTEGER, big-endian; `None` if it has none.
    ///
    /// Standard: RFC 5280, 5.2.3.
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.number.as_ref().map(|range| self.bytes(range))
    }

    /// Whether the list is valid at a time, with so many seconds of grace after its next update.
    /// A list that names no next update is never past it.
    #[must_use]
    pub fn is_fresh(&self, at: UnixTime, grace: u64) -> bool {
        let is_late = self.next_update.is_some_and(|next| next.plus_seconds(grace) < at);
        self.this_update <= at && !is_late
    }

    /// Whether the list names a certificate.
    #[must_use]
    pub fn revokes(&self, certificate: &Certificate) -> bool {
        let serial_number = certificate.serial_number();
        self.issuer_der() == certificate.issuer_der()
            && self.revoked.iter().any(|revoked| self.bytes(revoked) == serial_number)
    }

    /// Verifies that a key has signed the bytes of this list, and that nothing in it is critical
    /// and not known.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`], [`Error::AlgorithmUnknown`] for what is critical.
    pub fn verify_signature(&self, issuer: &PublicKey) -> Result<(), Error> {
        self.verify_signature_with(&RustCrypto, issuer)
    }

    /// As [`verify_signature`](Self::verify_signature), by a verifier.
    pub(crate) fn verify_signature_with<V: Verify>(
        &self,
        verifier: &V,
        issuer: &PublicKey,
    ) -> Result<(), Error> {
        if self.has_unknown_critical {
            return Err(Error::AlgorithmUnknown { member: Member::Extension });
        }
        let algorithm = self.parts.algorithm.ok_or(Error::SignatureInvalid)?;
        let (signed, signature) =
            (self.bytes(&self.parts.signed), self.bytes(&self.parts.signature));
        verifier.verify(issuer, algorithm, signed, signature)
    }

    fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Crl")
            .field("this_update", &self.this_update)
            .field("revoked", &self.revoked.len())
            .finish_non_exhaustive()
    }
}
