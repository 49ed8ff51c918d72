//! Cases that are known not to pass, each with its reason; one that begins to pass fails the run.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use test_vectors::{KnownGap, glob_matches};

use super::judgement::Mismatch;
use super::report::{FileReport, Outcome};

/// How cases end that do not pass.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Expectations {
    entries: Vec<Expectation>,
    /// The name of the list.
    name: String,
    /// Whether a case that nobody answers has to stand in the list.
    is_complete: bool,
}

/// Cases that end alike, for one reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expectation {
    /// A pattern for `<folder>/<file>`.
    file: String,
    /// Patterns for ids of cases, or nothing for all cases of the file.
    ids: Option<Vec<String>>,
    ending: Ending,
    reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Ending {
    /// The implementation answers otherwise than the vectors.
    Differs,
    /// It cannot do what is asked.
    Unsupported,
}

impl Expectations {
    /// Reads a list of what another implementation does not do as the vectors have it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is no such list.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).with_context(|| format!("{name} cannot be read"))?;
        let entries = serde_json::from_str(&text)
            .with_context(|| format!("{name} is no list of expectations"))?;
        Ok(Self { entries, name, is_complete: true })
    }

    /// The known gaps of our crates that are single cases.
    #[must_use]
    pub fn from_known_gaps(gaps: &[KnownGap]) -> Self {
        let entries = gaps.iter().filter(|gap| gap.ids.is_some()).map(|gap| Expectation {
            file: gap.file.clone(),
            ids: gap.ids.clone(),
            ending: Ending::Differs,
            reason: gap.reason.clone(),
        });
        Self { entries: entries.collect(), name: "known-gaps.json".into(), is_complete: false }
    }

    /// How a case ends in the light of what is known of it.
    #[must_use]
    pub fn settle(&self, operation: &str, id: &str, outcome: Outcome) -> Outcome {
        let entry = self.entries.iter().find(|entry| entry.covers(operation, id));
        let failed = |expected: String, got: &str| {
            let got = format!("{got} (the case is to be changed in {})", self.name);
            Outcome::Failed(Mismatch { expected, got })
        };
        match (outcome, entry) {
            (Outcome::Unsupported(reason), None) if self.is_complete => {
                failed("an answer".into(), &format!("unsupported: {reason}"))
            }
            (outcome, None) => outcome,
            (outcome, Some(Expectation { ending: Ending::Differs, reason, .. })) => match outcome {
                Outcome::Failed(_) => Outcome::Gap(reason.clone()),
                Outcome::Passed => failed(format!("a known gap: {reason}"), "the right answer"),
                _ => failed(format!("a known gap: {reason}"), "unsupported"),
            },
            (Outcome::Unsupported(_), Some(entry)) => Outcome::Unsupported(entry.reason.clone()),
            (_, Some(Expectation { reason, .. })) => {
                failed(format!("unsupported: {reason}"), "an answer")
            }
        }
    }

    /// Entries and patterns that fit no case of a complete run.
    #[must_use]
    pub fn unused(&self, files: &[FileReport]) -> Vec<String> {
        let mut unused = Vec::new();
        for entry in &self.entries {
            let files = files.iter().filter(|file| glob_matches(&entry.file, &file.operation));
            let cases: Vec<_> = files.flat_map(|file| &file.cases).collect();
            if cases.is_empty() {
                unused.push(format!("{}: no case is of {}", self.name, entry.file));
            }
            for pattern in entry.ids.iter().flatten() {
                if !cases.iter().any(|case| glob_matches(pattern, &case.id)) {
                    unused.push(format!("{}: no case of {} is {pattern}", self.name, entry.file));
                }
            }
        }
        unused
    }
}

impl Expectation {
    fn covers(&self, operation: &str, id: &str) -> bool {
        let fits = |ids: &Vec<String>| ids.iter().any(|pattern| glob_matches(pattern, id));
        glob_matches(&self.file, operation) && self.ids.as_ref().is_none_or(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expectations(is_complete: bool) -> Expectations {
        let entries = serde_json::from_str(
            r#"[{"file": "a/b", "ids": ["x-*"], "ending": "differs", "reason": "one"},
                {"file": "a/c", "ending": "unsupported", "reason": "two"}]"#,
        );
        Expectations { entries: entries.unwrap(), name: "list".into(), is_complete }
    }

    #[test]
    fn every_change_fails() {
        let failed = || Outcome::Failed(Mismatch { expected: String::new(), got: String::new() });
        let unsupported = || Outcome::Unsupported("why".into());
        let list = expectations(true);
        let is_failed = |operation, id, outcome| {
            matches!(list.settle(operation, id, outcome), Outcome::Failed(_))
        };
        assert_eq!(list.settle("a/b", "x-1", failed()), Outcome::Gap("one".into()));
        assert!(is_failed("a/b", "x-1", Outcome::Passed));
        assert!(is_failed("a/b", "x-1", unsupported()));
        assert_eq!(list.settle("a/c", "y", unsupported()), Outcome::Unsupported("two".into()));
        assert!(is_failed("a/c", "y", Outcome::Passed));
        assert!(is_failed("a/c", "y", failed()));
        assert_eq!(list.settle("a/b", "y", Outcome::Passed), Outcome::Passed);
        assert!(is_failed("a/b", "y", unsupported()));
        assert_eq!(expectations(false).settle("a/b", "y", unsupported()), unsupported());
    }

    #[test]
    fn what_fits_nothing_is_told() {
        assert_eq!(expectations(true).unused(&[]).len(), 3);
    }
}
