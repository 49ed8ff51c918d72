//! What a run found, as data; `report/` writes it down in several forms.

pub mod html;
pub mod json;
pub mod junit;
pub mod text;

use std::str::FromStr;

use super::judgement::Mismatch;
use super::operation::Members;

/// What a run found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Who answered.
    pub subject: String,
    /// The files that were run or looked at.
    pub files: Vec<FileReport>,
    /// Files that could not be read; each counts as a failure.
    pub faults: Vec<String>,
    /// Operations that this project has and the files have not.
    pub missing: Vec<&'static str>,
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
    /// The tests of a program do that.
    ByProgram(&'static str),
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
    /// The standard that its values come from, or else those that the file is about.
    pub standard: String,
    /// The clause of the standard, where one is named.
    pub clause: Option<String>,
    /// What the implementation was asked.
    pub inputs: Members,
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
    /// The implementation cannot do it, for this reason.
    Unsupported(String),
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
    /// Cases that the implementation says it cannot do.
    pub unsupported: usize,
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
        let faults = Counts { failed: self.faults.len(), ..Counts::default() };
        files.fold(faults, Counts::plus)
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
            Coverage::Covered | Coverage::ByProgram(_) => {}
            Coverage::NotYet(_) => counts.not_covered = self.tests,
            Coverage::Unknown | Coverage::GapCloses(_) => counts.failed = 1,
        }
        let cases = self.cases.iter().map(|case| case.outcome.counts());
        cases.fold(counts, Counts::plus)
    }

    /// What there is to say about the whole file, if anything.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        match &self.coverage {
            Coverage::Covered => None,
            Coverage::ByProgram(name) => Some(format!("{} by the tests of {name}", self.tests)),
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

impl Outcome {
    /// One case that ended so.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let none = Counts::default();
        match self {
            Self::Passed => Counts { passed: 1, ..none },
            Self::Failed(_) => Counts { failed: 1, ..none },
            Self::Gap(_) => Counts { gaps: 1, ..none },
            Self::Unsupported(_) => Counts { unsupported: 1, ..none },
        }
    }
}

impl Counts {
    /// The sums of both.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            gaps: self.gaps + other.gaps,
            unsupported: self.unsupported + other.unsupported,
            not_covered: self.not_covered + other.not_covered,
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
    /// A page for people.
    Html,
}

impl Format {
    /// The report in this form.
    #[must_use]
    pub fn write(self, report: &Report) -> String {
        match self {
            Self::Json => json::write(report),
            Self::Junit => junit::write(report),
            Self::Html => html::write(report),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "json" => Ok(Self::Json),
            "junit" => Ok(Self::Junit),
            "html" => Ok(Self::Html),
            _ => Err("a report is json, junit or html".into()),
        }
    }
}

#[cfg(test)]
pub(super) fn sample() -> Report {
    let case = |id: &str, outcome| CaseReport {
        id: id.into(),
        comment: "a <comment> & \u{1}".into(),
        flags: vec![Flag { name: "Basic".into(), description: Some("Ordinary case.".into()) }],
        standard: "X9.0".into(),
        clause: (id == "two").then(|| "1.2".into()),
        inputs: [("key".to_owned(), "<AA>".into())].into_iter().collect(),
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
        subject: "somebody".into(),
        files: vec![
            file(
                "a/covered",
                Coverage::Covered,
                vec![
                    case("one", Outcome::Passed),
                    case("two", Outcome::Failed(mismatch)),
                    case("three", Outcome::Gap("needs a".into())),
                    case("four", Outcome::Unsupported("has no b".into())),
                ],
            ),
            file("a/later", Coverage::NotYet("needs b".into()), vec![]),
            file("a/unknown", Coverage::Unknown, vec![]),
        ],
        faults: vec!["x.json cannot be read".into()],
        missing: vec!["a/missing"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up() {
        let counts = Counts { passed: 1, failed: 3, gaps: 1, unsupported: 1, not_covered: 3 };
        assert_eq!(sample().counts(), counts);
        assert_eq!("junit".parse(), Ok(Format::Junit));
        assert!("xml".parse::<Format>().is_err());
    }
}
