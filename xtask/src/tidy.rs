//! `cargo xtask tidy`: what the project asks of its own source, as checks.

pub mod clauses;
pub mod dependencies;
pub mod dependency_licences;
pub mod documents;
pub mod file_length;
pub mod fuzz;
pub mod layering;
pub mod licences;
pub mod manifests;
pub mod no_std;

use std::io::Write;

use crate::Verdict;
use crate::workspace::Workspace;

/// What a check found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Findings {
    /// What must change.
    pub problems: Vec<String>,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

/// A check: its name and what it does.
pub type Check = (&'static str, fn(&Workspace) -> anyhow::Result<Findings>);

/// All checks. Each is a `#[test]` in its own file too.
pub const CHECKS: &[Check] = &[
    ("crate edges", layering::check),
    ("manifests", manifests::check),
    ("documents", documents::check),
    ("no_std", no_std::check),
    ("clauses", clauses::check),
    ("dependencies", dependencies::check),
    ("licences", licences::check),
    ("licences of dependencies", dependency_licences::check),
    ("file lengths", file_length::check),
    ("fuzz targets", fuzz::check),
];

/// The verb: runs all checks and prints what they found, with `--fix` after writing what follows
/// from something else.
///
/// # Errors
///
/// When the arguments are wrong or a check cannot be carried out.
pub fn main(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("fix") => fix()?,
            other => return Err(other.unexpected().into()),
        }
    }
    run(out)
}

fn fix() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    clauses::fix(&workspace)?;
    licences::fix(&workspace)?;
    dependencies::fix(&workspace)
}

/// Runs all checks and prints what they found.
///
/// # Errors
///
/// When a check cannot be carried out.
pub fn run(out: &mut impl Write) -> anyhow::Result<Verdict> {
    let workspace = Workspace::load()?;
    let mut failed = 0;
    for (name, check) in CHECKS {
        let findings = check(&workspace)?;
        let verdict = if findings.problems.is_empty() { "ok" } else { "FAILED" };
        writeln!(out, "{name}: {verdict}")?;
        for problem in &findings.problems {
            writeln!(out, "  {problem}")?;
        }
        for note in &findings.notes {
            writeln!(out, "  note: {note}")?;
        }
        failed += usize::from(!findings.problems.is_empty());
    }
    writeln!(out, "{} passed, {failed} failed", CHECKS.len() - failed)?;
    Ok(Verdict::from_failures(failed))
}

#[cfg(test)]
fn assert_clean(check: fn(&Workspace) -> anyhow::Result<Findings>) {
    let findings = check(&Workspace::load().unwrap()).unwrap();
    assert!(findings.problems.is_empty(), "{:#?}", findings.problems);
}
