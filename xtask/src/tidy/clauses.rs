//! Clauses: what code and vectors name is known to both.

use std::fs;

use anyhow::Context;

use super::{Findings, Workspace};
use crate::clauses::{Table, WITHOUT_VECTORS};

/// Checks that every clause of a vector is named by an item, that every vector names one, and that
/// the clauses without a vector are those that are listed.
///
/// # Errors
///
/// When a source or vector file cannot be read.
pub fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let table = Table::load(workspace)?;
    let covered = table.rows.iter().filter(|row| !row.vectors.is_empty()).count();
    let note = format!("{} clauses, of which {covered} have vectors", table.rows.len());
    Ok(Findings { problems: table.problems, notes: vec![note] })
}

/// Writes the list of the clauses without a vector.
///
/// # Errors
///
/// As [`check`], and when the list cannot be written.
pub(super) fn fix(workspace: &Workspace) -> anyhow::Result<()> {
    let path = workspace.root.join(WITHOUT_VECTORS);
    fs::write(path, Table::load(workspace)?.without_vectors())
        .with_context(|| format!("{WITHOUT_VECTORS} cannot be written"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn code_and_vectors_name_the_same_clauses() {
        crate::tidy::assert_clean(super::check);
    }
}
