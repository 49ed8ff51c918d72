//! Masses of clients that want nothing good: whoever is known is answered all the same, and nobody
//! else costs an access to the store.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Bytes;
use axum::http::{HeaderValue, Request};
use export_server::http::Limits;
use export_server::process::room_for_connections;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::connections::{Listening, listening_to, response, wire};
use crate::observed::{ObservedStore, ObservedTrail};
use crate::signer::{Signer, unsigned};
use crate::world::{KEK, WRAP, World, create_key, open_store, open_trail};

const IDLE: usize = 1_000;
const SLOW: usize = 200;

fn observed() -> World<ObservedStore, ObservedTrail> {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let store = ObservedStore::over(open_store(&directory));
    let trail = ObservedTrail::over(open_trail(&directory));
    World::over(directory, store, trail, Limits::USUAL, None)
}

/// How often store and audit trail were asked.
fn asked(world: &World<ObservedStore, ObservedTrail>) -> (u64, u64) {
    let service = world.endpoint.backend();
    let asked = (&service.store().asked, &service.audit().asked);
    (asked.0.load(Ordering::SeqCst), asked.1.load(Ordering::SeqCst))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fourteen_hundred_idle_and_slow_connections_keep_nobody_waiting() {
    // Both ends are in this process.
    let descriptors = 2 * (IDLE + 2 * SLOW);
    assert!(room_for_connections(descriptors) == descriptors, "the system allows too few files");
    let Listening { world, address, stop: _stop, .. } = listening_to(observed()).await;
    let mut hostile = Vec::new();
    for number in 0..IDLE + 2 * SLOW {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let begun: &[u8] = match number.checked_sub(IDLE) {
            None => b"",
            Some(slow) if slow < SLOW => b"POST / HTTP/1.1\r\nhost: localhost\r\nx: ",
            Some(_) => b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{",
        };
        stream.write_all(begun).await.unwrap();
        hostile.push(stream);
    }
    let before = asked(&world);
    let mut known = TcpStream::connect(address).await.unwrap();
    for round in 0..20 {
        // They go on as slowly as they began.
        for stream in &mut hostile[IDLE..] {
            // Whoever is cut by now has had his time.
            let _ = stream.write_all(b" ").await;
        }
        for (operation, body) in [
            ("CreateKey", create_key(KEK, "AES_256", WRAP).to_string()),
            ("ListKeys", "{}".to_owned()),
        ] {
            known.write_all(&wire(&world.signer().request(operation, &body))).await.unwrap();
            let answer = response(&mut known).await;
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{round} {operation}: {answer}");
        }
    }
    assert_eq!(world.audit_lines().len(), 40, "what was answered");
    assert_ne!(asked(&world), before);
}

#[tokio::test]
async fn who_is_not_known_costs_no_access_to_the_store_or_the_trail() {
    let world = observed();
    let body = create_key(KEK, "AES_256", WRAP).to_string();
    let signer = world.signer();
    let changed = |change: fn(&mut Request<Bytes>)| {
        let mut request = signer.request("CreateKey", &body);
        change(&mut request);
        request
    };
    let wrong_secret = Signer { secret_access_key: "a secret that is not the one", ..signer };
    let nobody = Signer { access_key_id: "AKIAI44QH8DHBEXAMPLE", ..signer };
    let elsewhere = Signer { region: "eu-west-1", ..signer };
    let hash = HeaderValue::from_static("UNSIGNED-PAYLOAD");
    let mut unhashed = unsigned("CreateKey", &body);
    unhashed.headers_mut().insert("x-amz-content-sha256", hash);
    let refused = [
        unsigned("CreateKey", &body),
        wrong_secret.request("CreateKey", &body),
        nobody.request("CreateKey", &body),
        elsewhere.request("CreateKey", &body),
        signer.sign(unhashed),
        changed(|request| *request.body_mut() = Bytes::from_static(b"{}")),
        changed(|request| _ = request.headers_mut().remove("x-amz-date")),
        changed(|request| *request.uri_mut() = "/?Action=CreateKey".parse().unwrap()),
        changed(|request| *request.uri_mut() = "/elsewhere".parse().unwrap()),
        changed(|request| *request.method_mut() = axum::http::Method::PUT),
        signer.request("CreateKey", &" ".repeat(256 * 1024 + 1)),
        signer.request("NoSuchOperation", &body),
        Request::get("/health").body(Bytes::new()).unwrap(),
        Request::get("/metrics").body(Bytes::new()).unwrap(),
    ];
    let before = asked(&world);
    for request in refused {
        let shown = format!("{request:?}");
        let answer = world.send(request).await;
        assert!(answer.status != 200 || shown.contains("/health"), "{shown}");
        assert_eq!(asked(&world), before, "{shown}");
    }
    // They are counted.
    assert_eq!(world.call("CreateKey", &serde_json::from_str(&body).unwrap()).await.status, 200);
    let after = asked(&world);
    assert!(after.0 > before.0 && after.1 > before.1, "{after:?}");
}
