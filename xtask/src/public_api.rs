//! `cargo xtask public-api`: what each library offers, as a file beside its source.
//!
//! The list comes from rustdoc's JSON, which rustdoc writes only when told that unstable options
//! are allowed. Telling cargo so would build every dependency anew, so cargo is given this program
//! as its rustdoc, and only the rustdoc behind it is told.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context;

use crate::Verdict;
use crate::workspace::{Package, Workspace, run};

/// The name of the list, beside the manifest of its crate.
const FILE: &str = "public-api.txt";

/// Set where this program plays rustdoc: the rustdoc behind it.
const RUSTDOC_BEHIND: &str = "XTASK_RUSTDOC";

/// The verb: compares each list with the crate, or writes it with `--fix`.
///
/// # Errors
///
/// When the arguments are wrong, or the documentation of a crate cannot be built.
pub fn main(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let mut fix = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("fix") => fix = true,
            other => return Err(other.unexpected().into()),
        }
    }
    if fix { write_all(&Workspace::load()?) } else { compare_all(&Workspace::load()?, out) }
}

fn write_all(workspace: &Workspace) -> anyhow::Result<Verdict> {
    for package in libraries(workspace) {
        fs::write(package.directory().join(FILE), list(workspace, package)?)
            .with_context(|| format!("{FILE} of {} cannot be written", package.name))?;
    }
    Ok(Verdict::Passed)
}

/// Compares each list with its crate and prints the lines that differ.
///
/// # Errors
///
/// When the documentation of a crate cannot be built.
pub fn compare_all(workspace: &Workspace, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let mut changed = 0;
    for package in libraries(workspace) {
        let changes = changes(&package.file(FILE).unwrap_or_default(), &list(workspace, package)?);
        if !changes.is_empty() {
            writeln!(out, "{}:", package.name)?;
            changed += 1;
        }
        for change in changes {
            writeln!(out, "  {change}")?;
        }
    }
    if changed > 0 {
        writeln!(out, "if that is meant: cargo xtask public-api --fix")?;
    }
    Ok(Verdict::from_failures(changed))
}

/// Programs offer nothing to other crates, and what stays in the repository is free to change.
fn libraries(workspace: &Workspace) -> impl Iterator<Item = &Package> {
    let has = |package: &Package, kind: &str| {
        package.targets.iter().any(|target| target.kind.iter().any(|it| it == kind))
    };
    workspace.published().filter(move |it| has(it, "lib") && !has(it, "bin"))
}

/// Where this program is, also if it was built anew since it runs, which Linux adds to its path.
fn this_program() -> anyhow::Result<PathBuf> {
    let program = env::current_exe().context("this program has no path")?;
    let built_anew = program.to_str().and_then(|path| path.strip_suffix(" (deleted)"));
    Ok(built_anew.map_or(program.clone(), PathBuf::from))
}

/// The public items of a library, one in a line.
fn list(workspace: &Workspace, package: &Package) -> anyhow::Result<String> {
    let mut command = workspace.cargo(&["rustdoc", "--quiet", "--lib", "--package", &package.name]);
    command.args(["--", "-Z", "unstable-options", "--output-format", "json"]);
    command.env("RUSTDOC", this_program()?);
    command.env(RUSTDOC_BEHIND, rustdoc());
    run(&mut command)?;
    let name = package.name.replace('-', "_");
    let json = workspace.target_directory.join("doc").join(name).with_extension("json");
    let items = |omit_derived| {
        let builder = public_api::Builder::from_rustdoc_json(&json)
            .omit_auto_trait_impls(true)
            .omit_blanket_impls(true)
            .omit_auto_derived_impls(omit_derived);
        let api = builder.build().with_context(|| format!("{}", json.display()))?;
        Ok::<Vec<_>, anyhow::Error>(api.items().map(ToString::to_string).collect())
    };
    let written: BTreeSet<_> = items(true)?.into_iter().collect();
    // Of a derived trait, that it is there says all; its methods are always the same.
    let is_shown = |line: &String| {
        written.contains(line)
            || (line.starts_with("impl") && !line.contains("::StructuralPartialEq "))
    };
    Ok(items(false)?.into_iter().filter(is_shown).map(|line| line + "\n").collect())
}

/// The rustdoc of the toolchain whose cargo runs us.
fn rustdoc() -> PathBuf {
    let name = Path::new("rustdoc").with_extension(env::consts::EXE_EXTENSION);
    let beside = env::var_os("CARGO").map(|cargo| Path::new(&cargo).with_file_name(&name));
    beside.filter(|path| path.is_file()).unwrap_or(name)
}

/// Lines that went and lines that came, each with its sign.
fn changes(before: &str, after: &str) -> Vec<String> {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (before, after) = (lines(before), lines(after));
    let gone = before.difference(&after).map(|line| format!("- {line}"));
    let new = after.difference(&before).map(|line| format!("+ {line}"));
    gone.chain(new).collect()
}

/// Plays rustdoc if that is what cargo started us as.
#[must_use]
pub fn as_rustdoc() -> Option<ExitCode> {
    let rustdoc = env::var_os(RUSTDOC_BEHIND)?;
    let mut command = Command::new(rustdoc);
    let status = command.args(env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").status();
    let succeeded = status.is_ok_and(|status| status.success());
    Some(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_and_what_came_is_shown() {
        assert_eq!(changes("a\nb\n", "b\nc\n"), ["- a", "+ c"]);
        assert_eq!(changes("a\n", "a\n"), Vec::<String>::new());
    }

    #[test]
    fn libraries_have_a_list_and_programs_have_none() {
        let workspace = Workspace::load().unwrap();
        let names: Vec<_> = libraries(&workspace).map(|package| package.name.as_str()).collect();
        assert!(names.contains(&"tr31") && !names.contains(&"export-server"), "{names:?}");
        for package in libraries(&workspace) {
            assert!(package.file(FILE).is_some(), "{} has no {FILE}", package.name);
        }
    }
}
