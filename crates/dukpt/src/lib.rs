#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate alloc;

pub mod aes;
mod counter;
mod error;
#[cfg(feature = "explain")]
mod explain;
mod path;
mod registers;
mod secret;
pub mod tdes;
mod working_key;

pub use error::Error;
#[cfg(feature = "explain")]
pub use explain::{Purpose, Step, StepKind};
pub use working_key::{
    DataBothWaysKey, DataRequestKey, DataResponseKey, KeyDerivationKey, KeyEncryptionKey,
    MacBothWaysKey, MacRequestKey, MacResponseKey, PinKey, WorkingKeyType,
};
