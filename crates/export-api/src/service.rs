//! The service: one call from the bytes of a request to the bytes of its answer.

mod world;

use core::future::Future;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tr34::Layout;

pub(crate) use self::world::{World, require_state};
use crate::Realm;
use crate::access::{self, Touches};
use crate::audit_view::{self, Side};
use crate::error::{Error, Fault};
use crate::key::KeyState;
use crate::operation::Operation;
use crate::ports::{
    Audit, AuditEvent, Authorize, Caller, Clock, CommitError, KeyStore, Randomness, Refused,
    RsaKeys, Write,
};
use crate::receipt::Receipts;
use crate::wire::Members;

/// The endpoint's operations over a store, an audit trail, a clock, a source of randomness and
/// private RSA keys.
#[derive(Debug)]
pub struct Service<S, A, C, R, K> {
    world: World<S, C, R, K>,
    audit: A,
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

    /// What it touches, for whoever decides whether it may be carried out.
    fn touches(&mut self) -> Touches<'_>;

    /// Learns who asks, where that matters.
    fn asked_by(&mut self, _: &Caller) {}

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
        let world = World {
            realm,
            store,
            clock,
            randomness,
            rsa_keys,
            key_cryptograms,
            import_layouts,
            approval_tag: None,
            receipts: Receipts::Off,
            authorizer: None,
        };
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

    /// The same service, in which keys with this label, whatever its value, leave only if another
    /// credential approves of it. The label can be set then, and not be removed.
    #[must_use]
    pub fn with_approval_tag(mut self, label: String) -> Self {
        self.world.approval_tag = Some(label);
        self
    }

    /// The same service, which signs receipts of these exports, for the audit trail.
    #[must_use]
    pub fn with_receipts(mut self, receipts: Receipts) -> Self {
        self.world.receipts = receipts;
        self
    }

    /// The same service, which asks before it carries out an operation; without this, everybody may
    /// do everything.
    #[must_use]
    pub fn with_authorizer(mut self, authorizer: Arc<dyn Authorize>) -> Self {
        self.world.authorizer = Some(authorizer);
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
    /// returns. A refusal changes neither, except that the audit trail records it if the operation
    /// is not allowed to the caller.
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
        let asked = (caller, operation);
        let answer = match self.carry_out(parsed, asked).await {
            Err(error) if error.is_denial() => {
                self.record_refusal(asked, request_parameters, &error).await?;
                return Err(error);
            }
            outcome => outcome?,
        };
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
            refused: None,
        };
        self.audit.record(event).await?;
        serde_json::to_vec(&answer).map_err(|_| Error::Internal { cause: Fault::Answer })
    }

    /// Carries out an operation that the caller is allowed.
    async fn carry_out<O: Call>(
        &self,
        mut parsed: O,
        asked: (&Caller, Operation),
    ) -> Result<O::Answer, Error> {
        if let Some(authorizer) = &self.world.authorizer {
            access::require(&**authorizer, &self.world, asked, parsed.touches()).await?;
        }
        parsed.asked_by(asked.0);
        parsed.perform(&self.world).await
    }

    /// Records that the caller was not allowed an operation.
    async fn record_refusal(
        &self,
        (caller, operation): (&Caller, Operation),
        request_parameters: Value,
        error: &Error,
    ) -> Result<(), Error> {
        let event = AuditEvent {
            time: self.world.clock.now(),
            operation,
            caller: caller.clone(),
            request_parameters,
            response_elements: Value::Null,
            remarks: Value::Null,
            refused: Some(Refused { code: error.code(), message: error.to_string() }),
        };
        Ok(self.audit.record(event).await?)
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
