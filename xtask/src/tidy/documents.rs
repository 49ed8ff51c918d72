//! The documents every crate carries.

use super::{Findings, layering};
use crate::workspace::{Package, Workspace};

/// Checks that each crate has a README that is its documentation, and, when it is published, a
/// CHANGELOG and a README that says what the crate will not do.
///
/// # Errors
///
/// None; the signature is that of every check.
pub fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    for package in &workspace.packages {
        let problems = problems(package).into_iter();
        findings.problems.extend(problems.map(|problem| format!("{}: {problem}", package.name)));
    }
    Ok(findings)
}

fn problems(package: &Package) -> Vec<&'static str> {
    let mut problems = Vec::new();
    let readme = package.file("README.md").unwrap_or_default();
    if readme.is_empty() {
        problems.push("has no README.md");
    } else if !readme.contains("\n## What this crate will not do\n") {
        problems.push("README.md has no section \"What this crate will not do\"");
    }
    let root = package.file("src/lib.rs").or_else(|| package.file("src/main.rs"));
    let first_line = "#![doc = include_str!(\"../README.md\")]";
    if root.is_none_or(|text| text.lines().next() != Some(first_line)) {
        problems.push("the first line of the crate does not make README.md its documentation");
    }
    let is_library =
        layering::layer_of(&package.name).is_some_and(|layer| layer <= layering::LAST_NO_STD_LAYER);
    if is_library && !readme.contains("```rust\n") {
        problems.push("README.md has no example that runs");
    }
    // What stands in crates/ is made for others; the rest never leaves the repository.
    let is_for_others = package.directory().parent().is_some_and(|above| above.ends_with("crates"));
    if is_for_others && package.file("CHANGELOG.md").is_none() {
        problems.push("has no CHANGELOG.md");
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_there() {
        crate::tidy::assert_clean(check);
    }

    #[test]
    fn a_crate_without_documents_is_refused() {
        let workspace = Workspace::load().unwrap();
        let mut package = workspace.packages.into_iter().find(|it| it.name == "key-types").unwrap();
        assert_eq!(problems(&package), Vec::<&str>::new());
        package.manifest_path = package.directory().join("src/Cargo.toml");
        assert_eq!(problems(&package).len(), 3);
    }
}
