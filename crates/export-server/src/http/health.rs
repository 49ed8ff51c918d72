//! Whether the server is alive, and whether it can serve.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::{Backend, Endpoint, Peer};
use crate::metrics::MEDIA_TYPE;

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

/// Gives the numbers to whoever asks on the machine itself: they tell how busy its owner is.
pub(super) async fn metrics<B: Backend>(
    State(endpoint): State<Arc<Endpoint<B>>>,
    peer: Option<Extension<Peer>>,
) -> Response {
    if !peer.is_some_and(|Extension(Peer(address))| address.is_loopback()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match endpoint.metrics().to_text() {
        Ok(text) => ([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
