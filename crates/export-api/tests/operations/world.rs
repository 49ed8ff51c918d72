//! Ports kept in memory, and a service over them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use export_api::ports::{
    Alias, AliasPage, Audit, AuditEvent, AuditUnavailable, Caller, Clock, CommitError, KeyPage,
    KeyReference, KeyStore, Randomness, RandomnessUnavailable, StoreError, StoredIdentity,
    StoredKey, Write,
};
use export_api::{
    AliasName, Error, Identity, IdentityName, Key, KeyArn, KeyState, Named, Operation, Realm,
    Service, Timestamp, TokenKind,
};
use key_types::SecretKey;
use serde_json::Value;

use crate::rsa_keys::KnownRsaKeys;

pub(crate) const REGION: &str = "us-east-1";
pub(crate) const ACCOUNT: &str = "111122223333";

/// A service over ports that a test can look into.
pub(crate) struct World {
    pub(crate) service:
        Service<MemoryStore, MemoryAudit, FixedClock, CountingRandomness, KnownRsaKeys>,
}

/// A refusal as a client sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) resource: Option<String>,
}

impl World {
    pub(crate) fn new() -> Self {
        let realm = Realm::new(REGION, ACCOUNT).unwrap();
        let service = Service::new(
            realm,
            MemoryStore::default(),
            MemoryAudit::default(),
            FixedClock::default(),
            CountingRandomness::default(),
            KnownRsaKeys::default(),
        );
        Self { service }
    }

    /// Sends a request and answers what a client would get.
    pub(crate) fn call(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        self.call_bytes(operation, request.to_string().as_bytes())
    }

    pub(crate) fn call_bytes(&self, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
        let operation = Operation::from_name(operation).expect("a known operation");
        let caller = Caller::new("127.0.0.1".into(), "request-1".into());
        let answer = pollster::block_on(self.service.call(operation, body, &caller));
        let refusal = |error: Error| Refusal {
            code: error.code(),
            message: error.to_string(),
            resource: error.resource_id().map(str::to_owned),
        };
        answer.map(|bytes| serde_json::from_slice(&bytes).unwrap()).map_err(refusal)
    }

    /// Sends a request that must be refused, and sees that nothing changed.
    pub(crate) fn refusal(&self, operation: &str, request: &Value) -> Refusal {
        let before = (self.service.store().fingerprint(), self.service.audit().length());
        let refusal = self.call(operation, request).expect_err("a refusal");
        let after = (self.service.store().fingerprint(), self.service.audit().length());
        assert_eq!(before, after, "{operation} changed something: {request}");
        refusal
    }

    /// Makes a key and answers its ARN.
    pub(crate) fn key(&self, usage: &str, algorithm: &str, modes: &[&str]) -> String {
        let answer = self.call("CreateKey", &create_key(usage, algorithm, modes)).unwrap();
        answer["Key"]["KeyArn"].as_str().unwrap().to_owned()
    }

    /// The clear key behind an ARN, as the other end of an exchange would know it.
    pub(crate) fn secret(&self, arn: &str) -> SecretKey {
        let reference = KeyReference::Arn(arn.parse().unwrap());
        let [found] = pollster::block_on(self.service.store().open_keys([&reference])).unwrap();
        found.expect("a key").material
    }
}

/// A CreateKey request for an exportable key.
pub(crate) fn create_key(usage: &str, algorithm: &str, modes: &[&str]) -> Value {
    let flags: serde_json::Map<_, _> =
        modes.iter().map(|mode| ((*mode).to_owned(), Value::Bool(true))).collect();
    serde_json::json!({
        "KeyAttributes": {
            "KeyUsage": usage,
            "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": algorithm,
            "KeyModesOfUse": flags,
        },
        "Exportable": true,
    })
}

/// A CreateKey request for a key pair.
pub(crate) fn create_pair(usage: &str, algorithm: &str, modes: &[&str]) -> Value {
    let mut request = create_key(usage, algorithm, modes);
    request["KeyAttributes"]["KeyClass"] = "ASYMMETRIC_KEY_PAIR".into();
    request
}

/// A clock that a test turns.
pub(crate) struct FixedClock(AtomicU64);

impl Default for FixedClock {
    fn default() -> Self {
        Self(AtomicU64::new(1_700_000_000_000))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.0.load(Ordering::SeqCst))
    }
}

/// Randomness that gives queued bytes first, then a reproducible sequence; it can fail.
#[derive(Default)]
pub(crate) struct CountingRandomness {
    queued: Mutex<VecDeque<Vec<u8>>>,
    state: AtomicU64,
    fails: AtomicBool,
}

impl CountingRandomness {
    pub(crate) fn queue(&self, bytes: &[u8]) {
        self.queued.lock().unwrap().push_back(bytes.to_owned());
    }

    pub(crate) fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }
}

impl Randomness for CountingRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(RandomnessUnavailable);
        }
        if let Some(next) = self.queued.lock().unwrap().pop_front() {
            assert_eq!(next.len(), bytes.len(), "the queued bytes fit what is asked for");
            bytes.copy_from_slice(&next);
            return Ok(());
        }
        for byte in bytes {
            // The multiplier and increment of Knuth's MMIX; any fixed sequence would do.
            let step = |state: u64| {
                Some(
                    state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407),
                )
            };
            let before = self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step);
            *byte = before.unwrap().to_be_bytes()[0];
        }
        Ok(())
    }
}

/// An audit trail in memory; it can fail.
#[derive(Default)]
pub(crate) struct MemoryAudit {
    events: Mutex<Vec<AuditEvent>>,
    fails: AtomicBool,
}

impl MemoryAudit {
    pub(crate) fn length(&self) -> usize {
        self.events.lock().unwrap().len()
    }

    pub(crate) fn last(&self) -> AuditEvent {
        self.events.lock().unwrap().last().unwrap().clone()
    }

    pub(crate) fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }
}

impl Audit for MemoryAudit {
    async fn ready(&self) -> Result<(), AuditUnavailable> {
        if self.fails.load(Ordering::SeqCst) { Err(AuditUnavailable) } else { Ok(()) }
    }

    async fn record(&self, event: AuditEvent) -> Result<(), AuditUnavailable> {
        self.ready().await?;
        self.events.lock().unwrap().push(event);
        Ok(())
    }
}

/// A store in memory with the promises of the port; it can fail.
#[derive(Default)]
pub(crate) struct MemoryStore {
    state: Mutex<State>,
    fails: AtomicBool,
}

#[derive(Default)]
struct State {
    keys: BTreeMap<KeyArn, (Key, Option<SecretKey>)>,
    aliases: BTreeMap<AliasName, Alias>,
    identities: BTreeMap<IdentityName, (Identity, Option<SecretKey>)>,
}

impl MemoryStore {
    pub(crate) fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    /// Something that differs whenever a record does.
    pub(crate) fn fingerprint(&self) -> String {
        let state = self.state.lock().unwrap();
        let keys: Vec<_> = state.keys.values().map(|(key, _)| key).collect();
        let identities: Vec<_> = state.identities.values().map(|(found, _)| found).collect();
        format!("{keys:?} {:?} {identities:?}", state.aliases)
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.fails.load(Ordering::SeqCst) { Err(StoreError::Unavailable) } else { Ok(()) }
    }
}

impl State {
    fn resolve(&self, reference: &KeyReference) -> Option<&(Key, Option<SecretKey>)> {
        match reference {
            KeyReference::Arn(arn) => self.keys.get(arn),
            KeyReference::Alias(name) => self.keys.get(self.aliases.get(name)?.target()?),
            _ => None,
        }
    }

    fn key_version(&self, arn: &KeyArn) -> u64 {
        self.keys.get(arn).map_or(0, |(key, _)| key.version())
    }

    fn alias_version(&self, name: &AliasName) -> u64 {
        self.aliases.get(name).map_or(0, Alias::version)
    }

    fn apply(&mut self, write: Write) -> Result<(), CommitError> {
        let current = match &write {
            Write::CreateKey { key, .. } | Write::UpdateKey { key } | Write::DestroyKey { key } => {
                (self.key_version(key.arn()), key.version())
            }
            Write::PutAlias { alias } | Write::DeleteAlias { alias } => {
                (self.alias_version(alias.name()), alias.version())
            }
            Write::PutIdentity { identity, .. } | Write::DeleteIdentity { identity } => {
                let found = self.identities.get(identity.name());
                (found.map_or(0, |(found, _)| found.version()), identity.version())
            }
            _ => unreachable!("a write this test store does not know"),
        };
        if current.0 != current.1 {
            return Err(CommitError::Conflict);
        }
        match write {
            Write::CreateKey { key, material } => {
                self.keys.insert(key.arn().clone(), (key.next_version(), Some(material)));
            }
            Write::UpdateKey { key } => {
                self.keys.get_mut(key.arn()).unwrap().0 = key.clone().next_version();
            }
            Write::DestroyKey { key } => {
                self.keys.insert(key.arn().clone(), (key.next_version(), None));
            }
            Write::PutAlias { alias } => {
                self.aliases.insert(alias.name().clone(), alias.next_version());
            }
            Write::DeleteAlias { alias } => {
                self.aliases.remove(alias.name());
            }
            Write::PutIdentity { identity, private_key } => {
                let name = identity.name().clone();
                self.identities.insert(name, (identity.next_version(), private_key));
            }
            Write::DeleteIdentity { identity } => {
                self.identities.remove(identity.name());
            }
            _ => unreachable!("a write this test store does not know"),
        }
        Ok(())
    }
}

impl KeyStore for MemoryStore {
    async fn key(&self, reference: &KeyReference) -> Result<Option<Key>, StoreError> {
        let state = self.state.lock().unwrap();
        Ok(state.resolve(reference).map(|(key, _)| key.clone()))
    }

    async fn open_keys<const N: usize>(
        &self,
        references: [&KeyReference; N],
    ) -> Result<[Option<StoredKey>; N], StoreError> {
        let state = self.state.lock().unwrap();
        Ok(references.map(|reference| {
            let (key, material) = state.resolve(reference)?;
            let material = SecretKey::copied_from(material.as_ref()?.expose_secret()).unwrap();
            Some(StoredKey::new(key.clone(), material))
        }))
    }

    async fn keys(&self, page: &KeyPage) -> Result<Vec<Key>, StoreError> {
        let state = self.state.lock().unwrap();
        let keys = state.keys.values().map(|(key, _)| key.clone());
        Ok(keys
            .filter(|key| page.state.is_none_or(|wanted| key.state() == wanted))
            .filter(|key| page.after.as_ref().is_none_or(|after| key.arn() > after))
            .take(page.limit)
            .collect())
    }

    async fn keys_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Key>, StoreError> {
        let state = self.state.lock().unwrap();
        let keys = state.keys.values().map(|(key, _)| key.clone());
        let due = |key: &Key| {
            key.state() == KeyState::DeletePending && key.delete_due().is_some_and(|due| due <= now)
        };
        Ok(keys.filter(due).take(limit).collect())
    }

    async fn alias(&self, name: &AliasName) -> Result<Option<Alias>, StoreError> {
        Ok(self.state.lock().unwrap().aliases.get(name).cloned())
    }

    async fn aliases(&self, page: &AliasPage) -> Result<Vec<Alias>, StoreError> {
        let state = self.state.lock().unwrap();
        let aliases = state.aliases.values().cloned();
        Ok(aliases
            .filter(|alias| page.target.is_none() || alias.target() == page.target.as_ref())
            .filter(|alias| page.after.as_ref().is_none_or(|after| alias.name() > after))
            .take(page.limit)
            .collect())
    }

    async fn open_identity(
        &self,
        name: &IdentityName,
    ) -> Result<Option<StoredIdentity>, StoreError> {
        let state = self.state.lock().unwrap();
        Ok(state.identities.get(name).map(|(identity, private_key)| {
            let copied = |key: &SecretKey| SecretKey::copied_from(key.expose_secret()).unwrap();
            StoredIdentity::new(identity.clone(), private_key.as_ref().map(copied))
        }))
    }

    async fn latest_token(&self, kind: TokenKind) -> Result<Option<Identity>, StoreError> {
        let state = self.state.lock().unwrap();
        let tokens = state.identities.values().map(|(identity, _)| identity);
        let fitting = tokens.filter(|token| token.token_kind() == Some(kind));
        Ok(fitting.max_by_key(|token| token.valid_until()).cloned())
    }

    async fn identities_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Identity>, StoreError> {
        let state = self.state.lock().unwrap();
        let identities = state.identities.values().map(|(identity, _)| identity);
        Ok(identities.filter(|one| one.valid_until() <= now).take(limit).cloned().collect())
    }

    async fn commit(&self, batch: Vec<Write>) -> Result<(), CommitError> {
        self.check()?;
        let mut state = self.state.lock().unwrap();
        batch.into_iter().try_for_each(|write| state.apply(write))
    }
}

impl World {
    /// Turns the clock forward.
    pub(crate) fn days_pass(&self, days: u64) {
        let milliseconds = days * 24 * 60 * 60 * 1000;
        self.service.clock().0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}
