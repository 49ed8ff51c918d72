//! Whether the server is alive, and whether it can serve.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::{Backend, Endpoint};

const JSON: [(axum::http::HeaderName, &str); 1] = [(CONTENT_TYPE, "application/json")];

/// Says that the process answers.
pub(super) async fn health() -> impl IntoResponse {
    (JSON, r#"{"status":"ok"}"#)
}

/// Says whether the store can be read and the audit trail written.
pub(super) async fn ready<B: Backend>(
    State(endpoint): State<Arc<Endpoint<B>>>,
) -> impl IntoResponse {
    let backend = endpoint.backend();
    let (store, audit) = (backend.store_ready().await, backend.audit_ready().await);
    let (code, status) = match store && audit {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    (code, JSON, format!(r#"{{"status":"{status}","store":{store},"audit":{audit}}}"#))
}
