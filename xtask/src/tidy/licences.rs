//! Licences: the same texts in every package.

use std::fs;

use anyhow::Context;

use super::{Findings, Workspace};

/// The texts that the licence field of every manifest names.
const TEXTS: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// What the licence field says.
const FIELD: &str = "MIT OR Apache-2.0";

/// Checks that every package says its licence, and that those made for others carry its texts.
///
/// # Errors
///
/// When a text in the root cannot be read.
pub fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    for package in &workspace.packages {
        if package.license.as_deref() != Some(FIELD) {
            findings.problems.push(format!("{}: the licence is not {FIELD}", package.name));
        }
    }
    for name in TEXTS {
        let text = text(workspace, name)?;
        for package in workspace.published() {
            if package.file(name).as_ref() != Some(&text) {
                let problem = "is not that of the root: cargo xtask tidy --fix copies it";
                findings.problems.push(format!("{}: {name} {problem}", package.name));
            }
        }
    }
    Ok(findings)
}

/// Copies the texts into every package that is made for others.
///
/// # Errors
///
/// As [`check`], and when a text cannot be written.
pub(super) fn fix(workspace: &Workspace) -> anyhow::Result<()> {
    for name in TEXTS {
        let text = text(workspace, name)?;
        for package in workspace.published() {
            fs::write(package.directory().join(name), &text)
                .with_context(|| format!("{name} of {} cannot be written", package.name))?;
        }
    }
    Ok(())
}

fn text(workspace: &Workspace, name: &str) -> anyhow::Result<String> {
    fs::read_to_string(workspace.root.join(name)).with_context(|| format!("{name} cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_the_same_everywhere() {
        crate::tidy::assert_clean(check);
    }

    #[test]
    fn another_licence_is_refused() {
        let mut workspace = Workspace::load().unwrap();
        let first = workspace.packages.first_mut().unwrap();
        first.license = Some("GPL-3.0".into());
        let problem = format!("{}: the licence is not {FIELD}", first.name);
        assert_eq!(check(&workspace).unwrap().problems, [problem]);
    }
}
