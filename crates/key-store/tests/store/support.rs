//! Keys, aliases and stores to test with.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use export_api::ports::{
    Alias, AliasPage, CommitError, KeyPage, KeyReference, KeyStore, Randomness,
    RandomnessUnavailable, StoreError, StoredKey, Write,
};
use export_api::{AliasName, Key, KeyArn};
use key_store::{Error, RootKey, SqliteStore, Store, StoreLocation};
use key_types::SecretKey;
use serde_json::{Value, json};

use crate::postgres::{Schema, Unfinished};

/// SplitMix64: good enough to tell nonces and keys apart, and the same in each run.
pub(crate) struct Seeded(AtomicU64);

impl Seeded {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub(crate) fn next(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut mixed = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

impl Randomness for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Which store a test is for.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// A new place for a store.
    pub(crate) fn place(self) -> Place {
        match self {
            Self::Sqlite => Place::new(),
            Self::Postgres => Place::postgres().unwrap(),
        }
    }
}

/// A directory with a store in it, or beside it.
pub(crate) struct Place {
    directory: tempfile::TempDir,
    schema: Option<Schema>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), schema: None }
    }

    /// A place in memory, where the system has such a directory: for what is not about durability.
    pub(crate) fn in_memory() -> Self {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self { directory: directory.unwrap(), schema: None }
    }

    /// A place in the database that the environment names, if it names one.
    pub(crate) fn postgres() -> Option<Self> {
        Some(Self { schema: Some(Schema::new()?), ..Self::new() })
    }

    /// A copy of the files of a store that may be altered.
    pub(crate) fn copy_of(other: &Self) -> Self {
        let copy = Self::in_memory();
        fs::create_dir_all(copy.data()).unwrap();
        for entry in fs::read_dir(other.data()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.data().join(entry.file_name())).unwrap();
        }
        copy
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn root_key(&self) -> PathBuf {
        self.data().join(SqliteStore::ROOT_KEY_FILE)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.data().join("keys.sqlite3")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.data().join("keys.sqlite3-wal")
    }

    /// The address of its database, if it is in one.
    pub(crate) fn url(&self) -> Option<String> {
        self.schema.as_ref().map(Schema::url)
    }

    pub(crate) fn location(&self) -> StoreLocation {
        self.url().map_or(StoreLocation::DataDirectory, |url| url.parse().unwrap())
    }

    pub(crate) fn try_open_with(
        &self,
        randomness: impl Randomness + 'static,
    ) -> Result<Store, Error> {
        let (data, root_key) = (self.data(), self.root_key());
        Store::open_with_key_file(&self.location(), &data, &root_key, randomness)
    }

    pub(crate) fn try_open(&self) -> Result<Store, Error> {
        static SEED: AtomicU64 = AtomicU64::new(1);
        self.try_open_with(Seeded::new(SEED.fetch_add(1, Ordering::Relaxed) << 32))
    }

    pub(crate) fn open(&self) -> Store {
        self.try_open().unwrap()
    }

    /// The store in the file, with what only that kind of store does.
    pub(crate) fn open_file(&self) -> SqliteStore {
        match self.open() {
            Store::Sqlite(store) => store,
            Store::Postgres(_) => panic!("the place is not a file"),
        }
    }

    /// A connection to the file that knows nothing of the store's rules.
    pub(crate) fn raw(&self) -> rusqlite::Connection {
        let raw = rusqlite::Connection::open(self.database()).unwrap();
        raw.pragma_update(None, "foreign_keys", false).unwrap();
        raw
    }

    /// Begins a transaction of somebody else in the database; it ends with what this returns.
    pub(crate) fn unfinished(&self, sql: &str) -> Unfinished {
        self.schema.as_ref().unwrap().unfinished(sql)
    }

    /// Runs a statement behind the store's back.
    pub(crate) fn alter(&self, sql: &str) {
        match &self.schema {
            Some(schema) => schema.alter(sql),
            None => self.raw().execute_batch(sql).unwrap(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// The store's port without futures.
pub(crate) trait Waiting {
    fn get(&self, arn: &KeyArn) -> Result<Option<Key>, StoreError>;
    fn open_one(&self, arn: &KeyArn) -> Result<Option<StoredKey>, StoreError>;
    fn get_alias(&self, name: &AliasName) -> Result<Option<Alias>, StoreError>;
    fn list(&self, page: &KeyPage) -> Result<Vec<Key>, StoreError>;
    fn list_aliases(&self, page: &AliasPage) -> Result<Vec<Alias>, StoreError>;
    fn write(&self, batch: Vec<Write>) -> Result<(), CommitError>;
}

impl<S: KeyStore> Waiting for S {
    fn get(&self, arn: &KeyArn) -> Result<Option<Key>, StoreError> {
        wait(self.key(&KeyReference::Arn(arn.clone())))
    }

    fn open_one(&self, arn: &KeyArn) -> Result<Option<StoredKey>, StoreError> {
        wait(self.open_keys([&KeyReference::Arn(arn.clone())])).map(|[key]| key)
    }

    fn get_alias(&self, name: &AliasName) -> Result<Option<Alias>, StoreError> {
        wait(self.alias(name))
    }

    fn list(&self, page: &KeyPage) -> Result<Vec<Key>, StoreError> {
        wait(self.keys(page))
    }

    fn list_aliases(&self, page: &AliasPage) -> Result<Vec<Alias>, StoreError> {
        wait(self.aliases(page))
    }

    fn write(&self, batch: Vec<Write>) -> Result<(), CommitError> {
        wait(self.commit(batch))
    }
}

pub(crate) fn arn(number: usize) -> KeyArn {
    let text = format!("arn:aws:payment-cryptography:us-east-1:111122223333:key/{number:016}");
    text.parse().unwrap()
}

pub(crate) fn name(number: usize) -> AliasName {
    format!("alias/{number:08}").parse().unwrap()
}

/// The record of a key that is not in the store yet.
pub(crate) fn key(number: usize) -> Key {
    edit(&serde_json::from_value(template(number)).unwrap(), |_| ())
}

fn template(number: usize) -> Value {
    json!({
        "arn": arn(number),
        "version": 0,
        "attributes": {
            "usage": "TR31_B0_BASE_DERIVATION_KEY",
            "class": "SYMMETRIC_KEY",
            "algorithm": "TDES_2KEY",
            "mode": mode(),
        },
        "check_value": {"algorithm": "ANSI_X9_24", "digits": "08D7B4"},
        "exportable": true,
        "enabled": true,
        "state": "CREATE_COMPLETE",
        "origin": "AWS_PAYMENT_CRYPTOGRAPHY",
        "created": 1_795_000_000_000_u64,
        "usage_started": 1_795_000_000_000_u64,
    })
}

/// The name of the mode in which keys are derived, as records write it.
fn mode() -> &'static str {
    export_api::Named::name(key_types::ModeOfUse::Derive)
}

/// A key with some members of its record changed.
pub(crate) fn edit(key: &Key, change: impl FnOnce(&mut Value)) -> Key {
    let mut value = serde_json::to_value(key).unwrap();
    change(&mut value);
    serde_json::from_value(value).unwrap()
}

/// A key that is to be destroyed at a time in milliseconds.
pub(crate) fn pending(key: &Key, due: u64) -> Key {
    edit(key, |value| {
        value["state"] = json!("DELETE_PENDING");
        value["delete_due"] = json!(due);
    })
}

pub(crate) fn destroyed(key: &Key) -> Key {
    edit(key, |value| value["state"] = json!("DELETE_COMPLETE"))
}

pub(crate) fn tagged(key: &Key, tag: &str) -> Key {
    edit(key, |value| value["tags"] = json!([{"Key": "tag", "Value": tag}]))
}

pub(crate) fn alias(number: usize, target: Option<KeyArn>) -> Alias {
    let value = json!({"name": name(number), "target": target, "version": 0});
    serde_json::from_value(value).unwrap()
}

pub(crate) fn retarget(alias: &Alias, target: Option<KeyArn>) -> Alias {
    let mut value = serde_json::to_value(alias).unwrap();
    value["target"] = json!(target);
    serde_json::from_value(value).unwrap()
}

/// A clear key that is another one for each number.
pub(crate) fn material(number: usize) -> SecretKey {
    let randomness = Seeded::new(number as u64);
    SecretKey::filled_by(16, |bytes| randomness.fill(bytes).unwrap()).unwrap()
}

pub(crate) fn create(number: usize) -> Write {
    Write::CreateKey { key: key(number), material: material(number) }
}

pub(crate) fn is_material(secret: &SecretKey, number: usize) -> bool {
    secret.expose_secret() == material(number).expose_secret()
}

pub(crate) fn root_key(seed: u64) -> RootKey {
    let randomness = Seeded::new(seed);
    let key = SecretKey::filled_by(32, |bytes| randomness.fill(bytes).unwrap()).unwrap();
    RootKey::new(key).unwrap()
}

pub(crate) fn key_page(limit: usize) -> KeyPage {
    let mut page = KeyPage::default();
    page.limit = limit;
    page
}

pub(crate) fn alias_page(limit: usize) -> AliasPage {
    let mut page = AliasPage::default();
    page.limit = limit;
    page
}

pub(crate) fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_default()
}
