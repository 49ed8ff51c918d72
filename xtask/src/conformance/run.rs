//! Runs cases and gathers what became of them.

use std::path::{Path, PathBuf};

use test_vectors::{
    Group, KnownGap, SourceKind, Test, VectorFile, data_directory, files_under, glob_matches,
    known_gaps, load,
};

use super::expectations::Expectations;
use super::operation::Operation;
use super::report::{CaseReport, Coverage, FileReport, Flag, Report};
use super::subject::{Ours, Subject, carry_out, inputs};
use super::{OF_PROGRAMS, OPERATIONS};

/// Which cases to run.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Selection {
    /// Directories of vector files, or single ones; none for those of this project.
    pub vectors: Vec<PathBuf>,
    /// A pattern for `<folder>/<file>` or for the id of a case.
    pub filter: Option<String>,
}

impl Selection {
    fn takes(&self, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|pattern| glob_matches(pattern, name))
    }
}

/// Runs the selected cases against our crates.
///
/// Known gaps of single cases are those of this project's own files; elsewhere a case that fails
/// has failed.
///
/// # Errors
///
/// When a directory or the list of known gaps cannot be read. A file that cannot be read is a
/// failure in the report.
pub fn run(selection: &Selection) -> anyhow::Result<Report> {
    let gaps = known_gaps()?;
    let is_own = |path: &PathBuf| path.canonicalize().ok() == data_directory().canonicalize().ok();
    let expectations = match selection.vectors.iter().all(is_own) {
        true => Expectations::from_known_gaps(&gaps),
        false => Expectations::default(),
    };
    gather(Run { selection, gaps: &gaps, expectations: &expectations, subject: &mut Ours })
}

/// Runs the selected cases against another implementation.
///
/// # Errors
///
/// When a directory cannot be read, or the implementation stops to answer. A file that cannot be
/// read is a failure in the report.
pub fn run_against(
    selection: &Selection,
    subject: &mut dyn Subject,
    expectations: &Expectations,
) -> anyhow::Result<Report> {
    let mut report = gather(Run { selection, gaps: &[], expectations, subject })?;
    if selection.filter.is_none() {
        report.faults.extend(expectations.unused(&report.files));
    }
    Ok(report)
}

/// Files are found by their place, operations by the member `algorithm`, so that loose files of
/// any name can be run.
fn gather(mut run: Run<'_>) -> anyhow::Result<Report> {
    let mut report = Report { subject: run.subject.name().to_owned(), ..Report::default() };
    let (vectors, own) = (&run.selection.vectors, [data_directory()]);
    let directories: &[PathBuf] = if vectors.is_empty() { &own } else { vectors };
    for directory in directories {
        let paths =
            if directory.is_file() { vec![directory.clone()] } else { files_under(directory)? };
        for path in paths {
            let mut name = shown(directory, &path);
            if directories.len() > 1 && !directory.is_file() {
                name = format!("{}: {name}", directory.display());
            }
            match load(&path) {
                Ok(file) => report.files.extend(run.run_file(name, &file)?),
                Err(error) => report.faults.push(error.to_string()),
            }
        }
    }
    if run.selection.filter.is_none() {
        let there = |name| report.files.iter().any(|file| file.operation == name);
        let names = OPERATIONS.iter().map(|operation| operation.name);
        report.missing = names.filter(|name| !there(*name)).collect();
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
    /// Operations of which no case is run.
    gaps: &'a [KnownGap],
    expectations: &'a Expectations,
    subject: &'a mut dyn Subject,
}

impl Run<'_> {
    /// `None` when the selection takes nothing of the file.
    fn run_file(&mut self, name: String, file: &VectorFile) -> anyhow::Result<Option<FileReport>> {
        let all = self.selection.takes(&name) || self.selection.takes(&file.algorithm);
        let tests = file.test_groups.iter().flat_map(|group| {
            let tests = group.tests.iter().map(move |test| (group, test));
            tests.filter(|(_, test)| all || self.selection.takes(&test.id))
        });
        let tests: Vec<_> = tests.collect();
        if tests.is_empty() {
            return Ok(None);
        }
        let gap = self.gaps.iter().find(|gap| gap.covers_operation(&file.algorithm));
        let operation = OPERATIONS.iter().find(|operation| operation.name == file.algorithm);
        let by_program = OF_PROGRAMS.iter().find(|(name, _)| *name == file.algorithm);
        let number = tests.len();
        let (coverage, cases) = match (operation, gap) {
            (Some(operation), None) => {
                let tests = tests.into_iter();
                let cases = tests.map(|(group, test)| self.run_case(operation, file, group, test));
                (Coverage::Covered, cases.collect::<Result<_, _>>()?)
            }
            (None, Some(gap)) => (Coverage::NotYet(gap.reason.clone()), Vec::new()),
            (None, None) => match by_program {
                Some((_, program)) => (Coverage::ByProgram(program), Vec::new()),
                None => (Coverage::Unknown, Vec::new()),
            },
            (Some(_), Some(gap)) => (Coverage::GapCloses(gap.reason.clone()), Vec::new()),
        };
        let operation = file.algorithm.clone();
        Ok(Some(FileReport { name, operation, tests: number, coverage, cases }))
    }

    fn run_case(
        &mut self,
        operation: &Operation,
        file: &VectorFile,
        group: &Group,
        test: &Test,
    ) -> anyhow::Result<CaseReport> {
        let outcome = carry_out(self.subject, operation, test)?;
        let flag = |name: &String| Flag {
            name: name.clone(),
            description: file.notes.get(name).map(|note| note.description.clone()),
        };
        let standard = match group.source.kind {
            SourceKind::Standard => &group.source.name,
            _ => &file.standard,
        };
        Ok(CaseReport {
            id: test.id.clone(),
            comment: test.comment.clone(),
            flags: test.flags.iter().map(flag).collect(),
            standard: standard.clone(),
            clause: test.clause.as_ref().or(group.clause.as_ref()).cloned(),
            inputs: inputs(operation, test),
            outcome: self.expectations.settle(operation.name, &test.id, outcome),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_run_or_known_not_to_be() {
        let report = run(&Selection::default()).unwrap();
        assert_eq!(report.missing, Vec::<&str>::new());
        for file in report.files {
            let is_settled = matches!(
                file.coverage,
                Coverage::Covered | Coverage::ByProgram(_) | Coverage::NotYet(_)
            );
            assert!(is_settled, "{}: {:?}", file.name, file.coverage);
        }
    }

    #[test]
    fn files_and_directories_can_be_named() {
        let vectors = vec![data_directory().join("kcv/kcv.json"), data_directory().join("tr34")];
        let report = run(&Selection { vectors, filter: None }).unwrap();
        assert_eq!(report.files.len(), 4);
        assert!(report.files[0].name.ends_with("kcv/kcv"));
        assert!(report.files[1].name.ends_with("tr34: build"));
        assert_eq!(report.missing.len(), OPERATIONS.len() - 4);
    }

    #[test]
    fn a_clause_belongs_to_the_standard_that_printed_it() {
        let filter = Some("tr31/open".into());
        let report = run(&Selection { filter, ..Selection::default() }).unwrap();
        let mut cases = report.files[0].cases.iter();
        assert!(cases.any(|case| {
            case.standard == "TR-31:2018" && case.clause.as_deref() == Some("A.7.2.1")
        }));
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
