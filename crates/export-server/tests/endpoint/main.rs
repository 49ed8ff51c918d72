//! The endpoint as its clients see it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

mod signature;
mod signer;
