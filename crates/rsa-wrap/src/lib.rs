#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod danger;
pub mod diagnosis;
mod encrypt;
mod error;
mod oaep;
mod padding;
mod private_key;
mod randomness;
mod recipient;
mod strength;
mod wrapping_spec;

pub use encrypt::{OaepEncrypt, RustCrypto};
pub use error::{DecryptionFailed, EncryptionFailed, Error};
pub use oaep::{decrypt_with, unwrap, wrap, wrap_with};
pub use private_key::{OaepDecrypt, PrivateKey};
pub use recipient::Recipient;
pub use strength::may_carry;
pub use wrapping_spec::WrappingSpec;
