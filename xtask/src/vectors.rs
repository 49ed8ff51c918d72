//! `cargo xtask vectors`: the vector files themselves.

pub mod add;
pub mod format;
mod json;
pub mod lint;
pub mod stats;

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::{fs, process};

use anyhow::Context;
use lexopt::ValueExt;
use test_vectors::{data_directory, files_under};

use crate::Verdict;
use crate::workspace::{Workspace, run};

/// The verb: `add`, `fmt`, `lint` or `stats`.
///
/// # Errors
///
/// When the arguments are wrong, a file cannot be read or written, or what is to be added is wrong.
pub fn main(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let verb = match arguments.next()? {
        Some(lexopt::Arg::Value(verb)) => verb.to_string_lossy().into_owned(),
        Some(other) => return Err(other.unexpected().into()),
        None => return Err(lexopt::Error::from("vectors: add, fmt, lint or stats").into()),
    };
    let options = parse(&verb, arguments)?;
    match (verb.as_str(), options.values.as_slice()) {
        ("lint", []) => lint(out),
        ("lint", directories) => lint_elsewhere(directories, out),
        ("fmt", paths) => format(paths, options.is_check, out),
        ("stats", []) => counts(options.is_write, out),
        ("add", [operation, file]) => {
            let operation = operation.to_string_lossy();
            add(&operation, file, options.beside.as_deref(), out)
        }
        ("add", _) => Err(lexopt::Error::from("add needs an operation and a file").into()),
        _ => Err(lexopt::Error::from(format!("vectors: there is no {verb} of this kind")).into()),
    }
}

/// What follows the name of the verb.
#[derive(Default)]
struct Options {
    values: Vec<PathBuf>,
    is_check: bool,
    is_write: bool,
    beside: Option<String>,
}

fn parse(verb: &str, arguments: &mut lexopt::Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next()? {
        match (verb, argument) {
            (_, lexopt::Arg::Value(value)) => options.values.push(value.into()),
            ("fmt", lexopt::Arg::Long("check")) => options.is_check = true,
            ("stats", lexopt::Arg::Long("write")) => options.is_write = true,
            ("add", lexopt::Arg::Long("beside")) => {
                options.beside = Some(arguments.value()?.string()?);
            }
            (_, other) => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

/// Checks every file against its JSON schema and against the rules no schema can say.
///
/// # Errors
///
/// When a file cannot be read, or the schema test cannot be built.
pub fn lint(out: &mut impl Write) -> anyhow::Result<Verdict> {
    report(lint::problems()?, None, out)
}

fn lint_elsewhere(directories: &[PathBuf], out: &mut impl Write) -> anyhow::Result<Verdict> {
    let mut problems = Vec::new();
    for directory in directories {
        problems.extend(lint::problems_under(directory)?);
    }
    report(problems, Some(directories), out)
}

/// Prints problems and those that the schemas find, and counts them.
fn report(
    problems: Vec<String>,
    elsewhere: Option<&[PathBuf]>,
    out: &mut impl Write,
) -> anyhow::Result<Verdict> {
    for problem in &problems {
        writeln!(out, "{problem}")?;
    }
    out.flush()?;
    let (mut files, mut failed) = (0, problems.len());
    let own = [data_directory()];
    for directory in elsewhere.unwrap_or(&own) {
        files += files_under(directory)?.len();
        if let Err(error) = check_schemas(elsewhere.map(|_| directory.as_path())) {
            writeln!(out, "{error:#}")?;
            failed += 1;
        }
    }
    writeln!(out, "{files} files, {failed} problems")?;
    Ok(Verdict::from_failures(failed))
}

/// The schemas are checked by a test of their own: a JSON schema validator costs more to build
/// than everything else in this program, and only this verb would want it.
fn check_schemas(elsewhere: Option<&Path>) -> anyhow::Result<()> {
    let test = ["test", "--quiet", "--package", "test-vectors", "--test", "schema"];
    let mut command = Workspace::load()?.cargo(&test);
    // What is wrong is in the vectors, not in the test.
    command.env("RUST_BACKTRACE", "0");
    if let Some(directory) = elsewhere {
        let directory = directory.canonicalize().context("the directory cannot be found")?;
        command.env("TEST_VECTORS_DATA", directory);
    }
    run(&mut command)
}

fn format(paths: &[PathBuf], is_check: bool, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let own = [data_directory()];
    let (mut files, mut changed) = (0, 0);
    for path in if paths.is_empty() { &own } else { paths } {
        let inside = if path.is_dir() { files_under(path)? } else { vec![path.clone()] };
        for path in inside {
            files += 1;
            if format::format_file(&path, is_check)? {
                changed += 1;
                writeln!(out, "{}", path.display())?;
            }
        }
    }
    let word = if is_check { "to be formatted" } else { "formatted" };
    writeln!(out, "{files} files, {changed} {word}")?;
    Ok(Verdict::from_failures(if is_check { changed } else { 0 }))
}

fn counts(is_write: bool, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let table = stats::table(&lint::own_files()?);
    if is_write {
        let readme = fs::read_to_string(lint::readme_path())?;
        fs::write(lint::readme_path(), stats::put_into(&readme, &table)?)?;
    }
    write!(out, "{table}")?;
    Ok(Verdict::Passed)
}

fn add(
    operation: &str,
    file: &Path,
    beside: Option<&str>,
    out: &mut impl Write,
) -> anyhow::Result<Verdict> {
    let mut text = String::new();
    if file.as_os_str() == OsStr::new("-") {
        io::stdin().read_to_string(&mut text).context("the standard input cannot be read")?;
    } else {
        text = fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
    }
    let added = add::add(operation, &text, beside, |text| check_candidate(operation, text))?;
    writeln!(out, "added to {operation}: {added}; whether it passes says")?;
    writeln!(out, "cargo xtask conformance --filter {operation}")?;
    Ok(Verdict::Passed)
}

/// Holds a file against the schema before it is in its place.
fn check_candidate(operation: &str, text: &str) -> anyhow::Result<()> {
    let directory = Workspace::load()?.target_directory;
    let directory = directory.join(format!("vectors-add-{}", process::id()));
    let path = directory.join(operation).with_extension("json");
    fs::create_dir_all(path.parent().unwrap_or(&directory))?;
    fs::write(&path, text)?;
    let checked = check_schemas(Some(&directory));
    fs::remove_dir_all(&directory)?;
    checked.context("the schema is not followed, and nothing is added")
}
