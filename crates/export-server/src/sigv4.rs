//! AWS Signature Version 4: who signed a request, and whether it arrived as it was signed.
//!
//! The way of a request: [`Authorization`] takes the header apart, the canonical request is
//! rebuilt from the headers that the client says it signed, and [`Verifier`] compares signatures.

mod authorization;
mod canonical;
mod credential;
mod refusal;
#[cfg(test)]
mod same_work;
#[cfg(test)]
mod test_suite;
mod verifier;

pub use authorization::Authorization;
pub use credential::{AccessKeyId, Credential, CredentialError, SecretAccessKey};
pub use refusal::Refusal;
pub use verifier::{SignedRequest, Verifier};
