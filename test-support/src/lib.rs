#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod hex;
mod seeded;
#[cfg(feature = "wycheproof")]
pub mod wycheproof;

pub use hex::{hex, unhex};
pub use seeded::Seeded;
