//! What a run found, as data; `report/` writes it down in several forms.

pub mod json;
pub mod junit;
pub mod text;

use std::str::FromStr;

use super::judgement::Mismatch;

/// What a run found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The files that were run or looked at.
    pub files: Vec<FileReport>,
    /// Files that could not be read; each counts as a failure.
    pub faults: Vec<String>,
}

/// What a run found in one file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FileReport {
    /// Where it is: `<folder>/<file>`.
    pub name: String,
    /// The operation.
    pub operation: String,
    /// The number of cases selected.
    pub tests: usize,
    /// Whether they were run.
    pub coverage: Coverage,
    /// The cases that were run.
    pub cases: Vec<CaseReport>,
}

/// Whether the cases of a file were run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coverage {
    /// They were.
    Covered,
    /// The operation is known not to be covered, for this reason.
    NotYet(String),
    /// Nobody knows the operation: a failure.
    Unknown,
    /// The operation is covered, and yet listed as not covered: a failure.
    GapCloses(String),
}

/// What became of one case.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CaseReport {
    /// Its stable name.
    pub id: String,
    /// What it tests.
    pub comment: String,
    /// What it tests, in the words of the notes.
    pub flags: Vec<Flag>,
    /// What became of it.
    pub outcome: Outcome,
}

/// A flag of a case with its note.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Flag {
    /// Its name.
    pub name: String,
    /// What the notes of the file say.
    pub description: Option<String>,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed, or passed although it is a known gap.
    Failed(Mismatch),
    /// It failed as is known, for this reason.
    Gap(String),
}

/// How many cases ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Cases that passed.
    pub passed: usize,
    /// Cases that failed, and files that nobody runs.
    pub failed: usize,
    /// Cases that are known to fail.
    pub gaps: usize,
    /// Cases of operations that are not covered yet.
    pub not_covered: usize,
}

impl Report {
    /// Says whether nothing was found to run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.faults.is_empty()
    }

    /// The sums over all files.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let files = self.files.iter().map(FileReport::counts);
        files.fold(Counts { failed: self.faults.len(), ..Counts::default() }, |sum, counts| {
            Counts {
                passed: sum.passed + counts.passed,
                failed: sum.failed + counts.failed,
                gaps: sum.gaps + counts.gaps,
                not_covered: sum.not_covered + counts.not_covered,
            }
        })
    }

    /// The number of failures.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.counts().failed
    }
}

impl FileReport {
    /// How many cases ended how.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        match self.coverage {
            Coverage::Covered => {}
            Coverage::NotYet(_) => counts.not_covered = self.tests,
            Coverage::Unknown | Coverage::GapCloses(_) => counts.failed = 1,
        }
        for case in &self.cases {
            match case.outcome {
                Outcome::Passed => counts.passed += 1,
                Outcome::Failed(_) => counts.failed += 1,
                Outcome::Gap(_) => counts.gaps += 1,
            }
        }
        counts
    }

    /// What there is to say about the whole file, if anything.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        match &self.coverage {
            Coverage::Covered => None,
            Coverage::NotYet(reason) => Some(format!("{} not covered: {reason}", self.tests)),
            Coverage::Unknown => {
                Some(format!("FAILED: there is no operation {} here", self.operation))
            }
            Coverage::GapCloses(reason) => {
                Some(format!("FAILED: covered, and a known gap all the same ({reason})"))
            }
        }
    }
}

/// A form in which a report can be written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// One JSON value.
    Json,
    /// JUnit's XML, as build servers read it.
    Junit,
}

impl Format {
    /// The report in this form.
    #[must_use]
    pub fn write(self, report: &Report) -> String {
        match self {
            Self::Json => json::write(report),
            Self::Junit => junit::write(report),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "json" => Ok(Self::Json),
            "junit" => Ok(Self::Junit),
            _ => Err("a report is json or junit".into()),
        }
    }
}

#[cfg(test)]
pub(super) fn sample() -> Report {
    let case = |id: &str, outcome| CaseReport {
        id: id.into(),
        comment: "a <comment> & \u{1}".into(),
        flags: vec![Flag { name: "Basic".into(), description: Some("Ordinary case.".into()) }],
        outcome,
    };
    let mismatch = Mismatch { expected: "refusal \"A\"".into(), got: "no refusal".into() };
    let file = |name: &str, coverage, cases: Vec<_>| FileReport {
        name: name.into(),
        operation: name.into(),
        tests: 3,
        coverage,
        cases,
    };
    Report {
        files: vec![
            file(
                "a/covered",
                Coverage::Covered,
                vec![
                    case("one", Outcome::Passed),
                    case("two", Outcome::Failed(mismatch)),
                    case("three", Outcome::Gap("needs a".into())),
                ],
            ),
            file("a/later", Coverage::NotYet("needs b".into()), vec![]),
            file("a/unknown", Coverage::Unknown, vec![]),
        ],
        faults: vec!["x.json cannot be read".into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up() {
        assert_eq!(sample().counts(), Counts { passed: 1, failed: 3, gaps: 1, not_covered: 3 });
        assert_eq!("junit".parse(), Ok(Format::Junit));
        assert!("xml".parse::<Format>().is_err());
    }
}
