//! A policy file: read, held against the schema, and asked.

use core::fmt::{self, Write};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use cedar_policy::{
    Authorizer, Decision as CedarDecision, Entities, ParseErrors, PolicySet, Request, Schema,
    ValidationMode, Validator,
};
use export_api::ports::{Authorize, Caller, Decision, Question};
use export_api::{Approval, Key, Named, Operation, Principal};
use sha2::{Digest, Sha256};

use super::entities::{self, Asked, Unsaid};

/// What policies can speak of, in Cedar's own language for schemas.
pub const SCHEMA: &str = include_str!("../../policy/export-server.cedarschema");

/// A policy that is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The file cannot be read.
    #[error("the policy {} cannot be read: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        cause: io::Error,
    },
    /// It is no Cedar.
    #[error("the policy is not written in Cedar: {0}")]
    Malformed(Box<ParseErrors>),
    /// It speaks of what is not in the schema, or otherwise than the schema has it.
    #[error(
        "the policy does not fit the schema, which `export-server policy schema` prints: {findings}"
    )]
    Unfitting {
        /// What and where, one finding behind the other.
        findings: String,
    },
    /// The schema does not load, which is a fault of this program.
    #[error("the schema does not load: {0}")]
    Schema(String),
}

/// What a policy that fits the schema is like.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// How many policies are in it.
    pub policies: usize,
    /// What is odd about it, such as a policy that never applies.
    pub warnings: Vec<String>,
}

/// Checks a policy against the schema.
///
/// # Errors
///
/// [`PolicyError`] says what is wrong with it.
pub fn check(text: &str) -> Result<Checked, PolicyError> {
    let Policies { set, warnings, .. } = Policies::read(text)?;
    Ok(Checked { policies: set.policies().count(), warnings })
}

/// Policies that fit the schema.
struct Policies {
    set: PolicySet,
    /// The operations and the groups they are in.
    actions: Entities,
    warnings: Vec<String>,
    /// SHA-256 of the text in hex digits.
    digest: String,
}

impl Policies {
    fn read(text: &str) -> Result<Self, PolicyError> {
        let malformed = |cause| PolicyError::Malformed(Box::new(cause));
        let set: PolicySet = text.parse().map_err(malformed)?;
        let broken = |error: &dyn fmt::Display| PolicyError::Schema(error.to_string());
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(|error| broken(&error))?;
        let actions = schema.action_entities().map_err(|error| broken(&error))?;
        let outcome = Validator::new(schema).validate(&set, ValidationMode::Strict);
        let mut findings = String::new();
        for error in outcome.validation_errors() {
            let separator = if findings.is_empty() { "" } else { "; " };
            // Writing to a text does not fail.
            let _ = write!(findings, "{separator}{error}");
        }
        if !outcome.validation_passed() {
            return Err(PolicyError::Unfitting { findings });
        }
        let warnings = outcome.validation_warnings().map(ToString::to_string).collect();
        let digest = base16ct::lower::encode_string(&Sha256::digest(text));
        Ok(Self { set, actions, warnings, digest })
    }
}

impl fmt::Debug for Policies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Policies").finish_non_exhaustive()
    }
}

/// A policy that was read again and is not in force yet.
#[derive(Debug)]
pub struct Reread(Policies);

impl Reread {
    /// SHA-256 of its text in hex digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// How many policies are in it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.set.policies().count()
    }
}

/// A policy file as it was last read.
#[derive(Debug)]
pub struct PolicyFile {
    path: PathBuf,
    account: String,
    current: RwLock<Arc<Policies>>,
}

impl PolicyFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] says what is wrong with it.
    pub fn open(path: &Path, account: &str) -> Result<Self, PolicyError> {
        let current = RwLock::new(Arc::new(read(path)?));
        Ok(Self { path: path.to_owned(), account: account.to_owned(), current })
    }

    /// Reads the file again; what was read is not in force yet.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] says what is wrong with it.
    pub fn reread(&self) -> Result<Reread, PolicyError> {
        Ok(Reread(read(&self.path)?))
    }

    /// Puts in force what was read again, for the requests that come from now on.
    pub fn put_in_force(&self, reread: Reread) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(reread.0);
    }

    /// Answers a question, and says in the log of which request or approval it was if it is denied.
    fn answer(&self, asked: Asked, operation: &str, of: &str) -> Result<Decision, Unsaid> {
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        let Asked { principal, action, resource, context, entities } = asked;
        let entities = current.actions.clone().add_entities(entities, None)?;
        let request = Request::new(principal, action, resource, context, None)?;
        let response = Authorizer::new().is_authorized(&request, &current.set, &entities);
        let diagnostics = response.diagnostics();
        // A policy that cannot be evaluated could be one that forbids.
        if let Some(error) = diagnostics.errors().next() {
            tracing::error!(%error, "a policy cannot be evaluated, so that all is denied");
            return Ok(Decision::Denied);
        }
        if response.decision() == CedarDecision::Allow {
            return Ok(Decision::Allowed);
        }
        let by: Vec<String> = diagnostics.reason().map(ToString::to_string).collect();
        tracing::info!(request_id = of, operation, forbidden_by = by.join(", "), "denied");
        Ok(Decision::Denied)
    }
}

fn or_denied(answer: Result<Decision, Unsaid>) -> Decision {
    answer.unwrap_or_else(|error| {
        tracing::error!(%error, "a question cannot be put in Cedar, so that it is denied");
        Decision::Denied
    })
}

fn read(path: &Path) -> Result<Policies, PolicyError> {
    let unreadable = |cause| PolicyError::Unreadable { path: path.to_owned(), cause };
    let policies = Policies::read(&fs::read_to_string(path).map_err(unreadable)?)?;
    for warning in &policies.warnings {
        tracing::warn!(warning, "the policy is odd");
    }
    Ok(policies)
}

impl Authorize for PolicyFile {
    fn beforehand(&self, caller: &Caller, _: Operation) -> Option<Decision> {
        // Policies speak of credentials; a request that nobody signed is of none.
        caller.principal.is_none().then_some(Decision::Denied)
    }

    fn decide(&self, question: &Question<'_>) -> Decision {
        let asked = entities::of(question, &self.account);
        let (operation, of) = (question.operation.name(), &question.caller.request_id);
        or_denied(asked.and_then(|asked| self.answer(asked, operation, of)))
    }

    fn decide_approval(&self, approver: &Principal, approval: &Approval, key: &Key) -> Decision {
        let asked = entities::of_approval(approver, approval, key, &self.account);
        or_denied(asked.and_then(|asked| self.answer(asked, "ApproveExport", "")))
    }
}
