//! The report for a terminal.

use std::fmt::Write;

use super::super::judgement::Mismatch;
use super::{CaseReport, Outcome, Report};

/// A table of files, the cases that failed, and as last line what passed and failed.
#[must_use]
pub fn write(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    _ = append(report, &mut text);
    text
}

fn append(report: &Report, text: &mut String) -> std::fmt::Result {
    let width = report.files.iter().map(|file| file.name.len()).max().unwrap_or(0).max(4);
    writeln!(text, "{:<width$}  passed  failed    gaps", "file")?;
    for file in &report.files {
        let counts = file.counts();
        write!(text, "{:<width$}  {:>6}", file.name, counts.passed)?;
        write!(text, "  {:>6}  {:>6}", counts.failed, counts.gaps)?;
        match file.remark() {
            Some(remark) => writeln!(text, "  {remark}")?,
            None => writeln!(text)?,
        }
    }
    for file in &report.files {
        for case in &file.cases {
            if let Outcome::Failed(mismatch) = &case.outcome {
                append_failure(&file.name, case, mismatch, text)?;
            }
        }
    }
    for fault in &report.faults {
        writeln!(text, "\nFAILED  {fault}")?;
    }
    let counts = report.counts();
    writeln!(text, "\n{} known gaps, {} not covered", counts.gaps, counts.not_covered)?;
    writeln!(text, "{} passed, {} failed", counts.passed, counts.failed)
}

fn append_failure(
    file: &str,
    case: &CaseReport,
    mismatch: &Mismatch,
    text: &mut String,
) -> std::fmt::Result {
    writeln!(text, "\nFAILED  {file}  {}", case.id)?;
    writeln!(text, "  case      {}", case.comment.escape_default())?;
    for flag in &case.flags {
        let description = flag.description.as_deref().unwrap_or("(no note)");
        writeln!(text, "  flag      {}: {description}", flag.name)?;
    }
    writeln!(text, "  expected  {}", mismatch.expected.escape_default())?;
    writeln!(text, "  got       {}", mismatch.got.escape_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_and_the_last_line_counts() {
        let text = write(&super::super::sample());
        assert!(text.contains("a/later         0       0       0  3 not covered: needs b\n"));
        assert!(text.contains("FAILED  a/covered  two\n"));
        assert!(text.contains("  flag      Basic: Ordinary case.\n"));
        assert!(text.contains("  got       no refusal\n"));
        assert!(text.contains("FAILED  x.json cannot be read\n"));
        assert!(text.ends_with("\n1 passed, 3 failed\n"));
    }
}
