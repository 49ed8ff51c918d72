#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod base64;
mod binding;
mod body;
mod check_values;
mod cmac;
mod combination;
pub mod danger;
mod der;
mod error;
mod finding;
mod header;
mod hex;
mod kbpk;
mod key_block;
mod key_context;
mod key_form;
pub mod lenient;
mod open;
mod optional_block;
mod payload;
mod profile;
mod public_key;
mod translate;
mod version;
mod wrap;

pub use check_values::{CheckValues, ProtectionKey, wrap_with_check_values};
pub use combination::go_together;
pub use error::Error;
pub use finding::{Departure, Finding};
pub use header::{Header, Narrowing};
pub use kbpk::Kbpk;
pub use key_block::KeyBlock;
pub use key_context::KeyContext;
pub use open::Opened;
pub use optional_block::{
    BdkId, Certificate, CertificateFormat, CheckMethod, CheckValue, Content, DerivedAttributes,
    HmacHash, InitialKsn, KeyLife, OptionalBlock, OptionalBlockId, Timestamp, WrappingPedigree,
};
pub use profile::{Liberty, Profile};
pub use version::Version;
pub use wrap::wrap;
