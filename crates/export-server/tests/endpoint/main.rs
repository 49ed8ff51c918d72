//! The endpoint as its clients see it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

mod approvals;
mod backup;
mod bad_input;
mod certified;
mod connections;
mod credentials;
mod faults;
mod imports;
mod lost_commits;
mod operations;
mod policy;
mod postgres;
mod program;
mod races;
mod receipts;
mod root_keys;
mod signature;
mod signer;
mod tls;
mod world;
