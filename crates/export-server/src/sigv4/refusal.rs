//! Why a signature is not accepted.

/// Why a request is not believed to come from the holder of an access key.
///
/// The codes are those of AWS services that speak JSON. Whether an access key exists can be
/// told from the code, as it can with AWS; the work until the refusal is the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no `Authorization` header.
    #[error("the request has no Authorization header; sign it with Signature Version 4")]
    Missing,
    /// Something that the signature needs is absent or has another form.
    #[error("the request signature needs {missing}")]
    Incomplete {
        /// What is needed.
        missing: &'static str,
    },
    /// A header that must be signed is not in `SignedHeaders`.
    #[error("the header {header} must be in SignedHeaders")]
    Unsigned {
        /// The header's name, in lower case.
        header: String,
    },
    /// The credential is scoped to another day, region or service.
    #[error("the credential scope must name {part} {expected}")]
    Scope {
        /// Which part of the scope.
        part: &'static str,
        /// What it must be.
        expected: String,
    },
    /// The request was signed too long ago or too far ahead.
    #[error(
        "x-amz-date {signed} is more than 5 minutes away from this endpoint's time {present}; \
         set the clock of the client"
    )]
    Skewed {
        /// When the client says it signed.
        signed: String,
        /// The time here.
        present: String,
    },
    /// The access key, or a session token, is not known here.
    #[error("the access key or session token of the request is not known to this endpoint")]
    Unrecognized,
    /// The request does not carry the signature that its content and the access key give.
    #[error(
        "the signature does not match the request; check the secret access key and that nothing \
         changes the request on its way"
    )]
    Mismatch,
}

impl Refusal {
    /// The error's name in the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete { .. } => "IncompleteSignatureException",
            Self::Unrecognized => "UnrecognizedClientException",
            Self::Unsigned { .. } | Self::Scope { .. } | Self::Skewed { .. } | Self::Mismatch => {
                "InvalidSignatureException"
            }
        }
    }
}
