//! What the service asks of its ports, each question as a part of the request's trace.

use core::ops::Deref;

use export_api::ports::{
    Alias, AliasPage, Audit, AuditEvent, AuditUnavailable, Authorize, Caller, CommitError,
    Decision, KeyPage, KeyReference, KeyStore, NewKeyPair, PrivateKey, Question, RsaKeys,
    RsaKeysError, StoreError, StoredIdentity, StoredKey, Write,
};
use export_api::{
    AliasName, Approval, Identity, IdentityName, Key, Operation, Principal, Timestamp, TokenKind,
};
use key_types::{HashAlgorithm, KeyAlgorithm, SecretKey};
use payment_pki::{PublicKey, SignatureAlgorithm, Verify};
use rand_core::TryCryptoRng;
use rsa_wrap::{EncryptionFailed, OaepEncrypt, Recipient, WrappingSpec};
use tracing::Instrument;

use super::part;

/// A port whose answers are timed.
#[derive(Clone, Debug)]
pub struct Traced<T>(T);

impl<T> Traced<T> {
    /// Times a port.
    pub const fn new(port: T) -> Self {
        Self(port)
    }
}

impl<T> Deref for Traced<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<S: KeyStore> KeyStore for Traced<S> {
    async fn key(&self, reference: &KeyReference) -> Result<Option<Key>, StoreError> {
        self.0.key(reference).instrument(part!("store.read_key")).await
    }

    async fn open_keys<const N: usize>(
        &self,
        references: [&KeyReference; N],
    ) -> Result<[Option<StoredKey>; N], StoreError> {
        self.0.open_keys(references).instrument(part!("store.open_keys")).await
    }

    async fn keys(&self, page: &KeyPage) -> Result<Vec<Key>, StoreError> {
        self.0.keys(page).instrument(part!("store.list_keys")).await
    }

    async fn keys_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Key>, StoreError> {
        self.0.keys_due(now, limit).await
    }

    async fn alias(&self, name: &AliasName) -> Result<Option<Alias>, StoreError> {
        self.0.alias(name).instrument(part!("store.read_alias")).await
    }

    async fn aliases(&self, page: &AliasPage) -> Result<Vec<Alias>, StoreError> {
        self.0.aliases(page).instrument(part!("store.list_aliases")).await
    }

    async fn open_identity(
        &self,
        name: &IdentityName,
    ) -> Result<Option<StoredIdentity>, StoreError> {
        self.0.open_identity(name).instrument(part!("store.open_identity")).await
    }

    async fn latest_token(&self, kind: TokenKind) -> Result<Option<Identity>, StoreError> {
        self.0.latest_token(kind).instrument(part!("store.read_token")).await
    }

    async fn identities_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Identity>, StoreError> {
        self.0.identities_due(now, limit).await
    }

    async fn commit(&self, batch: Vec<Write>) -> Result<(), CommitError> {
        self.0.commit(batch).instrument(part!("store.commit")).await
    }
}

impl<A: Audit> Audit for Traced<A> {
    async fn ready(&self) -> Result<(), AuditUnavailable> {
        self.0.ready().await
    }

    async fn record(&self, event: AuditEvent) -> Result<(), AuditUnavailable> {
        self.0.record(event).instrument(part!("audit")).await
    }
}

impl<K: Verify> Verify for Traced<K> {
    fn verify(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), payment_pki::Error> {
        self.0.verify(key, algorithm, message, signature)
    }
}

impl<K: OaepEncrypt> OaepEncrypt for Traced<K> {
    fn encrypt<R: TryCryptoRng + ?Sized>(
        &self,
        recipient: &Recipient,
        spec: WrappingSpec,
        key: &SecretKey,
        random: &mut R,
    ) -> Result<Vec<u8>, EncryptionFailed> {
        part!("rsa.encrypt").in_scope(|| self.0.encrypt(recipient, spec, key, random))
    }
}

impl<K: RsaKeys> RsaKeys for Traced<K> {
    async fn generate(&self, algorithm: KeyAlgorithm) -> Result<NewKeyPair, RsaKeysError> {
        self.0.generate(algorithm).instrument(part!("rsa.generate")).await
    }

    async fn public_key(&self, key: PrivateKey) -> Result<Vec<u8>, RsaKeysError> {
        self.0.public_key(key).instrument(part!("rsa.public_key")).await
    }

    async fn sign(
        &self,
        key: PrivateKey,
        hash: HashAlgorithm,
        message: Vec<u8>,
    ) -> Result<Vec<u8>, RsaKeysError> {
        self.0.sign(key, hash, message).instrument(part!("rsa.sign")).await
    }

    async fn decrypt(
        &self,
        key: PrivateKey,
        hash: HashAlgorithm,
        ciphertext: Vec<u8>,
    ) -> Result<SecretKey, RsaKeysError> {
        self.0.decrypt(key, hash, ciphertext).instrument(part!("rsa.decrypt")).await
    }

    fn forget(&self, name: &str) {
        self.0.forget(name);
    }
}

impl<A: Authorize> Authorize for Traced<A> {
    fn beforehand(&self, caller: &Caller, operation: Operation) -> Option<Decision> {
        part!("authorization").in_scope(|| self.0.beforehand(caller, operation))
    }

    fn decide(&self, question: &Question<'_>) -> Decision {
        part!("authorization").in_scope(|| self.0.decide(question))
    }

    fn decide_approval(&self, approver: &Principal, approval: &Approval, key: &Key) -> Decision {
        part!("authorization").in_scope(|| self.0.decide_approval(approver, approval, key))
    }
}
