#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

mod aes_ecb;
mod ansi_x9_24;
mod cmac;
mod compute;
mod error;
mod hmac;
mod leading;
mod sha1;

pub use compute::{allows, compute, compute_for_family, default_for};
pub use error::Error;
