//! Licences of everything that is depended on, by the list in `deny.toml`.
//!
//! `cargo deny` says more, of every target, and has to be installed; this much is known without it.

use std::fs;

use anyhow::Context;
use serde::Deserialize;

use super::dependencies::TARGET;
use super::{Findings, Workspace};
use crate::workspace::output;

#[derive(Deserialize)]
struct Everything {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    license: Option<String>,
    source: Option<String>,
}

/// Checks that every package outside the workspace is under a licence of the list.
///
/// # Errors
///
/// When `deny.toml` cannot be read or cargo cannot tell the packages.
pub fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let settings = fs::read_to_string(workspace.root.join("deny.toml"));
    let settings = settings.context("deny.toml cannot be read")?;
    let allowed = allowed(&settings);
    let arguments = ["metadata", "--format-version", "1", "--filter-platform", TARGET];
    let text = output(&mut workspace.cargo(&arguments))?;
    let everything: Everything = serde_json::from_str(&text)?;
    let mut findings = Findings::default();
    for package in everything.packages.iter().filter(|package| package.source.is_some()) {
        let licence = package.license.as_deref().unwrap_or("none");
        if !is_allowed(licence, &allowed) {
            findings.problems.push(format!(
                "{} is under {licence}, which deny.toml does not allow",
                package.name
            ));
        }
    }
    Ok(findings)
}

/// The licences between `allow = [` and `]`.
fn allowed(settings: &str) -> Vec<&str> {
    let lines = settings.lines().skip_while(|line| *line != "allow = [").skip(1);
    let lines = lines.take_while(|line| *line != "]");
    lines.map(|line| line.trim().trim_end_matches(',').trim_matches('"')).collect()
}

/// Whether an expression such as `(MIT OR Apache-2.0) AND Unicode-3.0` can be met: each part that
/// AND joins has one choice at least that is allowed. Deeper nesting does not occur.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let expression = expression.replace('/', " OR ");
    expression.split(" AND ").all(|part| {
        let mut choices = part.trim_matches(['(', ')', ' ']).split(" OR ");
        choices.any(|choice| allowed.contains(&choice.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_under_licences_of_the_list() {
        crate::tidy::assert_clean(check);
    }

    #[test]
    fn each_part_of_an_expression_needs_an_allowed_choice() {
        let allowed = allowed("x\nallow = [\n  \"MIT\",\n  \"Unicode-3.0\",\n]\n\"GPL\"\n");
        assert_eq!(allowed, ["MIT", "Unicode-3.0"]);
        for good in ["MIT", "MIT/Apache-2.0", "(Apache-2.0 OR MIT) AND Unicode-3.0"] {
            assert!(is_allowed(good, &allowed), "{good}");
        }
        for bad in ["GPL-3.0", "none", "MIT AND GPL-3.0", "Apache-2.0 WITH LLVM-exception"] {
            assert!(!is_allowed(bad, &allowed), "{bad}");
        }
    }
}
