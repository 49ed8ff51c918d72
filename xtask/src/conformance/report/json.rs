//! The report for programs.

use serde_json::{Value, json};

use super::{CaseReport, FileReport, Outcome, Report};

/// One JSON value: the sums, and each file with its cases.
#[must_use]
pub fn write(report: &Report) -> String {
    let counts = report.counts();
    let value = json!({
        "subject": report.subject,
        "passed": counts.passed,
        "failed": counts.failed,
        "gaps": counts.gaps,
        "unsupported": counts.unsupported,
        "notCovered": counts.not_covered,
        "faults": report.faults,
        "missing": report.missing,
        "files": report.files.iter().map(file).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn file(file: &FileReport) -> Value {
    let counts = file.counts();
    json!({
        "name": file.name,
        "operation": file.operation,
        "tests": file.tests,
        "remark": file.remark(),
        "passed": counts.passed,
        "failed": counts.failed,
        "gaps": counts.gaps,
        "unsupported": counts.unsupported,
        "notCovered": counts.not_covered,
        "cases": file.cases.iter().map(case).collect::<Vec<_>>(),
    })
}

fn case(case: &CaseReport) -> Value {
    let flags: Vec<_> = case.flags.iter().map(|flag| &flag.name).collect();
    let mut value = json!({
        "id": case.id, "comment": case.comment, "flags": flags,
        "standard": case.standard, "clause": case.clause,
    });
    let outcome = match &case.outcome {
        Outcome::Passed => json!({"outcome": "passed"}),
        Outcome::Failed(mismatch) => json!({
            "outcome": "failed", "expected": mismatch.expected, "got": mismatch.got,
        }),
        Outcome::Gap(reason) => json!({"outcome": "gap", "reason": reason}),
        Outcome::Unsupported(reason) => json!({"outcome": "unsupported", "reason": reason}),
    };
    if let (Value::Object(value), Value::Object(mut outcome)) = (&mut value, outcome) {
        value.append(&mut outcome);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_says_what_became_of_it() {
        let value: Value = serde_json::from_str(&write(&super::super::sample())).unwrap();
        assert_eq!(value["failed"], 3);
        let cases = &value["files"][0]["cases"];
        assert_eq!(cases[0]["outcome"], "passed");
        assert_eq!(cases[1]["got"], "no refusal");
        assert_eq!(cases[2]["reason"], "needs a");
        assert_eq!(value["files"][1]["remark"], "3 not covered: needs b");
    }
}
