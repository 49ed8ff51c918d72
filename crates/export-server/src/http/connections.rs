//! Connections: accepted up to a limit, cut when they are slow, ended in order.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::{Limits, Peer};

/// How long to wait when a connection cannot be accepted, for example for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves connections until `stop` completes; then lets requests that have begun end, as long as
/// the limit for that allows.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let connections = Connections {
        router,
        protocol: protocol(&limits),
        permits: Arc::new(Semaphore::new(limits.connections)),
        graceful: GracefulShutdown::new(),
    };
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = connections.accept(&listener) => (),
            () = &mut stop => break,
        }
    }
    // From here on nobody can connect any more.
    drop(listener);
    if timeout(limits.drain_time, connections.graceful.shutdown()).await.is_err() {
        tracing::warn!("cut connections that did not end in time");
    }
}

fn protocol(limits: &Limits) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers_time)
        .max_header_size(limits.headers);
    protocol
}

struct Connections {
    router: Router,
    protocol: http1::Builder,
    permits: Arc<Semaphore>,
    graceful: GracefulShutdown,
}

impl Connections {
    /// Accepts one connection, when there is room for one, and serves it in a task of its own.
    async fn accept(&self, listener: &TcpListener) {
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => self.serve(stream, peer, permit),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr, permit: OwnedSemaphorePermit) {
        // Answers are short and whole, so there is nothing to gather; refusing this costs time only.
        let _ = stream.set_nodelay(true);
        let router = self.router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip()));
            router.clone().oneshot(request)
        });
        let connection = self.protocol.serve_connection(TokioIo::new(stream), service);
        let connection = self.graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection ended early");
            }
            drop(permit);
        });
    }
}
