//! What fails behind the endpoint, and how it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use export_api::ports::{
    Alias, AliasPage, Audit, AuditEvent, AuditUnavailable, CommitError, KeyPage, KeyReference,
    KeyStore, StoreError, StoredIdentity, StoredKey, Write,
};
use export_api::{AliasName, Identity, IdentityName, Key, Timestamp, TokenKind};
use export_server::http::Limits;
use key_store::SqliteStore;
use serde_json::json;

use crate::races::together;
use crate::world::{KEK, Trail, WRAP, World, create_key, export, open_store, open_trail};

/// An audit trail that can be switched off.
#[derive(Clone)]
struct Unreliable {
    trail: Trail,
    broken: Arc<AtomicBool>,
}

impl Audit for Unreliable {
    async fn ready(&self) -> Result<(), AuditUnavailable> {
        if self.broken.load(Ordering::SeqCst) { Err(AuditUnavailable) } else { Ok(()) }
    }

    async fn record(&self, event: AuditEvent) -> Result<(), AuditUnavailable> {
        self.ready().await?;
        self.trail.record(event).await
    }
}

/// A store whose listing of keys panics when it is told to.
#[derive(Clone)]
struct Panicking {
    store: SqliteStore,
    panics: Arc<AtomicBool>,
}

impl KeyStore for Panicking {
    async fn key(&self, reference: &KeyReference) -> Result<Option<Key>, StoreError> {
        self.store.key(reference).await
    }

    async fn open_keys<const N: usize>(
        &self,
        references: [&KeyReference; N],
    ) -> Result<[Option<StoredKey>; N], StoreError> {
        self.store.open_keys(references).await
    }

    async fn keys(&self, page: &KeyPage) -> Result<Vec<Key>, StoreError> {
        assert!(!self.panics.load(Ordering::SeqCst), "a panic that a test wants");
        self.store.keys(page).await
    }

    async fn keys_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Key>, StoreError> {
        self.store.keys_due(now, limit).await
    }

    async fn alias(&self, name: &AliasName) -> Result<Option<Alias>, StoreError> {
        self.store.alias(name).await
    }

    async fn aliases(&self, page: &AliasPage) -> Result<Vec<Alias>, StoreError> {
        self.store.aliases(page).await
    }

    async fn open_identity(
        &self,
        name: &IdentityName,
    ) -> Result<Option<StoredIdentity>, StoreError> {
        self.store.open_identity(name).await
    }

    async fn latest_token(&self, kind: TokenKind) -> Result<Option<Identity>, StoreError> {
        self.store.latest_token(kind).await
    }

    async fn identities_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Identity>, StoreError> {
        self.store.identities_due(now, limit).await
    }

    async fn commit(&self, batch: Vec<Write>) -> Result<(), CommitError> {
        self.store.commit(batch).await
    }
}

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
    let broken = Arc::new(AtomicBool::new(false));
    let audit = Unreliable { trail: open_trail(&directory), broken: Arc::clone(&broken) };
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
    let panics = Arc::new(AtomicBool::new(true));
    let store = Panicking { store: open_store(&directory), panics: Arc::clone(&panics) };
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
