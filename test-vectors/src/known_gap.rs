//! Cases that are known to fail, with the reason.

use serde::Deserialize;

use crate::glob_matches;

/// Cases that are known to fail until a feature is there.
///
/// One that begins to pass fails the run, so the list only shrinks.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct KnownGap {
    /// A pattern for `<folder>/<file>`.
    pub file: String,
    /// Patterns for ids of cases, or nothing when no case of the file is run at all.
    pub ids: Option<Vec<String>>,
    /// The feature that will close the gap.
    pub reason: String,
}

impl KnownGap {
    /// Says whether the gap stands for the whole operation, so that none of its cases is run.
    #[must_use]
    pub fn covers_operation(&self, operation: &str) -> bool {
        self.ids.is_none() && glob_matches(&self.file, operation)
    }

    /// Says whether the gap names this case.
    #[must_use]
    pub fn covers_case(&self, operation: &str, id: &str) -> bool {
        glob_matches(&self.file, operation)
            && self.ids.iter().flatten().any(|pattern| glob_matches(pattern, id))
    }
}
