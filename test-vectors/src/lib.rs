#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod glob;
mod hex;
mod known_gap;
mod load;
mod vector_file;

pub use glob::glob_matches;
pub use hex::{Hex, HexError};
pub use known_gap::KnownGap;
pub use load::{LoadError, data_directory, files_under, known_gaps, load, schema_directory};
pub use vector_file::{
    Dialect, Expected, Group, Level, Note, Source, SourceKind, Test, VectorFile,
};
