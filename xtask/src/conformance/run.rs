//! Runs cases and gathers what became of them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde_json::Value;
use test_vectors::{
    KnownGap, Test, VectorFile, data_directory, files_under, glob_matches, known_gaps, load,
};

use super::OPERATIONS;
use super::judgement::{Judgement, Mismatch, judge};
use super::operation::Operation;
use super::report::{CaseReport, Coverage, FileReport, Flag, Outcome, Report};

/// Which cases to run.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Selection {
    /// A directory of vector files or a single one, or `None` for those of this project.
    pub vectors: Option<PathBuf>,
    /// A pattern for `<folder>/<file>` or for the id of a case.
    pub filter: Option<String>,
}

impl Selection {
    fn takes_file(&self, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|pattern| glob_matches(pattern, name))
    }

    fn takes_case(&self, id: &str) -> bool {
        self.filter.as_ref().is_none_or(|pattern| glob_matches(pattern, id))
    }
}

/// Runs the selected cases.
///
/// Files are found by their place, operations by the member `algorithm`, so that loose files
/// of any name can be run. Known gaps of single cases are those of this project's own files;
/// elsewhere a case that fails has failed.
///
/// # Errors
///
/// When the directory or the list of known gaps cannot be read. A file that cannot be read is a
/// failure in the report.
pub fn run(selection: &Selection) -> anyhow::Result<Report> {
    let gaps = known_gaps()?;
    let directory = selection.vectors.clone().unwrap_or_else(data_directory);
    let is_own = directory.canonicalize().ok() == data_directory().canonicalize().ok();
    let mut report = Report::default();
    let files =
        if directory.is_file() { vec![directory.clone()] } else { files_under(&directory)? };
    for path in files {
        let name = shown(&directory, &path);
        let file = match load(&path) {
            Ok(file) => file,
            Err(error) => {
                report.faults.push(error.to_string());
                continue;
            }
        };
        let run = Run { selection, gaps: &gaps, is_own };
        report.files.extend(run.run_file(name, &file));
    }
    Ok(report)
}

/// `<folder>/<file>`, with strokes on every system.
fn shown(directory: &Path, path: &Path) -> String {
    // A file that was named itself has nothing behind the prefix.
    let inside = path.strip_prefix(directory).ok().filter(|inside| *inside != Path::new(""));
    let inside = inside.unwrap_or(path).with_extension("");
    let parts = inside.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

struct Run<'a> {
    selection: &'a Selection,
    gaps: &'a [KnownGap],
    is_own: bool,
}

impl Run<'_> {
    /// `None` when the selection takes nothing of the file.
    fn run_file(&self, name: String, file: &VectorFile) -> Option<FileReport> {
        let all = self.selection.takes_file(&name) || self.selection.takes_file(&file.algorithm);
        let tests: Vec<_> = file
            .test_groups
            .iter()
            .flat_map(|group| &group.tests)
            .filter(|test| all || self.selection.takes_case(&test.id))
            .collect();
        if tests.is_empty() {
            return None;
        }
        let gap = self.gaps.iter().find(|gap| gap.covers_operation(&file.algorithm));
        let operation = OPERATIONS.iter().find(|operation| operation.name == file.algorithm);
        let (coverage, cases) = match (operation, gap) {
            (Some(operation), None) => {
                let cases = tests.iter().map(|test| self.run_case(operation, file, test));
                (Coverage::Covered, cases.collect())
            }
            (None, Some(gap)) => (Coverage::NotYet(gap.reason.clone()), Vec::new()),
            (None, None) => (Coverage::Unknown, Vec::new()),
            (Some(_), Some(gap)) => (Coverage::GapCloses(gap.reason.clone()), Vec::new()),
        };
        let operation = file.algorithm.clone();
        Some(FileReport { name, operation, tests: tests.len(), coverage, cases })
    }

    fn run_case(&self, operation: &Operation, file: &VectorFile, test: &Test) -> CaseReport {
        let gap = self.is_own.then(|| {
            self.gaps.iter().find(|gap| gap.covers_case(operation.name, &test.id)).cloned()
        });
        let outcome = match (carry_out(operation, test), gap.flatten()) {
            (Judgement::Passed, None) => Outcome::Passed,
            (Judgement::Failed(mismatch), None) => Outcome::Failed(mismatch),
            (Judgement::Failed(_), Some(gap)) => Outcome::Gap(gap.reason),
            (Judgement::Passed, Some(gap)) => Outcome::Failed(Mismatch {
                expected: format!("a known gap ({})", gap.reason),
                got: "the right answer: take the case out of known-gaps.json".into(),
            }),
        };
        let flag = |name: &String| Flag {
            name: name.clone(),
            description: file.notes.get(name).map(|note| note.description.clone()),
        };
        CaseReport {
            id: test.id.clone(),
            comment: test.comment.clone(),
            flags: test.flags.iter().map(flag).collect(),
            outcome,
        }
    }
}

/// Asks for the answer to one case and judges it.
///
/// A panic is an answer as well: the wrong one.
fn carry_out(operation: &Operation, test: &Test) -> Judgement {
    let mut members = test.members.clone();
    for name in operation.remarks {
        members.remove(*name);
    }
    for name in operation.outputs {
        // Without the number of its elements, an adapter does not know where a list is to end.
        if let Some(Value::Array(list)) = members.remove(*name) {
            members.insert(format!("{name}.length"), list.len().into());
        }
    }
    let failed = |got| Judgement::Failed(Mismatch { expected: "an answer".into(), got });
    match catch_unwind(AssertUnwindSafe(|| (operation.answer)(members))) {
        Ok(Ok(answer)) => judge(operation, test, &answer),
        Ok(Err(error)) => failed(format!("inputs that do not fit the operation: {error}")),
        Err(_) => failed("a panic".into()),
    }
}

/// One case of this project's own vectors, ready to be run by name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NamedCase {
    /// `<folder>/<file>::<id>`.
    pub name: String,
    /// Whether it stands in the list of known gaps.
    pub is_gap: bool,
    operation: &'static Operation,
    test: Test,
}

impl NamedCase {
    /// Says why the case does not end as it should: right, or wrong where a gap is known.
    ///
    /// # Errors
    ///
    /// What was expected and what came.
    pub fn check(&self) -> Result<(), String> {
        match (carry_out(self.operation, &self.test), self.is_gap) {
            (Judgement::Passed, false) | (Judgement::Failed(_), true) => Ok(()),
            (Judgement::Passed, true) => Err("a known gap that passes: take it out".into()),
            (Judgement::Failed(Mismatch { expected, got }), false) => {
                Err(format!("expected {expected}\ngot      {got}"))
            }
        }
    }
}

/// All cases of the covered operations, by name.
///
/// # Errors
///
/// When a file cannot be read.
pub fn named_cases() -> anyhow::Result<Vec<NamedCase>> {
    let gaps = known_gaps()?;
    let operations: BTreeMap<_, _> =
        OPERATIONS.iter().map(|operation| (operation.name, operation)).collect();
    let mut cases = Vec::new();
    for path in files_under(&data_directory())? {
        let file = load(&path)?;
        let Some(&operation) = operations.get(file.algorithm.as_str()) else { continue };
        for test in file.test_groups.into_iter().flat_map(|group| group.tests) {
            cases.push(NamedCase {
                name: format!("{}::{}", operation.name, test.id),
                is_gap: gaps.iter().any(|gap| gap.covers_case(operation.name, &test.id)),
                operation,
                test,
            });
        }
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::super::operation::{Answer, Members};
    use super::*;

    fn operation(answer: fn(Members) -> Result<Answer, serde_json::Error>) -> Operation {
        Operation { name: "a/b", outputs: &["key"], remarks: &["note"], answer }
    }

    fn test(members: &str) -> Test {
        let common = r#""tcId": 1, "id": "a", "comment": "c", "flags": [], "result": "valid""#;
        serde_json::from_str(&format!("{{{common}{members}}}")).unwrap()
    }

    #[test]
    fn adapters_see_inputs_only() {
        let echo = operation(|members| {
            assert_eq!(members.keys().collect::<Vec<_>>(), ["input"]);
            Ok(Answer::gave([("key", members["input"].clone())]))
        });
        let with = test(r#", "input": "AA", "key": "AA", "note": "x""#);
        assert_eq!(carry_out(&echo, &with), Judgement::Passed);
    }

    #[test]
    fn adapters_see_the_length_of_a_list_of_outputs() {
        let counting = operation(|members| {
            assert_eq!(members.get("key.length"), Some(&2.into()));
            Ok(Answer::gave([("key", vec!["AA", "BB"].into())]))
        });
        let with = test(r#", "key": ["AA", "BB"]"#);
        assert_eq!(carry_out(&counting, &with), Judgement::Passed);
    }

    #[test]
    fn a_panic_fails_the_case_and_no_other() {
        let panicking = operation(|_| panic!("on purpose"));
        assert!(matches!(carry_out(&panicking, &test("")), Judgement::Failed(_)));
    }

    #[test]
    fn every_file_is_run_or_known_not_to_be() {
        for file in run(&Selection::default()).unwrap().files {
            let is_settled = matches!(file.coverage, Coverage::Covered | Coverage::NotYet(_));
            assert!(is_settled, "{}: {:?}", file.name, file.coverage);
        }
    }

    #[test]
    fn a_single_file_can_be_named() {
        let vectors = Some(data_directory().join("kcv/kcv.json"));
        let report = run(&Selection { vectors, filter: None }).unwrap();
        assert_eq!(report.files.len(), 1);
        assert!(report.files[0].name.ends_with("kcv/kcv"));
    }

    #[test]
    fn the_filter_takes_files_and_cases() {
        let run = |filter: &str| {
            let filter = Some(filter.to_owned());
            run(&Selection { filter, ..Selection::default() }).unwrap()
        };
        assert_eq!(run("kcv/kcv").files.len(), 1);
        assert_eq!(run("kcv-neg-0").files[0].cases.len(), 1);
        assert!(run("nothing-fits").is_empty());
    }
}
