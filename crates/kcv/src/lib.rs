#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate alloc;

mod aes_ecb;
mod ansi_x9_24;
mod cmac;
mod compare;
mod components;
mod compute;
mod digits;
mod error;
mod findings;
mod hmac;
mod key_block_field;
mod leading;
mod parity;
mod sha1;

pub use compare::{compare, parse, verify};
pub use components::combine;
pub use compute::{allows, compute, compute_for_family, default_for};
pub use error::Error;
pub use findings::{Finding, findings, has_equal_neighbours};
pub use key_block_field::{FieldId, KeyBlockField};
pub use parity::{all_bytes_odd, has_odd_parity, with_odd_parity};
