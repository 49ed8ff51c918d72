#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod arguments;
pub mod batch_request;
mod codes;
mod command;
mod components;
mod failure;
mod header;
mod input;
pub mod json_lines;
mod key_block;
mod key_out;
mod key_source;
pub mod key_text;
mod page;
mod process;
mod prompt;
mod session;
mod words;

pub use arguments::{program, run};
