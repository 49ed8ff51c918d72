#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod arguments;
pub mod batch_request;
mod certificates;
mod codes;
mod command;
mod components;
pub mod encoded;
mod failure;
mod header;
mod input;
pub mod json_lines;
mod key_block;
mod key_out;
mod key_source;
pub mod key_text;
mod optional_block;
mod page;
mod private_key;
mod process;
mod prompt;
mod session;
mod time;
mod token;
mod words;

pub use arguments::{program, run};
