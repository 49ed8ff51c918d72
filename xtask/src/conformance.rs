//! `cargo xtask conformance`: every vector of every covered operation, held against our crates.

pub mod against;
mod dukpt_aes;
mod dukpt_device;
mod dukpt_initial_key;
mod dukpt_ksn;
mod dukpt_samples;
mod dukpt_tdes;
pub mod expectations;
pub mod judgement;
mod kcv_compare;
mod kcv_components;
mod kcv_kcv;
mod kcv_key_block_field;
pub mod named_cases;
pub mod operation;
pub mod protocol;
mod randomness;
pub mod report;
mod rsa_wrap;
pub mod run;
pub mod serve;
pub mod subject;
mod tr31_decode;
mod tr31_derive;
mod tr31_header;
mod tr31_open;
mod tr31_wrap;
mod tr34_build;
mod tr34_open;
mod tr34_tokens;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use lexopt::ValueExt;

use crate::Verdict;
use against::Peer;
use expectations::Expectations;
use operation::Operation;
use report::{Format, Report};
use run::Selection;

/// The operations that our crates answer, each with its own adapter file.
pub const OPERATIONS: &[Operation] = &[
    dukpt_aes::OPERATION,
    dukpt_device::OPERATION,
    dukpt_initial_key::OPERATION,
    dukpt_ksn::ADVANCE,
    dukpt_ksn::COMPATIBILITY,
    dukpt_tdes::OPERATION,
    kcv_compare::OPERATION,
    kcv_components::OPERATION,
    kcv_kcv::OPERATION,
    kcv_key_block_field::OPERATION,
    rsa_wrap::UNWRAP,
    rsa_wrap::WRAP,
    tr31_decode::OPERATION,
    tr31_derive::OPERATION,
    tr31_open::OPERATION,
    tr31_wrap::OPERATION,
    tr34_build::OPERATION,
    tr34_open::OPERATION,
    tr34_tokens::OPERATION,
];

/// Operations of programs, whose tests run the vectors: they are not asked of other
/// implementations, and no adapter of ours would do.
pub const OF_PROGRAMS: &[(&str, &str)] = &[("sigv4/verify", "export-server")];

/// What the arguments ask for.
#[derive(Default)]
struct Options {
    selection: Selection,
    reports: Vec<(Format, PathBuf)>,
    /// The command of another implementation.
    against: Option<String>,
    /// The list of what it does not do as the vectors have it.
    expectations: Option<PathBuf>,
    timeout: Option<Duration>,
    serve: bool,
}

/// The verb: runs the vectors and reports; the last line counts what passed and failed.
///
/// # Errors
///
/// When the arguments are wrong, nothing fits them, a file cannot be read or written, or another
/// implementation does not answer.
pub fn main(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let options = parse(arguments)?;
    if options.serve {
        serve::serve(&mut io::stdin().lock(), out)?;
        return Ok(Verdict::Passed);
    }
    let report = match &options.against {
        None => run::run(&options.selection)?,
        Some(command) => {
            let timeout = options.timeout.unwrap_or(against::USUAL_TIMEOUT);
            let expectations = options.expectations.as_deref().map(Expectations::load);
            let expectations = expectations.transpose()?.unwrap_or_default();
            let mut peer = Peer::from_words(command, timeout)?;
            run::run_against(&options.selection, &mut peer, &expectations)?
        }
    };
    if report.is_empty() {
        bail!("no case fits");
    }
    for (format, path) in options.reports {
        fs::write(&path, format.write(&report))
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    print(&report, out)
}

fn parse(arguments: &mut lexopt::Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("vectors") => {
                options.selection.vectors.push(arguments.value()?.into());
            }
            lexopt::Arg::Long("filter") => {
                options.selection.filter = Some(arguments.value()?.string()?);
            }
            lexopt::Arg::Long("report") => {
                options.reports.push((arguments.value()?.parse()?, arguments.value()?.into()));
            }
            lexopt::Arg::Long("against") => options.against = Some(arguments.value()?.string()?),
            lexopt::Arg::Long("expect") => options.expectations = Some(arguments.value()?.into()),
            lexopt::Arg::Long("timeout") => {
                options.timeout = Some(Duration::from_secs(arguments.value()?.parse()?));
            }
            lexopt::Arg::Long("serve") => options.serve = true,
            other => return Err(other.unexpected()),
        }
    }
    if options.against.is_none() && (options.expectations.is_some() || options.timeout.is_some()) {
        return Err("--expect and --timeout belong to --against".into());
    }
    Ok(options)
}

/// Runs all vectors of this project and reports as the verb does.
///
/// # Errors
///
/// When a file cannot be read.
pub fn run_all(out: &mut impl Write) -> anyhow::Result<Verdict> {
    print(&run::run(&Selection::default())?, out)
}

pub(crate) fn print(report: &Report, out: &mut impl Write) -> anyhow::Result<Verdict> {
    write!(out, "{}", report::text::write(report))?;
    Ok(Verdict::from_failures(report.failed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Options, String> {
        // The first word is the name of the program.
        let mut arguments = lexopt::Parser::from_iter(words.split(' '));
        parse(&mut arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn options_come_as_often_as_they_are_given() {
        let words = "x --vectors a --vectors b --report html c --report json d --against e";
        let options = parsed(&format!("{words} --timeout 3")).unwrap();
        assert_eq!(options.selection.vectors.len(), 2);
        let formats: Vec<_> = options.reports.iter().map(|(format, _)| *format).collect();
        assert_eq!(formats, [Format::Html, Format::Json]);
        assert_eq!(options.timeout, Some(Duration::from_secs(3)));
    }

    #[test]
    fn options_that_say_nothing_are_refused() {
        for words in ["x --expect a", "x --timeout 3", "x --report xml a", "x a", "x --serve=1"] {
            assert!(parsed(words).is_err(), "{words}");
        }
    }
}
