//! What can be wrong with a certificate, a list of revoked ones, or a path.

use crate::NameAttribute;

/// What was read when an error was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Member {
    /// PEM, or base64 of PEM.
    Pem,
    /// A certificate.
    Certificate,
    /// An extension of a certificate or of a revocation list.
    Extension,
    /// A public key.
    PublicKey,
    /// A private key.
    PrivateKey,
    /// A revocation list.
    Crl,
    /// A certificate signing request.
    Request,
}

/// Why there is no certificate, no revocation list, no good signature or no trust.
///
/// Errors of reading say where, in bytes from the beginning of what was given. Those of a path say
/// which certificate: 0 is the leaf, 1 the one above it, and so on up to the anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something is not in the form that it must have: DER, PEM, base64.
    #[error("the {member:?} is malformed at byte {at}")]
    Malformed {
        /// What was read.
        member: Member,
        /// Where, in bytes.
        at: usize,
    },
    /// Something is longer, or has more parts, than is read here.
    #[error("the {member:?} has more than {limit} bytes or entries")]
    TooLong {
        /// What was read.
        member: Member,
        /// The greatest length or number.
        limit: usize,
    },
    /// The algorithm or curve of a public key, or of a signature, is not one that is known here.
    #[error("the algorithm of the {member:?} is not known")]
    AlgorithmUnknown {
        /// What was read.
        member: Member,
    },
    /// The algorithm of a signature stands twice in what is signed, and not the same.
    #[error("the {member:?} names two algorithms for its signature")]
    AlgorithmsDiffer {
        /// What was read.
        member: Member,
    },
    /// A part of a name is empty, too long, or has characters that it may not have.
    #[error("the {attribute:?} of a name is empty, too long or of other characters")]
    Name {
        /// Which part.
        attribute: NameAttribute,
    },
    /// A serial number is zero or longer than 20 bytes.
    #[error("a serial number is greater than zero and has at most 20 bytes")]
    SerialNumber,
    /// An end is before its beginning, or a time is after the year 9999.
    #[error("times are in order and before the year 10000")]
    TimeOrder,
    /// A private key did not sign, or not by the algorithm that was asked for.
    #[error("the message was not signed")]
    SigningFailed,
    /// A signature does not verify.
    #[error("the signature does not verify")]
    SignatureInvalid,
    /// No anchor that was given, and no intermediate, has issued the certificate.
    #[error("certificate {index} was issued by none of those that are trusted")]
    UnknownIssuer {
        /// Which certificate of the path.
        index: usize,
    },
    /// The path is longer than the policy allows.
    #[error("there are more than {most} certificates between leaf and anchor")]
    PathTooLong {
        /// The greatest number of intermediates.
        most: usize,
    },
    /// The signature of a certificate is not by the key of its issuer.
    #[error("the signature of certificate {index} does not verify")]
    CertificateSignatureInvalid {
        /// Which certificate of the path.
        index: usize,
    },
    /// A certificate is not valid yet.
    #[error("certificate {index} is not valid yet")]
    NotYetValid {
        /// Which certificate of the path.
        index: usize,
    },
    /// A certificate is not valid any more.
    #[error("certificate {index} has expired")]
    Expired {
        /// Which certificate of the path.
        index: usize,
    },
    /// An issuer is no certification authority.
    #[error("certificate {index} is not that of a certification authority")]
    NotAnAuthority {
        /// Which certificate of the path.
        index: usize,
    },
    /// A certification authority takes part where a leaf is asked for.
    #[error("the leaf is a certification authority")]
    LeafIsAuthority,
    /// An authority may not have so many authorities below it.
    #[error("certificate {index} allows fewer authorities below it")]
    PathLengthExceeded {
        /// Which certificate of the path.
        index: usize,
    },
    /// The key usage of a certificate does not allow what its key is used for.
    #[error("the key usage of certificate {index} does not allow this use")]
    KeyUsage {
        /// Which certificate of the path.
        index: usize,
    },
    /// A critical extension is not known here.
    #[error("certificate {index} has a critical extension that is not known")]
    UnknownCriticalExtension {
        /// Which certificate of the path.
        index: usize,
    },
    /// An extension occurs twice.
    #[error("certificate {index} has an extension twice")]
    RepeatedExtension {
        /// Which certificate of the path.
        index: usize,
    },
    /// A key is of an algorithm or size that the policy does not allow.
    #[error("the key of certificate {index} is of an algorithm or size that is not allowed")]
    KeyNotAllowed {
        /// Which certificate of the path.
        index: usize,
    },
    /// The algorithm of a signature is one that the policy does not allow.
    #[error("the signature of certificate {index} is by an algorithm that is not allowed")]
    SignatureAlgorithmNotAllowed {
        /// Which certificate of the path.
        index: usize,
    },
    /// An issuer has a weaker key than the certificate that it signed.
    #[error("certificate {index} has a weaker key than the one below it")]
    WeakerIssuer {
        /// Which certificate of the path.
        index: usize,
    },
    /// There is no revocation list of the issuer of a certificate, and the policy asks for one.
    #[error("there is no revocation list for certificate {index}")]
    CrlMissing {
        /// Which certificate of the path.
        index: usize,
    },
    /// The revocation list is past its next update, or not valid yet.
    #[error("the revocation list for certificate {index} is not fresh")]
    CrlStale {
        /// Which certificate of the path.
        index: usize,
    },
    /// The revocation list is not signed by the issuer of the certificate, or that one may not
    /// sign such lists.
    #[error("the revocation list for certificate {index} is not by its issuer")]
    CrlInvalid {
        /// Which certificate of the path.
        index: usize,
    },
    /// A certificate is revoked.
    #[error("certificate {index} is revoked")]
    Revoked {
        /// Which certificate of the path.
        index: usize,
    },
}

impl Error {
    /// The stable name of the kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "Malformed",
            Self::TooLong { .. } => "TooLong",
            Self::AlgorithmUnknown { .. } => "AlgorithmUnknown",
            Self::AlgorithmsDiffer { .. } => "AlgorithmsDiffer",
            Self::Name { .. } => "Name",
            Self::SerialNumber => "SerialNumber",
            Self::TimeOrder => "TimeOrder",
            Self::SigningFailed => "SigningFailed",
            Self::SignatureInvalid => "SignatureInvalid",
            Self::UnknownIssuer { .. } => "UnknownIssuer",
            Self::PathTooLong { .. } => "PathTooLong",
            Self::CertificateSignatureInvalid { .. } => "CertificateSignatureInvalid",
            Self::NotYetValid { .. } => "NotYetValid",
            Self::Expired { .. } => "Expired",
            Self::NotAnAuthority { .. } => "NotAnAuthority",
            Self::LeafIsAuthority => "LeafIsAuthority",
            Self::PathLengthExceeded { .. } => "PathLengthExceeded",
            Self::KeyUsage { .. } => "KeyUsage",
            Self::UnknownCriticalExtension { .. } => "UnknownCriticalExtension",
            Self::RepeatedExtension { .. } => "RepeatedExtension",
            Self::KeyNotAllowed { .. } => "KeyNotAllowed",
            Self::SignatureAlgorithmNotAllowed { .. } => "SignatureAlgorithmNotAllowed",
            Self::WeakerIssuer { .. } => "WeakerIssuer",
            Self::CrlMissing { .. } => "CrlMissing",
            Self::CrlStale { .. } => "CrlStale",
            Self::CrlInvalid { .. } => "CrlInvalid",
            Self::Revoked { .. } => "CertificateRevoked",
        }
    }

    /// Where in the input, in bytes, or `None` if it has no place there.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        match *self {
            Self::Malformed { at, .. } => Some(at),
            _ => None,
        }
    }

    /// The error as seen from outside, where what was read begins so many bytes further on.
    pub(crate) fn further(self, start: usize) -> Self {
        match self {
            Self::Malformed { member, at } => {
                Self::Malformed { member, at: at.saturating_add(start) }
            }
            other => other,
        }
    }
}
