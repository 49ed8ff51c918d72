//! `cargo xtask conformance`: every vector of every covered operation, held against our crates.

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
mod randomness;
pub mod report;
mod rsa_wrap;
pub mod run;
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
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use lexopt::ValueExt;

use crate::Verdict;
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

/// The verb: runs the vectors and reports; the last line counts what passed and failed.
///
/// # Errors
///
/// When the arguments are wrong, nothing fits them, or a file cannot be read or written.
pub fn main(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let mut selection = Selection::default();
    let mut reports: Vec<(Format, PathBuf)> = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("vectors") => selection.vectors.push(arguments.value()?.into()),
            lexopt::Arg::Long("filter") => selection.filter = Some(arguments.value()?.string()?),
            lexopt::Arg::Long("report") => {
                reports.push((arguments.value()?.parse()?, arguments.value()?.into()));
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let report = run::run(&selection)?;
    if report.is_empty() {
        bail!("no case fits");
    }
    for (format, path) in reports {
        fs::write(&path, format.write(&report))
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    print(&report, out)
}

/// Runs all vectors of this project and reports as the verb does.
///
/// # Errors
///
/// When a file cannot be read.
pub fn run_all(out: &mut impl Write) -> anyhow::Result<Verdict> {
    print(&run::run(&Selection::default())?, out)
}

fn print(report: &Report, out: &mut impl Write) -> anyhow::Result<Verdict> {
    write!(out, "{}", report::text::write(report))?;
    Ok(Verdict::from_failures(report.failed()))
}
