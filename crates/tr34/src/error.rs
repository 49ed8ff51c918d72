//! What can be wrong with a token, or with what is to become one.

use core::fmt;

use crate::policy::Relaxation;

/// Why there is no token, or no key.
///
/// Errors of form say where, in bytes from the beginning of the token. Everything that is found
/// wrong behind the signature is the one [`OpenFailed`](Self::OpenFailed).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The token is not exactly one structure of its kind in DER.
    #[error("the token is malformed at byte {at}")]
    Malformed {
        /// Where, in bytes.
        at: usize,
    },
    /// The token is longer than is read here.
    #[error("the token has {found} bytes, at most {limit} are read")]
    TooLong {
        /// The greatest length in bytes.
        limit: usize,
        /// The length of the token.
        found: usize,
    },
    /// There are more of something than is read here: attributes, certificates, lists.
    #[error("at byte {at} there are more than {most}")]
    TooMany {
        /// Where, in bytes.
        at: usize,
        /// The greatest number.
        most: usize,
    },
    /// An algorithm is not one that such tokens have.
    #[error("the algorithm at byte {at} is not one for this token")]
    AlgorithmNotAllowed {
        /// Where, in bytes.
        at: usize,
    },
    /// A signed attribute is not known here.
    #[error("the signed attribute at byte {at} is not known")]
    UnknownAttribute {
        /// Where, in bytes.
        at: usize,
    },
    /// A signed attribute occurs twice.
    #[error("the signed attribute at byte {at} occurs twice")]
    RepeatedAttribute {
        /// Where, in bytes.
        at: usize,
    },
    /// A signed attribute that the token must have is not there, or one that it may not have is.
    #[error("the token lacks a signed attribute, or has one too many: {attribute}")]
    Attribute {
        /// Which one.
        attribute: &'static str,
    },
    /// A signed attribute repeats what stands elsewhere, and differently.
    #[error("the signed attribute at byte {at} disagrees with the token")]
    AttributeMismatch {
        /// Where, in bytes.
        at: usize,
    },
    /// A nonce is shorter than 8 or longer than 16 bytes.
    #[error("a nonce has 8 to 16 bytes, not {found}")]
    NonceLength {
        /// Its length in bytes.
        found: usize,
    },
    /// A certificate or revocation list in the token cannot be read.
    #[error("a certificate or revocation list in the token: {0}")]
    Pki(payment_pki::Error),
    /// There is no revocation list where there must be one.
    #[error("the token has no revocation list")]
    MissingCrl,
    /// There is a revocation list where there must be none.
    #[error("the token has a revocation list, which the credential of a receiver has not")]
    UnexpectedCrl,
    /// The revocation list is of another authority than that of the sender.
    #[error("the revocation list is not by the authority of the sender")]
    CrlOfOtherAuthority,
    /// The revocation list is not fresh.
    #[error("the revocation list is not fresh")]
    CrlStale,
    /// The revocation list is older than one that was seen before.
    #[error("the revocation list is older than one seen before")]
    CrlRollback,
    /// The certificate of the sender is revoked.
    #[error("the certificate of the sender is revoked")]
    CertificateRevoked,
    /// The receiver is not bound to a sender.
    #[error("the receiver is not bound to a sender")]
    NotBound,
    /// The receiver is bound already.
    #[error("the receiver is bound already")]
    AlreadyBound,
    /// The sender does not lead to an authority of senders.
    #[error("the sender is not trusted: {0}")]
    UntrustedSigner(payment_pki::Error),
    /// The token is signed by another sender than the one that the receiver is bound to.
    #[error("the token names another signer than the one expected")]
    SignerMismatch,
    /// The content type that is signed is not that of the content.
    #[error("the signed content type is not that of the content")]
    ContentTypeMismatch,
    /// The digest that is signed is not that of the content.
    #[error("the signed digest is not that of the content")]
    DigestMismatch,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    SignatureInvalid,
    /// The token is for another receiver.
    #[error("the token is for another receiver")]
    RecipientMismatch,
    /// The token unbinds or rebinds from another sender than the one that the receiver is bound to.
    #[error("the token names another bound sender")]
    SenderMismatch,
    /// The nonce is not the one that the receiver waits for.
    #[error("the nonce is not the expected one")]
    NonceMismatch,
    /// The time of signing is not later than the last one accepted, lies in the future, or is too
    /// long ago.
    #[error("the time of signing is not fresh")]
    TimeNotFresh,
    /// The token was accepted before.
    #[error("the token was accepted before")]
    Replayed,
    /// A rule is broken that a policy could let pass.
    #[error("the policy does not allow it: {0}")]
    PolicyViolation(Relaxation),
    /// The token does not open; why is only for an audit record on the spot.
    #[error("the token does not open")]
    OpenFailed(OpenFailure),
    /// The header is not one of a key block.
    #[error("the header: {0}")]
    Header(tr31::Error),
    /// The key is not one of the algorithm in its header.
    #[error("the key does not have a length of the algorithm in its header")]
    KeyLengthForHeader,
    /// The receiver's public key is not one that keys may go under.
    #[error("the receiver: {0}")]
    Recipient(rsa_wrap::Error),
    /// Sender and receiver have the same key.
    #[error("the receiver has the key of the sender")]
    SameKey,
    /// The sender's key is not one of RSA.
    #[error("the sender signs with RSA of 2048, 3072 or 4096 bits")]
    SenderKey,
    /// The sender's certificate is that of an authority, or for another use than signatures.
    #[error("the sender's certificate is that of an authority, or not for digital signatures")]
    SenderUse,
    /// A certificate is not valid at the time.
    #[error("a certificate is not valid at this time")]
    CertificateNotValid,
    /// The time cannot be written.
    #[error("the time of signing is not one of a UTCTime")]
    TimeNotWritable,
    /// The parts do not make a token.
    #[error("the parts do not belong together: {part}")]
    Part {
        /// Which part.
        part: &'static str,
    },
    /// The private key did not sign.
    #[error("the message was not signed")]
    SigningFailed,
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    RandomnessFailed,
}

impl Error {
    /// The stable name of the kind of error, as test vectors give it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "Malformed",
            Self::TooLong { .. } => "TooLong",
            Self::TooMany { .. } => "TooMany",
            Self::AlgorithmNotAllowed { .. } => "AlgorithmNotAllowed",
            Self::UnknownAttribute { .. } => "UnknownAttribute",
            Self::RepeatedAttribute { .. } => "RepeatedAttribute",
            Self::Attribute { .. } => "Attribute",
            Self::AttributeMismatch { .. } => "AttributeMismatch",
            Self::NonceLength { .. } => "NonceLength",
            Self::Pki(error) => error.code(),
            Self::MissingCrl => "MissingCrl",
            Self::UnexpectedCrl => "UnexpectedCrl",
            Self::CrlOfOtherAuthority => "CrlOfOtherAuthority",
            Self::CrlStale => "CrlStale",
            Self::CrlRollback => "CrlRollback",
            Self::CertificateRevoked => "CertificateRevoked",
            Self::NotBound => "NotBound",
            Self::AlreadyBound => "AlreadyBound",
            Self::UntrustedSigner(_) => "UntrustedSigner",
            Self::SignerMismatch => "SignerMismatch",
            Self::ContentTypeMismatch => "ContentTypeMismatch",
            Self::DigestMismatch => "DigestMismatch",
            Self::SignatureInvalid => "SignatureInvalid",
            Self::RecipientMismatch => "RecipientMismatch",
            Self::SenderMismatch => "SenderMismatch",
            Self::NonceMismatch => "NonceMismatch",
            Self::TimeNotFresh => "TimeNotFresh",
            Self::Replayed => "Replayed",
            Self::PolicyViolation(_) => "PolicyViolation",
            Self::OpenFailed(_) => "OpenFailed",
            Self::Header(error) => error.code(),
            Self::KeyLengthForHeader => "KeyLengthForHeader",
            Self::Recipient(error) => error.code(),
            Self::SameKey => "SameKey",
            Self::SenderKey => "SenderKey",
            Self::SenderUse => "SenderUse",
            Self::CertificateNotValid => "CertificateNotValid",
            Self::TimeNotWritable => "TimeNotWritable",
            Self::Part { .. } => "Part",
            Self::SigningFailed => "SigningFailed",
            Self::RandomnessFailed => "RandomnessFailed",
        }
    }

    /// Where in the token, in bytes, or `None` if it has no place there.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        match *self {
            Self::Malformed { at }
            | Self::TooMany { at, .. }
            | Self::AlgorithmNotAllowed { at }
            | Self::UnknownAttribute { at }
            | Self::RepeatedAttribute { at }
            | Self::AttributeMismatch { at } => Some(at),
            _ => None,
        }
    }

    /// What a path of certificates that does not lead to the sender's authority means.
    pub(crate) const fn of_path(error: payment_pki::Error) -> Self {
        match error {
            payment_pki::Error::CrlStale { .. } => Self::CrlStale,
            payment_pki::Error::CrlMissing { .. } => Self::MissingCrl,
            payment_pki::Error::Revoked { .. } => Self::CertificateRevoked,
            error => Self::UntrustedSigner(error),
        }
    }
}

/// That a token whose signature holds does not open. It looks the same for every reason: what it
/// shows, and what it is equal to, say nothing.
#[derive(Clone, Copy)]
pub struct OpenFailure {
    detail: Detail,
}

impl OpenFailure {
    pub(crate) const fn error(detail: Detail) -> Error {
        Error::OpenFailed(Self { detail })
    }

    /// The reason, for a record that the sender of the token cannot see or time.
    #[must_use]
    pub const fn for_audit(&self) -> Detail {
        self.detail
    }
}

impl PartialEq for OpenFailure {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for OpenFailure {}

impl fmt::Debug for OpenFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OpenFailure")
    }
}

/// Why a token whose signature holds does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Detail {
    /// The content key does not unwrap, or is not one of the content cipher.
    ContentKey,
    /// The content does not decrypt to whole blocks with good padding.
    Content,
    /// The content is not a KeyBlock.
    KeyBlockMalformed,
    /// The sender inside is not the signer.
    SenderIdMismatch,
    /// The header inside is not the one that was signed.
    HeaderMismatch,
    /// The key does not have a length of its algorithm.
    KeyLength,
    /// The key is stronger than what it goes under.
    TooStrong,
    /// The parts of a TDES key are equal.
    EqualParts,
}

impl Detail {
    /// The stable name of the reason, as test vectors give it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ContentKey => "ContentKey",
            Self::Content => "Content",
            Self::KeyBlockMalformed => "KeyBlockMalformed",
            Self::SenderIdMismatch => "SenderIdMismatch",
            Self::HeaderMismatch => "HeaderMismatch",
            Self::KeyLength => "KeyLength",
            Self::TooStrong => "TooStrong",
            Self::EqualParts => "EqualParts",
        }
    }
}
