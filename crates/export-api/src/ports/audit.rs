//! The port for the audit trail.

use core::future::Future;

use serde_json::Value;

use crate::{Operation, Principal, Timestamp};

/// Who asked, as far as the endpoint knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// The access key the request was signed with, or `None` if signatures are off.
    pub access_key_id: Option<String>,
    /// The credential that the access key belongs to, or `None` if signatures are off.
    pub principal: Option<Principal>,
    /// The address the request came from.
    pub source_address: String,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// The id of the request, which the answer carries too.
    pub request_id: String,
}

impl Caller {
    /// A caller of whom only the address and the request id are known.
    #[must_use]
    pub const fn new(source_address: String, request_id: String) -> Self {
        Self { access_key_id: None, principal: None, source_address, user_agent: None, request_id }
    }
}

/// Why an operation was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The error's name in the API.
    pub code: &'static str,
    /// What the caller is told.
    pub message: String,
}

/// One operation that was carried out, or that the caller was not allowed.
///
/// Members the API's model marks as sensitive are already hidden in both values.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When the operation was carried out or refused.
    pub time: Timestamp,
    /// Which operation.
    pub operation: Operation,
    /// Who asked for it.
    pub caller: Caller,
    /// What was asked for.
    pub request_parameters: Value,
    /// What was answered; `null` for operations that only read.
    pub response_elements: Value,
    /// What was found beside that, such as the layout of a token; `null` for nothing.
    pub remarks: Value,
    /// Why it was not carried out; `None` if it was.
    pub refused: Option<Refused>,
}

/// The audit trail cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit trail cannot be written")]
#[expect(clippy::exhaustive_structs, reason = "whoever implements the port makes this error")]
pub struct AuditUnavailable;

/// Keeps the record of what was done.
pub trait Audit: Send + Sync {
    /// Says beforehand whether an event could be recorded now, so that an operation that could
    /// not be recorded is not begun.
    ///
    /// # Errors
    ///
    /// [`AuditUnavailable`] if it is already known that it could not.
    fn ready(&self) -> impl Future<Output = Result<(), AuditUnavailable>> + Send;

    /// Records an event; it is durable when this returns.
    ///
    /// # Errors
    ///
    /// [`AuditUnavailable`] if it is not; the operation is then refused.
    fn record(
        &self,
        event: AuditEvent,
    ) -> impl Future<Output = Result<(), AuditUnavailable>> + Send;
}
