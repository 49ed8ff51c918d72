//! What every manifest must say.

use anyhow::Context;

use super::Findings;
use crate::workspace::{Package, Workspace};

/// Members that every manifest takes from the root, so that they stand in one place.
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "authors"];

/// Checks that lints and metadata are inherited, that there is a description, and that tests use
/// our own crates by path alone.
///
/// # Errors
///
/// When a manifest cannot be read.
pub fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    for package in &workspace.packages {
        let text = package.file("Cargo.toml").context("a manifest cannot be read")?;
        let problems = problems(package, &text);
        findings
            .problems
            .extend(problems.iter().map(|problem| format!("{}: {problem}", package.name)));
    }
    Ok(findings)
}

fn problems(package: &Package, manifest: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let has_line = |line: &str| manifest.lines().any(|candidate| candidate.trim() == line);
    let mut lines = manifest.lines().skip_while(|line| line.trim() != "[lints]");
    if lines.nth(1).is_none_or(|line| line.trim() != "workspace = true") {
        problems.push("does not inherit the lints of the workspace".into());
    }
    for member in INHERITED {
        if !has_line(&format!("{member}.workspace = true")) {
            problems.push(format!("does not inherit {member} from the workspace"));
        }
    }
    if package.description.as_deref().is_none_or(|text| text.is_empty() || text == "TODO") {
        problems.push("has no description".into());
    }
    // A versioned dev-dependency between our crates makes a cycle when they are published. One
    // that is a normal dependency too has been published before anyway.
    for dependency in &package.dependencies {
        let is_normal = |name| {
            let mut normal = package.dependencies.iter().filter(|other| other.kind.is_none());
            normal.any(|other| other.name == name)
        };
        let is_own_for_tests =
            dependency.path.is_some() && dependency.kind.as_deref() == Some("dev");
        if is_own_for_tests && dependency.req != "*" && !is_normal(dependency.name.as_str()) {
            problems.push(format!("dev-dependency {} carries a version", dependency.name));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_complete() {
        crate::tidy::assert_clean(check);
    }

    #[test]
    fn an_empty_manifest_lacks_everything() {
        let mut package = Workspace::load().unwrap().packages.swap_remove(0);
        package.description = None;
        assert_eq!(problems(&package, "").len(), INHERITED.len() + 2);
    }
}
