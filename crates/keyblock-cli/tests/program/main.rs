//! The real program, run as its users run it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

mod batch;
mod derived_keys;
mod key_blocks;
mod keys;
mod support;
