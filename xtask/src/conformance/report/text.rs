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
    writeln!(text, "answered by {}", report.subject.escape_default())?;
    let width = report.files.iter().map(|file| file.name.len()).max().unwrap_or(0).max(4);
    let has_unsupported = report.counts().unsupported > 0;
    write!(text, "{:<width$}  passed  failed    gaps", "file")?;
    writeln!(text, "{}", if has_unsupported { "  unsupported" } else { "" })?;
    for file in &report.files {
        let counts = file.counts();
        write!(text, "{:<width$}  {:>6}", file.name, counts.passed)?;
        write!(text, "  {:>6}  {:>6}", counts.failed, counts.gaps)?;
        if has_unsupported {
            write!(text, "  {:>11}", counts.unsupported)?;
        }
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
    if !report.missing.is_empty() {
        writeln!(text, "\nno file for {}", report.missing.join(", "))?;
    }
    let counts = report.counts();
    write!(text, "\n{} known gaps, {} not covered", counts.gaps, counts.not_covered)?;
    if has_unsupported {
        write!(text, ", {} unsupported", counts.unsupported)?;
    }
    writeln!(text)?;
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
    append_lines("expected", &mismatch.expected, text)?;
    append_lines("got", &mismatch.got, text)
}

/// Values are public, but a key block has up to 9,999 characters.
fn append_lines(name: &str, lines: &str, text: &mut String) -> std::fmt::Result {
    const LONGEST: usize = 200;
    for line in lines.lines() {
        match line.char_indices().nth(LONGEST) {
            Some((at, _)) => {
                let begin = line.split_at(at).0.escape_default();
                writeln!(text, "  {name:<8}  {begin}... ({} bytes)", line.len())?;
            }
            None => writeln!(text, "  {name:<8}  {}", line.escape_default())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_and_the_last_line_counts() {
        let text = write(&super::super::sample());
        assert!(text.starts_with("answered by somebody\n"));
        assert!(
            text.contains(
                "a/later         0       0       0            0  3 not covered: needs b\n"
            )
        );
        assert!(text.contains("FAILED  a/covered  two\n"));
        assert!(text.contains("  flag      Basic: Ordinary case.\n"));
        assert!(text.contains("  got       no refusal\n"));
        assert!(text.contains("FAILED  x.json cannot be read\n"));
        assert!(text.contains("no file for a/missing\n"));
        assert!(text.ends_with("\n1 passed, 3 failed\n"));
    }

    #[test]
    fn long_values_are_cut() {
        let mut text = String::new();
        append_lines("got", &format!("short\n{}", "é".repeat(201)), &mut text).unwrap();
        let begin = "\\u{e9}".repeat(200);
        assert_eq!(text, format!("  got       short\n  got       {begin}... (402 bytes)\n"));
    }
}
