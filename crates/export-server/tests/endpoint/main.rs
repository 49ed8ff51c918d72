//! The endpoint as its clients see it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

mod approvals;
mod backup;
mod bad_input;
#[cfg(target_os = "linux")]
mod canary;
mod certified;
mod connections;
mod credentials;
mod faults;
mod imports;
mod lost_commits;
mod masses;
mod observed;
mod operations;
mod policy;
mod postgres;
mod program;
mod races;
mod receipts;
mod root_keys;
mod signature;
mod signer;
#[cfg(feature = "pkcs11")]
mod soft_token;
mod tls;
#[cfg(feature = "otel")]
mod traces;
mod world;
