//! Who may do what: administrators everything, or what a policy in Cedar says.

mod entities;
mod policy;

use export_api::ports::{Authorize, Caller, Decision, Question};
use export_api::{Operation, Principal, Role};

pub use policy::{Checked, PolicyError, PolicyFile, Reread, SCHEMA, check};

/// The policy without a file: administrators may do everything, and others nothing.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct AdministratorsOnly;

impl AdministratorsOnly {
    fn decision(caller: &Caller) -> Decision {
        match caller.principal.as_ref().map(Principal::role) {
            Some(Role::Administrator) => Decision::Allowed,
            _ => Decision::Denied,
        }
    }
}

impl Authorize for AdministratorsOnly {
    fn beforehand(&self, caller: &Caller, _: Operation) -> Option<Decision> {
        Some(Self::decision(caller))
    }

    fn decide(&self, question: &Question<'_>) -> Decision {
        Self::decision(question.caller)
    }
}
