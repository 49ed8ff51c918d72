//! Traces: what a request spends its time on, as spans under one another.
//!
//! Spans say which operation, how it ended and how long each part took. They have no bodies, names
//! of keys, labels or callers. They are made only where somebody takes them: in a build with the
//! feature `otel` that knows of a collector.

#[cfg(feature = "otel")]
mod collector;
#[cfg(feature = "otel")]
mod counted;
#[cfg(not(feature = "otel"))]
mod nowhere;
#[cfg(feature = "otel")]
mod otlp;
mod ports;

use axum::http::{HeaderMap, StatusCode};
use export_api::{Named, Operation};
use tracing::Span;
use tracing::field::Empty;

#[cfg(feature = "otel")]
pub(crate) use counted::SpanCounters;
#[cfg(not(feature = "otel"))]
pub use nowhere::Traces;
#[cfg(feature = "otel")]
pub use otlp::Traces;
pub use ports::Traced;

/// By what spans are told from the lines of the log.
pub(crate) const TARGET: &str = "export_server::traces";

/// A part of the request that is being answered; nothing where none is, or nobody listens.
macro_rules! part {
    ($name:literal) => {
        if tracing::Span::current().is_none() {
            tracing::Span::none()
        } else {
            tracing::info_span!(target: $crate::traces::TARGET, $name)
        }
    };
}
pub(crate) use part;

/// A request from its headers on, as a part of what its client says it belongs to.
pub(crate) fn request(headers: &HeaderMap, operation: Option<Operation>, request_id: &str) -> Span {
    // Known from the beginning: a span cannot be named anew.
    let operation = operation.map(|operation| operation.name());
    let span = tracing::info_span!(
        target: TARGET,
        "request",
        otel.kind = "server",
        otel.name = operation.unwrap_or("unknown"),
        otel.status_code = Empty,
        rpc.system = "aws-api",
        rpc.service = "PaymentCryptographyControlPlane",
        rpc.method = operation,
        aws.request_id = request_id,
        http.request.method = "POST",
        http.response.status_code = Empty,
        "error.type" = Empty,
    );
    #[cfg(feature = "otel")]
    otlp::take_on(&span, headers);
    #[cfg(not(feature = "otel"))]
    let _ = headers;
    span
}

/// Notes in the span of a request how it was answered; no text of a client gets into it.
pub(crate) fn answered(span: &Span, refused: Option<(StatusCode, &'static str)>) {
    let status = refused.map_or(StatusCode::OK, |(status, _)| status);
    span.record("http.response.status_code", status.as_u16());
    if let Some((_, code)) = refused {
        span.record("error.type", code);
    }
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}
