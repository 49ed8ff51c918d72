//! The vectors of this project as checks of their own names.

use std::collections::BTreeMap;

use test_vectors::{Test, data_directory, files_under, known_gaps, load};

use super::OPERATIONS;
use super::judgement::Mismatch;
use super::operation::Operation;
use super::report::Outcome;
use super::subject::{Ours, carry_out};

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
        let outcome = carry_out(&mut Ours, self.operation, &self.test);
        match (outcome.map_err(|error| error.to_string())?, self.is_gap) {
            (Outcome::Passed, true) => Err("a known gap that passes: take it out".into()),
            (Outcome::Failed(Mismatch { expected, got }), false) => {
                Err(format!("expected {expected}\ngot      {got}"))
            }
            _ => Ok(()),
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
