//! The port, by reads and changes that the worker carries out.

use export_api::ports::{
    Alias, AliasPage, CommitError, KeyPage, KeyReference, KeyStore, StoreError, StoredIdentity,
    StoredKey, Write,
};
use export_api::{AliasName, Identity, IdentityName, Key, Timestamp, TokenKind};

use super::{Change, PostgresStore};

impl KeyStore for PostgresStore {
    async fn key(&self, reference: &KeyReference) -> Result<Option<Key>, StoreError> {
        let found = self.references(vec![reference.clone()]).await?;
        Ok(found.into_iter().flatten().next().map(|(key, _)| key))
    }

    async fn open_keys<const N: usize>(
        &self,
        references: [&KeyReference; N],
    ) -> Result<[Option<StoredKey>; N], StoreError> {
        let references = references.into_iter().cloned().collect();
        let found = self.references(references).await?;
        let mut opened = [const { None }; N];
        for (slot, found) in opened.iter_mut().zip(found) {
            *slot = found.and_then(|(key, secret)| Some(StoredKey::new(key, secret?)));
        }
        Ok(opened)
    }

    async fn keys(&self, page: &KeyPage) -> Result<Vec<Key>, StoreError> {
        let page = page.clone();
        self.read(page, |reader, page| Box::pin(async move { reader.keys(page).await })).await
    }

    async fn keys_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Key>, StoreError> {
        self.read((now, limit), |reader, &(now, limit)| {
            Box::pin(async move { reader.keys_due(now, limit).await })
        })
        .await
    }

    async fn alias(&self, name: &AliasName) -> Result<Option<Alias>, StoreError> {
        let name = name.clone();
        self.read(name, |reader, name| Box::pin(async move { reader.alias(name).await })).await
    }

    async fn aliases(&self, page: &AliasPage) -> Result<Vec<Alias>, StoreError> {
        let page = page.clone();
        self.read(page, |reader, page| Box::pin(async move { reader.aliases(page).await })).await
    }

    async fn open_identity(
        &self,
        name: &IdentityName,
    ) -> Result<Option<StoredIdentity>, StoreError> {
        let name = name.clone();
        self.read(name, |reader, name| Box::pin(async move { reader.identity(name).await })).await
    }

    async fn latest_token(&self, kind: TokenKind) -> Result<Option<Identity>, StoreError> {
        self.read(kind, |reader, kind| Box::pin(async move { reader.latest_token(*kind).await }))
            .await
    }

    async fn identities_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Identity>, StoreError> {
        self.read((now, limit), |reader, &(now, limit)| {
            Box::pin(async move { reader.identities_due(now, limit).await })
        })
        .await
    }

    async fn commit(&self, batch: Vec<Write>) -> Result<(), CommitError> {
        self.change(Change::Records(batch)).await
    }
}
