#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate alloc;

pub mod aes;
mod error;
mod secret;
pub mod tdes;

pub use error::Error;
