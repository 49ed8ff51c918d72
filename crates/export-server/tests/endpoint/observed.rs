//! A store and an audit trail that count how often they are asked, and fail when they are told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use export_api::ports::{
    Alias, AliasPage, Audit, AuditEvent, AuditUnavailable, CommitError, KeyPage, KeyReference,
    KeyStore, StoreError, StoredIdentity, StoredKey, Write,
};
use export_api::{AliasName, Identity, IdentityName, Key, Timestamp, TokenKind};
use key_store::SqliteStore;

use crate::world::Trail;

/// An audit trail that counts how often it is asked, and can be switched off.
#[derive(Clone)]
pub(crate) struct ObservedTrail {
    trail: Trail,
    pub(crate) asked: Arc<AtomicU64>,
    pub(crate) broken: Arc<AtomicBool>,
}

impl ObservedTrail {
    pub(crate) fn over(trail: Trail) -> Self {
        Self { trail, asked: Arc::default(), broken: Arc::default() }
    }
}

impl Audit for ObservedTrail {
    async fn ready(&self) -> Result<(), AuditUnavailable> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.broken.load(Ordering::SeqCst) { Err(AuditUnavailable) } else { Ok(()) }
    }

    async fn record(&self, event: AuditEvent) -> Result<(), AuditUnavailable> {
        self.ready().await?;
        self.trail.record(event).await
    }
}

/// A store that counts how often it is asked, and whose listing of keys panics when it is told to.
#[derive(Clone)]
pub(crate) struct ObservedStore {
    store: SqliteStore,
    pub(crate) asked: Arc<AtomicU64>,
    pub(crate) panics: Arc<AtomicBool>,
}

impl ObservedStore {
    pub(crate) fn over(store: SqliteStore) -> Self {
        Self { store, asked: Arc::default(), panics: Arc::default() }
    }

    fn store(&self) -> &SqliteStore {
        self.asked.fetch_add(1, Ordering::SeqCst);
        &self.store
    }
}

impl KeyStore for ObservedStore {
    async fn key(&self, reference: &KeyReference) -> Result<Option<Key>, StoreError> {
        self.store().key(reference).await
    }

    async fn open_keys<const N: usize>(
        &self,
        references: [&KeyReference; N],
    ) -> Result<[Option<StoredKey>; N], StoreError> {
        self.store().open_keys(references).await
    }

    async fn keys(&self, page: &KeyPage) -> Result<Vec<Key>, StoreError> {
        assert!(!self.panics.load(Ordering::SeqCst), "a panic that a test wants");
        self.store().keys(page).await
    }

    async fn keys_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Key>, StoreError> {
        self.store().keys_due(now, limit).await
    }

    async fn alias(&self, name: &AliasName) -> Result<Option<Alias>, StoreError> {
        self.store().alias(name).await
    }

    async fn aliases(&self, page: &AliasPage) -> Result<Vec<Alias>, StoreError> {
        self.store().aliases(page).await
    }

    async fn open_identity(
        &self,
        name: &IdentityName,
    ) -> Result<Option<StoredIdentity>, StoreError> {
        self.store().open_identity(name).await
    }

    async fn latest_token(&self, kind: TokenKind) -> Result<Option<Identity>, StoreError> {
        self.store().latest_token(kind).await
    }

    async fn identities_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Identity>, StoreError> {
        self.store().identities_due(now, limit).await
    }

    async fn commit(&self, batch: Vec<Write>) -> Result<(), CommitError> {
        self.store().commit(batch).await
    }
}
