//! The way to a collector: one connection for each batch of spans.

use core::pin::Pin;
use core::time::Duration;

use axum::http::header::HOST;
use axum::http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// The longest answer that is read; it says only whether spans were taken.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Sends spans by plain HTTP from tasks of its own; whoever waits for them need not be in a runtime.
#[derive(Debug)]
pub(super) struct Collector {
    runtime: Handle,
    patience: Duration,
}

impl Collector {
    pub(super) const fn new(runtime: Handle, patience: Duration) -> Self {
        Self { runtime, patience }
    }
}

impl HttpClient for Collector {
    fn send_bytes<'this, 'it>(
        &'this self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'it>>
    where
        'this: 'it,
        Self: 'it,
    {
        let patience = self.patience;
        let sending = self.runtime.spawn(async move { timeout(patience, send(request)).await });
        Box::pin(async move { sending.await?? })
    }
}

async fn send(mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let address = request.uri().clone();
    let host = address.host().ok_or("an address without a host")?;
    let port = address.port_u16().unwrap_or(80);
    let authority = address.authority().ok_or("an address without a host")?.as_str();
    request.headers_mut().insert(HOST, HeaderValue::from_str(authority)?);
    let path = address.path_and_query().ok_or("an address without a path")?;
    *request.uri_mut() = Uri::from(path.clone());

    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request.map(Full::new)).await?;
    let (parts, body) = answer.into_parts();
    let body = Limited::new(body, LONGEST_ANSWER).collect().await?.to_bytes();
    connection.abort();
    Ok(Response::from_parts(parts, body))
}
