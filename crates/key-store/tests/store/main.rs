//! The store from outside: what it keeps, what it refuses, what it survives.

#![allow(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of tests may do what tests may"
)]

mod bit_flips;
mod concurrency;
mod faults;
mod identities;
mod model;
mod opening;
mod root_keys;
mod rotation;
mod round_trips;
mod support;
mod tampering;
mod torn_log;
