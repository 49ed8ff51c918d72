//! A server on a loopback port, one connection to it, and what tells whether it changed anything.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, ensure};
use export_api::ports::{
    Audit, AuditEvent, AuditUnavailable, NewKeyPair, PrivateKey, RsaKeys, RsaKeysError,
};
use export_api::{Realm, Service};
use export_server::audit::{AuditTrail, Durability};
use export_server::clock::SystemClock;
use export_server::http::{Endpoint, Limits, serve};
use export_server::randomness::OsRandomness;
use export_server::rsa_keys::LocalRsaKeys;
use key_store::SqliteStore;
use key_types::{HashAlgorithm, KeyAlgorithm, SecretKey};
use payment_pki::{PublicKey, SignatureAlgorithm, Verify};
use rand_core::TryCryptoRng;
use rsa_wrap::{EncryptionFailed, OaepEncrypt, Recipient, WrappingSpec};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::now;

type HammeredService = Service<SqliteStore, CountedTrail, SystemClock, OsRandomness, FewRsaKeys>;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The code of the refusal, or `carried out`.
    pub(crate) code: String,
    pub(crate) body: Value,
    pub(crate) time: Duration,
}

/// A server and one connection to it.
pub(crate) struct Setting {
    stream: TcpStream,
    buffer: Vec<u8>,
    endpoint: Arc<Endpoint<HammeredService>>,
    /// A second connection to the database, which is told when another one has written.
    database: Connection,
    last: (i64, u64),
    _directory: TempDir,
}

impl Setting {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let data = directory.path().join("data");
        let realm = Realm::new("us-east-1", "111122223333")?;
        let store = SqliteStore::open_with_key_file(&data, &data.join("root.key"), OsRandomness)?;
        let path = data.join("audit.jsonl");
        let trail = AuditTrail::open(&path, realm.clone(), Durability::Buffered, OsRandomness)?;
        let audit = CountedTrail { trail, records: AtomicU64::new(0) };
        let service =
            Service::new(realm, store, audit, SystemClock, OsRandomness, FewRsaKeys::default());
        let endpoint = Endpoint::new(service, None, None, Limits::USUAL);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = endpoint.router();
        tokio::spawn(serve(listener, router, None, Limits::USUAL, std::future::pending()));
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let database = Connection::open_with_flags(
            data.join("keys.sqlite3"),
            OpenFlags::SQLITE_OPEN_READ_ONLY,
        )?;
        let buffer = Vec::with_capacity(8192);
        Ok(Self { stream, buffer, endpoint, database, last: (0, 0), _directory: directory })
    }

    /// Whether store or audit trail are not as they were when this was asked the last time.
    pub(crate) fn has_changed(&mut self) -> anyhow::Result<bool> {
        let version = self.database.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        let recorded = self.endpoint.backend().audit().records.load(Ordering::SeqCst);
        let before = std::mem::replace(&mut self.last, (version, recorded));
        Ok(before != self.last)
    }

    /// Sends a request and waits for its answer on the connection that is kept.
    pub(crate) async fn ask(&mut self, operation: &str, body: &[u8]) -> anyhow::Result<Answer> {
        let head = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.0\r\n\
             x-amz-target: PaymentCryptographyControlPlane.{operation}\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        let sent = now();
        self.stream.write_all(&[head.as_bytes(), body].concat()).await?;
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the connection was dropped");
            if let Some((status, body)) = whole(&self.buffer) {
                let body: Value = serde_json::from_slice(body)?;
                let code = body.get("__type").and_then(Value::as_str).unwrap_or("carried out");
                let code = code.to_owned();
                return Ok(Answer { status, code, body, time: sent.elapsed() });
            }
        }
    }

    /// Carries out an operation that must be.
    pub(crate) async fn done(&mut self, operation: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.ask(operation, body.to_string().as_bytes()).await?;
        ensure!(answer.status == 200, "{operation}: {}", answer.body);
        Ok(answer.body)
    }
}

/// Status and body of a response, once all of it is there.
fn whole(response: &[u8]) -> Option<(u16, &[u8])> {
    let end = response.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = response.split_at_checked(end.checked_add(4)?)?;
    let head = str::from_utf8(head).ok()?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    (length.parse() == Ok(body.len())).then_some((status, body))
}

/// An audit trail, and how many records it was given.
struct CountedTrail {
    trail: AuditTrail<OsRandomness>,
    records: AtomicU64,
}

impl Audit for CountedTrail {
    async fn ready(&self) -> Result<(), AuditUnavailable> {
        self.trail.ready().await
    }

    async fn record(&self, event: AuditEvent) -> Result<(), AuditUnavailable> {
        self.records.fetch_add(1, Ordering::SeqCst);
        self.trail.record(event).await
    }
}

/// The RSA of the server, but for key pairs: there is one for each length.
#[derive(Default)]
struct FewRsaKeys {
    real: LocalRsaKeys,
    made: Mutex<Vec<(KeyAlgorithm, SecretKey, Vec<u8>)>>,
}

impl FewRsaKeys {
    fn made(&self, algorithm: KeyAlgorithm) -> Option<NewKeyPair> {
        let made = self.made.lock().ok()?;
        let (_, private_key, public_key) = made.iter().find(|(it, ..)| *it == algorithm)?;
        let private_key = SecretKey::copied_from(private_key.expose_secret()).ok()?;
        Some(NewKeyPair { private_key, public_key: public_key.clone() })
    }
}

impl Verify for FewRsaKeys {
    fn verify(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), payment_pki::Error> {
        self.real.verify(key, algorithm, message, signature)
    }
}

impl OaepEncrypt for FewRsaKeys {
    fn encrypt<R: TryCryptoRng + ?Sized>(
        &self,
        recipient: &Recipient,
        spec: WrappingSpec,
        key: &SecretKey,
        random: &mut R,
    ) -> Result<Vec<u8>, EncryptionFailed> {
        self.real.encrypt(recipient, spec, key, random)
    }
}

impl RsaKeys for FewRsaKeys {
    async fn generate(&self, algorithm: KeyAlgorithm) -> Result<NewKeyPair, RsaKeysError> {
        if let Some(pair) = self.made(algorithm) {
            return Ok(pair);
        }
        let NewKeyPair { private_key, public_key } = self.real.generate(algorithm).await?;
        let mut made = self.made.lock().map_err(|_| RsaKeysError::Unavailable)?;
        made.push((algorithm, private_key, public_key));
        drop(made);
        self.made(algorithm).ok_or(RsaKeysError::Unavailable)
    }

    async fn public_key(&self, key: PrivateKey) -> Result<Vec<u8>, RsaKeysError> {
        self.real.public_key(key).await
    }

    async fn sign(
        &self,
        key: PrivateKey,
        hash: HashAlgorithm,
        message: Vec<u8>,
    ) -> Result<Vec<u8>, RsaKeysError> {
        self.real.sign(key, hash, message).await
    }

    async fn decrypt(
        &self,
        key: PrivateKey,
        hash: HashAlgorithm,
        ciphertext: Vec<u8>,
    ) -> Result<SecretKey, RsaKeysError> {
        self.real.decrypt(key, hash, ciphertext).await
    }

    fn forget(&self, name: &str) {
        self.real.forget(name);
    }
}

/// The ARN of the key in an answer.
pub(crate) fn arn(answer: &Value) -> anyhow::Result<&str> {
    answer.pointer("/Key/KeyArn").and_then(Value::as_str).context("no key in the answer")
}
