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
use crate::tls::Tls;

/// How long to wait when a connection cannot be accepted, for example for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves connections, by TLS if it is given, until `stop` completes; then lets requests that have begun end, as long as
/// the limit for that allows.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Arc<Tls>>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let connections = Connections {
        router,
        tls,
        protocol: protocol(&limits),
        handshake_time: limits.headers_time,
        answer_time: limits.answer_time,
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
    tls: Option<Arc<Tls>>,
    protocol: http1::Builder,
    handshake_time: Duration,
    answer_time: Duration,
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
        configure(&stream, self.answer_time);
        let router = self.router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip()));
            router.clone().oneshot(request)
        });
        let (protocol, watcher) = (self.protocol.clone(), self.graceful.watcher());
        let acceptor = self.tls.as_ref().map(|tls| tls.acceptor());
        let handshake_time = self.handshake_time;
        tokio::spawn(async move {
            let outcome = match acceptor {
                None => {
                    let connection = protocol.serve_connection(TokioIo::new(stream), service);
                    watcher.watch(connection).await
                }
                Some(acceptor) => match timeout(handshake_time, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        let connection = protocol.serve_connection(TokioIo::new(stream), service);
                        watcher.watch(connection).await
                    }
                    Ok(Err(error)) => {
                        tracing::debug!(%error, %peer, "no TLS with a client");
                        Ok(())
                    }
                    Err(_) => {
                        tracing::debug!(%peer, "a client was too slow for TLS");
                        Ok(())
                    }
                },
            };
            if let Err(error) = outcome {
                tracing::debug!(%error, %peer, "a connection ended early");
            }
            drop(permit);
        });
    }
}

/// Sets what the system does for a connection. Where it refuses, the connection works all the
/// same.
fn configure(stream: &TcpStream, answer_time: Duration) {
    // Answers are short and whole, so there is nothing to gather.
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    {
        let milliseconds = u32::try_from(answer_time.as_millis()).unwrap_or(u32::MAX);
        let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = answer_time;
}
