//! Refusals: the code a program sees, the sentence a person reads, the cause the log keeps.

use core::fmt;

use crate::ports::{
    AuditUnavailable, CommitError, RandomnessUnavailable, RsaKeysError, StoreError,
};
use crate::rules::Rule;
use crate::{ApprovalId, Operation};

/// Why an operation was refused.
///
/// [`code`](Self::code) is stable and for programs; `Display` is for the caller and names the
/// member and the rule; `source` is for the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The body is not a JSON object.
    #[error("the body is not a JSON object: {problem}")]
    Serialization {
        /// What is wrong with it, in words without the body's content.
        problem: &'static str,
    },
    /// A member of the request breaks a rule.
    #[error("{member}: {rule}")]
    Invalid {
        /// The member, as a path from the top of the request.
        member: Member,
        /// The rule.
        rule: Rule,
    },
    /// There is no such key or alias here.
    #[error("there is no resource {resource} here")]
    NotFound {
        /// What was looked for.
        resource: String,
    },
    /// The name belongs to another account.
    #[error("{member}: the resource belongs to another account")]
    OtherAccount {
        /// The member that named it.
        member: Member,
    },
    /// Whoever decides about it does not allow it. What was asked about may or may not be there.
    #[error("{operation} is not allowed here to who has signed this request")]
    Denied {
        /// What was asked for.
        operation: Operation,
    },
    /// The key leaves only if another credential approves of it.
    #[error("the key leaves only if another credential approves of this export: {id}")]
    NeedsApproval {
        /// What is to be approved.
        id: ApprovalId,
    },
    /// The resource is not in a state that allows the operation.
    #[error("{member}: {rule}")]
    State {
        /// The member that named the resource.
        member: Member,
        /// The rule.
        rule: Rule,
    },
    /// There is no room for more.
    #[error("{member}: {rule}")]
    Quota {
        /// The member that asked for more.
        member: Member,
        /// The limit.
        rule: Rule,
    },
    /// Somebody else changed the same resource at the same time.
    #[error("the resource changed while the request was carried out; read it again and retry")]
    Conflict,
    /// The store, the audit trail or another dependency does not answer.
    #[error("the service cannot carry out the request now; try again later")]
    Unavailable {
        /// Which one.
        #[source]
        cause: Dependency,
    },
    /// Something that must hold does not.
    #[error("the service failed")]
    Internal {
        /// What failed, for the log.
        #[source]
        cause: Fault,
    },
}

/// What the operation depends on and did not get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Dependency {
    /// The store.
    #[error(transparent)]
    Store(StoreError),
    /// The audit trail.
    #[error(transparent)]
    Audit(AuditUnavailable),
    /// The source of randomness.
    #[error(transparent)]
    Randomness(RandomnessUnavailable),
    /// Private RSA keys.
    #[error(transparent)]
    RsaKeys(RsaKeysError),
}

/// What must hold and did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A stored record does not open.
    #[error("a stored record does not open")]
    DamagedRecord,
    /// A private RSA key that passed every rule was refused by the port that was to use it.
    #[error("a private RSA key was not used")]
    RsaKey(#[source] RsaKeysError),
    /// A key that passed every rule was refused by the crate that was to work with it.
    #[error("the plan was allowed, but the {crate_name} crate refused it: {code}")]
    RefusedByCrate {
        /// The crate.
        crate_name: &'static str,
        /// The stable code of its error.
        code: &'static str,
    },
    /// An answer could not be written as JSON.
    #[error("the answer cannot be written as JSON")]
    Answer,
}

impl Error {
    /// The error's name in the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Serialization { .. } => "SerializationException",
            Self::Invalid { .. } => "ValidationException",
            Self::NotFound { .. } => "ResourceNotFoundException",
            Self::OtherAccount { .. } | Self::Denied { .. } | Self::NeedsApproval { .. } => {
                "AccessDeniedException"
            }
            Self::State { .. } | Self::Conflict => "ConflictException",
            Self::Quota { .. } => "ServiceQuotaExceededException",
            Self::Unavailable { .. } => "ServiceUnavailableException",
            Self::Internal { .. } => "InternalServerException",
        }
    }

    /// Whether the fault is the service's: HTTP status 500 and not 400.
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Internal { .. })
    }

    /// The resource that was not found, for the member `ResourceId`.
    #[must_use]
    pub fn resource_id(&self) -> Option<&str> {
        match self {
            Self::NotFound { resource } => Some(resource),
            _ => None,
        }
    }

    /// Whether the caller was refused for who it is, which the audit trail is to know.
    pub(crate) const fn is_denial(&self) -> bool {
        matches!(self, Self::Denied { .. } | Self::NeedsApproval { .. })
    }

    pub(crate) fn invalid(member: impl Into<Member>, rule: Rule) -> Self {
        Self::Invalid { member: member.into(), rule }
    }

    pub(crate) fn state(member: impl Into<Member>, rule: Rule) -> Self {
        Self::State { member: member.into(), rule }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable => Self::Unavailable { cause: Dependency::Store(error) },
            StoreError::Damaged => Self::Internal { cause: Fault::DamagedRecord },
        }
    }
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict => Self::Conflict,
            CommitError::Store(error) => error.into(),
        }
    }
}

impl From<AuditUnavailable> for Error {
    fn from(error: AuditUnavailable) -> Self {
        Self::Unavailable { cause: Dependency::Audit(error) }
    }
}

impl From<RandomnessUnavailable> for Error {
    fn from(error: RandomnessUnavailable) -> Self {
        Self::Unavailable { cause: Dependency::Randomness(error) }
    }
}

impl From<RsaKeysError> for Error {
    fn from(error: RsaKeysError) -> Self {
        match error {
            RsaKeysError::Unavailable => Self::Unavailable { cause: Dependency::RsaKeys(error) },
            _ => Self::Internal { cause: Fault::RsaKey(error) },
        }
    }
}

/// A member of a request, as a path such as `KeyMaterial.Tr31KeyBlock.WrappingKeyIdentifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    path: String,
}

impl Member {
    /// The whole request.
    pub(crate) const fn request() -> Self {
        Self { path: String::new() }
    }

    /// The member `name` of this one.
    pub(crate) fn member(&self, name: &str) -> Self {
        if self.path.is_empty() {
            return Self { path: name.to_owned() };
        }
        Self { path: format!("{}.{name}", self.path) }
    }

    /// The item at `index` of this list, counted from 1 as the API's messages do.
    pub(crate) fn item(&self, index: usize) -> Self {
        Self { path: format!("{}.{}.member", self.path, index.saturating_add(1)) }
    }
}

impl From<&str> for Member {
    fn from(path: &str) -> Self {
        Self { path: path.to_owned() }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return formatter.write_str("request");
        }
        formatter.write_str(&self.path)
    }
}
