//! Connections: kept, cut when slow, ended in order.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Request;
use export_api::ports::{Audit, KeyStore};
use export_server::http::{Limits, Peer, serve};
use key_store::SqliteStore;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::world::{KEK, Trail, WRAP, World, create_key, open_store, open_trail};

/// An endpoint that listens on a port of its own.
pub(crate) struct Listening<S = SqliteStore, A = Trail> {
    pub(crate) world: World<S, A>,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

const SHORT: Duration = Duration::from_millis(300);

async fn listening(limits: Limits) -> Listening {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let (store, trail) = (open_store(&directory), open_trail(&directory));
    listening_to(World::over(directory, store, trail, limits, None)).await
}

pub(crate) async fn listening_to<S: KeyStore + 'static, A: Audit + 'static>(
    world: World<S, A>,
) -> Listening<S, A> {
    let limits = *world.endpoint.limits();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let router = world.endpoint.router();
    let server = tokio::spawn(serve(listener, router, None, limits, async {
        let _ = stopped.await;
    }));
    Listening { world, address, stop, server }
}

/// A request as it goes over the wire.
pub(crate) fn wire(request: &Request<Bytes>) -> Vec<u8> {
    let mut text = format!("{} / HTTP/1.1\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        text.extend(format!("{name}: ").bytes());
        text.extend(value.as_bytes());
        text.extend(b"\r\n");
    }
    text.extend(format!("content-length: {}\r\n\r\n", request.body().len()).bytes());
    text.extend(request.body());
    text
}

/// Reads one response with a body.
pub(crate) async fn response(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.unwrap();
        text.extend(&bytes[..count]);
        let read = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = read.split_once("\r\n\r\n") else {
            assert!(count > 0, "the connection ended within the head: {read}");
            continue;
        };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return read;
        }
        assert!(count > 0, "the connection ended within the body: {read}");
    }
}

/// What is left on the connection until the server ends it.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut text)).await;
    // A reset is an end, too.
    let _ = ended.expect("the server cuts the connection");
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let Listening { world, address, stop: _stop, .. } = listening(Limits::USUAL).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..20 {
        let request =
            world.signer().request("CreateKey", &create_key(KEK, "AES_256", WRAP).to_string());
        stream.write_all(&wire(&request)).await.unwrap();
        let answer = response(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("x-amzn-requestid: "), "{answer}");
    }
    assert_eq!(world.audit_lines()[0]["sourceIPAddress"], "127.0.0.1");
}

#[tokio::test]
async fn health_and_readiness_need_no_signature() {
    let Listening { address, stop: _stop, world: _world, .. } = listening(Limits::USUAL).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for (path, body) in [
        ("/health", r#"{"status":"ok"}"#),
        ("/ready", r#"{"status":"ready","store":true,"audit":true}"#),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = response(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(body), "{answer}");
    }
}

#[tokio::test]
async fn numbers_are_for_the_machine_itself() {
    let world = World::new();
    let request = |peer: &str| {
        let mut request = Request::get("/metrics").body(Bytes::new()).unwrap();
        request.extensions_mut().insert(Peer::of(peer.parse().unwrap()));
        request
    };
    assert_eq!(world.send(request("127.0.0.1")).await.status, 200);
    assert_eq!(world.send(request("::1")).await.status, 200);
    assert_eq!(world.send(request("192.0.2.7")).await.status, 403);
    let unknown = Request::get("/metrics").body(Bytes::new()).unwrap();
    assert_eq!(world.send(unknown).await.status, 403);
}

#[tokio::test]
async fn slow_clients_are_cut_and_keep_nobody_else_waiting() {
    let limits = Limits { headers_time: SHORT, body_time: SHORT, connections: 8, ..Limits::USUAL };
    let Listening { world, address, stop: _stop, .. } = listening(limits).await;
    let mut slow = Vec::new();
    for number in 0..6 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let begun: &[u8] = match number % 3 {
            0 => b"",
            1 => b"POST / HTTP/1.1\r\nhost: localhost\r\n",
            _ => b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{",
        };
        stream.write_all(begun).await.unwrap();
        slow.push(stream);
    }
    let mut quick = TcpStream::connect(address).await.unwrap();
    quick.write_all(&wire(&world.signer().request("ListKeys", "{}"))).await.unwrap();
    assert!(response(&mut quick).await.starts_with("HTTP/1.1 200"));
    for (number, stream) in slow.into_iter().enumerate() {
        let said = rest(stream).await;
        match number % 3 {
            2 => assert!(said.contains("RequestTimeoutException"), "{said}"),
            _ => assert!(!said.contains("200 OK"), "{said}"),
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_takes_no_answers_is_cut() {
    let limits = Limits { answer_time: SHORT, connections: 1, ..Limits::USUAL };
    let Listening { address, stop: _stop, world: _world, .. } = listening(limits).await;
    let mut greedy = TcpStream::connect(address).await.unwrap();
    let requests = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1_000);
    let asking = async { while greedy.write_all(requests.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), asking).await.expect("the client is cut");
    // Its place is free for somebody else.
    let mut next = TcpStream::connect(address).await.unwrap();
    next.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    assert!(response(&mut next).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn headers_and_bodies_have_limits() {
    let Listening { world, address, stop: _stop, .. } = listening(Limits::USUAL).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let long =
        format!("POST / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(16 * 1024));
    stream.write_all(long.as_bytes()).await.unwrap();
    assert!(rest(stream).await.starts_with("HTTP/1.1 431"));

    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = world.signer().request("ListKeys", &" ".repeat(256 * 1024 + 1));
    let _ = stream.write_all(&wire(&request)).await;
    assert!(response(&mut stream).await.contains("RequestEntityTooLargeException"));
}

#[tokio::test]
async fn a_stop_finishes_what_has_begun() {
    let Listening { world, address, stop, server } = listening(Limits::USUAL).await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(&wire(&world.signer().request("ListKeys", "{}"))).await.unwrap();
    response(&mut idle).await;

    let mut clients = Vec::new();
    for _ in 0..24 {
        let request =
            world.signer().request("CreateKey", &create_key(KEK, "AES_256", WRAP).to_string());
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&wire(&request)).await.unwrap();
        clients.push(tokio::spawn(async move { rest(stream).await }));
    }
    tokio::time::sleep(Duration::from_millis(5)).await;
    stop.send(()).unwrap();
    server.await.unwrap();
    world.endpoint.drained().await;
    world.endpoint.backend().audit().close().await.unwrap();

    let mut acknowledged = 0;
    for client in clients {
        acknowledged += usize::from(client.await.unwrap().starts_with("HTTP/1.1 200 OK"));
    }
    assert_eq!(rest(idle).await, "");
    assert!(TcpStream::connect(address).await.is_err());
    let created = |line: &serde_json::Value| line["eventName"] == json!("CreateKey");
    let (keys, _, _) = world.state().await;
    let recorded = world.audit_lines().iter().filter(|line| created(line)).count();
    assert_eq!((keys.len(), recorded), (acknowledged, acknowledged));
}
