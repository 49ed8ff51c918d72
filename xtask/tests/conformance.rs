//! Every vector of the covered operations as a test of its own name.
//!
//! A known gap is run as well: it passes here as long as it fails, so that the list only shrinks.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use xtask::conformance::named_cases::named_cases;

fn main() -> anyhow::Result<ExitCode> {
    let trials = named_cases()?.into_iter().map(|case| {
        let kind = if case.is_gap { "known gap" } else { "" };
        Trial::test(case.name.clone(), move || Ok(case.check()?)).with_kind(kind)
    });
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
    Ok(conclusion.exit_code())
}
