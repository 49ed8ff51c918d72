//! An endpoint over a store and an audit trail in a temporary directory.

use std::collections::HashMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use export_api::ports::{Alias, AliasPage, Audit, Authorize, Clock, KeyPage, KeyStore};
use export_api::{Key, Principal, Realm, Role, Service, Timestamp};
use export_server::audit::{AuditTrail, Durability, verify};
use export_server::http::{Endpoint, Limits};
use export_server::randomness::OsRandomness;
use export_server::rsa_keys::LocalRsaKeys;
use export_server::sigv4::{Credential, Verifier};
use export_server::throttle::Throttle;
use http_body_util::BodyExt;
use key_store::SqliteStore;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use tr34::Layout;

use crate::signer::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, Signer};

pub(crate) const ACCOUNT: &str = "111122223333";

/// The credentials beside the administrator that signs if a test says nothing else: members, whose
/// access key ids are made of their names.
const MEMBERS: &[&str] = &["till", "auditor"];
pub(crate) const MEMBER_SECRET: &str = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY";

/// A clock that the test sets.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicU64>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) type Trail = AuditTrail<OsRandomness>;
pub(crate) type TestService<S, A> = Service<S, A, TestClock, OsRandomness, LocalRsaKeys>;

/// An endpoint and where its data is.
pub(crate) struct World<S = SqliteStore, A = Trail> {
    pub(crate) directory: Arc<TempDir>,
    pub(crate) endpoint: Arc<Endpoint<TestService<S, A>>>,
    pub(crate) clock: TestClock,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["__type"].as_str().unwrap_or_default()
    }

    pub(crate) fn message(&self) -> &str {
        self.body["Message"].as_str().unwrap_or_default()
    }
}

pub(crate) fn realm() -> Realm {
    Realm::new(REGION, ACCOUNT).unwrap()
}

pub(crate) fn open_store(directory: &TempDir) -> SqliteStore {
    let path = directory.path().join("data");
    SqliteStore::open_with_key_file(&path, &path.join("root.key"), OsRandomness).unwrap()
}

pub(crate) fn open_trail(directory: &TempDir) -> Trail {
    let path = directory.path().join("data").join("audit.jsonl");
    AuditTrail::open(&path, realm(), Durability::Durable, OsRandomness).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let (store, trail) = (open_store(&directory), open_trail(&directory));
        Self::over(directory, store, trail, Limits::USUAL, None)
    }

    pub(crate) fn with_rate(rate: u32) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let (store, trail) = (open_store(&directory), open_trail(&directory));
        Self::over(directory, store, trail, Limits::USUAL, NonZeroU32::new(rate))
    }

    pub(crate) fn with_authorizer(authorizer: Arc<dyn Authorize>) -> Self {
        Self::with(|service| service.with_authorizer(authorizer))
    }

    /// An endpoint over a service that is changed first.
    pub(crate) fn with(
        change: impl FnOnce(TestService<SqliteStore, Trail>) -> TestService<SqliteStore, Trail>,
    ) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let (store, trail) = (open_store(&directory), open_trail(&directory));
        let clock = TestClock(Arc::new(AtomicU64::new(1_795_000_000_000)));
        let rsa_keys = LocalRsaKeys::new();
        let service = Service::new(realm(), store, trail, clock.clone(), OsRandomness, rsa_keys);
        Self::serving(directory, change(service), clock, Limits::USUAL, None)
    }

    /// Another server on the same data that takes TR-34 key tokens of these layouts only.
    ///
    /// Its audit trail is a file beside the other, because two cannot write one.
    pub(crate) fn with_layouts(&self, layouts: Vec<Layout>) -> Self {
        let (directory, clock) = (self.directory.clone(), self.clock.clone());
        let path = directory.path().join("data").join("second.jsonl");
        let trail = AuditTrail::open(&path, realm(), Durability::Durable, OsRandomness).unwrap();
        let store = open_store(&directory);
        let rsa_keys = LocalRsaKeys::new();
        let service = Service::new(realm(), store, trail, clock.clone(), OsRandomness, rsa_keys)
            .with_import_layouts(layouts);
        Self::serving(directory, service, clock, Limits::USUAL, None)
    }

    /// Stops the server and starts another one on the same data.
    pub(crate) async fn restarted(self) -> Self {
        let Self { directory, endpoint, .. } = self;
        endpoint.drained().await;
        endpoint.backend().audit().close().await.unwrap();
        drop(endpoint);
        let (store, trail) = (open_store(&directory), open_trail(&directory));
        Self::over(directory, store, trail, Limits::USUAL, None)
    }
}

impl<S: KeyStore + 'static, A: Audit + 'static> World<S, A> {
    pub(crate) fn over(
        directory: Arc<TempDir>,
        store: S,
        audit: A,
        limits: Limits,
        rate: Option<NonZeroU32>,
    ) -> Self {
        let clock = TestClock(Arc::new(AtomicU64::new(1_795_000_000_000)));
        let service =
            Service::new(realm(), store, audit, clock.clone(), OsRandomness, LocalRsaKeys::new());
        Self::serving(directory, service, clock, limits, rate)
    }

    fn serving(
        directory: Arc<TempDir>,
        service: TestService<S, A>,
        clock: TestClock,
        limits: Limits,
        rate: Option<NonZeroU32>,
    ) -> Self {
        let administrator =
            Credential::new(ACCESS_KEY_ID.parse().unwrap(), SECRET_ACCESS_KEY.parse().unwrap())
                .owned_by(Principal::new("administrator".to_owned(), Role::Administrator));
        let members = MEMBERS.iter().map(|name| {
            let id = format!("AKIA{:0>16}", name.to_ascii_uppercase());
            Credential::new(id.parse().unwrap(), MEMBER_SECRET.parse().unwrap())
                .owned_by(Principal::new((*name).to_owned(), Role::Member))
        });
        let credentials = members.chain([administrator]);
        let verifier = Verifier::new(&realm(), credentials, &OsRandomness).unwrap();
        let endpoint = Endpoint::new(service, Some(verifier), rate.map(Throttle::new), limits);
        Self { directory, endpoint, clock }
    }

    /// The same endpoint for another task.
    pub(crate) fn shared(&self) -> Self {
        let Self { directory, endpoint, clock } = self;
        Self { directory: directory.clone(), endpoint: endpoint.clone(), clock: clock.clone() }
    }

    pub(crate) fn signer(&self) -> Signer<'static> {
        Signer::at(self.clock.now())
    }

    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn wait(&self, milliseconds: u64) {
        self.clock.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Lets the clock show the time of the machine, as programs beside the test see it.
    #[cfg(target_os = "linux")]
    pub(crate) fn now_as_the_machine(&self) {
        let clock = export_server::clock::SystemClock;
        self.clock.0.store(clock.now().milliseconds(), Ordering::SeqCst);
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Answer {
        let response = self.endpoint.router().oneshot(request.map(Body::from)).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Signs and sends a request.
    pub(crate) async fn call(&self, operation: &str, body: &Value) -> Answer {
        self.send(self.signer().request(operation, &body.to_string())).await
    }

    /// Signs and sends a request that must be carried out.
    pub(crate) async fn done(&self, operation: &str, body: Value) -> Value {
        let answer = self.call(operation, &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{operation} {body}: {:?}", answer.body);
        answer.body
    }

    /// Makes a key under an alias and answers its ARN.
    pub(crate) async fn key(
        &self,
        alias: &str,
        usage: &str,
        algorithm: &str,
        modes: &[&str],
    ) -> String {
        let request = create_key(usage, algorithm, modes);
        let created = self.done("CreateKey", request).await;
        let arn = created["Key"]["KeyArn"].as_str().unwrap().to_owned();
        let request = json!({"AliasName": format!("alias/{alias}"), "KeyArn": arn});
        self.done("CreateAlias", request).await;
        arn
    }

    /// Everything the store and the audit trail hold.
    pub(crate) async fn state(&self) -> (Vec<Key>, Vec<Alias>, Vec<u8>) {
        let store = self.endpoint.backend().store();
        let mut keys = KeyPage::default();
        keys.limit = 1_000;
        let mut aliases = AliasPage::default();
        aliases.limit = 1_000;
        let trail = fs::read(self.trail_path()).unwrap();
        (store.keys(&keys).await.unwrap(), store.aliases(&aliases).await.unwrap(), trail)
    }

    pub(crate) fn trail_path(&self) -> PathBuf {
        self.directory.path().join("data").join("audit.jsonl")
    }

    /// The lines of the audit trail, whose chain must hold.
    pub(crate) fn audit_lines(&self) -> Vec<Value> {
        let trail = fs::read(self.trail_path()).unwrap();
        verify(trail.as_slice(), None).unwrap();
        let lines = trail.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }
}

pub(crate) const WRAP: &[&str] = &["Encrypt", "Decrypt", "Wrap", "Unwrap"];
pub(crate) const KEK: &str = "TR31_K1_KEY_BLOCK_PROTECTION_KEY";
pub(crate) const BDK: &str = "TR31_B0_BASE_DERIVATION_KEY";

pub(crate) fn create_key(usage: &str, algorithm: &str, modes: &[&str]) -> Value {
    let modes: HashMap<&str, bool> = modes.iter().map(|&mode| (mode, true)).collect();
    json!({
        "KeyAttributes": {
            "KeyUsage": usage,
            "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": algorithm,
            "KeyModesOfUse": modes,
        },
        "Exportable": true,
    })
}

pub(crate) fn export(key: &str, kek: &str) -> Value {
    json!({
        "ExportKeyIdentifier": key,
        "KeyMaterial": {"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}},
    })
}
