//! `cargo xtask clauses`: each clause with the items that implement it and the vectors that cover
//! it.

pub mod citation;
pub mod code;
mod report;
pub mod standards;
mod table;

use std::io::Write;

pub use report::{write_json, write_text};
pub(crate) use table::WITHOUT_VECTORS;
pub use table::{Coverage, Table, VectorGroup};

use crate::Verdict;
use crate::workspace::Workspace;

/// The verb: prints the clauses whose citation contains each of the words given, or all. What is
/// wrong with them is for `cargo xtask tidy` to say.
///
/// # Errors
///
/// When the arguments are wrong, or a source or vector file cannot be read.
pub fn main(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let mut json = false;
    let mut words = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("json") => json = true,
            lexopt::Arg::Value(word) => words.push(word.to_string_lossy().into_owned()),
            other => return Err(other.unexpected().into()),
        }
    }
    let table = Table::load(&Workspace::load()?)?;
    let chosen = |clause: &str| words.iter().all(|word| clause.contains(word.as_str()));
    let rows = table.rows.iter().filter(|row| chosen(&row.clause));
    if json {
        write_json(rows, out)?;
    } else {
        write_text(rows, out)?;
    }
    Ok(Verdict::Passed)
}
