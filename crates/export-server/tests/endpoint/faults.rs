//! What fails behind the endpoint, and how it goes on.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use export_server::http::Limits;
use serde_json::json;

use crate::observed::{ObservedStore, ObservedTrail};
use crate::races::together;
use crate::world::{KEK, WRAP, World, create_key, export, open_store, open_trail};

#[tokio::test]
async fn a_locked_store_refuses_writes_answers_reads_and_recovers() {
    let world = World::new();
    world.key("kek", KEK, "AES_256", WRAP).await;
    let before = world.state().await;

    let path = world.directory.path().join("data").join("keys.sqlite3");
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = world.call("CreateKey", &create_key(KEK, "AES_256", WRAP)).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.code(), "ServiceUnavailableException");
    assert!(answer.message().contains("try again"), "{}", answer.message());
    assert!(world.state().await == before);
    world.done("GetKey", json!({"KeyIdentifier": "alias/kek"})).await;
    world.done("ExportKey", export("alias/kek", "alias/kek")).await;

    other.execute_batch("ROLLBACK").unwrap();
    world.done("CreateKey", create_key(KEK, "AES_256", WRAP)).await;
    world.audit_lines();
}

#[tokio::test]
async fn an_audit_trail_that_cannot_be_written_refuses_everything_until_it_can() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let store = open_store(&directory);
    let audit = ObservedTrail::over(open_trail(&directory));
    let broken = Arc::clone(&audit.broken);
    let world = World::over(directory, store, audit, Limits::USUAL, None);
    world.key("kek", KEK, "AES_256", WRAP).await;
    let before = world.state().await;

    broken.store(true, Ordering::SeqCst);
    for (operation, body) in [
        ("CreateKey", create_key(KEK, "AES_256", WRAP)),
        ("ExportKey", export("alias/kek", "alias/kek")),
        ("GetKey", json!({"KeyIdentifier": "alias/kek"})),
    ] {
        let answer = world.call(operation, &body).await;
        assert_eq!(answer.code(), "ServiceUnavailableException", "{operation}");
        assert_eq!(answer.body.as_object().unwrap().len(), 2, "{operation}: {}", answer.body);
        assert!(world.state().await == before, "{operation}");
    }
    broken.store(false, Ordering::SeqCst);
    world.done("ExportKey", export("alias/kek", "alias/kek")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_at_once_than_may_be_is_refused_and_the_rest_is_served() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let (store, trail) = (open_store(&directory), open_trail(&directory));
    let limits = Limits { operations: 4, ..Limits::USUAL };
    let world = World::over(directory, store, trail, limits, None);
    let answers = together(&world, "CreateKey", |_| create_key(KEK, "AES_256", WRAP)).await;
    let made = answers.iter().filter(|answer| answer.status == 200).count();
    assert!((4..16).contains(&made), "{made}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, "ThrottlingException")
        );
        assert!(answer.message().contains("busy"), "{}", answer.message());
    }
    // What was refused left nothing, and now there is room again.
    assert_eq!(world.state().await.0.len(), made);
    world.done("CreateKey", create_key(KEK, "AES_256", WRAP)).await;
}

#[tokio::test]
async fn a_panic_ends_its_request_only() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let store = ObservedStore::over(open_store(&directory));
    let panics = Arc::clone(&store.panics);
    panics.store(true, Ordering::SeqCst);
    let trail = open_trail(&directory);
    let world = World::over(directory, store, trail, Limits::USUAL, None);
    world.key("kek", KEK, "AES_256", WRAP).await;

    let answer = world.call("ListKeys", &json!({})).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.code(), "InternalServerException");
    assert_eq!(answer.message(), "the service failed");
    world.done("GetKey", json!({"KeyIdentifier": "alias/kek"})).await;
    world.endpoint.drained().await;
    panics.store(false, Ordering::SeqCst);
    assert_eq!(world.done("ListKeys", json!({})).await["Keys"].as_array().unwrap().len(), 1);
}
