#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod danger;
pub mod diagnosis;
mod error;
mod oaep;
mod padding;
mod private_key;
mod recipient;
mod strength;
mod wrapping_spec;

pub use error::{DecryptionFailed, Error};
pub use oaep::{unwrap, wrap};
pub use private_key::{OaepDecrypt, PrivateKey};
pub use recipient::Recipient;
pub use strength::may_carry;
pub use wrapping_spec::WrappingSpec;
