//! The operations over ports kept in memory.
//!
//! Test support may unwrap as tests do; the lint sees only functions marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod access;
mod aliases;
mod block_imports;
mod certificates;
mod certified;
mod certified_refusals;
mod create_key;
mod export_key;
mod imports;
mod life;
mod pki;
mod refusals;
mod round_trips;
mod rsa_keys;
mod tags;
mod token_imports;
mod world;
