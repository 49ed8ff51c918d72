//! The real program, run as its users run it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

mod batch;
mod certificates;
mod derived_keys;
mod documents;
mod key_blocks;
mod keys;
mod support;
mod tokens;
