//! The real program, run as its users run it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

mod key_blocks;
mod keys;
mod support;
