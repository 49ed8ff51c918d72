//! The service: one call from the bytes of a request to the bytes of its answer.

use core::future::Future;

use key_types::SecretKey;
use serde::Serialize;
use serde_json::Value;
use tr34::Layout;
use zeroize::Zeroizing;

use crate::arn::{ParsedArn, Place};
use crate::audit_view::{self, Side};
use crate::error::{Error, Fault};
use crate::key::{Key, KeyState};
use crate::operation::Operation;
use crate::ports::{
    Alias, Audit, AuditEvent, Caller, Clock, CommitError, KeyReference, KeyStore, Randomness,
    RsaKeys, StoredKey, Write,
};
use crate::wire::{KeyIdentifier, Members};
use crate::{AliasName, KeyArn, Realm, Rule};

/// The endpoint's operations over a store, an audit trail, a clock, a source of randomness and
/// private RSA keys.
#[derive(Debug)]
pub struct Service<S, A, C, R, K> {
    world: World<S, C, R, K>,
    audit: A,
}

/// What an operation may touch.
#[derive(Debug)]
pub(crate) struct World<S, C, R, K> {
    pub(crate) realm: Realm,
    pub(crate) store: S,
    pub(crate) clock: C,
    pub(crate) randomness: R,
    pub(crate) rsa_keys: K,
    pub(crate) key_cryptograms: KeyCryptograms,
    /// The layouts of TR-34 key tokens that are taken.
    pub(crate) import_layouts: Vec<Layout>,
}

/// Whether keys leave as RSA cryptograms, which bind neither attributes nor sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyCryptograms {
    /// They do, as at AWS Payment Cryptography.
    #[default]
    Offered,
    /// They do not: for PCI PIN, requirement 18-3, a cryptogram is no key block.
    SwitchedOff,
}

/// An operation: a request that is read once, then carried out.
pub(crate) trait Call: Sized + Send {
    /// What it answers.
    type Answer: Serialize + Send;

    /// Reads the request.
    fn parse(members: &mut Members) -> Result<Self, Error>;

    /// What the audit trail is to know beside request and answer.
    fn remarks(_: &Self::Answer) -> Value {
        Value::Null
    }

    /// Carries it out.
    fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> impl Future<Output = Result<Self::Answer, Error>> + Send;
}

impl<S: KeyStore, A: Audit, C: Clock, R: Randomness, K: RsaKeys> Service<S, A, C, R, K> {
    /// Joins the ports into a service for one region and account.
    #[must_use]
    pub fn new(realm: Realm, store: S, audit: A, clock: C, randomness: R, rsa_keys: K) -> Self {
        let key_cryptograms = KeyCryptograms::Offered;
        let import_layouts = vec![Layout::X9Tr34_2012];
        let world =
            World { realm, store, clock, randomness, rsa_keys, key_cryptograms, import_layouts };
        Self { world, audit }
    }

    /// The same service, with or without exports by KeyCryptogram.
    #[must_use]
    pub fn with_key_cryptograms(mut self, key_cryptograms: KeyCryptograms) -> Self {
        self.world.key_cryptograms = key_cryptograms;
        self
    }

    /// The same service, which takes TR-34 key tokens of these layouts; without this, only of that
    /// which the API names. Layout `AnnexD` is taken with `StrictCms`: it shows only inside.
    #[must_use]
    pub fn with_import_layouts(mut self, layouts: Vec<Layout>) -> Self {
        self.world.import_layouts = layouts;
        self
    }

    /// The region and account the service answers for.
    #[must_use]
    pub const fn realm(&self) -> &Realm {
        &self.world.realm
    }

    /// The store behind the service.
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.world.store
    }

    /// The audit trail behind the service.
    #[must_use]
    pub const fn audit(&self) -> &A {
        &self.audit
    }

    /// The clock behind the service.
    #[must_use]
    pub const fn clock(&self) -> &C {
        &self.world.clock
    }

    /// The source of randomness behind the service.
    #[must_use]
    pub const fn randomness(&self) -> &R {
        &self.world.randomness
    }

    /// The private RSA keys behind the service.
    #[must_use]
    pub const fn rsa_keys(&self) -> &K {
        &self.world.rsa_keys
    }

    /// Carries out one operation: JSON in, JSON out.
    ///
    /// What is answered is durable in the store and recorded in the audit trail before this
    /// returns. A refusal changes neither.
    ///
    /// # Errors
    ///
    /// [`Error`] says which member breaks which rule, or what did not answer.
    pub async fn call(
        &self,
        operation: Operation,
        body: &[u8],
        caller: &Caller,
    ) -> Result<Vec<u8>, Error> {
        use crate::operation as op;

        match operation {
            Operation::CreateAlias => self.run::<op::CreateAlias>(operation, body, caller).await,
            Operation::CreateKey => self.run::<op::CreateKey>(operation, body, caller).await,
            Operation::DeleteAlias => self.run::<op::DeleteAlias>(operation, body, caller).await,
            Operation::DeleteKey => self.run::<op::DeleteKey>(operation, body, caller).await,
            Operation::ExportKey => self.run::<op::ExportKey>(operation, body, caller).await,
            Operation::GetAlias => self.run::<op::GetAlias>(operation, body, caller).await,
            Operation::GetCertificateSigningRequest => {
                self.run::<op::GetCertificateSigningRequest>(operation, body, caller).await
            }
            Operation::GetKey => self.run::<op::GetKey>(operation, body, caller).await,
            Operation::GetParametersForExport => {
                self.run::<op::GetParametersForExport>(operation, body, caller).await
            }
            Operation::GetParametersForImport => {
                self.run::<op::GetParametersForImport>(operation, body, caller).await
            }
            Operation::GetPublicKeyCertificate => {
                self.run::<op::GetPublicKeyCertificate>(operation, body, caller).await
            }
            Operation::ImportKey => self.run::<op::ImportKey>(operation, body, caller).await,
            Operation::ListAliases => self.run::<op::ListAliases>(operation, body, caller).await,
            Operation::ListKeys => self.run::<op::ListKeys>(operation, body, caller).await,
            Operation::ListTagsForResource => {
                self.run::<op::ListTagsForResource>(operation, body, caller).await
            }
            Operation::RestoreKey => self.run::<op::RestoreKey>(operation, body, caller).await,
            Operation::StartKeyUsage => {
                self.run::<op::StartKeyUsage>(operation, body, caller).await
            }
            Operation::StopKeyUsage => self.run::<op::StopKeyUsage>(operation, body, caller).await,
            Operation::TagResource => self.run::<op::TagResource>(operation, body, caller).await,
            Operation::UntagResource => {
                self.run::<op::UntagResource>(operation, body, caller).await
            }
            Operation::UpdateAlias => self.run::<op::UpdateAlias>(operation, body, caller).await,
        }
    }

    async fn run<O: Call>(
        &self,
        operation: Operation,
        body: &[u8],
        caller: &Caller,
    ) -> Result<Vec<u8>, Error> {
        let request: Value = serde_json::from_slice(body)
            .map_err(|_| Error::Serialization { problem: "it does not parse" })?;
        let request_parameters = audit_view::of(&request, Side::Request);
        let mut members = Members::of_request(request)?;
        let parsed = O::parse(&mut members)?;
        members.finish()?;

        self.audit.ready().await?;
        let answer = parsed.perform(&self.world).await?;
        let remarks = O::remarks(&answer);
        let answer =
            serde_json::to_value(&answer).map_err(|_| Error::Internal { cause: Fault::Answer })?;

        let response_elements = if operation.is_read_only() {
            Value::Null
        } else {
            audit_view::of(&answer, Side::Answer)
        };
        let event = AuditEvent {
            time: self.world.clock.now(),
            operation,
            caller: caller.clone(),
            request_parameters,
            response_elements,
            remarks,
        };
        self.audit.record(event).await?;
        serde_json::to_vec(&answer).map_err(|_| Error::Internal { cause: Fault::Answer })
    }

    /// Destroys keys whose scheduled deletion is due, at most `limit`, and says how many.
    ///
    /// # Errors
    ///
    /// [`Error`] if the store does not answer. A key that changed meanwhile is left for the
    /// next time.
    pub async fn destroy_due_keys(&self, limit: usize) -> Result<usize, Error> {
        let now = self.world.clock.now();
        let mut destroyed = 0_usize;
        for mut key in self.world.store.keys_due(now, limit).await? {
            let name = key.arn.to_string();
            key.state = KeyState::DeleteComplete;
            key.enabled = false;
            key.deleted = Some(now);
            match self.world.store.commit(vec![Write::DestroyKey { key }]).await {
                Ok(()) => {
                    self.world.rsa_keys.forget(&name);
                    destroyed = destroyed.saturating_add(1);
                }
                Err(CommitError::Conflict) => (),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(destroyed)
    }

    /// Deletes export tokens and certificates that ended, with their private keys, at most
    /// `limit`, and says how many.
    ///
    /// # Errors
    ///
    /// [`Error`] if the store does not answer.
    pub async fn delete_ended_identities(&self, limit: usize) -> Result<usize, Error> {
        let now = self.world.clock.now();
        let mut deleted = 0_usize;
        for identity in self.world.store.identities_due(now, limit).await? {
            let name = identity.name().to_string();
            match self.world.store.commit(vec![Write::DeleteIdentity { identity }]).await {
                Ok(()) => {
                    self.world.rsa_keys.forget(&name);
                    deleted = deleted.saturating_add(1);
                }
                Err(CommitError::Conflict) => (),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(deleted)
    }
}

impl<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys> World<S, C, R, K> {
    /// Where to look for the key an identifier names, if it can be here at all.
    pub(crate) fn reference(&self, identifier: &KeyIdentifier) -> Result<KeyReference, Error> {
        let text = identifier.as_str();
        let not_found = || Error::NotFound { resource: text.to_owned() };
        let Some(arn) = ParsedArn::parse(text) else {
            let name: AliasName = text.parse().map_err(|_| not_found())?;
            return Ok(KeyReference::Alias(name));
        };
        match self.realm.locate(&arn) {
            Place::Here => (),
            Place::OtherRegion => return Err(not_found()),
            Place::OtherAccount => {
                return Err(Error::OtherAccount { member: identifier.member().clone() });
            }
        }
        match text.parse::<KeyArn>() {
            Ok(key) => Ok(KeyReference::Arn(key)),
            Err(_) => arn.resource.parse().map(KeyReference::Alias).map_err(|_| not_found()),
        }
    }

    /// Reads the key that an identifier names.
    pub(crate) async fn key(&self, identifier: &KeyIdentifier) -> Result<Key, Error> {
        let reference = self.reference(identifier)?;
        let not_found = || Error::NotFound { resource: identifier.as_str().to_owned() };
        self.store.key(&reference).await?.ok_or_else(not_found)
    }

    /// Opens the key that an identifier names.
    pub(crate) async fn open_key(&self, identifier: &KeyIdentifier) -> Result<StoredKey, Error> {
        let reference = self.reference(identifier)?;
        let not_found = || Error::NotFound { resource: identifier.as_str().to_owned() };
        let [found] = self.store.open_keys([&reference]).await?;
        found.ok_or_else(not_found)
    }

    /// Reads an alias of this region and account.
    pub(crate) async fn alias(&self, name: &AliasName) -> Result<Alias, Error> {
        let not_found = || Error::NotFound { resource: name.to_string() };
        self.store.alias(name).await?.ok_or_else(not_found)
    }

    /// Reads the key that a bare ARN names.
    pub(crate) async fn key_by_arn(&self, member: &'static str, arn: KeyArn) -> Result<Key, Error> {
        let not_found = || Error::NotFound { resource: arn.to_string() };
        match arn.parsed().map(|parsed| self.realm.locate(&parsed)) {
            Some(Place::Here) => (),
            Some(Place::OtherAccount) => {
                return Err(Error::OtherAccount { member: member.into() });
            }
            Some(Place::OtherRegion) | None => return Err(not_found()),
        }
        let found = self.store.key(&KeyReference::Arn(arn.clone())).await?;
        found.ok_or_else(not_found)
    }

    /// Writes a changed key and answers it as it now stands.
    pub(crate) async fn update(&self, key: Key) -> Result<Key, Error> {
        self.store.commit(vec![Write::UpdateKey { key: key.clone() }]).await?;
        Ok(key.next_version())
    }

    /// Makes a random secret of `length` bytes.
    pub(crate) fn random_secret(&self, length: usize) -> Result<SecretKey, Error> {
        let fill = |bytes: &mut [u8]| {
            self.randomness.fill(bytes).map_err(|error| SecretFailure(error.into()))
        };
        SecretKey::try_filled_by(length, fill).map_err(|SecretFailure(error)| error)
    }

    /// Makes `length` random characters of `0-9 a-z`, the form of key ids.
    pub(crate) fn random_id(&self, length: usize) -> Result<String, Error> {
        const CHARACTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        // The greatest multiple of 36 below 256: bytes from there on would favour some characters.
        const FAIR: u8 = 252;

        let mut id = String::with_capacity(length);
        let mut bytes = Zeroizing::new([0; 32]);
        while id.len() < length {
            self.randomness.fill(bytes.as_mut_slice())?;
            let fair = bytes.iter().filter(|&&byte| byte < FAIR);
            let characters = fair.filter_map(|byte| CHARACTERS.get(usize::from(byte % 36)));
            id.extend(characters.take(length.saturating_sub(id.len())).map(|&c| char::from(c)));
        }
        Ok(id)
    }
}

/// Lets a failing source of randomness and an impossible length share one error.
struct SecretFailure(Error);

impl From<key_types::SecretKeyLengthError> for SecretFailure {
    fn from(_: key_types::SecretKeyLengthError) -> Self {
        let code = "SecretKeyLength";
        Self(Error::Internal { cause: Fault::RefusedByCrate { crate_name: "key-types", code } })
    }
}

/// Refuses a key that is not in the state an operation needs.
pub(crate) fn require_state(
    key: &Key,
    needed: KeyState,
    identifier: &KeyIdentifier,
) -> Result<(), Error> {
    if key.state == needed {
        return Ok(());
    }
    let rule = Rule::KeyState { found: key.state, needed };
    Err(Error::state(identifier.member().clone(), rule))
}
