//! A disk that fails under the whole server: nothing acknowledged is lost, and nothing refused is
//! there.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

mod disk;
mod each_call_once;
mod lasting;
mod server;
mod starting;
mod steps;
