//! The endpoint as its clients see it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

mod backup;
mod bad_input;
mod connections;
mod faults;
mod imports;
mod operations;
mod program;
mod races;
mod root_keys;
mod signature;
mod signer;
mod tls;
mod world;
