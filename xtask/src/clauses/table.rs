//! Both sides of every clause: who implements it, and which vectors cover it.

use std::collections::BTreeMap;
use std::fs;

use serde::Serialize;
use test_vectors::{VectorFile, data_directory, files_under, load};

use super::citation::{Clause, parse};
use super::code::{Item, items};
use super::standards::STANDARDS;
use crate::workspace::Workspace;

/// Below the root: the clauses that code names and no vector covers, one in a line.
pub(crate) const WITHOUT_VECTORS: &str = "test-vectors/clauses-without-vectors.txt";

/// How that file begins.
const HEADING: &str = "\
# Clauses that code names and no vector covers. Vectors of others cover some of them, and tests of
# our own the rest; `cargo xtask tidy --fix` writes this list anew.
";

/// One clause and what is there for it.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Coverage {
    /// The clause as it is cited.
    pub clause: String,
    /// `file:line name` of each item that implements it.
    pub items: Vec<String>,
    /// The groups of vectors that cover it.
    pub vectors: Vec<VectorGroup>,
}

/// A group of vectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VectorGroup {
    /// The operation, for example `tr31/open`.
    pub operation: String,
    /// The id of its first case.
    pub first_case: String,
    /// How many cases it has.
    pub cases: usize,
}

/// All clauses, and what is wrong with those who name them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Table {
    /// The clauses, in the order of the table of standards and of their numbers.
    pub rows: Vec<Coverage>,
    /// What must change, in sentences.
    pub problems: Vec<String>,
}

impl Table {
    /// Reads the sources and the vectors of the workspace.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub fn load(workspace: &Workspace) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for path in files_under(&data_directory())? {
            files.push(load(&path)?);
        }
        let mut table = Self::of(&items(workspace)?, &files);
        let listed = fs::read_to_string(workspace.root.join(WITHOUT_VECTORS)).unwrap_or_default();
        table.compare(&listed);
        Ok(table)
    }

    /// The clauses of these items and vectors.
    #[must_use]
    pub fn of(items: &[Item], files: &[VectorFile]) -> Self {
        let mut problems = Vec::new();
        let mut rows: BTreeMap<Clause<'_>, Coverage> = BTreeMap::new();
        for item in items {
            let place = format!("{}:{} {}", item.file, item.line, item.name);
            match parse(&item.citation) {
                Ok(clauses) => {
                    for clause in clauses {
                        rows.entry(clause).or_default().items.push(place.clone());
                    }
                }
                Err(problem) => problems.push(format!("{place}: {problem}")),
            }
        }
        for file in files {
            for group in &file.test_groups {
                let first_case = group.tests.first().map(|it| it.id.clone()).unwrap_or_default();
                let place = format!("{}, the group of {first_case}", file.algorithm);
                let Some(citation) = &group.clauses else {
                    problems.push(format!("{place} has no \"clauses\""));
                    continue;
                };
                let cases = group.tests.len();
                let vectors = VectorGroup { operation: file.algorithm.clone(), first_case, cases };
                match parse(citation) {
                    Ok(clauses) => {
                        for clause in clauses {
                            rows.entry(clause).or_default().vectors.push(vectors.clone());
                        }
                    }
                    Err(problem) => problems.push(format!("{place}: {problem}")),
                }
            }
        }
        for (clause, row) in &mut rows {
            row.clause = clause.to_string();
            if let (true, Some(group)) = (row.items.is_empty(), row.vectors.first()) {
                problems.push(format!(
                    "{}, the group of {}: no item says \"Standard: {clause}.\"",
                    group.operation, group.first_case
                ));
            }
        }
        for standard in STANDARDS {
            if !rows.keys().any(|clause| clause.standard == standard) {
                problems.push(format!("nothing names the standard {}", standard.name));
            }
        }
        Self { rows: rows.into_values().collect(), problems }
    }

    /// The clauses without a vector, one in a line below what the list is for.
    #[must_use]
    pub fn without_vectors(&self) -> String {
        let bare = self.rows.iter().filter(|row| row.vectors.is_empty());
        let lines = bare.map(|row| format!("{}\n", row.clause));
        std::iter::once(HEADING.to_owned()).chain(lines).collect()
    }

    fn compare(&mut self, listed: &str) {
        let found = self.without_vectors();
        let lines = |text: &str| {
            let clauses = text.lines().filter(|line| !line.starts_with('#'));
            clauses.map(str::to_owned).collect::<Vec<_>>()
        };
        let (listed, found) = (lines(listed), lines(&found));
        for clause in found.iter().filter(|it| !listed.contains(it)) {
            self.problems.push(format!("{clause} has no vector and is not in {WITHOUT_VECTORS}"));
        }
        for clause in listed.iter().filter(|it| !found.contains(it)) {
            let problem = format!("{clause} is in {WITHOUT_VECTORS}, and has a vector or no item");
            self.problems.push(problem);
        }
        if self.problems.is_empty() && listed != found {
            self.problems.push(format!("{WITHOUT_VECTORS} is not in order"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(citation: &str) -> Item {
        Item { file: "a.rs".into(), line: 1, name: "a".into(), citation: citation.into() }
    }

    fn file(clause: &str) -> VectorFile {
        let group = format!(
            r#"{{"type": "a/b", {clause} "verifiedWith": [], "source": {{"kind": "derived",
            "name": "n", "reference": "r", "licence": "l"}}, "tests": []}}"#
        );
        let text = format!(
            r#"{{"algorithm": "a/b", "standard": "s", "header": [], "notes": {{}},
            "numberOfTests": 0, "testGroups": [{group}]}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn problems(citation: &str, clause: &str, listed: &str) -> Vec<String> {
        let mut table = Table::of(&[item(citation)], &[file(clause)]);
        table.compare(listed);
        table.problems.retain(|problem| !problem.starts_with("nothing names"));
        table.problems
    }

    #[test]
    fn a_clause_that_one_side_alone_names_is_a_problem() {
        let covered = r#""clauses": "RFC 8017, 7.1","#;
        assert_eq!(problems("RFC 8017, 7.1.", covered, ""), Vec::<String>::new());
        let bare = "RFC 8017, 7.1 and 8.2.";
        assert_eq!(problems(bare, covered, "RFC 8017, 8.2\n"), Vec::<String>::new());
        assert_eq!(problems(bare, covered, "").len(), 1);
        assert_eq!(problems("RFC 8017, 7.1.", covered, "RFC 8017, 8.2\n").len(), 1);
        let unknown = problems("RFC 8017, 8.2.", covered, "RFC 8017, 8.2\n");
        assert_eq!(unknown, ["a/b, the group of : no item says \"Standard: RFC 8017, 7.1.\""]);
        assert_eq!(
            problems("RFC 8452.", "", "RFC 8452\n"),
            ["a/b, the group of  has no \"clauses\""]
        );
        assert_eq!(problems("RFC 0000.", covered, "").len(), 2);
    }
}
