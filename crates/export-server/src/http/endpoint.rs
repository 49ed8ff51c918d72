//! One request, from its bytes to those of its answer.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use axum::routing::{get, post};
use export_api::ports::{Audit, Caller, Clock, KeyPage, KeyStore, Randomness, RsaKeys};
use export_api::{Operation, Service, Timestamp};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::Instrument;

use super::{Limits, Peer, health};
use crate::aws_json::{self, Failure};
use crate::metrics::Metrics;
use crate::randomness::random_uuid;
use crate::sigv4::{SignedRequest, Verifier};
use crate::throttle::Throttle;
use crate::traces;

/// What the endpoint needs of the service behind it.
pub trait Backend: Send + Sync + 'static {
    /// Carries out an operation.
    fn call(
        &self,
        operation: Operation,
        body: &[u8],
        caller: &Caller,
    ) -> impl Future<Output = Result<Vec<u8>, export_api::Error>> + Send;

    /// Whether the store can be read.
    fn store_ready(&self) -> impl Future<Output = bool> + Send;

    /// Whether the audit trail can be written.
    fn audit_ready(&self) -> impl Future<Output = bool> + Send;

    /// The present.
    fn now(&self) -> Timestamp;

    /// A new id for a request, or `None` if there is no randomness.
    fn request_id(&self) -> Option<String>;
}

impl<S, A, C, R, K> Backend for Service<S, A, C, R, K>
where
    S: KeyStore + 'static,
    A: Audit + 'static,
    C: Clock + 'static,
    R: Randomness + 'static,
    K: RsaKeys + 'static,
{
    async fn call(
        &self,
        operation: Operation,
        body: &[u8],
        caller: &Caller,
    ) -> Result<Vec<u8>, export_api::Error> {
        Self::call(self, operation, body, caller).await
    }

    async fn store_ready(&self) -> bool {
        let mut page = KeyPage::default();
        page.limit = 1;
        self.store().keys(&page).await.is_ok()
    }

    async fn audit_ready(&self) -> bool {
        self.audit().ready().await.is_ok()
    }

    fn now(&self) -> Timestamp {
        self.clock().now()
    }

    fn request_id(&self) -> Option<String> {
        random_uuid(self.randomness()).ok()
    }
}

/// A service with everything that stands between it and its clients.
#[derive(Debug)]
pub struct Endpoint<B> {
    backend: B,
    /// `None` lets everybody in.
    verifier: Option<Verifier>,
    throttle: Option<Throttle>,
    limits: Limits,
    metrics: Arc<Metrics>,
    /// One permit for each operation that is being carried out.
    operations: Arc<Semaphore>,
}

impl<B: Backend> Endpoint<B> {
    /// Puts a service behind signatures, unless `verifier` is `None`, and behind limits.
    #[must_use]
    pub fn new(
        backend: B,
        verifier: Option<Verifier>,
        throttle: Option<Throttle>,
        limits: Limits,
    ) -> Arc<Self> {
        let operations = Arc::new(Semaphore::new(limits.operations));
        let metrics = Metrics::new();
        Arc::new(Self { backend, verifier, throttle, limits, metrics, operations })
    }

    /// The service behind the endpoint.
    #[must_use]
    pub const fn backend(&self) -> &B {
        &self.backend
    }

    /// What knows the access keys; `None` if everybody is let in.
    #[must_use]
    pub const fn verifier(&self) -> Option<&Verifier> {
        self.verifier.as_ref()
    }

    /// The limits of the endpoint.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What happens here, in numbers.
    #[must_use]
    pub const fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The routes: operations on `/`, and `/health`, `/ready` and, on the machine itself,
    /// `/metrics` for whoever runs the server.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/", post(answer::<B>))
            .route("/health", get(health::health))
            .route("/ready", get(health::ready::<B>))
            .route("/metrics", get(health::metrics::<B>))
            .fallback(|| elsewhere(StatusCode::NOT_FOUND))
            .method_not_allowed_fallback(|| elsewhere(StatusCode::METHOD_NOT_ALLOWED))
            .with_state(Arc::clone(self))
    }

    /// Waits until no operation is being carried out any longer, also none whose client is gone.
    pub async fn drained(&self) {
        let all = u32::try_from(self.limits.operations).unwrap_or(u32::MAX);
        // The semaphore is never closed, so this is not refused.
        drop(self.operations.acquire_many(all).await);
    }

    /// Carries out a request that arrived completely.
    async fn carry_out(
        self: &Arc<Self>,
        request: Request<Bytes>,
        mut caller: Caller,
    ) -> Result<Vec<u8>, Failure> {
        if let Some(verifier) = &self.verifier {
            let signed = SignedRequest {
                method: request.method(),
                headers: request.headers(),
                body: request.body(),
            };
            let verify = || verifier.verify(signed, self.backend.now());
            let credential = traces::part!("authentication").in_scope(verify)?;
            caller.access_key_id = Some(credential.id().to_string());
            caller.principal = Some(credential.owner().clone());
        }
        if let Some(throttle) = &self.throttle {
            let id = caller.access_key_id.as_deref().unwrap_or_default();
            if !throttle.admits(id, self.backend.now()) {
                return Err(Failure::Throttled);
            }
        }
        let operation = aws_json::operation(request.headers())?;
        // Who would have to wait is told to come back: so answers stay quick under any load.
        let permit = Arc::clone(&self.operations).try_acquire_owned().map_err(|_| Failure::Busy)?;
        let endpoint = Arc::clone(self);
        let body = request.into_body();
        // A task of its own: it goes on if the client goes away, and its panic ends only itself.
        let task = async move {
            let outcome = endpoint.backend.call(operation, &body, &caller).await;
            drop(permit);
            outcome
        };
        let task = tokio::spawn(task.in_current_span());
        match timeout(self.limits.operation_time, task).await {
            Ok(Ok(outcome)) => Ok(outcome?),
            Ok(Err(_)) => Err(Failure::Panicked),
            Err(_) => Err(Failure::TooSlow),
        }
    }
}

/// Answers what is asked where nothing is.
async fn elsewhere(status: StatusCode) -> Response<Body> {
    aws_json::response(Err(Failure::Place { status }), "")
}

/// Answers a request for an operation.
async fn answer<B: Backend>(
    State(endpoint): State<Arc<Endpoint<B>>>,
    request: Request<Body>,
) -> Response<Body> {
    let (start, in_flight) = (Instant::now(), endpoint.metrics.begin());
    let Some(request_id) = endpoint.backend.request_id() else {
        return aws_json::response(Err(Failure::Endpoint), "");
    };
    let caller = caller(&request, request_id.clone());
    let target = request.headers().get("x-amz-target").cloned();
    let target = target.as_ref().and_then(|target| target.to_str().ok());
    let operation = target.and_then(aws_json::operation_of_target);
    let span = traces::request(request.headers(), operation, &request_id);
    let outcome = async {
        let request = received(request, &endpoint.limits).await?;
        endpoint.carry_out(request, caller).await
    };
    let outcome = outcome.instrument(span.clone()).await;
    log(&outcome, &request_id, target);
    let refused = outcome.as_ref().err().map(Failure::status_and_code);
    endpoint.metrics.answered(operation, refused.map(|it| it.1), start.elapsed());
    traces::answered(&span, refused);
    drop(in_flight);
    aws_json::response(outcome, &request_id)
}

/// Reads the whole body, as far as it is short and fast enough.
async fn received(request: Request<Body>, limits: &Limits) -> Result<Request<Bytes>, Failure> {
    if request.uri().query().is_some() {
        return Err(Failure::Place { status: StatusCode::BAD_REQUEST });
    }
    let (parts, body) = request.into_parts();
    let reading = Limited::new(body, limits.body).collect();
    match timeout(limits.body_time, reading).await {
        Ok(Ok(body)) => Ok(Request::from_parts(parts, body.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Failure::BodyTooLarge { most: limits.body })
        }
        Ok(Err(_)) => Err(Failure::BodyBroken),
        Err(_) => Err(Failure::BodyTooSlow),
    }
}

fn caller(request: &Request<Body>, request_id: String) -> Caller {
    let peer = request.extensions().get::<Peer>();
    let address = peer.map_or_else(|| "unknown".to_owned(), |Peer(address)| address.to_string());
    let mut caller = Caller::new(address, request_id);
    let user_agent = request.headers().get("user-agent");
    caller.user_agent = user_agent.and_then(|value| value.to_str().ok()).map(str::to_owned);
    caller
}

/// Logs what became of a request. Bodies are never logged, whatever is in them.
fn log(outcome: &Result<Vec<u8>, Failure>, request_id: &str, target: Option<&str>) {
    let target = target.unwrap_or_default();
    let Err(failure) = outcome else {
        tracing::debug!(request_id, target, "answered");
        return;
    };
    let (status, code) = failure.status_and_code();
    if status.is_server_error() {
        let cause = failure.cause();
        tracing::error!(request_id, target, code, cause, "failed");
    } else {
        tracing::info!(request_id, target, code, "refused");
    }
}
