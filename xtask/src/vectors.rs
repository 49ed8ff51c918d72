//! `cargo xtask vectors`: the vector files themselves.

pub mod lint;

use std::io::Write;

use crate::Verdict;
use crate::workspace::{Workspace, run};

/// The verb: so far `lint` is all there is.
///
/// # Errors
///
/// When the arguments are wrong or a file cannot be read.
pub fn main(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    match arguments.next()? {
        Some(lexopt::Arg::Value(what)) if what == "lint" => {}
        Some(other) => return Err(other.unexpected().into()),
        None => return Err(lexopt::Error::from("vectors: lint is what it can do").into()),
    }
    if let Some(argument) = arguments.next()? {
        return Err(argument.unexpected().into());
    }
    lint(out)
}

/// Checks every file against its JSON schema and against the rules no schema can say.
///
/// # Errors
///
/// When a file cannot be read, or the schema test cannot be built.
pub fn lint(out: &mut impl Write) -> anyhow::Result<Verdict> {
    let problems = lint::problems()?;
    for problem in &problems {
        writeln!(out, "{problem}")?;
    }
    out.flush()?;
    // The schemas are checked by a test of their own: a JSON schema validator costs more to build
    // than everything else in this program, and only this verb would want it.
    let workspace = Workspace::load()?;
    let test = ["test", "--quiet", "--package", "test-vectors", "--test", "schema"];
    let schemas = run(&mut workspace.cargo(&test));
    if let Err(error) = &schemas {
        writeln!(out, "{error:#}")?;
    }
    let failed = problems.len() + usize::from(schemas.is_err());
    let files = test_vectors::files_under(&test_vectors::data_directory())?.len();
    writeln!(out, "{files} files, {failed} problems")?;
    Ok(Verdict::from_failures(failed))
}
