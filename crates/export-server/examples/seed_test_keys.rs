//! Writes keys with known, published values into a data directory, for tests with clients that
//! must know a key-encryption key. Never part of the server.
//!
//! Usage: `seed_test_keys DATA_DIRECTORY < KEYS`, where each line of KEYS is a JSON object with
//! `alias`, `usage`, `algorithm`, `modes` (a list of flags) and `key` (hex digits).

use std::env;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, ensure};
use export_api::ports::{Caller, Randomness, RandomnessUnavailable};
use export_api::{Operation, Realm, Service};
use export_server::audit::{AuditTrail, Durability};
use export_server::clock::SystemClock;
use export_server::randomness::OsRandomness;
use export_server::rsa_keys::LocalRsaKeys;
use export_server::serve::AUDIT_FILE;
use key_store::SqliteStore;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownKey {
    alias: String,
    usage: String,
    algorithm: String,
    modes: Vec<String>,
    key: String,
}

/// Gives the known key to whoever first asks for as many bytes, and random bytes to all others.
struct KnownFirst(Mutex<Option<Vec<u8>>>);

impl Randomness for &KnownFirst {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        let mut known = self.0.lock().map_err(|_| RandomnessUnavailable)?;
        match known.take_if(|known| known.len() == bytes.len()) {
            Some(known) => bytes.copy_from_slice(&known),
            None => OsRandomness.fill(bytes)?,
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let directory = env::args_os().nth(1).context("usage: seed_test_keys DATA_DIRECTORY")?;
    let directory = Path::new(&directory);
    let realm = Realm::new("us-east-1", "111122223333")?;
    let root_key = directory.join(SqliteStore::ROOT_KEY_FILE);
    let store = SqliteStore::open_with_key_file(directory, &root_key, OsRandomness)?;
    let trail = directory.join(AUDIT_FILE);
    let audit = AuditTrail::open(&trail, realm.clone(), Durability::Durable, OsRandomness)?;
    let known = KnownFirst(Mutex::new(None));
    let rsa_keys = LocalRsaKeys::new();
    let service = Service::new(realm, store, audit.clone(), SystemClock, &known, rsa_keys);
    let caller = Caller::new("seed".to_owned(), "seed".to_owned());

    for line in io::stdin().lines() {
        let key: KnownKey = serde_json::from_str(&line?)?;
        let material = base16ct::mixed::decode_vec(key.key.as_bytes())?;
        *known.0.lock().map_err(|_| RandomnessUnavailable)? = Some(material);
        let modes: Value = key.modes.into_iter().map(|mode| (mode, json!(true))).collect();
        let attributes = json!({
            "KeyUsage": key.usage,
            "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": key.algorithm,
            "KeyModesOfUse": modes,
        });
        let request = json!({"KeyAttributes": attributes, "Exportable": true});
        let created = service.call(Operation::CreateKey, &bytes(&request)?, &caller).await?;
        let left = known.0.lock().map_err(|_| RandomnessUnavailable)?.is_some();
        ensure!(!left, "{}: the key has not the length of {}", key.alias, key.algorithm);

        let created: Value = serde_json::from_slice(&created)?;
        let request = json!({"AliasName": key.alias, "KeyArn": created.pointer("/Key/KeyArn")});
        service.call(Operation::CreateAlias, &bytes(&request)?, &caller).await?;
    }
    audit.close().await?;
    Ok(())
}

fn bytes(request: &Value) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(request)
}
