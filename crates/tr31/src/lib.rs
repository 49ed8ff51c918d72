#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod binding;
mod cmac;
pub mod danger;
mod error;
mod header;
mod hex;
mod kbpk;
mod key_block;
mod key_context;
mod open;
mod optional_block;
mod payload;
mod version;
mod wrap;

pub use error::Error;
pub use header::Header;
pub use kbpk::Kbpk;
pub use key_block::KeyBlock;
pub use key_context::KeyContext;
pub use open::Opened;
pub use optional_block::{HmacHash, OptionalBlock, OptionalBlockId};
pub use version::Version;
pub use wrap::wrap;
